//! The rows of the table that need several threads: a hot reader, the time to be seen, many readers.
//!
//! What a thread takes beside others depends on where they run and on what the machine does meanwhile. So everything is
//! measured in rounds: runs of some milliseconds, of the control and of the subject in turn.

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

/// The log under measurement: this much retained, in segments of this many.
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

/// Writes as many records as it is told to.
fn pushes<T: Copy + Send>(mut ring: Ring<T>, source: T) -> impl FnMut(u64) + Send {
    move |records| {
        for _ in 0..records {
            ring.push(*black_box(&source));
        }
    }
}

/// Writes as many records as it is told to.
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

/// Nanoseconds per record, by the wall's clock, of a writer that goes on for as long.
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

/// Says what was kept last.
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
