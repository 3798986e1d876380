//! Waiting: an eventcount. Publishing pays nothing for it; only a notify wakes.
//!
//! E7. A waiter counts itself in, says at which epoch it may fall asleep, reads the epoch by a read-modify-write, looks again whether there is
//! something to tell, and sleeps while the epoch is what it said. A notify moves the epoch on, and wakes all if somebody is
//! counted in and may sleep at an epoch whose sleepers were not woken yet. Both are read-modify-writes of one word, so one comes first: if the
//! waiter's, the notify sees what it said; if the notify's, the waiter's second look sees what was published before it. A
//! publisher that merely stored, and then loaded a flag, would lose wake-ups.
//!
//! An epoch's sleepers are taken for woken behind the call that wakes them, so a notify that is stopped half-way keeps none of
//! the next one's wake-ups. And a sleeper that was woken, but does not run yet, costs no further call.

use ::core::time::Duration;

use super::futex::{self, Deadline};
use crate::sync::{AtomicU64, Ordering, ordering};

/// How a wait ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wait {
    /// There is something newer: refresh.
    Ready,
    /// Nothing was published in time.
    TimedOut,
    /// Another thread interrupted it.
    Interrupted,
    /// Nothing is left to read, and nothing will come: the log was finished.
    Finished,
}

/// A wait's bound; None is for ever.
pub(crate) fn limit(timeout: Duration) -> Option<Duration> {
    (timeout != Duration::MAX).then_some(timeout)
}

pub(crate) struct Event {
    /// Counts notifies. The kernel compares its lower half: it would take 2^32 notifies between a waiter's look and its falling
    /// asleep to be taken for none.
    epoch: AtomicU64,
    /// Who may be asleep. An asynchronous cancellation may leave it raised: what is below bounds what that costs.
    waiters: AtomicU64,
    /// One more than the last epoch that somebody may sleep at.
    asleep: AtomicU64,
    /// One more than the last epoch whose sleepers were all woken.
    woken: AtomicU64,
    interrupts: AtomicU64,
}

impl Event {
    pub(crate) fn new() -> Event {
        futex::prepare();
        let zero = || AtomicU64::new(0);
        Event { epoch: zero(), waiters: zero(), asleep: zero(), woken: zero(), interrupts: zero() }
    }

    /// The epoch, and how many may be asleep. A notify may be made of these alone while nobody is: it adds 1 to the epoch, with
    /// acquire and release order (E7_NOTIFY), and then reads 0 waiters. Else `notify` must follow.
    pub(crate) fn words(&self) -> (*const AtomicU64, *const AtomicU64) {
        (&raw const self.epoch, &raw const self.waiters)
    }

    /// Makes every waiter look again. No system call when nobody waits, or all who do were woken.
    pub(crate) fn notify(&self) {
        // E7 Release: pairs with the waiter's Acquire, whose second look then sees what was published. Acquire: pairs with
        // the waiter's Release; what those said who came before is seen.
        let epoch = self.epoch.fetch_add(1, ordering!(E7_NOTIFY, AcqRel)) + 1;
        // Relaxed: ordered by the line above.
        if self.waiters.load(Ordering::Relaxed) != 0 {
            self.wake(epoch);
        }
    }

    #[cold]
    #[inline(never)]
    fn wake(&self, epoch: u64) {
        // Relaxed, both: `asleep` is ordered as `waiters` is, and a `woken` that is seen late costs a call.
        if self.asleep.load(Ordering::Relaxed) <= self.woken.load(Ordering::Relaxed) {
            return;
        }
        futex::wake_all(&self.epoch);
        // Who said an epoch before this one was woken by the call, or does not fall asleep. Relaxed: a notify that reads it does
        // without the call, which has been made, and reads nothing else.
        self.woken.fetch_max(epoch, Ordering::Relaxed);
    }

    /// Ends every wait that is in progress, and those to come that began to count before.
    pub(crate) fn interrupt(&self) {
        // E7 Release: pairs with `interrupts`; a thread that reads the new count sees what was done before it, such as a stop flag.
        self.interrupts.fetch_add(1, ordering!(E7_INTERRUPT, Release));
        self.notify();
    }

    /// How many interrupts there were.
    pub(crate) fn interrupts(&self) -> u64 {
        // E7 Acquire: pairs with `interrupt`.
        self.interrupts.load(ordering!(E7_INTERRUPTS, Acquire))
    }

    /// Sleeps until `look` has something to tell, which is asked on entry, at each notify and at the deadline; or until there
    /// were more interrupts than `since`, which is told first. No timeout is for ever, and one of zero only asks.
    pub(crate) fn wait(&self, timeout: Option<Duration>, since: u64, look: impl Fn() -> Option<Wait>) -> Wait {
        // An interrupt that comes later comes with a notify.
        let interrupted = || (self.interrupts() != since).then_some(Wait::Interrupted);
        if let Some(wait) = interrupted().or_else(&look) {
            return wait;
        }
        if timeout.is_some_and(|timeout| timeout.is_zero()) {
            return Wait::TimedOut;
        }
        let deadline = timeout.map_or(Deadline::NEVER, Deadline::after);
        // Relaxed: the read-modify-write of the epoch behind it publishes it.
        self.waiters.fetch_add(1, Ordering::Relaxed);
        let wait = self.sleep(&deadline, || interrupted().or_else(&look));
        // Relaxed: to be counted for too long costs a system call, and nothing else.
        self.waiters.fetch_sub(1, Ordering::Relaxed);
        wait
    }

    fn sleep(&self, deadline: &Deadline, look: impl Fn() -> Option<Wait>) -> Wait {
        let mut in_time = true;
        // Relaxed: a guess that the read-modify-write below checks.
        let mut said = self.epoch.load(Ordering::Relaxed);
        loop {
            // Relaxed: the read-modify-write of the epoch behind it publishes it.
            self.asleep.fetch_max(said + 1, Ordering::Relaxed);
            // E7 Acquire: pairs with the notify's Release, also through other waiters. Release: pairs with its Acquire.
            let epoch = self.epoch.fetch_add(0, ordering!(E7_WAIT, AcqRel));
            // An interrupt whose notify was seen above is seen here.
            if let Some(wait) = look() {
                return wait;
            }
            if !in_time {
                return Wait::TimedOut;
            }
            if epoch == said {
                in_time = futex::wait(&self.epoch, epoch, deadline);
                // Before it says another epoch, in which it may not sleep: that would cost a notify its call.
                if let Some(wait) = look() {
                    return wait;
                }
                // Relaxed: as above.
                said = self.epoch.load(Ordering::Relaxed);
            } else {
                said = epoch;
            }
        }
    }
}
