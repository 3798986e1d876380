//! Every peer in one shape: a writer that takes a record or refuses it, and readers that take what is new to them.
//!
//! All hold `capacity` records, unless they say otherwise, and went round once. Nothing waits in here: the benchmark
//! decides what happens when a queue is full or empty.

use std::hint::black_box;
use std::sync::{Arc, Mutex, RwLock};

use arc_swap::ArcSwap;
use atomic_log::{AtomicLog, Cursor, Options, Writer};
use disruptor::Producer;
use tokio::sync::broadcast::{self, error::TryRecvError};

use crate::rolling::{Push, Rolling};

/// 64 bytes.
pub type Record = [u64; 8];

/// The size of an `ArcSwap<Vec>`, in records, which is republished for each record: it is for small states.
pub const RECENT: usize = 1000;

/// The source of records: they lie in memory, as those that a writer receives do. (A compiler may copy a record that is
/// made in registers word by word through the stack, which costs some peers more than others.)
pub struct Source([Record; 16]);

impl Source {
    pub fn new() -> Source {
        Source(std::array::from_fn(|index| [index as u64; 8]))
    }

    /// The record to be published as number `sequence`.
    #[inline]
    pub fn at(&self, sequence: u64) -> Record {
        *black_box(&self.0[sequence as usize % 16])
    }

    /// The sum of the first words of the first `count` records.
    pub fn sum(&self, count: u64) -> u64 {
        let sum = |records: &[Record]| records.iter().map(|record| record[0]).sum::<u64>();
        count / 16 * sum(&self.0) + sum(&self.0[..count as usize % 16])
    }
}

/// What a reader saw, and what it missed.
#[derive(Clone, Copy, Default)]
pub struct Tally {
    pub count: u64,
    pub lost: u64,
    /// Of the first words.
    pub sum: u64,
}

impl Tally {
    #[inline]
    pub fn see(&mut self, record: &Record) {
        self.count += 1;
        self.sum += record[0];
    }

    #[inline]
    pub fn see_all<'a>(&mut self, records: impl IntoIterator<Item = &'a Record>) {
        records.into_iter().for_each(|record| self.see(record));
    }

    /// How many records were published for it until now.
    #[inline]
    pub fn position(&self) -> u64 {
        self.count + self.lost
    }
}

/// A structure by its ends. `write` returns whether the record was taken. A reader takes one record, or all that are
/// new where the peer hands them out together.
pub struct Made<W, R> {
    pub write: W,
    pub readers: Vec<R>,
}

/// Lets a reader take all there is.
pub fn drain(read: &mut impl FnMut(&mut Tally), tally: &mut Tally) {
    loop {
        let before = tally.count;
        read(tally);
        if tally.count == before {
            return;
        }
    }
}

/// Publishes this many records, and has them read.
fn warm<W: FnMut(Record) -> bool, R: FnMut(&mut Tally)>(records: usize, mut made: Made<W, R>) -> Made<W, R> {
    for _ in 0..records {
        if !(made.write)([0; 8]) {
            made.readers.iter_mut().for_each(|read| drain(read, &mut Tally::default()));
            assert!((made.write)([0; 8]));
        }
    }
    made.readers.iter_mut().for_each(|read| drain(read, &mut Tally::default()));
    made
}

/// A log in 16 segments and the one that is being written, with all the memory that it will ever need while readers
/// hold at most `held` views of different ages, as docs/REALTIME.md says.
pub fn log_of(capacity: usize, held: usize) -> (Writer<Record>, AtomicLog<Record>) {
    let segments = 17 * (held as u32 + 1) + 1;
    let options = Options::new(capacity as u64, capacity as u64 / 16).preallocated_segments(segments).prefault(true);
    let log = AtomicLog::try_new(&options).expect("good options, and memory");
    (log.try_claim_writer().expect("there is no other"), log)
}

/// The log, followed by cursors. The writer never waits. A reader that is too slow learns how many records it lost, and
/// what it reads does not change while it reads.
pub fn atomic_log(
    capacity: usize,
    readers: usize,
    held: usize,
) -> Made<impl FnMut(Record) -> bool, impl FnMut(&mut Tally) + Send> {
    let (mut writer, log) = log_of(capacity, held);
    let reader = |mut cursor: Cursor<Record>| {
        move |tally: &mut Tally| {
            tally.lost += cursor.refresh().lost;
            while let Some(chunk) = cursor.next_chunk() {
                tally.see_all(chunk.values());
            }
        }
    };
    let readers = (0..readers).map(|_| reader(log.cursor())).collect();
    warm(capacity + capacity / 4, Made { write: move |record| writer.append(record).is_ok(), readers })
}

