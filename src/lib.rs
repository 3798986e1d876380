//! x

mod error;
#[cfg(feature = "capi")]
pub mod ffi;
mod options;
mod raw;
mod sync;

pub use error::{AppendError, Error};
pub use options::Options;
pub use raw::alloc::Allocator;
pub use raw::segment::Span;
pub use raw::view::Delta;
