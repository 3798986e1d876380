//! x

mod bytes;
mod cursor;
mod error;
#[cfg(feature = "capi")]
pub mod ffi;
mod fixed;
mod iter;
mod log;
mod options;
mod raw;
mod records;
mod snapshot;
mod sync;
mod writer;

pub use bytes::{ByteLog, ByteWriter, Bytes};
pub use cursor::Cursor;
pub use error::{AppendError, Error};
pub use fixed::{Fixed, FixedLog, FixedWriter};
pub use iter::Iter;
pub use log::AtomicLog;
pub use options::Options;
pub use raw::alloc::Allocator;
pub use raw::view::Delta;
pub use records::{
    RecordChunk, RecordCursor, RecordGroup, RecordKind, RecordLog, RecordPin, RecordSnapshot, RecordWriter, Reservation,
};
pub use snapshot::{Chunks, SegmentPin, SegmentSlice, Snapshot};
pub use writer::{Group, Writer};
