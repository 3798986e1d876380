//! Follow everything. What a slow reader loses is counted exactly.
//!
//! Shows: a cursor that continues where it stopped, chunk by chunk; a writer that waits for no reader; a reader that
//! sleeps too long, and learns which values it lost.
//!
//! Run: cargo run --example 03_cursor

use std::error::Error;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{scope, sleep};
use std::time::Duration;

use atomic_log::{AtomicLog, Cursor, Error as LogError, Writer};

const VALUES: u64 = 40_000;
const PER_MILLISECOND: u64 = 100;

fn produce(mut writer: Writer<u64>, finished: &AtomicBool) -> Result<(), LogError> {
    let written = (0..VALUES).try_for_each(|value| {
        if value % PER_MILLISECOND == 0 {
            sleep(Duration::from_millis(1));
        }
        writer.append(value)
    });
    // Set when the producer stops, for whatever reason.
    finished.store(true, Ordering::Release);
    Ok(written?)
}

/// Reads until the writer has finished and nothing is left. Returns how many values it read, and how many it lost.
fn follow(mut cursor: Cursor<u64>, finished: &AtomicBool) -> Result<(u64, u64), String> {
    let (mut read, mut lost) = (0, 0);
    for turn in 1.. {
        // Read first: then the refresh below sees the end.
        let last_turn = finished.load(Ordering::Acquire);
        let delta = cursor.refresh();
        if delta.lost > 0 {
            let first = delta.first_sequence;
            println!("  lost {:5} values, #{} to #{}", delta.lost, first - delta.lost, first - 1);
            lost += delta.lost;
        }
        while let Some(chunk) = cursor.next_chunk() {
            // Every value is its own sequence.
            if !chunk.iter().copied().eq(chunk.first_sequence()..chunk.first_sequence() + chunk.len() as u64) {
                return Err(format!("{chunk:?} is not what was written"));
            }
            read += chunk.len() as u64;
        }
        if last_turn {
            break;
        }
        // It looks every millisecond, and sometimes sleeps for longer.
        sleep(Duration::from_millis(if turn % 50 == 0 { 60 } else { 1 }));
    }
    Ok((read, lost))
}

fn main() -> Result<(), Box<dyn Error>> {
    // 2048 values: twenty milliseconds of this writer's work.
    let (writer, log) = AtomicLog::new_claimed(2048, 512);
    let cursor = log.cursor();
    let finished = AtomicBool::new(false);
    let (followed, produced) = scope(|threads| {
        let producer = threads.spawn(|| produce(writer, &finished));
        (follow(cursor, &finished), producer.join())
    });
    produced.map_err(|_| "the producer panicked")??;
    let (read, lost) = followed?;
    println!("{read} read + {lost} lost, of {VALUES} written");
    if read + lost == VALUES { Ok(()) } else { Err("the count is wrong".into()) }
}
