//! The C surface: one file per noun, in the order of the header (`include/atomic_log_nats.h`, generated from here).
#![allow(non_camel_case_types, reason = "C names")]
#![allow(clippy::missing_safety_doc, reason = "the comments are the header's: they say Safety in its own form")]

/// Asserts the size and the members of a struct on 64-bit targets, as `c-tests/test_boundary.c` does for C.
macro_rules! layout {
    ($name:ident, size $size:literal: $($member:ident $offset:literal),*) => {
        #[cfg(target_pointer_width = "64")]
        const _: () = {
            assert!(size_of::<$name>() == $size, concat!(stringify!($name), "'s size"));
            $(assert!(
                std::mem::offset_of!($name, $member) == $offset,
                concat!(stringify!($name), ".", stringify!($member), "'s offset")
            );)*
        };
    };
}

mod handle;

// The header has them in this order; the empty lines keep rustfmt from sorting them.
pub mod options;

pub mod stats;

pub mod publisher;

pub mod mirror;

pub use crate::abi::{alog_log, alog_options};

/// As in `atomic_log.h`.
pub type alog_status = i32;
