//! `alog_writer`: the one writer of a log.

use core::ffi::c_void;

use super::given::{Out, out, slice};
use super::handle::{Owned, create, destroy, fast, get_mut, handle};
use super::log::{alog_log, retained, with};
use super::status::alog_status::{self, ALOG_ERR_ARGUMENT, ALOG_ERR_KIND, ALOG_ERR_NULL, ALOG_OK};
use super::status::{status, value};
use super::types::{alog_reservation, alog_slice};
use crate::raw::{Kind, RawWriter};

/// The one writer of a log. It may move from thread to thread.
///
/// Threads: owner.
pub struct alog_writer(());

handle!(
    RawWriter,
    alog_writer,
    b"alog_wri",
    "writer",
    unsafe fn end(this: *mut Self) {
        // So that an inline append becomes a call, which then reports the wrong handle.
        // SAFETY: the writer was moved out of it, and the memory is still there.
        unsafe { RawWriter::forbid(&raw mut (*this).inner) };
    }
);

/// The writer behind a handle, if its log has this kind of records.
///
/// # Safety
/// As `get_mut`.
unsafe fn writer_of<'a>(handle: *mut alog_writer, kind: Kind) -> Result<Owned<'a, RawWriter>, alog_status> {
    // SAFETY: NULL or a live handle, and this is its owner's call.
    let writer = unsafe { get_mut::<RawWriter>(handle)? };
    if writer.geometry().kind == kind { Ok(writer) } else { Err(ALOG_ERR_KIND) }
}

/// Makes the one writer of a log. It continues exactly where the last writer stopped.
///
/// @param log  The log.
/// @param out  Receives the writer.
/// @return ALOG_OK; ALOG_ERR_CLAIMED: the log has a writer; ALOG_ERR_FINISHED: the log was finished;
///         ALOG_ERR_NO_MEMORY.
///
/// Allocates: the handle.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_writer_claim(log: *mut alog_log, out: *mut *mut alog_writer) -> alog_status {
    // SAFETY: the log is NULL or a live handle; there is room at `out` unless it is NULL.
    status(|| unsafe {
        with(log, |core| {
            let out = self::out(out)?.aligned()?;
            // This is reported before a lack of memory for the handle.
            core.check_claim()?;
            create(core, out, || RawWriter::claim(core))
        })
    })
}

/// Ends the writer, so that another can be claimed. An open reservation or group is abandoned. The retained records
/// stay. It notifies waiting readers once. A reader that has read everything waits on, because another writer may
/// come: to end the log, use alog_writer_finish.
///
/// @param writer  The writer.
///
/// Blocking: never; one system call if a thread waits.
/// Progress: lock-free.
/// Safety: writer ends here.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_writer_release(writer: *mut alog_writer) {
    // SAFETY: the writer is NULL or a live handle, and this is its owner's last call.
    value(|| unsafe { destroy(writer, RawWriter::core) });
}

/// Ends the log for good, and the writer with it. An open reservation or group is abandoned. The retained records
/// stay.
///
/// Sleeping readers wake up. From now on each wait returns ALOG_OK while something is unread, and then ALOG_FINISHED
/// at once. Later claims return ALOG_ERR_FINISHED.
///
/// @param writer  The writer, which ends if ALOG_OK is returned.
/// @return ALOG_OK.
///
/// Blocking: never; one system call if a thread waits.
/// Progress: lock-free.
/// Safety: writer is not used again after ALOG_OK.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_writer_finish(writer: *mut alog_writer) -> alog_status {
    // SAFETY: the writer is NULL or a live handle, and this is its owner's last call.
    status(|| unsafe {
        get_mut::<RawWriter>(writer)?.finish();
        destroy(writer, RawWriter::core)?;
        Ok(ALOG_OK)
    })
}

/// Appends one record. Publishes it, unless a group is open. After an error nothing was appended, and an open group
/// stays open with what it had.
///
/// @param writer  The writer.
/// @param record  The record, copied. Bytes: may be NULL if size is 0.
/// @param size    Bytes. Fixed: must equal record_size.
/// @return ALOG_OK; ALOG_ERR_ARGUMENT: size is not record_size, or the record lies in the open reservation (commit
///         that instead); ALOG_ERR_TOO_LARGE: the record exceeds a segment, or would make the open group larger than a
///         view can show; ALOG_ERR_SEGMENT_LIMIT; ALOG_ERR_NO_MEMORY.
///
/// Allocates: only if it begins a segment and the pools are empty.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_writer_append(
    writer: *mut alog_writer,
    record: *const c_void,
    size: usize,
) -> alog_status {
    // SAFETY: the writer is NULL or a live handle, and this is its owner's call; the record has `size` readable bytes.
    unsafe {
        fast(get_mut::<RawWriter>(writer), |mut writer| {
            if size == writer.geometry().record_size && !record.is_null() && writer.append_small(record.cast()) {
                return ALOG_OK;
            }
            append(writer, record, size)
        })
    }
}

