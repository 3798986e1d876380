//! Waiting: an eventcount. Publishing pays nothing for it; only a notify wakes.
//!
//! E7. A waiter raises bit 0 of `epoch`, looks again whether there is something newer, and sleeps while the epoch is what
//! it left. A notify moves the epoch on to the next even value, and wakes all if bit 0 was raised. Both are
//! read-modify-writes of one word, so one comes first: if the waiter's, the notify sees the bit; if the notify's, the
//! waiter's second look sees what was published before it. A publisher that merely stored, and then loaded a flag, would
//! lose wake-ups.

use ::core::time::Duration;

use super::futex::{self, Deadline};
use crate::sync::{AtomicU32, Ordering, ordering};

/// How a wait ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wait {
    /// There is something newer: refresh.
    Ready,
    /// Nothing was published in time.
    TimedOut,
    /// Another thread interrupted it.
    Interrupted,
}

/// A wait's bound; None is for ever.
pub(crate) fn limit(timeout: Duration) -> Option<Duration> {
    (timeout != Duration::MAX).then_some(timeout)
}

pub(crate) struct Event {
    /// Bit 0: somebody may be asleep. The rest counts notifies; it would take 2^31 of them between a waiter's look and its
    /// falling asleep to be taken for none.
    epoch: AtomicU32,
    interrupts: AtomicU32,
}

impl Event {
    pub(crate) fn new() -> Event {
        Event { epoch: AtomicU32::new(0), interrupts: AtomicU32::new(0) }
    }

    /// Makes every waiter look again. No system call when nobody can be asleep: none has begun to wait since
    /// the last notify.
    pub(crate) fn notify(&self) {
        // Relaxed: a guess that the exchange checks.
        let mut epoch = self.epoch.load(Ordering::Relaxed);
        loop {
            // An exchange rather than a swap: two that notify at once must not both leave the same value, or a waiter
            // could fall asleep on the second one's.
            let next = (epoch | 1).wrapping_add(1);
            // E7 Release: pairs with the waiter's Acquire, whose second look then sees what was published. Nothing comes
            // the other way but the bit, which the exchange returns.
            match self.epoch.compare_exchange_weak(epoch, next, ordering!(E7_NOTIFY, Release), Ordering::Relaxed) {
                Ok(_) => break,
                Err(now) => epoch = now,
            }
        }
        if epoch & 1 != 0 {
            futex::wake_all(&self.epoch);
        }
    }

    /// Ends every wait that is in progress.
    pub(crate) fn interrupt(&self) {
        // Relaxed: the notify behind it publishes it.
        self.interrupts.fetch_add(1, Ordering::Relaxed);
        self.notify();
    }

    /// Sleeps until `ready`, which is asked on entry, at each notify and at the deadline. No timeout is for ever, and one
    /// of zero only asks.
    pub(crate) fn wait(&self, timeout: Option<Duration>, ready: impl Fn() -> bool) -> Wait {
        // Relaxed: an interrupt before the wait is none of its business, one after it comes with a notify.
        let interrupts = self.interrupts.load(Ordering::Relaxed);
        if ready() {
            return Wait::Ready;
        }
        if timeout.is_some_and(|timeout| timeout.is_zero()) {
            return Wait::TimedOut;
        }
        let deadline = timeout.map_or(Deadline::NEVER, Deadline::after);
        loop {
            // E7 Acquire: pairs with the notify's Release, also through other waiters' exchanges.
            let epoch = self.epoch.fetch_or(1, ordering!(E7_WAIT, Acquire)) | 1;
            if ready() {
                return Wait::Ready;
            }
            // Relaxed: an interrupt whose notify the line above has seen is seen here.
            if self.interrupts.load(Ordering::Relaxed) != interrupts {
                return Wait::Interrupted;
            }
            if !futex::wait(&self.epoch, epoch, &deadline) {
                return match ready() {
                    true => Wait::Ready,
                    // Relaxed: as above.
                    false if self.interrupts.load(Ordering::Relaxed) != interrupts => Wait::Interrupted,
                    false => Wait::TimedOut,
                };
            }
        }
    }
}
