//! What exported functions return. No panic is caught: the C library cannot panic, which its linker shows (`capi/`).

use core::ptr::null_mut;

use super::handle::Owned;
use super::status::alog_status;

/// Runs the body of an exported function that returns a status.
#[inline(always)]
pub(super) fn status(body: impl FnOnce() -> Result<alog_status, alog_status>) -> alog_status {
    body().unwrap_or_else(|error| error)
}

/// Runs the body of an exported function without a status, which returns 0, false or NULL after an error.
#[inline(always)]
pub(super) fn value<R: Nothing>(body: impl FnOnce() -> Result<R, alog_status>) -> R {
    body().unwrap_or(R::NOTHING)
}

/// What a function without a status returns after an error.
pub(super) trait Nothing {
    const NOTHING: Self;
}

impl Nothing for () {
    const NOTHING: () = ();
}
impl Nothing for bool {
    const NOTHING: bool = false;
}
impl Nothing for u64 {
    const NOTHING: u64 = 0;
}
impl Nothing for usize {
    const NOTHING: usize = 0;
}
impl<T> Nothing for *mut T {
    const NOTHING: *mut T = null_mut();
}

/// Runs the body of an exported function for the owner. The body begins with a fast path, which calls nothing.
#[inline(always)]
pub(super) fn fast<T>(
    handle: Result<Owned<'_, T>, alog_status>,
    body: impl FnOnce(Owned<'_, T>) -> alog_status,
) -> alog_status {
    match handle {
        Ok(owned) => body(owned),
        Err(error) => error,
    }
}
