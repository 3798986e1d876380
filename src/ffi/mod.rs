//! The C surface: one file per noun, in the order of the header (`include/atomic_log.h`, generated from here).
//!
//! A function here turns pointers into references through `handle` and `given`, calls one method, and writes its outs last.
//! What it promises is said in its comment, which is what the header says.
#![allow(non_camel_case_types, reason = "C names")]
#![allow(clippy::missing_safety_doc, reason = "the comments are the header's: they say Safety in its own form")]

/// Asserts the size, alignment and members of a struct on 64-bit targets, as `c-tests/test_layout.c` does for C;
/// `tests/layout.rs` compares the two.
macro_rules! layout {
    ($name:ident, size $size:literal, align $align:literal: $($member:ident $offset:literal),*) => {
        #[cfg(target_pointer_width = "64")]
        const _: () = {
            assert!(size_of::<$name>() == $size, concat!(stringify!($name), "'s size"));
            assert!(align_of::<$name>() == $align, concat!(stringify!($name), "'s alignment"));
            $(assert!(
                core::mem::offset_of!($name, $member) == $offset,
                concat!(stringify!($name), ".", stringify!($member), "'s offset")
            );)*
        };
    };
}

mod answer;
mod given;
mod handle;
mod malloc;
mod shared;

// The header has them in this order, from simple to advanced; the empty lines keep rustfmt from sorting them.
pub mod version;

pub mod status;

pub mod types;

pub mod hot;

pub mod options;

pub mod log;

pub mod writer;

pub mod snapshot;

pub mod cursor;

pub mod segment;

pub mod stats;

pub mod recorder;
