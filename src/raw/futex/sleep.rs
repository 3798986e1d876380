//! What is the same on every system: what becomes of a call that is refused.

use super::deadline::Deadline;
use super::{clock, kernel};
use crate::sync::{AtomicU64, Ordering};

pub(crate) use kernel::{prepare, wake_all};

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
