//! The size of records, which only the program knows at run time: appended one by one, and in batches.

use std::hint::black_box;
use std::sync::atomic::Ordering;

use atomic_log::{FixedLog, FixedWriter, Options};
use atomic_log_bench::controls::Line;
use atomic_log_bench::ratio::Bench;

use crate::{OURS, Pages};

const LARGEST: usize = 64 << 10;
/// The most that is retained, in records and in bytes. The number of segments is the same for all sizes.
const RETAINED: usize = 16 << 10;
const RETAINED_BYTES: usize = 4 << 20;
const SEGMENTS: usize = 16;
/// The most in one batch.
const BATCH: usize = 256;
const BATCH_BYTES: usize = 256 << 10;
/// About this many bytes in one turn, and at most this many records.
const TURN: usize = 1 << 20;

pub fn measure(bench: &mut Bench) {
    let mut source = Pages::new(LARGEST.max(BATCH_BYTES));
    let mut size = 1;
    while size <= LARGEST {
        let batch = BATCH.min(BATCH_BYTES / size);
        let times = (TURN / size).clamp(8, 4096).next_multiple_of(batch);
        appends(bench, size, times as u64, &source.bytes()[..size]);
        batches(bench, size, batch, times as u64, &source.bytes()[..batch * size]);
        size *= 2;
    }
}

fn appends(bench: &mut Bench, size: usize, times: u64, source: &[u8]) {
    let mut ring = ByteRing::new(size);
    let (mut writer, _log) = warm(size);
    bench.compare(
        &format!("growth/append/{size}"),
        OURS,
        times,
        |times| {
            for _ in 0..times {
                ring.push(black_box(source), 1);
            }
        },
        |times| {
            for _ in 0..times {
                let _ = writer.append(black_box(source));
            }
        },
    );
}

fn batches(bench: &mut Bench, size: usize, batch: usize, times: u64, source: &[u8]) {
    let mut ring = ByteRing::new(size);
    let (mut writer, _log) = warm(size);
    bench.compare(
        &format!("growth/batch/{size}"),
        OURS,
        times,
        |times| {
            for _ in 0..times / batch as u64 {
                ring.push(black_box(source), batch as u64);
            }
        },
        |times| {
            for _ in 0..times / batch as u64 {
                let _ = writer.append_batch(black_box(source));
            }
        },
    );
}

/// The number of records of this size that a log retains.
fn retained(size: usize) -> usize {
    RETAINED.min(RETAINED_BYTES / size)
}

/// A log that has gone round once.
fn warm(size: usize) -> (FixedWriter, FixedLog) {
    let retained = retained(size);
    let options = Options::new(retained as u64, (retained / SEGMENTS) as u64).record_size(size as u64);
    let (mut writer, log) = FixedLog::try_new_claimed(&options).expect("good options");
    let record = vec![7; size];
    for _ in 0..retained * 3 / 2 {
        writer.append(&record).expect("there is memory");
    }
    (writer, log)
}

/// The control: a ring of bytes as large as what the log retains, including the head, and a counter.
struct ByteRing {
    bytes: Pages,
    len: usize,
    next: usize,
    count: u64,
    published: Line,
}

impl ByteRing {
    fn new(size: usize) -> ByteRing {
        let len = retained(size) / SEGMENTS * (SEGMENTS + 1) * size;
        ByteRing { bytes: Pages::new(len), len, next: 0, count: 0, published: Line::default() }
    }

    #[inline]
    fn push(&mut self, records: &[u8], count: u64) {
        if self.next + records.len() > self.len {
            self.next = 0;
        }
        self.bytes.bytes()[self.next..self.next + records.len()].copy_from_slice(records);
        self.next += records.len();
        self.count += count;
        self.published.0.store(self.count, Ordering::Release);
    }
}
