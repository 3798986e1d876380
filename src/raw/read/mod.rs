//! What readers do: take a view and refresh it, go through its chunks, pin one of their segments, follow by a cursor; and what a
//! log tells about itself.

pub(crate) mod chunk;
pub(crate) mod cursor;
pub(crate) mod describe;
pub(crate) mod stats;
pub(crate) mod view;
