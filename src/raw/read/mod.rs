//! What readers do: they take a view and refresh it, go through its chunks, pin segments, and follow by a cursor. Also
//! what a log tells about itself.

pub(crate) mod chunk;
pub(crate) mod cursor;
pub(crate) mod describe;
pub(crate) mod stats;
pub(crate) mod view;
