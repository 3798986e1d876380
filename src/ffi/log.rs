//! `alog_log`: a counted handle on the shared heart of a log. Its pointer is the core's.

use core::ffi::c_char;
use core::mem::offset_of;
use core::ptr::NonNull;

use super::answer::{status, value};
use super::given::{Out, out, write_text};
use super::handle::{Handle, get};
use super::options::alog_options;
use super::status::alog_status::{self, ALOG_OK};
use super::types::alog_range;
use crate::raw::core::{Core, LOG_TAG};
use crate::raw::{CoreRef, Geometry, LogRef, View};
use crate::{Description, Error, Options};

/// A log. Counted; any thread.
pub struct alog_log(());

// SAFETY: `repr(C)`, the tag first, and no other handle has it.
unsafe impl Handle for Core {
    type Opaque = alog_log;
    const TAG: u64 = LOG_TAG;
    #[cfg(feature = "checked")]
    const NAME: &str = "log";
}
const _: () = assert!(offset_of!(Core, tag) == 0);

/// One more count on the log, as a pointer for the caller.
pub(super) fn retained(core: &CoreRef) -> *mut alog_log {
    LogRef::new(core).into_raw().cast()
}

unsafe fn create(
    options: *const alog_options,
    log: *mut *mut alog_log,
    geometry: fn(&Options) -> Result<Geometry, Error>,
) -> Result<alog_status, alog_status> {
    // SAFETY: there is room at `log` unless it is NULL; the options have as many readable bytes as their `struct_size`
    // says.
    let (out, (options, allocator)): (Out<_>, _) = unsafe {
        if options.is_null() {
            return Err(alog_status::ALOG_ERR_NULL);
        }
        (out(log)?, alog_options::read(options).map_err(|refusal| refusal.status)?)
    };
    let out = out.aligned()?;
    out.write(LogRef::create(geometry(&options)?, allocator)?.into_raw().cast());
    Ok(ALOG_OK)
}

/// Creates a log of records that all have one size.
///
/// @param options  Capacities in records, record_size in bytes; the rest may be 0.
/// @param out      Receives the log, with one count; without a writer.
/// @return ALOG_OK; ALOG_ERR_NULL; ALOG_ERR_ARGUMENT: struct_size, flags, a capacity, record_size, record_align,
///         segment_records or max_segments is not what alog_options says, or a pointer is misaligned;
///         ALOG_ERR_NO_MEMORY. alog_options_problem says which member is wrong.
///
/// Threads: any. Blocking: never. Allocates: the log, its first segment and what is preallocated.
/// Lifetime: until the last handle of any kind on the log is gone. Since: 0.1.0.
/// Safety: options must point to as many bytes as its struct_size says.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_log_create_fixed(options: *const alog_options, out: *mut *mut alog_log) -> alog_status {
    // SAFETY: the options are NULL or have as many bytes as they say; there is room at `out` unless it is NULL.
    status(|| unsafe { create(options, out, Geometry::fixed) })
}

/// Creates a log of records of any size.
///
/// @param options  Capacities in bytes of segment space, record_size 0; the rest may be 0.
/// @param out      Receives the log, with one count; without a writer.
/// @return ALOG_OK; ALOG_ERR_NULL; ALOG_ERR_ARGUMENT: struct_size, flags, a capacity, record_size, record_align or
///         max_segments is not what alog_options says, or a pointer is misaligned; ALOG_ERR_NO_MEMORY.
///         alog_options_problem says which member is wrong.
///
/// Threads: any. Blocking: never. Allocates: the log, its first segment and what is preallocated.
/// Lifetime: until the last handle of any kind on the log is gone. Since: 0.1.0.
/// Safety: options must point to as many bytes as its struct_size says.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_log_create_bytes(options: *const alog_options, out: *mut *mut alog_log) -> alog_status {
    // SAFETY: the options are NULL or have as many bytes as they say; there is room at `out` unless it is NULL.
    status(|| unsafe { create(options, out, Geometry::bytes) })
}

