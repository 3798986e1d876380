//! A channel: how the records of one log appear in a file, and how they are written there.

use core::ops::Range;

use super::fields::{self, ChannelProblem, Field, Fields};
use super::mcap::{Chunk, File, MESSAGES_MAX, Messages};
use crate::Problem;
use crate::raw::core::Core;
use crate::raw::{Kind, View};

/// How the records of one log appear in a file: under which topic, and how they are encoded.
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
    /// A channel with a topic, such as `/ticks`, and a name of its messages, such as `market/msg/Tick`.
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

    /// Bytes from the begin of a record to its time, a `u64` in nanoseconds. Without it, the time is the record's
    /// sequence.
    pub const fn time_offset(mut self, offset: u32) -> Channel<'a> {
        self.time_offset = Some(offset);
        self
    }

    /// The members of a record, for a log of records of one size.
    pub const fn fields(mut self, fields: &'a [Field<'a>]) -> Channel<'a> {
        self.fields = fields;
        self
    }

    /// Without fields: how a record is encoded, such as `json`, `protobuf` or `cbor`.
    pub const fn encoding(mut self, message_encoding: &'a str) -> Channel<'a> {
        self.message_encoding = message_encoding;
        self
    }

    /// Without fields: the schema, and how the schema is encoded, such as `jsonschema` or `protobuf`.
    pub const fn schema(mut self, schema_encoding: &'a str, schema: &'a [u8]) -> Channel<'a> {
        self.schema_encoding = schema_encoding;
        self.schema = schema;
        self
    }

    /// Writes only this many of the newest records. 0: all in view, and at most 268,435,455.
    pub const fn max_records(mut self, max_records: u64) -> Channel<'a> {
        self.max_records = max_records;
        self
    }

    /// Writes only records whose time is at most this much before the time of the newest record. 0: all in view.
    pub const fn max_age(mut self, max_age: u64) -> Channel<'a> {
        self.max_age = max_age;
        self
    }

    /// Checks whether the records of a log can be written like this.
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

    /// The channel with the fields of a type.
    pub(super) fn of_values<T>(self, fields: Fields<T>) -> Result<Channel<'a>, ChannelProblem<'a>> {
        // The time is read as bytes, so it must be a member.
        let is_time = |offset| fields.list.iter().any(|field| field.is_time_at(offset));
        if self.time_offset.is_some_and(|offset| !is_time(offset)) {
            return Err("time_offset is not where a field of type u64 begins".into());
        }
        Ok(self.fields(fields.list))
    }

    pub(super) fn topic(&self) -> &'a str {
        self.topic
    }

    /// Whether messages are CDR: a record's fields as they lie in memory.
    pub(super) fn is_cdr(&self) -> bool {
        !self.fields.is_empty()
    }

    pub(super) fn has_schema(&self) -> bool {
        self.is_cdr() || !self.schema.is_empty()
    }
}

/// A record of a view.
struct Shown {
    sequence: u64,
    time: u64,
    data: *const u8,
    size: usize,
}

/// What is written of a view.
pub(super) struct Choice {
    /// The newest records, as many as `max_records` allows.
    records: Range<u64>,
    /// Of these, the ones of this time and later, as `max_age` demands.
    since: u64,
    /// The time of the last record before `records`.
    time_before: u64,
    /// The sequence of the first record that is written.
    pub(super) first: Option<u64>,
    pub(super) chunk: Chunk,
}

