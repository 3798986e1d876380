//! FreeBSD: `_umtx_op`.

use ::core::ptr::null_mut;

use super::deadline::Deadline;
use crate::errno::errno;
use crate::sync::AtomicU64;

pub(crate) fn prepare() {}

/// The half that counts up. The kernel compares 32 bits.
fn lower_half(word: &AtomicU64) -> *mut libc::c_void {
    word.as_ptr().cast::<u32>().wrapping_add(usize::from(cfg!(target_endian = "big"))).cast()
}

pub(super) fn wait(word: &AtomicU64, value: u64, deadline: &Deadline) -> bool {
    let mut until = deadline.at().map(|at| {
        // SAFETY: a time is made of integers.
        let mut until: libc::_umtx_time = unsafe { ::core::mem::zeroed() };
        // A deadline that is too late for 32 bits becomes the last one that fits.
        until._timeout.tv_sec = libc::time_t::try_from(at / 1_000_000_000).unwrap_or(libc::time_t::MAX);
        until._timeout.tv_nsec = (at % 1_000_000_000) as _;
        (until._flags, until._clockid) = (libc::UMTX_ABSTIME, libc::CLOCK_MONOTONIC as u32);
        until
    });
    let (size, time) = match &mut until {
        Some(until) => (size_of_val(until), ::core::ptr::from_mut(until)),
        None => (0, null_mut()),
    };
    // The call takes the time's size where its type has a pointer.
    let size = ::core::ptr::without_provenance_mut(size);
    // SAFETY: the word and the time outlive the call.
    let answer = unsafe {
        let operation = libc::UMTX_OP_WAIT_UINT_PRIVATE;
        libc::_umtx_op(lower_half(word), operation, value as u32 as libc::c_ulong, size, time.cast())
    };
    answer != -1 || errno() == libc::EINTR
}

pub(crate) fn wake_all(word: &AtomicU64) {
    // SAFETY: the word is alive; the call does not read it.
    unsafe {
        let everybody = libc::c_int::MAX as libc::c_ulong;
        libc::_umtx_op(lower_half(word), libc::UMTX_OP_WAKE_PRIVATE, everybody, null_mut(), null_mut());
    }
}
