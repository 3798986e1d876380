//! Random programs: the steps, and what they run on.
#![allow(dead_code, reason = "each test uses a part of it")]

use proptest::collection::vec;
use proptest::prelude::*;

use super::subject::{How, Then};
use super::world::{End, From, Op, Setup, Step};

/// Sizes of a byte log's records, from zero to a little more than the largest segment.
fn size() -> impl Strategy<Value = usize> {
    prop_oneof![3 => 0..12_usize, 2 => 12..40_usize, 1 => 40..70_usize]
}

fn sizes() -> impl Strategy<Value = Vec<usize>> {
    prop_oneof![4 => vec(size(), 0..6), 1 => vec(size(), 6..32)]
}

fn then() -> impl Strategy<Value = Then> {
    prop_oneof![
        6 => (0..20_usize).prop_map(Then::Commit),
        1 => Just(Then::CommitTooMuch),
        1 => Just(Then::Cancel),
        1 => Just(Then::Leak),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        5 => size().prop_map(Step::Append),
        2 => sizes().prop_map(Step::Batch),
        1 => sizes().prop_map(Step::Packed),
        1 => (0..20_usize, then()).prop_map(|(want, then)| Step::Reserve(want, then)),
    ]
}

fn end() -> impl Strategy<Value = End> {
    prop_oneof![6 => Just(End::Publish), 3 => Just(End::Abandon), 1 => Just(End::Leak)]
}

pub(crate) fn op() -> impl Strategy<Value = Op> {
    let index = || 0..6_usize;
    let how = prop_oneof![Just(How::Batch), Just(How::Slice), Just(How::Packed)];
    let from = prop_oneof![Just(From::Oldest), Just(From::Newest), index().prop_map(From::Snapshot)];
    prop_oneof![
        12 => size().prop_map(Op::Append),
        4 => (how, sizes()).prop_map(|(how, sizes)| Op::Batch(how, sizes)),
        3 => (0..20_usize, then()).prop_map(|(want, then)| Op::Reserve(want, then)),
        4 => (vec(step(), 0..8), end()).prop_map(|(steps, end)| Op::Group(steps, end)),
        1 => Just(Op::Trim),
        2 => prop_oneof![6 => 1..40_i64, 2 => Just(0), 1 => Just(1 << 32), 1 => -3..0_i64, 1 => Just(i64::MAX)].prop_map(Op::Skip),
        1 => Just(Op::HandOver),
        1 => Just(Op::RenewLog),
        2 => Just(Op::Snapshot),
        1 => index().prop_map(Op::Clone),
        3 => index().prop_map(Op::Refresh),
        2 => index().prop_map(Op::Drop),
        2 => (index(), 0..12_usize).prop_map(|(index, chunk)| Op::Pin(index, chunk)),
        1 => index().prop_map(Op::ClonePin),
        2 => index().prop_map(Op::DropPin),
        2 => from.prop_map(Op::Open),
        4 => index().prop_map(Op::Next),
        2 => (index(), 0..64_u64).prop_map(|(index, to)| Op::Seek(index, to)),
        3 => index().prop_map(Op::Follow),
        2 => index().prop_map(Op::PinCurrent),
        1 => index().prop_map(Op::Close),
        2 => (0..8_u64).prop_map(Op::FailAfter),
        1 => (0..8_u64).prop_map(Op::FailFrom),
        3 => Just(Op::FailNoMore),
    ]
}

/// The first sequences: also around the end of 32 bits, and of 63.
fn first_sequence() -> impl Strategy<Value = u64> {
    prop_oneof![2 => Just(0), 1 => (1_u64 << 32) - 12..1 << 32, 1 => (1_u64 << 63) - 12..1 << 63]
}

pub(crate) fn setup(
    retained: std::ops::RangeInclusive<u64>,
    segment: std::ops::RangeInclusive<u64>,
) -> impl Strategy<Value = Setup> {
    (
        (retained, segment),
        (prop_oneof![Just(8_u64), Just(1), Just(3), Just(24)], prop_oneof![Just(0_u32), Just(1), Just(4), Just(64)]),
        prop_oneof![Just(0_u32), 1..6_u32],
        prop_oneof![2 => Just(0_u32), 1 => 1..6_u32],
        prop_oneof![1 => Just(None), 2 => (0..6_u32).prop_map(Some)],
        first_sequence(),
        (prop::bool::weighted(0.2), prop::bool::weighted(0.1)),
    )
        .prop_map(|(capacities, record, segment_records, preallocated, budget, first_sequence, flags)| Setup {
            retained: capacities.0,
            segment: capacities.1,
            record_size: record.0,
            record_align: record.1,
            segment_records,
            preallocated,
            budget,
            first_sequence,
            auto_notify: flags.0,
            prefault: flags.1,
        })
}

/// A program in the form of a test, to run it again.
pub(crate) fn spelt(subject: &str, setup: &Setup, ops: &[Op], order: u64) -> String {
    let mut program = format!("    let mut world = World::<{subject}>::new(&{});\n", spelt_setup(setup));
    for op in ops {
        program += &format!("    world.run(&{});\n", spelt_op(op));
    }
    program + &format!("    world.finish({order});\n")
}

fn spelt_setup(setup: &Setup) -> String {
    let (retained, segment) = (setup.retained, setup.segment);
    let plain = Setup::new(retained, segment);
    let mut fields = String::new();
    macro_rules! say {
        ($($field:ident)*) => {
            $(if setup.$field != plain.$field {
                fields += &format!("{}: {:?}, ", stringify!($field), setup.$field);
            })*
        };
    }
    say!(record_size record_align segment_records preallocated budget first_sequence auto_notify prefault);
    if fields.is_empty() {
        format!("Setup::new({retained}, {segment})")
    } else {
        format!("Setup {{ {fields}..Setup::new({retained}, {segment}) }}")
    }
}

fn spelt_op(op: &Op) -> String {
    match op {
        Op::Batch(how, sizes) => format!("Op::Batch(How::{how:?}, vec!{sizes:?})"),
        Op::Reserve(want, then) => format!("Op::Reserve({want}, Then::{then:?})"),
        Op::Group(steps, end) => {
            let steps: Vec<String> = steps.iter().map(spelt_step).collect();
            format!("Op::Group(vec![{}], End::{end:?})", steps.join(", "))
        }
        Op::Open(from) => format!("Op::Open(From::{from:?})"),
        numbers => format!("Op::{numbers:?}"),
    }
}

fn spelt_step(step: &Step) -> String {
    match step {
        Step::Append(size) => format!("Step::Append({size})"),
        Step::Batch(sizes) => format!("Step::Batch(vec!{sizes:?})"),
        Step::Packed(sizes) => format!("Step::Packed(vec!{sizes:?})"),
        Step::Reserve(want, then) => format!("Step::Reserve({want}, Then::{then:?})"),
    }
}
