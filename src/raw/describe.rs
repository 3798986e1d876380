//! One log as text, for debuggers and for handlers of signals.
//!
//! Async-signal-safe: nothing here allocates, takes a lock, makes a system call or keeps anything in a thread. To the
//! protocol whoever describes is one more reader, that lets go of each window before it looks at the next; a reader may
//! come between any two instructions of the writer, so it may come in a handler that interrupts the writer, too.

use ::core::fmt;

use super::core::{Core, CoreRef};
use super::figures::Stats;
use super::layout::Kind;
use super::view::View;
use super::window::Window;
use crate::sync::Ordering;

/// One log as text: its geometry, what it shows, its memory, and which views hold it. Made by `describe`.
///
/// Displaying it allocates nothing and takes no lock. While the log moves, figures may be a moment old, and views counted that
/// are just coming or going; in another thread than the writer's, whoever describes counts as a view for `max_segments`.
pub struct Description<'l>(pub(crate) &'l CoreRef);

/// What views look through.
pub(super) struct Held {
    pub(super) views: u64,
    /// Sequences of the oldest and of the newest segment, and of the oldest record.
    pub(super) tail: u64,
    pub(super) head: u64,
    pub(super) begin: u64,
}

/// Tells of each window that somebody looks through, the one that was allocated last first, but for those that list a
/// segment newer than `newest`: of these one may not be shown to anybody yet.
pub(super) fn each_held(core: &Core, newest: u64, mut tell: impl FnMut(Held) -> fmt::Result) -> fmt::Result {
    for window in core.windows() {
        if !window.try_pin() {
            continue;
        }
        // Relaxed: a figure. The current window has the log's pin, and each has ours.
        let current = ::core::ptr::eq(core.current.load(Ordering::Relaxed), window);
        let views = window.pins().saturating_sub(1 + u64::from(current));
        // SAFETY: I2: we just pinned it, and let it go once.
        let held = unsafe {
            let (tail, head, begin) = (window.tail(), (*window.head()).shown.sequence.get(), window.begin());
            Window::release(window, core);
            Held { views, tail, head, begin }
        };
        if held.views > 0 && held.head <= newest {
            tell(held)?;
        }
    }
    Ok(())
}

/// A number of things, by their name in the singular.
struct Count(u64, &'static str);

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}{}", self.0, self.1, if self.0 == 1 { "" } else { "s" })
    }
}

impl fmt::Display for Description<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let core = self.0;
        let geometry = &core.geometry;
        let options = &geometry.options;
        let (range, newest) = View::newest(core);
        let stats = Stats::of(core);
        let segment = geometry.segment.size();
        let unit = match geometry.kind {
            Kind::Typed => "values",
            Kind::Fixed => "records",
            Kind::Bytes => "bytes",
        };
        writeln!(f, "atomic-log {}, log at {:p}", env!("CARGO_PKG_VERSION"), ::core::ptr::from_ref::<Core>(core))?;
        match geometry.kind {
            Kind::Bytes => writeln!(f, "records   of any size, aligned to {}", geometry.record_align)?,
            _ => writeln!(
                f,
                "{unit:<10}of {} bytes, {} apart, aligned to {}",
                geometry.record_size, geometry.stride, geometry.record_align
            )?,
        }
        write!(f, "capacity  {} {unit}, in segments of {}", options.retained_capacity, options.segment_capacity)?;
        if geometry.kind == Kind::Bytes {
            write!(f, " with {} records at most", geometry.capacity)?;
        }
        writeln!(f, "; a view has at most {} segments", geometry.window_segments)?;
        writeln!(
            f,
            "newest    records [{}, {}), in segments up to {newest}; {} published, {} rolls",
            range.start, range.end, stats.records_appended, stats.rolls
        )?;
        writeln!(f, "writer    {}", if core.has_writer() { "claimed" } else { "none" })?;
        write!(
            f,
            "memory    {} bytes; at the writer's last roll or trim {} of {segment} bytes, {} pooled, {} held by readers alone; ",
            stats.bytes_allocated,
            Count(stats.segments_live, "segment"),
            stats.segments_pooled,
            stats.segments_held_by_readers
        )?;
        match geometry.max_segments {
            u32::MAX => writeln!(f, "no bound")?,
            max => writeln!(f, "at most {max}")?,
        }
        writeln!(
            f,
            "failures  {} at the bound on segments, {} of the allocator",
            stats.segment_limit_hits, stats.allocation_failures
        )?;
        let (views, pins) = (Count(stats.snapshots_live, "view"), Count(stats.segment_pins_live, "pin"));
        writeln!(f, "readers   {views}, {pins} on segments")?;
        each_held(core, newest, |Held { views, tail, head, begin }| {
            let (views, age) = (Count(views, "view"), Count(newest - head, "segment"));
            writeln!(f, "  {views} of segments {tail} to {head}, records from {begin} on, {age} behind")
        })
    }
}