/// Everything except the fast path. It is a function of its own, so that the fast path calls nothing and saves no
/// registers.
///
/// # Safety
/// As `alog_writer_append`.
#[inline(never)]
unsafe fn append(mut writer: Owned<'_, RawWriter>, record: *const c_void, size: usize) -> alog_status {
    status(|| {
        if record.is_null() && !(size == 0 && writer.geometry().kind == Kind::Bytes) {
            return Err(ALOG_ERR_NULL);
        }
        // While there is a reservation, there is no slot, and so no fast path.
        if writer.geometry().kind == Kind::Bytes {
            // SAFETY: the record has `size` readable bytes.
            if unsafe { writer.append_bytes_here((record.cast(), size)) } {
                return Ok(ALOG_OK);
            }
            if writer.lies_in_reservation(record.cast(), size) {
                return Err(ALOG_ERR_ARGUMENT);
            }
            // SAFETY: the record has `size` readable bytes, none of them reserved.
            unsafe { writer.append_bytes_slow((record.cast(), size))? };
        } else if size != writer.geometry().record_size
            || !writer.has_slot() && writer.lies_in_reservation(record.cast(), size)
        {
            return Err(ALOG_ERR_ARGUMENT);
        } else {
            // SAFETY: the record has `size` readable bytes, which is the log's record size.
            unsafe { writer.append_fixed(record.cast())? };
        }
        Ok(ALOG_OK)
    })
}

/// Appends many fixed records. They become visible all at once. After an error none was appended.
///
/// @param writer   The writer of a fixed log.
/// @param records  The records, record_size bytes apart; copied. May be NULL if count is 0.
/// @param count    How many records. With 0 nothing happens.
/// @return ALOG_OK; ALOG_ERR_KIND; ALOG_ERR_ARGUMENT: count overflows, or a record lies in the open reservation;
///         ALOG_ERR_TOO_LARGE: more than a view can show; ALOG_ERR_SEGMENT_LIMIT; ALOG_ERR_NO_MEMORY.
///
/// Allocates: only if it begins segments and the pools are empty.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_writer_append_batch(
    writer: *mut alog_writer,
    records: *const c_void,
    count: usize,
) -> alog_status {
    status(|| {
        // SAFETY: the writer is NULL or a live handle, and this is its owner's call.
        let mut writer = unsafe { writer_of(writer, Kind::Fixed)? };
        if count == 0 {
            return Ok(ALOG_OK);
        }
        if records.is_null() {
            return Err(ALOG_ERR_NULL);
        }
        let size = count.checked_mul(writer.geometry().record_size).filter(|size| *size <= isize::MAX as usize);
        let Some(size) = size else { return Err(ALOG_ERR_ARGUMENT) };
        if !writer.has_slots(count) && writer.lies_in_reservation(records.cast(), size) {
            return Err(ALOG_ERR_ARGUMENT);
        }
        // SAFETY: `count` records are readable.
        unsafe { writer.append_fixed_batch(records.cast(), count)? };
        Ok(ALOG_OK)
    })
}

/// Appends many byte records, one per slice. They become visible all at once. After an error none was appended.
///
/// @param writer   The writer of a byte log.
/// @param records  The slices; their bytes are copied. May be NULL if count is 0. The data of an empty record may be
///                 NULL.
/// @param count    How many records. With 0 nothing happens.
/// @return ALOG_OK; ALOG_ERR_KIND; ALOG_ERR_ARGUMENT: count overflows, or a record lies in the open reservation;
///         ALOG_ERR_TOO_LARGE: a record exceeds a segment, or all together more than a view can show;
///         ALOG_ERR_SEGMENT_LIMIT; ALOG_ERR_NO_MEMORY.
///
/// Allocates: only if it begins segments and the pools are empty.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_writer_append_slices(
    writer: *mut alog_writer,
    records: *const alog_slice,
    count: usize,
) -> alog_status {
    status(|| {
        // SAFETY: the writer is NULL or a live handle, and this is its owner's call.
        let mut writer = unsafe { writer_of(writer, Kind::Bytes)? };
        if count == 0 {
            return Ok(ALOG_OK);
        }
        // SAFETY: the array is NULL or has `count` items, which stay as they are during the call.
        let records = unsafe { slice(records, count)? };
        if records.iter().any(|record| record.data.is_null() && record.size > 0) {
            return Err(ALOG_ERR_NULL);
        }
        if records.iter().any(|record| writer.lies_in_reservation(record.data.cast(), record.size)) {
            return Err(ALOG_ERR_ARGUMENT);
        }
        // SAFETY: each record is readable.
        unsafe { append_all(&mut writer, Given::Slices(records.iter())) }
    })
}

