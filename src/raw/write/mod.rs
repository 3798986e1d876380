//! What the writer does: it appends records, makes room for them, and publishes them, alone, as a batch or as a group.

pub(super) mod publication;
mod records;
mod reservation;
mod roll;
mod room;
mod skip;
pub(super) mod writer;
