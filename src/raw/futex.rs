//! Sleeping in the kernel while a word has a value, and waking who sleeps.
//!
//! On 64-bit Linux and Android that is the futex. Elsewhere sleepers look again every millisecond.

use ::core::time::Duration;

use crate::sync::AtomicU32;

pub(crate) use imp::{Deadline, wait, wake_all};

// Where time_t has 64 bits and pointers 32, this system call would want another struct.
#[cfg(all(not(any(loom, shuttle)), any(target_os = "linux", target_os = "android"), target_pointer_width = "64"))]
mod imp {
    use super::{AtomicU32, Duration};

    /// A point of the monotonic clock; None is never.
    pub(crate) struct Deadline(Option<libc::timespec>);

    impl Deadline {
        pub(crate) const NEVER: Deadline = Deadline(None);

        /// The deadline of a wait that begins now. One that is farther away than the clock can say is never.
        pub(crate) fn after(timeout: Duration) -> Deadline {
            let now = now();
            let nanoseconds = now.tv_nsec as u64 + u64::from(timeout.subsec_nanos());
            let seconds = libc::time_t::try_from(timeout.as_secs())
                .ok()
                .and_then(|seconds| now.tv_sec.checked_add(seconds))
                .and_then(|seconds| seconds.checked_add((nanoseconds / 1_000_000_000) as libc::time_t));
            Deadline(seconds.map(|tv_sec| libc::timespec { tv_sec, tv_nsec: (nanoseconds % 1_000_000_000) as _ }))
        }
    }

    fn now() -> libc::timespec {
        let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: `now` is there to be written.
        unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut now) };
        now
    }

    /// Sleeps while the word has this value; false if the deadline came. May return for no reason.
    pub(crate) fn wait(word: &AtomicU32, value: u32, deadline: &Deadline) -> bool {
        let until = deadline.0.as_ref().map_or(::core::ptr::null(), ::core::ptr::from_ref);
        // SAFETY: the word and the deadline outlive the call. With BITSET the time is absolute, so a wait that is begun
        // again after a signal does not grow.
        unsafe {
            libc::syscall(
                libc::SYS_futex,
                word.as_ptr(),
                libc::FUTEX_WAIT_BITSET | libc::FUTEX_PRIVATE_FLAG,
                value,
                until,
                ::core::ptr::null::<u32>(),
                libc::FUTEX_BITSET_MATCH_ANY,
            )
        };
        // By the clock rather than by what the call says: it may come back early again and again, woken or because the word
        // has changed, and never get to look at the deadline.
        deadline.0.is_none_or(|until| {
            let now = now();
            (now.tv_sec, now.tv_nsec) < (until.tv_sec, until.tv_nsec)
        })
    }

    pub(crate) fn wake_all(word: &AtomicU32) {
        // SAFETY: the word is alive; the call does not read it.
        unsafe {
            libc::syscall(libc::SYS_futex, word.as_ptr(), libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG, libc::c_int::MAX)
        };
    }
}

#[cfg(all(
    not(any(loom, shuttle)),
    not(all(any(target_os = "linux", target_os = "android"), target_pointer_width = "64"))
))]
mod imp {
    use super::{AtomicU32, Duration};
    use crate::sync::Ordering;

    /// A point of the monotonic clock; None is never.
    pub(crate) struct Deadline(Option<Duration>);

    impl Deadline {
        pub(crate) const NEVER: Deadline = Deadline(None);

        pub(crate) fn after(timeout: Duration) -> Deadline {
            Deadline(system::now().checked_add(timeout))
        }
    }

    pub(crate) fn wait(word: &AtomicU32, value: u32, deadline: &Deadline) -> bool {
        // Relaxed: whoever wakes reads the word again.
        while word.load(Ordering::Relaxed) == value {
            let left = deadline.0.map(|deadline| deadline.saturating_sub(system::now()));
            if left.is_some_and(|left| left.is_zero()) {
                return false;
            }
            system::sleep(left.unwrap_or(Duration::MAX).min(Duration::from_millis(1)));
        }
        true
    }

    pub(crate) fn wake_all(_word: &AtomicU32) {}

    #[cfg(not(windows))]
    mod system {
        use super::Duration;

        /// Of the monotonic clock.
        pub(super) fn now() -> Duration {
            let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
            // SAFETY: `now` is there to be written.
            unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut now) };
            Duration::from_secs(now.tv_sec as u64) + Duration::from_nanos(now.tv_nsec as u64)
        }

        pub(super) fn sleep(time: Duration) {
            let time = libc::timespec { tv_sec: 0, tv_nsec: time.subsec_nanos() as _ };
            // SAFETY: the time is there to be read, and nothing is to be written. It may return early, for a signal.
            unsafe { libc::nanosleep(&time, ::core::ptr::null_mut()) };
        }
    }

    #[cfg(windows)]
    mod system {
        use super::Duration;

        #[link(name = "kernel32")]
        unsafe extern "system" {
            fn GetTickCount64() -> u64;
            fn Sleep(milliseconds: u32);
        }

        /// Since the system was started.
        pub(super) fn now() -> Duration {
            // SAFETY: it has no conditions.
            Duration::from_millis(unsafe { GetTickCount64() })
        }

        pub(super) fn sleep(_at_most_a_millisecond: Duration) {
            // SAFETY: it has no conditions.
            unsafe { Sleep(1) };
        }
    }
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

    use super::{AtomicU32, Duration};
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

    pub(crate) fn wait(word: &AtomicU32, value: u32, deadline: &Deadline) -> bool {
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

    pub(crate) fn wake_all(_word: &AtomicU32) {
        drop(BED.0.lock().unwrap());
        BED.1.notify_all();
    }
}
