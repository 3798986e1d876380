//! The rows of the table that need several threads: a hot reader, the time to be seen, many readers.
//!
//! A thread's time beside other threads depends on where they run and on what else the machine does. So everything is
//! measured in rounds: the control and the subject run in turn, for some milliseconds each.

mod hot;
mod observe;
mod readers;

use std::hint::black_box;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use atomic_log::{AtomicLog, Writer};
use atomic_log_bench::controls::Ring;
use atomic_log_bench::ratio::wanted;
use atomic_log_bench::results::Results;
use atomic_log_bench::threads::alone;

/// The log under measurement: what it retains, and the capacity of a segment.
const RETAINED: usize = 16 * 1024;
const SEGMENT: usize = 1024;
const OURS: &str = "atomic-log";

/// A log that has gone round once.
fn warm<T: Copy>(filler: T) -> (Writer<T>, AtomicLog<T>) {
    let (mut writer, log) = AtomicLog::new_claimed(RETAINED, SEGMENT);
    for _ in 0..RETAINED + 4 * SEGMENT {
        assert!(writer.append(filler).is_ok());
    }
    (writer, log)
}

/// Writes the number of records that it is told.
fn pushes<T: Copy + Send>(mut ring: Ring<T>, source: T) -> impl FnMut(u64) + Send {
    move |records| {
        for _ in 0..records {
            ring.push(*black_box(&source));
        }
    }
}

/// Writes the number of records that it is told.
fn appends<T: Copy + Send + Sync>(mut writer: Writer<T>, source: T) -> impl FnMut(u64) + Send {
    move |records| {
        for _ in 0..records {
            let _ = writer.append(*black_box(&source));
        }
    }
}

/// Looks at a ring's counter once.
fn poll<T: Clone>(ring: &Ring<T>) -> impl FnMut() + Send + Clone + use<T> {
    let counter = ring.published();
    move || {
        black_box(counter.0.load(Ordering::Acquire));
    }
}

/// Refreshes a view once.
fn refresh<T: Send + Sync>(log: &AtomicLog<T>) -> impl FnMut() + Send + Clone + use<T> {
    let mut view = log.snapshot();
    move || {
        black_box(view.refresh());
    }
}

/// Nanoseconds of wall-clock time per record, of a writer that runs for this long.
fn per_record(time: Duration, write: &mut impl FnMut(u64)) -> f64 {
    const STEP: u64 = 4096;
    let (begin, mut records) = (Instant::now(), 0);
    loop {
        write(STEP);
        records += STEP;
        let elapsed = begin.elapsed();
        if elapsed >= time {
            return elapsed.as_nanos() as f64 / records as f64;
        }
    }
}

/// Prints the outcome that was kept last.
fn say(results: &Results) {
    if let Some(last) = results.last() {
        println!(
            "{:<18}{:7.3} x control  [{:.3} {:.3}]  {:.2} ns, control {:.2} ns",
            last.row, last.ratio, last.low, last.high, last.ns, last.control_ns
        );
    }
}

fn main() {
    let mut results = Results::new("concurrent");
    if wanted("hot") {
        alone(|| hot::measure(&mut results));
    }
    if wanted("observe") {
        alone(|| observe::measure(&mut results));
    }
    if wanted("readers") {
        readers::measure(&mut results);
    }
}
