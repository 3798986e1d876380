//! Readers of logs of records that are bytes: snapshots, chunks, pins and cursors, the same for both kinds.

use core::fmt;
use core::ops::Range;
use core::time::Duration;

use crate::raw::event::limit;
use crate::raw::{Geometry, Kind, RawChunk, RawCursor, RawPin, Span, View};
use crate::{Delta, Error, ViewStats, Wait};

/// A stable view of the records that were retained when it was taken or last refreshed.
///
/// It never changes but by [`RecordSnapshot::refresh`], keeps what it shows alive, and outlives log and writer. Reading is
/// wait-free and copies nothing.
#[derive(Clone)]
pub struct RecordSnapshot {
    view: View,
}

impl RecordSnapshot {
    pub(crate) fn from_view(view: View) -> RecordSnapshot {
        RecordSnapshot { view }
    }

    /// Shows the newest: afterwards the snapshot holds exactly what a fresh one would. Constant cost; lock-free.
    #[inline]
    pub fn refresh(&mut self) -> Delta {
        let old = self.view.end();
        self.view.refresh();
        Delta::new(old, self.view.range())
    }

    /// Sleeps until something newer is published, or for as long as the timeout says ([`Duration::MAX`]: for ever). The view
    /// stays as it is. Publishing alone wakes nobody: see [`RecordWriter::notify`](crate::RecordWriter::notify).
    pub fn wait(&self, timeout: Duration) -> Wait {
        self.view.wait(limit(timeout), None)
    }

    /// As `wait`; but an interrupt that came before, if there were more of them than `interrupts` says, ends it at once. So none
    /// is missed between a look at a stop flag and the wait: ask `interrupts` of the log, then the flag, then wait.
    pub fn wait_since(&self, timeout: Duration, interrupts: u64) -> Wait {
        self.view.wait(limit(timeout), Some(interrupts))
    }

    /// What this view holds.
    pub fn stats(&self) -> ViewStats {
        ViewStats::of(&self.view)
    }

    /// The sequences of the records in view.
    #[inline]
    pub fn range(&self) -> Range<u64> {
        self.view.range()
    }

    /// The sequences of the newest publication: always whole in the view.
    #[inline]
    pub fn latest(&self) -> Range<u64> {
        self.view.latest()
    }

    /// How many records are in view.
    pub fn len(&self) -> usize {
        let range = self.range();
        (range.end - range.start) as usize
    }

    /// Whether no record is in view, which is so until the first one is published.
    pub fn is_empty(&self) -> bool {
        self.range().is_empty()
    }

    /// The record with this sequence, if it is in view.
    #[inline]
    pub fn get(&self, sequence: u64) -> Option<&[u8]> {
        let (data, size) = self.view.record(sequence)?;
        // SAFETY: I1: the record is frozen, and the view covers it.
        Some(unsafe { core::slice::from_raw_parts(data, size) })
    }

    /// How many chunks there are.
    pub fn chunk_count(&self) -> usize {
        self.view.chunk_count()
    }

    /// The records of one segment, 0 for the oldest.
    pub fn chunk(&self, index: usize) -> Option<RecordChunk<'_>> {
        (index < self.chunk_count()).then(|| {
            // SAFETY: the index is below the count, and the view covers the segment for as long as it is borrowed.
            unsafe { RecordChunk::new(self.view.chunk(index), &self.view.core().geometry) }
        })
    }

    /// The records by segment, oldest first.
    pub fn chunks(&self) -> impl ExactSizeIterator<Item = RecordChunk<'_>> + Clone {
        let geometry = &self.view.core().geometry;
        // SAFETY: as in `chunk`.
        (0..self.chunk_count()).map(move |index| unsafe { RecordChunk::new(self.view.chunk(index), geometry) })
    }

    /// Where the record with this sequence lies: its chunk, and its place in it. Constant cost for records of one size.
    pub fn find(&self, sequence: u64) -> Option<(usize, usize)> {
        // SAFETY: the sequence is in range.
        self.range().contains(&sequence).then(|| unsafe {
            let (chunk, place) = self.view.locate(sequence);
            (chunk, place as usize)
        })
    }

    /// The records of a range of sequences by segment, cut at the range's ends: of [`RecordSnapshot::latest`], say. None if
    /// the range is not in view; no chunk if it is empty.
    pub fn chunks_in(&self, records: Range<u64>) -> Option<impl ExactSizeIterator<Item = RecordChunk<'_>> + Clone> {
        let chunks = self.view.chunks_of(&records)?;
        let geometry = &self.view.core().geometry;
        // SAFETY: these chunks hold the range's records, and the view covers them for as long as it is borrowed.
        Some(chunks.map(move |index| unsafe { RecordChunk::new(self.view.chunk_within(index, &records), geometry) }))
    }

    /// The records one by one, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> + Clone {
        self.chunks().flat_map(RecordChunk::iter)
    }

    /// Holds one segment by itself, so that its records outlive the snapshot; 0 for the oldest.
    pub fn pin(&self, index: usize) -> Option<RecordPin> {
        // SAFETY: the index is below the count, and the view covers the segment.
        (index < self.chunk_count()).then(|| RecordPin { raw: unsafe { self.view.chunk(index).pin(self.view.core()) } })
    }

    /// A reader that goes through this view, and then follows the log.
    pub fn cursor(&self) -> RecordCursor {
        RecordCursor { raw: RawCursor::at_begin(self.view.clone()) }
    }
}

