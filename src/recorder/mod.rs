//! What logs hold, as a file that others read: MCAP, which Foxglove, PlotJuggler, Rerun and the `mcap` libraries open.
//!
//! Async-signal-safe, as `raw::describe` is: nothing here allocates, takes a lock or keeps anything in a thread, and
//! writing changes no recorder. To the protocol a recording is one more reader.

pub(crate) mod fields;
pub(crate) mod mcap;

use core::fmt;
use core::marker::PhantomData;
use core::mem::{ManuallyDrop, MaybeUninit};
use core::ops::Range;
use core::ptr::NonNull;

#[doc(hidden)]
pub use fields::field_of;
use fields::{ChannelProblem, Field, Fields};
use mcap::{BUFFER, File, Messages, Refused, Sink};

use crate::raw::core::Core;
use crate::raw::{CoreRef, Kind, LogRef, View};
use crate::{AtomicLog, Problem, RecordKind, RecordLog};

/// How many logs a recorder takes.
///
/// cbindgen:ignore
pub const RECORDER_LOGS: usize = 16;

/// What the records of one log are in a file: where they appear, and how they are encoded.
#[derive(Clone, Copy, Debug)]
pub struct Channel<'a> {
    topic: &'a str,
    schema_name: &'a str,
    fields: &'a [Field<'a>],
    time_offset: Option<u32>,
    message_encoding: &'a str,
    schema_encoding: &'a str,
    schema: &'a [u8],
    max_records: u64,
    max_age: u64,
}

impl<'a> Channel<'a> {
    /// A channel under a topic, such as `/ticks`, whose messages are called `schema_name`, such as `market/msg/Tick`.
    pub const fn new(topic: &'a str, schema_name: &'a str) -> Channel<'a> {
        Channel {
            topic,
            schema_name,
            fields: &[],
            time_offset: None,
            message_encoding: "",
            schema_encoding: "",
            schema: &[],
            max_records: 0,
            max_age: 0,
        }
    }

    /// Where a record has its time, a `u64` of nanoseconds. Without it the time is the record's sequence.
    pub const fn time_offset(mut self, offset: u32) -> Channel<'a> {
        self.time_offset = Some(offset);
        self
    }

    /// What the members of a record are, for a log of records of one size.
    pub const fn fields(mut self, fields: &'a [Field<'a>]) -> Channel<'a> {
        self.fields = fields;
        self
    }

    /// How records are encoded that have no fields: `json`, `protobuf`, `cbor`.
    pub const fn encoding(mut self, message_encoding: &'a str) -> Channel<'a> {
        self.message_encoding = message_encoding;
        self
    }

    /// What describes such records, and how that is encoded: `jsonschema`, `protobuf`.
    pub const fn schema(mut self, schema_encoding: &'a str, schema: &'a [u8]) -> Channel<'a> {
        self.schema_encoding = schema_encoding;
        self.schema = schema;
        self
    }

    /// Writes only so many of the newest records; 0 writes all in view.
    pub const fn max_records(mut self, max_records: u64) -> Channel<'a> {
        self.max_records = max_records;
        self
    }

    /// Writes only records whose time is at most so much before the newest record's; 0 writes all in view.
    pub const fn max_age(mut self, max_age: u64) -> Channel<'a> {
        self.max_age = max_age;
        self
    }

    /// Whether the records of a log can be written so.
    pub(crate) fn check(&self, core: &Core) -> Result<(), ChannelProblem<'a>> {
        let geometry = &core.geometry;
        let record_size = geometry.record_size as u64;
        if self.topic.is_empty() {
            return Err("topic is empty: it is what the channel is called, such as /ticks".into());
        }
        if !self.fields.is_empty() {
            if geometry.kind == Kind::Bytes {
                return Err(
                    "fields are for logs of records of one size, and this log's have any: say message_encoding instead"
                        .into(),
                );
            }
            if !fields::is_message_name(self.schema_name) {
                return Err("schema_name is none that readers of ROS 2 messages take: package/msg/Name, such as market/msg/Tick, \
                            the package in lower case and the name with a capital first"
                    .into());
            }
            if !matches!(self.message_encoding, "" | "cdr") {
                return Err("message_encoding is for records without fields: with fields it is cdr".into());
            }
            if !matches!(self.schema_encoding, "" | "ros2msg") || !self.schema.is_empty() {
                return Err("the schema is for records without fields: with fields it is made of them".into());
            }
            fields::check(self.fields, record_size)?;
        } else if self.message_encoding.is_empty() {
            return Err("there are neither fields nor a message_encoding, such as json: readers could not tell what a record is".into());
        } else if !self.schema.is_empty() && (self.schema_name.is_empty() || self.schema_encoding.is_empty()) {
            return Err("there is a schema, and no schema_name or no schema_encoding, such as jsonschema".into());
        }
        if u32::try_from(self.schema.len()).is_err() {
            return Err("the schema is longer than 4 GiB".into());
        }
        match self.time_offset {
            Some(offset) if geometry.kind != Kind::Bytes && u64::from(offset) + 8 > record_size => Err(Problem::bound(
                "time_offset",
                offset.into(),
                " leaves no 8 bytes for the time in a record of",
                record_size,
                " bytes; ALOG_NO_TIME is for records without one",
            )
            .into()),
            _ => Ok(()),
        }
    }

    fn has_schema(&self) -> bool {
        !self.fields.is_empty() || !self.schema.is_empty()
    }
}

