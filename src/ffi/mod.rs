//! The C surface: one file per noun. `include/atomic_log.h` is generated from here, in the order of `atomic_log.h.in`.
//!
//! A function here turns pointers into references through `handle` and `given`, calls one method, and writes its outs
//! last. Its comment is also the header's: it tells what the function promises.
#![allow(rustdoc::broken_intra_doc_links, reason = "the comments are those of the C header, where [i] is an index")]
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

mod given;
mod handle;
mod malloc;
mod shared;

pub mod cursor;
pub mod hot;
pub mod log;
pub mod options;
pub mod recorder;
pub mod segment;
pub mod snapshot;
pub mod stats;
pub mod status;
pub mod types;
pub mod version;
pub mod writer;
