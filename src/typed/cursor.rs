//! A reader that follows a log of values.

use core::fmt;
use core::marker::PhantomData;
use core::ops::Range;
use core::time::Duration;

use super::chunk::{Chunk, Segment, Values};
use crate::raw::RawCursor;
use crate::raw::event::limit;
use crate::{Delta, Error, Wait};

/// A reader that follows the log: a view of its own, and the sequence of the next unread value.
///
/// It returns each value once, in order. If values were evicted before it read them, [`Cursor::refresh`] returns how
/// many were lost.
///
/// ```
/// # use atomic_log::AtomicLog;
/// # let (mut writer, log) = AtomicLog::new_claimed(8, 4);
/// let mut cursor = log.cursor();
/// for value in 0..100 {
///     writer.append(value)?;
///     let delta = cursor.refresh();
///     assert_eq!((delta.appended, delta.lost), (1, 0));
///     while let Some(chunk) = cursor.next_chunk() {
///         assert_eq!(chunk.values(), [value]);
///     }
/// }
/// # Ok::<(), atomic_log::Error>(())
/// ```
pub struct Cursor<T> {
    pub(super) raw: RawCursor,
    values: Values<T>,
}

// SAFETY: the holder of the cursor reads the values (`Sync`), and may drop them as the last handle (`Send`).
unsafe impl<T: Send + Sync> Send for Cursor<T> {}
// SAFETY: as for `Send`.
unsafe impl<T: Send + Sync> Sync for Cursor<T> {}

impl<T> Cursor<T> {
    pub(crate) fn from_raw(raw: RawCursor) -> Cursor<T> {
        Cursor { raw, values: PhantomData }
    }

    /// Returns the next chunk of the captured view: what is unread of one segment. None if all chunks were returned.
    /// After a [`Cursor::refresh`] there may be more.
    #[inline]
    pub fn next_chunk(&mut self) -> Option<Chunk<'_, T>> {
        let chunk = self.raw.next()?;
        // SAFETY: I1: the cursor's view covers the chunk until a refresh, which borrows the cursor.
        Some(unsafe { Chunk::new(chunk, self.raw.view()) })
    }

    /// Captures the newest view. The cursor continues with what is unread. Unread values that were evicted count as
    /// lost.
    #[inline]
    pub fn refresh(&mut self) -> Delta {
        self.raw.refresh().1
    }

    /// Sleeps until something is unread, at most for `timeout` ([`Duration::MAX`]: for ever). Publishing alone wakes no
    /// thread: see [`Writer::notify`](crate::Writer::notify).
    pub fn wait(&self, timeout: Duration) -> Wait {
        self.raw.wait(limit(timeout), None)
    }

    /// Waits like `wait`, but returns at once if the log's count of interrupts is no longer `interrupts`. So no
    /// interrupt is missed between a look at a stop flag and the wait: read the log's `interrupts` first, then check
    /// the flag, then wait.
    pub fn wait_since(&self, timeout: Duration, interrupts: u64) -> Wait {
        self.raw.wait(limit(timeout), Some(interrupts))
    }

    /// Sequence of the next unread value.
    pub fn position(&self) -> u64 {
        self.raw.position()
    }

    /// The sequences of the captured view.
    pub fn range(&self) -> Range<u64> {
        self.raw.view().range()
    }

    /// Moves the cursor to a value of the captured view, or to the view's end.
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
    pub fn pin(&self) -> Result<Segment<T>, Error> {
        Ok(Segment::from_raw(self.raw.pin()?))
    }
}

impl<T> fmt::Debug for Cursor<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cursor").field("position", &self.position()).field("range", &self.range()).finish()
    }
}