impl fmt::Debug for RecordSnapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordSnapshot").field("range", &self.range()).field("latest", &self.latest()).finish()
    }
}

/// Records of one segment, in order. Never empty.
#[derive(Clone, Copy)]
pub struct RecordChunk<'a> {
    data: *const u8,
    /// Of a byte log: one per record. Otherwise empty.
    spans: &'a [Span],
    len: usize,
    stride: usize,
    record_size: usize,
    sequence: u64,
    first_sequence: u64,
}

// SAFETY: a chunk is a shared borrow of frozen bytes.
unsafe impl Send for RecordChunk<'_> {}
// SAFETY: as above.
unsafe impl Sync for RecordChunk<'_> {}

impl<'a> RecordChunk<'a> {
    /// # Safety
    /// Something covers the chunk's segment for `'a`.
    unsafe fn new(chunk: RawChunk, geometry: &Geometry) -> RecordChunk<'a> {
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
            // SAFETY: the caller's contract.
            sequence: unsafe { chunk.segment_sequence() },
            // SAFETY: the caller's contract.
            first_sequence: unsafe { chunk.first_sequence() },
        }
    }

    /// How many records there are: at least one.
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

    /// The records.
    pub fn iter(self) -> impl ExactSizeIterator<Item = &'a [u8]> + Clone {
        (0..self.len).map(move |index| self.get(index).unwrap_or_default())
    }

    /// The segment's sequence: 0, 1, 2, ... in order of creation.
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

/// A hold on the records of one chunk, which outlives snapshot, log and writer.
#[derive(Clone)]
pub struct RecordPin {
    raw: RawPin,
}

impl RecordPin {
    /// The records.
    pub fn records(&self) -> RecordChunk<'_> {
        // SAFETY: the pin covers its chunk.
        unsafe { RecordChunk::new(self.raw.chunk(), &self.raw.core().geometry) }
    }
}

impl fmt::Debug for RecordPin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.records().fmt(f)
    }
}

/// A reader that follows the log: a view of its own, and the sequence of the next unread record.
pub struct RecordCursor {
    raw: RawCursor,
}

impl RecordCursor {
    pub(crate) fn from_raw(raw: RawCursor) -> RecordCursor {
        RecordCursor { raw }
    }

    /// The next chunk of the captured view: what is unread of one segment. None when all were returned; after a
    /// [`RecordCursor::refresh`] there may be more.
    #[inline]
    pub fn next_chunk(&mut self) -> Option<RecordChunk<'_>> {
        let chunk = self.raw.next()?;
        // SAFETY: the cursor's view covers the chunk until a refresh, which borrows the cursor.
        Some(unsafe { RecordChunk::new(chunk, &self.raw.core().geometry) })
    }

    /// Captures the newest view, and goes on with what is unread. What was evicted meanwhile is lost, and counted so.
    #[inline]
    pub fn refresh(&mut self) -> Delta {
        self.raw.refresh().1
    }

    /// Sleeps until something is unread, or for as long as the timeout says ([`Duration::MAX`]: for ever).
    pub fn wait(&self, timeout: Duration) -> Wait {
        self.raw.wait(limit(timeout), None)
    }

    /// As `wait`; but an interrupt that came before, if there were more of them than `interrupts` says, ends it at once. So none
    /// is missed between a look at a stop flag and the wait: ask `interrupts` of the log, then the flag, then wait.
    pub fn wait_since(&self, timeout: Duration, interrupts: u64) -> Wait {
        self.raw.wait(limit(timeout), Some(interrupts))
    }

    /// Sequence of the next unread record.
    pub fn position(&self) -> u64 {
        self.raw.position()
    }

    /// The sequences of the captured view.
    pub fn range(&self) -> Range<u64> {
        self.raw.view().range()
    }

    /// Goes to a record of the captured view, or to the view's end.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] if it is neither.
    pub fn seek(&mut self, sequence: u64) -> Result<(), Error> {
        Ok(self.raw.seek(sequence)?)
    }

    /// Holds the chunk that was last returned, so that its records outlive the cursor's next refresh.
    ///
    /// # Errors
    /// [`Error::State`] if none was returned since the cursor was made, or since a refresh brought something.
    pub fn pin(&self) -> Result<RecordPin, Error> {
        Ok(RecordPin { raw: self.raw.pin()? })
    }
}

impl fmt::Debug for RecordCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordCursor").field("position", &self.position()).field("range", &self.range()).finish()
    }
}
