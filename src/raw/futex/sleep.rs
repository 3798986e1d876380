//! What is the same on every system: the deadline, and what becomes of a call that is refused.

use ::core::time::Duration;

use super::{clock, kernel};
use crate::sync::{AtomicU64, Ordering};

pub(crate) use kernel::{prepare, wake_all};

/// A point of the clock, in nanoseconds; None is never.
pub(crate) struct Deadline(Option<u64>);

impl Deadline {
    pub(crate) const NEVER: Deadline = Deadline(None);

    /// The deadline of a wait that begins now. One that is farther away than the clock can say is never.
    pub(crate) fn after(timeout: Duration) -> Deadline {
        Deadline(u64::try_from(timeout.as_nanos()).ok().and_then(|timeout| clock::now().checked_add(timeout)))
    }

    #[allow(dead_code, reason = "some kernels take how long, and others until when")]
    pub(super) fn at(&self) -> Option<u64> {
        self.0
    }

    /// Nanoseconds until then, 0 if it has come.
    pub(super) fn left(&self) -> u64 {
        self.0.map_or(u64::MAX, |at| at.saturating_sub(clock::now()))
    }
}

/// Sleeps while the word has this value; false if the deadline came. May return for no reason.
pub(crate) fn wait(word: &AtomicU64, value: u64, deadline: &Deadline) -> bool {
    let slept = kernel::wait(word, value, deadline);
    // By the clock rather than by what the call says: it may come back early again and again, woken or because the word has
    // changed, and never get to look at the deadline.
    let left = deadline.left();
    if left == 0 {
        return false;
    }
    // A call that fails though the word has not changed was refused: by a sandbox, say (ENOSYS, EPERM). Relaxed: the thread
    // that wakes reads the word again.
    if !slept && word.load(Ordering::Relaxed) == value {
        clock::nap(left.min(1_000_000));
    }
    true
}
