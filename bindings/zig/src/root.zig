//! A segmented, append-only, zero-copy rolling log: one writer, any number of readers that look at a recent, stable
//! view of its records where they lie.
//!
//! `Log(T)` is a log of values of a type. `BytesLog` is a log of byte records of any size. Both hand out handles:
//! `Writer`, `Snapshot`, `Cursor`, and `Segment` pins. Handles are independent: end them in any order, in any thread.
//! What a handle shows stays readable until its `deinit`. Call each `deinit` once.
//!
//! Threads: a `Writer` and a `Cursor` belong to one thread at a time. Many threads at once may call the functions of a
//! `Snapshot` that take it by value. While one thread calls `refresh` or `deinit`, no other call may run. Any number of
//! threads may use a `Log` or a `Segment`.
//!
//! A function that can fail has an error set with its errors. A function that cannot fail returns no error. Any other
//! error status, such as that of a handle that was given back, is a panic.

pub const c = @import("c.zig");
const kinds = @import("kind.zig");
const logs = @import("log.zig");
const recorders = @import("recorder.zig");
const status = @import("status.zig");

/// A log of values of a type: integers, floats, booleans, enums, extern and packed structs and unions, and arrays and
/// vectors of these. No pointers, and nothing whose layout the compiler may choose: that does not compile.
pub fn Log(comptime T: type) type {
    if (refusal(T)) |why| @compileError(why);
    return logs.Of(kinds.Fixed(T));
}

/// A log of byte records of any size.
pub const BytesLog = logs.Of(kinds.Bytes);

/// Returns why a type cannot be the type of a log's records. Null: it can.
pub const refusal = kinds.refusal;

/// Writes what logs hold to an MCAP file, which Foxglove, PlotJuggler and Rerun open.
pub const Recorder = recorders.Recorder;
/// How the records of a log of values are recorded.
pub const Channel = recorders.Channel;
/// How records that are already encoded are recorded.
pub const Encoded = recorders.Encoded;
/// What was written.
pub const Recording = c.alog_recording;
/// Returns why values of a type cannot be written by their fields. Null: they can.
pub const recordingRefusal = recorders.refusal;

/// An error for each status that is an error.
pub const Error = status.Error;
/// The name of an error's status in C, such as "ALOG_ERR_CLAIMED".
pub const statusName = status.name;
/// What an error means, in one plain sentence.
pub const message = status.message;

/// How a wait ended.
pub const Waited = status.Waited;
/// No timeout: a wait ends when there is something to read, when it is interrupted, or when the log is finished.
pub const forever = c.ALOG_WAIT_FOREVER;
/// Where a cursor begins.
pub const Start = @import("cursor.zig").Start;

/// Sequences of records. end is one more than the last sequence.
pub const Range = c.alog_range;
/// What a refresh brought: the first new record, how many are new, and how many were evicted unseen or skipped.
pub const Delta = c.alog_delta;
/// A byte record of the caller: `.of(bytes)`.
pub const Slice = c.alog_slice;
/// Where a byte record lies in its chunk.
pub const Span = c.alog_span;
/// What a log holds, and for whom.
pub const Stats = c.alog_stats;
/// What one view holds.
pub const ViewStats = c.alog_view_stats;

/// The version of the linked library, such as "0.1.0".
pub fn version() [:0]const u8 {
    return @import("std").mem.span(c.alog_version_string());
}
