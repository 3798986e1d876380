//! Handles of C that are given back when they are dropped, and how to call C. Every status is checked, and a call that
//! fails must have left the place for its answer as it was.

use std::fmt::Debug;
use std::mem::MaybeUninit;
use std::ptr::null;

use atomic_log::ffi::cursor::*;
use atomic_log::ffi::log::*;
use atomic_log::ffi::segment::*;
use atomic_log::ffi::snapshot::*;
use atomic_log::ffi::status::alog_status::{self, *};
use atomic_log::ffi::types::*;
use atomic_log::ffi::writer::*;
use atomic_log::{Error, Wait};

use super::super::reference::Chunk;

/// The content of the place for an answer before there is one.
pub(super) const UNTOUCHED: u8 = 0xA7;

/// Calls with a place for the answer.
pub(super) fn answer<T: Copy>(call: impl FnOnce(*mut T) -> alog_status) -> Result<T, alog_status> {
    let mut place = MaybeUninit::<T>::uninit();
    let bytes: *mut u8 = place.as_mut_ptr().cast();
    // SAFETY: these are the place's own bytes.
    unsafe { bytes.write_bytes(UNTOUCHED, size_of::<T>()) };
    let status = call(place.as_mut_ptr());
    if status == ALOG_OK {
        // SAFETY: the function says that it has written its answer.
        return Ok(unsafe { place.assume_init() });
    }
    // SAFETY: written above, and none of the answers has padding.
    let after = unsafe { std::slice::from_raw_parts(bytes, size_of::<T>()) };
    assert!(after.iter().all(|byte| *byte == UNTOUCHED), "{status:?}, and yet something was written: {after:x?}");
    Err(status)
}

/// The Rust value for a status.
pub(super) fn error(status: alog_status) -> Error {
    match status {
        ALOG_ERR_ARGUMENT => Error::Argument("as the function's comment says".into()),
        ALOG_ERR_NO_MEMORY => Error::NoMemory,
        ALOG_ERR_CLAIMED => Error::Claimed,
        ALOG_ERR_FINISHED => Error::Finished,
        ALOG_ERR_TOO_LARGE => Error::TooLarge,
        ALOG_ERR_SEGMENT_LIMIT => Error::SegmentLimit,
        ALOG_ERR_STATE => Error::State,
        ALOG_ERR_OUT_OF_RANGE => Error::OutOfRange,
        other => panic!("{other:?} of a call that is as the header wants it"),
    }
}

pub(super) fn done(status: alog_status) -> Result<(), Error> {
    if status == ALOG_OK { Ok(()) } else { Err(error(status)) }
}

pub(super) fn waited(status: alog_status) -> Wait {
    match status {
        ALOG_OK => Wait::Ready,
        ALOG_TIMEOUT => Wait::TimedOut,
        ALOG_FINISHED => Wait::Finished,
        other => panic!("{other:?} of a wait that nobody interrupts"),
    }
}

/// How to read a chunk's records: their size, or None if each has its own.
pub(super) type Format = Option<usize>;

#[derive(Debug)]
pub(crate) struct CLog(pub(super) *mut alog_log, pub(super) Format);

impl Clone for CLog {
    fn clone(&self) -> CLog {
        // SAFETY: a live handle.
        let same = unsafe { alog_log_retain(self.0) };
        assert_eq!(same, self.0);
        CLog(same, self.1)
    }
}

impl Drop for CLog {
    fn drop(&mut self) {
        // SAFETY: a live handle; one count of ours.
        unsafe { alog_log_release(self.0) };
    }
}

#[derive(Debug)]
pub(crate) struct CWriter(pub(super) *mut alog_writer, pub(super) Format);

impl Drop for CWriter {
    fn drop(&mut self) {
        // SAFETY: a live handle, and ours.
        unsafe { alog_writer_release(self.0) };
    }
}

#[derive(Debug)]
pub(crate) struct CSnapshot(pub(super) *mut alog_snapshot, pub(super) Format);

impl Drop for CSnapshot {
    fn drop(&mut self) {
        // SAFETY: a live handle, and ours.
        unsafe { alog_snapshot_destroy(self.0) };
    }
}

#[derive(Debug)]
pub(crate) struct CCursor {
    pub(super) cursor: *mut alog_cursor,
    pub(super) format: Format,
    /// The chunk that was last returned, for which a pin is made.
    pub(super) last: Option<Plain>,
}

impl Drop for CCursor {
    fn drop(&mut self) {
        // SAFETY: a live handle, and ours.
        unsafe { alog_cursor_destroy(self.cursor) };
    }
}

/// A pin, with the chunk that was available where it was made: the pin keeps it valid.
#[derive(Debug)]
pub(crate) struct CPin {
    pub(super) segment: *mut alog_segment,
    pub(super) format: Format,
    pub(super) chunk: Plain,
}

impl Clone for CPin {
    fn clone(&self) -> CPin {
        // SAFETY: a live handle.
        let same = unsafe { alog_segment_retain(self.segment) };
        assert_eq!(same, self.segment);
        CPin { segment: same, ..*self }
    }
}

impl Drop for CPin {
    fn drop(&mut self) {
        // SAFETY: a live handle; one count of ours.
        unsafe { alog_segment_release(self.segment) };
    }
}

/// A chunk as C has it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Plain {
    data: *const u8,
    count: usize,
    stride: usize,
    spans: *const alog_span,
    first: u64,
    pub(super) segment: u64,
}

/// The content of a chunk to which nothing was written.
pub(super) const NO_CHUNK: alog_chunk =
    alog_chunk { data: null(), count: 0, stride: 0, spans: null(), first_sequence: 0, segment_sequence: 0 };

impl From<alog_chunk> for Plain {
    fn from(chunk: alog_chunk) -> Plain {
        Plain {
            data: chunk.data.cast(),
            count: chunk.count,
            stride: chunk.stride,
            spans: chunk.spans,
            first: chunk.first_sequence,
            segment: chunk.segment_sequence,
        }
    }
}

impl Plain {
    /// The sequence after its last record.
    pub(super) fn end(&self) -> u64 {
        self.first + self.count as u64
    }

    /// Copies the records, while a handle covers them.
    pub(super) fn read(&self, format: Format) -> Chunk {
        assert_eq!((self.spans.is_null(), self.stride != 0), (format.is_some(), format.is_some()));
        let record = |index| {
            let (offset, size) = match format {
                Some(record_size) => (index * self.stride, record_size),
                None => {
                    // SAFETY: there is a span for each record.
                    let span = unsafe { *self.spans.add(index) };
                    (span.offset as usize, span.size as usize)
                }
            };
            // SAFETY: a handle covers the chunk, which says where its records are.
            unsafe { std::slice::from_raw_parts(self.data.add(offset), size) }.to_vec()
        };
        Chunk { segment: self.segment, first: self.first, records: (0..self.count).map(record).collect() }
    }
}
