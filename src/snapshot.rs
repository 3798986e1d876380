//! Stable views of a log of values.

use core::fmt;
use core::hint::assert_unchecked;
use core::iter::FusedIterator;
use core::marker::PhantomData;
use core::ops::{Deref, Range};
use core::time::Duration;

use crate::log::Values;
use crate::raw::event::limit;
use crate::raw::{LogRef, RawChunk, RawCursor, RawPin, View};
use crate::{AtomicLog, Cursor, Delta, Iter, ViewStats, Wait};

/// A stable view of the values that were retained when it was taken or last refreshed.
///
/// It never changes but by [`Snapshot::refresh`], keeps what it shows alive, and outlives log and writer. Reading is
/// wait-free and copies nothing.
pub struct Snapshot<T> {
    pub(crate) view: View,
    values: Values<T>,
}

// SAFETY: whoever has the view reads the values (`Sync`), and may drop them as the last handle (`Send`).
unsafe impl<T: Send + Sync> Send for Snapshot<T> {}
// SAFETY: as above.
unsafe impl<T: Send + Sync> Sync for Snapshot<T> {}

/// The values of a chunk.
///
/// # Safety
/// Something covers the chunk's segment for `'a`, its values are of type `T`, and there is one.
#[inline]
unsafe fn values<'a, T>(chunk: RawChunk) -> &'a [T] {
    let (first, count) = (chunk.values::<T>(), chunk.count as usize);
    // SAFETY: I1: values below the captured count are frozen while the segment is covered. They lie in a segment, and no chunk
    // is empty: who loops over them need not ask for either.
    unsafe {
        assert_unchecked(!first.is_null() && count > 0);
        core::slice::from_raw_parts(first, count)
    }
}

impl<T> Snapshot<T> {
    pub(crate) fn from_view(view: View) -> Snapshot<T> {
        Snapshot { view, values: PhantomData }
    }

    /// Shows the newest: afterwards the snapshot holds exactly what a fresh one would. With nothing new it costs one
    /// load; otherwise the cost is constant, however much came and went. Lock-free.
    #[inline]
    pub fn refresh(&mut self) -> Delta {
        let old = self.view.end();
        if !self.view.refresh() {
            return Delta::nothing(old);
        }
        Delta::new(old, self.view.range())
    }

    /// Sleeps until something newer is published, or for as long as the timeout says ([`Duration::MAX`]: for ever). The view
    /// stays as it is. Publishing alone wakes nobody: see [`Writer::notify`](crate::Writer::notify).
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

    /// The sequences of the values in view.
    #[inline]
    pub fn range(&self) -> Range<u64> {
        self.view.range()
    }

    /// The sequences of the newest publication, of one append, batch or group: always whole in the view. Empty while the
    /// log is.
    #[inline]
    pub fn latest(&self) -> Range<u64> {
        self.view.latest()
    }

    /// How many values are in view.
    pub fn len(&self) -> usize {
        let range = self.range();
        (range.end - range.start) as usize
    }

    /// Whether no value is in view, which is so until the first one is published.
    pub fn is_empty(&self) -> bool {
        self.range().is_empty()
    }

    /// The value with this sequence, if it is in view.
    #[inline]
    pub fn get(&self, sequence: u64) -> Option<&T> {
        if !self.range().contains(&sequence) {
            return None;
        }
        // SAFETY: the sequence is in range, and the view covers the segment.
        unsafe {
            let (index, first) = self.view.locate(sequence);
            let chunk = RawChunk { first, ..self.view.chunk(index) };
            Some(&*chunk.values())
        }
    }

    /// How many chunks there are.
    pub fn chunk_count(&self) -> usize {
        self.view.chunk_count()
    }

    /// The values of one segment, 0 for the oldest.
    pub fn chunk(&self, index: usize) -> Option<SegmentSlice<'_, T>> {
        // SAFETY: the index is below the count, and the view covers the segment for as long as it is borrowed.
        (index < self.chunk_count()).then(|| unsafe { SegmentSlice::new(self.view.chunk(index), &self.view) })
    }

    /// The values, one slice per segment, oldest first: the fastest way to read them all.
    pub fn chunks(&self) -> Chunks<'_, T> {
        Chunks { snapshot: self, range: 0..self.chunk_count() }
    }

    /// Where the value with this sequence lies: its chunk, and its place in it. Constant cost.
    pub fn find(&self, sequence: u64) -> Option<(usize, usize)> {
        // SAFETY: the sequence is in range.
        self.range().contains(&sequence).then(|| unsafe {
            let (chunk, place) = self.view.locate(sequence);
            (chunk, place as usize)
        })
    }

    /// The values of a range of sequences, one slice per segment, cut at the range's ends: of [`Snapshot::latest`], say. None
    /// if the range is not in view; no slice if it is empty.
    pub fn chunks_in(&self, values: Range<u64>) -> Option<impl ExactSizeIterator<Item = SegmentSlice<'_, T>> + Clone> {
        let chunks = self.view.chunks_of(&values)?;
        // SAFETY: these chunks hold the range's values, and the view covers them for as long as it is borrowed.
        Some(chunks.map(move |index| unsafe { SegmentSlice::new(self.view.chunk_within(index, &values), &self.view) }))
    }

    /// The values one by one, oldest first.
    pub fn iter(&self) -> Iter<'_, T> {
        Iter::new(self.chunks(), self.len())
    }

    /// Holds one segment by itself, so that its values outlive the snapshot; 0 for the oldest.
    pub fn pin(&self, index: usize) -> Option<SegmentPin<T>> {
        (index < self.chunk_count()).then(|| {
            // SAFETY: the index is below the count, and the view covers the segment.
            SegmentPin::from_raw(unsafe { self.view.chunk(index).pin(self.view.core()) })
        })
    }

    /// A reader that goes through this view, and then follows the log.
    pub fn cursor(&self) -> Cursor<T> {
        Cursor::from_raw(RawCursor::at_begin(self.view.clone()))
    }

    /// A handle on the log.
    pub fn log(&self) -> AtomicLog<T> {
        AtomicLog::from_core(LogRef::new(self.view.core()))
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

/// Values of one segment, in order. Never empty.
pub struct SegmentSlice<'a, T> {
    values: &'a [T],
    sequence: u64,
    first_sequence: u64,
}

