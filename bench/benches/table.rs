//! The rows of the table that one thread measures: `make bench`.

use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use atomic_log::{AtomicLog, ByteLog, Options, Writer};
use atomic_log_bench::controls::{self, Better, Control, Ring};
use atomic_log_bench::ratio::Bench;
use atomic_log_bench::results::median;

/// The log under measurement: what it retains, and the capacity of a segment.
const RETAINED: usize = 16 * 1024;
const SEGMENT: usize = 1024;
const BATCH: usize = 256;
const OURS: &str = "atomic-log";

/// A log that has gone round once.
fn warm<T: Clone>(retained: usize, segment: usize, filler: T) -> (Writer<T>, AtomicLog<T>) {
    let (mut writer, log) = AtomicLog::new_claimed(retained, segment);
    for _ in 0..retained + 4 * segment {
        assert!(writer.append(filler.clone()).is_ok());
    }
    (writer, log)
}

/// Publishes prepared records one by one, as a program does that walks over its entities.
#[inline(never)]
fn push_each<T: Copy>(ring: &mut Ring<T>, records: &[T]) {
    for record in records {
        ring.push(*record);
    }
}

/// The same, in two forms.
fn pushes<T: Copy>(filler: T, records: &[T]) -> impl Control {
    let (mut one, mut other) = (Ring::new(filler), Ring::new(filler));
    Better(
        move |times| {
            for _ in 0..times / records.len() as u64 {
                push_each(&mut one, black_box(records));
            }
        },
        move |times| {
            for _ in 0..times / records.len() as u64 {
                other.push_all(black_box(records));
            }
        },
    )
}

#[inline(never)]
fn append_each<T: Copy>(writer: &mut Writer<T>, records: &[T]) {
    for record in records {
        let _ = writer.append(*record);
    }
}

fn appends<const N: usize>(bench: &mut Bench, times: u64) {
    let records = vec![[7u64; N]; times.min(BATCH as u64) as usize];
    let (mut writer, _log) = warm(RETAINED, SEGMENT, [0u64; N]);
    bench.compare(&format!("append/{}", 8 * N), OURS, times, pushes([0u64; N], &records), |times| {
        for _ in 0..times / records.len() as u64 {
            append_each(&mut writer, black_box(&records));
        }
    });
}

/// Values that are made one by one, so they could be made in their slots: `append` against `append_with`.
fn made<const N: usize>(bench: &mut Bench, times: u64) {
    let (mut writer, _log) = warm(RETAINED, SEGMENT, [0u64; N]);
    let (mut in_place, _other) = warm(RETAINED, SEGMENT, [0u64; N]);
    bench.compare(
        &format!("made/{}", 8 * N),
        OURS,
        times,
        |times| {
            for value in 0..times {
                let _ = in_place.append_with(|| [black_box(value); N]);
            }
        },
        |times| {
            for value in 0..times {
                let _ = writer.append([black_box(value); N]);
            }
        },
    );
}

fn batches<const N: usize>(bench: &mut Bench, times: u64) {
    let source = [[7u64; N]; BATCH];
    let (mut writer, _log) = warm(RETAINED, SEGMENT, [0u64; N]);
    bench.compare(&format!("batch/{}", 8 * N), OURS, times, controls::copies(&source), |times| {
        for _ in 0..times / BATCH as u64 {
            let _ = writer.append_slice(black_box(&source));
        }
    });
}

/// As `batches`, from an iterator.
fn each<const N: usize>(bench: &mut Bench, times: u64) {
    let source = [[7u64; N]; BATCH];
    let (mut writer, _log) = warm(RETAINED, SEGMENT, [0u64; N]);
    bench.compare(&format!("each/{}", 8 * N), OURS, times, controls::copies(&source), |times| {
        for _ in 0..times / BATCH as u64 {
            let _ = writer.append_batch(black_box(&source).iter().copied());
        }
    });
}

#[inline(never)]
fn publish_group<T: Copy>(writer: &mut Writer<T>, records: &[T]) {
    let mut group = writer.group();
    for record in records {
        let _ = group.append(*record);
    }
    group.publish();
}

fn groups(bench: &mut Bench) {
    let records = vec![[7u64; 8]; BATCH];
    let (mut writer, _log) = warm(RETAINED, SEGMENT, [0u64; 8]);
    bench.compare("group/64", OURS, 16 * BATCH as u64, pushes([0u64; 8], &records), |times| {
        for _ in 0..times / BATCH as u64 {
            publish_group(&mut writer, black_box(&records));
        }
    });
}

