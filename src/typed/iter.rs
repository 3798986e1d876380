//! Iteration over single values.

use core::fmt;
use core::iter::FusedIterator;
use core::slice;

use super::chunk::Chunks;

/// Goes through the values of a [`Snapshot`](crate::Snapshot) one by one, oldest first. Operations on all values
/// (`fold`, `for_each`, `sum`, ...) run chunk by chunk, and cost as much as on a slice.
pub struct Iter<'a, T> {
    chunk: slice::Iter<'a, T>,
    chunks: Chunks<'a, T>,
    left: usize,
}

impl<'a, T> Iter<'a, T> {
    pub(crate) fn new(chunks: Chunks<'a, T>, left: usize) -> Iter<'a, T> {
        Iter { chunk: [].iter(), chunks, left }
    }
}

impl<T> Clone for Iter<'_, T> {
    fn clone(&self) -> Self {
        Iter { chunk: self.chunk.clone(), chunks: self.chunks.clone(), left: self.left }
    }
}

impl<T> fmt::Debug for Iter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Iter").field("left", &self.left).finish()
    }
}

impl<'a, T> Iterator for Iter<'a, T> {
    type Item = &'a T;

    #[inline]
    fn next(&mut self) -> Option<&'a T> {
        loop {
            if let Some(value) = self.chunk.next() {
                self.left -= 1;
                return Some(value);
            }
            rarely();
            self.chunk = self.chunks.next()?.values().iter();
        }
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }

    #[inline]
    fn count(self) -> usize {
        self.left
    }

    fn nth(&mut self, mut skipped: usize) -> Option<&'a T> {
        loop {
            let here = self.chunk.len();
            if skipped < here {
                self.left -= skipped + 1;
                return self.chunk.nth(skipped);
            }
            skipped -= here;
            self.left -= here;
            self.chunk = self.chunks.next().map_or([].iter(), |chunk| chunk.values().iter());
            if self.chunk.len() == 0 {
                return None;
            }
        }
    }

    fn last(mut self) -> Option<&'a T> {
        self.nth(self.left.checked_sub(1)?)
    }

    #[inline]
    fn fold<A, F: FnMut(A, &'a T) -> A>(self, init: A, mut f: F) -> A {
        let first = self.chunk.fold(init, &mut f);
        self.chunks.fold(first, |folded, chunk| chunk.values().iter().fold(folded, &mut f))
    }
}

impl<T> ExactSizeIterator for Iter<'_, T> {}
impl<T> FusedIterator for Iter<'_, T> {}

/// Tells the compiler that a branch is rarely taken, so that it puts the branch's code elsewhere.
#[cold]
#[inline(always)]
fn rarely() {}
