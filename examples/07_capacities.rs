//! Proposes capacities for a log, from the figures of its records and readers. docs/CAPACITIES.md has the reasons.
//!
//! Shows: what `retained_capacity` and `segment_capacity` mean in seconds, bytes and rolls; `max_segments` for readers
//! that hold views; what a new log takes from the allocator (`stats`).
//!
//! Run: cargo run --example 07_capacities -- RECORD_BYTES RECORDS_PER_SECOND SECONDS_BETWEEN_REFRESHES [HELD_VIEWS]

use std::process::ExitCode;

use atomic_log::{FixedLog, Options};

/// With segments of this size, a roll costs 1 to 3 % of what the appends of a segment cost, whatever the records are.
const SEGMENT_BYTES: u64 = 64 << 10;
const SEGMENT_RECORDS: u64 = 16;
/// With this many segments, an eviction takes only a small part of what is retained.
const SEGMENTS: u64 = 8;

/// Returns the retained capacity and the segment capacity.
fn propose(record: u64, rate: f64, pace: f64) -> (u64, u64) {
    // Twice what is published between two refreshes: a reader that is late once loses nothing.
    let needed = (2.0 * rate * pace).ceil().max(1.0) as u64;
    let segment = (SEGMENT_BYTES / record).max(SEGMENT_RECORDS).next_power_of_two();
    // If little is needed: smaller segments, and not segments that are never filled.
    let segment = segment.min(needed.div_ceil(SEGMENTS).next_power_of_two());
    (needed.next_multiple_of(segment), segment)
}

/// A number of bytes, as people write it.
fn bytes(count: u64) -> String {
    match count {
        0..10_000 => format!("{count} B"),
        10_000..10_000_000 => format!("{:.1} KiB", count as f64 / 1024.0),
        _ => format!("{:.1} MiB", count as f64 / 1_048_576.0),
    }
}

fn main() -> ExitCode {
    let numbers: Option<Vec<f64>> = std::env::args().skip(1).map(|argument| argument.parse().ok()).collect();
    let (record, rate, pace, views) = match numbers.as_deref() {
        // Without arguments: 64-byte records, a million a second, readers that look 60 times a second.
        Some([]) => (64, 1e6, 1.0 / 60.0, 1),
        Some(&[record, rate, pace]) if record >= 1.0 => (record as u64, rate, pace, 1),
        Some(&[record, rate, pace, views]) if record >= 1.0 => (record as u64, rate, pace, views as u64),
        _ => {
            eprintln!("usage: capacities RECORD_BYTES RECORDS_PER_SECOND SECONDS_BETWEEN_REFRESHES [HELD_VIEWS]");
            return ExitCode::FAILURE;
        }
    };
    let (retained, segment) = propose(record, rate, pace);
    let log = match FixedLog::try_new(&Options::new(retained, segment).record_size(record)) {
        Ok(log) => log,
        Err(error) => {
            eprintln!("such a log cannot be made: {error}");
            return ExitCode::FAILURE;
        }
    };
    // K segments in view, one more to continue in, and K for each view that is held and has an age of its own.
    let k = retained.div_ceil(segment) + 1;
    let each = segment * record;
    println!("records of {record} B, {rate:.0} a second, a refresh every {pace:.3} s or sooner\n");
    println!("  retained_capacity  {retained:>12}   {:.3} s, {}", retained as f64 / rate, bytes(retained * record));
    println!("  segment_capacity   {segment:>12}   {}; {:.1} rolls a second", bytes(each), rate / segment as f64);
    println!("  K                  {k:>12}   segments in a view");
    println!(
        "  memory             {:>12}   without readers; a new log holds {}",
        bytes((k + 1) * each),
        bytes(log.stats().bytes_allocated)
    );
    println!(
        "                     {:>12}   and {views} more view(s) held for ever",
        bytes((k * (views + 1) + 1) * each)
    );
    println!("  max_segments       {:>12}   never refuses an append then", k * (views + 1) + 1);
    let working_set = (k + 1) * each;
    let place = if working_set <= 1 << 20 {
        "into a core's own cache on most machines: appends run at full speed"
    } else if working_set <= 32 << 20 {
        "into the cache that cores share: appends of large records wait for it"
    } else {
        "into no cache: each append brings its line from memory and sends an old one back"
    };
    println!("\nThe writer goes round through {}, which fits {place}.", bytes(working_set));
    ExitCode::SUCCESS
}
