//! What a log and a view report about themselves.

use ::core::ops::Range;

use super::view::View;
use crate::raw::core::{Core, CoreRef};
use crate::sync::{AtomicU64, Ordering};

/// What a log holds, and for whom. Numbers of segments and windows, and `oldest_view_age`, are from the writer's last
/// roll or trim. All others are current; what other threads do at the moment may not be counted yet. A roll begins a
/// new segment.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Stats {
    /// Records that were ever published. Skipped sequences do not count.
    pub records_appended: u64,
    /// Segments that were ever allocated, except those that a call allocated and, when it failed, gave back.
    pub segments_created: u64,
    /// Segments that are allocated now, pooled ones included.
    pub segments_live: u64,
    /// Segments in the writer's pool, ready to be used again.
    pub segments_pooled: u64,
    /// Segments that live only because a snapshot, cursor or pin holds them.
    pub segments_held_by_readers: u64,
    /// Windows that views may use, the current one included. A window lists the segments of a view.
    pub windows_live: u64,
    /// Snapshots and cursors. Exact while nothing moves. A pin or a writer that just comes or goes may count as one.
    pub snapshots_live: u64,
    /// Pins on single segments.
    pub segment_pins_live: u64,
    /// Bytes that were taken from the allocator and not given back.
    pub bytes_allocated: u64,
    /// How many segments were published after the first.
    pub rolls: u64,
    /// Calls that failed because readers held all that `max_segments` allows.
    pub segment_limit_hits: u64,
    /// Calls to the allocator that returned nothing.
    pub allocation_failures: u64,
    /// How many segments the oldest view that a reader holds is behind the newest.
    pub oldest_view_age: u64,
}

/// What one view holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct ViewStats {
    /// Segments in view.
    pub segments: u64,
    /// Segments in view that the log no longer retains. Only this view and other readers keep them alive.
    pub segments_held: u64,
    /// The bytes of these segments, headers included.
    pub bytes_held: u64,
    /// How many segments the view is behind the newest.
    pub age: u64,
}

impl Stats {
    pub(crate) fn of(core: &CoreRef) -> Stats {
        Stats::with_range(core).0
    }

    /// The statistics, and the range of a view that was taken for them.
    pub(super) fn with_range(core: &CoreRef) -> (Stats, Range<u64>) {
        let (figures, counts) = (&core.figures, &core.counts);
        let relaxed = |figure: &AtomicU64| figure.load(Ordering::Relaxed);
        // Before the view is taken, so that the view is usually the newer of the two. No ordering makes it so. Where
        // the view is the older one, the age is 0.
        let oldest_head = relaxed(&figures.oldest_head);
        let (range, head, skipped) = View::newest(core);
        let stats = Stats {
            records_appended: range.end - core.geometry.options.first_sequence - skipped,
            segments_created: relaxed(&figures.segments_created),
            segments_live: relaxed(&figures.segments_live),
            segments_pooled: relaxed(&figures.segments_pooled),
            segments_held_by_readers: relaxed(&figures.segments_held),
            windows_live: relaxed(&figures.windows_live),
            snapshots_live: views(core),
            segment_pins_live: relaxed(&counts.segment_pins),
            bytes_allocated: relaxed(&counts.bytes_allocated),
            rolls: head,
            segment_limit_hits: relaxed(&figures.limit_hits),
            allocation_failures: relaxed(&counts.allocation_failures),
            oldest_view_age: head.saturating_sub(oldest_head),
        };
        (stats, range)
    }
}

/// How many views there are: the handles that are nothing else. To count them at each snapshot would cost.
fn views(core: &Core) -> u64 {
    let relaxed = |count: &AtomicU64| count.load(Ordering::Relaxed);
    let others = relaxed(&core.counts.logs) + relaxed(&core.counts.segment_pins) + u64::from(core.has_writer());
    relaxed(&core.counts.handles).saturating_sub(others)
}

impl ViewStats {
    pub(crate) fn of(view: &View) -> ViewStats {
        let core = view.core();
        let (tail, head) = view.segments();
        let (newest_tail, newest_head) = View::new(core).segments();
        let held = newest_tail.min(head + 1).saturating_sub(tail);
        ViewStats {
            segments: head + 1 - tail,
            segments_held: held,
            bytes_held: held * core.geometry.segment.size() as u64,
            age: newest_head - head,
        }
    }
}
