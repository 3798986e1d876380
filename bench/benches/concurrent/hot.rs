//! A writer beside one reader that looks as fast as it can, on the next processor.
//!
//! The control and the log each have one line that the writer stores to and the reader loads from. Each load makes the
//! writer's next store wait for the line, and the stores behind it too. How long the wait takes depends on the machine.
//! So the benchmark compares slowdowns: the writer's time with a reader, divided by its time alone. A writer with more
//! stores per record than the control waits more often. A writer that publishes batches waits less often.

use std::hint::black_box;
use std::time::Duration;

use atomic_log_bench::controls::Ring;
use atomic_log_bench::results::{Results, median};
use atomic_log_bench::threads::beside;

use crate::{OURS, appends, per_record, poll, pushes, refresh, say, warm};

const ROUNDS: usize = 25;
const RUN: Duration = Duration::from_millis(22);
const BATCH: usize = 64;

pub fn measure(results: &mut Results) {
    single::<1>(results);
    single::<8>(results);
    batches(results);
}

/// Records of N words, one by one.
fn single<const N: usize>(results: &mut Results) {
    let ring = Ring::new([0u64; N]);
    let polls = poll(&ring);
    let (writer, log) = warm([0u64; N]);
    let refreshes = refresh(&log);
    compare(results, &format!("hot/{}", 8 * N), pushes(ring, [7; N]), polls, appends(writer, [7; N]), refreshes);
}

/// Records of 64 bytes, published in batches of 64. The control still publishes each record.
fn batches(results: &mut Results) {
    let ring = Ring::new([0u64; 8]);
    let polls = poll(&ring);
    let (mut writer, log) = warm([0u64; 8]);
    let refreshes = refresh(&log);
    let source = [[7u64; 8]; BATCH];
    let append = move |records: u64| {
        for _ in 0..records / BATCH as u64 {
            let _ = writer.append_slice(black_box(&source));
        }
    };
    compare(results, "hot/batch64", pushes(ring, [7; 8]), polls, append, refreshes);
}

/// Two rows: the ratio of the slowdowns, and (`/plain`) the ratio of the times with a reader.
///
/// The first time is the log's with a reader. The second is what that would be if a reader slowed the log as it slows
/// the ring.
fn compare(
    results: &mut Results,
    row: &str,
    mut push: impl FnMut(u64),
    poll: impl FnMut() + Send + Clone,
    mut append: impl FnMut(u64),
    refresh: impl FnMut() + Send + Clone,
) {
    let (mut slowdowns, mut plain) = (Vec::new(), Vec::new());
    let (mut rings, mut logs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let ring_alone = per_record(RUN, &mut push);
        let log_alone = per_record(RUN, &mut append);
        let ring_watched = beside(Some(1), vec![poll.clone()], || per_record(RUN, &mut push));
        let log_watched = beside(Some(1), vec![refresh.clone()], || per_record(RUN, &mut append));
        rings.push(ring_alone);
        logs.push(log_alone);
        slowdowns.push((log_watched, log_alone * ring_watched / ring_alone));
        plain.push((log_watched, ring_watched));
    }
    results.rounds(row, OURS, &slowdowns);
    say(results);
    println!("{:<18}ns without a reader: {:.2}, control {:.2}", "", median(&mut logs), median(&mut rings));
    results.rounds(&format!("{row}/plain"), OURS, &plain);
    say(results);
}