/// Appends many byte records that lie back to back. They become visible all at once. After an error none was appended.
/// This is one call for many records, for languages where a call is expensive.
///
/// @param writer  The writer of a byte log.
/// @param data    The first byte of the first record; copied. May be NULL if all sizes are 0.
/// @param sizes   The size of each record in bytes. May be NULL if count is 0.
/// @param count   How many records. With 0 nothing happens.
/// @return ALOG_OK; ALOG_ERR_KIND; ALOG_ERR_ARGUMENT: count or the sum of sizes overflows, or a record lies in the
///         open reservation; ALOG_ERR_TOO_LARGE: a record exceeds a segment, or all together more than a view can
///         show; ALOG_ERR_SEGMENT_LIMIT; ALOG_ERR_NO_MEMORY.
///
/// Allocates: only if it begins segments and the pools are empty.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_writer_append_packed(
    writer: *mut alog_writer,
    data: *const c_void,
    sizes: *const u32,
    count: usize,
) -> alog_status {
    status(|| {
        // SAFETY: the writer is NULL or a live handle, and this is its owner's call.
        let mut writer = unsafe { writer_of(writer, Kind::Bytes)? };
        if count == 0 {
            return Ok(ALOG_OK);
        }
        // SAFETY: the array is NULL or has `count` items, which stay as they are during the call.
        let sizes = unsafe { slice(sizes, count)? };
        if data.is_null() && sizes.iter().any(|size| *size > 0) {
            return Err(ALOG_ERR_NULL);
        }
        // The sum cannot overflow: an array has at most 2^63 bytes, so at most 2^61 sizes of less than 2^32.
        let total: u128 = sizes.iter().map(|size| u128::from(*size)).sum();
        if total > isize::MAX as u128 || writer.lies_in_reservation(data.cast(), total as usize) {
            return Err(ALOG_ERR_ARGUMENT);
        }
        // SAFETY: each record is readable.
        unsafe { append_all(&mut writer, Given::Packed(data.cast(), sizes.iter())) }
    })
}

/// The caller's byte records: one for each slice, or back to back.
#[derive(Clone)]
enum Given<'r> {
    Slices(core::slice::Iter<'r, alog_slice>),
    Packed(*const u8, core::slice::Iter<'r, u32>),
}

impl Iterator for Given<'_> {
    type Item = (*const u8, usize);
    #[inline(always)]
    fn next(&mut self) -> Option<(*const u8, usize)> {
        match self {
            Given::Slices(slices) => slices.next().map(|record| (record.data.cast(), record.size)),
            Given::Packed(data, sizes) => sizes.next().map(|size| {
                let record = (*data, *size as usize);
                *data = data.wrapping_add(record.1);
                record
            }),
        }
    }
}

/// # Safety
/// All of the records are readable.
#[inline(never)]
unsafe fn append_all(writer: &mut RawWriter, records: Given<'_>) -> Result<alog_status, alog_status> {
    // SAFETY: each record is readable.
    unsafe { writer.append_bytes_batch(records)? };
    Ok(ALOG_OK)
}

/// Opens a group. What is appended or committed from now on stays invisible until alog_writer_publish.
///
/// If a call fails inside the group, the group stays open with what it had. Publishing then publishes an incomplete
/// group: abandon a group that must be whole.
///
/// @param writer  The writer.
/// @return ALOG_OK; ALOG_ERR_STATE: a group is open.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_writer_begin(writer: *mut alog_writer) -> alog_status {
    status(|| {
        // SAFETY: the writer is NULL or a live handle, and this is its owner's call.
        unsafe { get_mut::<RawWriter>(writer)?.begin_group()? };
        Ok(ALOG_OK)
    })
}

