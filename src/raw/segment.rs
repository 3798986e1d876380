//! A segment: a fixed-capacity block of records behind a header.

use ::core::ptr::{NonNull, null_mut};

use super::core::CoreRef;
use super::layout::Geometry;
use super::stack::Linked;
use crate::sync::{AtomicU64, Ordering, Plain, ordering};

/// The header; the records (and for bytes the spans) lie behind it at the geometry's offsets.
#[repr(C)]
pub(crate) struct Segment {
    pub(crate) shown: Shown,
    pub(crate) held: Held,
}

/// What the writer writes and readers read.
#[repr(C, align(128))]
pub(crate) struct Shown {
    /// See `word`. Through a window, readers read it of the head only.
    pub(crate) published: AtomicU64,
    /// Sequence of the segment's first record; frozen while the segment is in use.
    pub(crate) first_sequence: Plain<u64>,
    /// 0, 1, 2, ... in order of creation; frozen while the segment is in use.
    pub(crate) sequence: Plain<u64>,
    /// Sequences that no record ever had, from the log's first up to this segment; frozen while the segment is in use.
    pub(crate) skipped: Plain<u64>,
    /// Records in the segment once the writer has left it, and so how many values there are to drop. Nobody reads it
    /// through a window whose head the segment is. Zero in the pool.
    pub(crate) final_count: Plain<u32>,
}

/// What readers write: apart from `published`, so that pinning never slows an append.
#[repr(C, align(128))]
pub(crate) struct Held {
    /// One for all live windows that list the segment (or for being pending), and one for each segment pin.
    pub(crate) refs: AtomicU64,
    /// A segment is in exactly one place (I5), so one link serves the free stack, the pool and the pending list.
    link: Plain<*mut Segment>,
    /// All segments of the log ever allocated; written by the writer, walked by the last handle.
    pub(crate) all: Plain<*mut Segment>,
}

#[cfg(not(any(loom, shuttle)))]
const _: () = assert!(size_of::<Segment>() == 256);

impl Linked for Segment {
    fn link(&self) -> &Plain<*mut Segment> {
        &self.held.link
    }
}

impl Segment {
    pub(crate) fn new(all: *mut Segment) -> Segment {
        Segment {
            shown: Shown {
                published: AtomicU64::new(0),
                first_sequence: Plain::new(0),
                sequence: Plain::new(0),
                skipped: Plain::new(0),
                final_count: Plain::new(0),
            },
            held: Held { refs: AtomicU64::new(0), link: Plain::new(null_mut()), all: Plain::new(all) },
        }
    }

    /// Where the records begin.
    #[inline(always)]
    pub(crate) fn data(this: *const Segment, geometry: &Geometry) -> *mut u8 {
        this.cast_mut().cast::<u8>().wrapping_add(geometry.data_offset)
    }

    /// Where the spans of a byte log begin.
    #[inline(always)]
    pub(crate) fn spans(this: *const Segment, geometry: &Geometry) -> *mut Span {
        this.cast_mut().cast::<u8>().wrapping_add(geometry.spans_offset).cast()
    }
}

/// Where a record of a byte log lies in its segment: bytes from the segment's first record, and bytes in size.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    /// Bytes from the chunk's base to the record.
    pub(crate) offset: u32,
    /// The record's size in bytes.
    pub(crate) size: u32,
}

/// Records of one segment, in order: `count` from index `first` on. Plain data; whoever made it says for how long.
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
        Segment::data(self.segment.as_ptr(), geometry).wrapping_add(self.first as usize * geometry.stride)
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
        (Segment::data(segment, geometry), Segment::spans(segment, geometry).wrapping_add(self.first as usize))
    }

    /// Holds the segment by a pin of its own.
    ///
    /// # Safety
    /// Something of the log of `core` covers the segment throughout the call.
    pub(crate) unsafe fn pin(&self, core: &CoreRef) -> RawPin {
        // SAFETY: covered, so `refs` is at least one and stays so.
        let segment = unsafe { self.segment.as_ref() };
        // Relaxed: a count that cannot be zero is only raised; the pin that covers the segment orders everything else.
        segment.held.refs.fetch_add(1, Ordering::Relaxed);
        // The handle first, and last when it goes: what is in between is taken for a view, and never for less than nothing.
        let core = core.clone();
        // Relaxed: a figure.
        core.counts.segment_pins.fetch_add(1, Ordering::Relaxed);
        RawPin { core, chunk: *self }
    }
}

/// A count on one segment, and the bounds of the chunk it was made for. Outlives every other handle.
pub(crate) struct RawPin {
    core: CoreRef,
    chunk: RawChunk,
}

// SAFETY: a pin only reads frozen records and counts with atomics; the faces demand `T: Send + Sync`.
unsafe impl Send for RawPin {}
// SAFETY: as above.
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
        // SAFETY: this pin covers the segment.
        unsafe { self.chunk.pin(&self.core) }
    }
}

impl Drop for RawPin {
    fn drop(&mut self) {
        // Relaxed: a figure.
        self.core.counts.segment_pins.fetch_sub(1, Ordering::Relaxed);
        // SAFETY: our count keeps the segment until here.
        let refs = unsafe { &self.chunk.segment.as_ref().held.refs };
        // E3 Release: what we read happened before the reuse; Acquire: whoever comes to zero passes on what the others
        // read before they let go.
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

    /// One count less. True: that was the last, and the caller must drop the pin.
    #[must_use]
    pub(crate) fn release(&self) -> bool {
        // E3 Release: what was read under this count happened before the pin goes; Acquire: whoever comes to zero passes on
        // what was read under the others.
        self.count.fetch_sub(1, ordering!(E3_UNPIN_COUNTED, AcqRel)) == 1
    }
}
