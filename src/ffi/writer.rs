//! `alog_writer`: the one writer of a log.

use core::ffi::c_void;

use super::answer::{fast, status, value};
use super::handle::{Out, Owned, create, destroy, get_mut, out, slice, writer_of};
use super::log::{alog_log, retained, with};
use super::status::alog_status::{self, ALOG_ERR_ARGUMENT, ALOG_ERR_NULL, ALOG_OK};
use super::types::{alog_reservation, alog_slice};
use crate::raw::{Kind, RawWriter};

/// The one writer of a log. Unique; one thread at a time, and it may move between threads.
pub struct alog_writer(());

/// Makes the caller the log's writer, who goes on exactly where the last one stopped.
///
/// @param log  The log.
/// @param out  Receives the writer.
/// @return ALOG_OK; ALOG_ERR_NULL; ALOG_ERR_HANDLE; ALOG_ERR_ARGUMENT: out is misaligned; ALOG_ERR_CLAIMED: there is
///         one; ALOG_ERR_FINISHED: there will be none; ALOG_ERR_NO_MEMORY.
///
/// Threads: any. Blocking: never. Allocates: the handle. Lifetime: until alog_writer_release. Since: 0.1.0.
/// Safety: log must be NULL or a live handle.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_writer_claim(log: *mut alog_log, out: *mut *mut alog_writer) -> alog_status {
    // SAFETY: the caller's contract.
    status(|| unsafe {
        with(log, |core| {
            let out = self::out(out)?.aligned()?;
            // Told before a lack of memory for the handle.
            core.check_claim()?;
            create(core, out, || RawWriter::claim(core))
        })
    })
}

/// Gives the claim back. An open reservation or group is abandoned; the retained records stay.
///
/// @param writer  The writer; NULL and a wrong handle are ignored.
///
/// Threads: owner. Blocking: never. Allocates: never. Since: 0.1.0.
/// Safety: writer must be NULL or a live handle, which ends here.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_writer_release(writer: *mut alog_writer) {
    // SAFETY: the caller's contract.
    value(|| unsafe { destroy(writer, RawWriter::core) });
}

/// Ends the log for good, and the writer with it. An open reservation or group is abandoned; the retained records stay.
///
/// Later claims give ALOG_ERR_FINISHED. A reader's wait returns ALOG_OK while something is unread, and then ALOG_FINISHED, at
/// once and for ever; those that sleep now are woken.
///
/// @param writer  The writer, which ends if ALOG_OK is returned.
/// @return ALOG_OK; ALOG_ERR_NULL; ALOG_ERR_HANDLE.
///
/// Threads: owner. Blocking: never; one system call if somebody waits. Allocates: never. Since: 0.1.0.
/// Safety: writer must be NULL or a live handle, which is not used again after ALOG_OK.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_writer_finish(writer: *mut alog_writer) -> alog_status {
    // SAFETY: the caller's contract.
    status(|| unsafe {
        get_mut::<RawWriter>(writer)?.finish();
        destroy(writer, RawWriter::core)?;
        Ok(ALOG_OK)
    })
}

/// Appends one record, and publishes it unless a group is open. After an error nothing is appended; an open group stays
/// open with what it had, to be published or abandoned.
///
/// @param writer  The writer.
/// @param record  The record, copied. Bytes: may be NULL if size is 0.
/// @param size    Bytes. Fixed: must equal record_size.
/// @return ALOG_OK; ALOG_ERR_NULL; ALOG_ERR_HANDLE; ALOG_ERR_ARGUMENT: size is not record_size, or the
///         record lies in the open reservation (commit that instead); ALOG_ERR_TOO_LARGE: larger than a segment, or than the
///         group can still become; ALOG_ERR_SEGMENT_LIMIT; ALOG_ERR_NO_MEMORY.
///
/// Threads: owner. Blocking: never. Allocates: only when a new segment is begun and the pools are empty. Since: 0.1.0.
/// Safety: writer must be NULL or a live handle; record must be readable and not change during the call.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_writer_append(
    writer: *mut alog_writer,
    record: *const c_void,
    size: usize,
) -> alog_status {
    // SAFETY: the caller's contract.
    unsafe {
        fast(get_mut::<RawWriter>(writer), |mut writer| {
            if size == writer.geometry().record_size && !record.is_null() && writer.append_small(record.cast()) {
                return ALOG_OK;
            }
            append(writer, record, size)
        })
    }
}

