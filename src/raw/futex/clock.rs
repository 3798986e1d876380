//! The monotonic clock, and a nap by it.

// The clock by which the kernel wakes sleepers. It stands still while the machine is suspended.
#[cfg(not(target_vendor = "apple"))]
use libc::CLOCK_MONOTONIC as CLOCK;
#[cfg(target_vendor = "apple")]
use libc::CLOCK_UPTIME_RAW as CLOCK;

/// A time, to be filled in. On some systems it has more than its two members.
fn no_time() -> libc::timespec {
    // SAFETY: a time is made of integers.
    unsafe { ::core::mem::zeroed() }
}

/// The clock's time in nanoseconds.
pub(super) fn now() -> u64 {
    let mut now = no_time();
    // SAFETY: `now` is there to be written.
    unsafe { libc::clock_gettime(CLOCK, &mut now) };
    (now.tv_sec as u64).saturating_mul(1_000_000_000).saturating_add(now.tv_nsec as u64)
}

/// Sleeps for less than a second. A signal may end it early.
pub(super) fn nap(nanoseconds: u64) {
    // The system call itself: libc's function is a cancellation point, and a wait is none.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        // With 32-bit pointers on x86-64, the kernel reads 64 bits all the same.
        #[cfg(target_arch = "x86_64")]
        let time: [i64; 2] = [0, nanoseconds as _];
        #[cfg(not(target_arch = "x86_64"))]
        let time: [libc::c_long; 2] = [0, nanoseconds as _];
        // SAFETY: the time is there to be read, and nothing is to be written.
        unsafe { libc::syscall(libc::SYS_nanosleep, &raw const time, ::core::ptr::null_mut::<libc::timespec>()) };
    }
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    {
        let mut time = no_time();
        time.tv_nsec = nanoseconds as _;
        // SAFETY: the time is readable, and nothing is written to NULL.
        unsafe { libc::nanosleep(&time, ::core::ptr::null_mut()) };
    }
}
