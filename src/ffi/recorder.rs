//! `alog_recorder`: writes what logs hold to an MCAP file.

use core::ffi::{CStr, c_char, c_int, c_void};
use core::mem::{offset_of, size_of};

use super::given::{out, sized, slice, write_text};
use super::log::{alog_log, with};
use super::status::alog_status::{
    self, ALOG_ERR_ARGUMENT, ALOG_ERR_HANDLE, ALOG_ERR_IO, ALOG_ERR_NULL, ALOG_ERR_STATE, ALOG_OK,
};
use super::status::status;
use super::types::alog_range;
use crate::raw::CoreRef;
use crate::recorder::fields::{self, ChannelProblem, Field};
use crate::recorder::mcap::{Refused, Sink};
use crate::{Channel, Problem, Recorder, Recording};

/// Most logs that a recorder takes.
pub const ALOG_RECORDER_LOGS: u32 = 16;

const _: () = assert!(ALOG_RECORDER_LOGS as usize == crate::RECORDER_LOGS);

/// One member of a record. Make one by ALOG_FIELD.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct alog_field {
    /// Lower-case letters, digits and single _; a letter first. Readers of ROS 2 messages require this.
    pub name: *const c_char,
    /// One of ALOG_TYPE_*.
    pub r#type: u32,
    /// Bytes from the begin of the record.
    pub offset: u32,
    /// How many values: 1, or the length of an array.
    pub count: u32,
}

layout!(alog_field, size 24, align 8: name 0, r#type 8, offset 12, count 16);

// A caller's fields are read as they lie there.
const _: () = assert!(size_of::<alog_field>() == size_of::<Field<'_>>());

/// A byte that is 0 or 1.
pub const ALOG_TYPE_BOOL: u32 = 0x101;
/// One byte of a text.
pub const ALOG_TYPE_CHAR: u32 = 0x201;
/// int8_t.
pub const ALOG_TYPE_I8: u32 = 0x301;
/// uint8_t.
pub const ALOG_TYPE_U8: u32 = 0x401;
/// int16_t.
pub const ALOG_TYPE_I16: u32 = 0x502;
/// uint16_t.
pub const ALOG_TYPE_U16: u32 = 0x602;
/// int32_t.
pub const ALOG_TYPE_I32: u32 = 0x704;
/// uint32_t.
pub const ALOG_TYPE_U32: u32 = 0x804;
/// int64_t.
pub const ALOG_TYPE_I64: u32 = 0x908;
/// uint64_t.
pub const ALOG_TYPE_U64: u32 = 0xa08;
/// float of 32 bits.
pub const ALOG_TYPE_F32: u32 = 0xb04;
/// double of 64 bits.
pub const ALOG_TYPE_F64: u32 = 0xc08;

const _: () = {
    use crate::FieldType::*;
    assert!(ALOG_TYPE_BOOL == Bool as u32 && ALOG_TYPE_CHAR == Char as u32 && ALOG_TYPE_I8 == I8 as u32);
    assert!(ALOG_TYPE_U8 == U8 as u32 && ALOG_TYPE_I16 == I16 as u32 && ALOG_TYPE_U16 == U16 as u32);
    assert!(ALOG_TYPE_I32 == I32 as u32 && ALOG_TYPE_U32 == U32 as u32 && ALOG_TYPE_I64 == I64 as u32);
    assert!(ALOG_TYPE_U64 == U64 as u32 && ALOG_TYPE_F32 == F32 as u32 && ALOG_TYPE_F64 == F64 as u32);
};

/// For alog_channel.time_offset: the records have no time. The recording uses their sequences as times.
pub const ALOG_NO_TIME: u32 = u32::MAX;

/// How the records of one log are recorded. ALOG_CHANNEL_INIT sets struct_size and time_offset. What the members point
/// to belongs to the caller and must not change while the recorder is used.
///
/// 96 bytes on 64-bit targets. Later versions may add members at the end. struct_size may be anything from the first
/// release's size to 4096. Bytes that the library does not know must be zero.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct alog_channel {
    /// Set by ALOG_CHANNEL_INIT.
    pub struct_size: u32,
    /// 0.
    pub flags: u32,
    /// Name of the channel, such as "/ticks". Required. This text and the others are UTF-8 and end with a NUL.
    pub topic: *const c_char,
    /// Name of the messages, such as "market/msg/Tick". Required with fields, as package/msg/Name or package/Name. Some
    /// readers of ROS 2 recordings, such as rosbags, take only package/msg/Name. Required with a schema.
    pub schema_name: *const c_char,
    /// For records of one size: their members, in order of their offsets. Each lies where CDR puts it: at the next
    /// multiple of its type's size. A C struct of numbers and fixed arrays lies like this. NULL: records are encoded as
    /// message_encoding tells.
    pub fields: *const alog_field,
    /// How many fields.
    pub field_count: usize,
    /// Bytes from the begin of a record to its time, a uint64_t in nanoseconds. ALOG_NO_TIME: none. A byte record that
    /// is too short gets the time of the record before it.
    pub time_offset: u32,
    /// Without fields: how a record is encoded, such as "json", "protobuf" or "cbor"; required. With fields: NULL.
    pub message_encoding: *const c_char,
    /// Without fields: how the schema is encoded, such as "jsonschema" or "protobuf". NULL if there is no schema.
    pub schema_encoding: *const c_char,
    /// Without fields: the schema, or NULL.
    pub schema: *const c_void,
    /// Bytes of the schema.
    pub schema_size: usize,
    /// Writes only this many of the newest records. 0: all in view, and at most 268,435,455.
    pub max_records: u64,
    /// Writes only records whose time is at most this much before the time of the newest record. 0: all in view.
    pub max_age: u64,
}

layout!(alog_channel, size 96, align 8: struct_size 0, flags 4, topic 8, schema_name 16, fields 24, field_count 32,
    time_offset 40, message_encoding 48, schema_encoding 56, schema 64, schema_size 72, max_records 80, max_age 88);

/// Where a recording goes.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct alog_sink {
    /// Passed to write; may be NULL.
    pub context: *mut c_void,
    /// Takes all these bytes; they follow the bytes of the call before. Returns ALOG_OK, or another status to end the
    /// recording. It runs in the thread that records. size is never 0. A record of 4 KiB or more is passed where it
    /// lies in the log. It must be async-signal-safe if a signal handler makes the recording.
    pub write: Option<unsafe extern "C" fn(context: *mut c_void, data: *const c_void, size: usize) -> alog_status>,
}

