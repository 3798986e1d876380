//! The only caller of an allocator: the one that the log was given. Every allocation may fail.

use ::core::alloc::Layout;
use ::core::ffi::c_void;
use ::core::ptr::NonNull;

/// Where a log's memory comes from: an allocator of the embedder's, called from any thread, several at once.
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
// SAFETY: `Allocator::new` demands that several threads may call them at once.
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
    /// A block of `layout`, whose size is not zero.
    pub(crate) fn allocate(&self, layout: Layout) -> Option<NonNull<u8>> {
        debug_assert!(layout.size() > 0);
        // SAFETY: the contract of `new`.
        let block = NonNull::new(unsafe { (self.allocate)(self.context, layout.size(), layout.align()) }.cast())?;
        if block.addr().get() & (layout.align() - 1) != 0 {
            // Not what was asked for: given back, and as good as none.
            // SAFETY: as it came.
            unsafe { self.deallocate(block, layout) };
            return None;
        }
        Some(block)
    }

    /// # Safety
    /// `block` came from `allocate` of this allocator with this layout and is given back once.
    pub(crate) unsafe fn deallocate(&self, block: NonNull<u8>, layout: Layout) {
        // SAFETY: the block came from `allocate` with this size and alignment, which is what `new` says of the
        // function.
        unsafe { (self.deallocate)(self.context, block.as_ptr().cast(), layout.size(), layout.align()) };
    }
}