/// What is not the fast path: apart, so that the fast path calls nothing and saves no registers.
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
            // SAFETY: the caller's contract.
            if unsafe { writer.append_bytes_here((record.cast(), size)) } {
                return Ok(ALOG_OK);
            }
            if writer.lies_in_reservation(record.cast(), size) {
                return Err(ALOG_ERR_ARGUMENT);
            }
            // SAFETY: as above.
            unsafe { writer.append_bytes_slow((record.cast(), size))? };
        } else if size != writer.geometry().record_size
            || !writer.has_slot() && writer.lies_in_reservation(record.cast(), size)
        {
            return Err(ALOG_ERR_ARGUMENT);
        } else {
            // SAFETY: as above.
            unsafe { writer.append_fixed(record.cast())? };
        }
        Ok(ALOG_OK)
    })
}

/// Appends fixed records that lie record_size apart: visible all at once, or not at all.
///
/// @param writer   The writer of a fixed log.
/// @param records  The first record; copied. May be NULL if count is 0.
/// @param count    Records; 0 does nothing.
/// @return ALOG_OK; ALOG_ERR_NULL; ALOG_ERR_HANDLE; ALOG_ERR_KIND; ALOG_ERR_ARGUMENT: count overflows, or a record
///         lies in the open reservation; ALOG_ERR_TOO_LARGE: more than the log can show at once; ALOG_ERR_SEGMENT_LIMIT; ALOG_ERR_NO_MEMORY. After an error nothing is appended.
///
/// Threads: owner. Blocking: never. Allocates: only when new segments are begun and the pools are empty. Since: 0.1.0.
/// Safety: writer must be NULL or a live handle; the records must be readable and not change during the call.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_writer_append_batch(
    writer: *mut alog_writer,
    records: *const c_void,
    count: usize,
) -> alog_status {
    status(|| {
        // SAFETY: the caller's contract.
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
        // SAFETY: the caller's contract.
        unsafe { writer.append_fixed_batch(records.cast(), count)? };
        Ok(ALOG_OK)
    })
}

/// Appends byte records, one per slice: visible all at once, or not at all.
///
/// @param writer   The writer of a bytes log.
/// @param records  Where the records are; copied. May be NULL if count is 0; the data of an empty record may be NULL.
/// @param count    Records; 0 does nothing.
/// @return ALOG_OK; ALOG_ERR_NULL; ALOG_ERR_HANDLE; ALOG_ERR_KIND; ALOG_ERR_ARGUMENT: count overflows, records is
///         misaligned, or a record lies in the open reservation; ALOG_ERR_TOO_LARGE: a record larger than a segment, or more than the log can show at once;
///         ALOG_ERR_SEGMENT_LIMIT; ALOG_ERR_NO_MEMORY. After an error nothing is appended.
///
/// Threads: owner. Blocking: never. Allocates: only when new segments are begun and the pools are empty. Since: 0.1.0.
/// Safety: writer must be NULL or a live handle; slices and records must be readable and not change during the call.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_writer_append_slices(
    writer: *mut alog_writer,
    records: *const alog_slice,
    count: usize,
) -> alog_status {
    status(|| {
        // SAFETY: the caller's contract.
        let mut writer = unsafe { writer_of(writer, Kind::Bytes)? };
        if count == 0 {
            return Ok(ALOG_OK);
        }
        // SAFETY: the caller's contract.
        let records = unsafe { slice(records, count)? };
        if records.iter().any(|record| record.data.is_null() && record.size > 0) {
            return Err(ALOG_ERR_NULL);
        }
        if records.iter().any(|record| writer.lies_in_reservation(record.data.cast(), record.size)) {
            return Err(ALOG_ERR_ARGUMENT);
        }
        // SAFETY: the caller's contract.
        unsafe { append_all(&mut writer, Given::Slices(records.iter())) }
    })
}

