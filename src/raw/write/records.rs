//! Appending records that are plain bytes: records of one size at a stride, and records of any size with spans.

use ::core::ptr::copy_nonoverlapping;

use super::writer::RawWriter;
use crate::error::Refusal;
use crate::raw::memory::layout::Kind;
use crate::raw::word::MAX_LENGTH;

/// A record somewhere in the caller's memory: where, and how many bytes.
pub(crate) type Record = (*const u8, usize);

/// Sizes that `copy_small` copies.
const SMALL: ::core::ops::RangeInclusive<usize> = 1..=128;

/// Copies a record from the front and from the back, in a few moves that may overlap. They cost less than a call into
/// libc.
///
/// # Safety
/// As `copy_nonoverlapping`; the size is in `SMALL`.
#[inline(always)]
unsafe fn copy_small(from: *const u8, to: *mut u8, size: usize) {
    /// # Safety
    /// The size is at least N, and at most twice N.
    #[inline(always)]
    unsafe fn from_both_ends<const N: usize>(from: *const u8, to: *mut u8, size: usize) {
        // SAFETY: both ranges of N bytes lie in the record and in its slot, since the size is at least N.
        unsafe {
            copy_nonoverlapping(from, to, N);
            copy_nonoverlapping(from.add(size - N), to.add(size - N), N);
        }
    }
    // SAFETY: the record and the slot have as many bytes; each arm's N is at most the size, and at least half of it.
    unsafe {
        match size {
            8..=16 => from_both_ends::<8>(from, to, size),
            17..=32 => from_both_ends::<16>(from, to, size),
            33..=64 => from_both_ends::<32>(from, to, size),
            65.. => from_both_ends::<64>(from, to, size),
            4.. => from_both_ends::<4>(from, to, size),
            2.. => from_both_ends::<2>(from, to, size),
            _ => from_both_ends::<1>(from, to, size),
        }
    }
}

/// Copies records that lie `size` apart to slots that lie `stride` apart.
///
/// # Safety
/// As `copy_nonoverlapping`, for each of them.
#[inline(always)]
unsafe fn copy_records(from: *const u8, to: *mut u8, count: usize, size: usize, stride: usize) {
    // SAFETY: all the records are readable, and all the slots are writable, at these places.
    unsafe {
        if stride == size {
            copy_nonoverlapping(from, to, count * size);
        } else {
            for index in 0..count {
                copy_nonoverlapping(from.add(index * size), to.add(index * stride), size);
            }
        }
    }
}

impl RawWriter {
    /// Appends one record of a fixed log.
    ///
    /// # Safety
    /// `record` points to the log's record size of readable bytes.
    #[inline]
    pub(crate) unsafe fn append_fixed(&mut self, record: *const u8) -> Result<(), Refusal> {
        // SAFETY: the record has the log's record size of readable bytes, which is what both demand.
        if unsafe { self.append_small(record) } {
            return Ok(());
        }
        if !self.has_slot() {
            // SAFETY: the record is readable, which is all that it demands.
            return unsafe { self.append_fixed_slow(record) };
        }
        let (size, stride) = (self.geometry().record_size, self.geometry().stride);
        // SAFETY: I1: the slot lies behind the index, so nobody reads it; it is below the limit. The record is
        // readable.
        unsafe {
            copy_nonoverlapping(record, self.hot.slot, size);
            self.advance(stride);
        }
        Ok(())
    }

    /// The fast path of `append_fixed`, which calls nothing. False: the slow path is needed.
    ///
    /// # Safety
    /// As `append_fixed`.
    #[inline(always)]
    pub(crate) unsafe fn append_small(&mut self, record: *const u8) -> bool {
        let size = self.geometry().record_size;
        if !self.has_slot() || !SMALL.contains(&size) {
            return false;
        }
        // SAFETY: I1: the slot lies behind the index, so nobody reads it; it is below the limit. The record is
        // readable.
        unsafe {
            copy_small(record, self.hot.slot, size);
            self.advance(self.geometry().stride);
        }
        true
    }

    /// # Safety
    /// As `append_fixed`.
    #[cold]
    #[inline(never)]
    unsafe fn append_fixed_slow(&mut self, record: *const u8) -> Result<(), Refusal> {
        self.make_room(0)?;
        // SAFETY: I1: `make_room` left a slot behind the index; the record is readable.
        unsafe { copy_nonoverlapping(record, self.hot.slot, self.geometry().record_size) };
        self.step(self.geometry().stride);
        Ok(())
    }