/// Records of 16 to 256 bytes. The order of the sizes is one that a processor cannot learn.
fn bytes(bench: &mut Bench) {
    let mut state = 88172645463325252u64;
    let sizes: Vec<usize> = (0..4096)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            16 + (state % 241) as usize
        })
        .collect();
    let source = vec![7u8; 256];
    // The control copies the same bytes into a ring of bytes, and publishes each record. It has two forms: the second
    // keeps what moves in registers.
    const BYTES: usize = 17 << 16;
    let ring = || (vec![0u8; BYTES], controls::Line::default(), 0, 0u64);
    let (mut one, mut other) = (ring(), ring());
    let room = |next: usize, size: usize| if next + size > BYTES { 0 } else { next };
    let ring_of_bytes = Better(
        |times| {
            let (ring, published, next, count) = &mut one;
            for size in &sizes[..times as usize] {
                *next = room(*next, *size);
                ring[*next..*next + size].copy_from_slice(black_box(&source[..*size]));
                *next += size.next_multiple_of(8);
                *count += 1;
                published.0.store(*count, Ordering::Release);
            }
        },
        |times| {
            let (ring, published, mut next, mut count) = (&mut other.0[..BYTES], &other.1, other.2, other.3);
            for size in &sizes[..times as usize] {
                next = room(next, *size);
                ring[next..next + size].copy_from_slice(black_box(&source[..*size]));
                next += size.next_multiple_of(8);
                count += 1;
                published.0.store(count, Ordering::Release);
            }
            (other.2, other.3) = (next, count);
        },
    );
    let (mut writer, _log) = ByteLog::try_new_claimed(&Options::new(16 << 16, 1 << 16)).expect("good options");
    for _ in 0..40_000 {
        writer.append(&source).expect("there is memory");
    }
    bench.compare("bytes/16-256", OURS, 4096, ring_of_bytes, |times| {
        for size in &sizes[..times as usize] {
            let _ = writer.append(black_box(&source[..*size]));
        }
    });
}

fn refreshes(bench: &mut Bench) {
    let word = AtomicU64::new(1);
    let count = AtomicU64::new(1);
    let (mut writer, log) = warm(RETAINED, SEGMENT, 0u64);
    let mut view = log.snapshot();
    bench.compare("refresh/unchanged", OURS, 4096, controls::loads(&word), |times| {
        for _ in 0..times {
            black_box(black_box(&mut view).refresh());
        }
    });
    let (mut one, mut other) = (Ring::new(0u64), Ring::new(0u64));
    let (one_word, other_word) = (one.published(), other.published());
    let push_and_load = Better(
        |times| {
            for value in 0..times {
                one.push(black_box(value));
                black_box(one_word.0.load(Ordering::Acquire));
            }
        },
        |times| {
            for value in 0..times {
                other.push_all(&[black_box(value)]);
                black_box(other_word.0.load(Ordering::Acquire));
            }
        },
    );
    bench.compare("refresh/append", OURS, 4096, push_and_load, |times| {
        for value in 0..times {
            let _ = writer.append(black_box(value));
            black_box(view.refresh());
        }
    });
    // Several views lag by the same number of rolls, and only their refreshes are timed. The control takes the same
    // number of pins.
    for rolls in [1, 16, 64] {
        const VIEWS: usize = 256;
        let (mut writer, log) = warm(64, 4, 0u64);
        let mut views: Vec<_> = (0..VIEWS).map(|_| log.snapshot()).collect();
        bench.compare_prepared(
            &format!("refresh/{rolls}"),
            OURS,
            VIEWS as u64,
            controls::pins(&count),
            || {
                for value in 0..rolls * 4 {
                    writer.append(value).expect("there is memory");
                }
            },
            |times| {
                for view in &mut views[..times as usize] {
                    black_box(view.refresh());
                }
            },
        );
    }
}

fn snapshots(bench: &mut Bench) {
    let count = AtomicU64::new(1);
    for segments in [17, 257, 4097] {
        let (_writer, log) = warm((segments - 1) * 64, 64, 0u64);
        assert_eq!(log.snapshot().chunk_count(), segments);
        bench.compare(&format!("snapshot/{segments}"), OURS, 2048, controls::pins(&count), |times| {
            for _ in 0..times {
                black_box(log.snapshot());
            }
        });
    }
}

