//! Models of the protocol, one file per edge (docs/PROTOCOL.md), searched by loom: `make loom`.
//!
//! Each model fails when the ordering that it is about is weakened, or the step is broken: `make loom-mutants`.

mod e1_publish;
mod e2_open_pin;
mod e3_unpin_reuse;
mod e4_seal_roll;
mod e5_claim;
mod e6_last_handle;
mod e7_wait;
mod groups;
mod skip;
mod tables;

use std::boxed::Box;

use loom::cell::UnsafeCell;
use loom::sync::atomic::{AtomicU64, Ordering};

use crate::{AtomicLog, Snapshot, Writer};

/// A value that loom watches. It is written when it is made and when it is dropped, and read through a shared
/// reference.
struct Watched(UnsafeCell<u64>);

// SAFETY: loom is here to check exactly this.
unsafe impl Sync for Watched {}

impl Watched {
    fn new(value: u64) -> Watched {
        Watched(UnsafeCell::new(value))
    }

    fn get(&self) -> u64 {
        // SAFETY: loom fails the model if a write is not ordered with this.
        self.0.with(|value| unsafe { *value })
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        // SAFETY: as above.
        self.0.with_mut(|value| unsafe { *value = u64::MAX });
    }
}

/// Searches all interleavings of a model of two threads, with at most three preemptions (or `LOOM_MAX_PREEMPTIONS`).
fn search(model: impl Fn() + Sync + Send + 'static) {
    search_with(3, model);
}

/// The same with at most two preemptions, for models of three threads.
fn search_three_threads(model: impl Fn() + Sync + Send + 'static) {
    search_with(2, model);
}

fn search_with(preemptions: usize, model: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = builder.preemption_bound.or(Some(preemptions));
    builder.check(model);
}

/// A number that threads share, which lives as long as the models are searched. It needs no count of owners, which
/// would order something in a model. Only the operations below do.
#[derive(Clone, Copy)]
struct Shared(&'static AtomicU64);

impl Shared {
    fn new(value: u64) -> Shared {
        Shared(Box::leak(Box::new(AtomicU64::new(value))))
    }

    /// Release, and Acquire in `told`: what the thread that tells did happened before what the told one does next.
    fn tell(&self, value: u64) {
        self.0.store(value, Ordering::Release);
    }

    fn told(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }

    /// Relaxed: orders nothing. It leads the search to where a thread is done.
    fn count_in(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn counted(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

fn log(retained: usize, segment: usize) -> (Writer<Watched>, AtomicLog<Watched>) {
    AtomicLog::new_claimed(retained, segment)
}

/// Appends the next values; each one's content is its sequence.
fn append(writer: &mut Writer<Watched>, count: u64) {
    for _ in 0..count {
        writer.append(Watched::new(writer.next_sequence())).unwrap();
    }
}

/// Reads everything in view, and checks that each value's content is its sequence.
fn read(view: &Snapshot<Watched>) {
    let range = view.range();
    let mut sequence = range.start;
    for chunk in view.chunks() {
        assert_eq!(chunk.first_sequence(), sequence, "I8: sequences abut");
        for value in chunk.values() {
            assert_eq!(value.get(), sequence);
            sequence += 1;
        }
    }
    assert_eq!(sequence, range.end);
}
