//! Stable views of a log of values.

use core::fmt;
use core::marker::PhantomData;
use core::ops::Range;
use core::time::Duration;

use super::chunk::{Chunk, Chunks, Segment, Values};
use super::cursor::Cursor;
use super::iter::Iter;
use crate::raw::event::limit;
use crate::raw::{RawChunk, RawCursor, View};
use crate::{Delta, ViewStats, Wait};

/// A stable view of the values that were retained when it was taken, or when it was last refreshed.
///
/// Only [`Snapshot::refresh`] changes it. It keeps alive what it shows, also after the log and the writer are gone.
/// Reading is wait-free and copies nothing.
pub struct Snapshot<T> {
    pub(crate) view: View,
    values: Values<T>,
}

// SAFETY: the holder of the view reads the values (`Sync`), and may drop them as the last handle (`Send`).
unsafe impl<T: Send + Sync> Send for Snapshot<T> {}
// SAFETY: as for `Send`.
unsafe impl<T: Send + Sync> Sync for Snapshot<T> {}

impl<T> Snapshot<T> {
    pub(crate) fn from_view(view: View) -> Snapshot<T> {
        Snapshot { view, values: PhantomData }
    }

    /// Captures the newest view. Afterwards the snapshot shows exactly what a new snapshot would. If nothing is new, it
    /// costs one load. Otherwise the cost is constant, however many values came and went. Lock-free.
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
    /// [`Writer::notify`](crate::Writer::notify).
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

    /// The sequences of the values in view.
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

    /// How many values are in view.
    pub fn len(&self) -> usize {
        let range = self.range();
        (range.end - range.start) as usize
    }

    /// Whether no value is in view: before the first one is published, and after a skip until the next one is
    /// published.
    pub fn is_empty(&self) -> bool {
        self.range().is_empty()
    }

    /// The value with this sequence, if it is in view.
    #[inline]
    pub fn get(&self, sequence: u64) -> Option<&T> {
        if !self.range().contains(&sequence) {
            return None;
        }
        // SAFETY: I1: the sequence is in range, and the view covers the segment.
        unsafe {
            let (index, first) = self.view.locate(sequence);
            let chunk = RawChunk { first, ..self.view.chunk(index) };
            Some(&*chunk.values())
        }
    }

    /// How many chunks the view has: one for each segment that holds values.
    pub fn chunk_count(&self) -> usize {
        self.view.chunk_count()
    }

    /// One chunk: the values of one segment. Index 0 is the oldest.
    pub fn chunk(&self, index: usize) -> Option<Chunk<'_, T>> {
        // SAFETY: I1: the index is below the count, and the view covers the segment for as long as it is borrowed.
        (index < self.chunk_count()).then(|| unsafe { Chunk::new(self.view.chunk(index), &self.view) })
    }

    /// The values chunk by chunk, oldest first. This is the fastest way to read all of them.
    pub fn chunks(&self) -> Chunks<'_, T> {
        Chunks::new(&self.view)
    }

    /// Where the value with this sequence lies: the index of its chunk, and its place in the chunk. Constant cost.
    pub fn find(&self, sequence: u64) -> Option<(usize, usize)> {
        // SAFETY: I2: the sequence is in range.
        self.range().contains(&sequence).then(|| unsafe {
            let (chunk, place) = self.view.locate(sequence);
            (chunk, place as usize)
        })
    }

    /// The chunks of a range of sequences, such as [`Snapshot::latest`], cut at the ends of the range. None if a part
    /// of the range is not in view. An empty range has no chunks.
    pub fn chunks_in(&self, values: Range<u64>) -> Option<impl ExactSizeIterator<Item = Chunk<'_, T>> + Clone> {
        let chunks = self.view.chunks_of(&values)?;
        // SAFETY: I1: these chunks hold the range's values, and the view covers them for as long as it is borrowed.
        Some(chunks.map(move |index| unsafe { Chunk::new(self.view.chunk_within(index, &values), &self.view) }))
    }

    /// The values one by one, oldest first.
    pub fn iter(&self) -> Iter<'_, T> {
        Iter::new(self.chunks(), self.len())
    }

    /// Pins the segment of one chunk. The chunk then outlives the snapshot, the log and the writer. Index 0 is the
    /// oldest.
    pub fn pin(&self, index: usize) -> Option<Segment<T>> {
        (index < self.chunk_count()).then(|| {
            // SAFETY: I1: the index is below the count, and the view covers the segment.
            Segment::from_raw(unsafe { self.view.chunk(index).pin(self.view.core()) })
        })
    }

    /// Makes a reader that begins at the first value of this view, and then follows the log.
    pub fn cursor(&self) -> Cursor<T> {
        Cursor::from_raw(RawCursor::at_begin(self.view.clone()))
    }
}

impl<T> Clone for Snapshot<T> {
    fn clone(&self) -> Snapshot<T> {
        Snapshot::from_view(self.view.clone())
    }
}

impl<T> fmt::Debug for Snapshot<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot").field("range", &self.range()).field("latest", &self.latest()).finish()
    }
}

impl<'a, T> IntoIterator for &'a Snapshot<T> {
    type Item = &'a T;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}
