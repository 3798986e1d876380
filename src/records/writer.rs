//! The writer of a log of records that are bytes, its groups and its reservations.

use core::fmt;
use core::marker::PhantomData;
use core::mem::MaybeUninit;

use super::kind::RecordKind;
use crate::raw::{CoreRef, RawWriter};
use crate::{Error, Problem};

/// The one writer of a [`RecordLog`](crate::RecordLog).
///
/// Dropping it gives the claim back. The log and its records stay, and another writer can be claimed. The writer may
/// move from thread to thread.
pub struct RecordWriter<K> {
    pub(super) raw: RawWriter,
    kind: PhantomData<K>,
}

impl<K: RecordKind> RecordWriter<K> {
    /// The writer of a log of this kind.
    pub(super) fn claim(core: &CoreRef) -> Result<RecordWriter<K>, Error> {
        Ok(RecordWriter { raw: RawWriter::claim(core)?, kind: PhantomData })
    }

    /// Appends a record and publishes it: every snapshot that is taken or refreshed from now on shows it. In an open
    /// group it becomes visible when the group is published.
    ///
    /// # Errors
    /// [`Error::Argument`] if the log's records have another size; [`Error::TooLarge`] if the record can never fit;
    /// [`Error::NoMemory`]; [`Error::SegmentLimit`]. Then nothing has changed.
    #[inline]
    pub fn append(&mut self, record: &[u8]) -> Result<(), Error> {
        // SAFETY: the record is readable, and of the log's size where there is one.
        unsafe {
            if K::ANY_SIZE {
                return Ok(self.raw.append_bytes((record.as_ptr(), record.len()))?);
            }
            if record.len() != self.raw.geometry().record_size {
                return Err(Error::Argument(problem(record.len(), self.raw.geometry().record_size)));
            }
            Ok(self.raw.append_fixed(record.as_ptr())?)
        }
    }

    /// Opens a group. What is appended to it becomes visible at one instant, with [`RecordGroup::publish`], however
    /// many segments it spans. If the group is dropped, it never becomes visible.
    pub fn group(&mut self) -> RecordGroup<'_, K> {
        if self.raw.begin_group().is_err() {
            // A guard was leaked, so its group is still open: that group is abandoned.
            let _ = self.raw.abandon_group();
            let _ = self.raw.begin_group();
        }
        RecordGroup { writer: self }
    }

    /// Hands out room in the log, to be written in place: for 1 to `want` records of a fixed log, or for one record of
    /// `want` bytes. It secures all memory that the commit needs. Dropping the reservation cancels it.
    ///
    /// # Errors
    /// [`Error::Argument`] if `want` is 0 in a fixed log; otherwise the same as [`RecordWriter::append`].
    pub fn reserve(&mut self, want: usize) -> Result<Reservation<'_>, Error> {
        if want == 0 && !K::ANY_SIZE {
            return Err(Error::Argument(Problem::with("want", 0, " is not at least one record")));
        }
        let capacity = self.raw.reserve(want)?;
        let data = self.raw.hot.slot;
        let bytes = if K::ANY_SIZE { capacity } else { capacity * self.raw.geometry().stride };
        Ok(Reservation { data: data.cast(), bytes, capacity, raw: &mut self.raw })
    }

    /// Continues at a later sequence: the next record has exactly this sequence. The retained records leave the log's
    /// newest view at once. If the next record already has this sequence, nothing happens.
    ///
    /// No view shows records from both sides. Older views stay as they are. A refresh across the gap counts as lost
    /// what was skipped, and what was not yet seen before it. A wait ends. An empty log then begins at this sequence.
    ///
    /// # Errors
    /// [`Error::Argument`] if the sequence is lower than the next one, or so high that no segment fits after it;
    /// [`Error::State`] if a group that was leaked is open; [`Error::NoMemory`] or [`Error::SegmentLimit`], because it
    /// begins a segment. Then nothing has changed.
    pub fn skip_to(&mut self, sequence: u64) -> Result<(), Error> {
        self.raw.try_skip_to(sequence)
    }

    /// Wakes all threads that wait for something new. Publishing alone wakes no thread, unless the log has
    /// [`Options::auto_notify`](crate::Options::auto_notify). It makes no system call if no thread waits.
    pub fn notify(&self) {
        self.raw.notify();
    }

    /// Gives pooled segments back to the allocator. These stay: what readers hold; and K + 1 segments, or the
    /// preallocated ones if these are more. Windows stay, too, until the log ends: 256 bytes for each that was ever
    /// held at once.
    pub fn trim(&mut self) {
        self.raw.trim();
    }

    /// The sequence that the next record will have. Records of an open group count.
    pub fn next_sequence(&self) -> u64 {
        self.raw.next_sequence()
    }

    /// Minimum history kept readable, in records or in bytes of segment space, as given in the options.
    pub fn retained_capacity(&self) -> u64 {
        self.raw.geometry().options.retained_capacity
    }

    /// Size of one segment, in records or in bytes of segment space, as given in the options.
    pub fn segment_capacity(&self) -> u64 {
        self.raw.geometry().options.segment_capacity
    }

    /// Ends the log for good: no other writer can be claimed. A wait of a reader that has read everything then returns
    /// [`Wait::Finished`](crate::Wait::Finished) and does not sleep. An open group is abandoned. The retained records
    /// stay readable.
    pub fn finish(mut self) {
        self.raw.finish();
    }
}

