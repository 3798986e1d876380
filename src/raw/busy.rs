//! In checked builds: finds out two threads inside one handle that is for one at a time.

use crate::sync::{AtomicU64, Ordering};

pub(crate) struct Busy(AtomicU64);

impl Busy {
    pub(crate) fn new() -> Busy {
        Busy(AtomicU64::new(0))
    }

    /// Ends the process if somebody is inside.
    pub(crate) fn enter(&self, what: &str) {
        // Relaxed: a handle that was handed over in order is free here; the order is not ours to make, only to check.
        if self.0.swap(1, Ordering::Relaxed) != 0 {
            panic!("atomic-log: two threads are inside one {what}, which is for one thread at a time");
        }
    }

    pub(crate) fn leave(&self) {
        self.0.store(0, Ordering::Relaxed);
    }
}