/// Any number of writers, and tasks that wait without a thread. Each reader gets a copy of each record, and a reader
/// that is too slow learns how many it lost. Both sides take a lock for each record.
pub fn tokio_broadcast(
    capacity: usize,
    readers: usize,
) -> Made<impl FnMut(Record) -> bool, impl FnMut(&mut Tally) + Send> {
    let (sender, first) = broadcast::channel(capacity);
    let mut receivers = vec![first];
    receivers.resize_with(readers, || sender.subscribe());
    let reader = |mut receiver: broadcast::Receiver<Record>| {
        move |tally: &mut Tally| {
            loop {
                match receiver.try_recv() {
                    Ok(record) => break tally.see(&record),
                    Err(TryRecvError::Lagged(lost)) => tally.lost += lost,
                    Err(_) => break,
                }
            }
        }
    };
    let readers = receivers.into_iter().map(reader).collect();
    warm(capacity, Made { write: move |record| sender.send(record).is_ok(), readers })
}

/// Every reader gets every record, so the writer waits for the slowest. Readers may come and go.
pub fn bus(capacity: usize, readers: usize) -> Made<impl FnMut(Record) -> bool, impl FnMut(&mut Tally) + Send> {
    let mut bus = bus::Bus::new(capacity);
    let reader = |_| {
        let mut receiver = bus.add_rx();
        move |tally: &mut Tally| {
            if let Ok(record) = receiver.try_recv() {
                tally.see(&record);
            }
        }
    };
    let readers = (0..readers).map(reader).collect();
    warm(capacity, Made { write: move |record| bus.try_broadcast(record).is_ok(), readers })
}

/// Every reader gets every record, in place, so the writer waits for the slowest. Readers are fixed when it is built,
/// and may depend on each other. Here they poll, so the wait strategy plays no part.
pub fn disruptor(capacity: usize, readers: usize) -> Made<impl FnMut(Record) -> bool, impl FnMut(&mut Tally) + Send> {
    let mut builder = disruptor::build_single_producer(capacity, || [0; 8], disruptor::BusySpin).with_multi_consumer();
    let mut made = Vec::new();
    for _ in 0..readers {
        let (mut poller, rest) = builder.new_event_poller();
        builder = rest;
        made.push(move |tally: &mut Tally| {
            if let Ok(mut events) = poller.poll() {
                tally.see_all(&mut events);
            }
        });
    }
    let mut producer = builder.build();
    let write = move |record| producer.try_publish(|slot| *slot = record).is_ok();
    warm(capacity, Made { write, readers: made })
}

/// One reader only, wait-free on both sides: the ceiling of a queue. For more readers there are more queues, which the
/// writer fills one after the other, each when it has room.
pub fn rtrb(capacity: usize) -> (impl FnMut(Record) -> bool, impl FnMut(&mut Tally) + Send) {
    let (mut producer, mut consumer) = rtrb::RingBuffer::new(capacity);
    let read = move |tally: &mut Tally| {
        if let Ok(record) = consumer.pop() {
            tally.see(&record);
        }
    };
    let Made { write, mut readers } =
        warm(capacity, Made { write: move |record| producer.push(record).is_ok(), readers: vec![read] });
    (write, readers.remove(0))
}

/// Any number of writers, and of readers that share the work: each record goes to one of them. To reach all readers,
/// each has a channel, and the writer fills these one after the other.
pub fn crossbeam(capacity: usize) -> (impl FnMut(Record) -> bool, impl FnMut(&mut Tally) + Send) {
    let (sender, receiver) = crossbeam_channel::bounded(capacity);
    let read = move |tally: &mut Tally| {
        if let Ok(record) = receiver.try_recv() {
            tally.see(&record);
        }
    };
    let Made { write, mut readers } =
        warm(capacity, Made { write: move |record| sender.try_send(record).is_ok(), readers: vec![read] });
    (write, readers.remove(0))
}