impl<'a, T> SegmentSlice<'a, T> {
    /// # Safety
    /// The view covers the chunk's segment for `'a`, its values are of type `T`, and there is one.
    #[inline]
    pub(crate) unsafe fn new(chunk: RawChunk, _view: &'a View) -> SegmentSlice<'a, T> {
        // SAFETY: the caller's contract.
        unsafe {
            SegmentSlice {
                values: values(chunk),
                sequence: chunk.segment_sequence(),
                first_sequence: chunk.first_sequence(),
            }
        }
    }

    /// The values.
    #[inline]
    pub fn values(&self) -> &'a [T] {
        self.values
    }

    /// The segment's sequence: 0, 1, 2, ... in order of creation.
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// Sequence of the slice's first value.
    pub fn first_sequence(&self) -> u64 {
        self.first_sequence
    }
}

impl<T> Clone for SegmentSlice<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for SegmentSlice<'_, T> {}

impl<T> Deref for SegmentSlice<'_, T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        self.values
    }
}

impl<T: fmt::Debug> fmt::Debug for SegmentSlice<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SegmentSlice")
            .field("sequence", &self.sequence)
            .field("first_sequence", &self.first_sequence)
            .field("values", &self.values)
            .finish()
    }
}

/// The chunks of a [`Snapshot`], oldest first.
pub struct Chunks<'a, T> {
    snapshot: &'a Snapshot<T>,
    range: Range<usize>,
}

impl<T> Clone for Chunks<'_, T> {
    fn clone(&self) -> Self {
        Chunks { snapshot: self.snapshot, range: self.range.clone() }
    }
}

impl<T> fmt::Debug for Chunks<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chunks").field("left", &self.range.len()).finish()
    }
}

impl<'a, T> Iterator for Chunks<'a, T> {
    type Item = SegmentSlice<'a, T>;

    #[inline]
    fn next(&mut self) -> Option<SegmentSlice<'a, T>> {
        self.snapshot.chunk(self.range.next()?)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.range.size_hint()
    }

    fn nth(&mut self, skipped: usize) -> Option<SegmentSlice<'a, T>> {
        self.snapshot.chunk(self.range.nth(skipped)?)
    }
}

impl<T> DoubleEndedIterator for Chunks<'_, T> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.snapshot.chunk(self.range.next_back()?)
    }
}

impl<T> ExactSizeIterator for Chunks<'_, T> {}
impl<T> FusedIterator for Chunks<'_, T> {}

/// A hold on the values of one chunk, which outlives snapshot, log and writer. Derefs to the values.
pub struct SegmentPin<T> {
    raw: RawPin,
    values: Values<T>,
}

// SAFETY: whoever has the pin reads the values (`Sync`), and may drop them as the last handle (`Send`).
unsafe impl<T: Send + Sync> Send for SegmentPin<T> {}
// SAFETY: as above.
unsafe impl<T: Send + Sync> Sync for SegmentPin<T> {}

impl<T> SegmentPin<T> {
    pub(crate) fn from_raw(raw: RawPin) -> SegmentPin<T> {
        SegmentPin { raw, values: PhantomData }
    }

    /// The values.
    pub fn values(&self) -> &[T] {
        // SAFETY: the pin covers its chunk.
        unsafe { values(self.raw.chunk()) }
    }

    /// The segment's sequence.
    pub fn sequence(&self) -> u64 {
        // SAFETY: the pin covers its chunk.
        unsafe { self.raw.chunk().segment_sequence() }
    }

    /// Sequence of the first value.
    pub fn first_sequence(&self) -> u64 {
        // SAFETY: the pin covers its chunk.
        unsafe { self.raw.chunk().first_sequence() }
    }
}

impl<T> Clone for SegmentPin<T> {
    fn clone(&self) -> SegmentPin<T> {
        SegmentPin::from_raw(self.raw.clone())
    }
}

impl<T> Deref for SegmentPin<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        self.values()
    }
}

impl<T: fmt::Debug> fmt::Debug for SegmentPin<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SegmentPin")
            .field("sequence", &self.sequence())
            .field("first_sequence", &self.first_sequence())
            .field("values", &self.values())
            .finish()
    }
}
