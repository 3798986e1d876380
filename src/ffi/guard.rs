//! The panic boundary: no panic crosses into C.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::null_mut;

use super::handle::Owned;
use super::status::alog_status;

/// What a function answers when a panic, which is a bug in the library, was caught in it.
pub(super) trait Caught {
    const CAUGHT: Self;
}

impl Caught for alog_status {
    const CAUGHT: alog_status = alog_status::ALOG_ERR_INTERNAL;
}
impl Caught for () {
    const CAUGHT: () = ();
}
impl Caught for bool {
    const CAUGHT: bool = false;
}
impl Caught for u64 {
    const CAUGHT: u64 = 0;
}
impl Caught for usize {
    const CAUGHT: usize = 0;
}
impl<T> Caught for *mut T {
    const CAUGHT: *mut T = null_mut();
}

/// Runs the body of an exported function that answers with a value.
#[inline(always)]
pub(super) fn guarded<R: Caught>(body: impl FnOnce() -> R) -> R {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|payload| {
        // Dropping the payload could panic again.
        std::mem::forget(payload);
        R::CAUGHT
    })
}

/// Runs the body of an exported function that answers with a status.
#[inline(always)]
pub(super) fn status(body: impl FnOnce() -> Result<alog_status, alog_status>) -> alog_status {
    guarded(|| body().unwrap_or_else(|error| error))
}

/// Runs the body of an exported function that answers with 0, false or NULL where there is nothing to say.
#[inline(always)]
pub(super) fn value<R: Caught>(body: impl FnOnce() -> Result<R, alog_status>) -> R {
    guarded(|| body().unwrap_or(R::CAUGHT))
}

/// Runs a body that begins with a fast path, which cannot panic; the rest of it guards itself.
#[inline(always)]
pub(super) fn fast<T>(
    handle: Result<Owned<'_, T>, alog_status>,
    body: impl FnOnce(&mut T) -> alog_status,
) -> alog_status {
    match handle {
        Ok(mut owned) => body(&mut owned),
        Err(error) => error,
    }
}
