//! Room for what is appended next. Where the tail is full, that is a pending segment, for which everything is secured
//! first. Also the way back to where the room was made.

use ::core::ptr::null_mut;

use super::writer::RawWriter;
use crate::error::Refusal;
use crate::raw::memory::collect::STEPS;
use crate::raw::memory::layout::{div_ceil, occupied};
use crate::raw::memory::pool::Pool;
use crate::raw::state::{Reservation, Savepoint};
use crate::raw::word::{MAX_LENGTH, ONE};

/// What fills reclaimed segments in checked builds. So a reader of a chunk that nothing covers sees 0xDD, and not old
/// records.
const POISON: u8 = 0xdd;

impl RawWriter {
    /// Ends the reservation, if there is one, so that what is appended next takes its place.
    #[inline]
    pub(crate) fn cancel_reservation(&mut self) {
        match self.state.reservation {
            Reservation::None => {}
            Reservation::InTail { limit, .. } => {
                self.state.reservation = Reservation::None;
                self.state.hot.limit = limit;
            }
            Reservation::Made { start, .. } => {
                self.state.reservation = Reservation::None;
                self.return_to(start);
            }
        }
    }

    /// The slow path of append: makes room for one record (bytes: of `size` bytes) behind what was appended. Nobody
    /// sees the record before `publish_unless_grouped`.
    #[cold]
    #[inline(never)]
    pub(crate) fn make_room(&mut self, size: usize) -> Result<(), Refusal> {
        self.cancel_reservation();
        if size > self.geometry().space {
            return Err(Refusal::TooLarge);
        }
        if self.state.hot.word < self.state.bound(self.geometry()) && self.fits(size) {
            return Ok(());
        }
        self.open_pending()
    }

    /// Secures a segment, and goes on in it. It is pending then.
    #[inline(never)]
    pub(super) fn open_pending(&mut self) -> Result<(), Refusal> {
        self.check_fits(1, self.state.index())?;
        self.secure(1)?;
        let RawWriter { core, state, .. } = self;
        // SAFETY: I5: a pending tail is the writer's alone. Of the head, all threads only read this field.
        let sequence = unsafe { (*state.tail).shown.sequence.get() } + 1;
        // SAFETY: I5: the pool has a segment, secured above.
        let segment = unsafe { state.pool.take_segment() };
        // SAFETY: I5: the new segment is pending, the writer's alone. Nobody reads the tail's `final_count` through a
        // window whose head it is, and every other segment that the writer fills is pending too.
        unsafe {
            let (left, entered) = (&(*state.tail).shown, &(*segment).shown);
            left.final_count.set(state.index() as u32);
            entered.sequence.set(sequence);
            // I8: the sequences of consecutive segments abut.
            entered.first_sequence.set(left.first_sequence.get() + state.index());
            entered.skipped.set(left.skipped.get());
            state.pending.push(segment);
        }
        state.pending_len += 1;
        state.enter(&core.geometry, segment);
        if state.in_group {
            state.show_group(&core.group);
        }
        state.set_limit(&core.geometry);
        Ok(())
    }

    /// Secures all that is needed to go on in `segments` more segments, and to publish them. If one thing cannot be
    /// had, it secures none. The error names readers and the budget before a lack of memory.
    #[inline(always)]
    fn secure(&mut self, segments: u32) -> Result<(), Refusal> {
        // SAFETY: I5: a pending tail is the writer's alone. Of the head, all threads only read this field.
        let last = unsafe { (*self.state.tail).shown.sequence.get() } + u64::from(segments);
        if self.state.pool.has_reclaimed() {
            self.drop_reclaimed();
        }
        if !self.state.pool.has_all(&self.core.geometry, segments, last) {
            self.collect(STEPS);
            if !self.state.pool.has_all(&self.core.geometry, segments, last) {
                return self.secure_more_memory(segments, last);
            }
        }
        self.state.pool.secure_from_pool();
        Ok(())
    }

