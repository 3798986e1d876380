//! The C surface: one file per noun, in the order of the header (`include/atomic_log.h`, generated from here).
//!
//! A function here guards against panics, turns pointers into references through `handle`, calls one method, and writes
//! its outs last. What it promises is said in its comment, which is what the header says.
#![allow(non_camel_case_types, reason = "C names")]
#![allow(clippy::missing_safety_doc, reason = "the comments are the header's: they say Safety in its own form")]

mod guard;
mod handle;

pub mod cursor;
pub mod log;
pub mod options;
pub mod segment;
pub mod snapshot;
pub mod status;
pub mod types;
pub mod version;
pub mod writer;