    /// The slow path's `advance`: moves on, and publishes unless a group is open.
    pub(crate) fn step(&mut self, stride: usize) {
        self.skip(stride, 1);
        self.publish_unless_grouped();
    }

    /// Appends `count` records that lie `record_size` apart, as one publication.
    ///
    /// # Safety
    /// All of them are readable.
    pub(crate) unsafe fn append_fixed_batch(&mut self, records: *const u8, count: usize) -> Result<(), Refusal> {
        let (size, stride) = (self.geometry().record_size, self.geometry().stride);
        if self.has_slots(count) {
            // SAFETY: I1: as many slots are free behind the index; as many records are readable.
            unsafe {
                copy_records(records, self.hot.slot, count, size, stride);
                self.advance_by(count * stride, count as u64);
            }
            return Ok(());
        }
        let capacity = u64::from(self.geometry().capacity.get());
        if !self.in_group && self.index() == capacity && (1..=capacity.min(MAX_LENGTH)).contains(&(count as u64)) {
            // The tail is full, and all records fit in the next segment. Nothing is written before there is room.
            self.make_room(0)?;
            // SAFETY: I1: the new tail has as many free slots, and as many records are readable.
            unsafe { copy_records(records, self.hot.slot, count, size, stride) };
            self.skip(count * stride, count as u64);
            self.publish_unless_grouped();
            return Ok(());
        }
        self.cancel_reservation();
        self.secure_batch(count as u64)?;
        self.atomically(|writer| {
            let (mut from, mut left) = (records, count);
            while left > 0 {
                if !writer.has_slot() {
                    writer.make_room(0)?;
                }
                let here = left.min((writer.hot.limit - writer.hot.word) as usize);
                // SAFETY: I1: `here` slots are free behind the index, and as many records are left to read.
                unsafe {
                    copy_records(from, writer.hot.slot, here, size, stride);
                    from = from.add(here * size);
                }
                writer.skip(here * stride, here as u64);
                left -= here;
            }
            Ok(())
        })
    }

    /// Appends one record of a byte log.
    ///
    /// # Safety
    /// The record is readable.
    #[inline]
    pub(crate) unsafe fn append_bytes(&mut self, record: Record) -> Result<(), Refusal> {
        // SAFETY: the record is readable, which is all that both demand.
        unsafe { if self.append_bytes_here(record) { Ok(()) } else { self.append_bytes_slow(record) } }
    }

    /// The fast path of `append_bytes`. False: the slow path is needed.
    ///
    /// # Safety
    /// As `append_bytes`.
    #[inline(always)]
    pub(crate) unsafe fn append_bytes_here(&mut self, record: Record) -> bool {
        if !self.has_room(record.1) {
            return false;
        }
        // SAFETY: I1: a span is left, and room, behind the index; the record is readable.
        unsafe {
            self.put(record);
            self.advance(0);
        }
        true
    }

    /// # Safety
    /// As `append_bytes`.
    #[cold]
    #[inline(never)]
    pub(crate) unsafe fn append_bytes_slow(&mut self, record: Record) -> Result<(), Refusal> {
        self.make_room(record.1)?;
        // SAFETY: I1: `make_room` left a span and room behind the index; the record is readable.
        unsafe { self.put(record) };
        self.step(0);
        Ok(())
    }

    /// Appends records, as one publication. It walks `records` twice.
    ///
    /// # Safety
    /// All of them are readable.
    pub(crate) unsafe fn append_bytes_batch(
        &mut self,
        records: impl Iterator<Item = Record> + Clone,
    ) -> Result<(), Refusal> {
        self.cancel_reservation();
        self.secure_sizes(records.clone().map(|record| record.1))?;
        self.atomically(|writer| {
            for record in records {
                if !writer.has_room(record.1) {
                    writer.make_room(record.1)?;
                }
                // SAFETY: I1: there is a span and room behind the index; the record is readable.
                unsafe { writer.put(record) };
                writer.skip(0, 1);
            }
            Ok(())
        })
    }

    /// Copies a record to the slot, and enters it into the index.
    ///
    /// # Safety
    /// There is room for it, and it is readable.
    #[inline(always)]
    unsafe fn put(&mut self, record: Record) {
        debug_assert!(self.geometry().kind == Kind::Bytes);
        // SAFETY: I1: the room lies behind the index, so nobody reads it. The record is readable, and may be NULL if it
        // has no bytes.
        unsafe {
            copy_nonoverlapping(record.0, self.hot.slot, record.1);
            let (state, geometry) = self.parts();
            state.put_span(geometry, record.1);
        }
    }
}
