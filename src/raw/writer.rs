//! The writer: the slot that the next record goes to, reservations and groups. What a roll is stands in `roll`.

use ::core::ops::Deref;
use ::core::ptr::null_mut;

use super::collect::STEPS;
use super::core::CoreRef;
use super::layout::{Geometry, Kind, div_ceil};
use super::pool::Pool;
use super::records::occupied;
use super::state::{Hot, Reservation, Savepoint, State};
use super::word::{self, MAX_LENGTH, ONE};
use crate::error::Refusal;
use crate::sync::{Ordering, ordering};
use crate::{Error, Problem};

/// What fills reclaimed segments in checked builds, so that who reads a chunk without a cover sees 0xDD and not yesterday's
/// records.
const POISON: u8 = 0xdd;

/// The one writer of a log.
pub(crate) struct RawWriter {
    core: CoreRef,
    state: State,
    /// The log ends with this writer.
    finishes: bool,
}

// SAFETY: the state is the writer's alone, and whichever thread has the writer has it; the faces demand `T: Send + Sync`.
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
        // The handle first, as for pins.
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

    /// Where what an append works on lies.
    ///
    /// # Safety
    /// The writer is alive.
    #[cfg(all(feature = "capi", not(feature = "checked")))]
    pub(crate) unsafe fn hot_of(writer: *mut RawWriter) -> *mut Hot {
        // SAFETY: the caller's contract.
        unsafe { &raw mut (*writer).state.hot }
    }

    /// Says in memory that goes that nothing is appended by it any more. Volatile, as where its tag goes.
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
        // E1 Release: pairs with the Acquire loads in `view`; a reader that sees n sees records 0..n. In a group the
        // target is a word that nobody reads.
        // SAFETY: the target is the head's word or the core's, both alive.
        unsafe { (*hot.target).store(hot.word, ordering!(E1_PUBLISH, Release)) };
    }

    /// Makes `records` that were just written from `slot` on the log's newest publication, and moves on behind them.
    ///
    /// # Safety
    /// `word + records` was at most `limit`, they are initialised, and at most MAX_LENGTH.
    #[inline(always)]
    pub(crate) unsafe fn advance_by(&mut self, bytes: usize, records: u64) {
        self.skip(bytes, records);
        // E1 Release: as in `advance`.
        let word = word::pack(records, self.state.index());
        // SAFETY: as in `advance`.
        unsafe { (*self.state.hot.target).store(word, ordering!(E1_PUBLISH_MANY, Release)) };
    }

    /// Moves on behind records that were written from `slot` on; nobody sees them yet.
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
    fn fits(&self, size: usize) -> bool {
        self.state.hot.offset.checked_add(size).is_some_and(|end| end <= self.geometry().space)
    }

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

    /// Makes room for one record (bytes: of `size` bytes) behind what was appended. Until `publish_unless_grouped` nobody
    /// sees it. The slow path of append.
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
        self.open_pending(0)
    }

    /// Goes on in a pending segment, behind a gap of so many sequences: none, except where one is skipped to.
    #[inline(never)]
    fn open_pending(&mut self, gap: u64) -> Result<(), Refusal> {
        self.check_fits(1, self.state.index())?;
        self.secure(1)?;
        let RawWriter { core, state, .. } = self;
        // SAFETY: the tail is the writer's own.
        let sequence = unsafe { (*state.tail).shown.sequence.get() } + 1;
        // SAFETY: secured above.
        let segment = unsafe { state.pool.take_segment() };
        // SAFETY: I5: the new segment is pending, the writer's alone. Nobody reads the tail's `final_count` through a
        // window whose head it is, and every other segment that the writer fills is pending too.
        unsafe {
            let (left, entered) = (&(*state.tail).shown, &(*segment).shown);
            left.final_count.set(state.index() as u32);
            entered.sequence.set(sequence);
            // I8: the sequences of consecutive segments abut; behind a gap, no window lists them both.
            entered.first_sequence.set(left.first_sequence.get() + state.index() + gap);
            entered.skipped.set(left.skipped.get() + gap);
            state.pending.push(segment);
        }
        state.pending_len += 1;
        state.enter(&core.geometry, segment);
        if state.in_group {
            state.show_group(core);
        }
        state.set_limit(&core.geometry);
        Ok(())
    }

    /// Secures all that going on in `segments` more segments needs, and publishing them; or nothing, and says why: readers and
    /// the budget before a lack of memory.
    #[inline(always)]
    fn secure(&mut self, segments: u32) -> Result<(), Refusal> {
        // SAFETY: the tail is the writer's own.
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
            // An allocator that refuses is not asked more often than it must be.
            self.collect(if error == Refusal::SegmentLimit { STEPS } else { u64::MAX });
        }
    }

    /// Whether `more` pending segments can become visible together with what is open, the tail being left with `index`
    /// records in it: the newest publication must lie whole in the view, and beside what is retained in `max_segments`.
    fn check_fits(&self, more: u64, index: u64) -> Result<(), Refusal> {
        let state = &self.state;
        // Those of the publication's records that lie in the old head.
        let in_head = if state.pending_len > 0 {
            // SAFETY: as in `open_pending`.
            u64::from(unsafe { (*state.head).shown.final_count.get() }) > state.visible()
        } else {
            index > state.visible()
        };
        let pending = u64::from(state.pending_len) + more;
        // SAFETY: the current window is the writer's to read.
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

    /// Takes in what readers let go, as far as so many steps lead, and drops the values in it. These may panic: nothing has
    /// changed then, and what is left is dropped the next time.
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
                // SAFETY: nobody can see the segment any more, and its count says 0 already.
                unsafe { drop_values(values, count) };
            }
            if cfg!(feature = "checked") {
                let geometry = &self.core.geometry;
                // SAFETY: as above; the records and spans lie behind the header, up to the block's end.
                unsafe { values.write_bytes(POISON, geometry.segment.size() - geometry.data_offset) };
            }
        }
    }

    /// Forgets what was appended since `start`: its values are dropped at once and in order, its segments come back.
    #[inline(never)]
    fn return_to(&mut self, start: Savepoint) {
        let dropped = self.rewind(start);
        if let Some(drop_values) = self.core.geometry.drop_values {
            // SAFETY: they were appended, never published, and the index is back before them.
            unsafe { drop_values(start.slot, dropped as usize) };
        }
        self.drop_reclaimed();
    }

    /// Returns to `start`, behind which nothing was appended. Runs no user code: what is to be dropped waits for the next time.
    pub(crate) fn close_room(&mut self, start: Savepoint) {
        let left = self.rewind(start);
        debug_assert_eq!(left, 0);
    }

    /// Moves back to `start`; says how many records there are behind it in its segment.
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
            state.show_group(core);
        }
        state.set_limit(&core.geometry);
        dropped
    }

    /// Goes on at a later sequence: what was retained leaves the view at once. To the next one: nothing happens. False: it is an
    /// earlier one, or more than `last_to_skip_to`.
    pub(crate) fn skip_to(&mut self, sequence: u64) -> Result<bool, Refusal> {
        if self.state.in_group || !matches!(self.state.reservation, Reservation::None) {
            return Err(Refusal::State);
        }
        let next = self.state.next_sequence();
        if sequence <= next || sequence > self.last_to_skip_to() {
            return Ok(sequence == next);
        }
        // Nothing is appended that is not published.
        self.open_pending(sequence - next)?;
        let RawWriter { core, state, .. } = self;
        state.show_tail_alone(core);
        Ok(true)
    }

    /// The end of a segment that begins there must have a sequence too.
    fn last_to_skip_to(&self) -> u64 {
        u64::MAX - u64::from(self.geometry().capacity.get())
    }

    /// As `skip_to`, and says what is wrong with the sequence.
    pub(crate) fn try_skip_to(&mut self, sequence: u64) -> Result<(), Error> {
        if self.skip_to(sequence)? {
            return Ok(());
        }
        let (next, last) = (self.state.next_sequence(), self.last_to_skip_to());
        Err(Error::Argument(if sequence < next {
            Problem::bound("sequence", sequence, " is less than", next, ", which comes next")
        } else {
            Problem::bound("sequence", sequence, " is more than", last, ", behind which no segment fits")
        }))
    }

    /// Publishes what was appended, unless a group is open, which then has it.
    pub(crate) fn publish_unless_grouped(&mut self) {
        let RawWriter { core, state, .. } = self;
        if state.in_group {
            // Relaxed: a figure.
            // SAFETY: the target is in the core.
            unsafe { (*state.hot.target).store(state.hot.word, Ordering::Relaxed) };
        } else {
            state.publish(core);
        }
    }

    /// Runs `append`, and if it fails or panics returns to where it began. If it succeeds, all of it is published at one
    /// instant: it is a group of its own, or belongs to the open one.
    pub(crate) fn atomically<R>(
        &mut self,
        append: impl FnOnce(&mut RawWriter) -> Result<R, Refusal>,
    ) -> Result<R, Refusal> {
        struct Undo<'w> {
            writer: &'w mut RawWriter,
            own_group: bool,
            start: Savepoint,
        }
        impl Drop for Undo<'_> {
            fn drop(&mut self) {
                if self.own_group {
                    let _ = self.writer.abandon_group();
                } else {
                    self.writer.return_to(self.start);
                }
            }
        }
        self.cancel_reservation();
        let own_group = !self.state.in_group;
        if own_group {
            self.open_group();
        }
        let start = self.state.savepoint();
        let created = self.state.pool.created();
        let undo = Undo { writer: &mut *self, own_group, start };
        let done = match append(undo.writer) {
            Ok(done) => done,
            Err(error) => {
                // All that it took is in the pool then.
                drop(undo);
                self.state.pool.give_back_new(&self.core, created);
                return Err(error);
            }
        };
        ::core::mem::forget(undo);
        if own_group {
            self.close_group();
        }
        self.publish_unless_grouped();
        Ok(done)
    }

    /// Whether the open publication can take `more` records: told before a lack of memory for them.
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

    /// Secures `more` segments, if they can become visible together with what is open, the tail being left with `index` records.
    fn secure_more(&mut self, more: u64, index: u64) -> Result<(), Refusal> {
        self.check_fits(more, index)?;
        // As many fit in a window, so in 32 bits.
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

    pub(crate) fn begin_group(&mut self) -> Result<(), Refusal> {
        if self.state.in_group {
            return Err(Refusal::State);
        }
        self.cancel_reservation();
        self.open_group();
        Ok(())
    }

    fn open_group(&mut self) {
        let RawWriter { core, state, .. } = self;
        state.in_group = true;
        state.group_start = state.savepoint();
        state.show_group(core);
        state.set_limit(&core.geometry);
    }

    pub(crate) fn publish_group(&mut self) -> Result<(), Refusal> {
        self.end_group()?;
        self.publish_unless_grouped();
        Ok(())
    }

    pub(crate) fn abandon_group(&mut self) -> Result<(), Refusal> {
        self.end_group()?;
        self.return_to(self.state.group_start);
        Ok(())
    }

    fn end_group(&mut self) -> Result<(), Refusal> {
        if !self.state.in_group {
            return Err(Refusal::State);
        }
        self.cancel_reservation();
        self.close_group();
        Ok(())
    }

    fn close_group(&mut self) {
        let RawWriter { core, state, .. } = self;
        state.in_group = false;
        core.group.end();
        state.aim_at_head();
        state.set_limit(&core.geometry);
    }

    /// The fast path of `reserve`: hands out what is left of the tail, up to `want` records; says how much, if there is
    /// something.
    #[inline(always)]
    pub(crate) fn reserve_in_tail(&mut self, want: usize) -> Option<usize> {
        let Hot { word, limit, .. } = self.state.hot;
        if word >= limit || self.geometry().kind == Kind::Bytes && !self.fits(want) {
            return None;
        }
        let left = (limit - word).min(MAX_LENGTH) as usize;
        let capacity = if self.geometry().kind == Kind::Bytes { want } else { want.min(left) };
        self.state.reservation = Reservation::InTail { capacity, limit };
        self.state.hot.limit = 0;
        Some(capacity)
    }

    /// Room for 1 to `want` records (bytes: for one of exactly `want` bytes), from `slot` on: how much. All memory that the
    /// commit needs is secured.
    pub(crate) fn reserve(&mut self, want: usize) -> Result<usize, Refusal> {
        self.cancel_reservation();
        if let Some(capacity) = self.reserve_in_tail(want) {
            return Ok(capacity);
        }
        let bytes = self.geometry().kind == Kind::Bytes;
        let start = self.state.savepoint();
        self.make_room(if bytes { want } else { 0 })?;
        let RawWriter { core, state, .. } = self;
        let left = (state.bound(&core.geometry) - state.hot.word).min(MAX_LENGTH) as usize;
        let capacity = if bytes { want } else { want.min(left) };
        state.reservation = Reservation::Made { capacity, start };
        state.set_limit(&core.geometry);
        Ok(capacity)
    }

    /// The fast path of `commit`: of fixed records, some, in the tail, where there is nothing more to do than to store a word.
    ///
    /// # Safety
    /// As `commit`.
    #[inline(always)]
    pub(crate) unsafe fn commit_in_tail(&mut self, used: usize) -> bool {
        let RawWriter { core, state, .. } = self;
        let Reservation::InTail { capacity, limit } = state.reservation else { return false };
        if core.geometry.kind == Kind::Bytes || used.wrapping_sub(1) >= capacity {
            return false;
        }
        state.reservation = Reservation::None;
        state.hot.limit = limit;
        // SAFETY: they are free and below the limit, and initialised.
        unsafe { self.advance_by(used * self.geometry().stride, used as u64) };
        true
    }

    /// Whether bytes lie, in part, in the room that is reserved, which the call that would append them ends.
    #[cfg(feature = "capi")]
    #[inline(always)]
    pub(crate) fn lies_in_reservation(&self, data: *const u8, size: usize) -> bool {
        match self.state.reservation {
            Reservation::None => false,
            Reservation::InTail { capacity, .. } | Reservation::Made { capacity, .. } => {
                self.overlaps(capacity, data, size)
            }
        }
    }

    #[cfg(feature = "capi")]
    #[cold]
    #[inline(never)]
    fn overlaps(&self, capacity: usize, data: *const u8, size: usize) -> bool {
        let stride = self.geometry().stride.max(1);
        let (room, data) = (self.state.hot.slot.addr(), data.addr());
        size > 0 && data < room.saturating_add(capacity.saturating_mul(stride)) && room < data.saturating_add(size)
    }

    /// Publishes the first `used` of what was reserved (in an open group: adds it).
    ///
    /// # Safety
    /// These records (bytes: these bytes of the record) are initialised.
    pub(crate) unsafe fn commit(&mut self, used: usize) -> Result<(), Error> {
        let capacity = match self.state.reservation {
            Reservation::None => return Err(Error::State),
            Reservation::InTail { capacity, .. } | Reservation::Made { capacity, .. } => capacity,
        };
        if used > capacity {
            return Err(Error::Argument(Problem::bound(
                "used",
                used as u64,
                " is more than the",
                capacity as u64,
                " that were reserved",
            )));
        }
        let RawWriter { core, state, .. } = self;
        let geometry = &core.geometry;
        if geometry.kind == Kind::Bytes {
            // SAFETY: `reserve` left room for it.
            unsafe { state.put_span(geometry, used) };
            state.hot.word += 1;
        } else if used == 0 {
            self.cancel_reservation();
            return Ok(());
        } else {
            let stride = geometry.stride;
            self.skip(used * stride, used as u64);
        }
        self.state.reservation = Reservation::None;
        self.state.set_limit(&self.core.geometry);
        self.publish_unless_grouped();
        Ok(())
    }

    /// Ends the log when this writer goes: no other may come, and no wait is in vain.
    pub(crate) fn finish(&mut self) {
        self.finishes = true;
    }

    /// Wakes every waiter.
    pub(crate) fn notify(&self) {
        self.core.event.notify();
    }

    /// Gives pooled segments back that the window does not need.
    pub(crate) fn trim(&mut self) {
        // What was taken in before, and what came since.
        self.collect(u64::MAX);
        self.collect(u64::MAX);
        let RawWriter { core, state, .. } = self;
        // SAFETY: the current window is the writer's to read.
        let used = unsafe { (*state.window).len() as u32 } + state.pending_len;
        let without_readers = core.geometry.window_segments.get() + 1;
        let needed = without_readers.max(core.geometry.options.preallocated_segments);
        state.pool.trim(core, needed.saturating_sub(used));
        state.pool.trim_tables(core, Pool::tables_for(needed - without_readers, &core.geometry));
        // SAFETY: the current window.
        unsafe { state.pool.leave_figures(core, state.window, state.pending_len) };
    }

    pub(crate) fn cancel(&mut self) -> Result<(), Refusal> {
        if matches!(self.state.reservation, Reservation::None) {
            return Err(Refusal::State);
        }
        self.cancel_reservation();
        Ok(())
    }
}

impl Drop for RawWriter {
    fn drop(&mut self) {
        /// Runs also when a value's Drop panics while the group is abandoned.
        struct Release<'w>(&'w mut RawWriter);
        impl Drop for Release<'_> {
            fn drop(&mut self) {
                // SAFETY: the claim is ours and this is the last thing we do with it.
                unsafe { self.0.core.unclaim(self.0.state, self.0.finishes) };
                self.0.notify();
            }
        }
        let release = Release(self);
        release.0.cancel_reservation();
        let _ = release.0.abandon_group();
    }
}
