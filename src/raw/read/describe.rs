//! One log as text, for debuggers and for handlers of signals.
//!
//! Async-signal-safe: nothing here allocates, takes a lock, makes a system call or uses thread-local state. To the
//! protocol, a thread that describes is one more reader. It lets each window go before it looks at the next. A reader
//! may come between any two instructions of the writer. So it may also come in a handler that interrupts the writer.

use ::core::fmt;

use super::stats::Stats;
use crate::raw::core::{Core, CoreRef};
use crate::raw::memory::layout::Kind;
use crate::raw::memory::window::Window;
use crate::sync::Ordering;
use crate::text::{Out, say};

/// One log as text: its geometry, what it shows, its memory, and which views hold it. Made by `describe`.
///
/// `Display` allocates nothing and takes no lock. While the log moves, figures may be a moment old, and views that just
/// come or go may be counted. While a group goes on in another segment, the count of its records may be wrong. A thread
/// that displays it counts as a view for `max_segments`, unless it is the writer's.
pub struct Description<'l>(pub(crate) &'l CoreRef);

/// A window that views look through.
pub(in crate::raw) struct Held {
    pub(in crate::raw) views: u64,
    /// Sequences of the oldest and of the newest segment, and of the oldest record.
    pub(in crate::raw) tail: u64,
    pub(in crate::raw) head: u64,
    pub(in crate::raw) begin: u64,
}

/// Calls `tell` for each window that views look through, the last allocated one first, until it has found `views`
/// views. It leaves out windows that list a segment newer than `newest`, since one of these may not be current yet.
pub(in crate::raw) fn each_held(
    core: &Core,
    newest: u64,
    mut views: u64,
    tell: &mut dyn FnMut(Held) -> fmt::Result,
) -> fmt::Result {
    for window in core.windows() {
        if views == 0 {
            break;
        }
        if !window.try_pin() {
            continue;
        }
        // Relaxed: a figure. The current window has the log's pin, and each has ours.
        let current = ::core::ptr::eq(core.current.load(Ordering::Relaxed), window);
        let through = window.pins().saturating_sub(1 + u64::from(current));
        views = views.saturating_sub(through);
        // SAFETY: I2: we pinned the window just now, and let it go once.
        let held = unsafe {
            let (tail, head, begin) = (window.tail(), (*window.head()).shown.sequence.get(), window.begin());
            Window::release(window, &core.retired);
            Held { views: through, tail, head, begin }
        };
        if held.views > 0 && held.head <= newest {
            tell(held)?;
        }
    }
    Ok(())
}

impl fmt::Display for Description<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(&mut |text| f.write_str(text))
    }
}

impl Description<'_> {
    pub(crate) fn write(&self, out: &mut Out<'_>) -> fmt::Result {
        let core = self.0;
        let geometry = &core.geometry;
        let options = &geometry.options;
        let (stats, range) = Stats::with_range(core);
        let newest = stats.rolls;
        let address = ::core::ptr::from_ref::<Core>(core).addr();
        say(out, concat!("atomic-log ", env!("CARGO_PKG_VERSION"), ", log at 0x@\n"), &[address as u64])?;
        let (align, size, stride) = (geometry.record_align as u64, geometry.record_size as u64, geometry.stride as u64);
        match geometry.kind {
            Kind::Typed => say(out, "values    of # bytes, # apart, aligned to #\n", &[size, stride, align])?,
            Kind::Fixed => say(out, "records   of # bytes, # apart, aligned to #\n", &[size, stride, align])?,
            Kind::Bytes => say(out, "records   of any size, aligned to #\n", &[align])?,
        }
        let capacities = match geometry.kind {
            Kind::Typed => "capacity  # values, in segments of #",
            Kind::Fixed => "capacity  # records, in segments of #",
            Kind::Bytes => "capacity  # bytes, in segments of # with # records at most",
        };
        let records = geometry.capacity.get().into();
        say(out, capacities, &[options.retained_capacity, options.segment_capacity, records])?;
        say(out, "; a view has at most # segments\n", &[geometry.window_segments.get().into()])?;
        say(
            out,
            "newest    records [#, #), in segments up to #; # published, # rolls\n",
            &[range.start, range.end, newest, stats.records_appended, stats.rolls],
        )?;
        let writer = match core.is_finished() {
            true => "writer    none, since the log is finished\n",
            false if core.has_writer() => "writer    claimed\n",
            false => "writer    none\n",
        };
        out(writer)?;
        if let Some(records) = core.group.records() {
            say(out, "group     open, with # record~ to be published\n", &[records])?;
        }
        say(
            out,
            "memory    # bytes; at the writer's last roll or trim # segment~ of # bytes, # pooled, # held by readers alone; ",
            &[
                stats.bytes_allocated,
                stats.segments_live,
                geometry.segment.size() as u64,
                stats.segments_pooled,
                stats.segments_held_by_readers,
            ],
        )?;
        match geometry.max_segments {
            u32::MAX => out("no bound\n")?,
            max => say(out, "at most #\n", &[max.into()])?,
        }
        say(
            out,
            "failures  # at the bound on segments, # of the allocator\n",
            &[stats.segment_limit_hits, stats.allocation_failures],
        )?;
        say(out, "readers   # view~, # pin~ on segments\n", &[stats.snapshots_live, stats.segment_pins_live])?;
        each_held(core, newest, stats.snapshots_live, &mut |Held { views, tail, head, begin }| {
            say(
                out,
                "  # view~ of segments # to #, records from # on, # segment~ behind\n",
                &[views, tail, head, begin, newest - head],
            )
        })
    }
}
