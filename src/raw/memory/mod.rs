//! What a log is made of, and how it comes and goes: segments, the windows that list them, the tables that windows share, where
//! the writer takes them from (`pool`), and how they come back (`collect`).

pub(super) mod collect;
pub(super) mod figures;
pub(crate) mod layout;
pub(super) mod line;
pub(super) mod list;
pub(super) mod pool;
pub(crate) mod segment;
pub(super) mod stack;
pub(super) mod supply;
pub(super) mod table;
pub(super) mod window;
