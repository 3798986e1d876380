//! The C functions as a subject: a program here acts by calling them.
#![allow(dead_code, reason = "each test uses a part of it")]

use std::fmt::Debug;
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::ops::Range;
use std::ptr::{null, null_mut};
use std::time::Duration;

use atomic_log::ffi::cursor::*;
use atomic_log::ffi::log::*;
use atomic_log::ffi::options::*;
use atomic_log::ffi::segment::*;
use atomic_log::ffi::snapshot::*;
use atomic_log::ffi::stats::*;
use atomic_log::ffi::status::alog_status::{self, *};
use atomic_log::ffi::types::*;
use atomic_log::ffi::writer::*;
use atomic_log::{ByteRecords, Delta, Error, FixedRecords, RecordLog, Stats, ViewStats, Wait};

use super::memory::{Memory, allocate, deallocate};
use super::reference::{Chunk, Record};
use super::subject::{How, Kind, Subject, Then};
use super::world::Setup;

#[path = "c_handles.rs"]
mod handles;
#[path = "c_inline.rs"]
mod inline;
use handles::{CCursor, CLog, CPin, CSnapshot, CWriter, NO_CHUNK, Plain, answer, done, error, waited};

/// The differences between the two kinds of logs.
pub(crate) trait CKind: Kind {
    const CREATE: unsafe extern "C" fn(*const alog_options, *mut *mut alog_log) -> alog_status;
    /// # Safety
    /// The writer is live.
    unsafe fn append_many(writer: *mut alog_writer, records: &[Record], how: How) -> alog_status;
    /// Calls the functions that are for the other kind.
    ///
    /// # Safety
    /// The writer is live.
    unsafe fn append_wrongly(writer: *mut alog_writer) -> Vec<alog_status>;
}

impl CKind for FixedRecords {
    const CREATE: unsafe extern "C" fn(*const alog_options, *mut *mut alog_log) -> alog_status = alog_log_create_fixed;
    unsafe fn append_many(writer: *mut alog_writer, records: &[Record], _: How) -> alog_status {
        // SAFETY: the records are readable, and as many.
        unsafe { alog_writer_append_batch(writer, records.concat().as_ptr().cast(), records.len()) }
    }
    unsafe fn append_wrongly(writer: *mut alog_writer) -> Vec<alog_status> {
        let (record, size) = (alog_slice { data: b"data".as_ptr().cast(), size: 4 }, 4);
        // SAFETY: one record each.
        unsafe {
            vec![
                alog_writer_append_slices(writer, &record, 1),
                alog_writer_append_packed(writer, record.data, &size, 1),
            ]
        }
    }
}

impl CKind for ByteRecords {
    const CREATE: unsafe extern "C" fn(*const alog_options, *mut *mut alog_log) -> alog_status = alog_log_create_bytes;
    unsafe fn append_many(writer: *mut alog_writer, records: &[Record], how: How) -> alog_status {
        if how == How::Packed {
            let sizes: Vec<u32> = records.iter().map(|record| record.len() as u32).collect();
            // SAFETY: the records are readable, and as large.
            return unsafe {
                alog_writer_append_packed(writer, records.concat().as_ptr().cast(), sizes.as_ptr(), sizes.len())
            };
        }
        let slice = |record: &Record| {
            let data = if record.is_empty() { null() } else { record.as_ptr() };
            alog_slice { data: data.cast(), size: record.len() }
        };
        let slices: Vec<alog_slice> = records.iter().map(slice).collect();
        // SAFETY: the records are readable, and as many.
        unsafe { alog_writer_append_slices(writer, slices.as_ptr(), slices.len()) }
    }
    unsafe fn append_wrongly(writer: *mut alog_writer) -> Vec<alog_status> {
        // SAFETY: one record.
        vec![unsafe { alog_writer_append_batch(writer, b"data".as_ptr().cast(), 1) }]
    }
}

/// A log of one kind, made and used through C.
#[derive(Debug)]
pub(crate) struct C<K>(PhantomData<K>);

