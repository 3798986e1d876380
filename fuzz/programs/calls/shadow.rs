//! What a program knows about its logs and readers without the library.

use std::collections::BTreeMap;
use std::ops::Range;

use atomic_log::ffi::cursor::alog_cursor;
use atomic_log::ffi::log::alog_log;
use atomic_log::ffi::options::alog_options;
use atomic_log::ffi::segment::alog_segment;
use atomic_log::ffi::snapshot::alog_snapshot;
use atomic_log::ffi::types::{alog_chunk, alog_range};
use atomic_log::ffi::writer::alog_writer;

use super::memory::Memory;

pub(super) type Record = Vec<u8>;

pub(super) struct Log {
    pub(super) handle: *mut alog_log,
    /// The number of counts that the program has on it. Without one it must not use the handle, though the log may
    /// live.
    pub(super) counts: u32,
    pub(super) bytes: bool,
    /// The options as they must be reported.
    pub(super) options: alog_options,
    /// None: malloc's.
    pub(super) memory: Option<Memory>,
    /// NULL: there is none.
    pub(super) writer: *mut alog_writer,
    /// By its last writer.
    pub(super) finished: bool,
    pub(super) interrupts: u64,
    /// All records that were ever published, and empty ones for those that were skipped. The index is the sequence.
    pub(super) records: Vec<Record>,
    /// The number of skipped records, and the sequence of the last skip.
    pub(super) skipped: u64,
    pub(super) base: u64,
    /// How many of them the newest publication had.
    pub(super) latest: u64,
    pub(super) group: Option<Vec<Record>>,
    pub(super) reservation: Option<Reservation>,
    /// The oldest record that is retained, as the library reported it after the last call that could move it.
    pub(super) begin: u64,
    /// How many records had been published then.
    pub(super) seen_end: u64,
    /// For each segment that was ever seen in a view, the sequence of its first record.
    pub(super) segments: BTreeMap<u64, u64>,
}

/// What there is room for, and what was written there. A byte log's is one record.
pub(super) struct Reservation {
    pub(super) capacity: usize,
    pub(super) written: Vec<Record>,
    /// The room, in bytes.
    pub(super) data: *const u8,
    pub(super) size: usize,
}

impl Log {
    pub(super) fn range(&self) -> Range<u64> {
        self.begin..self.records.len() as u64
    }

    pub(super) fn latest(&self) -> Range<u64> {
        let end = self.records.len() as u64;
        end - self.latest..end
    }

    pub(super) fn next_sequence(&self) -> u64 {
        (self.records.len() + self.group.as_ref().map_or(0, Vec::len)) as u64
    }

    /// Appended: visible at once, unless a group is open.
    pub(super) fn add(&mut self, records: Vec<Record>) {
        match &mut self.group {
            Some(group) => group.extend(records),
            None if records.is_empty() => {}
            None => {
                self.latest = records.len() as u64;
                self.records.extend(records);
            }
        }
    }

    /// It went on at a later sequence, or at the next.
    pub(super) fn skip_to(&mut self, sequence: u64) {
        let gap = sequence - self.next_sequence();
        if gap > 0 {
            self.records.resize(sequence as usize, Record::new());
            (self.base, self.begin, self.seen_end, self.latest) = (sequence, sequence, sequence, 0);
            self.skipped += gap;
        }
    }

    pub(super) fn failures(&self) -> u64 {
        self.memory.as_ref().map_or(0, Memory::failures)
    }

    /// Bytes from one record to the next.
    pub(super) fn stride(&self) -> usize {
        if self.bytes {
            0
        } else {
            (self.options.record_size as usize).next_multiple_of(self.options.record_align as usize)
        }
    }

    /// K.
    pub(super) fn window(&self) -> u64 {
        self.options.retained_capacity.div_ceil(self.options.segment_capacity) + 1
    }

    /// The range that the log reports now: never less than it should be. Its end is what was published.
    pub(super) fn observe(&mut self, range: alog_range) {
        let end = self.records.len() as u64;
        assert_eq!(range.end, end, "the end of the log");
        assert!(self.begin <= range.begin && range.begin <= end, "begin went from {} to {}", self.begin, range.begin);
        assert!(range.begin <= end - self.latest, "the newest publication is whole in the view");
        if !self.bytes {
            assert!(
                end - range.begin >= self.options.retained_capacity.min(end - self.base),
                "it keeps what it was told to keep"
            );
            assert!(end - range.begin <= self.window() * self.options.segment_capacity, "at most K segments");
        }
        assert!(end > self.seen_end || range.begin == self.begin, "nothing was published, and begin moved");
        (self.begin, self.seen_end) = (range.begin, end);
    }

    /// Checks that a chunk is made as the header says, and holds the records that were published under its sequences.
    ///
    /// # Safety
    /// Something covers the chunk's segment.
    pub(super) unsafe fn check_chunk(&self, chunk: &alog_chunk) {
        let records = &self.records[chunk.first_sequence as usize..][..chunk.count];
        assert!(chunk.count > 0 && chunk.stride == self.stride() && chunk.spans.is_null() != self.bytes);
        let align = self.options.record_align as usize;
        let mut free = 0;
        for (index, record) in records.iter().enumerate() {
            let (offset, size) = if self.bytes {
                // SAFETY: the segment is covered, and has one span per record of the chunk.
                let span = unsafe { *chunk.spans.add(index) };
                let (offset, size) = (span.offset as usize, span.size as usize);
                assert!(
                    offset >= free && offset + size <= self.options.segment_capacity as usize,
                    "where a record lies"
                );
                free = offset + size;
                (offset, size)
            } else {
                (index * chunk.stride, self.options.record_size as usize)
            };
            let data = chunk.data.cast::<u8>().wrapping_add(offset);
            assert!(data.addr() % align == 0, "a record that is not aligned");
            assert_eq!(size, record.len(), "the size of record {index} of a chunk");
            // SAFETY: the segment is covered, and the record lies in it.
            let there = unsafe { std::slice::from_raw_parts(data, size) };
            assert!(there == record, "record {index} of a chunk is not what was appended");
        }
    }
}

/// What a view showed when it was taken or last refreshed.
#[derive(Clone)]
pub(super) struct View {
    pub(super) range: Range<u64>,
    pub(super) latest: Range<u64>,
    pub(super) chunks: Vec<alog_chunk>,
}

pub(super) struct Snapshot {
    pub(super) handle: *mut alog_snapshot,
    pub(super) log: usize,
    pub(super) view: View,
}

pub(super) struct Cursor {
    pub(super) handle: *mut alog_cursor,
    pub(super) log: usize,
    pub(super) captured: Range<u64>,
    pub(super) position: u64,
    /// The chunk last returned, until a refresh that brings something.
    pub(super) current: Option<alog_chunk>,
}

pub(super) struct Pin {
    pub(super) handle: *mut alog_segment,
    pub(super) log: usize,
    pub(super) counts: u32,
    pub(super) chunk: alog_chunk,
}

/// A chunk's members, to be compared.
pub(super) fn members(chunk: &alog_chunk) -> (usize, usize, usize, usize, u64, u64) {
    let alog_chunk { data, count, stride, spans, first_sequence, segment_sequence } = *chunk;
    (data.addr(), count, stride, spans.addr(), first_sequence, segment_sequence)
}

pub(super) fn range(range: alog_range) -> Range<u64> {
    range.begin..range.end
}
