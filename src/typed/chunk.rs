//! Values of one segment: as a slice that a view covers, and as a pin that covers them itself.

use core::fmt;
use core::hint::assert_unchecked;
use core::iter::FusedIterator;
use core::marker::PhantomData;
use core::ops::{Deref, Range};
use core::slice;

use crate::raw::{RawChunk, RawPin, View};

/// Makes a handle invariant in `T`, and an owner of values of that type.
///
/// Invariant, because a covariant handle could claim a writer for values that live shorter than readers elsewhere
/// believe. Owner, because the last handle drops values.
pub(crate) type Values<T> = PhantomData<(fn(T) -> T, T)>;

/// The values of a chunk.
///
/// # Safety
/// Something covers the chunk's segment for `'a`, its values are of type `T`, and there is one.
#[inline]
unsafe fn values<'a, T>(chunk: RawChunk) -> &'a [T] {
    let (first, count) = (chunk.values::<T>(), chunk.count as usize);
    // SAFETY: I1: values below the captured count are frozen while the segment is covered. They lie in a segment, so
    // the pointer is not null, and no chunk is empty: a loop over them need not check either.
    unsafe {
        assert_unchecked(!first.is_null() && count > 0);
        slice::from_raw_parts(first, count)
    }
}

/// Values of one segment, in order. A chunk is never empty.
pub struct Chunk<'a, T> {
    values: &'a [T],
    sequence: u64,
    first_sequence: u64,
}

impl<'a, T> Chunk<'a, T> {
    /// # Safety
    /// The view covers the chunk's segment for `'a`, its values are of type `T`, and there is one.
    #[inline]
    pub(crate) unsafe fn new(chunk: RawChunk, _view: &'a View) -> Chunk<'a, T> {
        // SAFETY: I1: the view covers the segment for `'a`, and the values are of type `T`.
        unsafe {
            Chunk { values: values(chunk), sequence: chunk.segment_sequence(), first_sequence: chunk.first_sequence() }
        }
    }

    /// The values.
    #[inline]
    pub fn values(&self) -> &'a [T] {
        self.values
    }

    /// The segment's number: 0, 1, 2, ... in order of creation.
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// Sequence of the chunk's first value.
    pub fn first_sequence(&self) -> u64 {
        self.first_sequence
    }
}

impl<T> Clone for Chunk<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Chunk<'_, T> {}

impl<T> Deref for Chunk<'_, T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        self.values
    }
}

impl<'a, T> IntoIterator for Chunk<'a, T> {
    type Item = &'a T;
    type IntoIter = slice::Iter<'a, T>;

    fn into_iter(self) -> slice::Iter<'a, T> {
        self.values.iter()
    }
}

impl<T: fmt::Debug> fmt::Debug for Chunk<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chunk")
            .field("sequence", &self.sequence)
            .field("first_sequence", &self.first_sequence)
            .field("values", &self.values)
            .finish()
    }
}

/// Another name for [`Chunk`].
pub type SegmentSlice<'a, T> = Chunk<'a, T>;

/// The chunks of a [`Snapshot`](crate::Snapshot), oldest first.
pub struct Chunks<'a, T> {
    view: &'a View,
    range: Range<usize>,
    values: PhantomData<&'a T>,
}

impl<'a, T> Chunks<'a, T> {
    /// Of a view of values of type `T`.
    pub(super) fn new(view: &'a View) -> Chunks<'a, T> {
        Chunks { view, range: 0..view.chunk_count(), values: PhantomData }
    }

    #[inline]
    fn chunk(&self, index: usize) -> Chunk<'a, T> {
        // SAFETY: I1: the index came from the range, so it is below the view's count, and the view covers the segment
        // for `'a`.
        unsafe { Chunk::new(self.view.chunk(index), self.view) }
    }
}

impl<T> Clone for Chunks<'_, T> {
    fn clone(&self) -> Self {
        Chunks { view: self.view, range: self.range.clone(), values: PhantomData }
    }
}

impl<T> fmt::Debug for Chunks<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chunks").field("left", &self.range.len()).finish()
    }
}

impl<'a, T> Iterator for Chunks<'a, T> {
    type Item = Chunk<'a, T>;

    #[inline]
    fn next(&mut self) -> Option<Chunk<'a, T>> {
        self.range.next().map(|index| self.chunk(index))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.range.size_hint()
    }

    fn nth(&mut self, skipped: usize) -> Option<Chunk<'a, T>> {
        self.range.nth(skipped).map(|index| self.chunk(index))
    }
}

impl<T> DoubleEndedIterator for Chunks<'_, T> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.range.next_back().map(|index| self.chunk(index))
    }
}

impl<T> ExactSizeIterator for Chunks<'_, T> {}
impl<T> FusedIterator for Chunks<'_, T> {}

/// A pin on the values of one chunk. They stay readable while the pin lives, even after all other handles are gone. It
/// derefs to the values.
pub struct Segment<T> {
    raw: RawPin,
    values: Values<T>,
}

// SAFETY: the holder of the pin reads the values (`Sync`), and may drop them as the last handle (`Send`).
unsafe impl<T: Send + Sync> Send for Segment<T> {}
// SAFETY: as for `Send`.
unsafe impl<T: Send + Sync> Sync for Segment<T> {}

impl<T> Segment<T> {
    pub(crate) fn from_raw(raw: RawPin) -> Segment<T> {
        Segment { raw, values: PhantomData }
    }

    /// The values.
    pub fn values(&self) -> &[T] {
        // SAFETY: I1: the pin covers its chunk.
        unsafe { values(self.raw.chunk()) }
    }

    /// The segment's number, as of [`Chunk::sequence`].
    pub fn sequence(&self) -> u64 {
        // SAFETY: I1: the pin covers its chunk.
        unsafe { self.raw.chunk().segment_sequence() }
    }

    /// Sequence of the first value.
    pub fn first_sequence(&self) -> u64 {
        // SAFETY: I1: the pin covers its chunk.
        unsafe { self.raw.chunk().first_sequence() }
    }
}

impl<T> Clone for Segment<T> {
    fn clone(&self) -> Segment<T> {
        Segment::from_raw(self.raw.clone())
    }
}

impl<T> Deref for Segment<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        self.values()
    }
}

impl<T: fmt::Debug> fmt::Debug for Segment<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Segment")
            .field("sequence", &self.sequence())
            .field("first_sequence", &self.first_sequence())
            .field("values", &self.values())
            .finish()
    }
}
