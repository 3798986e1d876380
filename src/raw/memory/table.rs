//! A table of segments that consecutive windows share: each window is a range of it.
//!
//! Segments in a window are consecutive (I9), so the segment with sequence s lies in slot s modulo the table's length. A roll
//! then writes one slot for each segment that it adds, whatever K is. Only when a live window still lists the segment that
//! such a slot held does the writer go on in another table, to which it copies what the new window keeps: behind a reader that
//! lags, or in a group, by more segments than a table's length less K; and not again before the new table has gone round.

use ::core::ptr::null_mut;

use super::segment::Segment;
use super::stack::Linked;
use crate::sync::Plain;

/// The header; a power of two of slots lies behind it.
#[repr(C, align(64))]
pub(crate) struct Table {
    link: Plain<*mut Table>,
    /// Live windows that are ranges of it. The writer's, as is the link.
    windows: Plain<u32>,
}

impl Linked for Table {
    fn link(&self) -> &Plain<*mut Table> {
        &self.link
    }
}

impl Table {
    /// How many slots a table has: at least 2K - 2, so that a table lasts until a reader lags by K - 2 rolls, and that windows
    /// of the tables before and after one have no segment in common. At least 4, so that K = 2 shares, too.
    /// None: more than can be addressed.
    pub(crate) fn slots(window_segments: usize) -> Option<usize> {
        Some((window_segments - 1).checked_mul(2)?.checked_next_power_of_two()?.max(4))
    }

    /// Makes an empty table in a new block.
    ///
    /// # Safety
    /// The block has room for as many slots behind the header, and is the caller's.
    pub(crate) unsafe fn make(this: *mut Table, slots: usize) {
        // SAFETY: the block is the caller's alone, and has room for the header and as many slots behind it.
        unsafe {
            this.write(Table { link: Plain::new(null_mut()), windows: Plain::new(0) });
            // A slot is read only after it was set; but loom's cells are more than what they hold.
            let slots = if cfg!(loom) { slots } else { 0 };
            for index in 0..slots {
                this.add(1).cast::<Plain<*mut Segment>>().add(index).write(Plain::new(null_mut()));
            }
        }
    }

    /// The slot of the segment with this sequence.
    ///
    /// # Safety
    /// `this` is a table of a log, and `mask` that log's.
    #[inline(always)]
    pub(crate) unsafe fn slot<'a>(this: *const Table, sequence: u64, mask: usize) -> &'a Plain<*mut Segment> {
        // SAFETY: `make` laid `mask + 1` slots out behind the header; `this` points to the whole allocation.
        unsafe { &*this.add(1).cast::<Plain<*mut Segment>>().add(sequence as usize & mask) }
    }

    /// One more live window, or one less; says how many there are now.
    ///
    /// # Safety
    /// The caller is the writer.
    pub(crate) unsafe fn count(this: *const Table, change: i32) -> u32 {
        // SAFETY: the count is the writer's alone, which the caller is.
        unsafe {
            let windows = (*this).windows.get().wrapping_add_signed(change);
            (*this).windows.set(windows);
            windows
        }
    }
}
