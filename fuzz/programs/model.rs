//! The programs of `tests/model.rs`, written by a fuzzer. It picks the kind of log, and each step by itself, so that a
//! step that is changed, left out or repeated does not change the others.
//!
//! Not by proptest's `PassThrough`, which hands out the input's bytes: each `prop_oneof` gives away half of what is
//! left, and a program would end after a few steps.

use std::fmt::Debug;

use atomic_log::{ByteRecords, FixedRecords};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::common::c_subject::C;
use crate::common::programs::{op, setup, spelt};
use crate::common::subject::{Records, Subject, Tracked, Typed};
use crate::common::world::{Setup, World};

/// The number of bytes that pick one step. More of them would only enlarge the search.
const STEP: usize = 3;

/// Runs the program that the bytes stand for. Panics where log and reference disagree. `trace`: prints it first, in the
/// form of a test.
pub(crate) fn run(bytes: &[u8], trace: bool) {
    let (kind, bytes) = bytes.split_first().unwrap_or((&0, &[]));
    let small = || setup(1..=12, 1..=5);
    let large = || setup(1..=160, 4..=64);
    match kind % 6 {
        0 => run_on::<Typed<u64>>("Typed<u64>", bytes, small(), trace),
        1 => run_on::<Typed<Tracked>>("Typed<Tracked>", bytes, small(), trace),
        2 => run_on::<Records<FixedRecords>>("Records<FixedRecords>", bytes, small(), trace),
        3 => run_on::<Records<ByteRecords>>("Records<ByteRecords>", bytes, large(), trace),
        4 => run_on::<C<FixedRecords>>("C<FixedRecords>", bytes, small(), trace),
        _ => run_on::<C<ByteRecords>>("C<ByteRecords>", bytes, large(), trace),
    }
}

fn run_on<S: Subject>(subject: &str, bytes: &[u8], setup: impl Strategy<Value = Setup>, trace: bool) {
    let mut chunks = bytes.chunks(STEP);
    let mut next = || chunks.next();
    let setup = pick(&setup, next().unwrap_or_default());
    let order = number(next().unwrap_or_default());
    let op = op();
    let ops: Vec<_> = std::iter::from_fn(next).map(|step| pick(&op, step)).collect();
    if trace {
        eprintln!("{}", spelt(subject, &setup, &ops, order));
    }
    Tracked::forget();
    let mut world = World::<S>::new(&setup);
    for op in &ops {
        world.run(op);
    }
    world.finish(order);
    assert_eq!(Tracked::alive(), 0, "values that were never dropped");
}

/// The value that these few bytes stand for.
fn pick<V: Debug>(strategy: &impl Strategy<Value = V>, bytes: &[u8]) -> V {
    let number = number(bytes);
    let seed = [number.to_le_bytes(), number.rotate_left(32).to_le_bytes()].concat();
    let config = Config { failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::XorShift, &seed));
    strategy.new_tree(&mut runner).expect("no strategy here rejects").current()
}

/// These bytes as a number, its bits spread by the finish of splitmix64.
fn number(bytes: &[u8]) -> u64 {
    let bytes = bytes.iter().fold(1, |number, byte| (number << 8) | u64::from(*byte));
    let mixed = (bytes ^ (bytes >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}