/// Adds a count to a log.
///
/// @param log  The log; NULL and a wrong handle are returned as they are, uncounted.
/// @return Its argument. Release each count once.
///
/// Threads: any. Blocking: never. Allocates: never. Lifetime: until the matching release. Since: 0.1.0.
/// Safety: log must be NULL or a handle that is not released.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_log_retain(log: *mut alog_log) -> *mut alog_log {
    // SAFETY: the log is NULL or a live handle.
    unsafe { with(log, |core| Ok(retained(core))).unwrap_or(log) }
}

/// Gives a count back. The log lives on while a writer, snapshot, cursor or segment pin does.
///
/// @param log  The log; NULL and a wrong handle are ignored.
///
/// Threads: any. Blocking: never. Allocates: never; the last handle frees everything. Since: 0.1.0.
/// Safety: log must be NULL or a handle with a count of the caller's, which ends here.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_log_release(log: *mut alog_log) {
    // SAFETY: the log is NULL or a live handle, and the count that is dropped is the caller's.
    value(|| unsafe {
        get::<Core>(log)?;
        let core = NonNull::new(log.cast()).ok_or(alog_status::ALOG_ERR_NULL)?;
        drop(LogRef::from_raw(core));
        Ok(())
    });
}

/// Runs `read` with the log behind a pointer, whose count stays the caller's.
///
/// # Safety
/// As `handle::get`.
pub(super) unsafe fn with<R>(
    log: *const alog_log,
    read: impl FnOnce(&CoreRef) -> Result<R, alog_status>,
) -> Result<R, alog_status> {
    // SAFETY: the log is NULL or a live handle.
    unsafe { get::<Core>(log)? };
    // From the caller's pointer rather than the reference: a handle that is made from it may be the last one, and frees.
    let core = NonNull::new(log.cast_mut().cast::<Core>()).ok_or(alog_status::ALOG_ERR_NULL)?;
    // SAFETY: a live log, and the count is not dropped.
    read(&core::mem::ManuallyDrop::new(unsafe { LogRef::from_raw(core) }))
}

/// The options of a log as resolved, with defaults filled in.
///
/// @param log  The log.
/// @param out  Its struct_size must be set (ALOG_OPTIONS_INIT); at most that many bytes are written. The allocator
///             points into the log, and is NULL for malloc's.
/// @return ALOG_OK; ALOG_ERR_NULL; ALOG_ERR_HANDLE; ALOG_ERR_ARGUMENT: bad struct_size, or out is misaligned.
///
/// Threads: any. Blocking: never. Allocates: never. Lifetime: the allocator's is the log's. Since: 0.1.0.
/// Safety: log must be NULL or a live handle; out must have room for as many bytes as its struct_size says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_log_options(log: *const alog_log, out: *mut alog_options) -> alog_status {
    status(|| {
        // SAFETY: the log is NULL or a live handle.
        unsafe { with(log, |core| alog_options::write(core, out))? };
        Ok(ALOG_OK)
    })
}

/// The sequences of the records that a snapshot taken now would hold.
///
/// @param log  The log.
/// @param out  Receives the range.
/// @return ALOG_OK; ALOG_ERR_NULL; ALOG_ERR_HANDLE; ALOG_ERR_ARGUMENT: out is misaligned.
///
/// Threads: any. Blocking: never. Allocates: never. May be stale on return; both ends never decrease. Since: 0.1.0.
/// Safety: log must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_log_range(log: *const alog_log, out: *mut alog_range) -> alog_status {
    status(|| {
        // SAFETY: the log is NULL or a live handle; there is room at `out` unless it is NULL.
        unsafe {
            with(log, |core| {
                self::out(out)?.aligned()?.write(View::newest(core).0.into());
                Ok(ALOG_OK)
            })
        }
    })
}

