//! Logs of records that are bytes: what those of one size (`fixed`) and those of any size (`bytes`) have in common.

use std::fmt;
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::ops::Range;
use std::time::Duration;

use crate::raw::{CoreRef, Geometry, Kind, RawChunk, RawCursor, RawPin, RawWriter, Source, Span, View};
use crate::{Delta, Error, Options, Stats, ViewStats, Wait};

/// A wait's bound; None is for ever.
pub(crate) fn limit(timeout: Duration) -> Option<Duration> {
    (timeout != Duration::MAX).then_some(timeout)
}

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
    core: CoreRef,
    kind: PhantomData<K>,
}

impl<K: RecordKind> RecordLog<K> {
    /// A log as the options say.
    ///
    /// # Errors
    /// [`Error::Argument`] for a value out of its domain; [`Error::NoMemory`].
    pub fn new(options: &Options) -> Result<RecordLog<K>, Error> {
        let geometry = if K::ANY_SIZE { Geometry::bytes(options)? } else { Geometry::fixed(options)? };
        Ok(RecordLog { core: CoreRef::create(geometry, Source(options.allocator))?, kind: PhantomData })
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
    /// [`Error::Claimed`] if there is one.
    pub fn try_claim_writer(&self) -> Result<RecordWriter<K>, Error> {
        Ok(RecordWriter { raw: RawWriter::claim(&self.core)?, kind: PhantomData })
    }

    /// Whether there is a writer. The answer may be stale when it arrives.
    pub fn has_writer(&self) -> bool {
        self.core.has_writer()
    }

    /// A stable view of the records that are retained now. Lock-free, at constant cost, without allocating.
    pub fn snapshot(&self) -> RecordSnapshot {
        RecordSnapshot { view: View::new(&self.core) }
    }

    /// A reader that follows the log, from the oldest record on.
    pub fn cursor(&self) -> RecordCursor {
        RecordCursor { raw: RawCursor::at_begin(View::new(&self.core)) }
    }

    /// A reader that follows the log, from what is published next.
    pub fn cursor_at_end(&self) -> RecordCursor {
        RecordCursor { raw: RawCursor::at_end(View::new(&self.core)) }
    }

    /// The sequences of the records that a snapshot taken now would hold. Both ends never decrease.
    pub fn range(&self) -> Range<u64> {
        View::newest(&self.core).0
    }

    /// What the log holds, and for whom.
    pub fn stats(&self) -> Stats {
        Stats::of(&self.core)
    }

    /// Ends every wait that is in progress on this log.
    pub fn interrupt(&self) {
        self.core.event.interrupt();
    }

    /// Alignment of every record in bytes.
    pub fn record_align(&self) -> usize {
        self.core.geometry.record_align
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
                return self.raw.append_bytes((record.as_ptr(), record.len()));
            }
            if record.len() != self.raw.geometry().record_size {
                return Err(Error::Argument("the record's size is not the log's record_size"));
            }
            self.raw.append_fixed(record.as_ptr())
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
            return Err(Error::Argument("want must be at least one record"));
        }
        let (data, capacity) = self.raw.reserve(want)?;
        let bytes = if K::ANY_SIZE { capacity } else { capacity * self.raw.geometry().stride };
        Ok(Reservation { data: data.as_ptr().cast(), bytes, capacity, raw: &mut self.raw })
    }

    /// Wakes everybody who waits for something new; publishing alone wakes nobody, unless the log notifies of itself
    /// ([`Options::auto_notify`]). No system call if nobody waits.
    pub fn notify(&self) {
        self.raw.notify();
    }

    /// Gives pooled segments back to the allocator, down to what the window and what was preallocated need.
    pub fn trim(&mut self) {
        self.raw.trim();
    }

    /// Sequence of the next record; an open group's records count.
    pub fn next_sequence(&self) -> u64 {
        self.raw.next_sequence()
    }

    /// A handle on the log.
    pub fn log(&self) -> RecordLog<K> {
        RecordLog { core: self.raw.core().clone(), kind: PhantomData }
    }
}

impl<K: RecordKind> fmt::Debug for RecordWriter<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordWriter").field("next_sequence", &self.next_sequence()).finish()
    }
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
        std::mem::forget(self);
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
        unsafe { std::slice::from_raw_parts_mut(self.data, self.bytes) }
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
        unsafe { self.raw.commit(used) }
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

