//! Logs of records that are bytes: what those of one size (`fixed`) and those of any size (`bytes`) have in common.

use core::fmt;
use core::marker::PhantomData;
use core::mem::MaybeUninit;
use core::ops::Range;

#[cfg(feature = "capi")]
use crate::ffi::log::alog_log;
#[cfg(feature = "capi")]
use crate::raw::Kind;
use crate::raw::{Geometry, LogRef, RawCursor, RawWriter, View};
use crate::{Description, Error, Options, Problem, RecordCursor, RecordSnapshot, Stats, global};

/// What the records of a [`RecordLog`] are: [`Fixed`](crate::Fixed) or [`Bytes`](crate::Bytes).
pub trait RecordKind: private::Sealed {}

impl<K: private::Sealed> RecordKind for K {}

pub(crate) mod private {
    pub trait Sealed {
        /// Whether each record has its own size.
        const ANY_SIZE: bool;
    }
}

/// A rolling log of records that are bytes: one [`RecordWriter`], any number of readers. See [`FixedLog`](crate::FixedLog)
/// and [`ByteLog`](crate::ByteLog).
///
/// The log itself is a counted handle: clone it for each thread that wants to read.
pub struct RecordLog<K> {
    core: LogRef,
    kind: PhantomData<K>,
}

impl<K> RecordLog<K> {
    pub(crate) fn core(&self) -> &LogRef {
        &self.core
    }
}

impl<K: RecordKind> RecordLog<K> {
    /// A log as the options say.
    ///
    /// # Errors
    /// [`Error::Argument`] for a value out of its domain; [`Error::NoMemory`].
    pub fn new(options: &Options) -> Result<RecordLog<K>, Error> {
        let geometry = if K::ANY_SIZE { Geometry::bytes(options)? } else { Geometry::fixed(options)? };
        Ok(RecordLog { core: LogRef::create(geometry, global::allocator(options)?)?, kind: PhantomData })
    }

    /// A log as the options say, with its writer.
    ///
    /// # Errors
    /// As [`RecordLog::new`].
    pub fn new_claimed(options: &Options) -> Result<(RecordWriter<K>, RecordLog<K>), Error> {
        let log = RecordLog::new(options)?;
        Ok((log.try_claim_writer()?, log))
    }

    /// Becomes the log's writer, who goes on exactly where the last one stopped.
    ///
    /// # Errors
    /// [`Error::Claimed`] if there is one; [`Error::Finished`] if there will be none.
    pub fn try_claim_writer(&self) -> Result<RecordWriter<K>, Error> {
        Ok(RecordWriter { raw: RawWriter::claim(&self.core)?, kind: PhantomData })
    }

    /// Whether there is a writer. The answer may be stale when it arrives.
    pub fn has_writer(&self) -> bool {
        self.core.has_writer()
    }

    /// What stays readable at least, as given: records, or bytes of segment space.
    pub fn retained_capacity(&self) -> u64 {
        self.core.geometry.options.retained_capacity
    }

    /// What a segment holds, as given: records, or bytes of segment space.
    pub fn segment_capacity(&self) -> u64 {
        self.core.geometry.options.segment_capacity
    }

    /// A stable view of the records that are retained now. Lock-free, at constant cost, without allocating.
    pub fn snapshot(&self) -> RecordSnapshot {
        RecordSnapshot::from_view(View::new(&self.core))
    }

    /// A reader that follows the log, from the oldest record on.
    pub fn cursor(&self) -> RecordCursor {
        RecordCursor::from_raw(RawCursor::at_begin(View::new(&self.core)))
    }

    /// A reader that follows the log, from what is published next.
    pub fn cursor_at_end(&self) -> RecordCursor {
        RecordCursor::from_raw(RawCursor::at_end(View::new(&self.core)))
    }

    /// The sequences of the records that a snapshot taken now would hold. Both ends never decrease.
    pub fn range(&self) -> Range<u64> {
        View::newest(&self.core).0
    }

    /// What the log holds, and for whom.
    pub fn stats(&self) -> Stats {
        Stats::of(&self.core)
    }

    /// The log as text: its geometry, what it shows, its memory, and which views hold it.
    ///
    /// ```
    /// # let log = atomic_log::FixedLog::new_claimed(&atomic_log::Options::new(8, 4).record_size(3))?.1;
    /// eprint!("{}", log.describe());
    /// # Ok::<(), atomic_log::Error>(())
    /// ```
    pub fn describe(&self) -> Description<'_> {
        Description(&self.core)
    }

    /// Ends every wait that is in progress on this log.
    pub fn interrupt(&self) {
        self.core.event.interrupt();
    }

    /// How many interrupts there were: for `wait_since` of a reader, which misses none that comes later.
    pub fn interrupts(&self) -> u64 {
        self.core.event.interrupts()
    }

    /// Whether the log was finished by its last writer: nothing will be appended any more.
    pub fn is_finished(&self) -> bool {
        self.core.is_finished()
    }

    /// Alignment of every record in bytes.
    pub fn record_align(&self) -> usize {
        self.core.geometry.record_align
    }
}

