//! Where things lie in a log, for debuggers. By this alone, gdb/atomic_log_gdb.py reads a log in a stopped process or
//! in its core file.
//!
//! Each log has a copy of it, behind its tag. So a pointer to a log is enough, also
//!
//! * if the program and the library have no symbols,
//! * if there are several libraries in the process, whichever of them made the log,
//! * if the library's file is not at hand.

use ::core::mem::offset_of;

use super::core::{Core, DebugLayout};
use super::group::Place;
use super::memory::segment::Segment;
use super::memory::table::Table;
use super::memory::window::Window;

const COUNT: usize = DebugLayout::COUNT;

impl DebugLayout {
    pub(super) const HERE: DebugLayout = DebugLayout { version: 1, count: COUNT as u16, offsets: OFFSETS };
}

/// In the order of `OFFSETS` in the script, which also has the sizes of what lies there.
const OFFSETS: [u16; COUNT] = {
    let offsets = [
        // In the core: the geometry.
        offset_of!(Core, supply.geometry.kind),
        offset_of!(Core, supply.geometry.window_segments),
        offset_of!(Core, supply.geometry.capacity),
        offset_of!(Core, supply.geometry.record_size),
        offset_of!(Core, supply.geometry.record_align),
        offset_of!(Core, supply.geometry.stride),
        offset_of!(Core, supply.geometry.data_offset),
        offset_of!(Core, supply.geometry.spans_offset),
        offset_of!(Core, supply.geometry.max_segments),
        offset_of!(Core, supply.geometry.options.retained_capacity),
        offset_of!(Core, supply.geometry.options.segment_capacity),
        offset_of!(Core, supply.geometry.options.first_sequence),
        // In the core: what changes.
        offset_of!(Core, current),
        offset_of!(Core, claim),
        offset_of!(Core, supply.all_windows),
        offset_of!(Core, group.open),
        offset_of!(Core, group.places),
        size_of::<Place>(),
        offset_of!(Place, word),
        offset_of!(Place, before),
        // Figures.
        offset_of!(Core, supply.counts.0.handles),
        offset_of!(Core, supply.counts.0.logs),
        offset_of!(Core, supply.counts.0.segment_pins),
        offset_of!(Core, supply.counts.0.bytes_allocated),
        offset_of!(Core, supply.counts.0.allocation_failures),
        offset_of!(Core, supply.figures.0.segments_live),
        offset_of!(Core, supply.figures.0.segments_pooled),
        offset_of!(Core, supply.figures.0.segments_held),
        offset_of!(Core, supply.figures.0.limit_hits),
        // In a window.
        offset_of!(Window, counted.pins),
        offset_of!(Window, counted.all),
        offset_of!(Window, listed.head),
        offset_of!(Window, listed.begin),
        offset_of!(Window, listed.table),
        offset_of!(Window, listed.mask),
        offset_of!(Window, listed.tail),
        offset_of!(Window, listed.len),
        // In a table: where its slots begin.
        size_of::<Table>(),
        // In a segment.
        offset_of!(Segment, shown.published),
        offset_of!(Segment, shown.first_sequence),
        offset_of!(Segment, shown.sequence),
        offset_of!(Segment, shown.final_count),
        offset_of!(Segment, shown.skipped),
    ];
    let mut narrow = [0; COUNT];
    let mut index = 0;
    while index < COUNT {
        assert!(offsets[index] <= u16::MAX as usize, "an offset needs more than 16 bits");
        narrow[index] = offsets[index] as u16;
        index += 1;
    }
    narrow
};

// The script finds them there.
const _: () = assert!(offset_of!(Core, tag) == 0 && offset_of!(Core, layout) == 8);
