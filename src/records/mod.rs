//! The faces for records that are bytes: of one size and of any size (`kinds`), and what they have in common. Each file
//! uses those before it: kind, chunk, iter, cursor, snapshot, writer, log, kinds.

pub(crate) mod chunk;
pub(crate) mod cursor;
pub(crate) mod iter;
pub(crate) mod kind;
pub(crate) mod kinds;
pub(crate) mod log;
pub(crate) mod snapshot;
pub(crate) mod writer;
