//! The log of values of one type, and the ways back to it from its handles.

use core::fmt;
use core::marker::PhantomData;
use core::ops::Range;

use super::chunk::Values;
use super::cursor::Cursor;
use super::snapshot::Snapshot;
use super::writer::Writer;
use crate::raw::{Geometry, LogRef, RawCursor, View};
use crate::{Description, Error, Options, Stats, global};

/// A rolling log of values: one [`Writer`], any number of readers.
///
/// The log is a counted handle: clone it for each thread that takes [`Snapshot`]s or [`Cursor`]s. A value lives until
/// no view shows it any more. Its `Drop` runs once: with the last handle, or on the writer's thread. On that thread it
/// runs when the writer takes the next segment, and in [`Writer::trim`]. Values that were never published are dropped
/// when their group is abandoned, and when their batch fails or panics.
///
/// ```
/// use atomic_log::AtomicLog;
///
/// let (mut writer, log) = AtomicLog::new_claimed(8, 4);
/// for value in 0..6 {
///     writer.append(value)?;
/// }
/// let mut view = log.snapshot();
/// assert!(view.iter().eq(&[0, 1, 2, 3, 4, 5]));
///
/// writer.append_batch([6, 7])?;
/// assert_eq!(view.len(), 6); // a view is stable until it is refreshed
/// assert_eq!(view.refresh().appended, 2);
/// assert!(view.iter().eq(&[0, 1, 2, 3, 4, 5, 6, 7]));
/// # Ok::<(), atomic_log::Error>(())
/// ```
///
/// A handle is invariant in `T`, and what a value borrows must outlive the handle:
///
/// ```compile_fail
/// # use atomic_log::AtomicLog;
/// fn shorten<'a>(log: AtomicLog<&'static str>) -> AtomicLog<&'a str> {
///     log
/// }
/// ```
///
/// ```compile_fail
/// # use atomic_log::AtomicLog;
/// struct Noisy<'a>(&'a String);
/// impl Drop for Noisy<'_> {
///     fn drop(&mut self) {
///         println!("{}", self.0);
///     }
/// }
/// let (mut writer, log) = AtomicLog::new_claimed(8, 4);
/// let text = String::from("dropped before the log");
/// writer.append(Noisy(&text)).unwrap();
/// ```
pub struct AtomicLog<T> {
    pub(crate) core: LogRef,
    values: Values<T>,
}

// SAFETY: a thread with a handle may read the values (`Sync`). It may drop them, with the last handle, or with the
// writer that it claims (`Send`).
unsafe impl<T: Send + Sync> Send for AtomicLog<T> {}
// SAFETY: as for `Send`.
unsafe impl<T: Send + Sync> Sync for AtomicLog<T> {}

impl<T> AtomicLog<T> {
    /// Creates a log that keeps at least `retained_capacity` values readable, in segments of `segment_capacity`. It
    /// needs the feature `alloc`, like [`AtomicLog::new_claimed`].
    ///
    /// # Panics
    /// If a capacity is zero or too large for this machine, or if there is no memory. [`AtomicLog::try_new`] returns
    /// which of these it is.
    #[cfg(feature = "alloc")]
    pub fn new(retained_capacity: usize, segment_capacity: usize) -> AtomicLog<T> {
        or_panic(AtomicLog::try_new(&Options::new(retained_capacity as u64, segment_capacity as u64)))
    }

    /// Like [`AtomicLog::new`], and claims the writer.
    ///
    /// # Panics
    /// The same as [`AtomicLog::new`].
    #[cfg(feature = "alloc")]
    pub fn new_claimed(retained_capacity: usize, segment_capacity: usize) -> (Writer<T>, AtomicLog<T>) {
        or_panic(AtomicLog::try_new_claimed(&Options::new(retained_capacity as u64, segment_capacity as u64)))
    }

    /// Creates a log with these options.
    ///
    /// # Errors
    /// [`Error::Argument`] if an option is not allowed; [`Error::NoMemory`].
    pub fn try_new(options: &Options) -> Result<AtomicLog<T>, Error> {
        let core = LogRef::create(Geometry::typed::<T>(options)?, global::allocator(options)?)?;
        Ok(AtomicLog::from_core(core))
    }

    /// Creates a log with these options, and claims its writer.
    ///
    /// # Errors
    /// The same as [`AtomicLog::try_new`].
    pub fn try_new_claimed(options: &Options) -> Result<(Writer<T>, AtomicLog<T>), Error> {
        let log = AtomicLog::try_new(options)?;
        Ok((log.try_claim_writer()?, log))
    }

    fn from_core(core: LogRef) -> AtomicLog<T> {
        AtomicLog { core, values: PhantomData }
    }

