//! The physical limits that subjects are held against: what no log could do without.

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Slots of the ring: as many records as a log of 16 Ki in segments of 1 Ki retains, head included.
pub const RING: usize = 17 * 1024;

/// The limit of appending: a record copied into a ring, and one Release store. No reader can use it safely, since what it
/// reads is overwritten under it; that is what the log adds.
#[repr(align(128))]
pub struct Ring<T> {
    slots: Box<[T]>,
    next: usize,
    count: u64,
    published: Arc<Line>,
}

/// A counter on cache lines of its own.
#[repr(align(128))]
#[derive(Default)]
pub struct Line(pub AtomicU64);

impl<T: Clone> Ring<T> {
    pub fn new(filler: T) -> Ring<T> {
        Ring { slots: vec![filler; RING].into_boxed_slice(), next: 0, count: 0, published: Arc::default() }
    }

    #[inline]
    pub fn push(&mut self, record: T) {
        self.slots[self.next] = record;
        self.next = if self.next + 1 == RING { 0 } else { self.next + 1 };
        self.count += 1;
        self.published.0.store(self.count, Ordering::Release);
    }

    /// The counter, for readers that poll it while the ring is written.
    pub fn published(&self) -> Arc<Line> {
        Arc::clone(&self.published)
    }
}

/// A pin: one uncontended pair of read-modify-writes.
pub fn pins(count: &AtomicU64, times: u64) {
    for _ in 0..times {
        black_box(count.fetch_add(1, Ordering::AcqRel));
        black_box(count.fetch_sub(1, Ordering::AcqRel));
    }
}

/// One Acquire load.
pub fn loads(word: &AtomicU64, times: u64) {
    for _ in 0..times {
        black_box(black_box(word).load(Ordering::Acquire));
    }
}
