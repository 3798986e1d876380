//! Every allocation may fail, and then nothing has changed. All memory comes back with its size and alignment (I6). And
//! `max_segments` is exact: which appends fit, which do not fit now, and which never will.
#![cfg(not(any(loom, shuttle)))]

mod common {
    #[cfg(feature = "capi")]
    pub(crate) mod c_subject;
    pub(crate) mod memory;
    pub(crate) mod reference;
    pub(crate) mod subject;
    pub(crate) mod world;
}

use atomic_log::{AtomicLog, ByteLog, ByteRecords, Error, FixedLog, FixedRecords, Options, Writer};

#[cfg(feature = "capi")]
use common::c_subject::C;
use common::memory::Memory;
use common::subject::{How, Records, Subject, Then, Tracked, Typed};
use common::world::{End, From, Op, Setup, Step, World};

/// A log's life, with readers that hold on to what they have, so that it takes many segments and windows.
fn life() -> Vec<Op> {
    let mut ops = Vec::new();
    for round in 0..12_usize {
        ops.extend(vec![Op::Append(5); 1 + round % 3]);
        if round % 2 == 0 {
            ops.push(Op::Snapshot);
        }
        ops.push(Op::Batch([How::Slice, How::Batch, How::Packed][round % 3], vec![6; round % 7]));
        let end = [End::Publish, End::Abandon, End::Publish, End::Leak][round % 4];
        let steps = vec![
            Step::Append(3),
            Step::Batch(vec![8; 3]),
            Step::Reserve(3, Then::Commit(2)),
            Step::Append(8),
            Step::Append(1),
        ];
        ops.push(Op::Group(steps, end));
        ops.push(Op::Pin(round, 0));
        ops.push(Op::Reserve(2, [Then::Commit(2), Then::Leak, Then::Cancel][round % 3]));
        ops.push(Op::Open([From::Oldest, From::Newest, From::Snapshot(round)][round % 3]));
        ops.extend([Op::Next(round), Op::PinCurrent(round)]);
        match round % 6 {
            3 => ops.extend([Op::HandOver, Op::Clone(round)]),
            4 => ops.extend([Op::Refresh(1), Op::Follow(1), Op::DropPin(0)]),
            5 => ops.extend([Op::Drop(0), Op::Close(0), Op::DropPin(1), Op::Trim]),
            _ => {}
        }
    }
    ops
}

/// Each allocation alone, and every third one with all that come after it.
fn any_allocation_may_fail<S: Subject>(setup: &Setup) {
    fails_at_allocations::<S>(setup, 1, Memory::fail_after);
    fails_at_allocations::<S>(setup, 3, Memory::fail_from);
}

fn fails_at_allocations<S: Subject>(setup: &Setup, step: u64, fail: fn(&Memory, u64)) {
    let ops = life();
    let mut failed = 0;
    loop {
        let memory = Memory::new();
        fail(&memory, failed);
        let mut world = World::<S>::with_memory(setup, memory);
        for op in &ops {
            world.run(op);
        }
        let books = world.memory().books();
        world.memory().fail_no_more();
        // After any refusal, there is no need to start anew.
        world.run(&Op::Append(5));
        world.finish(failed);
        if books.failures == 0 {
            // The life of the log ended without the allocation that was to fail.
            assert!(books.allocations <= failed && failed < books.allocations + step);
            break;
        }
        failed += step;
    }
    assert!(failed > 20, "only {failed} allocations were tried");
}

#[test]
fn any_allocation_may_fail_in_a_log_of_values() {
    any_allocation_may_fail::<Typed<u64>>(&Setup::new(6, 2));
    any_allocation_may_fail::<Typed<Tracked>>(&Setup { budget: Some(12), preallocated: 3, ..Setup::new(4, 1) });
    assert_eq!(Tracked::alive(), 0);
}

#[test]
fn any_allocation_may_fail_in_a_log_of_fixed_records() {
    any_allocation_may_fail::<Records<FixedRecords>>(&Setup { record_size: 3, record_align: 64, ..Setup::new(6, 2) });
    any_allocation_may_fail::<Records<FixedRecords>>(&Setup { budget: Some(12), preallocated: 3, ..Setup::new(4, 1) });
}

#[test]
fn any_allocation_may_fail_in_a_log_of_byte_records() {
    any_allocation_may_fail::<Records<ByteRecords>>(&Setup::new(50, 17));
    any_allocation_may_fail::<Records<ByteRecords>>(&Setup {
        budget: Some(14),
        segment_records: 2,
        ..Setup::new(48, 16)
    });
}