/// Two copies of any structure. Readers never wait. The writer waits until they have left the copy that it writes next.
/// A reader sees the newest records, and keeps the writer from publishing while it looks.
pub fn left_right(capacity: usize, readers: usize) -> Made<impl FnMut(Record) -> bool, impl FnMut(&mut Tally) + Send> {
    let (mut writer, handle) = left_right::new_from_empty::<Rolling, Push>(Rolling::new(capacity));
    let reader = |_| {
        let handle = handle.clone();
        let mut position = 0;
        move |tally: &mut Tally| {
            if let Some(rolling) = handle.enter() {
                rolling.follow(&mut position, tally);
            }
        }
    };
    let readers = (0..readers).map(reader).collect();
    let write = move |record| {
        writer.append(Push(record)).publish();
        true
    };
    warm(capacity, Made { write, readers })
}

/// The newest records behind a lock that readers share and that the writer waits for.
pub fn rwlock(capacity: usize, readers: usize) -> Made<impl FnMut(Record) -> bool, impl FnMut(&mut Tally) + Send> {
    let shared = Arc::new(RwLock::new(Rolling::new(capacity)));
    let reader = |_| {
        let shared = shared.clone();
        let mut position = 0;
        move |tally: &mut Tally| {
            let rolling = shared.read().expect("nobody panics");
            rolling.follow(&mut position, tally);
        }
    };
    let readers = (0..readers).map(reader).collect();
    let write = move |record| {
        shared.write().expect("nobody panics").push(record);
        true
    };
    warm(capacity, Made { write, readers })
}

/// As the other lock, but one thread at a time.
pub fn mutex(capacity: usize, readers: usize) -> Made<impl FnMut(Record) -> bool, impl FnMut(&mut Tally) + Send> {
    let shared = Arc::new(Mutex::new(Rolling::new(capacity)));
    let reader = |_| {
        let shared = shared.clone();
        let mut position = 0;
        move |tally: &mut Tally| {
            let rolling = shared.lock().expect("nobody panics");
            rolling.follow(&mut position, tally);
        }
    };
    let readers = (0..readers).map(reader).collect();
    let write = move |record| {
        shared.lock().expect("nobody panics").push(record);
        true
    };
    warm(capacity, Made { write, readers })
}

/// The newest `RECENT` records, in a vector that never changes.
pub struct Recent {
    pub records: Vec<Record>,
    end: u64,
}

impl Recent {
    pub fn new() -> Recent {
        Recent { records: vec![[0; 8]; RECENT], end: 0 }
    }

    /// A copy with one more at the end, and one less at the beginning.
    #[inline]
    pub fn with(&self, record: Record) -> Recent {
        let mut records = Vec::with_capacity(RECENT);
        records.extend_from_slice(&self.records[1..]);
        records.push(record);
        Recent { records, end: self.end + 1 }
    }
}

/// A small state that is copied for each change. Readers never wait, and what they hold does not change. Holds
/// `RECENT`.
pub fn arc_swap_vec(readers: usize) -> Made<impl FnMut(Record) -> bool, impl FnMut(&mut Tally) + Send> {
    let shared = Arc::new(ArcSwap::from_pointee(Recent::new()));
    let reader = |_| {
        let shared = shared.clone();
        let mut position = 0;
        move |tally: &mut Tally| {
            let recent = shared.load();
            let unread = ((recent.end - position) as usize).min(RECENT);
            tally.lost += recent.end - position - unread as u64;
            tally.see_all(&recent.records[RECENT - unread..]);
            position = recent.end;
        }
    };
    let readers = (0..readers).map(reader).collect();
    let write = move |record| {
        let next = shared.load().with(record);
        shared.store(Arc::new(next));
        true
    };
    warm(RECENT, Made { write, readers })
}

/// The newest record alone, with its number, each in an allocation of its own. Readers never wait, and see no history.
pub fn arc_swap_newest() -> (impl FnMut(Record) -> bool, impl FnMut(&mut Tally) + Send) {
    let shared = Arc::new(ArcSwap::from_pointee((0, [0; 8])));
    let (mut written, mut position) = (0u64, 0);
    let read = {
        let shared = shared.clone();
        move |tally: &mut Tally| {
            let newest = shared.load();
            if newest.0 != position {
                tally.lost += newest.0 - position - 1;
                tally.see(&newest.1);
                position = newest.0;
            }
        }
    };
    let write = move |record| {
        written += 1;
        shared.store(Arc::new((written, record)));
        true
    };
    (write, read)
}