impl<K: CKind> C<K> {
    fn open_cursor(log: &CLog, start: alog_start) -> Result<CCursor, Error> {
        // SAFETY: a live handle.
        let cursor = answer(|out| unsafe { alog_cursor_open(log.0, start, out) }).map_err(error)?;
        Ok(CCursor { cursor, format: log.1, last: None })
    }

    fn try_chunk(snapshot: &CSnapshot, index: usize) -> Option<Plain> {
        // SAFETY: a live handle.
        match answer(|out| unsafe { alog_snapshot_chunk(snapshot.0, index, out) }) {
            Ok(chunk) => Some(chunk.into()),
            Err(status) => {
                assert_eq!(status, ALOG_ERR_OUT_OF_RANGE);
                None
            }
        }
    }

    /// Up to `max` chunks, in one call.
    fn chunks(snapshot: &CSnapshot, first: usize, max: usize) -> Result<Vec<Plain>, alog_status> {
        // SAFETY: a live handle, and room for `max` chunks.
        Self::many(max, |room, out| unsafe { alog_snapshot_chunks(snapshot.0, first, max, room, out) })
    }

    /// Up to `max` chunks of a range.
    fn chunks_of(snapshot: &CSnapshot, range: &Range<u64>, max: usize) -> Result<Vec<Plain>, alog_status> {
        let range = alog_range { begin: range.start, end: range.end };
        // SAFETY: a live handle, and room for `max` chunks.
        Self::many(max, |room, out| unsafe { alog_snapshot_chunks_in(snapshot.0, range, max, room, out) })
    }

    fn many(
        max: usize,
        call: impl FnOnce(*mut alog_chunk, *mut usize) -> alog_status,
    ) -> Result<Vec<Plain>, alog_status> {
        // One more than there is room for.
        let mut room = vec![NO_CHUNK; max + 1];
        let written = answer(|out| call(room.as_mut_ptr(), out));
        let chunks: Vec<Plain> = room.into_iter().map(Plain::from).collect();
        let (filled, rest) = chunks.split_at(*written.as_ref().unwrap_or(&0));
        assert!(!rest.is_empty() && rest.iter().all(|chunk| *chunk == NO_CHUNK.into()), "more than `written` says");
        written.map(|_| filled.to_vec())
    }
}

impl<K: CKind> Subject for C<K> {
    type Log = CLog;
    type Writer = CWriter;
    type Group<'w> = &'w mut CWriter;
    type Snapshot = CSnapshot;
    type Cursor = CCursor;
    type Pin = CPin;

    const RESERVES: bool = true;
    const BYTES: bool = K::BYTES;
    const BLOCKS: bool = true;