/// Makes the whole group visible at one instant, however many segments it spans. It cannot fail for lack of memory. An
/// empty group publishes nothing.
///
/// @param writer  The writer.
/// @return ALOG_OK; ALOG_ERR_STATE: no group is open.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_writer_publish(writer: *mut alog_writer) -> alog_status {
    status(|| {
        // SAFETY: the writer is NULL or a live handle, and this is its owner's call.
        unsafe { get_mut::<RawWriter>(writer)?.publish_group()? };
        Ok(ALOG_OK)
    })
}

/// Drops the group. No reader ever sees its records. The next records get their sequences.
///
/// @param writer  The writer.
/// @return ALOG_OK; ALOG_ERR_STATE: no group is open.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_writer_abandon(writer: *mut alog_writer) -> alog_status {
    status(|| {
        // SAFETY: the writer is NULL or a live handle, and this is its owner's call.
        unsafe { get_mut::<RawWriter>(writer)?.abandon_group()? };
        Ok(ALOG_OK)
    })
}

/// Hands out room in the log, to be written in place. It secures all memory that the commit needs.
///
/// These calls end the reservation: commit, cancel, an append or batch of at least one record, reserve, begin,
/// publish, abandon, skip, release, finish. A call that is refused for its arguments or state does not end it.
///
/// Bytes: commit gives back what it does not use. But if want bytes do not fit into the current segment, the log
/// begins a new one, whatever commit uses. So reserve what the record may need, and no more.
///
/// @param writer  The writer.
/// @param want    Fixed: records, at least 1. The room is contiguous, for 1 to want records. Bytes: the size of one
///                record; the room has exactly this size.
/// @param out     Receives the room.
/// @return ALOG_OK; ALOG_ERR_ARGUMENT: fixed, and want is 0; ALOG_ERR_TOO_LARGE: the record exceeds a segment, or
///         would make the open group larger than a view can show; ALOG_ERR_SEGMENT_LIMIT; ALOG_ERR_NO_MEMORY.
///
/// Allocates: only if it begins a segment and the pools are empty.
/// Lifetime: until the reservation ends.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_writer_reserve(
    writer: *mut alog_writer,
    want: usize,
    out: *mut alog_reservation,
) -> alog_status {
    // SAFETY: the writer is NULL or a live handle, and this is its owner's call; there is room at `out` unless it is
    // NULL.
    unsafe {
        fast(get_mut::<RawWriter>(writer), |mut writer| {
            if want > 0 {
                if let Ok(out) = self::out(out).and_then(Out::aligned) {
                    if let Some(capacity) = writer.reserve_in_tail(want) {
                        out.write(room(&writer, capacity));
                        return ALOG_OK;
                    }
                }
            }
            reserve(writer, want, out)
        })
    }
}

/// # Safety
/// As `alog_writer_reserve`.
#[inline(never)]
unsafe fn reserve(mut writer: Owned<'_, RawWriter>, want: usize, out: *mut alog_reservation) -> alog_status {
    status(|| {
        // SAFETY: there is room at `out` unless it is NULL.
        let out = unsafe { self::out(out)?.aligned()? };
        if want == 0 && writer.geometry().kind != Kind::Bytes {
            return Err(ALOG_ERR_ARGUMENT);
        }
        let capacity = writer.reserve(want)?;
        out.write(room(&writer, capacity));
        Ok(ALOG_OK)
    })
}

#[inline(always)]
fn room(writer: &RawWriter, capacity: usize) -> alog_reservation {
    alog_reservation { data: writer.hot.slot.cast(), capacity, stride: writer.geometry().stride }
}

/// Appends what was written into the reservation. Publishes it, unless a group is open. It cannot fail for lack of
/// memory.
///
/// @param writer  The writer.
/// @param used    Fixed: how many records, counted from the first; 0 ends the reservation and publishes nothing.
///                Bytes: the record's final size; 0 publishes an empty record.
/// @return ALOG_OK; ALOG_ERR_ARGUMENT: used exceeds the capacity, and the reservation stays; ALOG_ERR_STATE: nothing
///         is reserved.
///
/// Safety: all records or bytes that are used must be initialised.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_writer_commit(writer: *mut alog_writer, used: usize) -> alog_status {
    // SAFETY: the writer is NULL or a live handle, and this is its owner's call; what is used was written.
    unsafe {
        fast(
            get_mut::<RawWriter>(writer),
            |mut writer| {
                if writer.commit_in_tail(used) { ALOG_OK } else { commit(writer, used) }
            },
        )
    }
}

