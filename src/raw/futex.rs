//! Sleeping in the kernel while a word has a value, and waking who sleeps.
//!
//! On 64-bit Linux and Android that is the futex. Elsewhere, and where a sandbox refuses the futex, sleepers look again every
//! millisecond.

use ::core::time::Duration;

use crate::sync::AtomicU64;

pub(crate) use imp::{Deadline, wait, wake_all};

// Where time_t has 64 bits and pointers 32, this system call would want another struct.
#[cfg(all(
    not(any(loom, shuttle, alog_polls)),
    any(target_os = "linux", target_os = "android"),
    target_pointer_width = "64"
))]
mod imp {
    use super::{AtomicU64, Duration};
    use crate::sync::Ordering;

    /// A point of the monotonic clock; None is never.
    pub(crate) struct Deadline(Option<libc::timespec>);

    impl Deadline {
        pub(crate) const NEVER: Deadline = Deadline(None);

        /// The deadline of a wait that begins now. One that is farther away than the clock can say is never.
        pub(crate) fn after(timeout: Duration) -> Deadline {
            let now = now();
            let nanoseconds = now.tv_nsec as u64 + u64::from(timeout.subsec_nanos());
            let seconds = i64::try_from(timeout.as_secs())
                .ok()
                .and_then(|seconds| now.tv_sec.checked_add(seconds))
                .and_then(|seconds| seconds.checked_add((nanoseconds / 1_000_000_000) as i64));
            Deadline(seconds.map(|seconds| {
                let mut until = super::no_time();
                (until.tv_sec, until.tv_nsec) = (seconds, (nanoseconds % 1_000_000_000) as _);
                until
            }))
        }
    }

    fn now() -> libc::timespec {
        let mut now = super::no_time();
        // SAFETY: `now` is there to be written.
        unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut now) };
        now
    }

    /// The half that counts up. The kernel compares 32 bits.
    fn lower_half(word: &AtomicU64) -> *mut u32 {
        word.as_ptr().cast::<u32>().wrapping_add(usize::from(cfg!(target_endian = "big")))
    }

    /// A call that fails this soon, though the word has not changed, was refused: by a sandbox, say (ENOSYS, EPERM).
    const AT_ONCE: u64 = 50_000;

    /// Sleeps while the word has this value; false if the deadline came. May return for no reason.
    pub(crate) fn wait(word: &AtomicU64, value: u64, deadline: &Deadline) -> bool {
        let until = deadline.0.as_ref().map_or(::core::ptr::null(), ::core::ptr::from_ref);
        let begun = now();
        // SAFETY: the word and the deadline outlive the call. With BITSET the time is absolute, so a wait that is begun
        // again after a signal does not grow.
        let answer = unsafe {
            libc::syscall(
                libc::SYS_futex,
                lower_half(word),
                libc::FUTEX_WAIT_BITSET | libc::FUTEX_PRIVATE_FLAG,
                value as u32,
                until,
                ::core::ptr::null::<u32>(),
                libc::FUTEX_BITSET_MATCH_ANY,
            )
        };
        // By the clock rather than by what the call says: it may come back early again and again, woken or because the word
        // has changed, and never get to look at the deadline.
        let ended = now();
        let left = deadline.0.as_ref().map(|until| between(&ended, until));
        if left == Some(0) {
            return false;
        }
        // Relaxed: the thread that wakes reads the word again.
        if answer == -1 && word.load(Ordering::Relaxed) == value && between(&begun, &ended) < AT_ONCE {
            let mut step = super::no_time();
            step.tv_nsec = left.unwrap_or(u64::MAX).min(1_000_000) as _;
            // The call itself, since libc's function is a cancellation point, and a wait is none. It may return early, for a signal.
            // SAFETY: the time is there to be read, and nothing is to be written.
            unsafe { libc::syscall(libc::SYS_nanosleep, &raw const step, ::core::ptr::null_mut::<libc::timespec>()) };
        }
        true
    }

    /// Nanoseconds from one point of the clock to another; none if that is not later.
    fn between(from: &libc::timespec, to: &libc::timespec) -> u64 {
        let since_start = |point: &libc::timespec| {
            (point.tv_sec as u64).saturating_mul(1_000_000_000).saturating_add(point.tv_nsec as u64)
        };
        since_start(to).saturating_sub(since_start(from))
    }

    pub(crate) fn wake_all(word: &AtomicU64) {
        // SAFETY: the word is alive; the call does not read it.
        unsafe {
            libc::syscall(
                libc::SYS_futex,
                lower_half(word),
                libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG,
                libc::c_int::MAX,
            )
        };
    }
}

