//! Waiting: an eventcount. Publishing pays nothing for it. Only a notify wakes.
//!
//! E7. A waiter does this:
//!
//! 1. It counts itself in.
//! 2. It stores at which epoch it may fall asleep.
//! 3. It reads the epoch by a read-modify-write.
//! 4. It looks again whether there is something to tell.
//! 5. It sleeps while the epoch is the one that it stored.
//!
//! A notify moves the epoch on, by a read-modify-write, too. Then it wakes all sleepers if a waiter is counted in, and
//! may sleep at an epoch whose sleepers were not woken yet.
//!
//! Both read-modify-writes are of one word, so one of them comes first. If the waiter's is first, the notify sees what
//! the waiter stored. If the notify's is first, the waiter's second look sees what was published before the notify. A
//! publisher that only stored, and then loaded a flag, would lose wake-ups.
//!
//! An epoch's sleepers count as woken only behind the call that wakes them. So a notify that is stopped half-way keeps
//! back no wake-up of the next one. A sleeper that was woken, but does not run yet, costs no further call.

use ::core::time::Duration;

use super::futex::{self, Deadline};
use crate::sync::{AtomicU64, Ordering, ordering};

/// How a wait ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wait {
    /// There is something newer, or for a cursor something unread: refresh.
    Ready,
    /// The timeout has passed, and nothing was published.
    TimedOut,
    /// A thread interrupted the wait.
    Interrupted,
    /// The log was finished: nothing is left to read, and nothing will come.
    Finished,
}

/// A wait's bound. None, which `Duration::MAX` gives, is for ever.
pub(crate) fn limit(timeout: Duration) -> Option<Duration> {
    (timeout != Duration::MAX).then_some(timeout)
}

pub(crate) struct Event {
    /// Counts notifies. Some kernels compare only its lower half. There, 2^32 notifies between a waiter's look and its
    /// sleep would pass for none.
    epoch: AtomicU64,
    /// How many threads may be asleep. The asynchronous cancellation of a thread may leave it raised. The two words
    /// below bound what that costs.
    waiters: AtomicU64,
    /// One more than the last epoch at which a waiter may sleep.
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

    /// The words `epoch` and `waiters`, for an inline notify. It adds 1 to `epoch`, with acquire and release order, as
    /// E7_NOTIFY does. Then it reads `waiters`. If that is not 0, a call of `notify` must follow.
    pub(crate) fn words(&self) -> (*const AtomicU64, *const AtomicU64) {
        (&raw const self.epoch, &raw const self.waiters)
    }

    /// Makes every waiter look again. It makes no system call if no thread waits, or if all that wait were woken
    /// already.
    pub(crate) fn notify(&self) {
        // E7 Release: pairs with the waiter's Acquire; its second look then sees what was published. Acquire: pairs
        // with the waiter's Release; this thread then sees what the waiters that came before stored.
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
        // A waiter that stored an epoch before this one was woken by the call, or will not fall asleep.
        // Relaxed: a notify that reads this omits its call, since that was made already, and reads nothing else.
        self.woken.fetch_max(epoch, Ordering::Relaxed);
    }

    /// Ends every wait that is in progress, and each later wait whose caller read the count of interrupts before.
    pub(crate) fn interrupt(&self) {
        // E7 Release: pairs with `interrupts`; a thread that reads the new count sees what was done before it, such as
        // setting a stop flag.
        self.interrupts.fetch_add(1, ordering!(E7_INTERRUPT, Release));
        self.notify();
    }

    /// How many interrupts there were.
    pub(crate) fn interrupts(&self) -> u64 {
        // E7 Acquire: pairs with `interrupt`.
        self.interrupts.load(ordering!(E7_INTERRUPTS, Acquire))
    }

    /// Sleeps until `look` has something to tell, or until the count of interrupts is not `since` any more. It asks for
    /// both on entry, at each notify and at the deadline, and tells an interrupt first. Without a timeout it may sleep
    /// for ever. With a timeout of zero it only asks.
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
        // Relaxed: the read-modify-write of the epoch below publishes it.
        self.waiters.fetch_add(1, Ordering::Relaxed);
        let wait = self.sleep(&deadline, || interrupted().or_else(&look));
        // Relaxed: a waiter that is counted for too long costs a system call, and nothing else.
        self.waiters.fetch_sub(1, Ordering::Relaxed);
        wait
    }

    fn sleep(&self, deadline: &Deadline, look: impl Fn() -> Option<Wait>) -> Wait {
        let mut in_time = true;
        // Relaxed: a guess that the read-modify-write below checks.
        let mut said = self.epoch.load(Ordering::Relaxed);
        loop {
            // Relaxed: the read-modify-write of the epoch below publishes it.
            self.asleep.fetch_max(said + 1, Ordering::Relaxed);
            // E7 Acquire: pairs with the notify's Release, also through other waiters. Release: pairs with the notify's
            // Acquire.
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
                // Before it stores another epoch, at which it may never sleep: that would cost a notify its call.
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
