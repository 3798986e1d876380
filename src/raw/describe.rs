//! One log as text, for debuggers and for handlers of signals.
//!
//! Async-signal-safe: nothing here allocates, takes a lock, makes a system call or keeps anything in a thread. To the
//! protocol whoever describes is one more reader, that lets go of each window before it looks at the next; a reader may
//! come between any two instructions of the writer, so it may come in a handler that interrupts the writer, too.

use ::core::fmt;

use super::core::{Core, CoreRef};
use super::figures::Stats;
use super::layout::Kind;
use super::text::{Out, Part, say};
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
pub(super) fn each_held(core: &Core, newest: u64, tell: &mut dyn FnMut(Held) -> fmt::Result) -> fmt::Result {
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

/// "s" behind the name of things, unless it is one.
fn plural(count: u64) -> &'static str {
    if count == 1 { "" } else { "s" }
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
        let (range, newest) = View::newest(core);
        let stats = Stats::of(core);
        let address = Part::Address(::core::ptr::from_ref::<Core>(core).addr());
        say!(out, "atomic-log ", env!("CARGO_PKG_VERSION"), ", log at ", address, "\n")?;
        // In a column of ten.
        let (unit, of) = match geometry.kind {
            Kind::Typed => ("values", "    of "),
            Kind::Fixed => ("records", "   of "),
            Kind::Bytes => ("bytes", ""),
        };
        match geometry.kind {
            Kind::Bytes => say!(out, "records   of any size, aligned to ", geometry.record_align, "\n")?,
            _ => {
                say!(out, unit, of, geometry.record_size, " bytes, ", geometry.stride, " apart, aligned to ")?;
                say!(out, geometry.record_align, "\n")?;
            }
        }
        say!(out, "capacity  ", options.retained_capacity, " ", unit, ", in segments of ", options.segment_capacity)?;
        if geometry.kind == Kind::Bytes {
            say!(out, " with ", geometry.capacity.get(), " records at most")?;
        }
        say!(out, "; a view has at most ", geometry.window_segments.get(), " segments\n")?;
        say!(out, "newest    records [", range.start, ", ", range.end, "), in segments up to ", newest)?;
        say!(out, "; ", stats.records_appended, " published, ", stats.rolls, " rolls\n")?;
        say!(out, "writer    ", if core.has_writer() { "claimed" } else { "none" }, "\n")?;
        say!(out, "memory    ", stats.bytes_allocated, " bytes; at the writer's last roll or trim ")?;
        say!(out, stats.segments_live, " segment", plural(stats.segments_live))?;
        say!(out, " of ", geometry.segment.size(), " bytes, ", stats.segments_pooled, " pooled, ")?;
        say!(out, stats.segments_held_by_readers, " held by readers alone; ")?;
        match geometry.max_segments {
            u32::MAX => say!(out, "no bound\n")?,
            max => say!(out, "at most ", max, "\n")?,
        }
        say!(out, "failures  ", stats.segment_limit_hits, " at the bound on segments, ")?;
        say!(out, stats.allocation_failures, " of the allocator\n")?;
        say!(out, "readers   ", stats.snapshots_live, " view", plural(stats.snapshots_live), ", ")?;
        say!(out, stats.segment_pins_live, " pin", plural(stats.segment_pins_live), " on segments\n")?;
        each_held(core, newest, &mut |Held { views, tail, head, begin }| {
            let age = newest - head;
            say!(out, "  ", views, " view", plural(views), " of segments ", tail, " to ", head, ", records from ")?;
            say!(out, begin, " on, ", age, " segment", plural(age), " behind\n")
        })
    }
}
