//! `alog_log`: a counted handle on the shared heart of a log. Its pointer is the core's.

use core::ffi::c_char;
use core::mem::offset_of;
use core::ptr::NonNull;

use super::given::{Out, out, write_text};
use super::handle::{Handle, get};
use super::options::alog_options;
use super::status::alog_status::{self, ALOG_OK};
use super::status::{status, value};
use super::types::alog_range;
use crate::raw::core::{Core, LOG_TAG};
use crate::raw::{CoreRef, Geometry, LogRef, View};
use crate::{Description, Error, Options};

/// A log. It is counted: a function that hands it out adds a count, and alog_log_release gives one count back.
///
/// Threads: any.
pub struct alog_log(());

// SAFETY: `repr(C)`, the tag first, and no other handle has it.
unsafe impl Handle for Core {
    type Opaque = alog_log;
    const TAG: u64 = LOG_TAG;
    #[cfg(feature = "checked")]
    const NAME: &str = "log";
}
const _: () = assert!(offset_of!(Core, tag) == 0);

/// Adds a count to the log, and returns the pointer for the caller.
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

/// Creates a log of records that all have one size. It has no writer yet.
///
/// @param options  Capacities in records, record_size in bytes. Other members may be 0.
/// @param out      Receives the log, with one count.
/// @return ALOG_OK; ALOG_ERR_NULL: also if the allocator lacks a function; ALOG_ERR_ARGUMENT: a member of options is
///         not allowed, and alog_options_problem tells which; ALOG_ERR_NO_MEMORY.
///
/// Allocates: the log, its first segment, and what is preallocated.
/// Lifetime: the records stay until the last handle of any kind on the log is gone.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_log_create_fixed(options: *const alog_options, out: *mut *mut alog_log) -> alog_status {
    // SAFETY: the options are NULL or have as many bytes as they say; there is room at `out` unless it is NULL.
    status(|| unsafe { create(options, out, Geometry::fixed) })
}

/// Creates a log of records of any size. It has no writer yet.
///
/// @param options  Capacities in bytes of segment space, record_size 0. Other members may be 0.
/// @param out      Receives the log, with one count.
/// @return ALOG_OK; ALOG_ERR_NULL: also if the allocator lacks a function; ALOG_ERR_ARGUMENT: a member of options is
///         not allowed, and alog_options_problem tells which; ALOG_ERR_NO_MEMORY.
///
/// Allocates: the log, its first segment, and what is preallocated.
/// Lifetime: the records stay until the last handle of any kind on the log is gone.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_log_create_bytes(options: *const alog_options, out: *mut *mut alog_log) -> alog_status {
    // SAFETY: the options are NULL or have as many bytes as they say; there is room at `out` unless it is NULL.
    status(|| unsafe { create(options, out, Geometry::bytes) })
}

/// Adds a count to a log. Release each count once.
///
/// @param log  The log. NULL and a wrong handle are returned as they are.
/// @return log.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_log_retain(log: *mut alog_log) -> *mut alog_log {
    // SAFETY: the log is NULL or a live handle.
    unsafe { with(log, |core| Ok(retained(core))).unwrap_or(log) }
}

/// Gives a count back. The log lives on while a writer, snapshot, cursor or segment pin lives.
///
/// @param log  The log.
///
/// Allocates: never; the last handle of any kind frees everything.
/// Safety: one count of log ends here.
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
    // From the caller's pointer, not from the reference: a handle that is made from it may be the last one, and frees.
    let core = NonNull::new(log.cast_mut().cast::<Core>()).ok_or(alog_status::ALOG_ERR_NULL)?;
    // SAFETY: a live log, and the count is not dropped.
    read(&core::mem::ManuallyDrop::new(unsafe { LogRef::from_raw(core) }))
}