impl Channel<'_> {
    /// Writes the channel's schema, if it has one.
    pub(super) fn declare_schema(&self, file: &mut File<'_, '_>, id: u16) {
        if self.has_schema() {
            let encoding = if self.is_cdr() { "ros2msg" } else { self.schema_encoding };
            file.schema(id, self.schema_name, encoding, &|write| {
                if self.is_cdr() { fields::write_schema(self.fields, write) } else { write(self.schema) }
            });
        }
    }

    /// Writes the channel's description.
    pub(super) fn declare(&self, file: &mut File<'_, '_>, id: u16) {
        let encoding = if self.is_cdr() { "cdr" } else { self.message_encoding };
        file.channel(id, if self.has_schema() { id } else { 0 }, self.topic, encoding);
    }

    /// Chooses what is written of a view, under the number of the channel.
    pub(super) fn choose(&self, id: u16, view: &View) -> Choice {
        let shown = view.range();
        let most = if self.max_records == 0 { MESSAGES_MAX } else { self.max_records.min(MESSAGES_MAX) };
        let records = shown.start.max(shown.end.saturating_sub(most))..shown.end;
        let timed = self.time_offset.is_some();
        let since = match self.max_age {
            0 => 0,
            age if timed => self.time_before(view, shown.end).saturating_sub(age),
            age => shown.end.saturating_sub(1).saturating_sub(age),
        };
        let is_bytes = view.core().geometry.kind == Kind::Bytes;
        let time_before = if timed && is_bytes { self.time_before(view, records.start) } else { 0 };
        let mut chunk = Chunk::of(id);
        let mut choice = Choice { records, since, time_before, first: None, chunk };
        let messages = self.messages(id);
        let mut first = None;
        self.each(view, &choice, &mut |record| {
            chunk.add(record.time, messages.size(record.size));
            first.get_or_insert(record.sequence);
            true
        });
        (choice.chunk, choice.first) = (chunk, first);
        choice
    }

    /// Writes what was chosen of a view, and the index of it.
    pub(super) fn write(&self, file: &mut File<'_, '_>, view: &View, choice: &mut Choice) {
        if choice.chunk.count == 0 {
            return;
        }
        let messages = self.messages(choice.chunk.channel);
        let has_gaps = fields::has_gaps(self.fields);
        file.chunk(&mut choice.chunk);
        self.each(view, choice, &mut |record| {
            file.message(&messages, record.sequence, record.time, record.size);
            if has_gaps {
                // SAFETY: I1: the record is in view, and the fields lie in it.
                unsafe { self.write_members(file, record.data) }
            } else {
                // SAFETY: I1: the record is in view. A caller that gives fields without gaps has written all of its
                // bytes. A record without fields is as the caller wrote it, bytes between its members too.
                file.bytes(unsafe { core::slice::from_raw_parts(record.data, record.size) });
            }
            !file.is_refused()
        });
        file.index(&mut choice.chunk);
        let mut offset = 0;
        self.each(view, choice, &mut |record| {
            file.indexed(record.time, offset);
            offset += messages.size(record.size);
            !file.is_refused()
        });
    }

    fn messages(&self, channel: u16) -> Messages {
        // CDR in the byte order of this machine.
        let prefix = [0, u8::from(cfg!(target_endian = "little")), 0, 0];
        Messages { channel, prefix, prefix_size: if self.is_cdr() { 4 } else { 0 } }
    }

    /// Passes each record that was chosen of a view to `take`, in order, as long as it returns true.
    fn each(&self, view: &View, choice: &Choice, take: &mut dyn FnMut(&Shown) -> bool) {
        let geometry = &view.core().geometry;
        let size = self.fields.last().map_or(geometry.record_size, Field::end);
        let mut last_time = choice.time_before;
        for index in view.chunks_of(&choice.records).unwrap_or_default() {
            // SAFETY: I1: `chunks_of` returned the index; the view covers the segment.
            let (chunk, first) = unsafe {
                let chunk = view.chunk_within(index, &choice.records);
                let first = chunk.first_sequence();
                (chunk, first)
            };
            let (base, spans) = match geometry.kind {
                Kind::Bytes => chunk.spans(geometry),
                _ => (chunk.records(geometry), core::ptr::null()),
            };
            for within in 0..chunk.count as usize {
                // SAFETY: I1: a record in view is frozen, and so is its span.
                let (data, size) = unsafe {
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
                    // A byte record that is too short for a time gets the time of the record before it.
                    // SAFETY: the record has `size` bytes, or `record_size` bytes if that is more.
                    Some(_) => unsafe { self.time(data, size.max(geometry.record_size)) }.unwrap_or(last_time),
                };
                last_time = time;
                if time >= choice.since && !take(&Shown { sequence, time, data, size }) {
                    return;
                }
            }
        }
    }

    /// The time of the last record in view that lies before this sequence and is long enough for a time. 0 if there is
    /// none.
    #[inline(never)]
    fn time_before(&self, view: &View, sequence: u64) -> u64 {
        let mut before = sequence;
        while let Some((record, size)) = before.checked_sub(1).and_then(|last| view.record(last)) {
            // SAFETY: I1: the record is in view, and has `size` bytes.
            if let Some(time) = unsafe { self.time(record, size) } {
                return time;
            }
            before -= 1;
        }
        0
    }

    /// A record's time, if the channel has a time and the record is long enough.
    ///
    /// # Safety
    /// The record has `size` bytes.
    unsafe fn time(&self, record: *const u8, size: usize) -> Option<u64> {
        let offset = self.time_offset? as usize;
        // SAFETY: it has 8 bytes there.
        (size.checked_sub(offset)? >= 8).then(|| unsafe { record.add(offset).cast::<u64>().read_unaligned() })
    }

    /// Writes a record's fields, and zeros for the bytes between them, which may never have been written.
    ///
    /// # Safety
    /// The fields lie in the record.
    unsafe fn write_members(&self, file: &mut File<'_, '_>, record: *const u8) {
        let mut end = 0;
        for field in self.fields {
            // A gap is smaller than the largest value.
            file.bytes([0; 8].get(..field.begin() - end).unwrap_or_default());
            end = field.end();
            // SAFETY: I1: the field lies in the record, which is frozen while the view covers it.
            file.bytes(unsafe { core::slice::from_raw_parts(record.add(field.begin()), end - field.begin()) });
        }
    }
}