    #[cold]
    #[inline(never)]
    fn secure_more_memory(&mut self, segments: u32, last: u64) -> Result<(), Refusal> {
        loop {
            let error = if self.state.pool.may_allocate(&self.core, self.state.pool.lacks(segments)) {
                match self.state.pool.secure(&self.core, segments, last) {
                    Ok(()) => return Ok(()),
                    Err(error) => error,
                }
            } else {
                Refusal::SegmentLimit
            };
            if !self.state.pool.has_backlog(&self.core) {
                if error == Refusal::SegmentLimit {
                    self.state.pool.hit_limit(&self.core);
                }
                return Err(error);
            }
            // If the allocator refused, this takes in the whole backlog, so that the allocator is asked no more often
            // than needed.
            self.collect(if error == Refusal::SegmentLimit { STEPS } else { u64::MAX });
        }
    }

    /// Whether `more` pending segments can become visible together with what is open, if the tail is left with `index`
    /// records. The newest publication must lie whole in the view. Beside what is retained, its pending segments must
    /// fit in `max_segments`.
    fn check_fits(&self, more: u64, index: u64) -> Result<(), Refusal> {
        let state = &self.state;
        // Whether some of the publication's records lie in the old head.
        let in_head = if state.pending_len > 0 {
            // SAFETY: only the writer reads or writes `final_count` of the head, which was left for a pending segment.
            u64::from(unsafe { (*state.head).shown.final_count.get() }) > state.visible()
        } else {
            index > state.visible()
        };
        let pending = u64::from(state.pending_len) + more;
        // SAFETY: I2, I4: the current window is open, so its list is frozen.
        let retained = unsafe { (*state.window).len() } as u64;
        let geometry = self.geometry();
        if pending + u64::from(in_head) > u64::from(geometry.window_segments.get())
            // The end of the new segment must have a sequence too.
            || state.next_sequence() > u64::MAX - u64::from(geometry.capacity.get())
            || retained + pending > u64::from(geometry.max_segments)
            || state.unpublished() >= MAX_LENGTH
        {
            return Err(Refusal::TooLarge);
        }
        Ok(())
    }

    /// Takes in what readers let go, in at most so many steps, and drops the values in it. If a drop panics, the log is
    /// unchanged, and the values that are left are dropped the next time.
    fn collect(&mut self, steps: u64) {
        self.state.pool.collect(&self.core, steps);
        if self.state.pool.has_reclaimed() {
            self.drop_reclaimed();
        }
    }

    #[inline(never)]
    fn drop_reclaimed(&mut self) {
        let drop_values = self.core.geometry.drop_values;
        while let Some((values, count)) = self.state.pool.next_to_drop(&self.core) {
            if let Some(drop_values) = drop_values {
                // SAFETY: I5: the segment is the writer's, and its count says 0 already, so nothing is dropped twice.
                unsafe { drop_values(values, count) };
            }
            if cfg!(feature = "checked") {
                let geometry = &self.core.geometry;
                // SAFETY: I5: the segment is the writer's; the records and spans lie behind the header, up to the
                // block's end.
                unsafe { values.write_bytes(POISON, geometry.segment.size() - geometry.data_offset) };
            }
        }
    }

    /// Forgets what was appended since `start`. Its values are dropped at once, in order, and its segments come back.
    #[inline(never)]
    pub(super) fn return_to(&mut self, start: Savepoint) {
        let dropped = self.rewind(start);
        if let Some(drop_values) = self.core.geometry.drop_values {
            // SAFETY: I1: they were appended, never published, and the index is back before them.
            unsafe { drop_values(start.slot, dropped as usize) };
        }
        self.drop_reclaimed();
    }

    /// Returns to `start`, behind which nothing was appended. Runs no user code: what is to be dropped waits for the
    /// next time.
    pub(crate) fn close_room(&mut self, start: Savepoint) {
        let left = self.rewind(start);
        debug_assert_eq!(left, 0);
    }

