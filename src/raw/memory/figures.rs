//! What is counted for statistics and descriptions. It costs appends nothing: the writer leaves its figures at a roll.

use crate::sync::{AtomicU64, Ordering};

/// What the writer leaves at a roll, a trim, or a failure. All Relaxed: they are figures, on which nothing else
/// depends.
pub(crate) struct Figures {
    pub(in crate::raw) segments_created: AtomicU64,
    pub(in crate::raw) segments_live: AtomicU64,
    pub(in crate::raw) segments_pooled: AtomicU64,
    pub(in crate::raw) segments_held: AtomicU64,
    pub(in crate::raw) windows_live: AtomicU64,
    pub(in crate::raw) oldest_head: AtomicU64,
    pub(in crate::raw) limit_hits: AtomicU64,
}

/// What any thread counts. It lies apart from what the writer stores at each roll. All Relaxed, except where a field
/// says otherwise.
pub(crate) struct Counts {
    /// Handles of all kinds, each of which keeps the core. E6 orders it.
    pub(in crate::raw) handles: AtomicU64,
    /// Handles on the log itself. `handles` has them, too.
    pub(in crate::raw) logs: AtomicU64,
    pub(crate) segment_pins: AtomicU64,
    pub(crate) bytes_allocated: AtomicU64,
    pub(crate) allocation_failures: AtomicU64,
}

impl Counts {
    /// Counts of a new log, with one handle.
    pub(crate) fn new() -> Counts {
        let zero = || AtomicU64::new(0);
        Counts {
            handles: AtomicU64::new(1),
            logs: zero(),
            segment_pins: zero(),
            bytes_allocated: zero(),
            allocation_failures: zero(),
        }
    }
}

/// What only the writer knows.
#[derive(Clone, Copy)]
pub(crate) struct Left {
    pub(crate) segments_created: u64,
    pub(crate) segments_live: u64,
    pub(crate) segments_pooled: u64,
    pub(crate) segments_held: u64,
    pub(crate) windows_live: u64,
    /// Sequence of the head of the oldest live window.
    pub(crate) oldest_head: u64,
}

impl Figures {
    pub(crate) fn new() -> Figures {
        let zero = || AtomicU64::new(0);
        Figures {
            segments_created: zero(),
            segments_live: zero(),
            segments_pooled: zero(),
            segments_held: zero(),
            windows_live: zero(),
            oldest_head: zero(),
            limit_hits: zero(),
        }
    }

    pub(crate) fn leave(&self, left: Left) {
        self.segments_created.store(left.segments_created, Ordering::Relaxed);
        self.segments_live.store(left.segments_live, Ordering::Relaxed);
        self.segments_pooled.store(left.segments_pooled, Ordering::Relaxed);
        self.segments_held.store(left.segments_held, Ordering::Relaxed);
        self.windows_live.store(left.windows_live, Ordering::Relaxed);
        self.oldest_head.store(left.oldest_head, Ordering::Relaxed);
    }

    pub(crate) fn hit_limit(&self, hits: u64) {
        self.limit_hits.store(hits, Ordering::Relaxed);
    }
}
