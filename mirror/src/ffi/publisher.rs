//! `alog_nats_publisher`.

use std::time::Duration;

use super::handle::{create, end, get, guard, out};
use super::options::{self, alog_nats_options};
use super::stats::{self, alog_nats_stats};
use super::{alog_log, alog_status};
use crate::Publisher;
use crate::abi::{Log, status};

const TAG: &[u8; 8] = b"alog_npu";

/// Follows a log, and publishes what it reads to a stream. Unique; stats from any thread, close alone.
pub struct alog_nats_publisher(());

/// Begins to publish a log, of records of one size or of any, in two threads of its own. To the log it is a reader with
/// one view; the writer is never slowed, and what is evicted before it was sent is lost to the stream and counted. It
/// sleeps when nothing is new, and sees at once what the writer notifies, and after 10 ms what it does not.
///
/// The server need not be there: it tries until it is, and tells in its stats what goes wrong.
///
/// @param log      The log. The publisher has a count of its own on it.
/// @param options  The options, of struct_size bytes.
/// @param out      Receives the publisher.
/// @return ALOG_OK; ALOG_ERR_NULL: log, options, its url or its stream, or out is NULL; ALOG_ERR_HANDLE: log is none;
///         ALOG_ERR_ARGUMENT: options or out is misaligned, or a member is not what alog_nats_options says
///         (alog_nats_options_problem says which); ALOG_ERR_NO_MEMORY: the log's allocator refused a view; ALOG_ERR_IO:
///         the system refused a thread, or random numbers.
///
/// Threads: any. Blocking: never. Allocates: yes. Lifetime: until alog_nats_publisher_close. Since: 0.1.0.
/// Safety: log must be NULL or a live handle; options as for alog_nats_options_problem; out must be NULL or have room.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_nats_publish(
    log: *mut alog_log,
    options: *const alog_nats_options,
    out: *mut *mut alog_nats_publisher,
) -> alog_status {
    guard(|| {
        // SAFETY: the caller's contract.
        let (log, out, options) = unsafe {
            let log = Log::retain(log)?;
            let out = self::out(out)?;
            (log, out, options::read(options).map_err(|error| error.status)?)
        };
        let publisher = Publisher::follow(log, options).map_err(|error| error.status)?;
        // SAFETY: as above.
        unsafe { out.write(create(TAG, publisher)) };
        Ok(status::OK)
    })
}

/// What a publisher did, and how it is.
///
/// @param publisher  The publisher.
/// @param out        Receives at most struct_size bytes, which it must say; what this library does not know becomes 0.
/// @return ALOG_OK; ALOG_ERR_NULL: publisher or out is NULL; ALOG_ERR_HANDLE; ALOG_ERR_ARGUMENT: out is misaligned, or
///         struct_size is smaller than the first release's 376 bytes, or larger than 4096.
///
/// Threads: any. Blocking: never. Allocates: yes. Since: 0.1.0.
/// Safety: publisher must be NULL or a live handle; out must be NULL or have room for struct_size bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_nats_publisher_stats(
    publisher: *const alog_nats_publisher,
    out: *mut alog_nats_stats,
) -> alog_status {
    guard(|| {
        // SAFETY: the caller's contract.
        unsafe {
            let publisher = get::<Publisher, _>(TAG, publisher)?;
            stats::write(self::out(out)?, &publisher.stats())?;
        }
        Ok(status::OK)
    })
}

/// Sends what is in the log by now, waits until the stream has acknowledged it, but no longer than the timeout, and
/// ends the publisher. The log stays.
///
/// @param publisher       The publisher; NULL is ALOG_OK.
/// @param timeout_ns      Nanoseconds; 0: what is not acknowledged is given up; ALOG_WAIT_FOREVER.
/// @param unacknowledged  Receives how many of the log's records the stream did not acknowledge. May be NULL.
/// @return ALOG_OK: all are acknowledged; ALOG_TIMEOUT: some are not; ALOG_ERR_HANDLE, ALOG_ERR_ARGUMENT:
///         unacknowledged is misaligned: nothing ends then.
///
/// Threads: owner. Blocking: up to the timeout, and until its threads have ended, a moment later. Allocates: yes.
/// Since: 0.1.0.
/// Safety: publisher must be NULL or a live handle, which ends here; unacknowledged must be NULL or have room.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_nats_publisher_close(
    publisher: *mut alog_nats_publisher,
    timeout_ns: u64,
    unacknowledged: *mut u64,
) -> alog_status {
    guard(|| {
        if !unacknowledged.is_aligned() {
            return Err(status::ERR_ARGUMENT);
        }
        let left = if publisher.is_null() {
            0
        } else {
            let timeout = if timeout_ns == u64::MAX { Duration::MAX } else { Duration::from_nanos(timeout_ns) };
            // SAFETY: the caller's contract.
            unsafe { end::<Publisher, _>(TAG, publisher) }?.close(timeout).unacknowledged
        };
        if !unacknowledged.is_null() {
            // SAFETY: as above.
            unsafe { unacknowledged.write(left) };
        }
        Ok(if left == 0 { status::OK } else { status::TIMEOUT })
    })
}
