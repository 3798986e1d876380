//! A segment: a fixed-capacity block of records behind a header.

use ::core::ptr::null_mut;

use super::stack::Linked;
use crate::sync::{AtomicU64, Plain};

/// The header; the records (and for bytes the spans) lie behind it at the geometry's offsets.
#[repr(C)]
pub(crate) struct Segment {
    pub(crate) shown: Shown,
    pub(crate) held: Held,
}

/// What the writer writes and readers read.
#[repr(C, align(128))]
pub(crate) struct Shown {
    /// See `word`. Through a window, readers read it of the head only.
    pub(crate) published: AtomicU64,
    /// Sequence of the segment's first record; frozen while the segment is in use.
    pub(crate) first_sequence: Plain<u64>,
    /// 0, 1, 2, ... in order of creation; frozen while the segment is in use.
    pub(crate) sequence: Plain<u64>,
    /// Sequences that no record ever had, from the log's first up to this segment; frozen while the segment is in use.
    pub(crate) skipped: Plain<u64>,
    /// Records in the segment once the writer has left it, and so how many values there are to drop. Nobody reads it
    /// through a window whose head the segment is. Zero in the pool.
    pub(crate) final_count: Plain<u32>,
}

/// What readers write: apart from `published`, so that pinning never slows an append.
#[repr(C, align(128))]
pub(crate) struct Held {
    /// One for all live windows that list the segment (or for being pending), and one for each segment pin.
    pub(crate) refs: AtomicU64,
    /// A segment is in exactly one place (I5), so one link serves the free stack, the pool and the pending list.
    link: Plain<*mut Segment>,
    /// All segments of the log ever allocated; written by the writer, walked by the last handle.
    pub(crate) all: Plain<*mut Segment>,
}

#[cfg(not(any(loom, shuttle)))]
const _: () = assert!(size_of::<Segment>() == 256);

impl Linked for Segment {
    fn link(&self) -> &Plain<*mut Segment> {
        &self.held.link
    }
}

impl Segment {
    pub(crate) fn new(all: *mut Segment) -> Segment {
        Segment {
            shown: Shown {
                published: AtomicU64::new(0),
                first_sequence: Plain::new(0),
                sequence: Plain::new(0),
                skipped: Plain::new(0),
                final_count: Plain::new(0),
            },
            held: Held { refs: AtomicU64::new(0), link: Plain::new(null_mut()), all: Plain::new(all) },
        }
    }
}

/// Where a record of a byte log lies in its segment: bytes from the segment's first record, and bytes in size.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    /// Bytes from the chunk's base to the record.
    pub(crate) offset: u32,
    /// The record's size in bytes.
    pub(crate) size: u32,
}
