//! Which handles a closure of `catch_unwind` may capture. After a panic all of them are usable: by other threads, and
//! by the program if it continues.
//!
//! The library runs this code of its users:
//!
//! * a value's `Drop`;
//! * the iterator of a batch, and `AsRef::as_ref` of the records of a batch;
//! * the closures of `append_with`;
//! * a recorder's sink, and what a description is written to.
//!
//! Each runs where the protocol's state is whole, or under a guard that makes it whole again while the panic unwinds.
//! So the library's own fields are sound ([`Plain`](crate::sync::Plain)). The values remain, which all handles share:
//! as with `Arc`, they must be `RefUnwindSafe`.
//!
//! ```compile_fail
//! # use atomic_log::AtomicLog;
//! let log = AtomicLog::<std::cell::Cell<u32>>::new(8, 4); // readers would see a value that a panic left half changed
//! let _ = std::panic::catch_unwind(|| log.range());
//! ```

use core::panic::{RefUnwindSafe, UnwindSafe};

use super::chunk::Segment;
use super::cursor::Cursor;
use super::log::AtomicLog;
use super::snapshot::Snapshot;
use super::writer::Writer;

macro_rules! shares_values {
    ($($handle:ident),*) => {$(
        impl<T: RefUnwindSafe> UnwindSafe for $handle<T> {}
        impl<T: RefUnwindSafe> RefUnwindSafe for $handle<T> {}
    )*};
}
shares_values!(AtomicLog, Writer, Snapshot, Cursor, Segment);
