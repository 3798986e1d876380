//! In a model: a lock and a condition, so that loom and shuttle find a thread that sleeps for ever. A deadline comes at
//! the sleeper's next turn, before another thread wakes it.

#[cfg(loom)]
use loom as backend;
#[cfg(shuttle)]
use shuttle as backend;

use ::core::time::Duration;

use backend::sync::{Condvar, Mutex};
use backend::thread::yield_now;

use crate::sync::{AtomicU64, Ordering};

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

pub(crate) fn prepare() {}

pub(crate) fn wait(word: &AtomicU64, value: u64, deadline: &Deadline) -> bool {
    if *deadline == Deadline::NextTurn {
        yield_now();
        return false;
    }
    let bed = BED.0.lock().unwrap();
    // As the kernel does: for a thread that wakes, the sleeper's look and its sleep are one step.
    if word.load(Ordering::Relaxed) == value {
        drop(BED.1.wait(bed).unwrap());
    }
    true
}

pub(crate) fn wake_all(_word: &AtomicU64) {
    drop(BED.0.lock().unwrap());
    BED.1.notify_all();
}
