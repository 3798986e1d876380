//! What a log is made of: segments, the windows that list them, and the tables that windows share. The writer takes
//! them from `pool`, and `collect` brings them back there.

pub(super) mod collect;
pub(super) mod figures;
pub(crate) mod layout;
pub(super) mod list;
pub(super) mod pool;
pub(crate) mod segment;
pub(super) mod stack;
pub(super) mod supply;
pub(super) mod table;
pub(super) mod window;