/// Appends byte records that lie back to back: visible all at once, or not at all. One call for many records from
/// languages where a call costs.
///
/// @param writer  The writer of a bytes log.
/// @param data    The first record's first byte; copied. May be NULL if all sizes are 0.
/// @param sizes   Bytes of each record. May be NULL if count is 0.
/// @param count   Records; 0 does nothing.
/// @return ALOG_OK; ALOG_ERR_NULL; ALOG_ERR_HANDLE; ALOG_ERR_KIND; ALOG_ERR_ARGUMENT: count or the sum of sizes
///         overflows, sizes is misaligned, or a record lies in the open reservation; ALOG_ERR_TOO_LARGE: a record larger than a segment, or more than the log
///         can show at once; ALOG_ERR_SEGMENT_LIMIT; ALOG_ERR_NO_MEMORY. After an error nothing is appended.
///
/// Threads: owner. Blocking: never. Allocates: only when new segments are begun and the pools are empty. Since: 0.1.0.
/// Safety: writer must be NULL or a live handle; data and sizes must be readable and not change during the call.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_writer_append_packed(
    writer: *mut alog_writer,
    data: *const c_void,
    sizes: *const u32,
    count: usize,
) -> alog_status {
    status(|| {
        // SAFETY: the caller's contract.
        let mut writer = unsafe { writer_of(writer, Kind::Bytes)? };
        if count == 0 {
            return Ok(ALOG_OK);
        }
        // SAFETY: the caller's contract.
        let sizes = unsafe { slice(sizes, count)? };
        if data.is_null() && sizes.iter().any(|size| *size > 0) {
            return Err(ALOG_ERR_NULL);
        }
        // Cannot overflow: an array of sizes is at most 2^63 bytes, so at most 2^61 of less than 2^32.
        let total: u128 = sizes.iter().map(|size| u128::from(*size)).sum();
        if total > isize::MAX as u128 || writer.lies_in_reservation(data.cast(), total as usize) {
            return Err(ALOG_ERR_ARGUMENT);
        }
        // SAFETY: the caller's contract.
        unsafe { append_all(&mut writer, Given::Packed(data.cast(), sizes.iter())) }
    })
}

/// Byte records of the caller's: one for each slice, or back to back.
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
    // SAFETY: the caller's contract.
    unsafe { writer.append_bytes_batch(records)? };
    Ok(ALOG_OK)
}

/// Opens a group: from here on, what is appended or committed stays invisible.
///
/// A call that fails within the group leaves it open with what it had: who publishes then publishes that, so abandon a
/// group that must be whole.
///
/// @param writer  The writer.
/// @return ALOG_OK; ALOG_ERR_NULL; ALOG_ERR_HANDLE; ALOG_ERR_STATE: one is open.
///
/// Threads: owner. Blocking: never. Allocates: never. Since: 0.1.0.
/// Safety: writer must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_writer_begin(writer: *mut alog_writer) -> alog_status {
    status(|| {
        // SAFETY: the caller's contract.
        unsafe { get_mut::<RawWriter>(writer)?.begin_group()? };
        Ok(ALOG_OK)
    })
}

/// Makes all of the group visible at one instant, however many segments it spans. Cannot fail for lack of memory.
///
/// @param writer  The writer.
/// @return ALOG_OK, also for an empty group, which publishes nothing; ALOG_ERR_NULL; ALOG_ERR_HANDLE; ALOG_ERR_STATE: none
///         is open.
///
/// Threads: owner. Blocking: never. Allocates: never. Since: 0.1.0.
/// Safety: writer must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_writer_publish(writer: *mut alog_writer) -> alog_status {
    status(|| {
        // SAFETY: the caller's contract.
        unsafe { get_mut::<RawWriter>(writer)?.publish_group()? };
        Ok(ALOG_OK)
    })
}