/// # Safety
/// As `alog_writer_commit`.
#[inline(never)]
unsafe fn commit(mut writer: Owned<'_, RawWriter>, used: usize) -> alog_status {
    status(|| {
        // SAFETY: what is used was written.
        unsafe { writer.commit(used)? };
        Ok(ALOG_OK)
    })
}

/// Ends the reservation. Nothing is appended.
///
/// @param writer  The writer.
/// @return ALOG_OK; ALOG_ERR_STATE: nothing is reserved.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_writer_cancel(writer: *mut alog_writer) -> alog_status {
    status(|| {
        // SAFETY: the writer is NULL or a live handle, and this is its owner's call.
        unsafe { get_mut::<RawWriter>(writer)?.cancel()? };
        Ok(ALOG_OK)
    })
}

/// Returns the sequence that the next record will have. Records of an open group count.
///
/// @param writer  The writer.
/// @return A sequence.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_writer_next_sequence(writer: *const alog_writer) -> u64 {
    // SAFETY: the writer is NULL or a live handle, and this is its owner's call.
    value(|| unsafe { Ok(get_mut::<RawWriter>(writer.cast_mut())?.next_sequence()) })
}

/// Continues at a later sequence: the next record has exactly this sequence. The retained records leave the log's
/// newest view at once. An open reservation ends.
///
/// No view shows records from both sides. Older views stay as they are. A refresh across the gap counts as lost what
/// was skipped, and what was not yet seen before it. A wait ends with ALOG_OK. An empty log then begins at this
/// sequence.
///
/// @param writer         The writer.
/// @param next_sequence  The sequence of the next record. If it already has this sequence, nothing happens.
/// @return ALOG_OK; ALOG_ERR_ARGUMENT: the sequence is lower than the next one, or so high that no segment fits after
///         it; ALOG_ERR_STATE: a group is open; ALOG_ERR_SEGMENT_LIMIT; ALOG_ERR_NO_MEMORY. After an error nothing has
///         changed, except that the last two have ended an open reservation.
///
/// Blocking: never; one system call if the log has ALOG_FLAG_AUTO_NOTIFY and a thread waits.
/// Allocates: only if the pools are empty, because it begins a segment.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_writer_skip(writer: *mut alog_writer, next_sequence: u64) -> alog_status {
    status(|| {
        // SAFETY: the writer is NULL or a live handle, and this is its owner's call.
        let there = unsafe { get_mut::<RawWriter>(writer)?.skip_to(next_sequence)? };
        Ok(if there { ALOG_OK } else { ALOG_ERR_ARGUMENT })
    })
}

/// Wakes all threads that wait for something new. Publishing alone wakes no thread, unless the log has
/// ALOG_FLAG_AUTO_NOTIFY.
///
/// @param writer  The writer.
/// @return ALOG_OK.
///
/// Blocking: never; one system call if a thread waits.
/// Progress: lock-free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_writer_notify(writer: *mut alog_writer) -> alog_status {
    status(|| {
        // SAFETY: the writer is NULL or a live handle, and this is its owner's call.
        unsafe { get_mut::<RawWriter>(writer)?.notify() };
        Ok(ALOG_OK)
    })
}

/// Gives pooled segments, and the tables that listed them, back to the allocator. Use it after readers held many old
/// segments for a time.
///
/// These stay: what readers hold; K + 1 segments, or preallocated_segments if that is more; and windows, which take
/// 256 bytes each and stay until the log ends.
///
/// @param writer  The writer.
/// @return ALOG_OK.
///
/// Progress: lock-free.
/// Allocates: never; it frees.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_writer_trim(writer: *mut alog_writer) -> alog_status {
    status(|| {
        // SAFETY: the writer is NULL or a live handle, and this is its owner's call.
        unsafe { get_mut::<RawWriter>(writer)?.trim() };
        Ok(ALOG_OK)
    })
}

/// Returns the writer's log, and adds a count to it.
///
/// @param writer  The writer.
/// @return The pointer that the create function gave. Release it once.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_writer_log(writer: *const alog_writer) -> *mut alog_log {
    // SAFETY: the writer is NULL or a live handle, and this is its owner's call.
    value(|| unsafe { Ok(retained(get_mut::<RawWriter>(writer.cast_mut())?.core())) })
}
