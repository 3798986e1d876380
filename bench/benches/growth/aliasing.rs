//! The offsets of source and destination within their pages.
//!
//! Processors compare the lowest twelve bits of addresses first, and some copy slowly when source and destination are
//! close to each other in these bits. X is the source's offset in its page minus the destination's. The log's records
//! lie one page apart and are aligned to pages, so each append is the same case.

use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};

use atomic_log::{FixedLog, Options};
use atomic_log_bench::ratio::{Bench, wanted};

use crate::{OURS, PAGE, Pages};

/// Distances of whole lines, except three: 16 behind the destination, and (4048 and 4080) 48 and 16 before it.
const OFFSETS: [usize; 12] = [0, 16, 64, 128, 256, 512, 1024, 2048, 3072, 4032, 4048, 4080];
/// Far from the destination, for every size.
const GOOD: usize = 2048;
/// A view holds two segments, and the writer goes round in three.
const SEGMENT: usize = 64;

pub fn measure(bench: &mut Bench) {
    if !wanted("growth/aliasing") {
        return;
    }
    for (size, times) in [(256, 2048), (1024, 1024), (4096, 512)] {
        let slow: Vec<String> = OFFSETS.iter().filter_map(|&offset| one(bench, size, offset, times)).collect();
        println!("copies of {size} bytes are slower than at {GOOD} at these offsets: {}", slow.join(", "));
    }
    typical();
}

/// Three comparisons: the log with a copy at the same offset, the log with a copy at a good offset, and the two copies
/// with each other. Prints a line if the two copies differ.
fn one(bench: &mut Bench, size: usize, offset: usize, times: u64) -> Option<String> {
    let (mut source, mut good) = (Pages::new(3 * PAGE), Pages::new(3 * PAGE));
    let source = &source.bytes()[offset..offset + size];
    let good = &good.bytes()[GOOD..GOOD + size];
    let options = Options::new(SEGMENT as u64, SEGMENT as u64).record_size(size as u64);
    let (mut writer, log) = FixedLog::try_new_claimed(&options.record_align(PAGE as u32)).expect("good options");
    for _ in 0..4 * SEGMENT {
        writer.append(source).expect("there is memory");
    }
    let view = log.snapshot();
    for chunk in view.chunks() {
        assert_eq!(place(chunk.get(0)), 0, "records are aligned to pages");
    }
    drop(view);
    let (mut ring, mut other) = (Ring::new(), Ring::new());
    let row = format!("growth/aliasing-{size}/{offset}");
    let mut append = |times: u64| {
        for _ in 0..times {
            let _ = writer.append(black_box(source));
        }
    };
    bench.compare(&row, "atomic-log, same offset", times, |times| ring.push(source, times), &mut append);
    bench.compare(&row, OURS, times, |times| ring.push(good, times), &mut append);
    bench.compare(&row, "memcpy", times, |times| other.push(good, times), |times| ring.push(source, times));
    let copies = bench.results().last().filter(|last| last.row == row && last.low > 1.1)?;
    Some(format!("{offset} ({:.1} times)", copies.ratio))
}

/// A record's place in its page.
fn place(record: Option<&[u8]>) -> usize {
    record.map_or(0, |record| record.as_ptr().addr() % PAGE)
}

/// The offsets of a segment's records when the allocator places the segment.
fn typical() {
    for kilobytes in [8, 64, 256, 1024] {
        let options = Options::new(kilobytes * 16, kilobytes).record_size(1024);
        let (mut writer, log) = FixedLog::try_new_claimed(&options).expect("good options");
        for _ in 0..kilobytes * 16 {
            writer.append(&[7; 1024]).expect("there is memory");
        }
        let places: Vec<usize> = log.snapshot().chunks().map(|chunk| place(chunk.get(0))).collect();
        println!("segments of {kilobytes} KiB begin in their pages at {places:?}");
    }
}

/// The control: slots that are a page each, and a counter.
struct Ring {
    slots: Pages,
    next: usize,
    count: AtomicU64,
}

impl Ring {
    const SLOTS: usize = 3 * SEGMENT;

    fn new() -> Ring {
        Ring { slots: Pages::new(Ring::SLOTS * PAGE), next: 0, count: AtomicU64::new(0) }
    }

    fn push(&mut self, source: &[u8], times: u64) {
        for _ in 0..times {
            let source = black_box(source);
            let slot = self.next * PAGE;
            self.slots.bytes()[slot..slot + source.len()].copy_from_slice(source);
            self.next = if self.next + 1 == Ring::SLOTS { 0 } else { self.next + 1 };
            let count = self.count.load(Ordering::Relaxed) + 1;
            self.count.store(count, Ordering::Release);
        }
    }
}
