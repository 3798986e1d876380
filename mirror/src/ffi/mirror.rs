//! `alog_nats_mirror`.

use std::ptr::null_mut;

use super::handle::{create, end, get, guard, out, sized};
use super::options::{self, alog_nats_options};
use super::stats::{self, alog_nats_stats};
use super::{alog_log, alog_options, alog_status};
use crate::abi::{Log, Status, create_log, status};
use crate::mirror::Mirroring;

const TAG: &[u8; 8] = b"alog_nmi";

/// Reads a stream, and writes its records into a log of its own. You own it.
///
/// Threads: any for const calls, owner for others.
pub struct alog_nats_mirror(());

/// A caller's `alog_options`, of whatever version, and its allocator: they serve for as long as logs are made.
struct LogOptions {
    bytes: Vec<u64>,
    allocator: Option<Box<[usize; 3]>>,
}

impl LogOptions {
    /// # Safety
    /// `options` is not NULL, is aligned, and points to as many readable bytes as its `struct_size` says.
    unsafe fn copy(options: *const alog_options) -> Result<LogOptions, Status> {
        let least = size_of::<alog_options>();
        // SAFETY: the caller's contract. What this library does not know, the core may.
        let given = unsafe { sized(options, least, usize::MAX) }.map_err(|_| status::ERR_ARGUMENT)?;
        let mut bytes = vec![0_u64; given.len().div_ceil(8)];
        // SAFETY: there is room; and the allocator is NULL or points to three words.
        let allocator = unsafe {
            std::ptr::copy_nonoverlapping(given.as_ptr(), bytes.as_mut_ptr().cast(), given.len());
            let allocator = (*options).allocator.cast::<[usize; 3]>();
            if !allocator.is_aligned() {
                return Err(status::ERR_ARGUMENT);
            }
            allocator.as_ref().map(|allocator| Box::new(*allocator))
        };
        Ok(LogOptions { bytes, allocator })
    }

    fn make(&self) -> Result<Log, Status> {
        let mut bytes = self.bytes.clone();
        let options = bytes.as_mut_ptr().cast::<alog_options>();
        // SAFETY: as many bytes as `struct_size` says, aligned, and an allocator that lives.
        unsafe {
            if let Some(allocator) = &self.allocator {
                (*options).allocator = (&raw const **allocator).cast();
            }
            create_log(options)
        }
    }
}

/// Begins to mirror a stream into a log of its own, in a thread of the mirror's own.
///
/// @param options      The options, of struct_size bytes.
/// @param log_options  What the log is, of struct_size bytes. record_size 0: records of any size. The log should show
///                     a segment more than the origin's: a publication that does not fit is lost. The allocator
///                     must serve until the mirror is closed and the last handle of its logs is gone.
/// @param out          Receives the mirror.
/// @return ALOG_OK; ALOG_ERR_NULL: also if url or stream is NULL, or the allocator lacks a function;
///         ALOG_ERR_ARGUMENT: a member of options or log_options is not allowed, and alog_nats_options_problem or
///         alog_options_problem tells which; ALOG_ERR_NO_MEMORY: the log's allocator refused; ALOG_ERR_IO: the system
///         refused a thread.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_nats_mirror_open(
    options: *const alog_nats_options,
    log_options: *const alog_options,
    out: *mut *mut alog_nats_mirror,
) -> alog_status {
    guard(|| {
        // SAFETY: the caller's contract.
        let (out, options, log_options) = unsafe {
            let out = self::out(out)?;
            self::out(log_options.cast_mut())?;
            (out, options::read(options).map_err(|error| error.status)?, LogOptions::copy(log_options)?)
        };
        let mirror = Mirroring::start(options, Box::new(move || log_options.make())).map_err(|error| error.status)?;
        // SAFETY: as above.
        unsafe { out.write(create(TAG, mirror)) };
        Ok(status::OK)
    })
}

/// The mirror's log, for its readers. Another log takes its place when another life of the origin's log began with
/// earlier sequences, or after the end of the life before. The earlier log is then finished: a reader that is told so
/// (ALOG_FINISHED) asks again.
///
/// @param mirror  The mirror.
/// @return The log, with one count of the caller's. The mirror is its writer.
///
/// Allocates: never.
/// Lifetime: until alog_log_release, also after alog_nats_mirror_close.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_nats_mirror_log(mirror: *const alog_nats_mirror) -> *mut alog_log {
    let mut log = null_mut();
    guard(|| {
        // SAFETY: the caller's contract.
        log = unsafe { get::<Mirroring, _>(TAG, mirror) }?.log().into_raw();
        Ok(status::OK)
    });
    log
}

/// What a mirror received, and how it is.
///
/// @param mirror  The mirror.
/// @param out     Receives the figures. struct_size must be set: 376 to 4096. Bytes that the library does not know
///                become 0.
/// @return ALOG_OK; ALOG_ERR_ARGUMENT: bad struct_size.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_nats_mirror_stats(
    mirror: *const alog_nats_mirror,
    out: *mut alog_nats_stats,
) -> alog_status {
    guard(|| {
        // SAFETY: the caller's contract.
        unsafe {
            let mirror = get::<Mirroring, _>(TAG, mirror)?;
            stats::write(self::out(out)?, &mirror.stats())?;
        }
        Ok(status::OK)
    })
}

/// Ends a mirror. Its log stays for those that have it. It is not finished, has no writer any more, and gets no more
/// records.
///
/// @param mirror  The mirror.
///
/// Blocking: yes, for a moment, until its thread has ended.
/// Allocates: never.
/// Safety: mirror ends here.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_nats_mirror_close(mirror: *mut alog_nats_mirror) {
    guard(|| {
        // SAFETY: the caller's contract.
        drop(unsafe { end::<Mirroring, _>(TAG, mirror) }?);
        Ok(status::OK)
    });
}