/// A stable view of the records that were retained when it was taken or last refreshed.
///
/// It never changes but by [`RecordSnapshot::refresh`], keeps what it shows alive, and outlives log and writer. Reading is
/// wait-free and copies nothing.
#[derive(Clone)]
pub struct RecordSnapshot {
    view: View,
}

impl RecordSnapshot {
    /// Shows the newest: afterwards the snapshot holds exactly what a fresh one would. Constant cost; lock-free.
    #[inline]
    pub fn refresh(&mut self) -> Delta {
        let old = self.view.end();
        self.view.refresh();
        Delta::new(old, self.view.range())
    }

    /// Sleeps until something newer is published, or for as long as the timeout says ([`Duration::MAX`]: for ever). The view
    /// stays as it is. Publishing alone wakes nobody: see [`RecordWriter::notify`].
    pub fn wait(&self, timeout: Duration) -> Wait {
        self.view.wait(limit(timeout))
    }

    /// What this view holds.
    pub fn stats(&self) -> ViewStats {
        ViewStats::of(&self.view)
    }

    /// The sequences of the records in view.
    #[inline]
    pub fn range(&self) -> Range<u64> {
        self.view.range()
    }

    /// The sequences of the newest publication: always whole in the view.
    #[inline]
    pub fn latest(&self) -> Range<u64> {
        self.view.latest()
    }

    /// How many records are in view.
    pub fn len(&self) -> usize {
        let range = self.range();
        (range.end - range.start) as usize
    }

    /// Whether no record is in view, which is so until the first one is published.
    pub fn is_empty(&self) -> bool {
        self.range().is_empty()
    }

    /// The record with this sequence, if it is in view.
    #[inline]
    pub fn get(&self, sequence: u64) -> Option<&[u8]> {
        let (data, size) = self.view.record(sequence)?;
        // SAFETY: I1: the record is frozen, and the view covers it.
        Some(unsafe { std::slice::from_raw_parts(data, size) })
    }

    /// How many chunks there are.
    pub fn chunk_count(&self) -> usize {
        self.view.chunk_count()
    }

    /// The records of one segment, 0 for the oldest.
    pub fn chunk(&self, index: usize) -> Option<RecordChunk<'_>> {
        // SAFETY: the index is below the count, and the view covers the segment for as long as it is borrowed.
        (index < self.chunk_count())
            .then(|| unsafe { RecordChunk::new(self.view.chunk(index), &self.view.core().geometry) })
    }

    /// The records by segment, oldest first.
    pub fn chunks(&self) -> impl ExactSizeIterator<Item = RecordChunk<'_>> + Clone {
        let geometry = &self.view.core().geometry;
        // SAFETY: as in `chunk`.
        (0..self.chunk_count()).map(move |index| unsafe { RecordChunk::new(self.view.chunk(index), geometry) })
    }

    /// The records one by one, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> + Clone {
        self.chunks().flat_map(RecordChunk::iter)
    }

    /// Holds one segment by itself, so that its records outlive the snapshot; 0 for the oldest.
    pub fn pin(&self, index: usize) -> Option<RecordPin> {
        // SAFETY: the index is below the count, and the view covers the segment.
        (index < self.chunk_count()).then(|| RecordPin { raw: unsafe { self.view.chunk(index).pin(self.view.core()) } })
    }

    /// A reader that goes through this view, and then follows the log.
    pub fn cursor(&self) -> RecordCursor {
        RecordCursor { raw: RawCursor::at_begin(self.view.clone()) }
    }
}

impl fmt::Debug for RecordSnapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordSnapshot").field("range", &self.range()).field("latest", &self.latest()).finish()
    }
}

/// Records of one segment, in order. Never empty.
#[derive(Clone, Copy)]
pub struct RecordChunk<'a> {
    data: *const u8,
    /// Of a byte log: one per record. Otherwise empty.
    spans: &'a [Span],
    len: usize,
    stride: usize,
    record_size: usize,
    sequence: u64,
    first_sequence: u64,
}

// SAFETY: a chunk is a shared borrow of frozen bytes.
unsafe impl Send for RecordChunk<'_> {}
// SAFETY: as above.
unsafe impl Sync for RecordChunk<'_> {}

