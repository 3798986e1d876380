//! `alog_status`, its names and its messages; and what exported functions return. No panic is caught: the C library cannot
//! panic, which its linker shows (`capi/`).

use core::ffi::{CStr, c_char};
use core::ptr::null_mut;

use crate::error::Refusal;
use crate::{Error, Wait};

/// What a function returns. Zero and positive values are success; negative values are errors. The values never change.
#[repr(i32)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum alog_status {
    /// Done.
    ALOG_OK = 0,
    /// Refresh: nothing was published since the last refresh.
    ALOG_UNCHANGED = 1,
    /// Cursor: every chunk of the captured view was returned. Refresh to go on.
    ALOG_END = 2,
    /// Wait: nothing was published in time.
    ALOG_TIMEOUT = 3,
    /// Wait: alog_log_interrupt ended it.
    ALOG_INTERRUPTED = 4,
    /// Wait: the writer finished the log, and everything was read. Nothing more will come.
    ALOG_FINISHED = 5,
    /// A required pointer is NULL.
    ALOG_ERR_NULL = -1,
    /// A value is not allowed: a capacity of 0, a wrong size, an overflow, an unknown flag, a bad struct_size, or a
    /// misaligned pointer.
    ALOG_ERR_ARGUMENT = -2,
    /// The pointer is not a live handle of this type. The check is best effort: it reads a tag.
    ALOG_ERR_HANDLE = -3,
    /// The allocator returned NULL. The log is unchanged and usable.
    ALOG_ERR_NO_MEMORY = -4,
    /// The log already has a writer.
    ALOG_ERR_CLAIMED = -5,
    /// The record is larger than a segment, or the batch or group is larger than a view can show, or than max_segments
    /// allows even without readers. Trying again does not help.
    ALOG_ERR_TOO_LARGE = -6,
    /// The call is for the other kind of log: a fixed log has records of one size, a byte log has records of any size.
    ALOG_ERR_KIND = -7,
    /// All max_segments segments are in use: retained, held by readers, or part of the open group. The log is unchanged
    /// and usable.
    ALOG_ERR_SEGMENT_LIMIT = -8,
    /// The call does not fit the current state: commit or cancel without a reservation, publish or abandon without an
    /// open group, begin inside a group, skip inside a group, alog_cursor_pin without a current chunk,
    /// alog_recorder_add to a full recorder, alog_recorder_write without a sink.
    ALOG_ERR_STATE = -9,
    /// The sequence or index is not in this view.
    ALOG_ERR_OUT_OF_RANGE = -10,
    /// Reserved. No function returns it.
    ALOG_ERR_INTERNAL = -11,
    /// The log was finished and accepts no writer.
    ALOG_ERR_FINISHED = -12,
    /// The recording is incomplete: the sink refused bytes, or write failed. After a failed write, errno tells why.
    ALOG_ERR_IO = -13,
}

use alog_status::*;

impl From<Wait> for alog_status {
    fn from(wait: Wait) -> alog_status {
        match wait {
            Wait::Ready => ALOG_OK,
            Wait::TimedOut => ALOG_TIMEOUT,
            Wait::Interrupted => ALOG_INTERRUPTED,
            Wait::Finished => ALOG_FINISHED,
        }
    }
}

impl From<Refusal> for alog_status {
    fn from(refusal: Refusal) -> alog_status {
        Error::from(refusal).into()
    }
}

impl From<Error> for alog_status {
    fn from(error: Error) -> alog_status {
        match error {
            Error::Argument(_) => ALOG_ERR_ARGUMENT,
            Error::NoMemory => ALOG_ERR_NO_MEMORY,
            Error::Claimed => ALOG_ERR_CLAIMED,
            Error::Finished => ALOG_ERR_FINISHED,
            Error::TooLarge => ALOG_ERR_TOO_LARGE,
            Error::SegmentLimit => ALOG_ERR_SEGMENT_LIMIT,
            Error::State => ALOG_ERR_STATE,
            Error::OutOfRange => ALOG_ERR_OUT_OF_RANGE,
        }
    }
}

impl alog_status {
    const ALL: [alog_status; 19] = [
        ALOG_OK,
        ALOG_UNCHANGED,
        ALOG_END,
        ALOG_TIMEOUT,
        ALOG_INTERRUPTED,
        ALOG_FINISHED,
        ALOG_ERR_NULL,
        ALOG_ERR_ARGUMENT,
        ALOG_ERR_HANDLE,
        ALOG_ERR_NO_MEMORY,
        ALOG_ERR_CLAIMED,
        ALOG_ERR_TOO_LARGE,
        ALOG_ERR_KIND,
        ALOG_ERR_SEGMENT_LIMIT,
        ALOG_ERR_STATE,
        ALOG_ERR_OUT_OF_RANGE,
        ALOG_ERR_INTERNAL,
        ALOG_ERR_FINISHED,
        ALOG_ERR_IO,
    ];

    /// The status with this value.
    pub(super) fn of(value: i32) -> Option<alog_status> {
        alog_status::ALL.into_iter().find(|known| *known as i32 == value)
    }
}

