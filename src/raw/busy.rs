//! In checked builds: detects two threads inside one handle that is for one thread at a time.

use crate::sync::{AtomicU64, Ordering};

pub(crate) struct Busy(AtomicU64);

impl Busy {
    pub(crate) fn new() -> Busy {
        Busy(AtomicU64::new(0))
    }

    /// Panics, which ends the process, if a thread is inside.
    pub(crate) fn enter(&self, what: &str) {
        // Relaxed: a handle that was handed over in order is free here. This checks that order, and must not make it.
        if self.0.swap(1, Ordering::Relaxed) != 0 {
            panic!("atomic-log: two threads are inside one {what}, which is for one thread at a time");
        }
    }

    pub(crate) fn leave(&self) {
        self.0.store(0, Ordering::Relaxed);
    }
}
