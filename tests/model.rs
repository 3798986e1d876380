//! Random programs do the same on a log and on a plain reference model (`common/reference.rs`). They compare what every
//! view, cursor and pin shows (I1, I2, I7, I8, I9), what every refresh reports, which calls are refused and why, also
//! when memory fails, and how much memory there may be (I5, I6). The same programs run on the logs of Rust, and on
//! those of C through the C functions. A program that fails is shrunk, and printed in the form of a test.
#![cfg(not(any(loom, shuttle)))]

mod common {
    #[cfg(feature = "capi")]
    pub(crate) mod c_subject;
    pub(crate) mod memory;
    pub(crate) mod programs;
    pub(crate) mod reference;
    pub(crate) mod subject;
    pub(crate) mod world;
}

use std::cell::{Cell, RefCell};
use std::panic::{catch_unwind, set_hook, take_hook};
use std::sync::Once;

use atomic_log::{ByteRecords, FixedRecords};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestError, TestRunner};

#[cfg(feature = "capi")]
use common::c_subject::C;
use common::programs::{op, setup, spelt};
use common::subject::{Records, Subject, Tracked, Typed};
use common::world::{Op, Setup, World};

thread_local! {
    /// Whether this thread runs programs, and the message of the last one that failed.
    static RUNS: Cell<bool> = const { Cell::new(false) };
    static LAST_WORDS: RefCell<String> = const { RefCell::new(String::new()) };
}

/// A program fails many times while it is shrunk: only its last message is of interest.
fn keep_panics_quiet() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let otherwise = take_hook();
        set_hook(Box::new(move |panic| {
            if RUNS.get() {
                LAST_WORDS.set(panic.to_string());
            } else {
                otherwise(panic);
            }
        }));
    });
}

/// Four times as many programs as `PROPTEST_CASES` says. The default of that is 256.
fn run<S: Subject>(subject: &str, setup: impl Strategy<Value = Setup>) {
    keep_panics_quiet();
    let default = ProptestConfig::default();
    let cases = 4 * default.cases;
    // The default generator is a cipher, which takes longer than the programs unless it is optimised.
    let rng_algorithm = RngAlgorithm::XorShift;
    let config =
        ProptestConfig { cases, rng_algorithm, failure_persistence: None, max_shrink_iters: 20_000, ..default };
    let programs = (setup, vec(op(), 0..80), any::<u64>());
    RUNS.set(true);
    let outcome = TestRunner::new(config).run(&programs, |(setup, ops, order)| {
        run_program::<S>(&setup, &ops, order);
        Ok(())
    });
    let outcome = outcome.map_err(|failure| match failure {
        TestError::Fail(_, (setup, ops, order)) => {
            let program = spelt(subject, &setup, &without_idle_steps::<S>(&setup, ops, order), order);
            format!("{}\nat the end of this program:\n\n{program}", LAST_WORDS.take())
        }
        TestError::Abort(why) => why.to_string(),
    });
    RUNS.set(false);
    if let Err(why) = outcome {
        panic!("{why}");
    }
}

fn run_program<S: Subject>(setup: &Setup, ops: &[Op], order: u64) {
    Tracked::forget();
    let mut world = World::<S>::new(setup);
    for op in ops {
        world.run(op);
    }
    world.finish(order);
    assert_eq!(Tracked::alive(), 0, "values that were never dropped");
}

/// Shrinking removes steps before it makes the others simpler. After that some steps may do nothing: a program that
/// fails without them is shorter.
fn without_idle_steps<S: Subject>(setup: &Setup, mut ops: Vec<Op>, order: u64) -> Vec<Op> {
    for index in (0..ops.len()).rev() {
        let op = ops.remove(index);
        if catch_unwind(|| run_program::<S>(setup, &ops, order)).is_ok() {
            ops.insert(index, op);
        }
    }
    ops
}

#[test]
fn values_of_a_type_that_is_copied() {
    run::<Typed<u64>>("Typed<u64>", setup(1..=12, 1..=5));
}

#[test]
fn values_that_are_dropped_exactly_once() {
    run::<Typed<Tracked>>("Typed<Tracked>", setup(1..=12, 1..=5));
}

#[test]
fn records_of_one_size() {
    run::<Records<FixedRecords>>("Records<FixedRecords>", setup(1..=12, 1..=5));
}

#[test]
fn records_of_any_size() {
    run::<Records<ByteRecords>>("Records<ByteRecords>", setup(1..=160, 4..=64));
}

#[cfg(feature = "capi")]
#[test]
fn records_of_one_size_through_c() {
    run::<C<FixedRecords>>("C<FixedRecords>", setup(1..=12, 1..=5));
}

#[cfg(feature = "capi")]
#[test]
fn records_of_any_size_through_c() {
    run::<C<ByteRecords>>("C<ByteRecords>", setup(1..=160, 4..=64));
}
