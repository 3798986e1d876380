//! What a log is made of.

use crate::Allocator;

/// How large a log is, where its memory comes from and how much there may be.
///
/// The unit of the capacities is records for [`AtomicLog`](crate::AtomicLog) and [`FixedLog`](crate::FixedLog), and
/// bytes of segment space for [`ByteLog`](crate::ByteLog). With `K = retained_capacity.div_ceil(segment_capacity) + 1`,
/// a view holds at most the newest K segments.
///
/// ```
/// use atomic_log::{ByteLog, Options};
///
/// let options = Options::new(1 << 20, 1 << 16).record_align(16).max_segments(64);
/// let (writer, log) = ByteLog::try_new_claimed(&options)?;
/// # Ok::<(), atomic_log::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Options {
    pub(crate) retained_capacity: u64,
    pub(crate) segment_capacity: u64,
    pub(crate) record_size: u64,
    pub(crate) record_align: u32,
    pub(crate) segment_records: u32,
    pub(crate) preallocated_segments: u32,
    pub(crate) max_segments: u32,
    pub(crate) allocator: Option<Allocator>,
    pub(crate) auto_notify: bool,
    pub(crate) prefault: bool,
    pub(crate) first_sequence: u64,
}

impl Options {
    /// A log that keeps at least `retained_capacity` records (bytes logs: bytes of segment space) readable, in segments
    /// of `segment_capacity`. Everything else has a default.
    pub const fn new(retained_capacity: u64, segment_capacity: u64) -> Options {
        Options {
            retained_capacity,
            segment_capacity,
            record_size: 0,
            record_align: 0,
            segment_records: 0,
            preallocated_segments: 0,
            max_segments: 0,
            allocator: None,
            auto_notify: false,
            prefault: false,
            first_sequence: 0,
        }
    }

    /// Bytes per record. Required by [`FixedLog`](crate::FixedLog), refused by the others.
    pub const fn record_size(mut self, bytes: u64) -> Options {
        self.record_size = bytes;
        self
    }

    /// Alignment of every record in bytes: a power of two, at most 4096. By default the largest power of two that
    /// divides
    /// `record_size`, at most 64, for a [`FixedLog`](crate::FixedLog), and 8 for a [`ByteLog`](crate::ByteLog).
    pub const fn record_align(mut self, bytes: u32) -> Options {
        self.record_align = bytes;
        self
    }

    /// How many records one segment of a [`ByteLog`](crate::ByteLog) can index. By default `segment_capacity / 32`, at
    /// least 16.
    pub const fn segment_records(mut self, records: u32) -> Options {
        self.segment_records = records;
        self
    }

    /// Segments that are allocated when the log is created, with as many windows as appending without readers needs,
    /// and one more for each segment beyond K + 1. By default only the first.
    pub const fn preallocated_segments(mut self, segments: u32) -> Options {
        self.preallocated_segments = segments;
        self
    }

    /// A bound on the segments alive at once, held by readers or not: at least K + 1. By default there is none.
    pub const fn max_segments(mut self, segments: u32) -> Options {
        self.max_segments = segments;
        self
    }

    /// Where every allocation of the log and its handles comes from. By default the program's global allocator, if
    /// there is the feature `alloc`.
    pub const fn allocator(mut self, allocator: Allocator) -> Options {
        self.allocator = Some(allocator);
        self
    }

    /// Every publication notifies, for those who would rather pay a few nanoseconds than remember. By default only the
    /// writer's `notify` wakes those who wait.
    pub const fn auto_notify(mut self, on: bool) -> Options {
        self.auto_notify = on;
        self
    }

    /// Touches every page of what is preallocated when the log is created, so that a writer that never exceeds it makes
    /// no page fault.
    pub const fn prefault(mut self, on: bool) -> Options {
        self.prefault = on;
        self
    }

    /// Sequence of the first record ever: lets a test come near 2^32 and 2^63 records without appending them.
    #[doc(hidden)]
    pub const fn first_sequence(mut self, sequence: u64) -> Options {
        self.first_sequence = sequence;
        self
    }
}