/// Forgets the group: nobody ever sees it, and its sequences are given to what comes next.
///
/// @param writer  The writer.
/// @return ALOG_OK; ALOG_ERR_NULL; ALOG_ERR_HANDLE; ALOG_ERR_STATE: none is open.
///
/// Threads: owner. Blocking: never. Allocates: never. Since: 0.1.0.
/// Safety: writer must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_writer_abandon(writer: *mut alog_writer) -> alog_status {
    status(|| {
        // SAFETY: the caller's contract.
        unsafe { get_mut::<RawWriter>(writer)?.abandon_group()? };
        Ok(ALOG_OK)
    })
}

/// Hands out room in the log, to be written in place. All memory that the commit needs is secured here.
///
/// The reservation ends with commit, cancel, any append or batch (but of zero), another reserve, begin, publish, abandon,
/// or the writer's release. Bytes: what commit does not use is given back, but a segment in which `want` bytes do not fit ends
/// here, whatever commit then uses. So reserve what the record may need, and no more.
///
/// @param writer  The writer.
/// @param want    Fixed: records, at least 1; room for 1 to want, contiguous, is given. Bytes: the bytes of one record;
///                exactly as many are given.
/// @param out     Receives the room. What is in it is not initialised.
/// @return ALOG_OK; ALOG_ERR_NULL; ALOG_ERR_HANDLE; ALOG_ERR_ARGUMENT: fixed, and want is 0, or out is misaligned;
///         ALOG_ERR_TOO_LARGE: larger than a segment, or than the group can still become; ALOG_ERR_SEGMENT_LIMIT;
///         ALOG_ERR_NO_MEMORY.
///
/// Threads: owner. Blocking: never. Allocates: only when a new segment is begun and the pools are empty.
/// Lifetime: until the reservation ends. Since: 0.1.0.
/// Safety: writer must be NULL or a live handle.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_writer_reserve(
    writer: *mut alog_writer,
    want: usize,
    out: *mut alog_reservation,
) -> alog_status {
    // SAFETY: the caller's contract.
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
        // SAFETY: the caller's contract.
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

/// Appends what was written to the reservation, and publishes it unless a group is open. Cannot fail for lack of memory.
///
/// @param writer  The writer.
/// @param used    Fixed: records, from the first on; 0 ends the reservation and publishes nothing. Bytes: the record's
///                final size; 0 publishes an empty record.
/// @return ALOG_OK; ALOG_ERR_NULL; ALOG_ERR_HANDLE; ALOG_ERR_ARGUMENT: more than was reserved, and the reservation stays;
///         ALOG_ERR_STATE: there is none.
///
/// Threads: owner. Blocking: never. Allocates: never. Since: 0.1.0.
/// Safety: writer must be NULL or a live handle; all that is used must be written.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_writer_commit(writer: *mut alog_writer, used: usize) -> alog_status {
    // SAFETY: the caller's contract.
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
        // SAFETY: the caller's contract.
        unsafe { writer.commit(used)? };
        Ok(ALOG_OK)
    })
}

/// Ends the reservation; nothing is appended.
///
/// @param writer  The writer.
/// @return ALOG_OK; ALOG_ERR_NULL; ALOG_ERR_HANDLE; ALOG_ERR_STATE: there is none.
///
/// Threads: owner. Blocking: never. Allocates: never. Since: 0.1.0.
/// Safety: writer must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_writer_cancel(writer: *mut alog_writer) -> alog_status {
    status(|| {
        // SAFETY: the caller's contract.
        unsafe { get_mut::<RawWriter>(writer)?.cancel()? };
        Ok(ALOG_OK)
    })
}