    /// Logs that do not begin at sequence 0 are made in Rust: C has no way to make them.
    fn create(setup: &Setup, memory: &Memory) -> Result<CLog, Error> {
        let given = setup.options::<Self>(memory);
        let allocator =
            alog_allocator { context: memory.context(), allocate: Some(allocate), deallocate: Some(deallocate) };
        let options = options::<K>(setup, &allocator);
        let log = if setup.first_sequence == 0 {
            // SAFETY: the options are whole, and the allocator outlives the log.
            answer(|out| unsafe { K::CREATE(&options, out) }).map_err(error)?
        } else {
            RecordLog::<K>::try_new(&given)?.into_raw()
        };
        let log = CLog(log, (!K::BYTES).then_some(setup.record_size as usize));
        check_options::<K>(&log, &options, memory);
        Ok(log)
    }
    fn claim(log: &CLog) -> Result<CWriter, Error> {
        // SAFETY: a live handle.
        let writer = answer(|out| unsafe { alog_writer_claim(log.0, out) }).map_err(error)?;
        Ok(CWriter(writer, log.1))
    }
    fn has_writer(log: &CLog) -> bool {
        // SAFETY: a live handle.
        unsafe { alog_log_has_writer(log.0) }
    }
    fn log_of(writer: &CWriter) -> CLog {
        // SAFETY: a live handle; the count is ours.
        CLog(unsafe { alog_writer_log(writer.0) }, writer.1)
    }
    fn log_range(log: &CLog) -> Range<u64> {
        // SAFETY: a live handle.
        let range = answer(|out| unsafe { alog_log_range(log.0, out) }).expect("a range");
        range.begin..range.end
    }
    fn stats(log: &CLog) -> Stats {
        // SAFETY: integers, for which zero is a value.
        let mut figures: alog_stats = unsafe { std::mem::zeroed() };
        figures.struct_size = size_of::<alog_stats>() as u32;
        // SAFETY: a live handle, and as much room as `struct_size` says.
        assert_eq!(unsafe { alog_log_stats(log.0, &mut figures) }, ALOG_OK);
        let mut stats = Stats::default();
        stats.records_appended = figures.records_appended;
        stats.segments_created = figures.segments_created;
        stats.segments_live = figures.segments_live;
        stats.segments_pooled = figures.segments_pooled;
        stats.segments_held_by_readers = figures.segments_held_by_readers;
        stats.windows_live = figures.windows_live;
        stats.snapshots_live = figures.snapshots_live;
        stats.segment_pins_live = figures.segment_pins_live;
        stats.bytes_allocated = figures.bytes_allocated;
        stats.rolls = figures.rolls;
        stats.segment_limit_hits = figures.segment_limit_hits;
        stats.allocation_failures = figures.allocation_failures;
        stats.oldest_view_age = figures.oldest_view_age;
        stats
    }
    fn snapshot(log: &CLog) -> Result<CSnapshot, Error> {
        // SAFETY: a live handle.
        let snapshot = answer(|out| unsafe { alog_snapshot_create(log.0, out) }).map_err(error)?;
        Ok(CSnapshot(snapshot, log.1))
    }
    fn oldest(log: &CLog) -> Result<CCursor, Error> {
        Self::open_cursor(log, ALOG_START_OLDEST)
    }
    fn newest(log: &CLog) -> Result<CCursor, Error> {
        Self::open_cursor(log, ALOG_START_NEXT)
    }