layout!(alog_sink, size 16, align 8: context 0, write 8);

/// A list of logs, and how to write each. The memory is the caller's: alog_recorder_init makes a recorder of it.
/// Nothing ends a recorder. It must not be moved or copied.
#[repr(C)]
pub struct alog_recorder {
    /// For the library only.
    pub private_: [u64; 272],
}

layout!(alog_recorder, size 2176, align 8: private_ 0);

/// What was written.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct alog_recording {
    /// Records of all logs.
    pub records: u64,
    /// Bytes of the file.
    pub bytes: u64,
    /// Records of all logs that were published, but were older than the views.
    pub older: u64,
    /// Records of all logs that the views showed, and that max_records or max_age left out.
    pub left_out: u64,
    /// For each log, in the order in which they were added: the sequence of the first record that was written, and the
    /// view's end.
    pub ranges: [alog_range; 16],
}

layout!(alog_recording, size 288, align 8: records 0, bytes 8, older 16, left_out 24, ranges 32);

// What the library fills in is handed out as it is.
macro_rules! same {
    ($($member:ident),*) => {
        const _: () = assert!(size_of::<alog_recording>() == size_of::<Recording>()
            $(&& offset_of!(alog_recording, $member) == offset_of!(Recording, $member))*);
    };
}
same!(records, bytes, older, left_out, ranges);

const TAG: u64 = u64::from_le_bytes(*b"alog_rec");