    /// Claims the writer of this log. It continues exactly where the last writer stopped.
    ///
    /// # Errors
    /// [`Error::Claimed`] if the log has a writer; [`Error::Finished`] if the log was finished.
    pub fn try_claim_writer(&self) -> Result<Writer<T>, Error> {
        Writer::claim(&self.core)
    }

    /// Whether the log has a writer. The answer may be out of date on return.
    pub fn has_writer(&self) -> bool {
        self.core.has_writer()
    }

    /// The same as [`AtomicLog::has_writer`].
    pub fn is_writer_claimed(&self) -> bool {
        self.has_writer()
    }

    /// Minimum history kept readable, in values, as given in the options.
    pub fn retained_capacity(&self) -> usize {
        self.core.geometry.options.retained_capacity as usize
    }

    /// Size of one segment, in values, as given in the options.
    pub fn segment_capacity(&self) -> usize {
        self.core.geometry.options.segment_capacity as usize
    }

    /// Takes a stable view of the values that are retained now. Lock-free. The cost is constant, and nothing is
    /// allocated.
    pub fn snapshot(&self) -> Snapshot<T> {
        Snapshot::from_view(View::new(&self.core))
    }

    /// Makes a reader that follows the log. It begins at the oldest retained value.
    pub fn cursor(&self) -> Cursor<T> {
        Cursor::from_raw(RawCursor::at_begin(View::new(&self.core)))
    }

    /// Makes a reader that follows the log. It begins after the newest value, and reads what is published from now on.
    pub fn cursor_at_end(&self) -> Cursor<T> {
        Cursor::from_raw(RawCursor::at_end(View::new(&self.core)))
    }

    /// The sequences of the values that a snapshot taken now would show. Both ends never decrease. The answer may be
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
    /// # let log = atomic_log::AtomicLog::<u64>::new(8, 4);
    /// eprint!("{}", log.describe());
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

    /// Whether [`Writer::finish`] ended the log. Nothing will be appended to a finished log.
    pub fn is_finished(&self) -> bool {
        self.core.is_finished()
    }
}

#[cfg(feature = "alloc")]
fn or_panic<L>(made: Result<L, Error>) -> L {
    match made {
        Ok(made) => made,
        Err(error) => panic!("{error}"),
    }
}

impl<T> Writer<T> {
    /// A handle on the log.
    pub fn log(&self) -> AtomicLog<T> {
        AtomicLog::from_core(LogRef::new(self.raw.core()))
    }
}

impl<T> Snapshot<T> {
    /// A handle on the log.
    pub fn log(&self) -> AtomicLog<T> {
        AtomicLog::from_core(LogRef::new(self.view.core()))
    }
}

impl<T> Cursor<T> {
    /// A handle on the log.
    pub fn log(&self) -> AtomicLog<T> {
        AtomicLog::from_core(LogRef::new(self.raw.core()))
    }
}

impl<T> Clone for AtomicLog<T> {
    fn clone(&self) -> AtomicLog<T> {
        AtomicLog::from_core(self.core.clone())
    }
}

impl<T> fmt::Debug for AtomicLog<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AtomicLog").field("range", &self.range()).field("has_writer", &self.has_writer()).finish()
    }
}

/// Gives the claim back, as dropping the writer does.
impl<T> From<Writer<T>> for AtomicLog<T> {
    fn from(writer: Writer<T>) -> AtomicLog<T> {
        writer.log()
    }
}

impl<T> From<Snapshot<T>> for AtomicLog<T> {
    fn from(snapshot: Snapshot<T>) -> AtomicLog<T> {
        snapshot.log()
    }
}

impl<T> From<AtomicLog<T>> for Snapshot<T> {
    fn from(log: AtomicLog<T>) -> Snapshot<T> {
        log.snapshot()
    }
}

impl<T> From<&Writer<T>> for AtomicLog<T> {
    fn from(writer: &Writer<T>) -> AtomicLog<T> {
        writer.log()
    }
}

impl<T> From<&Snapshot<T>> for AtomicLog<T> {
    fn from(snapshot: &Snapshot<T>) -> AtomicLog<T> {
        snapshot.log()
    }
}

impl<T> From<&AtomicLog<T>> for Snapshot<T> {
    fn from(log: &AtomicLog<T>) -> Snapshot<T> {
        log.snapshot()
    }
}

impl<T> From<&Writer<T>> for Snapshot<T> {
    fn from(writer: &Writer<T>) -> Snapshot<T> {
        writer.log().snapshot()
    }
}

impl<T> TryFrom<&AtomicLog<T>> for Writer<T> {
    type Error = Error;

    fn try_from(log: &AtomicLog<T>) -> Result<Writer<T>, Error> {
        log.try_claim_writer()
    }
}