    fn next_sequence(writer: &CWriter) -> u64 {
        // SAFETY: a live handle.
        unsafe { alog_writer_next_sequence(writer.0) }
    }
    fn append(writer: &mut CWriter, record: &[u8]) -> Result<(), Error> {
        // Every second record in the way of `atomic_log_inline.h`.
        // SAFETY: a live handle, and a readable record.
        unsafe {
            if Self::next_sequence(writer) % 2 == 0 && inline::append(writer.0, record) {
                return Ok(());
            }
            done(alog_writer_append(writer.0, record.as_ptr().cast(), record.len()))
        }
    }
    fn batch(writer: &mut CWriter, records: &[Record], how: How) -> Result<(), Error> {
        // SAFETY: a live handle.
        for status in unsafe { K::append_wrongly(writer.0) } {
            assert_eq!(status, ALOG_ERR_KIND);
        }
        // SAFETY: as above.
        done(unsafe { K::append_many(writer.0, records, how) })
    }
    fn foresees(_: How) -> bool {
        true
    }
    fn reserve(
        writer: &mut CWriter,
        want: usize,
        records: &[Record],
        then: Then,
        meanwhile: &dyn Fn(),
    ) -> Result<usize, Error> {
        // SAFETY: a live handle.
        let room = answer(|out| unsafe { alog_writer_reserve(writer.0, want, out) }).map_err(error)?;
        assert!(if K::BYTES { room.capacity == want } else { (1..=want).contains(&room.capacity) });
        assert_eq!(room.stride == 0, K::BYTES);
        let used = match then {
            Then::Commit(used) => used.min(room.capacity),
            _ => 0,
        };
        let count = if K::BYTES { 1 } else { used };
        for (index, record) in records[..count].iter().enumerate() {
            let size = if K::BYTES { used } else { record.len() };
            // SAFETY: below the capacity, so there is room; C writes there, too.
            unsafe {
                let to = room.data.cast::<u8>().add(index * room.stride);
                to.copy_from_nonoverlapping(record.as_ptr(), size);
            }
        }
        meanwhile();
        // SAFETY: a live handle, here and below; what is used was written.
        let too_much = unsafe { alog_writer_commit(writer.0, room.capacity + 1) };
        assert_eq!(too_much, ALOG_ERR_ARGUMENT, "more than was reserved; and the reservation stays");
        let ended = match then {
            // SAFETY: as above.
            Then::Commit(_) => unsafe { alog_writer_commit(writer.0, used) },
            // SAFETY: as above.
            Then::Cancel | Then::CommitTooMuch => unsafe { alog_writer_cancel(writer.0) },
            Then::Leak => return Ok(0),
        };
        assert_eq!(ended, ALOG_OK);
        // SAFETY: as above; nothing is committed, since nothing is reserved.
        unsafe {
            assert_eq!(alog_writer_commit(writer.0, 0), ALOG_ERR_STATE);
            assert_eq!(alog_writer_cancel(writer.0), ALOG_ERR_STATE);
        }
        Ok(used)
    }
    fn trim(writer: &mut CWriter) {
        // SAFETY: a live handle.
        assert_eq!(unsafe { alog_writer_trim(writer.0) }, ALOG_OK);
    }
    fn skip_to(writer: &mut CWriter, sequence: u64) -> Result<(), Error> {
        // SAFETY: a live handle.
        done(unsafe { alog_writer_skip(writer.0, sequence) })
    }
    /// A group that was left open is abandoned, as Rust does.
    fn group(writer: &mut CWriter) -> &mut CWriter {
        // SAFETY: a live handle.
        unsafe {
            if alog_writer_begin(writer.0) != ALOG_OK {
                assert_eq!(alog_writer_abandon(writer.0), ALOG_OK, "it was refused since one is open");
                assert_eq!(alog_writer_begin(writer.0), ALOG_OK);
            }
            assert_eq!(alog_writer_begin(writer.0), ALOG_ERR_STATE);
        }
        writer
    }
    fn group_append(group: &mut &mut CWriter, record: &[u8]) -> Result<(), Error> {
        Self::append(group, record)
    }
    fn group_batch(group: &mut &mut CWriter, records: &[Record], how: How) -> Result<(), Error> {
        Self::batch(group, records, how)
    }
    fn group_reserve(
        group: &mut &mut CWriter,
        want: usize,
        records: &[Record],
        then: Then,
        meanwhile: &dyn Fn(),
    ) -> Result<usize, Error> {
        Self::reserve(group, want, records, then, meanwhile)
    }
    fn publish(group: &mut CWriter) {
        // SAFETY: a live handle.
        unsafe {
            assert_eq!(alog_writer_publish(group.0), ALOG_OK);
            assert_eq!(alog_writer_publish(group.0), ALOG_ERR_STATE);
        }
    }
    fn abandon(group: &mut CWriter) {
        // SAFETY: a live handle.
        unsafe {
            assert_eq!(alog_writer_abandon(group.0), ALOG_OK);
            assert_eq!(alog_writer_abandon(group.0), ALOG_ERR_STATE);
        }
    }

