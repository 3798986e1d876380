//! Records of one segment: as a slice that a view covers, and as a pin that covers them itself.

use core::fmt;
use core::iter::FusedIterator;
use core::ops::Range;
use core::ptr::null;

use crate::raw::{Geometry, Kind, RawChunk, RawPin, Span, View};

/// Records of one segment, in order. A chunk is never empty.
#[derive(Clone, Copy)]
pub struct RecordChunk<'a> {
    data: *const u8,
    /// For a byte log: one per record. Otherwise empty.
    spans: &'a [Span],
    len: usize,
    stride: usize,
    record_size: usize,
    sequence: u64,
    first_sequence: u64,
}

// SAFETY: a chunk is a shared borrow of frozen bytes.
unsafe impl Send for RecordChunk<'_> {}
// SAFETY: as for `Send`.
unsafe impl Sync for RecordChunk<'_> {}

impl<'a> RecordChunk<'a> {
    /// An iteration begins and ends with this chunk. It has no records.
    pub(super) const NONE: RecordChunk<'a> =
        RecordChunk { data: null(), spans: &[], len: 0, stride: 0, record_size: 0, sequence: 0, first_sequence: 0 };

    /// # Safety
    /// Something covers the chunk's segment for `'a`.
    pub(super) unsafe fn new(chunk: RawChunk, geometry: &Geometry) -> RecordChunk<'a> {
        let len = chunk.count as usize;
        let (data, spans) = if geometry.kind == Kind::Bytes {
            let (data, spans) = chunk.spans(geometry);
            // SAFETY: I1: the spans of published records are frozen.
            (data, unsafe { core::slice::from_raw_parts(spans, len) })
        } else {
            (chunk.records(geometry), &[][..])
        };
        RecordChunk {
            data,
            spans,
            len,
            stride: geometry.stride,
            record_size: geometry.record_size,
            // SAFETY: I1: something covers the segment, so its sequences are frozen.
            sequence: unsafe { chunk.segment_sequence() },
            // SAFETY: I1: as above.
            first_sequence: unsafe { chunk.first_sequence() },
        }
    }

    /// How many records the chunk has: at least one.
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> usize {
        self.len
    }

    /// The record with this index.
    #[inline]
    pub fn get(&self, index: usize) -> Option<&'a [u8]> {
        if index >= self.len {
            return None;
        }
        let (offset, size) = match self.spans.get(index) {
            Some(span) => (span.offset as usize, span.size as usize),
            None => (index * self.stride, self.record_size),
        };
        // SAFETY: I1: the record is frozen, and covered for `'a`.
        Some(unsafe { core::slice::from_raw_parts(self.data.add(offset), size) })
    }

    /// The segment's number: 0, 1, 2, ... in order of creation.
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// Sequence of the chunk's first record.
    pub fn first_sequence(&self) -> u64 {
        self.first_sequence
    }
}

impl fmt::Debug for RecordChunk<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordChunk")
            .field("sequence", &self.sequence)
            .field("first_sequence", &self.first_sequence)
            .field("len", &self.len)
            .finish()
    }
}

/// The chunks of a [`RecordSnapshot`](crate::RecordSnapshot), oldest first.
#[derive(Clone)]
pub struct RecordChunks<'a> {
    view: &'a View,
    range: Range<usize>,
}

impl<'a> RecordChunks<'a> {
    pub(super) fn new(view: &'a View) -> RecordChunks<'a> {
        RecordChunks { view, range: 0..view.chunk_count() }
    }

    #[inline]
    fn chunk(&self, index: usize) -> RecordChunk<'a> {
        // SAFETY: I1: the index came from the range, so it is below the view's count, and the view covers the segment
        // for `'a`.
        unsafe { RecordChunk::new(self.view.chunk(index), &self.view.core().geometry) }
    }
}

impl fmt::Debug for RecordChunks<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordChunks").field("left", &self.range.len()).finish()
    }
}

impl<'a> Iterator for RecordChunks<'a> {
    type Item = RecordChunk<'a>;

    #[inline]
    fn next(&mut self) -> Option<RecordChunk<'a>> {
        self.range.next().map(|index| self.chunk(index))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.range.size_hint()
    }

    fn nth(&mut self, skipped: usize) -> Option<RecordChunk<'a>> {
        self.range.nth(skipped).map(|index| self.chunk(index))
    }
}

impl DoubleEndedIterator for RecordChunks<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.range.next_back().map(|index| self.chunk(index))
    }
}

impl ExactSizeIterator for RecordChunks<'_> {}
impl FusedIterator for RecordChunks<'_> {}

/// A pin on the records of one chunk. They stay readable while the pin lives, even after all other handles are gone.
#[derive(Clone)]
pub struct RecordSegment {
    raw: RawPin,
}

impl RecordSegment {
    pub(super) fn from_raw(raw: RawPin) -> RecordSegment {
        RecordSegment { raw }
    }

    /// The records.
    pub fn records(&self) -> RecordChunk<'_> {
        // SAFETY: I1: the pin covers its chunk.
        unsafe { RecordChunk::new(self.raw.chunk(), &self.raw.core().geometry) }
    }

    /// The segment's number, as of [`RecordChunk::sequence`].
    pub fn sequence(&self) -> u64 {
        self.records().sequence()
    }

    /// Sequence of the first record.
    pub fn first_sequence(&self) -> u64 {
        self.records().first_sequence()
    }
}

impl fmt::Debug for RecordSegment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordSegment")
            .field("sequence", &self.sequence())
            .field("first_sequence", &self.first_sequence())
            .field("len", &self.records().len())
            .finish()
    }
}
