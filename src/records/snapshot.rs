//! Stable views of a log of records that are bytes.

use core::fmt;
use core::marker::PhantomData;
use core::ops::Range;
use core::time::Duration;

use super::chunk::{RecordChunk, RecordChunks, RecordSegment};
use super::cursor::RecordCursor;
use super::iter::RecordIter;
use crate::raw::event::limit;
use crate::raw::{RawCursor, View};
use crate::{Delta, ViewStats, Wait};

/// A stable view of the records that were retained when it was taken, or when it was last refreshed.
///
/// Only [`RecordSnapshot::refresh`] changes it. It keeps alive what it shows, also after the log and the writer are
/// gone. Reading is wait-free and copies nothing.
pub struct RecordSnapshot<K> {
    pub(super) view: View,
    kind: PhantomData<K>,
}

impl<K> RecordSnapshot<K> {
    pub(super) fn from_view(view: View) -> RecordSnapshot<K> {
        RecordSnapshot { view, kind: PhantomData }
    }

    /// Captures the newest view. Afterwards the snapshot shows exactly what a new snapshot would. If nothing is new, it
    /// costs one load. Otherwise the cost is constant, however many records came and went. Lock-free.
    #[inline]
    pub fn refresh(&mut self) -> Delta {
        let old = self.view.end();
        if !self.view.refresh() {
            return Delta::nothing(old);
        }
        Delta::new(old, self.view.range())
    }

    /// Sleeps until something newer than the view is published, at most for `timeout` ([`Duration::MAX`]: for ever). It
    /// does not change the view: refresh it afterwards. Publishing alone wakes no thread: see
    /// [`RecordWriter::notify`](crate::RecordWriter::notify).
    pub fn wait(&self, timeout: Duration) -> Wait {
        self.view.wait(limit(timeout), None)
    }

    /// Waits like `wait`, but returns at once if the log's count of interrupts is no longer `interrupts`. So no
    /// interrupt is missed between a look at a stop flag and the wait: read the log's `interrupts` first, then check
    /// the flag, then wait.
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

    /// The sequences of the newest publication: one append, batch or group. They are always all in view. For an empty
    /// view: an empty range at the view's end.
    #[inline]
    pub fn latest(&self) -> Range<u64> {
        self.view.latest()
    }

    /// How many records are in view.
    pub fn len(&self) -> usize {
        let range = self.range();
        (range.end - range.start) as usize
    }

    /// Whether no record is in view: before the first one is published, and after a skip until the next one is
    /// published.
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

    /// How many chunks the view has: one for each segment that holds records.
    pub fn chunk_count(&self) -> usize {
        self.view.chunk_count()
    }

    /// One chunk: the records of one segment. Index 0 is the oldest.
    pub fn chunk(&self, index: usize) -> Option<RecordChunk<'_>> {
        (index < self.chunk_count()).then(|| {
            // SAFETY: I1: the index is below the count, and the view covers the segment for as long as it is borrowed.
            unsafe { RecordChunk::new(self.view.chunk(index), &self.view.core().geometry) }
        })
    }

    /// The records chunk by chunk, oldest first.
    pub fn chunks(&self) -> RecordChunks<'_> {
        RecordChunks::new(&self.view)
    }

    /// Where the record with this sequence lies: the index of its chunk, and its place in the chunk. Constant cost for
    /// records of one size.
    pub fn find(&self, sequence: u64) -> Option<(usize, usize)> {
        // SAFETY: I2: the sequence is in range.
        self.range().contains(&sequence).then(|| unsafe {
            let (chunk, place) = self.view.locate(sequence);
            (chunk, place as usize)
        })
    }

    /// The chunks of a range of sequences, such as [`RecordSnapshot::latest`], cut at the ends of the range. None if a
    /// part of the range is not in view. An empty range has no chunks.
    pub fn chunks_in(&self, records: Range<u64>) -> Option<impl ExactSizeIterator<Item = RecordChunk<'_>> + Clone> {
        let chunks = self.view.chunks_of(&records)?;
        let geometry = &self.view.core().geometry;
        // SAFETY: I1: these chunks hold the range's records, and the view covers them for as long as it is borrowed.
        Some(chunks.map(move |index| unsafe { RecordChunk::new(self.view.chunk_within(index, &records), geometry) }))
    }

    /// The records one by one, oldest first.
    pub fn iter(&self) -> RecordIter<'_> {
        RecordIter::new(self.chunks(), self.len())
    }

    /// Pins the segment of one chunk. The chunk then outlives the snapshot, the log and the writer. Index 0 is the
    /// oldest.
    pub fn pin(&self, index: usize) -> Option<RecordSegment> {
        (index < self.chunk_count()).then(|| {
            // SAFETY: I1: the index is below the count, and the view covers the segment.
            RecordSegment::from_raw(unsafe { self.view.chunk(index).pin(self.view.core()) })
        })
    }

    /// Makes a reader that begins at the first record of this view, and then follows the log.
    pub fn cursor(&self) -> RecordCursor<K> {
        RecordCursor::from_raw(RawCursor::at_begin(self.view.clone()))
    }
}

impl<K> Clone for RecordSnapshot<K> {
    fn clone(&self) -> RecordSnapshot<K> {
        RecordSnapshot::from_view(self.view.clone())
    }
}

impl<K> fmt::Debug for RecordSnapshot<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordSnapshot").field("range", &self.range()).field("latest", &self.latest()).finish()
    }
}

impl<'a, K> IntoIterator for &'a RecordSnapshot<K> {
    type Item = &'a [u8];
    type IntoIter = RecordIter<'a>;

    fn into_iter(self) -> RecordIter<'a> {
        self.iter()
    }
}
