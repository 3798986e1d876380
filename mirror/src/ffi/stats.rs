//! `alog_nats_stats`.

use std::ffi::c_char;
use std::ptr::NonNull;

use super::handle::{write_sized, write_text};
use crate::abi::Status;
use crate::{State, Stats};

/// State: there is no connection yet, or no stream. It goes on trying.
pub const ALOG_NATS_CONNECTING: u32 = 0;
/// State: it carries records.
pub const ALOG_NATS_RUNNING: u32 = 1;
/// State: the log was finished, and all of it has arrived. A mirror goes on if another life of the log comes.
pub const ALOG_NATS_FINISHED: u32 = 2;
/// State: it ended for good, and status and last_error tell why.
pub const ALOG_NATS_STOPPED: u32 = 3;

const _: () = {
    assert!(ALOG_NATS_CONNECTING == State::Connecting as u32 && ALOG_NATS_RUNNING == State::Running as u32);
    assert!(ALOG_NATS_FINISHED == State::Finished as u32 && ALOG_NATS_STOPPED == State::Stopped as u32);
};

/// What a publisher sent, or a mirror received, and how it is. The figures may be a moment old.
///
/// 376 bytes. Later versions may add members at the end.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct alog_nats_stats {
    /// Set by ALOG_NATS_STATS_INIT.
    pub struct_size: u32,
    /// ALOG_NATS_CONNECTING, ALOG_NATS_RUNNING, ALOG_NATS_FINISHED or ALOG_NATS_STOPPED.
    pub state: u32,
    /// Why it stopped, an alog_status. Until then 0. ALOG_ERR_CLAIMED: another publisher writes to the stream.
    /// ALOG_ERR_INTERNAL: a bug in the library. ALOG_ERR_IO: the system refused something.
    pub status: i32,
    /// 0.
    pub reserved: u32,
    /// The origin of the log that is carried. All zero: none yet.
    pub origin: [u8; 16],
    /// How many origins there were.
    pub origins: u64,
    /// Publisher: records that the stream acknowledged. Mirror: records that its log has got.
    pub records: u64,
    /// Payload bytes of the messages that were acknowledged, or received.
    pub bytes: u64,
    /// How many messages these were.
    pub messages: u64,
    /// Publisher: the sequence behind the last record that the stream acknowledged. Mirror: the sequence of the record
    /// that comes next.
    pub next_sequence: u64,
    /// Records that the stream or the mirror's log never gets. They were evicted before they were sent, or are larger
    /// than the server takes. Mirror: or they expired in the stream, or are of a publication that does not fit its log.
    pub lost: u64,
    /// Records that were sent again, or came again.
    pub repeated: u64,
    /// Mirror: messages that are none of a log, or whose records are of another kind than the mirror's log has.
    pub garbage: u64,
    /// Publisher: records of the log that are not acknowledged. Mirror: about how many records of the stream it did not
    /// read. 0 is exact.
    pub lag_records: u64,
    /// Publisher: the age of the oldest message that is not acknowledged, in nanoseconds. 0: there is none. Mirror:
    /// nanoseconds from when the newest message was made until it was in the log, by the clocks of two machines.
    pub lag_ns: u64,
    /// How often the connection came back.
    pub reconnects: u64,
    /// What went wrong last, in words that end with a NUL. Empty: nothing did.
    pub last_error: [c_char; 256],
}

layout!(alog_nats_stats, size 376: struct_size 0, state 4, status 8, reserved 12, origin 16, origins 32, records 40,
    bytes 48, messages 56, next_sequence 64, lost 72, repeated 80, garbage 88, lag_records 96, lag_ns 104,
    reconnects 112, last_error 120);

/// # Safety
/// `out` points to as many bytes as its `struct_size` says.
pub(super) unsafe fn write(out: NonNull<alog_nats_stats>, stats: &Stats) -> Result<(), Status> {
    let make = |struct_size| {
        let mut out = alog_nats_stats {
            struct_size,
            state: stats.state as u32,
            status: stats.status,
            reserved: 0,
            origin: stats.origin.0,
            origins: stats.origins,
            records: stats.records,
            bytes: stats.bytes,
            messages: stats.messages,
            next_sequence: stats.next_sequence,
            lost: stats.lost,
            repeated: stats.repeated,
            garbage: stats.garbage,
            lag_records: stats.lag_records,
            lag_ns: stats.lag_ns,
            reconnects: stats.reconnects,
            last_error: [0; 256],
        };
        // SAFETY: there is room.
        unsafe { write_text(&stats.last_error, out.last_error.as_mut_ptr(), out.last_error.len()) };
        out
    };
    // SAFETY: the caller's contract.
    unsafe { write_sized(out, make) }
}