#[cfg(feature = "capi")]
#[test]
fn any_allocation_may_fail_in_a_log_of_fixed_records_through_c() {
    any_allocation_may_fail::<C<FixedRecords>>(&Setup { record_size: 3, record_align: 64, ..Setup::new(6, 2) });
    any_allocation_may_fail::<C<FixedRecords>>(&Setup { budget: Some(12), preallocated: 3, ..Setup::new(4, 1) });
}

#[cfg(feature = "capi")]
#[test]
fn any_allocation_may_fail_in_a_log_of_byte_records_through_c() {
    any_allocation_may_fail::<C<ByteRecords>>(&Setup::new(50, 17));
    any_allocation_may_fail::<C<ByteRecords>>(&Setup { budget: Some(14), segment_records: 2, ..Setup::new(48, 16) });
}

/// A core, K + 1 segments, two windows, a table: without readers there is never more.
fn appends_without_readers_need_k_plus_one_segments<S: Subject>(unit: u64) {
    for (retained, segment) in (1..=6).flat_map(|retained| (1..=4).map(move |segment| (retained, segment))) {
        let setup = Setup::new(retained * unit, segment * unit);
        let (k, all) = (setup.window(), setup.window() + 1 + 4);
        for setup in [setup.clone(), Setup { budget: Some(0), ..setup.clone() }] {
            let memory = Memory::new();
            let log = S::create(&setup, &memory).expect("there is memory");
            let mut writer = S::claim(&log).expect("it is new");
            for _ in 0..segment * 40 {
                S::append(&mut writer, &[7; 8]).expect("K + 1 segments are enough");
                // A reader that does not hold on does not count.
                assert!(S::chunk_count(&S::snapshot(&log).expect("there is memory")) <= k);
            }
            assert_eq!(memory.books().most_blocks, all, "{setup:?}");
            drop((log, writer));
        }
        let memory = Memory::new();
        let preallocated = Setup { preallocated: k as u32 + 1, ..setup };
        let log = S::create(&preallocated, &memory).expect("there is memory");
        assert_eq!(memory.books().allocations as usize, all, "all that is needed");
        let mut writer = S::claim(&log).expect("it is new");
        for _ in 0..segment * 40 {
            S::append(&mut writer, &[7; 8]).expect("K + 1 segments are enough");
        }
        assert_eq!(memory.books().allocations as usize, all, "no more than was preallocated");
        drop((log, writer));
    }
}

#[test]
fn plain_appends_without_readers_need_k_plus_one_segments() {
    appends_without_readers_need_k_plus_one_segments::<Typed<u64>>(1);
    appends_without_readers_need_k_plus_one_segments::<Records<FixedRecords>>(1);
    appends_without_readers_need_k_plus_one_segments::<Records<ByteRecords>>(8);
}

/// One value per segment: each append is a roll, and K = `window`.
fn log_of_rolls(memory: &Memory, window: u32, max_segments: u32) -> (Writer<u64>, AtomicLog<u64>) {
    let options = Options::new(u64::from(window) - 1, 1).max_segments(max_segments).allocator(memory.allocator());
    let log = AtomicLog::try_new(&options).expect("there is memory");
    (log.try_claim_writer().expect("it is new"), log)
}

fn append(writer: &mut Writer<u64>) -> Result<(), Error> {
    Ok(writer.append(writer.next_sequence())?)
}

#[test]
fn a_group_of_g_segments_needs_k_plus_g() -> Result<(), Error> {
    for (k, g) in (2..=6_u32).flat_map(|k| (1..=k).map(move |g| (k, g))) {
        for max in k + 1..=2 * k {
            let memory = Memory::new();
            let (mut writer, log) = log_of_rolls(&memory, k, max);
            (0..2 * k).try_for_each(|_| append(&mut writer))?;
            let before = log.range();
            let next = writer.next_sequence();

            let batch = writer.append_batch(next..next + u64::from(g));
            let slice: Vec<u64> = (0..u64::from(g)).collect();
            if k + g <= max {
                assert_eq!(batch, Ok(g as usize));
                writer.append_slice(&slice)?;
            } else {
                assert_eq!(batch, Err(Error::TooLarge), "k {k}, g {g}, max {max}");
                assert_eq!(writer.append_slice(&slice), Err(Error::TooLarge));
                assert_eq!(log.range(), before);
            }

            let mut group = writer.group();
            let fits = g.min(max - k);
            for _ in 0..fits {
                group.append(0)?;
            }
            if fits < g {
                let failed = group.append(42).expect_err("the budget is spent, without any reader");
                assert_eq!((failed.value, failed.error), (42, Error::TooLarge));
            }
            group.publish();
            let latest = log.snapshot().latest();
            assert_eq!(latest.end - latest.start, u64::from(fits), "the group had what it had");
        }
    }
    Ok(())
}

