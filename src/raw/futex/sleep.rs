//! The part that is the same on every system: what follows a call that is refused.

use super::deadline::Deadline;
use super::{clock, kernel};
use crate::sync::{AtomicU64, Ordering};

pub(crate) use kernel::{prepare, wake_all};

/// Sleeps while the word has this value. False: the deadline has come. May return early for no reason.
pub(crate) fn wait(word: &AtomicU64, value: u64, deadline: &Deadline) -> bool {
    let slept = kernel::wait(word, value, deadline);
    // The clock decides this, and not what the call returns. The call may return early again and again, since the
    // thread was woken or the word has changed, and never reach the deadline.
    let left = deadline.left();
    if left == 0 {
        return false;
    }
    // A call that fails although the word has not changed was refused, for example by a sandbox (ENOSYS, EPERM).
    // Relaxed: the caller reads the word again.
    if !slept && word.load(Ordering::Relaxed) == value {
        clock::nap(left.min(1_000_000));
    }
    true
}
