//! Writes what logs hold to a file: MCAP, which Foxglove, PlotJuggler, Rerun and the `mcap` libraries open.
//!
//! Async-signal-safe, like `raw::read::describe`: nothing here allocates, takes a lock or uses thread-local state, and
//! writing does not change the recorder. For the protocol, a recording is one more reader.

pub(crate) mod channel;
pub(crate) mod fields;
pub(crate) mod mcap;

use core::fmt;
use core::marker::PhantomData;
use core::mem::{ManuallyDrop, MaybeUninit};
use core::ptr::NonNull;

use channel::Channel;
#[doc(hidden)]
pub use fields::field_of;
use fields::{ChannelProblem, Fields};
use mcap::{BUFFER, Chunk, File, Refused, Sink};

use crate::raw::core::Core;
use crate::raw::{CoreRef, LogRef, View};
use crate::{AtomicLog, RecordKind, RecordLog};

/// Most logs that a recorder takes.
///
/// cbindgen:ignore
pub const RECORDER_LOGS: usize = 16;

/// What was written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[repr(C)]
pub struct Recording {
    /// Records of all logs.
    pub records: u64,
    /// Bytes of the file.
    pub bytes: u64,
    /// Records of all logs that were published, but were older than the views.
    pub older: u64,
    /// Records of all logs that the views showed, and that `max_records` or `max_age` left out.
    pub left_out: u64,
    /// For each log, in the order in which they were added: the sequence of the first record that was written, and the
    /// view's end.
    pub ranges: [[u64; 2]; RECORDER_LOGS],
}

#[derive(Clone, Copy)]
struct Entry<'a> {
    core: NonNull<Core>,
    channel: Channel<'a>,
}

/// Writes what logs hold to an MCAP file.
///
/// A recorder lists logs. Each call of [`Recorder::write`] writes a whole new file. Between the calls the recorder
/// holds no view. Writing allocates nothing and takes no lock, so a signal handler may do it.
pub struct Recorder<'a> {
    count: usize,
    /// The first `count` are initialised.
    entries: [MaybeUninit<Entry<'a>>; RECORDER_LOGS],
    logs: PhantomData<&'a LogRef>,
}

// SAFETY: writing needs `&self`, and takes views, which any thread may take. The logs are borrowed, and `add` demands
// that any thread may read their values.
unsafe impl Send for Recorder<'_> {}
// SAFETY: as for `Send`; adding takes `&mut`.
unsafe impl Sync for Recorder<'_> {}

impl Default for Recorder<'_> {
    fn default() -> Self {
        Recorder::new()
    }
}

impl fmt::Debug for Recorder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.entries().iter().map(|entry| entry.channel.topic())).finish()
    }
}

impl<'a> Recorder<'a> {
    /// A recorder without logs.
    pub const fn new() -> Recorder<'a> {
        Recorder { count: 0, entries: [MaybeUninit::uninit(); RECORDER_LOGS], logs: PhantomData }
    }

    /// Adds a log of values, with their fields. From now on the recorder writes it.
    ///
    /// # Errors
    /// What is wrong with the channel, or that the recorder has [`RECORDER_LOGS`] logs.
    pub fn add<T: Send + Sync>(
        &mut self,
        log: &'a AtomicLog<T>,
        channel: Channel<'a>,
        fields: Fields<T>,
    ) -> Result<(), ChannelProblem<'a>> {
        self.add_core(&log.core, channel.of_values(fields)?)
    }

    /// Adds a log of records. From now on the recorder writes it.
    ///
    /// # Errors
    /// The same as [`Recorder::add`].
    pub fn add_records<K: RecordKind>(
        &mut self,
        log: &'a RecordLog<K>,
        channel: Channel<'a>,
    ) -> Result<(), ChannelProblem<'a>> {
        self.add_core(log.core(), channel)
    }

    /// Adds a log, which the caller keeps alive.
    pub(crate) fn add_core(&mut self, core: &CoreRef, channel: Channel<'a>) -> Result<(), ChannelProblem<'a>> {
        channel.check(core)?;
        let count = self.count;
        let Some(entry) = self.entries.get_mut(count) else {
            return Err("the recorder has 16 logs, which is all that it takes".into());
        };
        entry.write(Entry { core: core.as_ptr(), channel });
        // A signal handler on this thread finds the whole entry, or none.
        core::sync::atomic::compiler_fence(core::sync::atomic::Ordering::Release);
        self.count = count + 1;
        Ok(())
    }

    fn entries(&self) -> &[Entry<'a>] {
        // SAFETY: `count` entries were written, and a `MaybeUninit<Entry>` has the layout of an `Entry`.
        unsafe { core::slice::from_raw_parts(self.entries.as_ptr().cast::<Entry<'a>>(), self.count) }
    }

    /// Writes the schemas, then the channels. The format demands that a summary has the records of a kind together.
    fn declare(&self, file: &mut File<'_, '_>) {
        for (id, entry) in (1..).zip(self.entries()) {
            entry.channel.declare_schema(file, id);
        }
        for (id, entry) in (1..).zip(self.entries()) {
            entry.channel.declare(file, id);
        }
    }

    /// Writes a whole file: what each log shows now. `sink` gets it in pieces: of at most 16 KiB, or one large record.
    ///
    /// # Errors
    /// What the sink returned. Then the file is incomplete.
    pub fn write<E>(&self, mut sink: impl FnMut(&[u8]) -> Result<(), E>) -> Result<Recording, E> {
        let mut error = None;
        let mut recording = Recording::default();
        let _ = self.write_to(&mut recording, &mut |bytes| {
            sink(bytes).map_err(|refusal| {
                error = Some(refusal);
                Refused
            })
        });
        error.map_or(Ok(recording), Err)
    }

    /// `recording` is empty before the call.
    pub(crate) fn write_to(&self, recording: &mut Recording, sink: &mut Sink<'_>) -> Result<(), Refused> {
        let entries = self.entries();
        // All of them before the first is written: so they show one moment, however slow the sink is.
        let mut views = [const { None }; RECORDER_LOGS];
        for (view, entry) in views.iter_mut().zip(entries) {
            // SAFETY: the log is alive, which `add` demands. The count is not dropped here: it belongs to the caller.
            let log = ManuallyDrop::new(unsafe { LogRef::from_raw(entry.core) });
            *view = Some(View::new(&log));
        }
        // Readers of ROS 2 recordings take only files where all is CDR.
        let all_cdr = entries.iter().all(|entry| entry.channel.is_cdr());
        let mut buffer = BUFFER;
        let mut file = File::begin(sink, &mut buffer, if all_cdr { "ros2" } else { "" });
        self.declare(&mut file);
        let mut chunks = [Chunk::default(); RECORDER_LOGS];
        let outs = chunks.iter_mut().zip(&mut recording.ranges);
        for (((id, entry), view), (chunk, range)) in (1..).zip(entries).zip(views.iter().flatten()).zip(outs) {
            let shown = view.range();
            let mut choice = entry.channel.choose(id, view);
            entry.channel.write(&mut file, view, &mut choice);
            *chunk = choice.chunk;
            recording.records += chunk.count;
            recording.older = recording.older.saturating_add(view.older());
            recording.left_out += shown.end - shown.start - chunk.count;
            *range = [choice.first.unwrap_or(shown.end), shown.end];
        }
        let summary = file.end_data();
        self.declare(&mut file);
        let schemas = entries.iter().filter(|entry| entry.channel.has_schema()).count();
        recording.bytes = file.end(summary, schemas as u16, chunks.get(..entries.len()).unwrap_or_default())?;
        Ok(())
    }
}