#[test]
fn what_does_not_fit_now_is_told_from_what_never_fits() -> Result<(), Error> {
    for (k, g) in (2..=5_u32).flat_map(|k| (1..=k).map(move |g| (k, g))) {
        // Enough for the group alone, and not for the group beside an old view.
        let memory = Memory::new();
        let (mut writer, log) = log_of_rolls(&memory, k, k + g);
        (0..k).try_for_each(|_| append(&mut writer))?;
        let view = log.snapshot();
        (0..g).try_for_each(|_| append(&mut writer))?;
        let next = writer.next_sequence();
        let values: Vec<u64> = (next..next + u64::from(g)).collect();
        let more: Vec<u64> = (next..next + u64::from(g) + 1).collect();
        assert_eq!(writer.append_slice(&values), Err(Error::SegmentLimit));
        assert_eq!(writer.append_batch(values.iter().copied()), Err(Error::SegmentLimit));
        assert_eq!(writer.append_slice(&more), Err(Error::TooLarge));
        assert_eq!(writer.next_sequence(), next);
        drop(view);
        assert_eq!(writer.append_slice(&more), Err(Error::TooLarge));
        writer.append_slice(&values)?;
        assert_eq!(log.snapshot().latest(), next..next + u64::from(g));
    }
    Ok(())
}

#[test]
fn appends_go_on_until_a_held_view_is_more_than_s_rolls_old() -> Result<(), Error> {
    for (k, s) in (2..=5_u32).flat_map(|k| (1..=k).map(move |s| (k, s))) {
        let memory = Memory::new();
        let (mut writer, log) = log_of_rolls(&memory, k, k + s);
        for held in 0..4 {
            (0..2 * k).try_for_each(|_| append(&mut writer))?;
            let mut view = log.snapshot();
            (0..s).try_for_each(|_| append(&mut writer))?;
            let range = log.range();
            for _ in 0..3 {
                assert_eq!(append(&mut writer), Err(Error::SegmentLimit), "k {k}, s {s}");
            }
            assert_eq!(log.range(), range, "nothing has changed");
            // The next append after a release succeeds, for each kind of release.
            match held {
                0 => drop(view),
                1 => assert_eq!(view.refresh().appended, u64::from(s)),
                2 => {
                    let mut cursor = view.cursor();
                    drop(view);
                    assert_eq!(append(&mut writer), Err(Error::SegmentLimit), "the cursor holds as much");
                    while cursor.next_chunk().is_some() {}
                    assert_eq!(cursor.refresh().lost, 0);
                }
                _ => {
                    let pins: Vec<_> = (0..k as usize).filter_map(|chunk| view.pin(chunk)).collect();
                    drop(view);
                    assert_eq!(append(&mut writer), Err(Error::SegmentLimit), "the pins hold as much");
                    // Segments that are still retained do not come back. Of the others one is enough.
                    let last_evicted = pins.iter().rposition(|pin| pin.first_sequence() < range.start);
                    let kept: Vec<_> =
                        (pins.into_iter().enumerate()).filter(|(index, _)| Some(*index) != last_evicted).collect();
                    append(&mut writer)?;
                    drop(kept);
                }
            }
            append(&mut writer)?;
        }
    }
    Ok(())
}