    fn range(snapshot: &CSnapshot) -> Range<u64> {
        // SAFETY: a live handle.
        let range = answer(|out| unsafe { alog_snapshot_range(snapshot.0, out) }).expect("a range");
        range.begin..range.end
    }
    fn latest(snapshot: &CSnapshot) -> Range<u64> {
        // SAFETY: a live handle.
        let range = answer(|out| unsafe { alog_snapshot_latest(snapshot.0, out) }).expect("a range");
        range.begin..range.end
    }
    fn len(snapshot: &CSnapshot) -> usize {
        // SAFETY: a live handle.
        unsafe { alog_snapshot_len(snapshot.0) as usize }
    }
    fn refresh(snapshot: &mut CSnapshot, news: Option<bool>) -> Delta {
        refreshed(news, |out| {
            // SAFETY: a live handle; no place for an answer is allowed.
            unsafe { alog_snapshot_refresh(snapshot.0, out) }
        })
    }
    fn twin(snapshot: &CSnapshot) -> Result<CSnapshot, Error> {
        // SAFETY: a live handle.
        let twin = answer(|out| unsafe { alog_snapshot_clone(snapshot.0, out) }).map_err(error)?;
        // SAFETY: live handles; the counts are ours, and end here.
        let [log, same] = [snapshot.0, twin].map(|one| CLog(unsafe { alog_snapshot_log(one) }, snapshot.1));
        assert_eq!(log.0, same.0);
        Ok(CSnapshot(twin, snapshot.1))
    }
    fn wait(snapshot: &CSnapshot, timeout: Duration) -> Wait {
        // SAFETY: a live handle.
        waited(unsafe { alog_snapshot_wait(snapshot.0, nanoseconds(timeout)) })
    }
    fn view_stats(snapshot: &CSnapshot) -> ViewStats {
        // SAFETY: integers, for which zero is a value.
        let mut figures: alog_view_stats = unsafe { std::mem::zeroed() };
        figures.struct_size = size_of::<alog_view_stats>() as u32;
        // SAFETY: a live handle, and as much room as `struct_size` says.
        assert_eq!(unsafe { alog_snapshot_stats(snapshot.0, &mut figures) }, ALOG_OK);
        let mut stats = ViewStats::default();
        stats.segments = figures.segments;
        stats.segments_held = figures.segments_held;
        stats.bytes_held = figures.bytes_held;
        stats.age = figures.age;
        stats
    }
    fn get(snapshot: &CSnapshot, sequence: u64) -> Option<Record> {
        // SAFETY: a live handle.
        match answer(|out| unsafe { alog_snapshot_record(snapshot.0, sequence, out) }) {
            // SAFETY: the snapshot covers the record.
            Ok(found) => Some(unsafe { std::slice::from_raw_parts(found.data.cast(), found.size) }.to_vec()),
            Err(status) => {
                assert_eq!(status, ALOG_ERR_OUT_OF_RANGE);
                None
            }
        }
    }
    /// In windows of several lengths, and compared with the chunks one by one.
    fn records(snapshot: &CSnapshot) -> Vec<Record> {
        let count = Self::chunk_count(snapshot);
        let one_by_one: Vec<Plain> = (0..count).map_while(|index| Self::try_chunk(snapshot, index)).collect();
        for max in [1, 2, count + 1] {
            for first in (0..=count).step_by(max) {
                let expected = &one_by_one[first..count.min(first + max)];
                assert_eq!(Self::chunks(snapshot, first, max).as_deref(), Ok(expected), "{max} chunks from {first} on");
            }
            assert_eq!(Self::chunks(snapshot, count + 1, max), Err(ALOG_ERR_OUT_OF_RANGE));
        }
        assert_eq!(Self::chunks(snapshot, 0, 0), Ok(Vec::new()));
        one_by_one.iter().flat_map(|chunk| chunk.read(snapshot.1).records).collect()
    }
    fn chunk_count(snapshot: &CSnapshot) -> usize {
        // SAFETY: a live handle.
        unsafe { alog_snapshot_chunk_count(snapshot.0) }
    }
    fn chunk(snapshot: &CSnapshot, index: usize) -> Option<Chunk> {
        Self::try_chunk(snapshot, index).map(|chunk| chunk.read(snapshot.1))
    }
    fn find(snapshot: &CSnapshot, sequence: u64) -> Option<(usize, usize)> {
        let mut place = usize::MAX;
        // SAFETY: a live handle.
        match answer(|out| unsafe { alog_snapshot_find(snapshot.0, sequence, out, &mut place) }) {
            Ok(chunk) => Some((chunk, place)),
            Err(status) => {
                assert_eq!((status, place), (ALOG_ERR_OUT_OF_RANGE, usize::MAX));
                None
            }
        }
    }
    /// All at once, and with room for one at a time.
    fn chunks_in(snapshot: &CSnapshot, range: Range<u64>) -> Option<Vec<Chunk>> {
        let all = match Self::chunks_of(snapshot, &range, Self::chunk_count(snapshot) + 1) {
            Ok(all) => all,
            Err(status) => {
                assert_eq!(status, ALOG_ERR_OUT_OF_RANGE);
                return None;
            }
        };
        let mut rest = range;
        for expected in &all {
            let one = Self::chunks_of(snapshot, &rest, 1);
            assert_eq!(one.as_deref(), Ok(std::slice::from_ref(expected)), "the first chunk of {rest:?}");
            rest.start = expected.end();
        }
        assert_eq!(Self::chunks_of(snapshot, &rest, 1), Ok(Vec::new()), "what is behind the last chunk");
        Some(all.iter().map(|chunk| chunk.read(snapshot.1)).collect())
    }
    fn pin(snapshot: &CSnapshot, index: usize) -> Result<CPin, Error> {
        // SAFETY: a live handle.
        let segment = answer(|out| unsafe { alog_snapshot_pin(snapshot.0, index, out) }).map_err(error)?;
        let chunk = Self::try_chunk(snapshot, index).expect("there is a chunk where there is a pin");
        Ok(CPin { segment, format: snapshot.1, chunk })
    }
    fn cursor(snapshot: &CSnapshot) -> Result<CCursor, Error> {
        // SAFETY: a live handle.
        let cursor = answer(|out| unsafe { alog_cursor_create(snapshot.0, out) }).map_err(error)?;
        Ok(CCursor { cursor, format: snapshot.1, last: None })
    }