/// Reads the options of a log, with all defaults filled in.
///
/// @param log  The log.
/// @param out  Its struct_size must be set: use ALOG_OPTIONS_INIT. At most struct_size bytes are written. The
///             allocator is NULL for malloc's; otherwise it points into the log.
/// @return ALOG_OK; ALOG_ERR_ARGUMENT: bad struct_size.
///
/// Lifetime: the allocator is readable while the log lives.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_log_options(log: *const alog_log, out: *mut alog_options) -> alog_status {
    status(|| {
        // SAFETY: the log is NULL or a live handle.
        unsafe { with(log, |core| alog_options::write(core, out))? };
        Ok(ALOG_OK)
    })
}

/// Reads which records a snapshot taken now would show.
///
/// @param log  The log.
/// @param out  Receives the range. Both ends never decrease. The answer may be out of date on return.
/// @return ALOG_OK.
///
/// Progress: lock-free.
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

/// Writes the state of a log as lines of text, for a debugger or a crash handler: geometry, newest view, memory, open
/// group, whether it is finished, and for each window that views use, how many views use it and how old it is. The
/// first line has the log's address.
///
/// The text is for people and may change with each release. Programs use alog_log_stats. While the log is in use,
/// numbers may be slightly out of date, and may count views that just come or go. While a group goes on in another
/// segment, the count of its records may be wrong. While the call runs in a thread that is not the writer's, it counts
/// as a view for max_segments.
///
/// Async-signal-safe: it takes no lock and makes no system call. It may interrupt any function of the library, also
/// the writer's in the same thread. It needs less than 8 KiB of stack.
///
/// @param log     The log.
/// @param buffer  Receives the text, cut to size. It always ends with a NUL. May be NULL if size is 0.
/// @param size    Room in bytes, including the NUL. 1024 are enough for a log with few views.
/// @return Length of the full text without the NUL. A result >= size means truncated. For NULL and a wrong handle
///         nothing is written.
///
/// Progress: lock-free.
/// Safety: log must stay alive during the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_log_describe(log: *const alog_log, buffer: *mut c_char, size: usize) -> usize {
    // SAFETY: the log is NULL or a live handle; the buffer has room for `size` bytes.
    value(|| unsafe {
        with(log, |core| {
            if buffer.is_null() && size > 0 {
                return Err(alog_status::ALOG_ERR_NULL);
            }
            // The caller promised room for `size` bytes, which no other thread uses during the call.
            Ok(write_text(buffer, size, |out| Description(core).write(out)))
        })
    })
}

/// Ends every wait in progress on the log: each returns ALOG_INTERRUPTED. Use it to shut down, or to cancel a request.
///
/// Later waits are unaffected. A thread that checks a stop flag before waiting can miss this call: use
/// alog_snapshot_wait_since or alog_cursor_wait_since.
///
/// @param log  The log.
/// @return ALOG_OK.
///
/// Blocking: never; one system call if a thread waits.
/// Progress: lock-free.
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

/// Returns how many times alog_log_interrupt was called on the log. Read this count first, then check your stop flag,
/// then wait by a wait_since function: it returns at once if an interrupt came in between.
///
/// @param log  The log.
/// @return The count.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_log_interrupts(log: *const alog_log) -> u64 {
    // SAFETY: the log is NULL or a live handle.
    value(|| unsafe { with(log, |core| Ok(core.event.interrupts())) })
}

/// Tells whether alog_writer_finish ended the log. Nothing will be appended to a finished log. The retained records
/// stay readable.
///
/// @param log  The log.
/// @return True if it is finished. True stays true.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_log_is_finished(log: *const alog_log) -> bool {
    // SAFETY: the log is NULL or a live handle.
    value(|| unsafe { with(log, |core| Ok(core.is_finished())) })
}

/// Tells whether the log has a writer.
///
/// @param log  The log.
/// @return True if it has. The answer may be out of date on return.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_log_has_writer(log: *const alog_log) -> bool {
    // SAFETY: the log is NULL or a live handle.
    value(|| unsafe { with(log, |core| Ok(core.has_writer())) })
}
