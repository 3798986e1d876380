//! Linux and Android: the futex.
//!
//! On 32-bit processors the call has two forms. The new one, since Linux 5.1, takes a time with 64 bits of seconds.
//! When it fails, the old one is tried. The new form fails for two reasons:
//!
//! * An older kernel refuses it.
//! * The sleep is over. Then the old form returns at once, too: it compares the word once more, and its deadline is the
//!   same.
//!
//! Both forms find the same sleepers.

use ::core::ptr::{from_ref, null};

use super::deadline::Deadline;
use crate::errno::errno;
use crate::sync::AtomicU64;

/// Whether there is only one form, whose time has 64 bits.
const ALWAYS_WIDE: bool = cfg!(any(target_pointer_width = "64", target_arch = "x86_64"));
/// The numbers of the two forms. Android ends a process that makes a call with a number that it does not know.
const WIDE: Option<libc::c_long> = match ALWAYS_WIDE {
    true => Some(libc::SYS_futex),
    false if cfg!(target_os = "android") => None,
    false => Some(422),
};
const NARROW: Option<libc::c_long> = if ALWAYS_WIDE { None } else { Some(libc::SYS_futex) };

pub(crate) fn prepare() {}

/// The half that counts up. The kernel compares 32 bits.
fn lower_half(word: &AtomicU64) -> *mut u32 {
    word.as_ptr().cast::<u32>().wrapping_add(usize::from(cfg!(target_endian = "big")))
}

pub(super) fn wait(word: &AtomicU64, value: u64, deadline: &Deadline) -> bool {
    let at = deadline.at().map(|at| (at / 1_000_000_000, at % 1_000_000_000));
    let wide = at.map(|(seconds, nanoseconds)| [seconds as i64, nanoseconds as i64]);
    // A deadline that is too late for 32 bits becomes the last one that fits, 68 years after the start.
    let narrow = at.map(|(seconds, nanoseconds)| [i32::try_from(seconds).unwrap_or(i32::MAX), nanoseconds as i32]);
    WIDE.is_some_and(|call| wait_by(call, word, value, wide))
        || NARROW.is_some_and(|call| wait_by(call, word, value, narrow))
}

fn wait_by<T>(call: libc::c_long, word: &AtomicU64, value: u64, until: Option<[T; 2]>) -> bool {
    // SAFETY: the word and the time outlive the call. With BITSET the time is absolute, so a wait that is begun again
    // after a signal does not grow.
    let answer = unsafe {
        libc::syscall(
            call,
            lower_half(word),
            libc::FUTEX_WAIT_BITSET | libc::FUTEX_PRIVATE_FLAG,
            value as u32,
            until.as_ref().map_or(null(), from_ref),
            null::<u32>(),
            u32::MAX,
        )
    };
    answer != -1 || errno() == libc::EINTR
}

pub(crate) fn wake_all(word: &AtomicU64) {
    let wake = |call: libc::c_long| {
        // SAFETY: the word is alive; the call does not read it.
        let woken = unsafe {
            libc::syscall(call, lower_half(word), libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG, libc::c_int::MAX)
        };
        woken != -1
    };
    if !WIDE.is_some_and(wake) {
        NARROW.map(wake);
    }
}
