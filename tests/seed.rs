//! The original requirement: a view is stable, bounded, and after a refresh the same as a fresh one, however long its
//! reader has held it (I2, I7, I8, I9). Checked after every step, for every pair of small capacities.
#![cfg(not(any(loom, shuttle)))]

mod common {
    pub(crate) mod chance;
    pub(crate) mod memory;
    pub(crate) mod reference;
    pub(crate) mod subject;
    pub(crate) mod world;
}

use atomic_log::{AtomicLog, ByteLog, ByteRecords, Error, FixedLog, FixedRecords, Options};

use common::chance::Chance;
use common::subject::{How, Records, Subject, Tracked, Typed};
use common::world::{End, From, Op, Setup, Step, World};

#[test]
fn the_example_gives_its_numbers() -> Result<(), Error> {
    let (mut writer, log) = AtomicLog::new_claimed(8, 4);
    for value in 0..6 {
        writer.append(value)?;
    }
    let mut view = log.snapshot();
    assert!(view.iter().eq(&[0, 1, 2, 3, 4, 5]));

    writer.append(6)?;
    writer.append(7)?;
    assert!(view.iter().eq(&[0, 1, 2, 3, 4, 5]), "a view does not move by itself");
    view.refresh();
    assert!(view.iter().eq(&[0, 1, 2, 3, 4, 5, 6, 7]));
    let slices: Vec<(u64, &[i32])> = view.chunks().map(|slice| (slice.sequence(), slice.values())).collect();
    assert_eq!(slices, [(0, &[0, 1, 2, 3][..]), (1, &[4, 5, 6, 7])]);
    Ok(())
}

#[test]
fn a_new_segment_appears_together_with_its_first_record() -> Result<(), Error> {
    let (mut writer, log) = AtomicLog::new_claimed(8, 4);
    let mut view = log.snapshot();
    assert_eq!((view.chunk_count(), view.is_empty(), view.range(), view.latest()), (0, true, 0..0, 0..0));
    for value in 0..100_u64 {
        writer.append(value)?;
        view.refresh();
        // K = 3. The oldest segment goes when the first record of another segment comes.
        assert_eq!(view.chunk_count(), (value as usize / 4 + 1).min(3));
        assert!(view.chunks().all(|slice| !slice.is_empty()));
        assert_eq!(view.range(), (value / 4).saturating_sub(2) * 4..value + 1);
    }
    Ok(())
}

#[test]
fn the_log_goes_on_without_its_writer() -> Result<(), Error> {
    let (mut writer, log) = AtomicLog::new_claimed(8, 4);
    writer.append_batch(0..6)?;
    assert!(matches!(log.try_claim_writer(), Err(Error::Claimed)));
    drop(writer);
    assert!(log.snapshot().iter().eq(&[0, 1, 2, 3, 4, 5]));
    let mut writer = log.try_claim_writer()?;
    assert_eq!(writer.next_sequence(), 6);
    writer.append(6)?;
    assert!(log.snapshot().iter().eq(&[0, 1, 2, 3, 4, 5, 6]));
    Ok(())
}

/// One step by the writer. Then the readers that were there from the start look again.
fn step<S: Subject>(world: &mut World<S>, op: Op) {
    world.run(&op);
    world.run(&Op::Refresh(0));
    world.run(&Op::Follow(0));
    world.run(&Op::Next(0));
}

fn world<S: Subject>(setup: &Setup) -> World<S> {
    let mut world = World::new(setup);
    world.run(&Op::Snapshot);
    world.run(&Op::Open(From::Oldest));
    world
}

/// `unit`: the space that a record occupies. The records of byte logs all occupy the same here.
fn appends_one_by_one<S: Subject>(unit: u64) {
    for (retained, segment) in capacities() {
        let setup = Setup::new(retained * unit, segment * unit);
        let mut world = world::<S>(&setup);
        for appended in 1..=2 * retained + 4 * segment {
            step(&mut world, Op::Append(8));
            let view = world.snapshot();
            let len = S::len(&view) as u64;
            assert!(len >= retained.min(appended) && len < retained + 2 * segment, "{len} of {setup:?}");
            assert!(S::chunk_count(&view) <= setup.window());
        }
        world.finish(retained + segment);
    }
}

