//! A table of segments that consecutive windows share: each window is a range of it.
//!
//! Segments in a window are consecutive (I9), so the segment with sequence s lies in slot s modulo the table's length.
//! A roll then writes one slot for each segment that it adds, whatever K is.
//!
//! If a live window still lists the segment that such a slot holds, the writer goes on in another table. It copies
//! there what the new window keeps. This happens only behind a reader that lags by more segments than a table's length
//! minus K, or in a group of more segments than that. It does not happen again before the new table has gone round.

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
    /// How many slots a table has: a power of two. None: more than can be addressed.
    ///
    /// It is at least 2K - 2. So a table lasts until a reader lags by K - 2 rolls, and windows of the tables before and
    /// after it have no segment in common. It is at least 4, so that windows share a table for K = 2, too.
    pub(crate) fn slots(window_segments: usize) -> Option<usize> {
        Some((window_segments - 1).checked_mul(2)?.checked_next_power_of_two()?.max(4))
    }

    /// Makes an empty table in a new block.
    ///
    /// # Safety
    /// The block has room for so many slots behind the header, and is the caller's.
    pub(crate) unsafe fn make(this: *mut Table, slots: usize) {
        // SAFETY: the block is the caller's alone, and has room for the header and as many slots behind it.
        unsafe {
            this.write(Table { link: Plain::new(null_mut()), windows: Plain::new(0) });
            // A slot is read only after it was set, so it needs no first value. loom's cells do: they are more than
            // what they hold.
            let slots = if cfg!(loom) { slots } else { 0 };
            for index in 0..slots {
                this.add(1).cast::<Plain<*mut Segment>>().add(index).write(Plain::new(null_mut()));
            }
        }
    }

    /// The slot of the segment with this sequence.
    ///
    /// # Safety
    /// `this` is a table of a log, and `mask` is that log's.
    #[inline(always)]
    pub(crate) unsafe fn slot<'a>(this: *const Table, sequence: u64, mask: usize) -> &'a Plain<*mut Segment> {
        // SAFETY: `make` laid `mask + 1` slots out behind the header; `this` points to the whole allocation.
        unsafe { &*this.add(1).cast::<Plain<*mut Segment>>().add(sequence as usize & mask) }
    }

    /// Counts one live window more, or one less. Returns how many there are now.
    ///
    /// # Safety
    /// The caller is the writer.
    pub(crate) unsafe fn count(this: *const Table, change: i32) -> u32 {
        // SAFETY: the count is the writer's alone, and the caller is the writer.
        unsafe {
            let windows = (*this).windows.get().wrapping_add_signed(change);
            (*this).windows.set(windows);
            windows
        }
    }
}
