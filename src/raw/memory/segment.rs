//! A segment: a fixed-capacity block of records behind a header.

use ::core::ptr::null_mut;

use super::stack::Linked;
use crate::sync::{AtomicU64, Plain};

/// The header. The records, and for bytes the spans, lie behind it at the geometry's offsets.
#[repr(C)]
pub(crate) struct Segment {
    pub(crate) shown: Shown,
    pub(crate) held: Held,
}

/// What the writer writes and readers read.
#[repr(C, align(128))]
pub(crate) struct Shown {
    /// See `word`. Through a window, readers read only the head's.
    pub(crate) published: AtomicU64,
    /// Sequence of the segment's first record; frozen while the segment is in use.
    pub(crate) first_sequence: Plain<u64>,
    /// The segment's own sequence: 0, 1, 2, ... in the order in which the writer goes on in segments; frozen while the
    /// segment is in use.
    pub(crate) sequence: Plain<u64>,
    /// How many sequences were skipped, from the log's first one up to this segment; frozen while the segment is in
    /// use.
    pub(crate) skipped: Plain<u64>,
    /// Records in the segment once the writer has left it, which is how many values are to be dropped. Nobody reads it
    /// through a window whose head the segment is. Zero in the pool.
    pub(crate) final_count: Plain<u32>,
}

/// What readers write. It lies apart from `published`, so that pinning never slows an append.
#[repr(C, align(128))]
pub(crate) struct Held {
    /// One count for all live windows that list the segment, or for the writer while it is pending; and one for each
    /// segment pin.
    pub(crate) refs: AtomicU64,
    /// A segment is in exactly one place (I5), so one link serves the free stack, the pool and the pending list.
    link: Plain<*mut Segment>,
    /// The next in the list of all allocated segments of the log. The writer writes it, and the last handle walks the
    /// list.
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

/// Where a record of a byte log lies in its segment.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    /// Bytes from the segment's first record to this one.
    pub(crate) offset: u32,
    /// The record's size in bytes.
    pub(crate) size: u32,
}
