//! Logs of atomic-log on other machines: a [`Publisher`] follows a log and publishes it to a stream of NATS JetStream,
//! and a [`Mirror`] reads the stream and writes a log of its own, with the same records under the same sequences.
//!
//! ```no_run
//! use atomic_log::{FixedRecords, FixedLog, Options as LogOptions};
//! use atomic_log_nats::{Mirror, Options, Publisher};
//!
//! // On one machine:
//! let (mut writer, log) = FixedLog::try_new_claimed(&LogOptions::new(1 << 16, 1 << 12).record_size(64))?;
//! let publisher = Publisher::start(&log, Options::new("nats://10.0.0.1:4222", "ticks").create(true))?;
//! writer.append(&[0; 64])?;
//!
//! // On another:
//! let options = LogOptions::new(1 << 16, 1 << 12).record_size(64);
//! let mirror = Mirror::<FixedRecords>::start(Options::new("nats://10.0.0.1:4222", "ticks"), options)?;
//! let mut cursor = mirror.log().cursor();
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Publications stay whole. Sequences are the origin's. No record is shown twice, or out of order. Losses are counted.
//! The end of a log travels. The writer is never slowed. `docs/WIRE.md` has the format, and `docs/FROM_ONE_TO_MANY.md`
//! tells when to use this, and how.
//!
//! Needs Rust 1.89, more than the core.

mod abi;

pub mod ffi;
mod follow;
mod mirror;
mod options;
mod publisher;
mod receive;
mod replay;
mod send;
mod stats;
mod thread;
mod wire;

use std::fmt;

pub use abi::{Status, status};
#[cfg(feature = "rust")]
pub use mirror::Mirror;
pub use options::{Options, Start};
pub use publisher::{Closed, Publisher};
pub use stats::{State, Stats};
pub use wire::Origin;

/// Why something did not begin, or ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Error {
    /// The status that C is given, of `atomic_log.h`.
    pub status: Status,
    /// The same in words, and which value it was.
    pub words: String,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

impl std::error::Error for Error {}
