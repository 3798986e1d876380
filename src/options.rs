//! What a log is made with.

use crate::Allocator;

/// How large a log is, where its memory comes from, and how much memory it may use.
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
    /// Options for a log that keeps at least `retained_capacity` records (byte logs: bytes of segment space) readable,
    /// in segments of `segment_capacity` of the same unit. Both are required. Everything else has a default.
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

    /// Bytes per record. A [`FixedLog`](crate::FixedLog) requires it. The other logs refuse it.
    pub const fn record_size(mut self, bytes: u64) -> Options {
        self.record_size = bytes;
        self
    }

    /// Alignment of every record in bytes. A power of two, at most 4096.
    ///
    /// The default of a [`FixedLog`](crate::FixedLog) is the largest power of two that divides `record_size`, at most
    /// 64. The default of a [`ByteLog`](crate::ByteLog) is 8. An [`AtomicLog`](crate::AtomicLog) refuses it: its type
    /// decides.
    pub const fn record_align(mut self, bytes: u32) -> Options {
        self.record_align = bytes;
        self
    }

    /// How many records one segment of a [`ByteLog`](crate::ByteLog) can index. The other logs refuse it. The default
    /// is `segment_capacity / 32`, or `/ record_align` if that is more than 32, and at least 16.
    pub const fn segment_records(mut self, records: u32) -> Options {
        self.segment_records = records;
        self
    }

    /// How many segments are allocated when the log is made. They come with two windows, which is what appending
    /// without readers needs, and with one more for each segment beyond K + 1. By default, only the first segment is
    /// allocated.
    pub const fn preallocated_segments(mut self, segments: u32) -> Options {
        self.preallocated_segments = segments;
        self
    }

    /// The most segments that may be alive at once, pooled ones and those that readers hold included. At least K + 1,
    /// and at least `preallocated_segments`. By default there is no bound.
    pub const fn max_segments(mut self, segments: u32) -> Options {
        self.max_segments = segments;
        self
    }

    /// Serves every allocation of the log and its handles. The default is the program's global allocator. Without the
    /// feature `alloc` there is no default, and a log needs this.
    pub const fn allocator(mut self, allocator: Allocator) -> Options {
        self.allocator = Some(allocator);
        self
    }

    /// Whether every publication notifies, so that the writer need not call `notify`. Each publication then costs a few
    /// nanoseconds more, and may make the system call that wakes. By default a publication wakes no waiter.
    pub const fn auto_notify(mut self, on: bool) -> Options {
        self.auto_notify = on;
        self
    }

    /// Whether the log touches every page as soon as it allocates it. A writer that stays within what is preallocated
    /// then causes no page fault. By default it does not.
    pub const fn prefault(mut self, on: bool) -> Options {
        self.prefault = on;
        self
    }

    /// Sequence of the log's first record, at most 2^63. So a test comes near 2^32 and 2^63 records without appending
    /// them.
    #[doc(hidden)]
    pub const fn first_sequence(mut self, sequence: u64) -> Options {
        self.first_sequence = sequence;
        self
    }
}
