//! A segmented, append-only, zero-copy rolling log for in-process fan-out. One writer publishes. Any number of threads
//! read a recent, stable view, and never slow the writer.
//!
//! ```
//! use atomic_log::AtomicLog;
//!
//! let (mut writer, log) = AtomicLog::new_claimed(8, 4); // 8 values are retained, in segments of 4
//! for value in 0..6 {
//!     writer.append(value)?;
//! }
//! let mut view = log.snapshot(); // on any thread; it changes only by a refresh
//! assert_eq!(view.iter().sum::<i32>(), 15);
//! writer.append_batch([6, 7])?; // visible at one instant
//! assert_eq!(view.refresh().appended, 2);
//! assert_eq!(view.latest(), 6..8);
//! # Ok::<(), atomic_log::Error>(())
//! ```
//!
//! | type | records | for |
//! |---|---|---|
//! | [`AtomicLog`] | values of one Rust type | Rust programs |
//! | [`FixedLog`] | bytes, of one size that is known at run time | tables, samples, data that crosses languages |
//! | [`ByteLog`] | bytes, of any size | text, encoded messages |
//!
//! Each has one writer ([`Writer`], [`RecordWriter`]), stable views ([`Snapshot`], [`RecordSnapshot`]), followers that
//! report exactly what they lost ([`Cursor`], [`RecordCursor`]) and pins on single segments ([`Segment`],
//! [`RecordSegment`]). Groups and batches become visible at one instant, however many segments they span.
//! `include/atomic_log.h` has [`FixedLog`] and [`ByteLog`] for C.
//!
//! A log keeps its newest segments, which hold at least `retained_capacity` records (byte logs: bytes of segment
//! space). With `K = retained_capacity.div_ceil(segment_capacity) + 1`, a view holds at most K segments. It may lag,
//! but it never grows. Appending and reading are wait-free, and taking a view is lock-free. No call takes a lock. Once
//! a log is made, it allocates only where its writer needs a segment and the pools lack something. `docs/REALTIME.md`
//! says what these words mean, and what each operation costs.
//!
//! Use something else if each value must be delivered, if there are several writers, or if the log must survive the
//! process.
#![no_std]
#![deny(clippy::disallowed_types, clippy::disallowed_methods)]

#[cfg(feature = "alloc")]
extern crate alloc;
// Models and tests use `std`.
#[cfg(any(loom, shuttle, test))]
extern crate std;

mod allocator;
mod errno;
mod error;
#[cfg(feature = "capi")]
pub mod ffi;
mod global;
mod options;
mod raw;
pub mod recorder;
mod records;
mod sync;
mod text;
mod typed;

pub use allocator::Allocator;
pub use error::{AppendError, Error, Problem};
pub use options::Options;
pub use raw::event::Wait;
pub use raw::read::describe::Description;
pub use raw::read::stats::{Stats, ViewStats};
pub use raw::read::view::Delta;
pub use recorder::channel::Channel;
pub use recorder::fields::{ChannelProblem, Field, FieldType, FieldValue, Fields};
pub use recorder::{RECORDER_LOGS, Recorder, Recording};
pub use records::chunk::{RecordChunk, RecordChunks, RecordSegment};
pub use records::cursor::RecordCursor;
pub use records::iter::RecordIter;
pub use records::kind::RecordKind;
pub use records::kinds::{
    ByteCursor, ByteLog, ByteRecords, ByteSnapshot, ByteWriter, FixedCursor, FixedLog, FixedRecords, FixedSnapshot,
    FixedWriter,
};
pub use records::log::RecordLog;
pub use records::snapshot::RecordSnapshot;
pub use records::writer::{RecordGroup, RecordWriter, Reservation};
pub use typed::chunk::{Chunk, Chunks, Segment, SegmentSlice};
pub use typed::cursor::Cursor;
pub use typed::iter::Iter;
pub use typed::log::AtomicLog;
pub use typed::snapshot::Snapshot;
pub use typed::writer::{Group, Writer};

// A loop that leaks handles could wrap a 32-bit count.
#[cfg(not(target_has_atomic = "64"))]
compile_error!("atomic-log needs 64-bit atomics");

/// Compiles and runs the README's Rust programs.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// Compiles and runs the guide's Rust programs.
#[cfg(all(doctest, feature = "capi"))]
#[doc = include_str!("../docs/RUST.md")]
struct Guide;
