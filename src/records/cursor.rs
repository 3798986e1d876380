//! A reader that follows a log of records that are bytes.

use core::fmt;
use core::marker::PhantomData;
use core::ops::Range;
use core::time::Duration;

use super::chunk::{RecordChunk, RecordSegment};
use crate::raw::RawCursor;
use crate::raw::event::limit;
use crate::{Delta, Error, Wait};

/// A reader that follows the log: a view of its own, and the sequence of the next unread record.
pub struct RecordCursor<K> {
    pub(super) raw: RawCursor,
    kind: PhantomData<K>,
}

impl<K> RecordCursor<K> {
    pub(super) fn from_raw(raw: RawCursor) -> RecordCursor<K> {
        RecordCursor { raw, kind: PhantomData }
    }

    /// Returns the next chunk of the captured view: what is unread of one segment. None if all chunks were returned.
    /// After a [`RecordCursor::refresh`] there may be more.
    #[inline]
    pub fn next_chunk(&mut self) -> Option<RecordChunk<'_>> {
        let chunk = self.raw.next()?;
        // SAFETY: I1: the cursor's view covers the chunk until a refresh, which borrows the cursor.
        Some(unsafe { RecordChunk::new(chunk, &self.raw.core().geometry) })
    }

    /// Captures the newest view. The cursor continues with what is unread. Unread records that were evicted count as
    /// lost.
    #[inline]
    pub fn refresh(&mut self) -> Delta {
        self.raw.refresh().1
    }

    /// Sleeps until something is unread, at most for `timeout` ([`Duration::MAX`]: for ever). Publishing alone wakes no
    /// thread: see [`RecordWriter::notify`](crate::RecordWriter::notify).
    pub fn wait(&self, timeout: Duration) -> Wait {
        self.raw.wait(limit(timeout), None)
    }

    /// Waits like `wait`, but returns at once if the log's count of interrupts is no longer `interrupts`. So no
    /// interrupt is missed between a look at a stop flag and the wait: read the log's `interrupts` first, then check
    /// the flag, then wait.
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

    /// Moves the cursor to a record of the captured view, or to the view's end.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] if the sequence is not in the captured view. The cursor stays.
    pub fn seek(&mut self, sequence: u64) -> Result<(), Error> {
        Ok(self.raw.seek(sequence)?)
    }

    /// Pins the segment of the chunk that was returned last. The chunk then outlives the cursor's next refresh.
    ///
    /// # Errors
    /// [`Error::State`] if no chunk was returned since the cursor was made, or since a refresh brought something.
    pub fn pin(&self) -> Result<RecordSegment, Error> {
        Ok(RecordSegment::from_raw(self.raw.pin()?))
    }
}

impl<K> fmt::Debug for RecordCursor<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordCursor").field("position", &self.position()).field("range", &self.range()).finish()
    }
}