impl<'a> RecordChunk<'a> {
    /// # Safety
    /// Something covers the chunk's segment for `'a`.
    unsafe fn new(chunk: RawChunk, geometry: &Geometry) -> RecordChunk<'a> {
        let len = chunk.count as usize;
        let (data, spans) = if geometry.kind == Kind::Bytes {
            let (data, spans) = chunk.spans(geometry);
            // SAFETY: I1: the spans of published records are frozen.
            (data, unsafe { std::slice::from_raw_parts(spans, len) })
        } else {
            (chunk.records(geometry), &[][..])
        };
        RecordChunk {
            data,
            spans,
            len,
            stride: geometry.stride,
            record_size: geometry.record_size,
            // SAFETY: the caller's contract.
            sequence: unsafe { chunk.segment_sequence() },
            // SAFETY: the caller's contract.
            first_sequence: unsafe { chunk.first_sequence() },
        }
    }

    /// How many records there are: at least one.
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> usize {
        self.len
    }

    /// The record with this index.
    #[inline]
    pub fn get(&self, index: usize) -> Option<&'a [u8]> {
        if index >= self.len {
            return None;
        }
        let (offset, size) = match self.spans.get(index) {
            Some(span) => (span.offset as usize, span.size as usize),
            None => (index * self.stride, self.record_size),
        };
        // SAFETY: I1: the record is frozen, and covered for `'a`.
        Some(unsafe { std::slice::from_raw_parts(self.data.add(offset), size) })
    }

    /// The records.
    pub fn iter(self) -> impl ExactSizeIterator<Item = &'a [u8]> + Clone {
        (0..self.len).map(move |index| self.get(index).unwrap_or_default())
    }

    /// The segment's sequence: 0, 1, 2, ... in order of creation.
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// Sequence of the chunk's first record.
    pub fn first_sequence(&self) -> u64 {
        self.first_sequence
    }
}

impl fmt::Debug for RecordChunk<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordChunk")
            .field("sequence", &self.sequence)
            .field("first_sequence", &self.first_sequence)
            .field("len", &self.len)
            .finish()
    }
}

/// A hold on the records of one chunk, which outlives snapshot, log and writer.
#[derive(Clone)]
pub struct RecordPin {
    raw: RawPin,
}

impl RecordPin {
    /// The records.
    pub fn records(&self) -> RecordChunk<'_> {
        // SAFETY: the pin covers its chunk.
        unsafe { RecordChunk::new(self.raw.chunk(), &self.raw.core().geometry) }
    }
}

impl fmt::Debug for RecordPin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.records().fmt(f)
    }
}

/// A reader that follows the log: a view of its own, and the sequence of the next unread record.
pub struct RecordCursor {
    raw: RawCursor,
}

impl RecordCursor {
    /// The next chunk of the captured view: what is unread of one segment. None when all were returned; after a
    /// [`RecordCursor::refresh`] there may be more.
    #[inline]
    pub fn next_chunk(&mut self) -> Option<RecordChunk<'_>> {
        let chunk = self.raw.next()?;
        // SAFETY: the cursor's view covers the chunk until a refresh, which borrows the cursor.
        Some(unsafe { RecordChunk::new(chunk, &self.raw.core().geometry) })
    }

    /// Captures the newest view, and goes on with what is unread. What was evicted meanwhile is lost, and counted so.
    #[inline]
    pub fn refresh(&mut self) -> Delta {
        self.raw.refresh().1
    }

    /// Sleeps until something is unread, or for as long as the timeout says ([`Duration::MAX`]: for ever).
    pub fn wait(&self, timeout: Duration) -> Wait {
        self.raw.wait(limit(timeout))
    }

    /// Sequence of the next unread record.
    pub fn position(&self) -> u64 {
        self.raw.position()
    }

    /// The sequences of the captured view.
    pub fn range(&self) -> Range<u64> {
        self.raw.view().range()
    }

    /// Goes to a record of the captured view, or to the view's end.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] if it is neither.
    pub fn seek(&mut self, sequence: u64) -> Result<(), Error> {
        self.raw.seek(sequence)
    }

    /// Holds the chunk that was last returned, so that its records outlive the cursor's next refresh.
    ///
    /// # Errors
    /// [`Error::State`] if none was returned since the cursor was made, or since a refresh brought something.
    pub fn pin(&self) -> Result<RecordPin, Error> {
        Ok(RecordPin { raw: self.raw.pin()? })
    }
}

impl fmt::Debug for RecordCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordCursor").field("position", &self.position()).field("range", &self.range()).finish()
    }
}