/// Writes what the log is, shows and holds, as lines of text: for a debugger, and for handlers of signals and crashes.
///
/// The text says whose log it is by its address, then its geometry, its newest view, its memory, and for each window that
/// views look through how many they are and how far it is behind. It is for people, and may change with each release;
/// programs ask alog_log_stats. While the log moves, figures may be a moment old, and views may be counted that are just
/// coming or going. While the call runs in another thread than the writer's, it counts as a view for max_segments.
///
/// Async-signal-safe: it takes no lock, makes no system call, and may interrupt any function of the library, also the
/// writer's in the same thread. It needs less than 8 KiB of stack.
///
/// @param log     The log.
/// @param buffer  Receives the text, cut off if it is longer than that, and a NUL behind it. May be NULL if size is 0.
/// @param size    Bytes that the buffer has room for, the NUL's included. 1024 are enough for a log with few views.
/// @return Bytes that the whole text has, without the NUL: it was cut off if that is not less than size. 0 for NULL and a
///         wrong handle; nothing is written then.
///
/// Threads: any. Blocking: never (lock-free). Allocates: never. Since: 0.1.0.
/// Safety: log must be NULL or a live handle, and stay live during the call; buffer must have room for size bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_log_describe(log: *const alog_log, buffer: *mut c_char, size: usize) -> usize {
    // SAFETY: the log is NULL or a live handle; the buffer has room for `size` bytes.
    value(|| unsafe {
        with(log, |core| {
            if buffer.is_null() && size > 0 {
                return Err(alog_status::ALOG_ERR_NULL);
            }
            // The caller promised room for that much, which is nobody else's during the call.
            Ok(write_text(buffer, size, |out| Description(core).write(out)))
        })
    })
}

/// Ends every wait that is in progress on the log: each returns ALOG_INTERRUPTED. For a shutdown, or a cancelled request.
///
/// Later waits are unaffected. A thread that checks a stop flag before it waits can miss this call: it waits by
/// alog_snapshot_wait_since or alog_cursor_wait_since.
///
/// @param log  The log.
/// @return ALOG_OK; ALOG_ERR_NULL; ALOG_ERR_HANDLE.
///
/// Threads: any. Blocking: never; one system call if somebody waits. Allocates: never. Since: 0.1.0.
/// Safety: log must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_log_interrupt(log: *mut alog_log) -> alog_status {
    status(|| {
        // SAFETY: the log is NULL or a live handle.
        unsafe {
            with(log, |core| {
                core.event.interrupt();
                Ok(ALOG_OK)
            })
        }
    })
}

/// How many times alog_log_interrupt was called on the log. For the two wait_since functions, which miss no later one: ask
/// this first, then your stop flag, then wait.
///
/// @param log  The log.
/// @return A count; 0 also for NULL and a wrong handle.
///
/// Threads: any. Blocking: never. Allocates: never. Since: 0.1.0.
/// Safety: log must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_log_interrupts(log: *const alog_log) -> u64 {
    // SAFETY: the log is NULL or a live handle.
    value(|| unsafe { with(log, |core| Ok(core.event.interrupts())) })
}

/// Whether alog_writer_finish ended the log: nothing will be appended any more. What is retained stays readable.
///
/// @param log  The log.
/// @return True if it did; false also for NULL and a wrong handle. True stays true.
///
/// Threads: any. Blocking: never. Allocates: never. Since: 0.1.0.
/// Safety: log must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_log_is_finished(log: *const alog_log) -> bool {
    // SAFETY: the log is NULL or a live handle.
    value(|| unsafe { with(log, |core| Ok(core.is_finished())) })
}

/// Whether the log has a writer.
///
/// @param log  The log.
/// @return True if it has; false also for NULL and a wrong handle. May be stale on return.
///
/// Threads: any. Blocking: never. Allocates: never. Since: 0.1.0.
/// Safety: log must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_log_has_writer(log: *const alog_log) -> bool {
    // SAFETY: the log is NULL or a live handle.
    value(|| unsafe { with(log, |core| Ok(core.has_writer())) })
}