/// What the memory of an `alog_recorder` holds.
#[repr(C)]
struct State {
    tag: u64,
    sink: alog_sink,
    /// The recorder of logs that the caller keeps alive.
    recorder: Recorder<'static>,
}

const _: () =
    assert!(size_of::<State>() <= size_of::<alog_recorder>() && align_of::<State>() <= align_of::<alog_recorder>());

/// # Safety
/// The pointer is NULL, or points to an `alog_recorder`.
unsafe fn get(recorder: *mut alog_recorder) -> Result<*mut State, alog_status> {
    if recorder.is_null() {
        return Err(ALOG_ERR_NULL);
    }
    let state = recorder.cast::<State>();
    if !state.is_aligned() {
        return Err(ALOG_ERR_ARGUMENT);
    }
    // SAFETY: not NULL and aligned; the caller promises that there are as many bytes.
    if unsafe { (&raw const (*state).tag).read() } == TAG { Ok(state) } else { Err(ALOG_ERR_HANDLE) }
}

/// Why a channel is refused.
struct Refusal {
    status: alog_status,
    problem: ChannelProblem<'static>,
}

fn argument(problem: impl Into<ChannelProblem<'static>>) -> Refusal {
    Refusal { status: ALOG_ERR_ARGUMENT, problem: problem.into() }
}

impl alog_channel {
    /// Reads the channel that the caller describes, which may be of any version of the header.
    ///
    /// # Safety
    /// `channel` points to as many readable bytes as its `struct_size` says; what is in it is as `alog_channel` says.
    unsafe fn read(channel: *const alog_channel) -> Result<Channel<'static>, Refusal> {
        if channel.is_null() {
            return Err(Refusal { status: ALOG_ERR_NULL, problem: "the channel is NULL".into() });
        }
        if !channel.is_aligned() {
            return Err(argument("the channel is not aligned"));
        }
        let why = " is not the size of alog_channel (ALOG_CHANNEL_INIT sets it): it is at least";
        // SAFETY: not NULL and aligned; it has as many readable bytes as its `struct_size` says.
        let given = unsafe { sized(channel, why).map_err(argument)? };
        if given.flags != 0 {
            return Err(argument(Problem::with(
                "flags",
                given.flags.into(),
                " has a bit that this library does not know: it is 0",
            )));
        }
        if given.fields.is_null() && given.field_count != 0 {
            return Err(argument(Problem::with("field_count", given.field_count as u64, ", and fields is NULL")));
        }
        if !given.fields.is_aligned() {
            return Err(argument("fields is not aligned"));
        }
        if !given.fields.is_null() && given.field_count == 0 {
            return Err(argument("field_count is 0: fields without any is NULL"));
        }
        if given.schema.is_null() && given.schema_size != 0 {
            return Err(argument(Problem::with("schema_size", given.schema_size as u64, ", and schema is NULL")));
        }
        let text = |text: *const c_char, problem: &'static str| {
            if text.is_null() {
                return Ok("");
            }
            // SAFETY: a text of the channel that is not NULL ends with a NUL.
            fields::text(unsafe { CStr::from_ptr(text) }.to_bytes()).ok_or_else(|| argument(problem))
        };
        let too_many = |member, count: usize| {
            argument(Problem::with(member, count as u64, " is more than the memory of this machine can hold"))
        };
        // SAFETY: the schema has `schema_size` readable bytes, none if it is NULL.
        let schema = unsafe { array(given.schema.cast::<u8>(), given.schema_size) }
            .ok_or_else(|| too_many("schema_size", given.schema_size))?;
        // SAFETY: `fields` has `field_count` items, none if it is NULL, and a `Field` is laid out as an `alog_field`.
        let fields = unsafe { array(given.fields.cast::<Field<'_>>(), given.field_count) }
            .ok_or_else(|| too_many("field_count", given.field_count))?;
        let read = Channel::new(
            text(given.topic, "topic is not UTF-8")?,
            text(given.schema_name, "schema_name is not UTF-8")?,
        )
        .fields(fields)
        .encoding(text(given.message_encoding, "message_encoding is not UTF-8")?)
        .schema(text(given.schema_encoding, "schema_encoding is not UTF-8")?, schema)
        .max_records(given.max_records)
        .max_age(given.max_age);
        Ok(if given.time_offset == ALOG_NO_TIME { read } else { read.time_offset(given.time_offset) })
    }
}

