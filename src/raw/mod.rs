//! The window protocol (docs/PROTOCOL.md): one writer, any number of readers, and nothing else.
//!
//! This is the only place with atomics, and the only one that allocates. It knows records as bytes of a [`Geometry`];
//! the faces above give them a type.
#![allow(clippy::disallowed_types, reason = "atomics, by way of `sync`, are for this room")]

#[cfg(all(feature = "capi", feature = "checked"))]
pub(crate) mod busy;
mod collect;
pub(crate) mod core;
pub(crate) mod cursor;
mod debug;
pub(crate) mod describe;
pub(crate) mod event;
pub(crate) mod figures;
mod futex;
pub(crate) mod layout;
mod pool;
mod records;
mod roll;
pub(crate) mod segment;
mod stack;
mod state;
mod table;
pub(crate) mod view;
pub(crate) mod window;
mod word;
pub(crate) mod writer;

#[cfg(all(test, loom))]
mod loom_tests;
#[cfg(all(test, not(any(loom, shuttle))))]
mod tests;

pub(crate) use self::core::{CoreRef, LogRef};
pub(crate) use cursor::RawCursor;
pub(crate) use layout::{Geometry, Kind};
pub(crate) use segment::{RawChunk, RawPin, Span};
#[cfg(feature = "capi")]
pub(crate) use state::Hot;
pub(crate) use state::Savepoint;
pub(crate) use view::View;
pub(crate) use writer::RawWriter;