impl<K: RecordKind> fmt::Debug for RecordWriter<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordWriter").field("next_sequence", &self.next_sequence()).finish()
    }
}

#[cold]
fn problem(size: usize, record_size: usize) -> Problem {
    Problem::bound("a record of", size as u64, " bytes does not fit a record_size of", record_size as u64, "")
}

/// An open group of a [`RecordWriter`]. It is published as a whole, or abandoned when it is dropped. A group that is
/// leaked stays open: what is appended afterwards belongs to it, until the next [`RecordWriter::group`] abandons it.
#[must_use = "a group that is dropped is abandoned"]
pub struct RecordGroup<'w, K: RecordKind> {
    writer: &'w mut RecordWriter<K>,
}

impl<K: RecordKind> RecordGroup<'_, K> {
    /// Makes the whole group visible at one instant. It cannot fail: all memory is secured. An empty group publishes
    /// nothing.
    pub fn publish(self) {
        // The group is open: only this guard ends it.
        let _ = self.writer.raw.publish_group();
        core::mem::forget(self);
    }

    /// Drops the group. No reader ever sees its records.
    pub fn abandon(self) {}

    /// Adds a record to the group. No reader sees it before the group is published.
    ///
    /// # Errors
    /// The same as [`RecordWriter::append`]; the group stays open with what it had.
    #[inline]
    pub fn append(&mut self, record: &[u8]) -> Result<(), Error> {
        self.writer.append(record)
    }

    /// Like [`RecordWriter::reserve`]. A commit adds to the group.
    ///
    /// # Errors
    /// The same as [`RecordWriter::reserve`].
    pub fn reserve(&mut self, want: usize) -> Result<Reservation<'_>, Error> {
        self.writer.reserve(want)
    }

    /// The sequence that the next record will have.
    pub fn next_sequence(&self) -> u64 {
        self.writer.next_sequence()
    }

    pub(super) fn writer(&mut self) -> &mut RecordWriter<K> {
        self.writer
    }
}

impl<K: RecordKind> fmt::Debug for RecordGroup<'_, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordGroup").field("next_sequence", &self.next_sequence()).finish()
    }
}

impl<K: RecordKind> Drop for RecordGroup<'_, K> {
    fn drop(&mut self) {
        let _ = self.writer.raw.abandon_group();
    }
}

/// Room in the log that the writer fills before it commits.
pub struct Reservation<'w> {
    data: *mut MaybeUninit<u8>,
    bytes: usize,
    capacity: usize,
    raw: &'w mut RawWriter,
}

impl Reservation<'_> {
    /// The room. Its bytes are not initialised.
    pub fn bytes(&mut self) -> &mut [MaybeUninit<u8>] {
        // SAFETY: the reserved bytes are the writer's alone until they are committed.
        unsafe { core::slice::from_raw_parts_mut(self.data, self.bytes) }
    }

    /// How much room there is: records of a fixed log, or bytes of the one record of a byte log.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// Appends the first `used` records of a fixed log, or the one record of a byte log with a final size of `used`
    /// bytes.
    ///
    /// # Errors
    /// [`Error::Argument`] if `used` exceeds the capacity.
    ///
    /// # Safety
    /// All records or bytes that are used were written.
    pub unsafe fn commit(self, used: usize) -> Result<(), Error> {
        // SAFETY: what is used was written.
        unsafe { if self.raw.commit_in_tail(used) { Ok(()) } else { self.raw.commit(used) } }
    }
}

impl fmt::Debug for Reservation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reservation").field("capacity", &self.capacity).finish()
    }
}

impl Drop for Reservation<'_> {
    fn drop(&mut self) {
        // After a commit there is no reservation to cancel.
        let _ = self.raw.cancel();
    }
}
