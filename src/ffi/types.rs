//! Plain data that crosses the boundary. Frozen: these structs never change.

use core::ops::Range;

use crate::Delta;
use crate::raw::{Geometry, Kind, RawChunk, Span};

/// Some bytes: a record in the log, or bytes of the caller.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct alog_slice {
    /// The first byte. May be NULL if size is 0.
    pub data: *const core::ffi::c_void,
    /// How many bytes.
    pub size: usize,
}

layout!(alog_slice, size 16, align 8: data 0, size 8);

/// Where a record of a byte log lies in its chunk.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct alog_span {
    /// Bytes from the chunk's data to the record.
    pub offset: u32,
    /// The record's size in bytes.
    pub size: u32,
}

layout!(alog_span, size 8, align 4: offset 0, size 4);

// A segment's spans are handed out as they lie there.
const _: () = assert!(size_of::<alog_span>() == size_of::<Span>() && align_of::<alog_span>() == align_of::<Span>());
const _: () = assert!(
    core::mem::offset_of!(alog_span, offset) == core::mem::offset_of!(Span, offset)
        && core::mem::offset_of!(alog_span, size) == core::mem::offset_of!(Span, size)
);

/// Records of one segment, in order. Plain data: the records stay in the log, and are readable while a snapshot,
/// cursor or pin covers their segment.
///
/// Record i: fixed: (const char *)data + i * stride. Bytes: (const char *)data + spans[i].offset, of spans[i].size
/// bytes.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct alog_chunk {
    /// Fixed: the first record. Bytes: what the spans' offsets count from.
    pub data: *const core::ffi::c_void,
    /// How many records. A chunk is never empty.
    pub count: usize,
    /// Fixed: bytes from one record to the next. Bytes: 0.
    pub stride: usize,
    /// Bytes: one per record. Fixed: NULL.
    pub spans: *const alog_span,
    /// Sequence of the chunk's first record.
    pub first_sequence: u64,
    /// The segment's number: 0, 1, 2, ... in order of creation.
    pub segment_sequence: u64,
}

layout!(alog_chunk, size 48, align 8: data 0, count 8, stride 16, spans 24, first_sequence 32, segment_sequence 40);

impl alog_chunk {
    /// # Safety
    /// Something covers the segment.
    pub(super) unsafe fn new(chunk: RawChunk, geometry: &Geometry) -> alog_chunk {
        let (data, spans) = match geometry.kind {
            Kind::Bytes => chunk.spans(geometry),
            _ => (chunk.records(geometry), core::ptr::null()),
        };
        alog_chunk {
            data: data.cast(),
            count: chunk.count as usize,
            stride: geometry.stride,
            spans: spans.cast(),
            // SAFETY: I1: something covers the segment, so its sequences are frozen.
            first_sequence: unsafe { chunk.first_sequence() },
            // SAFETY: I1: something covers the segment.
            segment_sequence: unsafe { chunk.segment_sequence() },
        }
    }
}

/// Sequences of records. A record's sequence is its number since the log began: 0, 1, 2, ...
#[repr(C)]
#[derive(Clone, Copy)]
pub struct alog_range {
    /// The first sequence.
    pub begin: u64,
    /// One more than the last sequence.
    pub end: u64,
}

layout!(alog_range, size 16, align 8: begin 0, end 8);

impl From<Range<u64>> for alog_range {
    fn from(range: Range<u64>) -> alog_range {
        alog_range { begin: range.start, end: range.end }
    }
}

/// What a refresh brought. All numbers are exact. "Old" is the end of the snapshot before the refresh, or the position
/// of the cursor.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct alog_delta {
    /// The first new record: the larger of old and the view's new begin. For a cursor this is its new position.
    pub first_sequence: u64,
    /// How many records are new: the view's new end - first_sequence. For a cursor this includes what was already
    /// unread.
    pub appended: u64,
    /// Records that were published and evicted before they were seen, and skipped sequences: first_sequence - old.
    pub lost: u64,
}

layout!(alog_delta, size 24, align 8: first_sequence 0, appended 8, lost 16);

impl From<Delta> for alog_delta {
    fn from(delta: Delta) -> alog_delta {
        alog_delta { first_sequence: delta.first_sequence, appended: delta.appended, lost: delta.lost }
    }
}

/// Room in the log that the writer fills before it commits.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct alog_reservation {
    /// Where the first record goes. The bytes are not initialised.
    pub data: *mut core::ffi::c_void,
    /// Fixed: records. Bytes: bytes of the one record.
    pub capacity: usize,
    /// Fixed: bytes from one record to the next. Bytes: 0.
    pub stride: usize,
}

layout!(alog_reservation, size 24, align 8: data 0, capacity 8, stride 16);
