//! The log of records that are bytes, and the ways back to it from its handles.

use core::fmt;
use core::marker::PhantomData;
use core::ops::Range;

use super::cursor::RecordCursor;
use super::kind::RecordKind;
use super::snapshot::RecordSnapshot;
use super::writer::RecordWriter;
use crate::raw::{Geometry, LogRef, RawCursor, View};
use crate::{Description, Error, Options, Stats, global};

/// A rolling log of records that are bytes: one [`RecordWriter`], any number of readers. See [`FixedLog`](crate::FixedLog)
/// and [`ByteLog`](crate::ByteLog).
///
/// The log is a counted handle: clone it for each thread that reads.
pub struct RecordLog<K> {
    core: LogRef,
    kind: PhantomData<K>,
}

impl<K> RecordLog<K> {
    /// A handle on a log of this kind.
    pub(crate) fn from_core(core: LogRef) -> RecordLog<K> {
        RecordLog { core, kind: PhantomData }
    }

    pub(crate) fn core(&self) -> &LogRef {
        &self.core
    }

    #[cfg(feature = "capi")]
    pub(crate) fn into_core(self) -> LogRef {
        self.core
    }
}

impl<K: RecordKind> RecordLog<K> {
    /// Creates a log with these options.
    ///
    /// # Errors
    /// [`Error::Argument`] if an option is not allowed; [`Error::NoMemory`].
    pub fn try_new(options: &Options) -> Result<RecordLog<K>, Error> {
        let geometry = if K::ANY_SIZE { Geometry::bytes(options)? } else { Geometry::fixed(options)? };
        Ok(RecordLog::from_core(LogRef::create(geometry, global::allocator(options)?)?))
    }

    /// Creates a log with these options, and claims its writer.
    ///
    /// # Errors
    /// The same as [`RecordLog::try_new`].
    pub fn try_new_claimed(options: &Options) -> Result<(RecordWriter<K>, RecordLog<K>), Error> {
        let log = RecordLog::try_new(options)?;
        Ok((log.try_claim_writer()?, log))
    }

    /// Claims the writer of this log. It continues exactly where the last writer stopped.
    ///
    /// # Errors
    /// [`Error::Claimed`] if the log has a writer; [`Error::Finished`] if the log was finished.
    pub fn try_claim_writer(&self) -> Result<RecordWriter<K>, Error> {
        RecordWriter::claim(&self.core)
    }

    /// Whether the log has a writer. The answer may be out of date on return.
    pub fn has_writer(&self) -> bool {
        self.core.has_writer()
    }

    /// Minimum history kept readable, in records or in bytes of segment space, as given in the options.
    pub fn retained_capacity(&self) -> u64 {
        self.core.geometry.options.retained_capacity
    }

    /// Size of one segment, in records or in bytes of segment space, as given in the options.
    pub fn segment_capacity(&self) -> u64 {
        self.core.geometry.options.segment_capacity
    }

    /// Takes a stable view of the records that are retained now. Lock-free. The cost is constant, and nothing is
    /// allocated.
    pub fn snapshot(&self) -> RecordSnapshot<K> {
        RecordSnapshot::from_view(View::new(&self.core))
    }

    /// Makes a reader that follows the log. It begins at the oldest retained record.
    pub fn cursor(&self) -> RecordCursor<K> {
        RecordCursor::from_raw(RawCursor::at_begin(View::new(&self.core)))
    }

    /// Makes a reader that follows the log. It begins after the newest record, and reads what is published from now on.
    pub fn cursor_at_end(&self) -> RecordCursor<K> {
        RecordCursor::from_raw(RawCursor::at_end(View::new(&self.core)))
    }

    /// The sequences of the records that a snapshot taken now would show. Both ends never decrease. The answer may be
    /// out of date on return.
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
    /// # let log = atomic_log::FixedLog::try_new_claimed(&atomic_log::Options::new(8, 4).record_size(3))?.1;
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

    /// How many times `interrupt` was called. A reader passes this count to its `wait_since`, which then misses no
    /// later interrupt.
    pub fn interrupts(&self) -> u64 {
        self.core.event.interrupts()
    }

    /// Whether [`RecordWriter::finish`] ended the log. Nothing will be appended to a finished log.
    pub fn is_finished(&self) -> bool {
        self.core.is_finished()
    }

    /// Alignment of each record, in bytes.
    pub fn record_align(&self) -> usize {
        self.core.geometry.record_align
    }
}

impl<K: RecordKind> RecordWriter<K> {
    /// A handle on the log.
    pub fn log(&self) -> RecordLog<K> {
        RecordLog::from_core(LogRef::new(self.raw.core()))
    }
}

impl<K> RecordSnapshot<K> {
    /// A handle on the log.
    pub fn log(&self) -> RecordLog<K> {
        RecordLog::from_core(LogRef::new(self.view.core()))
    }
}

impl<K> RecordCursor<K> {
    /// A handle on the log.
    pub fn log(&self) -> RecordLog<K> {
        RecordLog::from_core(LogRef::new(self.raw.core()))
    }
}

impl<K> Clone for RecordLog<K> {
    fn clone(&self) -> RecordLog<K> {
        RecordLog::from_core(self.core.clone())
    }
}

impl<K: RecordKind> fmt::Debug for RecordLog<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordLog").field("range", &self.range()).field("has_writer", &self.has_writer()).finish()
    }
}

/// Gives the claim back, as dropping the writer does.
impl<K: RecordKind> From<RecordWriter<K>> for RecordLog<K> {
    fn from(writer: RecordWriter<K>) -> RecordLog<K> {
        writer.log()
    }
}

impl<K> From<RecordSnapshot<K>> for RecordLog<K> {
    fn from(snapshot: RecordSnapshot<K>) -> RecordLog<K> {
        snapshot.log()
    }
}

impl<K: RecordKind> From<RecordLog<K>> for RecordSnapshot<K> {
    fn from(log: RecordLog<K>) -> RecordSnapshot<K> {
        log.snapshot()
    }
}

impl<K: RecordKind> From<&RecordWriter<K>> for RecordLog<K> {
    fn from(writer: &RecordWriter<K>) -> RecordLog<K> {
        writer.log()
    }
}

impl<K> From<&RecordSnapshot<K>> for RecordLog<K> {
    fn from(snapshot: &RecordSnapshot<K>) -> RecordLog<K> {
        snapshot.log()
    }
}

impl<K: RecordKind> From<&RecordLog<K>> for RecordSnapshot<K> {
    fn from(log: &RecordLog<K>) -> RecordSnapshot<K> {
        log.snapshot()
    }
}

impl<K: RecordKind> From<&RecordWriter<K>> for RecordSnapshot<K> {
    fn from(writer: &RecordWriter<K>) -> RecordSnapshot<K> {
        writer.log().snapshot()
    }
}

impl<K: RecordKind> TryFrom<&RecordLog<K>> for RecordWriter<K> {
    type Error = Error;

    fn try_from(log: &RecordLog<K>) -> Result<RecordWriter<K>, Error> {
        log.try_claim_writer()
    }
}
