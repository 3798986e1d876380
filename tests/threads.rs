//! Two writers that take turns and readers of every kind, as fast as they can. Each value carries its sequence and that
//! of the publication that it belongs to, so every view can be checked on its own. A view is made of whole publications
//! (I7), of values that are there and do not change (I1, I2), in order without a gap (I8, I9). No later read is behind
//! what a read has shown (I10). A follower is told exactly what it did not see.
#![cfg(not(any(loom, shuttle)))]

mod common {
    pub(crate) mod chance;
    pub(crate) mod memory;
}

use std::ops::Range;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use atomic_log::{AtomicLog, ByteLog, ByteWriter, Error, Options, Segment, Snapshot, Writer};

use common::chance::Chance;
use common::memory::Memory;

/// A value's own sequence, and the sequences of its publication.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Stamp {
    sequence: u64,
    first: u64,
    length: u64,
}

const ABANDONED: u64 = u64::MAX;

impl Stamp {
    fn publication(&self) -> Range<u64> {
        self.first..self.first + self.length
    }
}

/// The values of one view, from `range.start` on, are whole publications, except the oldest, which may be evicted in
/// part.
fn check(range: Range<u64>, latest: Range<u64>, values: impl Iterator<Item = Stamp>) {
    let mut publication = 0..0;
    let mut next = range.start;
    for value in values {
        assert_eq!(value.sequence, next, "in {range:?}");
        if next == range.start {
            publication = value.publication();
            assert!(publication.start <= next);
        } else if next == publication.end {
            publication = next..next + value.length;
        }
        assert_eq!(value.publication(), publication, "value {next} of {range:?}");
        next += 1;
    }
    assert_eq!(next, range.end, "every value is there");
    assert_eq!(publication.end, range.end, "the view ends where a publication ends");
    assert_eq!(latest, publication, "the newest publication");
    assert!(latest.start >= range.start, "whole");
}

/// What all threads of a run share.
struct Run {
    until: Instant,
    /// The newest end that any finished read has shown.
    shown: AtomicU64,
    writing: AtomicUsize,
}

impl Run {
    fn new(time: Duration, writers: usize) -> Run {
        Run { until: Instant::now() + time, shown: AtomicU64::new(0), writing: AtomicUsize::new(writers) }
    }

    fn is_over(&self) -> bool {
        Instant::now() >= self.until
    }

    /// Runs a read. It must not end before what was shown when it began (I10).
    fn read<R>(&self, read: impl FnOnce() -> (u64, R)) -> R {
        let floor = self.shown.load(Ordering::SeqCst);
        let (end, shows) = read();
        assert!(end >= floor, "shows up to {end}, and {floor} was shown before");
        self.shown.fetch_max(end, Ordering::SeqCst);
        shows
    }
}

/// Tells the run that a writer is done, even when it panics.
struct Writing<'r>(&'r Run);

impl Drop for Writing<'_> {
    fn drop(&mut self) {
        self.0.writing.fetch_sub(1, Ordering::SeqCst);
    }
}

/// A value that cannot be mistaken for a live one once it was dropped.
struct Value {
    stamp: Stamp,
    seal: u64,
}

const SEAL: u64 = 0x5EA1_5EA1_5EA1_5EA1;

impl Value {
    fn new(sequence: u64, publication: &Range<u64>) -> Value {
        let (first, length) = (publication.start, publication.end - publication.start);
        Value { stamp: Stamp { sequence, first, length }, seal: SEAL ^ sequence ^ first }
    }

    fn stamp(&self) -> Stamp {
        let Stamp { sequence, first, .. } = self.stamp;
        assert_eq!(self.seal, SEAL ^ sequence ^ first, "value {sequence} was dropped, or is not whole");
        self.stamp
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        // SAFETY: the field is this value's own. Volatile, so that the store is not removed as one that is never read.
        unsafe { (&raw mut self.seal).write_volatile(0) };
    }
}

fn check_view(view: &Snapshot<Value>) {
    check(view.range(), view.latest(), view.iter().map(Value::stamp));
}

/// Appends one publication of some length, in one of many ways. Err: readers hold all segments.
fn publish(writer: &mut Writer<Value>, longest: u64, chance: &mut Chance) -> Result<(), Error> {
    let first = writer.next_sequence();
    let publication = first..first + 1 + chance.below(longest);
    let values = || publication.clone().map(|sequence| Value::new(sequence, &publication));
    match chance.below(6) {
        0 => drop(writer.append_batch(values())?),
        1 | 2 => {
            let mut group = writer.group();
            for value in values() {
                group.append(value)?;
            }
            group.publish();
        }
        3 => {
            let mut group = writer.group();
            for sequence in publication.clone() {
                group.append(Value::new(sequence, &(ABANDONED - 1..ABANDONED)))?;
            }
            group.abandon();
        }
        _ => writer.append(Value::new(first, &(first..first + 1)))?,
    }
    Ok(())
}

