//! The C library's allocator. A log that C creates without an allocator takes its memory from it. Programs that preload an
//! allocator expect this.

use core::ffi::c_void;
use core::ptr::null_mut;

use crate::Allocator;

// SAFETY: malloc's contract is what `Allocator::new` demands, and it has no context.
pub(super) const MALLOC: Allocator = unsafe { Allocator::new(null_mut(), allocate, deallocate) };

/// The alignment of malloc itself, which is faster.
#[cfg(not(windows))]
const BY_ITSELF: usize = 2 * size_of::<*mut c_void>();

#[cfg(not(windows))]
unsafe extern "C" fn allocate(_context: *mut c_void, size: usize, align: usize) -> *mut c_void {
    if align <= BY_ITSELF {
        // SAFETY: malloc has no conditions.
        return unsafe { libc::malloc(size) };
    }
    let mut block = null_mut();
    // SAFETY: `align` is a power of two, and more than a pointer's size; nothing is written after an error.
    unsafe { libc::posix_memalign(&mut block, align, size) };
    block
}

#[cfg(not(windows))]
unsafe extern "C" fn deallocate(_context: *mut c_void, block: *mut c_void, _size: usize, _align: usize) {
    // SAFETY: `allocate` returned it.
    unsafe { libc::free(block) };
}

#[cfg(windows)]
unsafe extern "C" fn allocate(_context: *mut c_void, size: usize, align: usize) -> *mut c_void {
    // Declared here, where cbindgen does not take it for a function of ours.
    unsafe extern "C" {
        fn _aligned_malloc(size: usize, align: usize) -> *mut c_void;
    }
    // SAFETY: `align` is a power of two.
    unsafe { _aligned_malloc(size, align) }
}

#[cfg(windows)]
unsafe extern "C" fn deallocate(_context: *mut c_void, block: *mut c_void, _size: usize, _align: usize) {
    unsafe extern "C" {
        fn _aligned_free(block: *mut c_void);
    }
    // SAFETY: `allocate` returned it.
    unsafe { _aligned_free(block) };
}
