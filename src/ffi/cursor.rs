//! `alog_cursor`: reads a captured view chunk by chunk, and continues with what is unread after each refresh.

use super::given::out;
use super::handle::{Tagged, create, destroy, get, get_mut, handle};
use super::log::{alog_log, with};
use super::segment::alog_segment;
use super::snapshot::{alog_snapshot, timeout};
use super::status::alog_status::{self, ALOG_END, ALOG_ERR_ARGUMENT, ALOG_OK, ALOG_UNCHANGED};
use super::status::{status, value};
use super::types::{alog_chunk, alog_delta};
use crate::raw::CountedPin;
use crate::raw::{RawCursor, View};

/// A reader that follows the log: a view of its own, and the sequence of the next unread record.
///
/// Threads: owner.
pub struct alog_cursor(());

handle!(RawCursor, alog_cursor, b"alog_cur", "cursor");

/// Where a cursor begins: ALOG_START_OLDEST or ALOG_START_NEXT.
pub type alog_start = u32;
/// At the oldest retained record.
pub const ALOG_START_OLDEST: alog_start = 0;
/// After the newest record: the cursor reads what is published from now on.
pub const ALOG_START_NEXT: alog_start = 1;

/// Makes a cursor over what a snapshot shows. It begins at the first record.
///
/// @param snapshot  The snapshot. The cursor has a view of its own and does not need the snapshot afterwards.
/// @param out       Receives the cursor.
/// @return ALOG_OK; ALOG_ERR_NO_MEMORY.
///
/// Allocates: the handle.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_cursor_create(snapshot: *const alog_snapshot, out: *mut *mut alog_cursor) -> alog_status {
    status(|| {
        // SAFETY: the snapshot is NULL or a live handle, which no other call changes meanwhile; there is room at `out`
        // unless it is NULL.
        let (view, out) = unsafe { (&get::<Tagged<View>>(snapshot)?.inner, self::out(out)?.aligned()?) };
        create(view.core(), out, || Ok(RawCursor::at_begin(view.clone())))
    })
}

/// Makes a cursor on a log.
///
/// @param log    The log.
/// @param start  ALOG_START_OLDEST or ALOG_START_NEXT.
/// @param out    Receives the cursor.
/// @return ALOG_OK; ALOG_ERR_ARGUMENT: unknown start; ALOG_ERR_NO_MEMORY.
///
/// Progress: lock-free.
/// Allocates: the handle.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_cursor_open(
    log: *const alog_log,
    start: alog_start,
    out: *mut *mut alog_cursor,
) -> alog_status {
    // SAFETY: the log is NULL or a live handle; there is room at `out` unless it is NULL.
    status(|| unsafe {
        with(log, |core| {
            let out = self::out(out)?.aligned()?;
            let start = match start {
                ALOG_START_OLDEST => RawCursor::at_begin,
                ALOG_START_NEXT => RawCursor::at_end,
                _ => return Err(ALOG_ERR_ARGUMENT),
            };
            create(core, out, || Ok(start(View::new(core))))
        })
    })
}

/// Ends a cursor. Its chunks end, unless something else covers their segments.
///
/// @param cursor  The cursor.
///
/// Progress: lock-free.
/// Safety: cursor ends here.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_cursor_destroy(cursor: *mut alog_cursor) {
    // SAFETY: the cursor is NULL or a live handle, and this is its owner's last call.
    value(|| unsafe { destroy(cursor, RawCursor::core) });
}

/// Reads the next chunk of the captured view: what is unread of one segment.
///
/// @param cursor  The cursor.
/// @param out     Receives the chunk. With ALOG_END nothing is written.
/// @return ALOG_OK; ALOG_END: all chunks were returned.
///
/// Lifetime: until the next refresh, or while something else covers the segment.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_cursor_next(cursor: *mut alog_cursor, out: *mut alog_chunk) -> alog_status {
    status(|| {
        // SAFETY: the cursor is NULL or a live handle, and this is its owner's call; there is room at `out` unless it
        // is NULL.
        let (mut cursor, out) = unsafe { (get_mut::<RawCursor>(cursor)?, self::out(out)?.aligned()?) };
        let Some(chunk) = cursor.next() else { return Ok(ALOG_END) };
        // SAFETY: I1: the cursor's view covers the chunk.
        out.write(unsafe { alog_chunk::new(chunk, &cursor.core().geometry) });
        Ok(ALOG_OK)
    })
}

/// Moves the cursor to a record of the captured view, or to the view's end.
///
/// @param cursor    The cursor.
/// @param sequence  From the view's begin to its end, inclusive.
/// @return ALOG_OK; ALOG_ERR_OUT_OF_RANGE: the sequence is not in the captured view, and the cursor stays.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_cursor_seek(cursor: *mut alog_cursor, sequence: u64) -> alog_status {
    status(|| {
        // SAFETY: the cursor is NULL or a live handle, and this is its owner's call.
        unsafe { get_mut::<RawCursor>(cursor)?.seek(sequence)? };
        Ok(ALOG_OK)
    })
}