/// An array of the channel's. None: it is larger than memory can be.
///
/// # Safety
/// `count` items are readable for as long as the result is used, or `count` is 0. `items` is not NULL unless `count` is
/// 0, and is aligned.
unsafe fn array<T>(items: *const T, count: usize) -> Option<&'static [T]> {
    if count == 0 {
        return Some(&[]);
    }
    // SAFETY: `count` items are readable, for as long as the result is used.
    unsafe { slice(items, count) }.ok()
}

/// Tells in words what is wrong with a channel: "field price: offset 12 is not a multiple of the type's size; the
/// field can be at 16". Call it when the program starts: after a crash it is too late.
///
/// @param log      The log that the channel is for.
/// @param channel  The channel, of struct_size bytes.
/// @param problem  Receives one line of text, whatever is returned. The text is cut to size, always ends with a NUL,
///                 and is empty if nothing is wrong. May be NULL if size is 0.
/// @param size     Room in bytes, including the NUL. 240 are enough, plus the name of a field.
/// @return ALOG_OK: nothing is wrong; ALOG_ERR_ARGUMENT: a member is not what alog_channel allows.
///
/// Safety: fields and schema are as long as the channel tells.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_channel_check(
    log: *const alog_log,
    channel: *const alog_channel,
    problem: *mut c_char,
    size: usize,
) -> alog_status {
    status(|| {
        if problem.is_null() && size > 0 {
            return Err(ALOG_ERR_NULL);
        }
        // SAFETY: the log is NULL or a live handle; the channel is NULL or as `alog_channel` says.
        let refusal = match unsafe { with(log, |core| Ok(read_for(core, channel).map(|_| ()))) } {
            Ok(checked) => checked.err(),
            Err(ALOG_ERR_NULL) => Some(Refusal { status: ALOG_ERR_NULL, problem: "the log is NULL".into() }),
            Err(status) => Some(Refusal { status, problem: "the log is not a live handle of a log".into() }),
        };
        // SAFETY: the buffer is not NULL unless `size` is 0, and has room for `size` bytes.
        unsafe {
            write_text(problem, size, |out| match &refusal {
                None => Ok(()),
                Some(refusal) => refusal.problem.write(out),
            })
        };
        refusal.map_or(Ok(ALOG_OK), |refusal| Err(refusal.status))
    })
}

/// The channel that the caller describes, if it fits the log.
///
/// # Safety
/// As `alog_channel::read`.
unsafe fn read_for(core: &CoreRef, channel: *const alog_channel) -> Result<Channel<'static>, Refusal> {
    // SAFETY: the channel is NULL or as `alog_channel` says.
    let channel = unsafe { alog_channel::read(channel)? };
    channel.check(core).map_err(argument)?;
    Ok(channel)
}

/// Makes a recorder without logs from the caller's memory. It owns nothing, so nothing needs to end it.
///
/// @param recorder  The memory.
/// @param sink      Where alog_recorder_write writes; copied. May be NULL: then only alog_recorder_write_fd works.
/// @return ALOG_OK; ALOG_ERR_NULL: also if the sink has no write.
///
/// Threads: owner.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_recorder_init(recorder: *mut alog_recorder, sink: *const alog_sink) -> alog_status {
    status(|| {
        // SAFETY: there is room at `recorder` unless it is NULL.
        let out = unsafe { out(recorder.cast::<State>())? }.aligned()?;
        let mut given = alog_sink { context: core::ptr::null_mut(), write: None };
        if !sink.is_null() {
            if !sink.is_aligned() {
                return Err(ALOG_ERR_ARGUMENT);
            }
            // SAFETY: not NULL and aligned: the caller's sink.
            given = unsafe { *sink };
            if given.write.is_none() {
                return Err(ALOG_ERR_NULL);
            }
        }
        out.write(State { tag: TAG, sink: given, recorder: Recorder::new() });
        Ok(ALOG_OK)
    })
}

