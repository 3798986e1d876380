//! What is the same on every system: what becomes of a call that is refused.

use super::deadline::Deadline;
use super::{clock, kernel};
use crate::sync::{AtomicU64, Ordering};

pub(crate) use kernel::{prepare, wake_all};

/// A call that fails this soon, though the word has not changed, was refused: by a sandbox, say (ENOSYS, EPERM).
const AT_ONCE: u64 = 50_000;

/// Sleeps while the word has this value; false if the deadline came. May return for no reason.
pub(crate) fn wait(word: &AtomicU64, value: u64, deadline: &Deadline) -> bool {
    let begun = clock::now();
    let slept = kernel::wait(word, value, deadline, begun);
    // By the clock rather than by what the call says: it may come back early again and again, woken or because the word has
    // changed, and never get to look at the deadline.
    let ended = clock::now();
    let left = deadline.left(ended);
    if left == 0 {
        return false;
    }
    // Relaxed: the thread that wakes reads the word again.
    if !slept && word.load(Ordering::Relaxed) == value && ended.saturating_sub(begun) < AT_ONCE {
        clock::nap(left.min(1_000_000));
    }
    true
}
