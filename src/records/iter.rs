//! Iteration over single records.

use core::fmt;
use core::iter::FusedIterator;

use super::chunk::{RecordChunk, RecordChunks};

/// Goes through the records of a [`RecordSnapshot`](crate::RecordSnapshot) or of a [`RecordChunk`] one by one, oldest
/// first. `fold`, `for_each`, `sum` and `count` run chunk by chunk.
#[derive(Clone)]
pub struct RecordIter<'a> {
    chunk: RecordChunk<'a>,
    /// How many records of the chunk were returned.
    next: usize,
    /// The chunks behind this one.
    chunks: Option<RecordChunks<'a>>,
    left: usize,
}

impl<'a> RecordIter<'a> {
    pub(super) fn new(chunks: RecordChunks<'a>, left: usize) -> RecordIter<'a> {
        RecordIter { chunk: RecordChunk::NONE, next: 0, chunks: Some(chunks), left }
    }
}

impl<'a> RecordChunk<'a> {
    /// The records.
    #[inline]
    pub fn iter(&self) -> RecordIter<'a> {
        RecordIter { chunk: *self, next: 0, chunks: None, left: self.len() }
    }
}

impl<'a> IntoIterator for RecordChunk<'a> {
    type Item = &'a [u8];
    type IntoIter = RecordIter<'a>;

    #[inline]
    fn into_iter(self) -> RecordIter<'a> {
        self.iter()
    }
}

impl fmt::Debug for RecordIter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordIter").field("left", &self.left).finish()
    }
}

impl<'a> Iterator for RecordIter<'a> {
    type Item = &'a [u8];

    #[inline]
    fn next(&mut self) -> Option<&'a [u8]> {
        loop {
            if let Some(record) = self.chunk.get(self.next) {
                self.next += 1;
                self.left -= 1;
                return Some(record);
            }
            self.chunk = self.chunks.as_mut()?.next()?;
            self.next = 0;
        }
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }

    fn nth(&mut self, mut skipped: usize) -> Option<&'a [u8]> {
        loop {
            let here = self.chunk.len() - self.next;
            if skipped < here {
                self.next += skipped;
                self.left -= skipped;
                return self.next();
            }
            skipped -= here;
            self.left -= here;
            self.next = 0;
            let Some(chunk) = self.chunks.as_mut().and_then(Iterator::next) else {
                self.chunk = RecordChunk::NONE;
                return None;
            };
            self.chunk = chunk;
        }
    }

    #[inline]
    fn fold<A, F: FnMut(A, &'a [u8]) -> A>(self, init: A, mut f: F) -> A {
        let mut chunk = |folded, chunk: RecordChunk<'a>, first| {
            (first..chunk.len()).fold(folded, |folded, index| f(folded, chunk.get(index).unwrap_or_default()))
        };
        let folded = chunk(init, self.chunk, self.next);
        self.chunks.into_iter().flatten().fold(folded, |folded, each| chunk(folded, each, 0))
    }
}

impl ExactSizeIterator for RecordIter<'_> {}
impl FusedIterator for RecordIter<'_> {}