/// Takes the claim whenever it is free, publishes a few times, and gives it back.
fn write(run: &Run, log: &AtomicLog<Value>, longest: u64, seed: u64) -> u64 {
    let _writing = Writing(run);
    let mut chance = Chance::new(seed);
    let mut published = 0;
    while !run.is_over() {
        let Ok(mut writer) = log.try_claim_writer() else {
            thread::yield_now();
            continue;
        };
        for _ in 0..chance.below(400) {
            match publish(&mut writer, longest, &mut chance) {
                Ok(()) => published += 1,
                Err(Error::SegmentLimit) => thread::yield_now(),
                Err(error) => panic!("{error}"),
            }
        }
    }
    published
}

/// One view, refreshed as fast as possible. Now and then a copy of it stays behind for a while, and must not change.
fn refresher(run: &Run, log: &AtomicLog<Value>, seed: u64) -> u64 {
    let mut chance = Chance::new(seed);
    let mut view = log.snapshot();
    let mut reads = 0;
    while !run.is_over() {
        let old = view.range();
        let delta = run.read(|| {
            let delta = view.refresh();
            (view.range().end, delta)
        });
        assert_eq!(old.end + delta.lost, delta.first_sequence);
        assert_eq!(delta.first_sequence + delta.appended, view.range().end);
        assert!(view.range().start >= old.start && delta.first_sequence >= view.range().start);
        if !view.is_empty() {
            check_view(&view);
        }
        if chance.below(200) == 0 && !view.is_empty() {
            let copy = view.clone();
            thread::sleep(Duration::from_micros(chance.below(2_000)));
            check_view(&copy);
            assert_eq!((copy.range(), copy.latest()), (view.range(), view.latest()));
        }
        reads += 1;
    }
    reads
}

/// Takes a new view each time, or only asks for the range.
fn newcomer(run: &Run, log: &AtomicLog<Value>) -> u64 {
    let mut reads = 0;
    while !run.is_over() {
        let view = run.read(|| {
            let view = log.snapshot();
            (view.range().end, view)
        });
        if !view.is_empty() {
            check_view(&view);
        }
        let range = run.read(|| {
            let range = log.range();
            (range.end, range)
        });
        assert!(range.start >= view.range().start && range.end >= view.range().end);
        reads += 1;
    }
    reads
}

/// Follows the log to its end, and hands some of what it reads to another thread. Returns how much it read, and how
/// much it lost.
fn follower(run: &Run, log: &AtomicLog<Value>, pins: &SyncSender<Segment<Value>>, seed: u64) -> (u64, u64) {
    let mut chance = Chance::new(seed);
    let mut cursor = log.cursor();
    // What was evicted before it began counts as lost here.
    let (mut next, mut read, mut lost) = (cursor.position(), 0, cursor.position());
    loop {
        let last_turn = run.writing.load(Ordering::SeqCst) == 0;
        let delta = run.read(|| {
            let delta = cursor.refresh();
            (cursor.range().end, delta)
        });
        assert_eq!(delta.first_sequence, next + delta.lost);
        lost += delta.lost;
        next = delta.first_sequence;
        while let Some(chunk) = cursor.next_chunk() {
            assert_eq!(chunk.first_sequence(), next);
            for value in chunk.values() {
                assert_eq!(value.stamp().sequence, next);
                next += 1;
                read += 1;
            }
            if chance.below(8) == 0 {
                let pin = cursor.pin().expect("a chunk was just returned");
                if let Err(TrySendError::Disconnected(_)) = pins.try_send(pin) {
                    panic!("the keeper is gone");
                }
            }
        }
        assert_eq!(cursor.position(), next);
        if last_turn {
            return (read, lost);
        }
        if chance.below(50) == 0 {
            thread::sleep(Duration::from_micros(chance.below(500)));
        }
    }
}

/// Holds for a while what other threads have pinned.
fn keeper(pins: &Receiver<Segment<Value>>) -> u64 {
    let mut kept = Vec::new();
    let mut came = 0;
    while let Ok(pin) = pins.recv() {
        kept.push(pin.clone());
        came += 1;
        if kept.len() == 5 {
            for pin in kept.drain(..) {
                let sequences = pin.iter().map(|value| value.stamp().sequence);
                assert!(sequences.eq(pin.first_sequence()..pin.first_sequence() + pin.len() as u64));
            }
        }
    }
    came
}

fn stress(retained: u64, segment: u64, max_segments: u32, time: Duration) {
    let memory = Memory::new();
    let options = Options::new(retained, segment).max_segments(max_segments).allocator(memory.allocator());
    let log: AtomicLog<Value> = AtomicLog::try_new(&options).expect("there is memory");
    let run = Run::new(time, 2);
    let (send, receive) = sync_channel(4);
    let (log, run) = (&log, &run);
    thread::scope(|scope| {
        let writers = [1, 2].map(|seed| scope.spawn(move || write(run, log, retained, seed)));
        let refreshers = [3, 4].map(|seed| scope.spawn(move || refresher(run, log, seed)));
        let newcomer = scope.spawn(move || newcomer(run, log));
        let follower = scope.spawn(move || follower(run, log, &send, 5));
        let keeper = scope.spawn(move || keeper(&receive));

        let published: u64 = writers.map(|thread| thread.join().expect("a writer")).iter().sum();
        let refreshed = refreshers.map(|thread| thread.join().expect("a refresher"));
        let came = newcomer.join().expect("the newcomer");
        let (read, lost) = follower.join().expect("the follower");
        let kept = keeper.join().expect("the keeper");
        assert_eq!(read + lost, log.range().end, "what was not read was lost, exactly");
        println!(
            "{published} published; {refreshed:?} refreshes, {came} snapshots, {read} read + {lost} lost, {kept} kept"
        );
        assert!(published > 0 && came > 0 && read > 0, "the threads did run");
    });
}

