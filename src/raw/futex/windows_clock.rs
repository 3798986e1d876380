//! Windows' monotonic clock, and a nap.

use ::core::num::NonZero;

#[link(name = "kernel32")]
unsafe extern "system" {
    fn QueryPerformanceCounter(counter: *mut u64) -> i32;
    fn QueryPerformanceFrequency(per_second: *mut u64) -> i32;
    fn Sleep(milliseconds: u32);
}

/// Nanoseconds since the system was started.
pub(super) fn now() -> u64 {
    let (mut counter, mut per_second) = (0, 0);
    // SAFETY: both are there to be written.
    unsafe {
        QueryPerformanceCounter(&mut counter);
        QueryPerformanceFrequency(&mut per_second);
    }
    let per_second = NonZero::new(per_second).unwrap_or(NonZero::<u64>::MIN);
    let rest = (counter % per_second).saturating_mul(1_000_000_000) / per_second;
    (counter / per_second).saturating_mul(1_000_000_000).saturating_add(rest)
}

/// Sleeps for a whole number of milliseconds, rounded up.
pub(super) fn nap(nanoseconds: u64) {
    // SAFETY: `Sleep` has no conditions.
    unsafe { Sleep(nanoseconds.div_ceil(1_000_000) as u32) };
}
