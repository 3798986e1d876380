//! The writer of a log of records that are bytes, its groups and its reservations.

use core::fmt;
use core::marker::PhantomData;
use core::mem::MaybeUninit;

use super::kind::RecordKind;
use crate::raw::{CoreRef, RawWriter};
use crate::{Error, Problem};

/// The one writer of a [`RecordLog`](crate::RecordLog). Dropping it gives the claim back; the log and its records stay.
pub struct RecordWriter<K> {
    pub(super) raw: RawWriter,
    kind: PhantomData<K>,
}

impl<K: RecordKind> RecordWriter<K> {
    /// Of a log of this kind.
    pub(super) fn claim(core: &CoreRef) -> Result<RecordWriter<K>, Error> {
        Ok(RecordWriter { raw: RawWriter::claim(core)?, kind: PhantomData })
    }

    /// Appends a record and publishes it: every snapshot taken or refreshed from now on shows it. In an open group it
    /// waits for that to be published.
    ///
    /// # Errors
    /// [`Error::Argument`] if the log's records have another size; [`Error::TooLarge`] if it can never fit;
    /// [`Error::NoMemory`]; [`Error::SegmentLimit`]. Nothing has changed then.
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

    /// Opens a group: what is appended to it becomes visible at one instant, with [`RecordGroup::publish`], however
    /// many segments it spans; or never, if the group is dropped.
    pub fn group(&mut self) -> RecordGroup<'_, K> {
        if self.raw.begin_group().is_err() {
            // A guard was leaked, and with it the group stayed open: that one is abandoned.
            let _ = self.raw.abandon_group();
            let _ = self.raw.begin_group();
        }
        RecordGroup { writer: self }
    }

    /// Room to write in place: for 1 to `want` records of a fixed log, or for one record of `want` bytes. All memory
    /// that the commit needs is secured. Dropping the reservation cancels it.
    ///
    /// # Errors
    /// [`Error::Argument`] if a fixed log is asked for none; otherwise as [`RecordWriter::append`].
    pub fn reserve(&mut self, want: usize) -> Result<Reservation<'_>, Error> {
        if want == 0 && !K::ANY_SIZE {
            return Err(Error::Argument(Problem::with("want", 0, " is not at least one record")));
        }
        let capacity = self.raw.reserve(want)?;
        let data = self.raw.hot.slot;
        let bytes = if K::ANY_SIZE { capacity } else { capacity * self.raw.geometry().stride };
        Ok(Reservation { data: data.cast(), bytes, capacity, raw: &mut self.raw })
    }

    /// Goes on at a later sequence: the next record has exactly this one. What was retained leaves the log's view at
    /// once, so no view shows records from both sides; views that were taken before stay what they are. A refresh
    /// across it counts what was skipped, and what went unseen with it, as lost, and a wait returns. A log that is
    /// empty begins there. To the next sequence: nothing happens.
    ///
    /// # Errors
    /// [`Error::Argument`] backwards, or so far that no segment fits behind it; [`Error::State`] while a group
    /// is open that was leaked; [`Error::NoMemory`] or [`Error::SegmentLimit`], since the log goes on in another
    /// segment. Nothing has changed then.
    pub fn skip_to(&mut self, sequence: u64) -> Result<(), Error> {
        self.raw.try_skip_to(sequence)
    }

    /// Wakes each thread that waits for something new; publishing alone wakes nobody, unless the log notifies of itself
    /// ([`Options::auto_notify`](crate::Options::auto_notify)). No system call if nobody waits.
    pub fn notify(&self) {
        self.raw.notify();
    }

    /// Gives pooled segments back to the allocator. Beside what readers hold, there stay as many as plain appends need
    /// or were preallocated: K + 1, or more. Windows stay until the log goes: 256 bytes for each that was ever held at
    /// once.
    pub fn trim(&mut self) {
        self.raw.trim();
    }

    /// Sequence of the next record; an open group's records count.
    pub fn next_sequence(&self) -> u64 {
        self.raw.next_sequence()
    }

    /// What stays readable at least, as given: records, or bytes of segment space.
    pub fn retained_capacity(&self) -> u64 {
        self.raw.geometry().options.retained_capacity
    }

    /// What a segment holds, as given: records, or bytes of segment space.
    pub fn segment_capacity(&self) -> u64 {
        self.raw.geometry().options.segment_capacity
    }

    /// Ends the log: no other writer may come, and readers who have read everything are told so
    /// ([`Wait::Finished`](crate::Wait::Finished)) instead of sleeping. An open group is abandoned. What is retained
    /// stays readable.
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

/// An open group of a [`RecordWriter`]: published as one, or abandoned when dropped. One that is leaked stays open, and
/// what is appended afterwards belongs to it, until the next [`RecordWriter::group`] abandons it.
#[must_use = "a group that is dropped is abandoned"]
pub struct RecordGroup<'w, K: RecordKind> {
    writer: &'w mut RecordWriter<K>,
}

impl<K: RecordKind> RecordGroup<'_, K> {
    /// Makes all of the group visible at one instant. Cannot fail: all memory is secured. An empty group publishes
    /// nothing.
    pub fn publish(self) {
        // It is open: only this guard ends it.
        let _ = self.writer.raw.publish_group();
        core::mem::forget(self);
    }

    /// Forgets the group.
    pub fn abandon(self) {}

    /// Adds a record to the group. Nobody sees it yet.
    ///
    /// # Errors
    /// As [`RecordWriter::append`]; the group stays open with what it had.
    #[inline]
    pub fn append(&mut self, record: &[u8]) -> Result<(), Error> {
        self.writer.append(record)
    }

    /// As [`RecordWriter::reserve`]; a commit adds to the group.
    ///
    /// # Errors
    /// As [`RecordWriter::reserve`].
    pub fn reserve(&mut self, want: usize) -> Result<Reservation<'_>, Error> {
        self.writer.reserve(want)
    }

    /// Sequence of the next record.
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

/// Room in the log that may be filled before a commit.
pub struct Reservation<'w> {
    data: *mut MaybeUninit<u8>,
    bytes: usize,
    capacity: usize,
    raw: &'w mut RawWriter,
}

impl Reservation<'_> {
    /// The room. What is in it is not initialised.
    pub fn bytes(&mut self) -> &mut [MaybeUninit<u8>] {
        // SAFETY: the reserved bytes are the writer's alone until they are committed.
        unsafe { core::slice::from_raw_parts_mut(self.data, self.bytes) }
    }

    /// Records of a fixed log, bytes of the record of a byte log.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// Appends the first `used` records, or the record at its final size.
    ///
    /// # Errors
    /// [`Error::Argument`] if that is more than was reserved.
    ///
    /// # Safety
    /// All that is used was written.
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
        // After a commit there is none left to cancel.
        let _ = self.raw.cancel();
    }
}
