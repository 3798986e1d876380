//! The face for values of one type. Each file uses those before it: chunk, iter, cursor, snapshot, writer, log.

pub(crate) mod chunk;
pub(crate) mod cursor;
pub(crate) mod iter;
pub(crate) mod log;
pub(crate) mod snapshot;
mod unwind;
pub(crate) mod writer;