fn batches_and_groups<S: Subject>(unit: u64) {
    for (retained, segment) in capacities() {
        let mut world = world::<S>(&Setup::new(retained * unit, segment * unit));
        // Up to one more than ever fits.
        for count in 0..=(retained + 2 * segment) as usize {
            step(&mut world, Op::Batch(How::Batch, vec![8; count]));
            let half = vec![Step::Append(8); count / 2];
            step(
                &mut world,
                Op::Group([half.clone(), vec![Step::Batch(vec![8; count - count / 2])]].concat(), End::Abandon),
            );
            step(&mut world, Op::Append(8));
            step(&mut world, Op::Group([vec![Step::Batch(vec![8; count - count / 2])], half].concat(), End::Publish));
        }
        world.finish(retained ^ segment);
    }
}

/// Each pair of up to 12, or up to SEED_CAPACITY, for emulated machines.
fn capacities() -> impl Iterator<Item = (u64, u64)> {
    let most = std::env::var("SEED_CAPACITY").map_or(12, |most| most.parse().expect("SEED_CAPACITY is a number"));
    (1..=most).flat_map(move |retained| (1..=most).map(move |segment| (retained, segment)))
}

#[test]
fn refreshed_view_equals_a_fresh_one_of_values() {
    appends_one_by_one::<Typed<Tracked>>(1);
    batches_and_groups::<Typed<Tracked>>(1);
    assert_eq!(Tracked::alive(), 0);
}

#[test]
fn refreshed_view_equals_a_fresh_one_of_fixed_records() {
    appends_one_by_one::<Records<FixedRecords>>(1);
    batches_and_groups::<Records<FixedRecords>>(1);
}

#[test]
fn refreshed_view_equals_a_fresh_one_of_byte_records() {
    appends_one_by_one::<Records<ByteRecords>>(8);
    batches_and_groups::<Records<ByteRecords>>(8);
}

#[test]
fn any_batch_of_up_to_retained_capacity_records_fits() -> Result<(), Error> {
    for (retained, segment) in capacities() {
        for before in 0..2 * segment {
            let (mut writer, log) = FixedLog::try_new_claimed(&Options::new(retained, segment).record_size(1))?;
            for _ in 0..before {
                writer.append(&[0])?;
            }
            writer.append_batch(&vec![1; retained as usize])?;
            let view = log.snapshot();
            assert_eq!(view.latest(), before..before + retained);
            assert!(view.range().start <= before, "the newest publication lies whole in the view");
        }
    }
    Ok(())
}

/// With C = segment_capacity, R = K - 1, u = the space that the largest record occupies, a = record_align, and C a
/// multiple of a: a view holds at least R * (C - u + a) bytes of space once segments have been evicted.
#[test]
fn byte_views_hold_what_is_promised_and_such_groups_fit() -> Result<(), Error> {
    let mut chance = Chance::new(1);
    for round in 0..400 {
        let align = 1 << (round % 5);
        let segment = align * (1 + chance.below(12));
        let retained = 1 + chance.below(5 * segment);
        let largest = align * (1 + chance.below(segment / align));
        let promised = retained.div_ceil(segment) * (segment - largest + align);
        let options =
            Options::new(retained, segment).record_align(align as u32).segment_records(segment as u32 * 2 + 1);
        let (mut writer, log) = ByteLog::try_new_claimed(&options)?;
        let occupies = |record: &[u8]| (record.len() as u64).next_multiple_of(align);
        for _ in 0..40 {
            // A record of no bytes occupies none, so it counts for nothing here.
            writer.append(&vec![7; 1 + chance.below(largest) as usize])?;
            let view = log.snapshot();
            if view.range().start > 0 {
                let held: u64 = view.iter().map(occupies).sum();
                assert!(held >= promised, "{held} of {promised}: {options:?}, {view:?}");
            }
            if chance.below(4) == 0 {
                let mut group = Vec::new();
                let mut left = promised;
                while left > 0 {
                    let record = vec![8; (1 + chance.below(largest) as usize).min(left as usize)];
                    left = left.saturating_sub(occupies(&record));
                    group.push(record);
                }
                let begin = writer.next_sequence();
                writer.append_batch(&group)?;
                assert!(log.snapshot().range().start <= begin);
            }
        }
    }
    Ok(())
}