/// The sequence that the next record will have; the open group's records count.
///
/// @param writer  The writer.
/// @return A sequence; 0 also for NULL and a wrong handle.
///
/// Threads: owner. Blocking: never. Allocates: never. Since: 0.1.0.
/// Safety: writer must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_writer_next_sequence(writer: *const alog_writer) -> u64 {
    // SAFETY: the caller's contract.
    value(|| unsafe { Ok(get_mut::<RawWriter>(writer.cast_mut())?.next_sequence()) })
}

/// Goes on at a later sequence: the next record has exactly this one, and what was retained leaves the log's view at once.
///
/// No view shows records from both sides, and views that were taken before stay what they are. A refresh across it counts what
/// was skipped, and what went unseen with it, as lost; a wait returns. A log that is empty begins there.
///
/// @param writer         The writer.
/// @param next_sequence  The sequence of the next record. If it is that already, nothing happens.
/// @return ALOG_OK; ALOG_ERR_NULL; ALOG_ERR_HANDLE; ALOG_ERR_STATE: a group or a reservation is open; ALOG_ERR_ARGUMENT:
///         backwards, or so far that no segment fits behind it; ALOG_ERR_SEGMENT_LIMIT; ALOG_ERR_NO_MEMORY. After an error
///         nothing has changed.
///
/// Threads: owner. Blocking: never; one system call if the log notifies and somebody waits.
/// Allocates: if the pools are empty, since it begins a new segment. Since: 0.1.0.
/// Safety: writer must be NULL or a live handle.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_writer_skip(writer: *mut alog_writer, next_sequence: u64) -> alog_status {
    status(|| {
        // SAFETY: the caller's contract.
        let there = unsafe { get_mut::<RawWriter>(writer)?.skip_to(next_sequence)? };
        Ok(if there { ALOG_OK } else { ALOG_ERR_ARGUMENT })
    })
}

/// Wakes everybody who waits for something new; publishing alone wakes nobody, unless the log has ALOG_FLAG_AUTO_NOTIFY.
///
/// @param writer  The writer.
/// @return ALOG_OK; ALOG_ERR_NULL; ALOG_ERR_HANDLE.
///
/// Threads: owner. Blocking: never; one system call if somebody waits. Allocates: never. Since: 0.1.0.
/// Safety: writer must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_writer_notify(writer: *mut alog_writer) -> alog_status {
    status(|| {
        // SAFETY: the caller's contract.
        unsafe { get_mut::<RawWriter>(writer)?.notify() };
        Ok(ALOG_OK)
    })
}

/// Gives pooled segments (and the tables that listed them) back to the allocator: after a burst of stuck readers, say. What
/// readers hold stays, and beside that as many segments as plain appends need or were preallocated: K + 1, or
/// preallocated_segments if that is more. Windows stay until the log goes: 256 bytes for each that was ever held at once.
///
/// @param writer  The writer.
/// @return ALOG_OK; ALOG_ERR_NULL; ALOG_ERR_HANDLE.
///
/// Threads: owner. Blocking: never. Allocates: never; frees. Since: 0.1.0.
/// Safety: writer must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_writer_trim(writer: *mut alog_writer) -> alog_status {
    status(|| {
        // SAFETY: the caller's contract.
        unsafe { get_mut::<RawWriter>(writer)?.trim() };
        Ok(ALOG_OK)
    })
}

/// The writer's log, with one more count.
///
/// @param writer  The writer.
/// @return The same pointer as when the log was created, to be released; NULL for NULL and a wrong handle.
///
/// Threads: owner. Blocking: never. Allocates: never. Lifetime: until released. Since: 0.1.0.
/// Safety: writer must be NULL or a live handle.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_writer_log(writer: *const alog_writer) -> *mut alog_log {
    // SAFETY: the caller's contract.
    value(|| unsafe { Ok(retained(get_mut::<RawWriter>(writer.cast_mut())?.core())) })
}