/// Captures the newest view. The cursor continues with what is unread. Unread records that were evicted count as lost.
/// Chunks that were returned end, unless something else covers their segments.
///
/// @param cursor  The cursor.
/// @param out     Receives what there is to read now, also with ALOG_UNCHANGED. May be NULL.
/// @return ALOG_OK; ALOG_UNCHANGED: nothing was published since the last capture. Chunks may still be unread.
///
/// Progress: lock-free; wait-free if the view stays within its newest segment.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_cursor_refresh(cursor: *mut alog_cursor, out: *mut alog_delta) -> alog_status {
    status(|| {
        // SAFETY: the cursor is NULL or a live handle, and this is its owner's call.
        let mut cursor = unsafe { get_mut::<RawCursor>(cursor)? };
        // SAFETY: there is room at `out` unless it is NULL.
        let out = if out.is_null() { None } else { Some(unsafe { self::out(out)?.aligned()? }) };
        let (changed, delta) = cursor.refresh();
        if let Some(out) = out {
            out.write(delta.into());
        }
        Ok(if changed { ALOG_OK } else { ALOG_UNCHANGED })
    })
}

/// Sleeps until something is unread: in the captured view, or published since. See alog_snapshot_wait.
///
/// Releasing the writer does not end a wait, because another writer may come. Finishing the log does.
///
/// @param cursor      The cursor.
/// @param timeout_ns  Nanoseconds of the monotonic clock. 0 only looks. ALOG_WAIT_FOREVER never times out.
/// @return ALOG_OK: something is unread; ALOG_TIMEOUT; ALOG_INTERRUPTED: alog_log_interrupt was called during the
///         wait; ALOG_FINISHED: nothing is unread, and nothing will come.
///
/// Blocking: yes, at most timeout_ns.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_cursor_wait(cursor: *mut alog_cursor, timeout_ns: u64) -> alog_status {
    // SAFETY: the cursor is NULL or a live handle, and this is its owner's call.
    status(|| unsafe { Ok(get_mut::<RawCursor>(cursor)?.wait(timeout(timeout_ns), None).into()) })
}

/// Waits like alog_cursor_wait, but an interrupt before the call also ends it. So no interrupt is missed between a
/// look at a stop flag and the wait. An interrupt is reported before something unread.
///
/// @param cursor      The cursor.
/// @param timeout_ns  Nanoseconds of the monotonic clock. 0 only looks. ALOG_WAIT_FOREVER never times out.
/// @param interrupts  What alog_log_interrupts returned before you looked at the flag.
/// @return ALOG_OK: something is unread; ALOG_TIMEOUT; ALOG_INTERRUPTED: the log's count is no longer interrupts;
///         ALOG_FINISHED: nothing is unread, and nothing will come.
///
/// Blocking: yes, at most timeout_ns.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_cursor_wait_since(
    cursor: *mut alog_cursor,
    timeout_ns: u64,
    interrupts: u64,
) -> alog_status {
    // SAFETY: the cursor is NULL or a live handle, and this is its owner's call.
    status(|| unsafe { Ok(get_mut::<RawCursor>(cursor)?.wait(timeout(timeout_ns), Some(interrupts)).into()) })
}

/// Returns the sequence of the next unread record.
///
/// @param cursor  The cursor.
/// @return A sequence.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_cursor_position(cursor: *const alog_cursor) -> u64 {
    // SAFETY: the cursor is NULL or a live handle, and this is its owner's call.
    value(|| unsafe { Ok(get_mut::<RawCursor>(cursor.cast_mut())?.position()) })
}

/// Pins the segment of the chunk that was returned last. The chunk then outlives the cursor's next refresh.
///
/// @param cursor  The cursor.
/// @param out     Receives the pin, with one count.
/// @return ALOG_OK; ALOG_ERR_STATE: no chunk was returned since the cursor was made, or since a refresh brought
///         something; ALOG_ERR_NO_MEMORY.
///
/// Allocates: the handle.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_cursor_pin(cursor: *const alog_cursor, out: *mut *mut alog_segment) -> alog_status {
    status(|| {
        // SAFETY: the cursor is NULL or a live handle, and this is its owner's call; there is room at `out` unless it
        // is NULL.
        let (cursor, out) = unsafe { (get_mut::<RawCursor>(cursor.cast_mut())?, self::out(out)?.aligned()?) };
        // This is reported before a lack of memory for the handle.
        let pin = cursor.pin()?;
        create(cursor.core(), out, || Ok(CountedPin::new(pin)))
    })
}
