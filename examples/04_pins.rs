//! Hand a chunk to another thread, which reads it when the log itself is gone.
//!
//! Shows: a pin keeps the values of one segment; pins are counted and may be shared; the thread that drops the last
//! handle drops the values and frees the memory. Values that count themselves make this visible.
//!
//! Run: cargo run --example 04_pins

use std::error::Error;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use atomic_log::{AtomicLog, Error as LogError, Segment};

const READERS: usize = 2;

static ALIVE: AtomicUsize = AtomicUsize::new(0);

struct Reading(u64);

impl Reading {
    fn new(value: u64) -> Reading {
        ALIVE.fetch_add(1, Ordering::Relaxed);
        Reading(value)
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        ALIVE.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Fills a log and pins its newest segment. All other handles are gone when it returns.
fn pin_the_newest() -> Result<Segment<Reading>, Box<dyn Error>> {
    let (mut writer, log) = AtomicLog::new_claimed(512, 256);
    for value in 0..1000 {
        writer.append(Reading::new(value)).map_err(LogError::from)?;
    }
    let view = log.snapshot();
    println!("{} values in view, {} alive", view.len(), ALIVE.load(Ordering::Relaxed));
    Ok(view.pin(view.chunk_count() - 1).ok_or("the view has a newest chunk")?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let pin = pin_the_newest()?;
    println!("log, writer and snapshot are gone, {} values are alive", ALIVE.load(Ordering::Relaxed));

    // One count for each reader. The last reader gets the original pin.
    let mut pins = vec![pin.clone(); READERS - 1];
    pins.push(pin);
    let readers = pins.into_iter().map(|pin| {
        thread::spawn(move || {
            let sum: u64 = pin.iter().map(|reading| reading.0).sum();
            println!("segment {}: {} values, their sum is {sum}", pin.sequence(), pin.len());
            sum
        })
    });
    let mut sums = Vec::new();
    for reader in readers.collect::<Vec<_>>() {
        sums.push(reader.join().map_err(|_| "a reader panicked")?);
    }
    let alive = ALIVE.load(Ordering::Relaxed);
    println!("the last reader has let go, {alive} values are alive");
    let same = sums.iter().all(|sum| *sum == sums[0]);
    if alive == 0 && same { Ok(()) } else { Err("a value was lost".into()) }
}
