//! Which handles may be captured by what `catch_unwind` runs: a panic leaves none of them in a state that another thread, or
//! the program that goes on, could not use.
//!
//! The code of others that the library runs is a value's `Drop`, an iterator's `next` and the closures of `append_with`. Each
//! runs where the protocol's state is whole, or behind a guard that makes it whole again while the panic unwinds. So the
//! library's own fields are sound ([`Plain`](crate::sync::Plain)). What remains is the values, which all handles share: as
//! with `Arc`, they must be `RefUnwindSafe`.
//!
//! ```compile_fail
//! # use atomic_log::AtomicLog;
//! let log = AtomicLog::<std::cell::Cell<u32>>::new(8, 4); // half changed by a panic, a value would be seen so
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