    fn next(cursor: &mut CCursor) -> Option<Chunk> {
        // SAFETY: a live handle.
        match answer(|out| unsafe { alog_cursor_next(cursor.cursor, out) }) {
            Ok(chunk) => {
                let chunk = Plain::from(chunk);
                cursor.last = Some(chunk);
                Some(chunk.read(cursor.format))
            }
            Err(status) => {
                assert_eq!(status, ALOG_END);
                None
            }
        }
    }
    fn seek(cursor: &mut CCursor, sequence: u64) -> Result<(), Error> {
        // SAFETY: a live handle.
        done(unsafe { alog_cursor_seek(cursor.cursor, sequence) })
    }
    fn follow(cursor: &mut CCursor, news: Option<bool>) -> Delta {
        refreshed(news, |out| {
            // SAFETY: a live handle; no place for an answer is allowed.
            unsafe { alog_cursor_refresh(cursor.cursor, out) }
        })
    }
    fn position(cursor: &CCursor) -> u64 {
        // SAFETY: a live handle.
        unsafe { alog_cursor_position(cursor.cursor) }
    }
    fn captured(_: &CCursor) -> Option<Range<u64>> {
        None
    }
    fn wait_unread(cursor: &CCursor, timeout: Duration) -> Wait {
        // SAFETY: a live handle.
        waited(unsafe { alog_cursor_wait(cursor.cursor, nanoseconds(timeout)) })
    }
    fn pin_current(cursor: &CCursor) -> Result<CPin, Error> {
        // SAFETY: a live handle.
        let segment = answer(|out| unsafe { alog_cursor_pin(cursor.cursor, out) }).map_err(error)?;
        let chunk = cursor.last.expect("there was a chunk where there is a pin");
        Ok(CPin { segment, format: cursor.format, chunk })
    }

    fn pinned(pin: &CPin) -> Chunk {
        // SAFETY: a live handle.
        assert_eq!(unsafe { alog_segment_sequence(pin.segment) }, pin.chunk.segment);
        pin.chunk.read(pin.format)
    }
}

fn nanoseconds(timeout: Duration) -> u64 {
    u64::try_from(timeout.as_nanos()).unwrap_or(ALOG_WAIT_FOREVER)
}

