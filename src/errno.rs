//! The error of this thread's last call of the system that failed.
#![cfg(not(windows))]
#![allow(dead_code, reason = "a library without a kernel's sleep and without C asks for it nowhere")]

use core::ffi::c_int;

#[cfg(any(target_os = "android", target_os = "netbsd", target_os = "openbsd"))]
use libc::__errno as location;
#[cfg(any(target_os = "linux", target_os = "emscripten"))]
use libc::__errno_location as location;
#[cfg(any(target_vendor = "apple", target_os = "freebsd"))]
use libc::__error as location;

pub(crate) fn errno() -> c_int {
    // SAFETY: the place is there, and each thread has its own.
    unsafe { *location() }
}
