//! The recorder: what logs hold, as a file of MCAP. A step makes a recorder, adds logs, writes, and forgets it: a
//! recorder owns nothing.

use std::ffi::{c_char, c_void};
use std::ptr::null;

use atomic_log::ffi::log::alog_log;
use atomic_log::ffi::recorder::*;
use atomic_log::ffi::status::alog_status::{self, *};

use super::block::{Block, Place};
use super::promises;
use super::{Argument, Kind, Program, call};

const MAGIC: &[u8] = b"\x89MCAP0\r\n";
/// The kind of a record of statistics.
const STATISTICS: u8 = 0x0b;
const CHANNEL_SIZE: u32 = size_of::<alog_channel>() as u32;

/// A recorder as bytes, since it is never copied.
type Recorder = [u64; size_of::<alog_recorder>() / 8];

/// The bytes that a sink got, the number of calls after which it refuses, and how it does so.
#[derive(Default)]
struct Received {
    bytes: Vec<u8>,
    calls: usize,
    refusal: Option<(usize, alog_status)>,
}

unsafe extern "C" fn receive(context: *mut c_void, data: *const c_void, size: usize) -> alog_status {
    // SAFETY: the recorder passes on the context that it was given, and as many bytes as it says.
    let (received, bytes) =
        unsafe { (&mut *context.cast::<Received>(), std::slice::from_raw_parts(data.cast::<u8>(), size)) };
    assert!(size > 0, "a sink is given no bytes");
    received.calls += 1;
    match received.refusal {
        Some((after, refusal)) if received.calls > after => refusal,
        _ => {
            received.bytes.extend(bytes);
            ALOG_OK
        }
    }
}

/// A channel, and what must come of it.
struct Described {
    block: Block<alog_channel>,
    _fields: Vec<alog_field>,
    refused: Option<alog_status>,
    max_records: u64,
}

