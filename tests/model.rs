//! Random programs do on a log what they do on a plain reference model (`common/reference.rs`): what every view, cursor
//! and pin shows (I1, I2, I7, I8, I9), what every refresh reports, which calls are refused and why, and how much memory
//! there may be (I5, I6). A program that fails is shrunk, and printed as a list of steps.
#![cfg(not(any(loom, shuttle)))]

mod common {
    pub(crate) mod memory;
    pub(crate) mod programs;
    pub(crate) mod reference;
    pub(crate) mod subject;
    pub(crate) mod world;
}

use atomic_log::{Bytes, Fixed};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use common::programs::{op, setup};
use common::subject::{Records, Subject, Tracked, Typed};
use common::world::{Setup, World};

/// Three times as many programs as `PROPTEST_CASES` says, which is 256 if it says nothing.
fn run<S: Subject>(setup: impl Strategy<Value = Setup>) {
    let default = ProptestConfig::default();
    let cases = 3 * default.cases;
    let config = ProptestConfig { cases, failure_persistence: None, max_shrink_iters: 20_000, ..default };
    let programs = (setup, vec(op(), 0..80), any::<u64>());
    let outcome = TestRunner::new(config).run(&programs, |(setup, ops, order)| {
        let mut world = World::<S>::new(&setup);
        for op in &ops {
            world.run(op);
        }
        world.finish(order);
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}

#[test]
fn values_of_a_type_that_is_copied() {
    run::<Typed<u64>>(setup(1..=12, 1..=5));
}

#[test]
fn values_that_are_dropped_exactly_once() {
    run::<Typed<Tracked>>(setup(1..=12, 1..=5));
    assert_eq!(Tracked::alive(), 0);
}

#[test]
fn records_of_one_size() {
    run::<Records<Fixed>>(setup(1..=12, 1..=5));
}

#[test]
fn records_of_any_size() {
    run::<Records<Bytes>>(setup(1..=160, 4..=64));
}