/// What a Rust program and C code in it need to share a log.
#[cfg(feature = "capi")]
impl<K: RecordKind> RecordLog<K> {
    /// Hands this handle to C: its count becomes the pointer's, to be given back by `alog_log_release` or by
    /// [`RecordLog::from_raw`], once. Whoever has the pointer may call every function of `atomic_log.h` on it, also while
    /// Rust has other handles on the same log.
    ///
    /// ```
    /// use atomic_log::ffi::log::{alog_log, alog_log_range, alog_log_release};
    /// use atomic_log::ffi::types::alog_range;
    /// use atomic_log::{FixedLog, Options};
    ///
    /// // Stands for a plugin in C, which is given a log, and may keep it.
    /// unsafe fn plugin(log: *mut alog_log) -> u64 {
    ///     let mut range = alog_range { begin: 0, end: 0 };
    ///     // SAFETY: the host's count is the plugin's now, and ends here.
    ///     unsafe {
    ///         alog_log_range(log, &mut range);
    ///         alog_log_release(log);
    ///     }
    ///     range.end - range.begin
    /// }
    ///
    /// let (mut writer, log) = FixedLog::new_claimed(&Options::new(1024, 256).record_size(3))?;
    /// writer.append_batch(b"onetwo")?;
    /// // SAFETY: a count of its own goes with the pointer.
    /// assert_eq!(unsafe { plugin(log.clone().into_raw()) }, 2);
    /// # Ok::<(), atomic_log::Error>(())
    /// ```
    #[must_use = "the count is leaked if nobody gives it back"]
    pub fn into_raw(self) -> *mut alog_log {
        self.core.into_raw().cast()
    }

    /// Takes a handle over from C, with one count of the caller's: of a log that [`RecordLog::into_raw`] handed out, or that
    /// C created.
    ///
    /// ```
    /// use atomic_log::{ByteLog, Options};
    ///
    /// let pointer = ByteLog::new(&Options::new(4096, 1024))?.into_raw();
    /// // SAFETY: the count that came with the pointer, which is not used again.
    /// let log = unsafe { ByteLog::from_raw(pointer) };
    /// assert!(log.range().is_empty());
    /// # Ok::<(), atomic_log::Error>(())
    /// ```
    ///
    /// # Panics
    /// If the pointer is NULL, or the log's records are of the other kind. The count stays the caller's.
    ///
    /// # Safety
    /// `log` is a live handle, with a count of the caller's, which ends here: it is the returned handle's.
    pub unsafe fn from_raw(log: *mut alog_log) -> RecordLog<K> {
        let core = core::ptr::NonNull::new(log.cast()).expect("a log's pointer is not NULL");
        // SAFETY: a live log; the count is kept only if the kind is right.
        let core = core::mem::ManuallyDrop::new(unsafe { LogRef::from_raw(core) });
        let kind = if K::ANY_SIZE { Kind::Bytes } else { Kind::Fixed };
        assert_eq!(core.geometry.kind, kind, "the log's records are of the other kind");
        RecordLog { core: core::mem::ManuallyDrop::into_inner(core), kind: PhantomData }
    }
}

impl<K> Clone for RecordLog<K> {
    fn clone(&self) -> RecordLog<K> {
        RecordLog { core: self.core.clone(), kind: PhantomData }
    }
}

impl<K: RecordKind> fmt::Debug for RecordLog<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordLog").field("range", &self.range()).field("has_writer", &self.has_writer()).finish()
    }
}

/// The one writer of a [`RecordLog`]. Dropping it gives the claim back; the log and its records stay.
pub struct RecordWriter<K> {
    pub(crate) raw: RawWriter,
    kind: PhantomData<K>,
}

impl<K: RecordKind> RecordWriter<K> {
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

    /// Opens a group: what is appended to it becomes visible at one instant, with [`RecordGroup::publish`], however many
    /// segments it spans; or never, if the group is dropped.
    pub fn group(&mut self) -> RecordGroup<'_, K> {
        if self.raw.begin_group().is_err() {
            // A guard was leaked, and with it the group stayed open: that one is abandoned.
            let _ = self.raw.abandon_group();
            let _ = self.raw.begin_group();
        }
        RecordGroup { writer: self }
    }

    /// Room to write in place: for 1 to `want` records of a fixed log, or for one record of `want` bytes. All memory that
    /// the commit needs is secured. Dropping the reservation cancels it.
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

    /// Goes on at a later sequence: the next record has exactly this one. What was retained leaves the log's view at once, so no
    /// view shows records from both sides; views that were taken before stay what they are. A refresh across it counts what was
    /// skipped, and what went unseen with it, as lost, and a wait returns. A log that is empty begins there. To the next sequence:
    /// nothing happens.
    ///
    /// # Errors
    /// [`Error::Argument`] backwards, or so far that no segment fits behind it; [`Error::State`] while a group or a reservation
    /// is open that was leaked; [`Error::NoMemory`] or [`Error::SegmentLimit`], since the log goes on in another segment. Nothing
    /// has changed then.
    pub fn skip_to(&mut self, sequence: u64) -> Result<(), Error> {
        self.raw.try_skip_to(sequence)
    }

    /// Wakes everybody who waits for something new; publishing alone wakes nobody, unless the log notifies of itself
    /// ([`Options::auto_notify`]). No system call if nobody waits.
    pub fn notify(&self) {
        self.raw.notify();
    }

    /// Gives pooled segments back to the allocator. Beside what readers hold, there stay as many as plain appends need or were
    /// preallocated: K + 1, or more. Windows stay until the log goes: 256 bytes for each that was ever held at once.
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

    /// Ends the log: no other writer may come, and readers who have read everything are told so ([`Wait::Finished`](crate::Wait::Finished)) instead of
    /// sleeping. An open group is abandoned. What is retained stays readable.
    pub fn finish(mut self) {
        self.raw.finish();
    }

    /// A handle on the log.
    pub fn log(&self) -> RecordLog<K> {
        RecordLog { core: LogRef::new(self.raw.core()), kind: PhantomData }
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

    pub(crate) fn writer(&mut self) -> &mut RecordWriter<K> {
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
        // SAFETY: the caller's contract.
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
