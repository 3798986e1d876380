//! The writer: its state, and the fast path, which writes into `slot` and stores one word.

use ::core::ops::Deref;

use crate::error::Refusal;
use crate::raw::core::CoreRef;
use crate::raw::memory::layout::Geometry;
#[cfg(all(feature = "capi", not(feature = "checked")))]
use crate::raw::state::Hot;
use crate::raw::state::State;
use crate::raw::word::{self, MAX_LENGTH};
use crate::sync::ordering;

/// The one writer of a log.
pub(crate) struct RawWriter {
    pub(super) core: CoreRef,
    pub(super) state: State,
    /// Whether the log ends with this writer.
    pub(super) finishes: bool,
}

// SAFETY: the state is the writer's alone, and goes with it to another thread. The faces demand `T: Send + Sync`.
unsafe impl Send for RawWriter {}
// SAFETY: a shared writer only reads plain values of its own.
unsafe impl Sync for RawWriter {}

impl Deref for RawWriter {
    type Target = State;
    #[inline(always)]
    fn deref(&self) -> &State {
        &self.state
    }
}

impl RawWriter {
    pub(crate) fn claim(core: &CoreRef) -> Result<RawWriter, Refusal> {
        // The handle comes first, as for pins.
        let core = core.clone();
        let state = core.claim()?;
        Ok(RawWriter { core, state, finishes: false })
    }

    #[inline(always)]
    pub(crate) fn core(&self) -> &CoreRef {
        &self.core
    }

    #[inline(always)]
    pub(crate) fn geometry(&self) -> &Geometry {
        &self.core.geometry
    }

    /// Where the fields lie that an append works on.
    ///
    /// # Safety
    /// The writer is alive.
    #[cfg(all(feature = "capi", not(feature = "checked")))]
    pub(crate) unsafe fn hot_of(writer: *mut RawWriter) -> *mut Hot {
        // SAFETY: the writer is alive, so its fields are there; nothing is read.
        unsafe { &raw mut (*writer).state.hot }
    }

    /// Forbids inline appends by memory that a writer leaves: sets both limits to 0. Volatile, as for the tag of a
    /// handle.
    ///
    /// # Safety
    /// The writer was moved out of it.
    #[cfg(feature = "capi")]
    pub(crate) unsafe fn forbid(left: *mut RawWriter) {
        // SAFETY: the memory is still there, and these are numbers.
        unsafe {
            (&raw mut (*left).state.hot.limit).write_volatile(0);
            (&raw mut (*left).state.hot.notify_limit).write_volatile(0);
        }
    }

    #[inline(always)]
    pub(crate) fn parts(&mut self) -> (&mut State, &Geometry) {
        (&mut self.state, &self.core.geometry)
    }

    /// Makes the record that was just written to `slot` the log's newest, and moves on by `stride` bytes.
    ///
    /// # Safety
    /// `word` was below `limit`, and the record in `slot` is initialised.
    #[inline(always)]
    pub(crate) unsafe fn advance(&mut self, stride: usize) {
        let hot = &mut self.state.hot;
        hot.slot = hot.slot.wrapping_add(stride);
        hot.word += 1;
        // E1 Release: pairs with the Acquire loads in `view`; a reader that sees n sees records 0..n. In a group, the
        // target is a word that shows no reader a record.
        // SAFETY: I5, I6: the target is the head's word or the core's, both alive.
        unsafe { (*hot.target).store(hot.word, ordering!(E1_PUBLISH, Release)) };
    }

    /// Makes the `records` records that were just written from `slot` on the log's newest publication, and moves on by
    /// `bytes`.
    ///
    /// # Safety
    /// `word + records` was at most `limit`. The records are initialised, and at most MAX_LENGTH.
    #[inline(always)]
    pub(crate) unsafe fn advance_by(&mut self, bytes: usize, records: u64) {
        self.skip(bytes, records);
        // E1 Release: as in `advance`.
        let word = word::pack(records, self.state.index());
        // SAFETY: I5, I6: the target is the head's word or the core's, both alive.
        unsafe { (*self.state.hot.target).store(word, ordering!(E1_PUBLISH_MANY, Release)) };
    }

    /// Moves on behind records that were written from `slot` on. Nobody sees them yet.
    #[inline(always)]
    pub(crate) fn skip(&mut self, bytes: usize, records: u64) {
        let hot = &mut self.state.hot;
        hot.slot = hot.slot.wrapping_add(bytes);
        hot.word += records;
    }

    /// Whether the fast path may write one record.
    #[inline(always)]
    pub(crate) fn has_slot(&self) -> bool {
        self.state.hot.word < self.state.hot.limit
    }

    /// Whether the fast path may write `count` records, and publish them at once.
    #[inline(always)]
    pub(crate) fn has_slots(&self, count: usize) -> bool {
        let left = self.state.hot.limit.saturating_sub(self.state.hot.word).min(MAX_LENGTH);
        (1..=left).contains(&(count as u64))
    }

    /// Whether the fast path may write one record of `size` bytes into a byte log.
    #[inline(always)]
    pub(crate) fn has_room(&self, size: usize) -> bool {
        self.has_slot() && self.fits(size)
    }

    #[inline(always)]
    pub(super) fn fits(&self, size: usize) -> bool {
        self.state.hot.offset.checked_add(size).is_some_and(|end| end <= self.geometry().space)
    }

    /// Ends the log when this writer goes. No other writer can come then, and every wait ends.
    pub(crate) fn finish(&mut self) {
        self.finishes = true;
    }

    /// Wakes every waiter.
    pub(crate) fn notify(&self) {
        self.core.event.notify();
    }
}
