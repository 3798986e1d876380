//! How costs grow: with the size of records, with segments, with readers, with snapshots that no reader refreshes, with
//! bursts of them, and with the offsets of source and destination within their pages. Rows are `growth/CURVE/X`.

mod aliasing;
mod burst;
mod readers;
mod records;
mod segments;

use atomic_log_bench::ratio::Bench;

const OURS: &str = "atomic-log";

/// Memory that begins with a page, so its offset within a page is the same each time.
struct Pages(Vec<Page>);

#[derive(Clone)]
#[repr(C, align(4096))]
struct Page(#[allow(dead_code, reason = "read as bytes")] [u8; PAGE]);

const PAGE: usize = 4096;

impl Pages {
    /// At least this many bytes.
    fn new(bytes: usize) -> Pages {
        Pages(vec![Page([7; PAGE]); bytes.div_ceil(PAGE)])
    }

    fn bytes(&mut self) -> &mut [u8] {
        // SAFETY: pages are bytes without padding.
        unsafe { std::slice::from_raw_parts_mut(self.0.as_mut_ptr().cast(), self.0.len() * PAGE) }
    }
}

fn main() {
    let mut bench = Bench::quick("growth");
    records::measure(&mut bench);
    segments::measure(&mut bench);
    readers::measure(&mut bench);
    aliasing::measure(&mut bench);
    burst::measure(&mut bench);
}
