//! `alog_snapshot`: a stable view of the records retained when it was captured.

use core::time::Duration;

use super::given::{Out, out};
use super::handle::{Owned, Tagged, create, destroy, fast, get, get_mut, handle};
use super::log::{alog_log, retained, with};
use super::segment::alog_segment;
use super::status::alog_status::{self, ALOG_ERR_OUT_OF_RANGE, ALOG_OK, ALOG_UNCHANGED};
use super::status::{status, value};
use super::types::{alog_chunk, alog_delta, alog_range, alog_slice};
use crate::Delta;
use crate::raw::CountedPin;
use crate::raw::View;

/// A stable view of the records that were retained when it was taken, or when it was last refreshed.
///
/// Threads: any for const calls, owner for others. While a call that is not const runs, no other call may run.
pub struct alog_snapshot(());

handle!(View, alog_snapshot, b"alog_sna", "snapshot");

type Snapshot = Tagged<View>;

/// Takes a snapshot of a log. The cost is constant, however many segments it shows.
///
/// @param log  The log.
/// @param out  Receives the snapshot. It outlives the log's handle and the writer.
/// @return ALOG_OK; ALOG_ERR_NO_MEMORY.
///
/// Progress: lock-free.
/// Allocates: the handle.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_snapshot_create(log: *const alog_log, out: *mut *mut alog_snapshot) -> alog_status {
    // SAFETY: the log is NULL or a live handle; there is room at `out` unless it is NULL.
    status(|| unsafe { with(log, |core| create(core, self::out(out)?.aligned()?, || Ok(View::new(core)))) })
}

/// Makes another snapshot that shows the same.
///
/// @param snapshot  The snapshot.
/// @param out       Receives the other one. The two are independent.
/// @return ALOG_OK; ALOG_ERR_NO_MEMORY.
///
/// Allocates: the handle.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_snapshot_clone(
    snapshot: *const alog_snapshot,
    out: *mut *mut alog_snapshot,
) -> alog_status {
    status(|| {
        // SAFETY: the snapshot is NULL or a live handle, which no other call changes meanwhile; there is room at `out`
        // unless it is NULL.
        let (view, out) = unsafe { (&get::<Snapshot>(snapshot)?.inner, self::out(out)?.aligned()?) };
        create(view.core(), out, || Ok(view.clone()))
    })
}

/// Ends a snapshot. Its chunks and slices end, unless something else covers their segments.
///
/// @param snapshot  The snapshot.
///
/// Progress: lock-free.
/// Safety: snapshot ends here.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_snapshot_destroy(snapshot: *mut alog_snapshot) {
    // SAFETY: the snapshot is NULL or a live handle, and this is its owner's last call.
    value(|| unsafe { destroy(snapshot, View::core) });
}

/// Captures the newest view. Afterwards the snapshot shows exactly what a new snapshot would. If nothing is new, it
/// costs one load. Chunks and slices of records that are no longer in view end, unless something else covers their
/// segments.
///
/// @param snapshot  The snapshot.
/// @param out       Receives what the refresh brought. May be NULL.
/// @return ALOG_OK; ALOG_UNCHANGED: nothing was published since the last capture.
///
/// Progress: lock-free; wait-free if the view stays within its newest segment.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_snapshot_refresh(snapshot: *mut alog_snapshot, out: *mut alog_delta) -> alog_status {
    // SAFETY: the snapshot is NULL or a live handle, and this is its owner's call; there is room at `out` unless it is
    // NULL.
    unsafe {
        fast(get_mut::<View>(snapshot), |view| {
            if view.is_newest() {
                if out.is_null() {
                    return ALOG_UNCHANGED;
                }
                if let Ok(out) = self::out(out).and_then(Out::aligned) {
                    out.write(Delta::nothing(view.end()).into());
                    return ALOG_UNCHANGED;
                }
            }
            refresh(view, out)
        })
    }
}

/// Everything except the fast path. It is a function of its own, so that the fast path calls nothing and saves no
/// registers.
///
/// # Safety
/// As `alog_snapshot_refresh`.
#[inline(never)]
unsafe fn refresh(mut view: Owned<'_, View>, out: *mut alog_delta) -> alog_status {
    status(|| {
        // SAFETY: there is room at `out` unless it is NULL.
        let out = if out.is_null() { None } else { Some(unsafe { self::out(out)?.aligned()? }) };
        let old = view.end();
        let changed = view.refresh();
        if let Some(out) = out {
            out.write(Delta::new(old, view.range()).into());
        }
        Ok(if changed { ALOG_OK } else { ALOG_UNCHANGED })
    })
}

