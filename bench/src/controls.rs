//! The physical limits that subjects are compared with: the least that any log must do.

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What a subject is compared with, in one form or more. A compiler or a processor can make one form of a loop several
/// times slower than another. The limit is the time of the best form.
pub trait Control {
    fn forms(&self) -> usize;
    fn run(&mut self, form: usize, times: u64);
}

impl<F: FnMut(u64)> Control for F {
    fn forms(&self) -> usize {
        1
    }
    fn run(&mut self, _form: usize, times: u64) {
        self(times);
    }
}

/// Two forms of a control.
pub struct Better<A, B>(pub A, pub B);

impl<A: FnMut(u64), B: FnMut(u64)> Control for Better<A, B> {
    fn forms(&self) -> usize {
        2
    }
    fn run(&mut self, form: usize, times: u64) {
        if form == 0 { self.0(times) } else { self.1(times) }
    }
}

/// Slots of the ring: as many records as a log of 16 Ki in segments of 1 Ki retains, including the head.
pub const RING: usize = 17 * 1024;

/// The limit of appending: a record copied into a ring, and one Release store. No reader can use it safely, because the
/// writer overwrites what the reader reads. To prevent this is what the log adds.
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

    /// `push` of each, with all that moves in registers. `push` itself loads what it stored just before.
    #[inline(never)]
    pub fn push_all(&mut self, records: &[T])
    where
        T: Copy,
    {
        let (mut next, mut count) = (self.next, self.count);
        let (slots, published) = (&mut self.slots[..RING], &self.published.0);
        for record in records {
            slots[next] = *record;
            next = if next + 1 == RING { 0 } else { next + 1 };
            count += 1;
            published.store(count, Ordering::Release);
        }
        (self.next, self.count) = (next, count);
    }

    /// The counter, for readers that poll it while the ring is written.
    pub fn published(&self) -> Arc<Line> {
        Arc::clone(&self.published)
    }
}

/// A pin: one uncontended pair of read-modify-writes. It has two forms: one checks the value that it had.
pub fn pins(count: &AtomicU64) -> impl Control {
    Better(
        move |times| {
            for _ in 0..times {
                black_box(count.fetch_add(1, Ordering::AcqRel));
                black_box(count.fetch_sub(1, Ordering::AcqRel));
            }
        },
        move |times| {
            for _ in 0..times {
                count.fetch_add(1, Ordering::AcqRel);
                count.fetch_sub(1, Ordering::AcqRel);
            }
        },
    )
}

/// One Acquire load. It has two forms: one is told the address anew each time.
pub fn loads(word: &AtomicU64) -> impl Control {
    Better(
        move |times| {
            for _ in 0..times {
                black_box(black_box(word).load(Ordering::Acquire));
            }
        },
        move |times| {
            for _ in 0..times {
                black_box(word.load(Ordering::Acquire));
            }
        },
    )
}

/// A copy of this many records, by turns into all of a ring. It has two forms: the length is known to the compiler, or
/// not.
pub fn copies<T: Copy, const COUNT: usize>(source: &[T; COUNT]) -> impl Control {
    let ring = || (vec![source[0]; RING], 0);
    let (mut one, mut other) = (ring(), ring());
    let room = |(copies, next): &mut (Vec<T>, usize)| {
        if *next + COUNT > copies.len() {
            *next = 0;
        }
        *next += COUNT;
        *next - COUNT
    };
    Better(
        move |times| {
            for _ in 0..times / COUNT as u64 {
                let to = room(&mut one);
                one.0[to..to + COUNT].copy_from_slice(black_box(&source[..]));
            }
            black_box(&mut one);
        },
        move |times| {
            for _ in 0..times / COUNT as u64 {
                let to = room(&mut other);
                let slots: &mut [T; COUNT] = (&mut other.0[to..to + COUNT]).try_into().expect("as many");
                *slots = *black_box(source);
            }
            black_box(&mut other);
        },
    )
}

/// The sum of a slice, this many times. It has two forms: a plain loop, and one that sums eight at a time.
pub fn sums(slice: &[u64]) -> impl Control {
    Better(
        move |times| {
            for _ in 0..times {
                black_box(black_box(slice).iter().sum::<u64>());
            }
        },
        move |times| {
            for _ in 0..times {
                let mut sums = [0u64; 8];
                let mut eights = black_box(slice).chunks_exact(8);
                for eight in &mut eights {
                    for (sum, value) in sums.iter_mut().zip(eight) {
                        *sum = sum.wrapping_add(*value);
                    }
                }
                black_box(sums.iter().sum::<u64>() + eights.remainder().iter().sum::<u64>());
            }
        },
    )
}
