//! A writer among sixteen readers that never rest, on any number of processors.
//!
//! The system gives each thread its share of processor time, and the writer's share is the same with the log as with
//! the ring. So wall-clock time shows its rate, over many slices of the scheduler. Its own processor time (`/cpu`)
//! shows what it does in its share.
//!
//! Readers that the system has suspended hold the segments that they looked at, so the writer goes round through more
//! than 18 segments. The ring keeps its size.

use std::time::{Duration, Instant};

use atomic_log_bench::controls::Ring;
use atomic_log_bench::results::Results;
use atomic_log_bench::threads::{beside, processor_time};

use crate::{OURS, appends, poll, pushes, refresh, say, warm};

const READERS: usize = 16;
const ROUNDS: usize = 21;
const RUN: Duration = Duration::from_millis(300);

pub fn measure(results: &mut Results) {
    records::<1>(results);
    records::<8>(results);
}

/// Records of N words.
fn records<const N: usize>(results: &mut Results) {
    let ring = Ring::new([0u64; N]);
    let polls = poll(&ring);
    let (writer, log) = warm([0u64; N]);
    let refreshes = refresh(&log);
    let (mut push, mut append) = (pushes(ring, [7; N]), appends(writer, [7; N]));
    let (mut wall, mut own) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let theirs = beside(None, vec![polls.clone(); READERS], || both_clocks(&mut push));
        let ours = beside(None, vec![refreshes.clone(); READERS], || both_clocks(&mut append));
        wall.push((ours.0, theirs.0));
        own.push((ours.1, theirs.1));
    }
    // More is better: the writer's rate, divided by the control's.
    results.rates(&format!("readers/{}", 8 * N), OURS, &wall);
    say(results);
    results.rates(&format!("readers/{}/cpu", 8 * N), OURS, &own);
    say(results);
}

/// Nanoseconds per record, in wall-clock time and in the thread's own processor time.
fn both_clocks(write: &mut impl FnMut(u64)) -> (f64, f64) {
    let (begin, own) = (Instant::now(), processor_time());
    let mut records = 0;
    while begin.elapsed() < RUN {
        write(4096);
        records += 4096;
    }
    (begin.elapsed().as_nanos() as f64 / records as f64, (processor_time() - own) / records as f64)
}