const TIME: Duration = Duration::from_millis(700);

#[test]
fn segments_of_one_value() {
    stress(2, 1, 0, TIME);
}

#[test]
fn segments_of_a_few_values() {
    stress(12, 4, 0, TIME);
}

#[test]
fn segments_that_are_scarce() {
    // K = 5; a group takes up to 5 more.
    stress(12, 3, 10, TIME);
}

/// A record of a byte log: the stamp, and a number of bytes that depends on its sequence.
fn encode(sequence: u64, publication: &Range<u64>) -> Vec<u8> {
    let mut record = Vec::new();
    for word in [sequence, publication.start, publication.end - publication.start] {
        record.extend(word.to_ne_bytes());
    }
    record.resize(24 + (sequence % 41) as usize, sequence as u8);
    record
}

fn decode(record: &[u8]) -> Stamp {
    let mut words = record.chunks_exact(8).map(|word| u64::from_ne_bytes(word.try_into().expect("8 bytes")));
    let [sequence, first, length] = [(); 3].map(|()| words.next().expect("three words"));
    assert_eq!(record.len(), 24 + (sequence % 41) as usize);
    assert!(record[24..].iter().all(|byte| *byte == sequence as u8));
    Stamp { sequence, first, length }
}

fn publish_bytes(writer: &mut ByteWriter, chance: &mut Chance) -> Result<(), Error> {
    let first = writer.next_sequence();
    let publication = first..first + 1 + chance.below(12);
    let records: Vec<Vec<u8>> = publication.clone().map(|sequence| encode(sequence, &publication)).collect();
    match chance.below(4) {
        0 => writer.append_batch(&records).map(drop),
        1 => {
            let mut group = writer.group();
            for record in &records {
                // Room for more than is used in the end.
                let mut room = group.reserve(64)?;
                for (to, from) in room.bytes().iter_mut().zip(record) {
                    to.write(*from);
                }
                // SAFETY: that much was written.
                unsafe { room.commit(record.len()) }?;
            }
            group.publish();
            Ok(())
        }
        2 => {
            let mut group = writer.group();
            group.append_batch(&vec![[0; 60]; publication.end as usize - first as usize])?;
            group.abandon();
            Ok(())
        }
        _ => writer.append(&encode(first, &(first..first + 1))),
    }
}

#[test]
fn records_of_any_size() {
    let memory = Memory::new();
    // Twelve records of 64 bytes fit in the K - 1 = 3 segments.
    let options = Options::new(900, 300).allocator(memory.allocator());
    let (mut writer, log) = ByteLog::try_new_claimed(&options).expect("there is memory");
    let run = Run::new(TIME, 1);
    let (log, run) = (&log, &run);
    thread::scope(|scope| {
        scope.spawn(move || {
            let _writing = Writing(run);
            let mut chance = Chance::new(6);
            while !run.is_over() {
                publish_bytes(&mut writer, &mut chance).expect("there is no budget");
            }
        });
        for fresh in [true, false] {
            scope.spawn(move || {
                let mut view = log.snapshot();
                while !run.is_over() {
                    run.read(|| {
                        if fresh {
                            view = log.snapshot();
                        } else {
                            view.refresh();
                        }
                        (view.range().end, ())
                    });
                    if !view.is_empty() {
                        check(view.range(), view.latest(), view.iter().map(decode));
                        let last = view.get(view.range().end - 1).map(decode);
                        assert_eq!(last.map(|stamp| stamp.publication()), Some(view.latest()));
                    }
                }
            });
        }
        let follower = scope.spawn(move || {
            let mut cursor = log.cursor();
            let (mut next, mut read, mut lost) = (cursor.position(), 0, cursor.position());
            loop {
                let last_turn = run.writing.load(Ordering::SeqCst) == 0;
                let delta = cursor.refresh();
                assert_eq!(delta.first_sequence, next + delta.lost);
                lost += delta.lost;
                next = delta.first_sequence;
                while let Some(chunk) = cursor.next_chunk() {
                    for record in chunk.iter() {
                        assert_eq!(decode(record).sequence, next);
                        next += 1;
                        read += 1;
                    }
                }
                if last_turn {
                    return read + lost;
                }
            }
        });
        assert_eq!(follower.join().expect("the follower"), log.range().end, "what was not read was lost, exactly");
    });
}
