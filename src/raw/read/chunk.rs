//! Records of one segment: a chunk names them, and a pin holds them by itself.

use ::core::ptr::NonNull;

use crate::raw::core::CoreRef;
use crate::raw::memory::layout::Geometry;
use crate::raw::memory::segment::{Segment, Span};
#[cfg(feature = "capi")]
use crate::sync::AtomicU64;
use crate::sync::{Ordering, ordering};

/// Records of one segment, in order: `count` from index `first` on. It is plain data. Its maker says how long it is
/// valid.
#[derive(Clone, Copy)]
pub(crate) struct RawChunk {
    pub(crate) segment: NonNull<Segment>,
    pub(crate) first: u32,
    pub(crate) count: u32,
}

impl RawChunk {
    /// Sequence of the chunk's first record.
    ///
    /// # Safety
    /// Something covers the segment: a pinned window that lists it, or a segment pin.
    #[inline]
    pub(crate) unsafe fn first_sequence(&self) -> u64 {
        // SAFETY: I1: frozen while the segment is covered.
        unsafe { self.segment.as_ref().shown.first_sequence.get() + u64::from(self.first) }
    }

    /// # Safety
    /// As `first_sequence`.
    #[inline]
    pub(crate) unsafe fn segment_sequence(&self) -> u64 {
        // SAFETY: I1: frozen while the segment is covered.
        unsafe { self.segment.as_ref().shown.sequence.get() }
    }

    /// The first record of a log whose records have a fixed stride.
    #[inline(always)]
    pub(crate) fn records(&self, geometry: &Geometry) -> *const u8 {
        geometry.data(self.segment.as_ptr()).wrapping_add(self.first as usize * geometry.stride)
    }

    /// As `records`, of a log of values of type `T`, whose layout is known.
    #[inline(always)]
    pub(crate) fn values<T>(&self) -> *const T {
        let data = self.segment.as_ptr().cast_const().cast::<u8>().wrapping_add(Geometry::data_offset(align_of::<T>()));
        data.cast::<T>().wrapping_add(self.first as usize)
    }

    /// The base that a byte log's spans are relative to, and the first record's span.
    #[inline(always)]
    pub(crate) fn spans(&self, geometry: &Geometry) -> (*const u8, *const Span) {
        let segment = self.segment.as_ptr();
        (geometry.data(segment), geometry.spans(segment).wrapping_add(self.first as usize))
    }

    /// Holds the segment by a pin of its own.
    ///
    /// # Safety
    /// A view or a pin of the log of `core` covers the segment throughout the call.
    pub(crate) unsafe fn pin(&self, core: &CoreRef) -> RawPin {
        // SAFETY: I3: covered, so `refs` is at least one and stays so.
        let segment = unsafe { self.segment.as_ref() };
        // Relaxed: a count that cannot be zero is only raised; the pin that covers the segment orders everything else.
        segment.held.refs.fetch_add(1, Ordering::Relaxed);
        // The handle is counted before the pin, and uncounted after it. In between it passes for a view, so that the
        // number of views is never below zero.
        let core = core.clone();
        // Relaxed: a figure.
        core.counts.segment_pins.fetch_add(1, Ordering::Relaxed);
        RawPin { core, chunk: *self }
    }
}

/// A count on one segment, and the bounds of the chunk that it was made for. It may outlive every other handle.
pub(crate) struct RawPin {
    core: CoreRef,
    chunk: RawChunk,
}

// SAFETY: a pin only reads frozen records and counts with atomics; the faces demand `T: Send + Sync`.
unsafe impl Send for RawPin {}
// SAFETY: as for `Send`.
unsafe impl Sync for RawPin {}

impl RawPin {
    pub(crate) fn core(&self) -> &CoreRef {
        &self.core
    }

    pub(crate) fn chunk(&self) -> RawChunk {
        self.chunk
    }
}

impl Clone for RawPin {
    fn clone(&self) -> RawPin {
        // SAFETY: I3: this pin covers the segment.
        unsafe { self.chunk.pin(&self.core) }
    }
}

impl Drop for RawPin {
    fn drop(&mut self) {
        // Relaxed: a figure.
        self.core.counts.segment_pins.fetch_sub(1, Ordering::Relaxed);
        // SAFETY: I5: our count keeps the segment until here.
        let refs = unsafe { &self.chunk.segment.as_ref().held.refs };
        // E3 Release: what we read happened before the reuse. Acquire: the thread that comes to zero passes on what the
        // others read before they let go.
        if refs.fetch_sub(1, ordering!(E3_UNPIN_SEGMENT, AcqRel)) == 1 {
            // SAFETY: I3, I5: at zero the segment is on no list, and only we saw it come to zero.
            unsafe { self.core.free.push(self.chunk.segment.as_ptr()) };
        }
    }
}

/// A segment pin with a count of its own, for handles that are shared by counting.
#[cfg(feature = "capi")]
pub(crate) struct CountedPin {
    count: AtomicU64,
    pin: RawPin,
}

#[cfg(feature = "capi")]
impl CountedPin {
    pub(crate) fn new(pin: RawPin) -> CountedPin {
        CountedPin { count: AtomicU64::new(1), pin }
    }

    pub(crate) fn pin(&self) -> &RawPin {
        &self.pin
    }

    /// One more count, beside the caller's own.
    pub(crate) fn retain(&self) {
        // Relaxed: a count that cannot be zero, since the caller has one, is only raised.
        self.count.fetch_add(1, Ordering::Relaxed);
    }

    /// One count less. True: that was the last one, and the caller must drop the pin.
    #[must_use]
    pub(crate) fn release(&self) -> bool {
        // E3 Release: what was read under this count happened before the pin goes. Acquire: the thread that comes to
        // zero passes on what was read under the others.
        self.count.fetch_sub(1, ordering!(E3_UNPIN_COUNTED, AcqRel)) == 1
    }
}
