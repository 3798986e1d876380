//! The only caller of an allocator: the embedder's, or the program's. Every allocation may fail.
#![allow(clippy::disallowed_methods, reason = "this is the file that allocates")]

use ::core::alloc::Layout;
use ::core::ffi::c_void;
use ::core::ptr::NonNull;

/// An allocator of the embedder's, called from any thread, several at once.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Allocator {
    pub(crate) context: *mut c_void,
    pub(crate) allocate: unsafe extern "C" fn(context: *mut c_void, size: usize, align: usize) -> *mut c_void,
    pub(crate) deallocate: unsafe extern "C" fn(context: *mut c_void, block: *mut c_void, size: usize, align: usize),
}

// C's alog_allocator: what a log keeps of one is reported as one.
#[cfg(target_pointer_width = "64")]
const _: () = {
    use ::core::mem::offset_of;
    assert!(size_of::<Allocator>() == 24 && align_of::<Allocator>() == 8);
    assert!(offset_of!(Allocator, context) == 0);
    assert!(offset_of!(Allocator, allocate) == 8 && offset_of!(Allocator, deallocate) == 16);
};

// SAFETY: `Allocator::new` demands functions that any thread may call with this context.
unsafe impl Send for Allocator {}
// SAFETY: as above, several threads at once.
unsafe impl Sync for Allocator {}

impl Allocator {
    /// An allocator made of two functions and the pointer that both are given.
    ///
    /// # Safety
    /// `allocate` returns NULL or a block of at least `size` bytes aligned to `align`, which nobody else uses until
    /// `deallocate` is called with it and the same size and alignment. Any thread may call both, several at once, for as
    /// long as the log or a handle on it lives. Neither may unwind or call back into the log.
    pub const unsafe fn new(
        context: *mut c_void,
        allocate: unsafe extern "C" fn(context: *mut c_void, size: usize, align: usize) -> *mut c_void,
        deallocate: unsafe extern "C" fn(context: *mut c_void, block: *mut c_void, size: usize, align: usize),
    ) -> Allocator {
        Allocator { context, allocate, deallocate }
    }
}

/// Where a log's memory comes from: the embedder's allocator, or (None) the program's global one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source(pub(crate) Option<Allocator>);

impl Source {
    /// A block of `layout`, whose size is not zero.
    pub(crate) fn allocate(&self, layout: Layout) -> Option<NonNull<u8>> {
        debug_assert!(layout.size() > 0);
        #[cfg(feature = "hooks")]
        crate::hooks::pass(crate::hooks::Place::Allocate);
        match &self.0 {
            None => {
                #[cfg(loom)]
                use loom::alloc::alloc;
                #[cfg(not(loom))]
                use std::alloc::alloc;
                // SAFETY: the size is not zero.
                NonNull::new(unsafe { alloc(layout) })
            }
            Some(own) => {
                // SAFETY: the contract of `Allocator::new`.
                let block = NonNull::new(unsafe { (own.allocate)(own.context, layout.size(), layout.align()) }.cast())?;
                if block.addr().get() & (layout.align() - 1) != 0 {
                    // Not what was asked for: given back, and as good as none.
                    // SAFETY: as it came.
                    unsafe { self.deallocate(block, layout) };
                    return None;
                }
                Some(block)
            }
        }
    }

    /// # Safety
    /// `block` came from `allocate` of this source with this layout and is given back once.
    pub(crate) unsafe fn deallocate(&self, block: NonNull<u8>, layout: Layout) {
        #[cfg(feature = "hooks")]
        crate::hooks::pass(crate::hooks::Place::Free);
        match &self.0 {
            None => {
                #[cfg(loom)]
                use loom::alloc::dealloc;
                #[cfg(not(loom))]
                use std::alloc::dealloc;
                // SAFETY: the caller's contract.
                unsafe { dealloc(block.as_ptr(), layout) }
            }
            // SAFETY: the caller's contract, and that of `Allocator::new`.
            Some(own) => unsafe {
                (own.deallocate)(own.context, block.as_ptr().cast(), layout.size(), layout.align());
            },
        }
    }
}
