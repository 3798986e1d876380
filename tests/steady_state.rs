//! After a warm-up, no thread allocates: not the writer, whatever rolls, and no reader ever. And a view that is
//! refreshed for a million rolls holds no more than a fresh one.
#![cfg(not(any(loom, shuttle)))]

mod common {
    pub(crate) mod memory;
}

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use atomic_log::{AtomicLog, ByteLog, Delta, Error, FixedLog, Options};

use common::memory::Memory;

/// Counts this thread's calls of the program's allocator.
struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

// SAFETY: the system's allocator does the work.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's contract.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// Runs `turn` until everything is warm. From then on it must neither take nor give back a block. The logs that it uses
/// take their memory from the program's allocator.
fn assert_steady(warm: u64, turns: u64, mut turn: impl FnMut(u64) -> Result<(), Error>) -> Result<(), Error> {
    (0..warm).try_for_each(&mut turn)?;
    let before = ALLOCATIONS.with(Cell::get);
    (warm..warm + turns).try_for_each(&mut turn)?;
    assert_eq!(ALLOCATIONS.with(Cell::get) - before, 0, "blocks taken or given back");
    Ok(())
}

#[test]
fn the_counter_counts() {
    let before = ALLOCATIONS.with(Cell::get);
    drop(std::hint::black_box(Box::new(1)));
    assert_eq!(ALLOCATIONS.with(Cell::get) - before, 2);
    let counted = std::panic::catch_unwind(|| {
        assert_steady(1, 1, |_| {
            drop(std::hint::black_box(Box::new(1)));
            Ok(())
        })
    });
    assert!(counted.is_err());
}

#[test]
fn values_are_appended_and_read_without_allocating() -> Result<(), Error> {
    let (mut writer, log) = AtomicLog::new_claimed(40, 8);
    let (mut view, mut cursor, mut seen) = (log.snapshot(), log.cursor(), 0);
    let mut held: [Option<_>; 3] = [None, None, None];
    assert_steady(1_000, 20_000, |turn| {
        writer.append(writer.next_sequence())?;
        match turn % 5 {
            0 => drop(writer.append_batch(std::iter::repeat_n(turn, 19))?),
            1 => drop(writer.append_slice(&[turn; 21])?),
            2 | 3 => {
                let mut group = writer.group();
                for _ in 0..30 {
                    group.append(turn)?;
                }
                if turn % 5 == 2 {
                    group.publish();
                }
            }
            _ => {}
        }
        assert!(view.refresh().appended > 0);
        assert!(view.iter().count() == view.len() && view.chunks().all(|slice| !slice.is_empty()));
        seen += view.iter().fold(0, |sum: u64, value| sum.wrapping_add(*value));
        let copy = view.clone();
        assert_eq!(copy.get(copy.range().end - 1).is_some(), copy.pin(copy.chunk_count() - 1).is_some());
        seen += log.snapshot().cursor().next_chunk().map_or(0, |chunk| chunk.len() as u64);
        assert_eq!(cursor.refresh().lost, 0);
        while let Some(chunk) = cursor.next_chunk() {
            seen = seen.wrapping_add(chunk.values()[0]);
        }
        // Some readers hold on for a while: that is a steady state, too.
        held[(turn % 3) as usize] = Some((copy, cursor.pin()));
        Ok(())
    })?;
    assert!(seen > 0);
    Ok(())
}

#[test]
fn fixed_records_are_appended_and_read_without_allocating() -> Result<(), Error> {
    let (mut writer, log) = FixedLog::try_new_claimed(&Options::new(40, 8).record_size(12))?;
    let (mut view, mut cursor, mut seen) = (log.snapshot(), log.cursor_at_end(), 0);
    assert_steady(1_000, 10_000, |turn| {
        writer.append(&[turn as u8; 12])?;
        writer.append_batch(&[turn as u8; 12 * 11])?;
        let mut room = writer.reserve(3)?;
        room.bytes().fill(std::mem::MaybeUninit::new(turn as u8));
        // SAFETY: all of it was written.
        unsafe { room.commit(1) }?;
        let mut group = writer.group();
        group.append(&[turn as u8; 12])?;
        group.append_batch(&[turn as u8; 12 * 17])?;
        group.publish();
        assert!(view.refresh().appended > 0);
        seen += view.iter().map(<[u8]>::len).sum::<usize>() + log.snapshot().chunk_count();
        assert!(view.pin(0).is_some() && view.clone().get(view.latest().start).is_some());
        cursor.refresh();
        while let Some(chunk) = cursor.next_chunk() {
            seen += chunk.iter().count();
        }
        Ok(())
    })?;
    assert!(seen > 0);
    Ok(())
}

#[test]
fn byte_records_are_appended_and_read_without_allocating() -> Result<(), Error> {
    let (mut writer, log) = ByteLog::try_new_claimed(&Options::new(4000, 800))?;
    let (mut view, mut cursor, mut seen) = (log.snapshot(), log.cursor(), 0);
    let text = [b'a'; 200];
    assert_steady(1_000, 10_000, |turn| {
        let size = (turn * 7 % 200) as usize;
        writer.append(&text[size..])?;
        writer.append_batch(&[&text[..size], b"", &text[..10]])?;
        drop(writer.reserve(size)?);
        let mut group = writer.group();
        group.append(&text)?;
        group.append_batch(&[&text; 5])?;
        group.publish();
        assert!(view.refresh().appended > 0);
        seen += view.iter().map(<[u8]>::len).sum::<usize>() + log.snapshot().chunk_count();
        assert!(view.pin(0).is_some() && view.clone().get(view.latest().start).is_some());
        cursor.refresh();
        while let Some(chunk) = cursor.next_chunk() {
            seen += chunk.len();
        }
        Ok(())
    })?;
    assert!(seen > 0);
    Ok(())
}

#[test]
fn a_view_that_is_refreshed_for_a_million_rolls_holds_at_most_k_segments() -> Result<(), Error> {
    const ROLLS: u64 = 1_000_000;
    let memory = Memory::new();
    let log = AtomicLog::try_new(&Options::new(4, 1).allocator(memory.allocator()))?;
    let mut writer = log.try_claim_writer()?;
    let k = 5;
    let (mut often, mut seldom) = (log.snapshot(), log.snapshot());
    for roll in 1..=ROLLS {
        writer.append(roll)?;
        assert_eq!(often.refresh(), Delta { first_sequence: roll - 1, appended: 1, lost: 0 });
        assert_eq!(often.chunk_count() as u64, roll.min(k));
        if roll % 1_000 == 0 {
            assert_eq!(seldom.refresh().appended, k);
            assert_eq!(seldom.chunk_count() as u64, k);
            assert!(seldom.iter().eq(often.iter()), "as if it had been refreshed at every roll");
        }
    }
    // A core; the current window's segments, those of one view that stays behind, and the next segment; a window for
    // each of the three, and the one that `often` leaves only when the next is open.
    let books = memory.books();
    assert!(books.allocations <= 1 + (2 * k + 2) + 4, "{books:?}");
    assert_eq!(books.most_blocks as u64, books.allocations, "and nothing was given back on the way");
    drop((writer, log, often, seldom));
    Ok(())
}
