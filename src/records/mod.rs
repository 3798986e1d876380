//! The faces for records that are bytes: of one size (`fixed`) and of any size (`bytes`), and what they have in common.
//! Each file uses those before it: kind, chunk, iter, cursor, snapshot, writer, log, then fixed and bytes.

pub(crate) mod bytes;
pub(crate) mod chunk;
pub(crate) mod cursor;
pub(crate) mod fixed;
pub(crate) mod iter;
pub(crate) mod kind;
pub(crate) mod log;
pub(crate) mod snapshot;
pub(crate) mod writer;
