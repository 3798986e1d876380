//! A log whose records say what they are, and a reader that believes none of it.

use std::marker::PhantomData;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use atomic_log::{
    ByteRecords, Error, FixedRecords, Options, RecordKind, RecordLog, RecordSnapshot, RecordWriter, Wait,
};

pub trait Kind: RecordKind + Send + 'static {
    /// Bytes of a record; 0: of any size.
    const SIZE: u64;

    /// A log that shows at least so many records of ours.
    fn options(records: u64) -> Options {
        match Self::SIZE {
            0 => Options::new((records * 120).max(8192), ((records * 120) / 8).clamp(4096, 1 << 20)),
            size => Options::new(records, (records / 8).clamp(16, 8192)).record_size(size),
        }
    }
}

impl Kind for FixedRecords {
    const SIZE: u64 = 64;
}

impl Kind for ByteRecords {
    const SIZE: u64 = 0;
}

/// A number that looks like any other.
pub fn scramble(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A record: its life, its sequence and its publication, and bytes that follow from these.
pub fn record(life: u64, sequence: u64, publication: &Range<u64>, size: u64) -> Vec<u8> {
    let seed = scramble(life ^ scramble(sequence));
    let size = if size == 0 { 32 + seed % 64 } else { size } as usize;
    let mut bytes = Vec::with_capacity(size);
    for number in [life, sequence, publication.start, publication.end] {
        bytes.extend_from_slice(&number.to_le_bytes());
    }
    bytes.resize(size, seed as u8);
    bytes
}

/// A log, and its writer.
pub struct Source<K> {
    pub life: u64,
    pub log: RecordLog<K>,
    writer: RecordWriter<K>,
}

impl<K: Kind> Source<K> {
    /// Retains at least so many records.
    pub fn new(life: u64, retained: u64) -> Source<K> {
        let (writer, log) = RecordLog::try_new_claimed(&K::options(retained)).expect("a log");
        Source { life, log, writer }
    }

    pub fn next(&self) -> u64 {
        self.writer.next_sequence()
    }

    /// One publication.
    pub fn publish(&mut self, records: u64) {
        let next = self.next();
        let publication = next..next + records;
        let mut group = self.writer.group();
        for sequence in publication.clone() {
            let bytes = record(self.life, sequence, &publication, K::SIZE);
            let until = Instant::now() + Duration::from_secs(10);
            while let Err(error) = group.append(&bytes) {
                assert!(error == Error::SegmentLimit && Instant::now() < until, "append: {error}");
                thread::yield_now();
            }
        }
        group.publish();
        self.writer.notify();
    }

    /// So many records, in publications of many sizes.
    pub fn publish_all(&mut self, records: u64) {
        let end = self.next() + records;
        while self.next() < end {
            let size = size_of(self.next());
            self.publish(size.min(end - self.next()));
        }
    }

    pub fn skip_to(&mut self, sequence: u64) {
        self.writer.skip_to(sequence).expect("it goes on later");
    }

    /// Ends the log, and says how many sequences it had.
    pub fn finish(self) -> u64 {
        let next = self.next();
        self.writer.finish();
        next
    }
}

/// How many records the publication has that begins here: often one, seldom many.
fn size_of(sequence: u64) -> u64 {
    match scramble(sequence) % 16 {
        0..8 => 1,
        8..15 => 2 + scramble(sequence + 1) % 30,
        _ => 100 + scramble(sequence + 1) % 400,
    }
}

/// A thread that publishes about so many records a second.
pub struct Feeder<K> {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Source<K>>,
}

impl<K: Kind> Feeder<K> {
    pub fn start(mut source: Source<K>, rate: u64) -> Feeder<K> {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let thread = thread::spawn(move || {
            let (begin, first) = (Instant::now(), source.next());
            while !stopped.load(Relaxed) {
                let due = first + (begin.elapsed().as_secs_f64() * rate as f64) as u64;
                while source.next() < due {
                    source.publish(size_of(source.next()));
                }
                thread::sleep(Duration::from_millis(1));
            }
            source
        });
        Feeder { stop, thread }
    }

    pub fn stop(self) -> Source<K> {
        self.stop.store(true, Relaxed);
        self.thread.join().expect("the writer did not panic")
    }
}

/// Reads a log, and looks whether all is as it should be.
pub struct Reader<K> {
    pub log: RecordLog<K>,
    snapshot: RecordSnapshot<K>,
    /// The sequence that comes next.
    pub next: u64,
    /// Records that were seen, and that were not, from the first that was heard of on.
    pub seen: u64,
    pub lost: u64,
    pub first: Option<u64>,
    /// Which life of the log it is.
    pub life: Option<u64>,
    pub finished: bool,
    kind: PhantomData<K>,
}

impl<K: Kind> Reader<K> {
    pub fn new(log: RecordLog<K>) -> Reader<K> {
        let snapshot = log.snapshot();
        let range = snapshot.range();
        let mut reader = Reader {
            log,
            snapshot,
            next: range.start,
            seen: 0,
            lost: 0,
            first: None,
            life: None,
            finished: false,
            kind: PhantomData,
        };
        if !range.is_empty() {
            reader.first = Some(range.start);
            reader.view(range).unwrap_or_else(|fault| panic!("{fault}"));
        }
        reader
    }

    /// What is new; waits a moment if nothing is. What is wrong in words.
    pub fn look(&mut self) -> Result<(), String> {
        self.finished = self.snapshot.wait(Duration::from_millis(5)) == Wait::Finished;
        let delta = self.snapshot.refresh();
        if delta.first_sequence != self.next + delta.lost {
            return Err(format!(
                "after {} came {}, and {} were said to be lost",
                self.next, delta.first_sequence, delta.lost
            ));
        }
        if self.first.is_none() && (delta.appended > 0 || delta.lost > 0) {
            // The sequences before the first that was heard of are of no concern.
            self.first = Some(self.next);
        }
        self.lost += delta.lost;
        self.next = delta.first_sequence;
        self.view(delta.first_sequence..delta.first_sequence + delta.appended)
    }

    /// Looks at records that are new in the view.
    fn view(&mut self, records: Range<u64>) -> Result<(), String> {
        let range = self.snapshot.range();
        if records.is_empty() {
            return Ok(());
        }
        if records.end != range.end {
            return Err(format!("the view ends at {}, and the new records at {}", range.end, records.end));
        }
        let mut publication = 0..0;
        for chunk in self.snapshot.chunks_in(records.clone()).ok_or("the records are not in the view")? {
            if chunk.first_sequence() != self.next {
                return Err(format!("a chunk begins at {} instead of {}", chunk.first_sequence(), self.next));
            }
            for bytes in chunk.iter() {
                publication = check::<K>(bytes, self.next, &mut self.life)?;
                self.next += 1;
                self.seen += 1;
            }
        }
        if self.next != records.end {
            return Err(format!("the chunks end at {} instead of {}", self.next, records.end));
        }
        if publication.end != range.end {
            return Err(format!("the view ends at {}, amid the publication {publication:?}", range.end));
        }
        let latest = self.snapshot.latest();
        if latest.end != range.end || latest.start > publication.start.max(range.start) {
            return Err(format!("the latest publication is said to be {latest:?}, and is {publication:?}"));
        }
        Ok(())
    }
}

/// The publication of a record that is what it should be.
fn check<K: Kind>(bytes: &[u8], sequence: u64, expected_life: &mut Option<u64>) -> Result<Range<u64>, String> {
    let number = |at: usize| {
        let bytes = bytes.get(at * 8..at * 8 + 8).and_then(|bytes| bytes.try_into().ok());
        bytes.map(u64::from_le_bytes).ok_or_else(|| format!("record {sequence} is too short"))
    };
    let (life, publication) = (number(0)?, number(2)?..number(3)?);
    if *expected_life.get_or_insert(life) != life {
        return Err(format!("record {sequence} is of life {life}"));
    }
    if bytes != record(life, sequence, &publication, K::SIZE) || !publication.contains(&sequence) {
        return Err(format!("record {sequence} is not what was written, it says to be {}", number(1)?));
    }
    Ok(publication)
}

mod tests {
    use super::*;

    /// A log of these publications, each a list of records that are made by hand.
    fn verdict(publications: &[Vec<Vec<u8>>]) -> Result<(), String> {
        let (mut writer, log) =
            RecordLog::<FixedRecords>::try_new_claimed(&FixedRecords::options(1000)).expect("a log");
        let mut reader = Reader::new(log);
        for publication in publications {
            let mut group = writer.group();
            publication.iter().for_each(|record| group.append(record).expect("there is room"));
            group.publish();
            reader.look()?;
        }
        Ok(())
    }

    #[test]
    fn the_reader_finds_faults() {
        let record = |sequence, publication: Range<u64>| record(7, sequence, &publication, 64);
        let good = vec![vec![record(0, 0..1)], vec![record(1, 1..3), record(2, 1..3)]];
        assert_eq!(verdict(&good), Ok(()));
        let said = |publications: &[Vec<Vec<u8>>]| verdict(publications).expect_err("it is wrong");
        assert!(said(&[vec![record(0, 0..2)]]).contains("amid the publication"));
        assert!(said(&[vec![record(1, 0..2), record(0, 0..2)]]).contains("it says to be 1"));
        assert!(said(&[vec![record(0, 0..1)], vec![record(0, 0..1)]]).contains("it says to be 0"));
        assert!(said(&[vec![record(0, 0..1)], vec![super::record(8, 1, &(1..2), 64)]]).contains("of life 8"));
        let mut spoiled = record(0, 0..1);
        spoiled[63] ^= 1;
        assert!(said(&[vec![spoiled]]).contains("not what was written"));
    }
}