/// Refreshes, and once more without a place for the answer, when there is nothing new.
fn refreshed(news: Option<bool>, call: impl Fn(*mut alog_delta) -> alog_status) -> Delta {
    let mut delta = alog_delta { first_sequence: u64::MAX, appended: u64::MAX, lost: u64::MAX };
    let status = call(&mut delta);
    assert!(
        matches!((status, news), (ALOG_OK, None | Some(true)) | (ALOG_UNCHANGED, None | Some(false))),
        "{status:?}"
    );
    assert_eq!(call(null_mut()), ALOG_UNCHANGED);
    Delta { first_sequence: delta.first_sequence, appended: delta.appended, lost: delta.lost }
}

fn options<K: CKind>(setup: &Setup, allocator: &alog_allocator) -> alog_options {
    let mut options = MaybeUninit::uninit();
    // SAFETY: there is room for the options, which are whole afterwards.
    let mut options: alog_options = unsafe {
        alog_options_init(options.as_mut_ptr());
        options.assume_init()
    };
    options.flags =
        if setup.auto_notify { ALOG_FLAG_AUTO_NOTIFY } else { 0 } | if setup.prefault { ALOG_FLAG_PREFAULT } else { 0 };
    options.retained_capacity = setup.retained;
    options.segment_capacity = setup.segment;
    options.record_align = setup.record_align;
    if K::BYTES {
        options.segment_records = setup.segment_records;
    } else {
        options.record_size = setup.record_size;
    }
    options.preallocated_segments = setup.preallocated();
    options.max_segments = setup.max_segments().unwrap_or(0);
    options.allocator = allocator;
    options
}

/// The log reports the options that it was made with, with the defaults filled in. A log made of what it reports
/// reports the same.
fn check_options<K: CKind>(log: &CLog, given: &alog_options, memory: &Memory) {
    /// What can be compared: everything except the allocator's address.
    fn plain(options: &alog_options) -> [u64; 12] {
        // SAFETY: the log's allocator, while the log lives, or the caller's.
        let allocator = unsafe { *options.allocator };
        [
            u64::from(options.struct_size),
            u64::from(options.flags),
            options.retained_capacity,
            options.segment_capacity,
            options.record_size,
            u64::from(options.record_align),
            u64::from(options.segment_records),
            u64::from(options.preallocated_segments),
            u64::from(options.max_segments),
            allocator.context.addr() as u64,
            allocator.allocate.map_or(0, |function| function as usize as u64),
            allocator.deallocate.map_or(0, |function| function as usize as u64),
        ]
    }
    fn reported(log: *const alog_log) -> alog_options {
        let mut options = alog_options { flags: u32::MAX, ..blank() };
        // SAFETY: a live handle; the size is set.
        assert_eq!(unsafe { alog_log_options(log, &mut options) }, ALOG_OK);
        options
    }
    fn blank() -> alog_options {
        // SAFETY: integers and a pointer, for which zero is a value.
        let zero: alog_options = unsafe { std::mem::zeroed() };
        alog_options { struct_size: size_of::<alog_options>() as u32, ..zero }
    }
    let mut expected = *given;
    if K::BYTES {
        let default = |value: &mut u32, otherwise: u64| *value = if *value == 0 { otherwise as u32 } else { *value };
        default(&mut expected.record_align, 8);
        default(&mut expected.segment_records, (given.segment_capacity / 32).max(16));
    } else if expected.record_align == 0 {
        expected.record_align = 1 << given.record_size.trailing_zeros().min(6);
    }
    let first = reported(log.0);
    assert_eq!(plain(&first), plain(&expected));
    let _calm = memory.calm();
    // SAFETY: the first log, and with it its allocator, lives.
    let copy = answer(|out| unsafe { K::CREATE(&first, out) }).expect("options that a log reports are good");
    assert_eq!(plain(&reported(copy)), plain(&expected));
    // SAFETY: our count.
    unsafe { alog_log_release(copy) };
}