/// Sleeps until something newer than the view is published. It does not change the view: refresh it afterwards.
///
/// It looks at the log on entry, at each notify, and at the deadline. Publishing alone wakes no thread: the writer
/// must call alog_writer_notify, or the log must have ALOG_FLAG_AUTO_NOTIFY. A notify with nothing new does not end a
/// wait. Releasing the writer does not end a wait, because another writer may come. Finishing the log does.
///
/// @param snapshot    The snapshot.
/// @param timeout_ns  Nanoseconds of the monotonic clock. 0 only looks. ALOG_WAIT_FOREVER never times out.
/// @return ALOG_OK: there is something newer; ALOG_TIMEOUT; ALOG_INTERRUPTED: alog_log_interrupt was called during the
///         wait; ALOG_FINISHED: there is nothing newer, and nothing will come.
///
/// Blocking: yes, at most timeout_ns.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_snapshot_wait(snapshot: *const alog_snapshot, timeout_ns: u64) -> alog_status {
    // SAFETY: the snapshot is NULL or a live handle, which no other call changes meanwhile.
    status(|| unsafe { Ok(get::<Snapshot>(snapshot)?.inner.wait(timeout(timeout_ns), None).into()) })
}

/// Waits like alog_snapshot_wait, but an interrupt before the call also ends it. So no interrupt is missed between a
/// look at a stop flag and the wait. An interrupt is reported before something newer.
///
/// @param snapshot    The snapshot.
/// @param timeout_ns  Nanoseconds of the monotonic clock. 0 only looks. ALOG_WAIT_FOREVER never times out.
/// @param interrupts  What alog_log_interrupts returned before you looked at the flag.
/// @return ALOG_OK: there is something newer; ALOG_TIMEOUT; ALOG_INTERRUPTED: the log's count is no longer interrupts;
///         ALOG_FINISHED: there is nothing newer, and nothing will come.
///
/// Blocking: yes, at most timeout_ns.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_snapshot_wait_since(
    snapshot: *const alog_snapshot,
    timeout_ns: u64,
    interrupts: u64,
) -> alog_status {
    // SAFETY: the snapshot is NULL or a live handle, which no other call changes meanwhile.
    status(|| unsafe { Ok(get::<Snapshot>(snapshot)?.inner.wait(timeout(timeout_ns), Some(interrupts)).into()) })
}

/// No timeout: a wait ends when there is something to read, when it is interrupted, or when the log is finished.
pub const ALOG_WAIT_FOREVER: u64 = 0xffff_ffff_ffff_ffff;

/// A timeout for the library. None: for ever.
pub(super) fn timeout(nanoseconds: u64) -> Option<Duration> {
    (nanoseconds != ALOG_WAIT_FOREVER).then(|| Duration::from_nanos(nanoseconds))
}

/// Reads which records are in view.
///
/// @param snapshot  The snapshot.
/// @param out       Receives the range.
/// @return ALOG_OK.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_snapshot_range(snapshot: *const alog_snapshot, out: *mut alog_range) -> alog_status {
    status(|| {
        // SAFETY: the snapshot is NULL or a live handle, which no other call changes meanwhile; there is room at `out`
        // unless it is NULL.
        let (view, out) = unsafe { (&get::<Snapshot>(snapshot)?.inner, self::out(out)?.aligned()?) };
        out.write(view.range().into());
        Ok(ALOG_OK)
    })
}

/// Reads which records the newest publication has: one append, batch or group. They are always all in view.
///
/// @param snapshot  The snapshot.
/// @param out       Receives the range: one record after an append, all records of a batch or group. For an empty
///                  view: an empty range at the view's end.
/// @return ALOG_OK.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_snapshot_latest(snapshot: *const alog_snapshot, out: *mut alog_range) -> alog_status {
    status(|| {
        // SAFETY: the snapshot is NULL or a live handle, which no other call changes meanwhile; there is room at `out`
        // unless it is NULL.
        let (view, out) = unsafe { (&get::<Snapshot>(snapshot)?.inner, self::out(out)?.aligned()?) };
        out.write(view.latest().into());
        Ok(ALOG_OK)
    })
}

/// Returns how many records are in view.
///
/// @param snapshot  The snapshot.
/// @return Records.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_snapshot_len(snapshot: *const alog_snapshot) -> u64 {
    value(|| {
        // SAFETY: the snapshot is NULL or a live handle, which no other call changes meanwhile.
        let range = unsafe { get::<Snapshot>(snapshot)?.inner.range() };
        Ok(range.end - range.start)
    })
}