/// Adds a log, at most 16. The log is not retained: keep it alive while the recorder is used. If a signal handler
/// interrupts this call and records, the recording has the new log or not.
///
/// @param recorder  The recorder.
/// @param log       The log.
/// @param channel   How to write its records. Copied, except what it points to.
/// @return ALOG_OK; ALOG_ERR_HANDLE: also if the recorder is not initialised; ALOG_ERR_ARGUMENT: the channel is wrong,
///         and alog_channel_check tells why; ALOG_ERR_STATE: there are 16 logs.
///
/// Threads: owner.
/// Safety: log must stay alive while the recorder is used. fields and schema are as long as the channel tells. What
/// the channel points to must not change.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_recorder_add(
    recorder: *mut alog_recorder,
    log: *mut alog_log,
    channel: *const alog_channel,
) -> alog_status {
    // SAFETY: the log is NULL or a live handle; the recorder is NULL or initialised, and this is its owner's
    // call.
    status(|| unsafe {
        let state = get(recorder)?;
        with(log, |core| {
            let channel = read_for(core, channel).map_err(|refusal| refusal.status)?;
            (*state).recorder.add_core(core, channel).map_err(|_| ALOG_ERR_STATE)?;
            Ok(ALOG_OK)
        })
    })
}

/// Writes a whole MCAP file to the recorder's sink: what each log shows now. The records of a log are in order, and
/// its newest publication is whole. The logs follow one after the other. The file has an index, so a reader may begin
/// anywhere.
///
/// Async-signal-safe if the sink is: it takes no lock and makes no system call. It may interrupt any function of the
/// library, also the writer's in the same thread, and also itself. It needs less than 24 KiB of stack, plus the
/// sink's. It takes its views of all logs at the beginning, and keeps them to the end: it counts as a view of each for
/// max_segments. Any number of threads may record at once, but not while a log is added.
///
/// @param recorder  The recorder.
/// @param out       Receives what was written. May be NULL.
/// @return ALOG_OK; ALOG_ERR_HANDLE: the recorder is not initialised; ALOG_ERR_STATE: it has no sink; ALOG_ERR_IO: the
///         sink returned a status that is no error; any error that the sink returned. Without ALOG_OK the file is
///         incomplete.
///
/// Blocking: never, except in the sink.
/// Progress: lock-free.
/// Safety: the logs must be alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_recorder_write(recorder: *mut alog_recorder, out: *mut alog_recording) -> alog_status {
    // SAFETY: the recorder is NULL or initialised, and no other thread adds a log during the call.
    status(|| unsafe {
        let alog_sink { context, write } = (*get(recorder)?).sink;
        // A program in C may return any number.
        type Write<R> = unsafe extern "C" fn(context: *mut c_void, data: *const c_void, size: usize) -> R;
        let write = core::mem::transmute::<Write<alog_status>, Write<i32>>(write.ok_or(ALOG_ERR_STATE)?);
        let mut refusal = ALOG_ERR_IO;
        record(recorder, out, &mut |bytes| match write(context, bytes.as_ptr().cast(), bytes.len()) {
            0 => Ok(()),
            other => {
                refusal = alog_status::of(other).filter(|_| other < 0).unwrap_or(ALOG_ERR_IO);
                Err(Refused)
            }
        })
        .map_err(|error| if error == ALOG_ERR_IO { refusal } else { error })
    })
}

