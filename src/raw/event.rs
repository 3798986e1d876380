//! Waiting: an eventcount. Publishing pays nothing for it; only a notify wakes.
//!
//! E7. A waiter counts itself in, reads the epoch by a read-modify-write, looks again whether there is something newer, and
//! sleeps while the epoch is what it read. A notify moves the epoch on, and wakes all if somebody is counted in. Both are
//! read-modify-writes of one word, so one comes first: if the waiter's, the notify sees it counted; if the notify's, the
//! waiter's second look sees what was published before it. A publisher that merely stored, and then loaded a flag, would
//! lose wake-ups. Nothing is ever taken back by a notify, so one that is stopped half-way keeps none of the next one's
//! wake-ups.

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
    /// Counts notifies; it would take 2^32 of them between a waiter's look and its falling asleep to be taken for none.
    epoch: AtomicU32,
    /// Who may be asleep.
    waiters: AtomicU32,
    interrupts: AtomicU32,
}

impl Event {
    pub(crate) fn new() -> Event {
        Event { epoch: AtomicU32::new(0), waiters: AtomicU32::new(0), interrupts: AtomicU32::new(0) }
    }

    /// Makes every waiter look again. No system call when nobody waits.
    pub(crate) fn notify(&self) {
        // E7 Release: pairs with the waiter's Acquire, whose second look then sees what was published. Acquire: pairs with
        // the waiter's Release; who came before is counted.
        self.epoch.fetch_add(1, ordering!(E7_NOTIFY, AcqRel));
        // Relaxed: ordered by the line above.
        if self.waiters.load(Ordering::Relaxed) != 0 {
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
        // Relaxed: the read-modify-write of the epoch behind it publishes it.
        self.waiters.fetch_add(1, Ordering::Relaxed);
        let wait = self.sleep(&deadline, interrupts, ready);
        // Relaxed: to be counted for too long costs a system call, and nothing else.
        self.waiters.fetch_sub(1, Ordering::Relaxed);
        wait
    }

    fn sleep(&self, deadline: &Deadline, interrupts: u32, ready: impl Fn() -> bool) -> Wait {
        let mut in_time = true;
        loop {
            // E7 Acquire: pairs with the notify's Release, also through other waiters. Release: pairs with its Acquire.
            let epoch = self.epoch.fetch_add(0, ordering!(E7_WAIT, AcqRel));
            if ready() {
                return Wait::Ready;
            }
            // Relaxed: an interrupt whose notify was seen above is seen here.
            if self.interrupts.load(Ordering::Relaxed) != interrupts {
                return Wait::Interrupted;
            }
            if !in_time {
                return Wait::TimedOut;
            }
            in_time = futex::wait(&self.epoch, epoch, deadline);
        }
    }
}
