//! The panic boundary: no panic crosses into C.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::null_mut;

use super::handle::Owned;
use super::status::alog_status;
#[cfg(feature = "hooks")]
use crate::hooks::{self, Place};

/// What a function answers when a panic, which is a bug in the library, was caught in it.
pub(super) trait Caught {
    const CAUGHT: Self;
    /// Whether an answer is a handle, of which a count would be lost with it.
    #[cfg(feature = "hooks")]
    const IS_HANDLE: bool = false;
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
    #[cfg(feature = "hooks")]
    const IS_HANDLE: bool = true;
}

/// Runs the body of an exported function that answers with a value.
#[inline(always)]
pub(super) fn guarded<R: Caught>(body: impl FnOnce() -> R) -> R {
    #[cfg(feature = "hooks")]
    let body = || {
        hooks::pass(Place::Entry);
        let answer = body();
        if !R::IS_HANDLE {
            hooks::pass(Place::Answer);
        }
        answer
    };
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

/// Runs a body that begins with a fast path, which cannot panic, and is not taken when `armed`; the rest of it guards
/// itself.
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

/// Whether a test planted a panic, which is then to come by the guarded way.
#[inline(always)]
pub(super) fn armed() -> bool {
    #[cfg(feature = "hooks")]
    return hooks::armed();
    #[cfg(not(feature = "hooks"))]
    false
}

/// Where a test's panic may come between the work and the outs, which are all written behind this.
#[inline(always)]
pub(super) fn before_outs() {
    #[cfg(feature = "hooks")]
    hooks::pass(Place::Answer);
}
