//! What the constant-cost operations cost, in nanoseconds and in units of what they are made of: `make bench`.
//!
//! The machine may be shared and its clock may wander, so subjects and controls take turns within one run, and each
//! figure is the median over many turns; a ratio is the median of the turns' ratios.

use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use atomic_log::{AtomicLog, Snapshot, Writer};

const TURNS: usize = 301;

/// One thing that is measured: `run` does it `count` times.
struct Subject<'a> {
    name: String,
    control: usize,
    count: u32,
    run: Box<dyn FnMut(u32) + 'a>,
}

fn subject<'a>(name: impl Into<String>, control: usize, count: u32, run: impl FnMut(u32) + 'a) -> Subject<'a> {
    Subject { name: name.into(), control, count, run: Box::new(run) }
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn filled(segments: usize) -> (Writer<[u64; 8]>, AtomicLog<[u64; 8]>) {
    let (mut writer, log) = AtomicLog::new_claimed((segments - 1) * 64, 64);
    for value in 0..segments as u64 * 64 * 2 {
        writer.append([value; 8]).expect("there is memory");
    }
    assert_eq!(log.snapshot().chunk_count(), segments);
    (writer, log)
}

fn main() {
    let pins = AtomicU64::new(1);
    let word = AtomicU64::new(1);
    let ring: Vec<[u64; 8]> = vec![[0; 8]; 17 * 1024];
    let mut ring = ring.into_boxed_slice();
    let (mut slot, mut published) = (0, 0);

    let logs: Vec<_> = [17, 257, 4097].map(|segments| (segments, filled(segments))).into_iter().collect();
    let mut idle: Snapshot<[u64; 8]> = logs[0].1.1.snapshot();
    let (mut writer, _log) = AtomicLog::<[u64; 8]>::new_claimed(16 * 1024, 1024);
    let (mut rolling, log) = filled(17);
    let mut follower = log.snapshot();

    let mut subjects = vec![
        subject("control: one fetch_add + fetch_sub pair (a pin)", 0, 4096, |count| {
            for _ in 0..count {
                pins.fetch_add(1, Ordering::AcqRel);
                pins.fetch_sub(1, Ordering::AcqRel);
            }
        }),
        subject("control: one Acquire load", 1, 4096, |count| {
            for _ in 0..count {
                black_box(black_box(&word).load(Ordering::Acquire));
            }
        }),
        subject("control: 64 B into a ring of 17 Ki + Release store", 2, 4096, |count| {
            for _ in 0..count {
                ring[slot] = [black_box(published); 8];
                slot = if slot + 1 == ring.len() { 0 } else { slot + 1 };
                published += 1;
                word.store(published, Ordering::Release);
            }
        }),
    ];
    for (segments, (_, log)) in &logs {
        subjects.push(subject(format!("snapshot + drop, {segments} segments"), 0, 4096, |count| {
            for _ in 0..count {
                black_box(log.snapshot());
            }
        }));
    }
    subjects.push(subject("refresh, nothing new", 1, 4096, |count| {
        for _ in 0..count {
            black_box(black_box(&mut idle).refresh());
        }
    }));
    subjects.push(subject("append 64 B, a roll every 1024 included", 2, 4096, |count| {
        for value in 0..u64::from(count) {
            black_box(writer.append([black_box(value); 8]).is_ok());
        }
    }));
    subjects.push(subject("64 appends (one roll) + the refresh that crosses it", 0, 256, |count| {
        for _ in 0..count {
            for value in 0..64 {
                let _ = rolling.append([value; 8]);
            }
            black_box(follower.refresh());
        }
    }));

    let mut nanoseconds = vec![Vec::with_capacity(TURNS); subjects.len()];
    for turn in 0..TURNS + 10 {
        for (subject, taken) in subjects.iter_mut().zip(&mut nanoseconds) {
            let begin = Instant::now();
            (subject.run)(subject.count);
            let each = begin.elapsed().as_nanos() as f64 / f64::from(subject.count);
            // The first turns warm up.
            if turn >= 10 {
                taken.push(each);
            }
        }
    }

    println!("{:<56} {:>9} {:>10}", "", "ns", "x control");
    for (subject, taken) in subjects.iter().zip(&nanoseconds) {
        let mut ratios: Vec<f64> = taken.iter().zip(&nanoseconds[subject.control]).map(|(a, b)| a / b).collect();
        println!("{:<56} {:>9.2} {:>10.2}", subject.name, median(&mut taken.clone()), median(&mut ratios));
    }
    let by_size = |index: usize| median(&mut nanoseconds[index].clone());
    println!("snapshot + drop: 257 segments cost {:.3} x 17 segments", by_size(4) / by_size(3));
}