/// Like alog_recorder_write, but to a file descriptor. It continues after short writes and EINTR. EAGAIN is an error,
/// so the descriptor should be a blocking one.
///
/// Async-signal-safe: its only system call is write. On Windows the descriptor must be binary (_O_BINARY).
///
/// @param recorder  The recorder.
/// @param fd        Where to write. It stays open.
/// @param out       Receives what was written. May be NULL.
/// @return ALOG_OK; ALOG_ERR_HANDLE: the recorder is not initialised; ALOG_ERR_IO: a write failed, and errno tells
///         why; or it wrote nothing. Without ALOG_OK the file is incomplete.
///
/// Blocking: never, except in write.
/// Progress: lock-free.
/// Safety: the logs must be alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_recorder_write_fd(
    recorder: *mut alog_recorder,
    fd: c_int,
    out: *mut alog_recording,
) -> alog_status {
    // SAFETY: the recorder is NULL or initialised, and no other thread adds a log during the call.
    status(|| unsafe { record(recorder, out, &mut |bytes| file::write_all(fd, bytes)) })
}

/// # Safety
/// As the exported functions say.
unsafe fn record(
    recorder: *mut alog_recorder,
    recording: *mut alog_recording,
    sink: &mut Sink<'_>,
) -> Result<alog_status, alog_status> {
    // SAFETY: the recorder is NULL or initialised, and no other thread adds a log during the call. A
    // handler that interrupts `alog_recorder_add` finds the whole new entry, or none.
    let recorder = unsafe { &(*get(recorder)?).recorder };
    if !recording.is_aligned() {
        return Err(ALOG_ERR_ARGUMENT);
    }
    let mut written = Recording::default();
    recorder.write_to(&mut written, sink).map_err(|Refused| ALOG_ERR_IO)?;
    if !recording.is_null() {
        // SAFETY: not NULL, aligned, of the same layout, and there is room for one.
        unsafe { recording.cast::<Recording>().write(written) };
    }
    Ok(ALOG_OK)
}

/// The system's write, and errno.
mod file {
    use core::ffi::c_int;

    use crate::recorder::mcap::Refused;

    /// Writes all bytes, or as many as it can.
    pub(super) fn write_all(fd: c_int, mut bytes: &[u8]) -> Result<(), Refused> {
        while !bytes.is_empty() {
            match system::write(fd, bytes) {
                Ok(0) => return Err(Refused),
                Ok(written) => bytes = bytes.get(written..).unwrap_or_default(),
                Err(system::EINTR) => {}
                Err(_) => return Err(Refused),
            }
        }
        Ok(())
    }

    #[cfg(not(windows))]
    mod system {
        use core::ffi::c_int;

        pub(super) use libc::EINTR;

        use crate::errno::errno;

        pub(super) fn write(fd: c_int, bytes: &[u8]) -> Result<usize, c_int> {
            // macOS refuses more at once.
            let size = bytes.len().min(i32::MAX as usize);
            // The system call itself, because libc's function is a cancellation point, and a recording holds views.
            #[cfg(any(target_os = "linux", target_os = "android"))]
            // SAFETY: `size` bytes are readable.
            let written = unsafe { libc::syscall(libc::SYS_write, fd, bytes.as_ptr(), size) };
            #[cfg(not(any(target_os = "linux", target_os = "android")))]
            // SAFETY: `size` bytes are readable.
            let written = unsafe { libc::write(fd, bytes.as_ptr().cast(), size) };
            usize::try_from(written).map_err(|_| errno())
        }
    }

    /// cbindgen:ignore
    #[cfg(windows)]
    mod system {
        use core::ffi::{c_int, c_uint, c_void};

        pub(super) const EINTR: c_int = 4;

        unsafe extern "C" {
            fn _write(fd: c_int, data: *const c_void, size: c_uint) -> c_int;
            fn _errno() -> *mut c_int;
        }

        pub(super) fn write(fd: c_int, bytes: &[u8]) -> Result<usize, c_int> {
            let size = c_int::try_from(bytes.len()).unwrap_or(c_int::MAX);
            // SAFETY: `size` bytes are readable.
            let written = unsafe { _write(fd, bytes.as_ptr().cast(), size as c_uint) };
            // SAFETY: each thread has its own errno.
            usize::try_from(written).map_err(|_| unsafe { *_errno() })
        }
    }
}