/// Finds one record by its sequence. Fixed: constant cost. Bytes: a binary search among the segments.
///
/// @param snapshot  The snapshot.
/// @param sequence  The record's sequence.
/// @param out       Receives where the record is.
/// @return ALOG_OK; ALOG_ERR_OUT_OF_RANGE.
///
/// Lifetime: while a handle covers the segment.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_snapshot_record(
    snapshot: *const alog_snapshot,
    sequence: u64,
    out: *mut alog_slice,
) -> alog_status {
    status(|| {
        // SAFETY: the snapshot is NULL or a live handle, which no other call changes meanwhile; there is room at `out`
        // unless it is NULL.
        let (view, out) = unsafe { (&get::<Snapshot>(snapshot)?.inner, self::out(out)?.aligned()?) };
        let (data, size) = view.record(sequence).ok_or(ALOG_ERR_OUT_OF_RANGE)?;
        out.write(alog_slice { data: data.cast(), size });
        Ok(ALOG_OK)
    })
}

/// Returns how many chunks the view has: one for each segment that holds records.
///
/// @param snapshot  The snapshot.
/// @return Chunks.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_snapshot_chunk_count(snapshot: *const alog_snapshot) -> usize {
    // SAFETY: the snapshot is NULL or a live handle, which no other call changes meanwhile.
    value(|| unsafe { Ok(get::<Snapshot>(snapshot)?.inner.chunk_count()) })
}

/// Reads one chunk: the records of one segment. Constant cost.
///
/// @param snapshot  The snapshot.
/// @param index     0 for the oldest chunk, up to alog_snapshot_chunk_count - 1.
/// @param out       Receives the chunk.
/// @return ALOG_OK; ALOG_ERR_OUT_OF_RANGE.
///
/// Lifetime: while a handle covers the segment.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_snapshot_chunk(
    snapshot: *const alog_snapshot,
    index: usize,
    out: *mut alog_chunk,
) -> alog_status {
    status(|| {
        // SAFETY: the snapshot is NULL or a live handle, which no other call changes meanwhile; there is room at `out`
        // unless it is NULL.
        let (view, out) = unsafe { (&get::<Snapshot>(snapshot)?.inner, self::out(out)?.aligned()?) };
        if index >= view.chunk_count() {
            return Err(ALOG_ERR_OUT_OF_RANGE);
        }
        // SAFETY: I1: the index is below the count, and the view covers the segment.
        out.write(unsafe { alog_chunk::new(view.chunk(index), &view.core().geometry) });
        Ok(ALOG_OK)
    })
}

/// Reads many chunks in one call.
///
/// @param snapshot  The snapshot.
/// @param first     Index of the first chunk, at most alog_snapshot_chunk_count.
/// @param max       Room in out, in chunks.
/// @param out       Receives the chunks.
/// @param written   Receives how many were written. 0 if none is left.
/// @return ALOG_OK; ALOG_ERR_OUT_OF_RANGE: first exceeds the count.
///
/// Lifetime: while a handle covers each segment.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_snapshot_chunks(
    snapshot: *const alog_snapshot,
    first: usize,
    max: usize,
    out: *mut alog_chunk,
    written: *mut usize,
) -> alog_status {
    status(|| {
        // SAFETY: the snapshot is NULL or a live handle, which no other call changes meanwhile; there is room at `out`
        // and `written` unless they are NULL.
        let (view, written) = unsafe {
            let view = &get::<Snapshot>(snapshot)?.inner;
            self::out(out)?.aligned()?;
            (view, self::out(written)?.aligned()?)
        };
        if max == 0 {
            written.write(0);
            return Ok(ALOG_OK);
        }
        let left = view.chunk_count().checked_sub(first).ok_or(ALOG_ERR_OUT_OF_RANGE)?;
        let count = left.min(max);
        written.write(count);
        for index in 0..count {
            // SAFETY: I1: the index is below the count, the view covers the segment, and there is room for `max`
            // chunks.
            unsafe { out.add(index).write(alog_chunk::new(view.chunk(first + index), &view.core().geometry)) };
        }
        Ok(ALOG_OK)
    })
}

