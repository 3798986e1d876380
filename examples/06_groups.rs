//! Readers see a tick of many entities whole, or not at all.
//!
//! Shows: what is appended to a group becomes visible at one instant, however many segments it spans; a group that is
//! abandoned never becomes visible; a reader asks for the newest publication.
//!
//! Run: cargo run --example 06_groups

use std::error::Error;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{scope, sleep};
use std::time::Duration;

use atomic_log::{AtomicLog, Error as LogError, Snapshot, Writer};

const ENTITIES: u32 = 100;
const TICKS: u32 = 2_000;
const ABANDONED_TICK: u32 = 1_000;

struct State {
    tick: u32,
    entity: u32,
}

fn write_tick(writer: &mut Writer<State>, tick: u32) -> Result<(), LogError> {
    let mut group = writer.group();
    for entity in 0..ENTITIES {
        group.append(State { tick, entity })?; // on failure the group is dropped, which also abandons it
        if tick == ABANDONED_TICK && entity == ENTITIES / 2 {
            // Something went wrong in the middle of the tick.
            print!("tick {tick}: abandoned at #{}", group.next_sequence());
            group.abandon();
            println!(", the next tick begins at #{}", writer.next_sequence());
            return Ok(());
        }
    }
    group.publish();
    Ok(())
}

/// The newest publication must be one whole tick: every entity once, in order.
fn whole_tick(view: &Snapshot<State>) -> Option<u32> {
    let mut entities = 0..ENTITIES;
    let tick = view.get(view.latest().start)?.tick;
    for sequence in view.latest() {
        let state = view.get(sequence)?;
        if state.tick != tick || Some(state.entity) != entities.next() {
            return None;
        }
    }
    (entities.is_empty() && tick != ABANDONED_TICK).then_some(tick)
}

/// Looks as often as it can until the writer has finished. Returns how many ticks it saw, and the last of them.
fn watch(mut view: Snapshot<State>, finished: &AtomicBool) -> Result<(u64, u32), &'static str> {
    let (mut seen, mut tick) = (0, 0);
    loop {
        let last_look = finished.load(Ordering::Acquire); // read first: then the refresh sees the end
        if view.refresh().appended > 0 {
            tick = whole_tick(&view).ok_or("a tick was not whole")?;
            seen += 1;
        }
        if last_look {
            return Ok((seen, tick));
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    // A tick of 100 entities always spans several segments of 32.
    let (mut writer, log) = AtomicLog::new_claimed(2 * ENTITIES as usize, 32);
    let finished = AtomicBool::new(false);
    let (written, watched) = scope(|threads| {
        let ticker = threads.spawn(|| {
            let written = (0..TICKS).try_for_each(|tick| {
                sleep(Duration::from_micros(50));
                write_tick(&mut writer, tick)
            });
            finished.store(true, Ordering::Release);
            written
        });
        let watched = watch(log.snapshot(), &finished);
        (ticker.join(), watched)
    });
    written.map_err(|_| "the ticker panicked")??;
    let (seen, last) = watched?;
    println!("{} ticks published, {seen} of them seen, each one whole", TICKS - 1);
    if last == TICKS - 1 { Ok(()) } else { Err("the last tick was not seen".into()) }
}