/// One row per status: its name, and one plain sentence.
fn texts(status: i32) -> (&'static CStr, &'static CStr) {
    let Some(status) = alog_status::of(status) else {
        return (c"ALOG_STATUS_UNKNOWN", c"This is not a status of this version of the library.");
    };
    match status {
        ALOG_OK => (c"ALOG_OK", c"Done."),
        ALOG_UNCHANGED => (c"ALOG_UNCHANGED", c"Nothing was published since the last refresh."),
        ALOG_END => (c"ALOG_END", c"Every chunk of the captured view was returned; refresh to go on."),
        ALOG_TIMEOUT => (c"ALOG_TIMEOUT", c"Nothing was published in time."),
        ALOG_INTERRUPTED => (c"ALOG_INTERRUPTED", c"alog_log_interrupt ended the wait."),
        ALOG_FINISHED => {
            (c"ALOG_FINISHED", c"The writer finished the log, and everything was read; nothing more will come.")
        }
        ALOG_ERR_NULL => (c"ALOG_ERR_NULL", c"A required pointer is NULL."),
        ALOG_ERR_ARGUMENT => (
            c"ALOG_ERR_ARGUMENT",
            c"A value is not allowed; alog_options_problem and alog_channel_check tell which, else see the function.",
        ),
        ALOG_ERR_HANDLE => (
            c"ALOG_ERR_HANDLE",
            c"The pointer is not a live handle of the right type; was it released, or is it another handle?",
        ),
        ALOG_ERR_NO_MEMORY => {
            (c"ALOG_ERR_NO_MEMORY", c"The allocator returned NULL; the log is unchanged, so free memory and try again.")
        }
        ALOG_ERR_CLAIMED => (c"ALOG_ERR_CLAIMED", c"The log already has a writer; release it before claiming another."),
        ALOG_ERR_TOO_LARGE => (
            c"ALOG_ERR_TOO_LARGE",
            c"A record is too large for segment_capacity, or a batch or group for retained_capacity or max_segments.",
        ),
        ALOG_ERR_KIND => (
            c"ALOG_ERR_KIND",
            c"The function is for the other kind of log: a fixed log has records of one size, a byte log of any size.",
        ),
        ALOG_ERR_SEGMENT_LIMIT => (
            c"ALOG_ERR_SEGMENT_LIMIT",
            c"All max_segments segments are in use; refresh or destroy old views, release pins, or end the open group.",
        ),
        ALOG_ERR_STATE => {
            (c"ALOG_ERR_STATE", c"The call does not fit the current state; the function's comment tells what it needs.")
        }
        ALOG_ERR_OUT_OF_RANGE => (
            c"ALOG_ERR_OUT_OF_RANGE",
            c"The sequence or index is not in this view; ask for the view's range or chunk count.",
        ),
        ALOG_ERR_FINISHED => (c"ALOG_ERR_FINISHED", c"The log was finished and accepts no writer; create another log."),
        ALOG_ERR_IO => (
            c"ALOG_ERR_IO",
            c"The recording is incomplete; the sink refused bytes, or write failed and errno tells why.",
        ),
        ALOG_ERR_INTERNAL => (c"ALOG_ERR_INTERNAL", c"A bug in the library; no function of this version returns it."),
    }
}

/// Runs the body of an exported function that returns a status.
#[inline(always)]
pub(super) fn status(body: impl FnOnce() -> Result<alog_status, alog_status>) -> alog_status {
    body().unwrap_or_else(|error| error)
}

/// Runs the body of an exported function without a status, which returns 0, false or NULL after an error.
#[inline(always)]
pub(super) fn value<R: Nothing>(body: impl FnOnce() -> Result<R, alog_status>) -> R {
    body().unwrap_or(R::NOTHING)
}

/// What a function without a status returns after an error.
pub(super) trait Nothing {
    const NOTHING: Self;
}

impl Nothing for () {
    const NOTHING: () = ();
}
impl Nothing for bool {
    const NOTHING: bool = false;
}
impl Nothing for u64 {
    const NOTHING: u64 = 0;
}
impl Nothing for usize {
    const NOTHING: usize = 0;
}
impl<T> Nothing for *mut T {
    const NOTHING: *mut T = null_mut();
}

/// Returns the name of a status, such as "ALOG_ERR_CLAIMED".
///
/// @param status  Any integer.
/// @return A string, never NULL. "ALOG_STATUS_UNKNOWN" if this version has no such status.
///
/// Lifetime: static.
#[unsafe(no_mangle)]
pub extern "C" fn alog_status_name(status: i32) -> *const c_char {
    texts(status).0.as_ptr()
}

/// Returns one plain sentence: what the status means, and for an error what to do.
///
/// @param status  Any integer.
/// @return A string, never NULL.
///
/// Lifetime: static.
#[unsafe(no_mangle)]
pub extern "C" fn alog_status_message(status: i32) -> *const c_char {
    texts(status).1.as_ptr()
}