/// The sum of 16 Ki words: in one slice, and in a view.
fn sums(bench: &mut Bench) {
    let (_writer, log) = warm(RETAINED, SEGMENT, 3u64);
    let view = log.snapshot();
    let slice = vec![3u64; view.len()];
    let passes = 4;
    let mut row = |name: &str, sum: &dyn Fn() -> u64| {
        bench.compare(&format!("sum/{name}"), OURS, passes, controls::sums(&slice), |passes| {
            for _ in 0..passes {
                black_box(sum());
            }
        });
    };
    row("chunks", &|| black_box(&view).chunks().map(|chunk| chunk.values().iter().sum::<u64>()).sum());
    row("fold", &|| black_box(&view).iter().fold(0u64, |sum, value| sum.wrapping_add(*value)));
    row("for", &|| {
        let mut sum = 0;
        for value in black_box(&view) {
            sum += value;
        }
        sum
    });
}

/// A roll opens a window and retires the old one. The segment holds one record, so each append rolls.
fn rolls(bench: &mut Bench) {
    let count = AtomicU64::new(1);
    for segments in [17, 257, 4097, 65537] {
        let (mut writer, log) = warm(segments - 1, 1, 0u64);
        let mut view = log.snapshot();
        bench.compare(&format!("roll/{segments}"), OURS, 512, controls::pins(&count), |times| {
            for value in 0..times {
                let _ = writer.append(black_box(value));
                black_box(view.refresh());
            }
        });
    }
}

/// The duration of single appends of 64 B, the slowest in a thousand. The clock's own cost is in both sides.
fn tail(bench: &mut Bench) {
    const APPENDS: usize = 200_000;
    let mut ring = Ring::new([0u64; 8]);
    let (mut writer, _log) = warm(RETAINED, SEGMENT, [0u64; 8]);
    let mut times = vec![0u64; APPENDS];
    let mut p999 = |append: &mut dyn FnMut()| {
        for time in &mut times {
            let begin = Instant::now();
            append();
            *time = begin.elapsed().as_nanos() as u64;
        }
        times.sort_unstable();
        times[APPENDS - APPENDS / 1000] as f64
    };
    let source = [7u64; 8];
    let rounds: Vec<(f64, f64)> = (0..21)
        .map(|_| {
            let theirs = p999(&mut || ring.push(*black_box(&source)));
            let ours = p999(&mut || {
                let _ = writer.append(*black_box(&source));
            });
            (ours, theirs)
        })
        .collect();
    let mut ratios: Vec<f64> = rounds.iter().map(|(ours, theirs)| ours / theirs).collect();
    println!("roll/p999/{OURS}: {:.2} x control", median(&mut ratios));
    bench.results().rounds("roll/p999", OURS, &rounds);
}

/// The bytes that the log holds for each byte that its segments can show: when it has filled its 17 segments for the
/// first time, and when it goes round, which takes one segment more.
fn memory(bench: &mut Bench) {
    let (mut writer, log) = AtomicLog::new_claimed(RETAINED, SEGMENT);
    let held = |log: &AtomicLog<u64>| log.stats().bytes_allocated as f64 / (17 * SEGMENT * size_of::<u64>()) as f64;
    for value in 0..17 * SEGMENT as u64 {
        writer.append(value).expect("there is memory");
    }
    assert_eq!(log.stats().segments_live, 17);
    let full = held(&log);
    writer.append(0).expect("there is memory");
    assert_eq!(log.stats().segments_live, 18);
    let round = held(&log);
    println!("memory/{OURS}: {full:.3} x what 17 segments hold; going round {round:.3} x");
    bench.results().figure("memory", OURS, full);
    bench.results().figure("memory/round", OURS, round);
}

fn main() {
    let mut bench = Bench::new("table");
    appends::<1>(&mut bench, 4096);
    appends::<8>(&mut bench, 4096);
    appends::<128>(&mut bench, 1024);
    made::<128>(&mut bench, 1024);
    groups(&mut bench);
    batches::<1>(&mut bench, 4096);
    batches::<8>(&mut bench, 4096);
    batches::<128>(&mut bench, 1024);
    each::<1>(&mut bench, 4096);
    bytes(&mut bench);
    refreshes(&mut bench);
    snapshots(&mut bench);
    sums(&mut bench);
    rolls(&mut bench);
    tail(&mut bench);
    memory(&mut bench);
}
