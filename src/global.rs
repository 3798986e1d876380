//! The program's global allocator, which Rust's faces give to the logs that they create.
#![allow(clippy::disallowed_methods, reason = "this is the file that names the global allocator")]

use crate::{Allocator, Error, Options, Problem};

/// The allocator of a log that is made from Rust: the one in the options or, without one, the program's global
/// allocator. An error if there is neither.
pub(crate) fn allocator(options: &Options) -> Result<Allocator, Error> {
    #[cfg(feature = "alloc")]
    let otherwise = Some(rust::GLOBAL);
    #[cfg(not(feature = "alloc"))]
    let otherwise = None;
    options
        .allocator
        .or(otherwise)
        .ok_or(Error::Argument(Problem::said("without the feature `alloc` a log needs Options::allocator")))
}

#[cfg(feature = "alloc")]
mod rust {
    use core::alloc::Layout;
    use core::ffi::c_void;
    use core::ptr::null_mut;

    #[cfg(not(loom))]
    use alloc::alloc::{alloc, dealloc};
    #[cfg(loom)]
    use loom::alloc::{alloc, dealloc};

    use crate::Allocator;

    // SAFETY: the global allocator's contract is what `Allocator::new` demands, and it has no context.
    pub(super) const GLOBAL: Allocator = unsafe { Allocator::new(null_mut(), allocate, deallocate) };

    unsafe extern "C" fn allocate(_context: *mut c_void, size: usize, align: usize) -> *mut c_void {
        // SAFETY: size and alignment are those of a `Layout`, and the size is not zero (`Allocator::allocate`).
        unsafe { alloc(Layout::from_size_align_unchecked(size, align)).cast() }
    }

    unsafe extern "C" fn deallocate(_context: *mut c_void, block: *mut c_void, size: usize, align: usize) {
        // SAFETY: `allocate` returned the block for the same layout.
        unsafe { dealloc(block.cast(), Layout::from_size_align_unchecked(size, align)) };
    }
}