/// Finds in which chunk a record lies, and at which place. Fixed: constant cost. Bytes: a binary search among the
/// segments.
///
/// @param snapshot  The snapshot.
/// @param sequence  The record's sequence.
/// @param chunk     Receives the chunk's index.
/// @param record    Receives the record's place in the chunk: 0 is the first.
/// @return ALOG_OK; ALOG_ERR_OUT_OF_RANGE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_snapshot_find(
    snapshot: *const alog_snapshot,
    sequence: u64,
    chunk: *mut usize,
    record: *mut usize,
) -> alog_status {
    status(|| {
        // SAFETY: the snapshot is NULL or a live handle, which no other call changes meanwhile; there is room at
        // `chunk` and `record` unless they are NULL.
        let (view, chunk, record) = unsafe {
            let view = &get::<Snapshot>(snapshot)?.inner;
            let (chunk, record) = (out(chunk)?, out(record)?);
            (view, chunk.aligned()?, record.aligned()?)
        };
        if !view.range().contains(&sequence) {
            return Err(ALOG_ERR_OUT_OF_RANGE);
        }
        // SAFETY: I2: the sequence is in range.
        let (index, place) = unsafe { view.locate(sequence) };
        chunk.write(index);
        record.write(place as usize);
        Ok(ALOG_OK)
    })
}

/// Reads the chunks of a range of records, cut at the ends of the range. With the range of alog_snapshot_latest: the
/// chunks of the newest publication.
///
/// @param snapshot  The snapshot.
/// @param range     Sequences, all in view. An empty range has no chunks.
/// @param max       Room in out, in chunks. With 0 nothing is written, whatever the range.
/// @param out       Receives the chunks. If there are more, call again with the range that begins after the last
///                  chunk.
/// @param written   Receives how many were written.
/// @return ALOG_OK; ALOG_ERR_OUT_OF_RANGE: a part of the range is not in view.
///
/// Lifetime: while a handle covers each segment.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_snapshot_chunks_in(
    snapshot: *const alog_snapshot,
    range: alog_range,
    max: usize,
    out: *mut alog_chunk,
    written: *mut usize,
) -> alog_status {
    status(|| {
        // SAFETY: the snapshot is NULL or a live handle, which no other call changes meanwhile; there is room at `out`
        // and `written` unless they are NULL.
        let (view, written) = unsafe {
            let view = &get::<Snapshot>(snapshot)?.inner;
            let (chunks, written) = (self::out(out)?, self::out(written)?);
            chunks.aligned()?;
            (view, written.aligned()?)
        };
        if max == 0 {
            written.write(0);
            return Ok(ALOG_OK);
        }
        let records = range.begin..range.end;
        let chunks = view.chunks_of(&records).ok_or(ALOG_ERR_OUT_OF_RANGE)?;
        let count = chunks.len().min(max);
        written.write(count);
        for (place, index) in chunks.take(count).enumerate() {
            // SAFETY: I1: the chunk holds records of the range, the view covers it, and there is room for `max` chunks.
            unsafe { out.add(place).write(alog_chunk::new(view.chunk_within(index, &records), &view.core().geometry)) };
        }
        Ok(ALOG_OK)
    })
}

/// Pins the segment of one chunk. The chunk then outlives the snapshot, the log's handle and the writer.
///
/// @param snapshot  The snapshot.
/// @param index     The chunk's index.
/// @param out       Receives the pin, with one count.
/// @return ALOG_OK; ALOG_ERR_OUT_OF_RANGE; ALOG_ERR_NO_MEMORY.
///
/// Allocates: the handle.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_snapshot_pin(
    snapshot: *const alog_snapshot,
    index: usize,
    out: *mut *mut alog_segment,
) -> alog_status {
    status(|| {
        // SAFETY: the snapshot is NULL or a live handle, which no other call changes meanwhile; there is room at `out`
        // unless it is NULL.
        let (view, out) = unsafe { (&get::<Snapshot>(snapshot)?.inner, self::out(out)?.aligned()?) };
        if index >= view.chunk_count() {
            return Err(ALOG_ERR_OUT_OF_RANGE);
        }
        // SAFETY: I1: the index is below the count, and the view covers the segment.
        create(view.core(), out, || Ok(CountedPin::new(unsafe { view.chunk(index).pin(view.core()) })))
    })
}

/// Returns the snapshot's log, and adds a count to it.
///
/// @param snapshot  The snapshot.
/// @return The pointer that the create function gave. Release it once.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_snapshot_log(snapshot: *const alog_snapshot) -> *mut alog_log {
    // SAFETY: the snapshot is NULL or a live handle, which no other call changes meanwhile.
    value(|| unsafe { Ok(retained(get::<Snapshot>(snapshot)?.inner.core())) })
}