// `alog_polls`: there, too, for tests.
#[cfg(all(
    not(any(loom, shuttle)),
    any(alog_polls, not(all(any(target_os = "linux", target_os = "android"), target_pointer_width = "64")))
))]
mod imp {
    use super::{AtomicU64, Duration};
    use crate::sync::Ordering;

    /// A point of the monotonic clock, in nanoseconds; None is never.
    pub(crate) struct Deadline(Option<u64>);

    impl Deadline {
        pub(crate) const NEVER: Deadline = Deadline(None);

        /// The deadline of a wait that begins now. One that is farther away than the clock can say is never.
        pub(crate) fn after(timeout: Duration) -> Deadline {
            Deadline(u64::try_from(timeout.as_nanos()).ok().and_then(|timeout| system::now().checked_add(timeout)))
        }
    }

    pub(crate) fn wait(word: &AtomicU64, value: u64, deadline: &Deadline) -> bool {
        // Relaxed: the thread that wakes reads the word again.
        while word.load(Ordering::Relaxed) == value {
            let left = deadline.0.map_or(u64::MAX, |deadline| deadline.saturating_sub(system::now()));
            if left == 0 {
                return false;
            }
            system::sleep(left.min(1_000_000) as u32);
        }
        true
    }

    pub(crate) fn wake_all(_word: &AtomicU64) {}

    #[cfg(not(windows))]
    mod system {
        /// Nanoseconds of the monotonic clock.
        pub(super) fn now() -> u64 {
            let mut now = super::super::no_time();
            // SAFETY: `now` is there to be written.
            unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut now) };
            (now.tv_sec as u64).saturating_mul(1_000_000_000).saturating_add(now.tv_nsec as u64)
        }

        pub(super) fn sleep(nanoseconds: u32) {
            let mut time = super::super::no_time();
            time.tv_nsec = nanoseconds as _;
            // SAFETY: the time is there to be read, and nothing is to be written. It may return early, for a signal.
            unsafe { libc::nanosleep(&time, ::core::ptr::null_mut()) };
        }
    }

    #[cfg(windows)]
    mod system {
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

        pub(super) fn sleep(_at_most_a_millisecond: u32) {
            // SAFETY: it has no conditions.
            unsafe { Sleep(1) };
        }
    }
}

/// A time, to be filled in: there may be more in it than its two members.
#[cfg(not(any(loom, shuttle, windows)))]
fn no_time() -> libc::timespec {
    // SAFETY: integers.
    unsafe { ::core::mem::zeroed() }
}

/// In a model: a lock and a condition, so that loom and shuttle find who sleeps for ever. A deadline comes at the
/// sleeper's next turn, before anybody wakes it.
#[cfg(any(loom, shuttle))]
mod imp {
    #[cfg(loom)]
    use loom as backend;
    #[cfg(shuttle)]
    use shuttle as backend;

    use backend::sync::{Condvar, Mutex};
    use backend::thread::yield_now;

    use super::{AtomicU64, Duration};
    use crate::sync::Ordering;

    backend::lazy_static! {
        static ref BED: (Mutex<()>, Condvar) = (Mutex::new(()), Condvar::new());
    }

    #[derive(PartialEq, Eq)]
    pub(crate) enum Deadline {
        Never,
        NextTurn,
    }

    impl Deadline {
        pub(crate) const NEVER: Deadline = Deadline::Never;

        pub(crate) fn after(_timeout: Duration) -> Deadline {
            Deadline::NextTurn
        }
    }

    pub(crate) fn wait(word: &AtomicU64, value: u64, deadline: &Deadline) -> bool {
        if *deadline == Deadline::NextTurn {
            yield_now();
            return false;
        }
        let bed = BED.0.lock().unwrap();
        // As the kernel does: the look and the falling asleep are one step for who wakes.
        if word.load(Ordering::Relaxed) == value {
            drop(BED.1.wait(bed).unwrap());
        }
        true
    }

    pub(crate) fn wake_all(_word: &AtomicU64) {
        drop(BED.0.lock().unwrap());
        BED.1.notify_all();
    }
}