    /// Moves back to `start`. Returns how many records there are behind it in its segment.
    #[inline(never)]
    fn rewind(&mut self, start: Savepoint) -> u64 {
        let RawWriter { core, state, .. } = self;
        // SAFETY: I5: everything behind `start` is unpublished, so it is the writer's alone.
        let dropped = unsafe {
            let mut end = state.index();
            if state.tail != start.tail {
                (*state.tail).shown.final_count.set(end as u32);
                end = u64::from((*start.tail).shown.final_count.get());
                let kept = if start.pending == 0 { null_mut() } else { start.tail };
                let rest = state.pending.split_after(kept);
                state.pending_len = start.pending;
                state.pool.reclaim_pending(&core.geometry, rest);
                state.tail = start.tail;
                state.aim_spans(&core.geometry);
            }
            end - start.index
        };
        state.hot.slot = start.slot;
        state.hot.word = ONE | start.index;
        state.hot.offset = start.offset;
        if state.in_group {
            state.show_group(&core.group);
        }
        state.set_limit(&core.geometry);
        dropped
    }

    /// Whether the open publication can take `more` records. Callers check this before they secure memory, so that the
    /// error names it before a lack of memory.
    fn check_length(&self, more: u64) -> Result<(), Refusal> {
        if more > MAX_LENGTH - self.state.unpublished() { Err(Refusal::TooLarge) } else { Ok(()) }
    }

    /// Secures what `count` more fixed records need, if the log can show them together with what is open.
    pub(crate) fn secure_batch(&mut self, count: u64) -> Result<(), Refusal> {
        self.check_length(count)?;
        let capacity = self.geometry().capacity;
        match count.checked_sub(u64::from(capacity.get()) - self.state.index()) {
            None | Some(0) => Ok(()),
            Some(beyond) => self.secure_more(div_ceil(beyond, capacity), capacity.get().into()),
        }
    }

    /// Secures `more` segments, if they can become visible together with what is open. The tail is left with `index`
    /// records.
    fn secure_more(&mut self, more: u64, index: u64) -> Result<(), Refusal> {
        self.check_fits(more, index)?;
        // They fit in a window, so in 32 bits.
        self.secure(more as u32)
    }

    /// Secures what byte records of these sizes need, if the log can show them together with what is open.
    pub(crate) fn secure_sizes(&mut self, sizes: impl Iterator<Item = usize>) -> Result<(), Refusal> {
        let geometry = self.geometry();
        let (mut offset, mut index, mut more) = (self.state.hot.offset, self.state.index(), 0);
        let (mut left_with, mut count) = (index, 0);
        for size in sizes {
            count += 1;
            if size > geometry.space {
                return Err(Refusal::TooLarge);
            }
            if index == u64::from(geometry.capacity.get()) || offset + size > geometry.space {
                if more == 0 {
                    left_with = index;
                }
                (offset, index, more) = (0, 0, more + 1);
            }
            offset += occupied(size, geometry.record_align);
            index += 1;
        }
        self.check_length(count)?;
        if more == 0 { Ok(()) } else { self.secure_more(more, left_with) }
    }

    /// Gives pooled segments and tables back to the allocator. What stays is enough to append without readers, and no
    /// less than what was preallocated.
    pub(crate) fn trim(&mut self) {
        // Twice: what was taken in before, and then what came since.
        self.collect(u64::MAX);
        self.collect(u64::MAX);
        let RawWriter { core, state, .. } = self;
        // SAFETY: I2, I4: the current window is open, so its list is frozen.
        let used = unsafe { (*state.window).len() as u32 } + state.pending_len;
        let without_readers = core.geometry.window_segments.get() + 1;
        let needed = without_readers.max(core.geometry.options.preallocated_segments);
        state.pool.trim(core, needed.saturating_sub(used));
        state.pool.trim_tables(core, Pool::tables_for(needed - without_readers, &core.geometry));
        // SAFETY: I4: this is the current window.
        unsafe { state.pool.leave_figures(core, state.window, state.pending_len) };
    }
}
