//! Functions of the system that its older releases lack. They are looked up by name when a log is made. So the library
//! loads there, and neither a wait nor a notify looks anything up.

use ::core::ffi::{CStr, c_void};
use ::core::ptr::null_mut;

use crate::sync::{AtomicPtr, Ordering};

pub(super) struct Newer {
    name: &'static CStr,
    function: AtomicPtr<c_void>,
}

impl Newer {
    pub(super) const fn new(name: &'static CStr) -> Newer {
        Newer { name, function: AtomicPtr::new(null_mut()) }
    }

    /// `find` returns a function of the system, or null.
    pub(super) fn look_up(&self, find: fn(&CStr) -> *mut c_void) {
        // Relaxed: a thread that uses a log got it from the thread that made it, which stored here. Other threads store
        // the same.
        self.function.store(find(self.name), Ordering::Relaxed);
    }

    /// The function, as an `Option` of its type.
    ///
    /// # Safety
    /// The function of this name has type `F`, if `T` is `Option<F>`.
    pub(super) unsafe fn get<T: Copy>(&self) -> T {
        const { assert!(size_of::<T>() == size_of::<*mut c_void>()) };
        // Relaxed: as above.
        let function = self.function.load(Ordering::Relaxed);
        // SAFETY: the caller promises that this is the function's type. It is as large as a pointer, and null is None.
        unsafe { ::core::mem::transmute_copy(&function) }
    }
}
