//! `alog_nats_publisher`.

use std::time::Duration;

use super::handle::{create, end, get, guard, out};
use super::options::{self, alog_nats_options};
use super::stats::{self, alog_nats_stats};
use super::{alog_log, alog_status};
use crate::Publisher;
use crate::abi::{Log, status};

const TAG: &[u8; 8] = b"alog_npu";

/// Follows a log, and publishes what it reads to a stream. You own it.
///
/// Threads: any for const calls, owner for others.
pub struct alog_nats_publisher(());

/// Begins to publish a log, in two threads of the publisher's own. The log may have records of one size or of any. What
/// the log evicts before it was sent is lost to the stream, and counted.
///
/// @param log      The log. The publisher has a count of its own on it.
/// @param options  The options, of struct_size bytes.
/// @param out      Receives the publisher.
/// @return ALOG_OK; ALOG_ERR_NULL: also if url or stream is NULL; ALOG_ERR_ARGUMENT: a member of options is not
///         allowed, and alog_nats_options_problem tells which; ALOG_ERR_NO_MEMORY: the log's allocator refused a view;
///         ALOG_ERR_IO: the system refused a thread, or random numbers.
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

/// What a publisher sent, and how it is.
///
/// @param publisher  The publisher.
/// @param out        Receives the figures. struct_size must be set: 376 to 4096. Bytes that the library does not know
///                   become 0.
/// @return ALOG_OK; ALOG_ERR_ARGUMENT: bad struct_size.
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

/// Sends what is in the log now, waits until the stream has acknowledged it, and ends the publisher. It does not send
/// what comes later. The log stays.
///
/// @param publisher       The publisher. May be NULL: then nothing ends.
/// @param timeout_ns      How long to wait, in nanoseconds. 0: not at all. ALOG_WAIT_FOREVER: as long as it takes.
/// @param unacknowledged  Receives how many of these records the stream did not acknowledge. May be NULL.
/// @return ALOG_OK: the stream acknowledged all; ALOG_TIMEOUT: it did not acknowledge some.
///
/// Blocking: yes, up to the timeout, and for a moment more until its threads have ended.
/// Safety: publisher ends here, unless the call returns ALOG_ERR_HANDLE or ALOG_ERR_ARGUMENT.
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
