//! Values of one type, here the transforms of moving entities.
//!
//! Shows: append, one value and many at once; a snapshot that stays as it was taken; reading it in place, value by
//! value or segment by segment; refresh, and its exact report of what is new and what was lost.
//!
//! Run: cargo run --example 01_values

use atomic_log::{AtomicLog, Error, Snapshot};

struct Transform {
    entity: u32,
    x: f32,
}

fn moved(entity: u32) -> Transform {
    Transform { entity, x: entity as f32 * 0.5 }
}

/// One line per segment. Nothing is copied: the slices lie in the log.
fn print(title: &str, view: &Snapshot<Transform>) {
    println!("{title}");
    for slice in view.chunks() {
        print!("  segment {:<2} from #{:<2} entities", slice.sequence(), slice.first_sequence());
        for transform in slice.values() {
            print!(" {:2}", transform.entity);
        }
        println!();
    }
}

fn refresh(view: &mut Snapshot<Transform>) {
    let delta = view.refresh();
    println!("\nrefresh: {} new from #{} on, {} lost", delta.appended, delta.first_sequence, delta.lost);
}

fn main() -> Result<(), Error> {
    // At least the newest 8 values stay readable, in segments of 4. Whole segments are kept.
    let (mut writer, log) = AtomicLog::new_claimed(8, 4);
    for entity in 0..6 {
        writer.append(moved(entity))?;
    }
    let mut view = log.snapshot();
    print("after six appends", &view);

    // A batch becomes visible all at once, even if it spans two segments.
    writer.append_batch((6..10).map(moved))?;
    print("\nthe same snapshot after a batch of four: it does not move", &view);

    refresh(&mut view);
    print("the view now", &view);
    let sum: f32 = view.iter().map(|transform| transform.x).sum();
    println!("  the newest publication is #{:?}, the mean x is {}", view.latest(), sum / view.len() as f32);
    refresh(&mut view);

    // A reader that stays away too long loses values. The refresh returns exactly how many.
    for entity in 10..50 {
        writer.append(moved(entity))?;
    }
    refresh(&mut view);
    print("the view after forty more", &view);
    Ok(())
}
