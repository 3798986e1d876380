//! The C library: the functions of `atomic_log::ffi`, and a panic handler.
//!
//! No panic should come. `make test` and every package build with the feature `prove`. There, a panic that the compiler
//! did not prove to be impossible is a call of a function that is defined nowhere, and the library does not link. Other
//! builds print the panic's message and abort the process: those of compilers that prove less, and unoptimised, checked
//! and sanitised builds.
#![no_std]

extern crate atomic_log as _;

use core::panic::PanicInfo;

#[cfg(feature = "prove")]
#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    unsafe extern "C" {
        safe fn alog_this_can_panic() -> !;
    }
    alog_this_can_panic()
}

#[cfg(not(feature = "prove"))]
#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    use core::fmt::Write;

    let _ = writeln!(Stderr, "{info}");
    // SAFETY: `abort` has no conditions.
    unsafe { libc::abort() }
}

/// Compiled functions of Rust's `core` name it, since they can unwind, if no optimiser looks at them. Nothing calls it.
/// On ELF, `scripts/c-library.sh` defines it.
#[cfg(all(debug_assertions, any(windows, target_vendor = "apple")))]
#[unsafe(no_mangle)]
extern "C" fn rust_eh_personality() {}

/// The standard error stream, unbuffered.
#[cfg(not(feature = "prove"))]
struct Stderr;

#[cfg(not(feature = "prove"))]
impl core::fmt::Write for Stderr {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        // SAFETY: the text's bytes are readable. What is not written is lost: the process is about to end.
        unsafe { libc::write(2, text.as_ptr().cast(), text.len() as _) };
        Ok(())
    }
}
