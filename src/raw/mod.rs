//! The window protocol (docs/PROTOCOL.md): one writer, any number of readers, and nothing else.
//!
//! This is the only place with atomics, and the only one that allocates. It knows records as bytes of a [`Geometry`].
//! The faces above give them a type.
//!
//! Each of these uses those before it:
//!
//! * [`memory`]: what a log is made of, where the writer takes it from, and how it comes back.
//! * [`core`] and [`state`]: the shared heart of a log, and the writer's private state.
//! * [`write`](mod@write) and [`read`]: what the writer does with a record up to its publication, and what readers do.
#![allow(clippy::disallowed_types, reason = "atomics, by way of `sync`, are for this room")]

#[cfg(all(feature = "capi", feature = "checked"))]
pub(crate) mod busy;
pub(crate) mod core;
mod debug;
pub(crate) mod event;
mod futex;
mod group;
mod log;
mod memory;
pub(crate) mod read;
mod state;
mod word;
mod write;

#[cfg(all(test, loom))]
mod loom_tests;
#[cfg(all(test, not(any(loom, shuttle))))]
mod tests;

pub(crate) use self::core::CoreRef;
pub(crate) use log::LogRef;
pub(crate) use memory::layout::{Geometry, Kind};
pub(crate) use memory::segment::Span;
#[cfg(feature = "capi")]
pub(crate) use read::chunk::CountedPin;
pub(crate) use read::chunk::{RawChunk, RawPin};
pub(crate) use read::cursor::RawCursor;
pub(crate) use read::view::View;
#[cfg(feature = "capi")]
pub(crate) use state::Hot;
pub(crate) use state::Savepoint;
pub(crate) use write::writer::RawWriter;
