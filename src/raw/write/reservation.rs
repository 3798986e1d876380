//! Reservations: room that the caller fills before a commit.

use super::writer::RawWriter;
use crate::error::Refusal;
use crate::raw::memory::layout::Kind;
use crate::raw::state::{Hot, Reservation};
use crate::raw::word::MAX_LENGTH;
use crate::{Error, Problem};

impl RawWriter {
    /// The fast path of `reserve`: hands out what is left of the tail, up to `want` records (bytes: one record of
    /// `want` bytes). Returns how much, or None where the slow path is needed.
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

    /// Makes room for 1 to `want` records (bytes: for one of exactly `want` bytes) from `slot` on, and secures all
    /// memory that the commit needs. Returns how much room there is.
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

    /// The fast path of `commit`: fixed records, at least one, in the tail, where a store of a word is all there is to
    /// do. False where the slow path is needed.
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
        // SAFETY: I1: the slots lie behind the index and below the limit; they are initialised.
        unsafe { self.advance_by(used * self.geometry().stride, used as u64) };
        true
    }

    /// Whether any of these bytes lie in the room that is reserved. A call that appends them would end the reservation
    /// first.
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

    /// Publishes the first `used` records of the reservation (bytes: the record, with `used` bytes). In an open group,
    /// adds them to it.
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
            // SAFETY: I1: `reserve` left a span and room behind the index.
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

    pub(crate) fn cancel(&mut self) -> Result<(), Refusal> {
        if matches!(self.state.reservation, Reservation::None) {
            return Err(Refusal::State);
        }
        self.cancel_reservation();
        Ok(())
    }
}