/// What was written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[repr(C)]
pub struct Recording {
    /// Records of all logs.
    pub records: u64,
    /// Bytes of the file.
    pub bytes: u64,
    /// Records of all logs that were published, and are older than what the views showed.
    pub older: u64,
    /// Records of all logs that the views showed, and that `max_records` or `max_age` left out.
    pub left_out: u64,
    /// For each log, in the order in which they were added, the sequence of the first record that was written, and the
    /// end of the view.
    pub ranges: [[u64; 2]; RECORDER_LOGS],
}

#[derive(Clone, Copy)]
struct Entry<'a> {
    core: NonNull<Core>,
    channel: Channel<'a>,
}

/// Writes what logs hold as one file of MCAP.
///
/// A recorder lists the logs, and writes them whenever it is asked: each time a whole new file. It holds no view
/// meanwhile. To write it allocates nothing and takes no lock, so that the handler of a signal may do so.
pub struct Recorder<'a> {
    count: usize,
    /// As many as are counted are there.
    entries: [MaybeUninit<Entry<'a>>; RECORDER_LOGS],
    logs: PhantomData<&'a LogRef>,
}

// SAFETY: writing needs `&self`, and takes views, which any thread may; the logs are borrowed, and `add` demands that
// their values may be read by any thread.
unsafe impl Send for Recorder<'_> {}
// SAFETY: as above.
unsafe impl Sync for Recorder<'_> {}

impl Default for Recorder<'_> {
    fn default() -> Self {
        Recorder::new()
    }
}

impl fmt::Debug for Recorder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.entries().iter().map(|entry| entry.channel.topic)).finish()
    }
}