impl Program<'_> {
    pub(super) fn recording(&mut self) {
        let recorder = Block::<Recorder>::new(self.place());
        let mut received = Received::default();
        if self.input.one_in(4) {
            let refusal = self.input.choose(&[ALOG_ERR_IO, ALOG_UNCHANGED]);
            received.refusal = Some((self.input.below(8), refusal));
        }
        let kind_of_sink = self.input.below(8);
        let mut sink = Block::<alog_sink>::new(match kind_of_sink {
            0 => Place::Null,
            1 => Place::Misaligned,
            _ => Place::Good,
        });
        let context: *mut Received = &mut received;
        let write: Option<unsafe extern "C" fn(*mut c_void, *const c_void, usize) -> alog_status> =
            if kind_of_sink == 2 { None } else { Some(receive) };
        // SAFETY: the block has room for a sink.
        sink.fill(&unsafe { bytes_of(&alog_sink { context: context.cast(), write }) });
        let refused = match kind_of_sink {
            1 => Some(ALOG_ERR_ARGUMENT),
            2 => Some(ALOG_ERR_NULL),
            _ => None,
        };
        let refused = recorder.refused().or(refused);
        self.say(|| format!("alog_recorder_init({:?}, sink {kind_of_sink})", recorder.place));
        let status = call!(alog_recorder_init(recorder.pointer().cast(), sink.pointer()));
        self.told(&promises::RECORDER_INIT, status, &[refused.unwrap_or(ALOG_OK)]);
        if refused.is_some() {
            recorder.check_untouched();
        }
        // What functions do with memory in which there is no recorder.
        let no_recorder = recorder.refused().or(refused.map(|_| ALOG_ERR_HANDLE));

        let mut added = Vec::new();
        let adds = if self.input.one_in(8) { 17 } else { self.input.below(4) };
        for _ in 0..adds {
            let log = self.handle(Kind::Log);
            let channel = self.describe_channel(&log);
            self.check_channel(&log, &channel);
            // The recorder's memory, then the log, then the channel.
            let refused = no_recorder.or(log.refused).or(channel.refused);
            let full = (added.len() as u32 == ALOG_RECORDER_LOGS).then_some(ALOG_ERR_STATE);
            self.say(|| format!("alog_recorder_add(log {:?})", log.index));
            let status =
                call!(alog_recorder_add(recorder.pointer().cast(), log.pointer.cast(), channel.block.pointer()));
            self.told(&promises::RECORDER_ADD, status, &[refused.or(full).unwrap_or(ALOG_OK)]);
            if let (ALOG_OK, Some(index)) = (status, log.index) {
                added.push((index, channel));
            }
        }

        let out = Block::<alog_recording>::new(self.place());
        let misaligned = (out.place == Place::Misaligned).then_some(ALOG_ERR_ARGUMENT);
        let refusal = received.refusal.map(|_| ALOG_ERR_IO);
        let no_sink = (kind_of_sink == 0).then_some(ALOG_ERR_STATE);
        self.say(|| format!("alog_recorder_write(of {} logs, {:?})", added.len(), out.place));
        let status = call!(alog_recorder_write(recorder.pointer().cast(), out.pointer()));
        let expected = match no_recorder.or(no_sink).or(misaligned) {
            Some(refused) => vec![refused],
            // A file may be made with fewer calls than the sink accepts.
            None => [ALOG_OK].into_iter().chain(refusal).collect(),
        };
        self.told(&promises::RECORDER_WRITE, status, &expected);
        if no_recorder.or(no_sink).or(misaligned).is_some() {
            assert_eq!(received.calls, 0, "a refused recording wrote something");
        }
        self.check_recording(status, &out, &received.bytes, &added);
        self.write_to_a_file(&recorder, no_recorder, &added);
    }

    fn describe_channel(&mut self, log: &Argument) -> Described {
        let log = log.index.map(|index| &self.logs[index]);
        let has_fields = log.is_some_and(|log| !log.bytes && log.options.record_size >= 8);
        let field = alog_field { name: c"id".as_ptr(), r#type: ALOG_TYPE_U64, offset: 0, count: 1 };
        let mut fields = Vec::new();
        let mut channel = alog_channel {
            struct_size: CHANNEL_SIZE,
            flags: 0,
            topic: c"/records".as_ptr(),
            schema_name: null(),
            fields: null(),
            field_count: 0,
            time_offset: ALOG_NO_TIME,
            message_encoding: c"octets".as_ptr(),
            schema_encoding: null(),
            schema: null(),
            schema_size: 0,
            max_records: 0,
            max_age: 0,
        };
        let (mut refused, mut place) = (Some(ALOG_ERR_ARGUMENT), Place::Good);
        match self.input.below(32) {
            0 => channel.topic = null(),
            1 => channel.message_encoding = null(),
            2 => channel.struct_size = self.input.choose(&[0, 95, 4097]),
            3 => channel.flags = 1,
            4 => channel.schema_size = 5,
            5 => (place, refused) = (Place::Null, Some(ALOG_ERR_NULL)),
            6 => place = Place::Misaligned,
            7 => channel.topic = c"\xff".as_ptr(),
            8 => channel.field_count = 1,
            kind @ 9..=16 => {
                fields.push(field);
                channel.schema_name = c"fuzz/msg/Record".as_ptr();
                channel.message_encoding = null();
                match kind {
                    9 => fields[0].offset = 4096,
                    10 => fields[0].r#type = self.input.number() as u32 | (1 << 31),
                    11 => fields[0].name = c"Id".as_ptr(),
                    12 => fields[0].count = 0,
                    _ if has_fields => {
                        refused = None;
                        channel.time_offset = if kind == 16 { 0 } else { ALOG_NO_TIME };
                    }
                    _ => {}
                }
                channel.fields = fields.as_ptr();
                channel.field_count = fields.len();
            }
            17..=20 => (channel.max_records, refused) = (1 + u64::from(self.input.byte() % 8), None),
            _ => refused = None,
        }
        let mut block = Block::with_size(place, (channel.struct_size as usize).max(CHANNEL_SIZE as usize));
        let size = channel.struct_size as usize;
        // SAFETY: plain C data.
        let mut bytes = unsafe { bytes_of(&channel) };
        bytes.resize(size.max(bytes.len()), 0);
        if place == Place::Misaligned {
            bytes.insert(0, 0);
        }
        block.fill(&bytes);
        Described { block, _fields: fields, refused, max_records: channel.max_records }
    }

    /// The same in words.
    fn check_channel(&mut self, log: &Argument, channel: &Described) {
        let size = self.input.choose(&[240, 240, 0, 1, 9]);
        let (place, null_text) =
            if size > 0 && self.input.one_in(16) { (Place::Null, Some(ALOG_ERR_NULL)) } else { (Place::Good, None) };
        let text = Block::<c_char>::with_size(place, size);
        let refused = null_text.or(log.refused).or(channel.refused);
        self.say(|| format!("alog_channel_check(log {:?}, {size} bytes)", log.index));
        let status =
            call!(alog_channel_check(log.pointer.cast::<alog_log>(), channel.block.pointer(), text.pointer(), size));
        self.told(&promises::CHANNEL_CHECK, status, &[refused.unwrap_or(ALOG_OK)]);
        channel.block.check_untouched();
        if place == Place::Good && size > 0 {
            let end = text.bytes().iter().position(|byte| *byte == 0).expect("a NUL ends the text");
            assert!(end < size && (end == 0) == (status == ALOG_OK || size == 1), "words if something is wrong");
        }
    }

    /// Checks that what was written is a whole file, and that its report is what the logs hold.
    fn check_recording(
        &self,
        status: alog_status,
        out: &Block<alog_recording>,
        file: &[u8],
        added: &[(usize, Described)],
    ) {
        if status != ALOG_OK {
            out.check_untouched();
            return;
        }
        assert!(file.starts_with(MAGIC) && file.ends_with(MAGIC) && file.len() > 2 * MAGIC.len(), "a whole file");
        if out.place != Place::Good {
            return;
        }
        let said = out.value();
        assert_eq!(said.bytes, file.len() as u64, "bytes");
        let (mut records, mut older, mut left_out) = (0, 0, 0);
        for (place, (index, channel)) in added.iter().enumerate() {
            let (log, range) = (&self.logs[*index], said.ranges[place]);
            let held = log.range();
            let most = if channel.max_records == 0 { u64::MAX } else { channel.max_records };
            let first = held.start.max(held.end.saturating_sub(most));
            assert_eq!((range.begin, range.end), (first, held.end), "what was written of log {index}");
            records += held.end - first;
            left_out += first - held.start;
            older += log.records.len() as u64 - log.skipped - (held.end - held.start);
        }
        assert_eq!((said.records, said.older, said.left_out), (records, older, left_out), "records, older, left out");
        assert_eq!(messages_told(file), records, "messages that the file tells of");
        assert!(said.ranges[added.len()..].iter().all(|range| (range.begin, range.end) == (0, 0)), "ranges of no log");
    }

    #[cfg(unix)]
    fn write_to_a_file(
        &mut self,
        recorder: &Block<Recorder>,
        no_recorder: Option<alog_status>,
        added: &[(usize, Described)],
    ) {
        use std::io::{Read, Seek};
        use std::os::fd::AsRawFd;
        use std::sync::atomic::{AtomicU64, Ordering};

        static FILES: AtomicU64 = AtomicU64::new(0);
        let name = format!("atomic-log-fuzz-{}-{}", std::process::id(), FILES.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        let file = std::fs::File::options().read(true).write(true).create_new(true).open(&path);
        let mut file = file.expect("there is room for a temporary file");
        std::fs::remove_file(&path).expect("it is there");

        let nowhere = self.input.one_in(8);
        let out = Block::<alog_recording>::new(self.place());
        let misaligned = (out.place == Place::Misaligned).then_some(ALOG_ERR_ARGUMENT);
        let bad = nowhere.then_some(ALOG_ERR_IO);
        self.say(|| format!("alog_recorder_write_fd(of {} logs, nowhere {nowhere}, {:?})", added.len(), out.place));
        let fd = if nowhere { -1 } else { file.as_raw_fd() };
        let status = call!(alog_recorder_write_fd(recorder.pointer().cast(), fd, out.pointer()));
        let expected = no_recorder.or(misaligned).or(bad).unwrap_or(ALOG_OK);
        self.told(&promises::RECORDER_WRITE_FD, status, &[expected]);
        let mut written = Vec::new();
        file.rewind().expect("a file can be rewound");
        file.read_to_end(&mut written).expect("a file can be read");
        assert!(status == ALOG_OK || written.is_empty(), "a refused recording wrote something");
        self.check_recording(status, &out, &written, added);
    }

    /// Only NULL: a descriptor that is none ends a program there.
    #[cfg(not(unix))]
    fn write_to_a_file(&mut self, _: &Block<Recorder>, _: Option<alog_status>, _: &[(usize, Described)]) {
        let status = call!(alog_recorder_write_fd(std::ptr::null_mut(), 0, std::ptr::null_mut()));
        self.told(&promises::RECORDER_WRITE_FD, status, &[ALOG_ERR_NULL]);
    }
}

/// The number of messages that the statistics of a file count. Its last 37 bytes are the footer and the magic number.
/// The footer begins with the position of the summary.
fn messages_told(file: &[u8]) -> u64 {
    let number = |at: usize| u64::from_le_bytes(file[at..at + 8].try_into().expect("8 bytes"));
    let mut at = number(file.len() - 28) as usize;
    while file[at] != STATISTICS {
        at += 9 + number(at + 1) as usize;
    }
    number(at + 9)
}

/// # Safety
/// Every byte of it is initialised, or may be read as if it were: padding is zero where the value was made.
unsafe fn bytes_of<T>(value: &T) -> Vec<u8> {
    let mut bytes = vec![0; size_of::<T>()];
    // SAFETY: as many bytes are there.
    unsafe { std::ptr::from_ref(value).cast::<u8>().copy_to_nonoverlapping(bytes.as_mut_ptr(), bytes.len()) };
    bytes
}
