//! Functions of the system that its older releases lack. They are looked up by name when a log is made, so that the library
//! loads there, and so that neither a wait nor a notify looks anything up.

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

    pub(super) fn look_up(&self) {
        // Relaxed: whoever uses a log has it from the thread that made it, which stored here; others store the same.
        self.function.store(system::function(self.name), Ordering::Relaxed);
    }

    /// The function, as an `Option` of its type.
    ///
    /// # Safety
    /// The function of this name has type `F`, if `T` is `Option<F>`.
    pub(super) unsafe fn get<T: Copy>(&self) -> T {
        const { assert!(size_of::<T>() == size_of::<*mut c_void>()) };
        // Relaxed: as above.
        let function = self.function.load(Ordering::Relaxed);
        // SAFETY: the caller's contract. No function is None.
        unsafe { ::core::mem::transmute_copy(&function) }
    }
}

#[cfg(windows)]
mod system {
    use super::{CStr, c_void};

    pub(super) fn function(name: &CStr) -> *mut c_void {
        #[link(name = "kernel32")]
        unsafe extern "system" {
            fn GetModuleHandleA(name: *const ::core::ffi::c_char) -> *mut c_void;
            fn GetProcAddress(module: *mut c_void, name: *const ::core::ffi::c_char) -> *mut c_void;
        }
        // SAFETY: both are given C's strings. The module is loaded in every process; none has no functions.
        unsafe { GetProcAddress(GetModuleHandleA(c"kernelbase.dll".as_ptr()), name.as_ptr()) }
    }
}

#[cfg(target_vendor = "apple")]
mod system {
    use super::{CStr, c_void};

    pub(super) fn function(name: &CStr) -> *mut c_void {
        // SAFETY: it is given a string of C's.
        unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) }
    }
}