impl<'a> Recorder<'a> {
    /// A recorder of no logs.
    pub const fn new() -> Recorder<'a> {
        Recorder { count: 0, entries: [MaybeUninit::uninit(); RECORDER_LOGS], logs: PhantomData }
    }

    /// Adds a log of values by their fields, which may be written from now on.
    ///
    /// # Errors
    /// What is wrong with the channel, or that [`RECORDER_LOGS`] logs are there.
    pub fn add<T: Send + Sync>(
        &mut self,
        log: &'a AtomicLog<T>,
        channel: Channel<'a>,
        fields: Fields<T>,
    ) -> Result<(), ChannelProblem<'a>> {
        // The time is read as bytes, so it must be a member.
        let is_time = |offset| fields.list.iter().any(|field| field.is_time_at(offset));
        if channel.time_offset.is_some_and(|offset| !is_time(offset)) {
            return Err("time_offset is not where a field of type u64 begins".into());
        }
        self.add_core(&log.core, channel.fields(fields.list))
    }

    /// Adds a log of records, which may be written from now on.
    ///
    /// # Errors
    /// As [`Recorder::add`].
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
        // A handler on this thread finds the entry whole, or not at all.
        core::sync::atomic::compiler_fence(core::sync::atomic::Ordering::Release);
        self.count = count + 1;
        Ok(())
    }

    fn entries(&self) -> &[Entry<'a>] {
        // SAFETY: as many were added, which an `Entry` or room for one looks the same for.
        unsafe { core::slice::from_raw_parts(self.entries.as_ptr().cast::<Entry<'a>>(), self.count) }
    }

    /// Writes a file: what each log shows now. `sink` gets it piece by piece, up to 16 KiB at a time or a large record.
    ///
    /// # Errors
    /// What the sink returned; the file has no end then.
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

    /// `recording` is empty before.
    pub(crate) fn write_to(&self, recording: &mut Recording, sink: &mut Sink<'_>) -> Result<(), Refused> {
        // Readers of ROS 2 recordings take no other files.
        let all_cdr = self.entries().iter().all(|entry| !entry.channel.fields.is_empty());
        let mut buffer = BUFFER;
        let mut file = File::begin(sink, &mut buffer, if all_cdr { "ros2" } else { "" })?;
        for (id, Entry { channel, .. }) in (1..).zip(self.entries()) {
            let (schema_encoding, message_encoding) = if channel.fields.is_empty() {
                (channel.schema_encoding, channel.message_encoding)
            } else {
                ("ros2msg", "cdr")
            };
            if channel.has_schema() {
                file.schema(id, channel.schema_name, schema_encoding, &|sink| {
                    if channel.fields.is_empty() {
                        sink(channel.schema)
                    } else {
                        fields::write_schema(channel.fields, sink)
                    }
                })?;
            }
            file.channel(id, if channel.has_schema() { id } else { 0 }, channel.topic, message_encoding)?;
        }
        for ((id, entry), range) in (1..).zip(self.entries()).zip(&mut recording.ranges) {
            // SAFETY: the log is alive, which `add` demands; the count is not this one's to drop.
            let log = ManuallyDrop::new(unsafe { LogRef::from_raw(entry.core) });
            let view = View::new(&log);
            let shown = view.range();
            let written = entry.channel.write(&mut file, id, &view, &shown)?;
            recording.records += written.count;
            recording.older = recording.older.saturating_add(shown.start);
            recording.left_out += shown.end - shown.start - written.count;
            *range = [written.first.unwrap_or(shown.end), shown.end];
        }
        recording.bytes = file.end()?;
        Ok(())
    }
}

/// How many records were written, and the first one's sequence.
#[derive(Default)]
struct Written {
    count: u64,
    first: Option<u64>,
}

impl Channel<'_> {
    fn write(&self, file: &mut File<'_, '_>, id: u16, view: &View, shown: &Range<u64>) -> Result<Written, Refused> {
        let geometry = &view.core().geometry;
        let cdr = !self.fields.is_empty();
        // CDR of the byte order of this machine.
        let prefix = [0, u8::from(cfg!(target_endian = "little")), 0, 0];
        let messages = Messages { channel: id, prefix, prefix_size: if cdr { 4 } else { 0 } };
        let size = self.fields.last().map_or(geometry.record_size, Field::end);
        let has_gaps = fields::has_gaps(self.fields);
        let least = if self.max_records == 0 { 0 } else { shown.end.saturating_sub(self.max_records) };
        let records = shown.start.max(least)..shown.end;
        let timed = self.time_offset.is_some();
        let since = match self.max_age {
            0 => 0,
            age if timed => self.time_before(view, shown.end).saturating_sub(age),
            age => shown.end.saturating_sub(1).saturating_sub(age),
        };
        let mut written = Written::default();
        let mut last_time =
            if timed && geometry.kind == Kind::Bytes { self.time_before(view, records.start) } else { 0 };
        for index in view.chunks_of(&records).unwrap_or_default() {
            // SAFETY: `chunks_of` said so; the view covers the segment.
            let (chunk, first) = unsafe {
                let chunk = view.chunk_within(index, &records);
                let first = chunk.first_sequence();
                (chunk, first)
            };
            let (base, spans) = match geometry.kind {
                Kind::Bytes => chunk.spans(geometry),
                _ => (chunk.records(geometry), core::ptr::null()),
            };
            for within in 0..chunk.count as usize {
                // SAFETY: I1: a record in view is frozen, and so is its span.
                let (record, size) = unsafe {
                    if spans.is_null() {
                        (base.add(within * geometry.stride), size)
                    } else {
                        let span = *spans.add(within);
                        (base.add(span.offset as usize), span.size as usize)
                    }
                };
                let sequence = first + within as u64;
                let time = match self.time_offset {
                    None => sequence,
                    // A byte record that is too short for a time has that of the one before it.
                    // SAFETY: the record has as many bytes, or `record_size`.
                    Some(_) => unsafe { self.time(record, size.max(geometry.record_size)) }.unwrap_or(last_time),
                };
                last_time = time;
                if time < since {
                    continue;
                }
                file.message(&messages, sequence, time, size)?;
                if has_gaps {
                    // SAFETY: the record is in view, and the fields lie in it.
                    unsafe { self.write_members(file, record)? };
                } else {
                    // SAFETY: the record is in view. A caller who says fields without gaps has written them; a record
                    // without fields is as the caller wrote it, bytes between its members too.
                    file.bytes(unsafe { core::slice::from_raw_parts(record, size) })?;
                }
                written.count += 1;
                written.first.get_or_insert(sequence);
            }
        }
        Ok(written)
    }

    /// The time of the last record in view before this sequence that is long enough for one; 0 if there is none.
    #[inline(never)]
    fn time_before(&self, view: &View, sequence: u64) -> u64 {
        let mut before = sequence;
        while let Some((record, size)) = before.checked_sub(1).and_then(|last| view.record(last)) {
            // SAFETY: the record is in view, and has as many bytes.
            if let Some(time) = unsafe { self.time(record, size) } {
                return time;
            }
            before -= 1;
        }
        0
    }

    /// A record's time, if it names one and is long enough.
    ///
    /// # Safety
    /// The record has as many bytes.
    unsafe fn time(&self, record: *const u8, size: usize) -> Option<u64> {
        let offset = self.time_offset? as usize;
        // SAFETY: it has 8 bytes there.
        (size.checked_sub(offset)? >= 8).then(|| unsafe { record.add(offset).cast::<u64>().read_unaligned() })
    }

    /// Writes a record's fields, and zeros for what lies between them: that may never have been written.
    ///
    /// # Safety
    /// The fields lie in the record.
    unsafe fn write_members(&self, file: &mut File<'_, '_>, record: *const u8) -> Result<(), Refused> {
        let mut end = 0;
        for field in self.fields {
            // Less than the size of the largest value.
            file.bytes([0; 8].get(..field.begin() - end).unwrap_or_default())?;
            end = field.end();
            // SAFETY: the caller's contract.
            file.bytes(unsafe { core::slice::from_raw_parts(record.add(field.begin()), end - field.begin()) })?;
        }
        Ok(())
    }
}
