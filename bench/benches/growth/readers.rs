//! How many threads look at the log now and then.

use std::hint::black_box;
use std::thread;
use std::time::{Duration, Instant};

use atomic_log::{AtomicLog, Writer};
use atomic_log_bench::ratio::{Bench, wanted};
use atomic_log_bench::threads::{alone, beside, processor_time};

use crate::OURS;

const READERS: [usize; 8] = [0, 1, 2, 4, 8, 16, 32, 64];
const ROUNDS: usize = 15;
const RUN: Duration = Duration::from_millis(15);
/// The time between two looks of one reader, to which the system's timer adds some.
const PAUSE: Duration = Duration::from_micros(100);

pub fn measure(bench: &mut Bench) {
    if !wanted("growth/readers") {
        return;
    }
    for count in READERS {
        let rounds = alone(|| rounds(count));
        let row = format!("growth/readers/{count}");
        bench.results().rounds(&row, OURS, &rounds);
        if let Some(last) = bench.results().last() {
            println!("{row}: {:.3} x alone ({:.2} ns)", last.ratio, last.ns);
        }
    }
}

/// The writer with readers on the other processor, and the writer alone: nanoseconds of its processor time per append
/// of 64 bytes.
fn rounds(count: usize) -> Vec<(f64, f64)> {
    let (mut writer, log) = AtomicLog::new_claimed(16 * 1024, 1024);
    let one_round = |_| {
        let alone = per_append(&mut writer);
        let readers: Vec<_> = (0..count)
            .map(|_| {
                let mut view = log.snapshot();
                move || {
                    black_box(view.refresh());
                    thread::sleep(PAUSE);
                }
            })
            .collect();
        (beside(Some(1), readers, || per_append(&mut writer)), alone)
    };
    (0..ROUNDS).map(one_round).collect()
}

fn per_append(writer: &mut Writer<[u64; 8]>) -> f64 {
    const STEP: u64 = 4096;
    let source = [7; 8];
    let (begin, before, mut records) = (Instant::now(), processor_time(), 0);
    while begin.elapsed() < RUN {
        for _ in 0..STEP {
            let _ = writer.append(*black_box(&source));
        }
        records += STEP;
    }
    (processor_time() - before) / records as f64
}
