//! The longest append after a burst of readers: many snapshots with a window each that are dropped at once. It may take
//! at most 50 µs more than the longest append of a log without readers.

use std::time::Instant;

use atomic_log::{AtomicLog, Snapshot, Writer};
use atomic_log_bench::ratio::{Bench, wanted};
use atomic_log_bench::threads::{alone, processor_time};

use crate::OURS;

const BURSTS: [usize; 2] = [20_000, 200_000];
const ROUNDS: usize = 5;
/// The number of rolls that are measured. With 200,000 views the backlog lasts longer.
const ROLLS: usize = 20_000;
const ALLOWED_NS: f64 = 50_000.0;

type Order = fn(&mut Vec<Snapshot<[u64; 8]>>);

pub fn measure(bench: &mut Bench) {
    let orders: [(&str, Order); 3] =
        [("oldest first", |_| ()), ("newest first", |views| views.reverse()), ("in any order", |views| shuffle(views))];
    for (name, order) in orders {
        for burst in BURSTS {
            let row = format!("growth/longest append after a burst that goes {name}/{burst}");
            if !wanted(&row) {
                continue;
            }
            let rounds = alone(|| Vec::from_iter((0..ROUNDS).map(|_| round(burst, order))));
            bench.results().rounds(&row, OURS, &rounds);
            if let Some(last) = bench.results().last() {
                let more = last.ns - last.control_ns;
                let verdict = if more > ALLOWED_NS { "MORE THAN ALLOWED" } else { "as allowed" };
                println!("{row}: {:.1} µs, without readers {:.1}: {verdict}", last.ns / 1e3, last.control_ns / 1e3);
            }
        }
    }
}

/// The longest append after the burst, and without a burst. Each append begins a segment.
fn round(burst: usize, order: Order) -> (f64, f64) {
    let (mut writer, log) = AtomicLog::new_claimed(16, 1);
    let plain = longest(&mut writer);
    let mut views = Vec::with_capacity(burst);
    for _ in 0..burst {
        let _ = writer.append([7; 8]);
        views.push(log.snapshot());
    }
    order(&mut views);
    drop(views);
    (longest(&mut writer), plain)
}

/// The longest of this many appends, each measured by itself. The smaller of processor time and wall-clock time counts,
/// so that neither another process nor a timer tick of the system does.
fn longest(writer: &mut Writer<[u64; 8]>) -> f64 {
    let mut longest: f64 = 0.0;
    for _ in 0..ROLLS {
        let (clock, processor) = (Instant::now(), processor_time());
        let _ = writer.append([7; 8]);
        let taken = (processor_time() - processor).min(clock.elapsed().as_nanos() as f64);
        longest = longest.max(taken);
    }
    longest
}

fn shuffle(views: &mut [Snapshot<[u64; 8]>]) {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    for last in (1..views.len()).rev() {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        views.swap(last, (state % (last as u64 + 1)) as usize);
    }
}
