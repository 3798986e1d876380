//! The only file that calls an allocator: the one that the log was given. Every allocation may fail.

use ::core::alloc::Layout;
use ::core::ffi::c_void;
use ::core::ptr::NonNull;

/// The allocator that a log takes its memory from. Any thread that uses the log may call it, and several may do so at
/// once.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Allocator {
    pub(crate) context: *mut c_void,
    pub(crate) allocate: unsafe extern "C" fn(context: *mut c_void, size: usize, align: usize) -> *mut c_void,
    pub(crate) deallocate: unsafe extern "C" fn(context: *mut c_void, block: *mut c_void, size: usize, align: usize),
}

// The layout of C's `alog_allocator`. C programs that ask for a log's options get this struct as one of those.
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
    /// An allocator made of two functions, and of a pointer that both are given.
    ///
    /// # Safety
    /// * `allocate` returns NULL, or a block of at least `size` bytes that is aligned to `align`. Nothing else uses the
    ///   block until `deallocate` is called with it, and with the same size and alignment.
    /// * Any thread may call both functions, and several threads at once, for as long as the log or a handle on it
    ///   lives.
    /// * Neither function unwinds, and neither calls back into the log.
    pub const unsafe fn new(
        context: *mut c_void,
        allocate: unsafe extern "C" fn(context: *mut c_void, size: usize, align: usize) -> *mut c_void,
        deallocate: unsafe extern "C" fn(context: *mut c_void, block: *mut c_void, size: usize, align: usize),
    ) -> Allocator {
        Allocator { context, allocate, deallocate }
    }
    /// A new block of `layout`, whose size is not zero. None: the allocator returned none, or one that is not aligned.
    pub(crate) fn allocate(&self, layout: Layout) -> Option<NonNull<u8>> {
        debug_assert!(layout.size() > 0);
        // SAFETY: `new` demands a function that any thread may call with this context.
        let block = NonNull::new(unsafe { (self.allocate)(self.context, layout.size(), layout.align()) }.cast())?;
        if block.addr().get() & (layout.align() - 1) != 0 {
            // Not aligned as asked: the block goes back, and counts as none.
            // SAFETY: the block came from `allocate` with this layout, and goes back once.
            unsafe { self.deallocate(block, layout) };
            return None;
        }
        Some(block)
    }

    /// # Safety
    /// `block` came from `allocate` of this allocator with this layout and is given back once.
    pub(crate) unsafe fn deallocate(&self, block: NonNull<u8>, layout: Layout) {
        // SAFETY: the block came from `allocate` with this size and alignment, which is what `new` promises the
        // function.
        unsafe { (self.deallocate)(self.context, block.as_ptr().cast(), layout.size(), layout.align()) };
    }
}