/// V views and p pins that never let go stop no plain append from K(V + 1) + 1 + p segments on. With one segment less
/// they can.
#[test]
fn stuck_views_and_pins_stop_nobody_with_enough_segments() -> Result<(), Error> {
    for (k, stuck, pinned) in (2..=4_u32).flat_map(|k| (0..=3).flat_map(move |v| (0..=3).map(move |p| (k, v, p)))) {
        let enough = k * (stuck + 1) + 1 + pinned;
        for max in [enough, enough - 1] {
            if max < k + 1 {
                continue;
            }
            let memory = Memory::new();
            let (mut writer, log) = log_of_rolls(&memory, k, max);
            let (mut views, mut pins) = (Vec::new(), Vec::new());
            let mut appended = Ok(());
            // Views and pins of segments that nothing else holds, in turn: the worst case.
            for turn in 0..stuck.max(pinned) {
                if turn < stuck {
                    appended = appended.and_then(|()| (0..k).try_for_each(|_| append(&mut writer)));
                    views.push(log.snapshot());
                }
                if turn < pinned {
                    appended = appended.and_then(|()| (0..k).try_for_each(|_| append(&mut writer)));
                    pins.extend(log.snapshot().pin(k as usize - 1));
                }
            }
            appended = appended.and_then(|()| (0..50).try_for_each(|_| append(&mut writer)));
            if max == enough {
                assert_eq!(appended, Ok(()), "k {k}, {stuck} views, {pinned} pins");
                continue;
            }
            assert_eq!(appended, Err(Error::SegmentLimit), "k {k}, {stuck} views, {pinned} pins");
            if pins.is_empty() {
                views.pop();
            } else {
                pins.pop();
            }
            append(&mut writer)?;
        }
    }
    Ok(())
}

#[test]
fn records_lie_at_their_alignment() -> Result<(), Error> {
    for align in (0..=12).map(|power| 1_u32 << power) {
        let memory = Memory::new();
        for size in [1_u64, 3, 64, 100] {
            let options = Options::new(5, 2).record_size(size).record_align(align).allocator(memory.allocator());
            let (mut writer, log) = FixedLog::try_new_claimed(&options)?;
            let stride = size.next_multiple_of(u64::from(align));
            assert_eq!((writer.stride() as u64, log.record_align()), (stride, align as usize));
            for _ in 0..9 {
                writer.append(&vec![align as u8; size as usize])?;
            }
            for chunk in log.snapshot().chunks() {
                let first = chunk.get(0).map(|record| record.as_ptr().addr());
                assert_eq!(first.map(|address| address % align.max(64) as usize), Some(0));
                for (index, record) in chunk.iter().enumerate() {
                    assert_eq!(Some(record.as_ptr().addr() - index * stride as usize), first);
                    assert_eq!(record, vec![align as u8; size as usize]);
                }
            }
        }
        let options = Options::new(30_000, 9_001).record_align(align).allocator(memory.allocator());
        let (mut writer, log) = ByteLog::try_new_claimed(&options)?;
        for size in (0..40).map(|round| round * 217 % 9_002) {
            writer.append(&vec![align as u8; size])?;
        }
        for record in log.snapshot().iter() {
            assert_eq!(record.as_ptr().addr() % align as usize, 0);
            assert!(record.iter().all(|byte| *byte == align as u8));
        }
    }
    Ok(())
}

/// Segments are counted in 32 bits: the largest possible log is refused only for lack of memory.
#[test]
fn the_most_segments_are_asked_for_and_one_more_is_refused() {
    let memory = Memory::new();
    memory.fail_from(0);
    let log = |retained| AtomicLog::<u64>::try_new(&Options::new(retained, 1).allocator(memory.allocator())).err();
    let most = u64::from(u32::MAX) - 3;
    assert_eq!(log(most), Some(Error::NoMemory));
    assert!(matches!(log(most + 1), Some(Error::Argument(_))));
}

/// A publication that is too long for any log is refused for that, and not for the lack of memory that it would cause.
#[test]
fn too_many_records_for_a_publication_are_told_before_a_lack_of_memory() {
    const MOST: usize = (1 << 31) - 1;
    let values = [(); MOST + 1];
    let memory = Memory::new();
    let options = Options::new(1 << 33, 1 << 20).allocator(memory.allocator());
    let log = AtomicLog::try_new(&options).unwrap();
    let mut writer = log.try_claim_writer().unwrap();
    memory.fail_from(0);
    assert_eq!(writer.append_slice(&values), Err(Error::TooLarge));
    assert_eq!(writer.append_slice(&values[..MOST]), Err(Error::NoMemory));
    let mut group = writer.group();
    group.append(()).unwrap();
    assert_eq!(group.append_slice(&values[..MOST]), Err(Error::TooLarge));
    assert_eq!(group.append_slice(&values[..MOST - 1]), Err(Error::NoMemory));
    group.publish();
    assert_eq!(log.range(), 0..1);
}
