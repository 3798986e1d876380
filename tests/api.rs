//! The Rust surface: what may cross threads and what may not, handles made from handles, iterators that agree with a
//! `Vec`'s, refusals that name the fault, limits, and `Debug` that shows what matters.
#![cfg(not(any(loom, shuttle)))]

use std::cell::Cell;
use std::error::Error as _;
use std::rc::Rc;
use std::sync::MutexGuard;

use atomic_log::{
    Allocator, AppendError, AtomicLog, ByteCursor, ByteLog, ByteRecords, ByteWriter, Chunk, Chunks, Cursor, Delta,
    Error, FixedCursor, FixedLog, FixedRecords, FixedSnapshot, FixedWriter, Group, Iter, Options, RecordChunk,
    RecordGroup, RecordSegment, RecordSnapshot, Segment, Snapshot, Writer,
};

/// Fails to compile unless the type is as stated: of two blanket impls only the one that always fits may fit.
macro_rules! assert_never {
    ($trait:ident: $($type:ty),+ $(,)?) => {$(
        const _: fn() = || {
            trait Ambiguous<A> {
                fn item() {}
            }
            impl<T: ?Sized> Ambiguous<()> for T {}
            struct Is;
            impl<T: ?Sized + $trait> Ambiguous<Is> for T {}
            <$type as Ambiguous<_>>::item();
        };
    )+};
}

#[allow(dead_code, reason = "Rust 1.85 does not see that a const without a name uses it")]
const fn crosses_threads<T: Send + Sync>() {}

/// `Send` and not `Sync`.
#[allow(dead_code, reason = "Rust 1.85 does not see that a const without a name uses it")]
type Unshared = Cell<u8>;
/// `Sync` and not `Send`.
#[allow(dead_code, reason = "Rust 1.85 does not see that a const without a name uses it")]
type Bound = MutexGuard<'static, u8>;
/// Neither.
#[allow(dead_code, reason = "Rust 1.85 does not see that a const without a name uses it")]
type Local = Rc<u8>;

macro_rules! handles_cross_threads_if_values_do {
    ($($handle:ident),+) => {$(
        const _: () = crosses_threads::<$handle<String>>();
        assert_never!(Send: $handle<Unshared>, $handle<Bound>, $handle<Local>);
        assert_never!(Sync: $handle<Unshared>, $handle<Bound>, $handle<Local>);
    )+};
}

// A handle may be the last one, which drops values, and all of them read.
handles_cross_threads_if_values_do!(AtomicLog, Writer, Snapshot, Cursor, Segment);

const _: () = {
    crosses_threads::<Group<'static, String>>();
    crosses_threads::<Iter<'static, String>>();
    crosses_threads::<Chunks<'static, String>>();
    crosses_threads::<Chunk<'static, String>>();
    crosses_threads::<FixedLog>();
    crosses_threads::<FixedWriter>();
    crosses_threads::<ByteLog>();
    crosses_threads::<ByteWriter>();
    crosses_threads::<RecordGroup<'static, FixedRecords>>();
    crosses_threads::<RecordGroup<'static, ByteRecords>>();
    crosses_threads::<FixedSnapshot>();
    crosses_threads::<RecordChunk<'static>>();
    crosses_threads::<FixedCursor>();
    crosses_threads::<RecordSegment>();
    crosses_threads::<Options>();
    crosses_threads::<Allocator>();
    crosses_threads::<Error>();
    crosses_threads::<Delta>();
};
assert_never!(Send: Group<'static, Unshared>, Group<'static, Bound>, Iter<'static, Unshared>, Chunks<'static, Unshared>);
assert_never!(Sync: Group<'static, Unshared>, Iter<'static, Unshared>, Chunks<'static, Unshared>);
assert_never!(Send: Chunk<'static, Unshared>, AppendError<Local>);
// One writer, and one position for each cursor.
assert_never!(Clone: Writer<u8>, FixedWriter, ByteWriter, Cursor<u8>, FixedCursor, ByteCursor);

#[test]
fn handles_are_made_from_handles() -> Result<(), Error> {
    let log = AtomicLog::<u32>::new(8, 4);
    let mut writer = Writer::try_from(&log)?;
    assert_eq!(Writer::try_from(&log).err(), Some(Error::Claimed));
    writer.append(7)?;

    let by_writer = AtomicLog::from(&writer);
    let by_view = AtomicLog::from(&Snapshot::from(&log));
    let view = Snapshot::from(&writer);
    for log in [&by_writer, &by_view, &view.log(), &writer.log(), &log.clone(), &view.cursor().log()] {
        assert!(log.has_writer());
        assert_eq!(log.range(), 0..1);
    }
    writer.append(8)?;
    assert_eq!(by_view.snapshot().iter().sum::<u32>(), 15, "all of them are of one log");

    drop((log, by_writer, by_view, writer));
    let mut writer = view.log().try_claim_writer()?;
    writer.append(9)?;
    assert!(view.log().snapshot().iter().eq(&[7, 8, 9]), "a view leads back to its log");

    let (mut writer, log) = ByteLog::try_new_claimed(&Options::new(64, 32))?;
    writer.append(b"one")?;
    for log in [&log.clone(), &writer.log()] {
        assert!(log.has_writer());
        assert_eq!(log.range(), 0..1, "all of them are of one log");
        assert_eq!((log.retained_capacity(), log.segment_capacity()), (64, 32));
    }
    assert_eq!((writer.retained_capacity(), writer.segment_capacity()), (64, 32));
    Ok(())
}

/// Views whose first chunk, last chunk, or only chunk is full or not.
fn views() -> Vec<(Snapshot<u64>, Vec<u64>)> {
    let mut views = Vec::new();
    for appended in 0..=14_u64 {
        let (mut writer, log) = AtomicLog::new_claimed(6, 3);
        writer.append_batch(0..appended.min(5)).expect("it fits");
        (5..appended).try_for_each(|value| writer.append(value)).expect("there is memory");
        let view = log.snapshot();
        let values = Vec::from_iter(view.range());
        views.push((view, values));
    }
    views
}

#[test]
fn values_come_as_from_a_vec() {
    for (view, values) in views() {
        let len = values.len();
        assert_eq!((view.len(), view.is_empty(), view.iter().len()), (len, len == 0, len));
        assert!((&view).into_iter().eq(&values));
        assert_eq!(view.iter().fold(1, |folded, value| folded * 3 + value), values.iter().fold(1, |f, v| f * 3 + v));
        assert_eq!((view.iter().count(), view.iter().last()), (len, values.last()));
        assert_eq!((view.iter().max(), view.iter().position(|value| *value == 7)), {
            (values.iter().max(), values.iter().position(|value| *value == 7))
        });
        for taken in 0..=len + 1 {
            // Both after the same steps, then each of the ways to go on.
            let (mut of_view, mut of_vec) = (view.iter(), values.iter());
            for _ in 0..taken {
                assert_eq!(of_view.next(), of_vec.next());
            }
            assert_eq!(of_view.size_hint(), of_vec.size_hint());
            assert!(of_view.clone().eq(of_vec.clone()));
            assert_eq!(of_view.clone().count(), of_vec.clone().count());
            assert_eq!(of_view.clone().last(), of_vec.clone().last());
            assert_eq!(of_view.clone().sum::<u64>(), of_vec.clone().sum());
            for skipped in 0..=len + 2 {
                let (mut of_view, mut of_vec) = (of_view.clone(), of_vec.clone());
                assert_eq!(of_view.nth(skipped), of_vec.nth(skipped));
                assert_eq!(of_view.size_hint(), of_vec.size_hint());
                assert_eq!(of_view.next(), of_vec.next());
                assert!(of_view.eq(of_vec));
            }
        }
        for step in 1..=len + 1 {
            assert!(view.iter().step_by(step).eq(values.iter().step_by(step)));
        }
        let mut done = view.iter();
        assert_eq!((done.by_ref().count(), done.next(), done.next(), done.nth(3)), (len, None, None, None));
        for sequence in 0..20 {
            assert_eq!(view.get(sequence), values.iter().find(|value| **value == sequence));
        }
        assert_eq!(view.get(u64::MAX), None);
    }
}

#[test]
fn chunks_come_as_from_a_vec_from_both_ends() {
    for (view, values) in views() {
        let chunks: Vec<&[u64]> = view.chunks().map(|slice| slice.values()).collect();
        assert_eq!(chunks.concat(), values);
        assert_eq!((view.chunks().len(), view.chunk_count()), (chunks.len(), chunks.len()));
        for (index, slice) in view.chunks().enumerate() {
            assert_eq!((slice.first_sequence(), slice.sequence()), (slice[0], slice[0] / 3));
            assert_eq!(view.chunk(index).map(|slice| slice.values()), Some(chunks[index]));
            let pin = view.pin(index).expect("the chunk is there");
            assert_eq!((pin.values(), pin.sequence()), (slice.values(), slice.sequence()));
        }
        assert!(view.chunk(chunks.len()).is_none() && view.pin(chunks.len()).is_none());
        assert!(view.chunks().rev().map(|slice| slice.values()).eq(chunks.iter().rev().copied()));
        for (front, back) in (0..=4).flat_map(|front| (0..=4).map(move |back| (front, back))) {
            let (mut of_view, mut of_vec) = (view.chunks(), chunks.iter().copied());
            for _ in 0..front {
                assert_eq!(of_view.next().map(|slice| slice.values()), of_vec.next());
            }
            for _ in 0..back {
                assert_eq!(of_view.next_back().map(|slice| slice.values()), of_vec.next_back());
            }
            assert_eq!(of_view.size_hint(), of_vec.size_hint());
            assert!(of_view.clone().map(|slice| slice.values()).eq(of_vec.clone()));
            assert_eq!(of_view.nth(1).map(|slice| slice.values()), of_vec.nth(1));
            assert_eq!(of_view.nth_back(0).map(|slice| slice.values()), of_vec.nth_back(0));
            assert_eq!(of_view.len(), of_vec.len());
        }
    }
}

#[test]
fn records_come_as_from_a_vec() -> Result<(), Error> {
    for appended in 0..=14_u8 {
        let (mut fixed, fixed_log) = FixedLog::try_new_claimed(&Options::new(6, 3).record_size(2))?;
        let (mut bytes, bytes_log) = ByteLog::try_new_claimed(&Options::new(48, 24))?;
        for value in 0..appended {
            fixed.append(&[value, value])?;
            bytes.append(&[value, value])?;
        }
        shows_as_a_vec(&fixed_log.snapshot());
        shows_as_a_vec(&bytes_log.snapshot());
    }
    Ok(())
}

/// Each record is its own sequence, twice; a segment has three.
fn shows_as_a_vec<K>(view: &RecordSnapshot<K>) {
    let records: Vec<[u8; 2]> = view.range().map(|sequence| [sequence as u8; 2]).collect();
    assert_eq!((view.len(), view.is_empty()), (records.len(), records.is_empty()));
    assert!(view.iter().eq(records.iter()));
    assert!(view.into_iter().eq(view.chunks().flatten()));
    for taken in 0..=records.len() {
        let (mut of_view, mut of_vec) = (view.iter(), records.iter().map(|two| &two[..]));
        for _ in 0..taken {
            assert_eq!(of_view.next(), of_vec.next());
        }
        assert_eq!((of_view.size_hint(), of_view.len()), (of_vec.size_hint(), of_vec.len()));
        assert_eq!(
            (of_view.clone().count(), of_view.clone().last()),
            (of_vec.len(), records[taken..].last().map(|two| &two[..]))
        );
        assert!(
            of_view.clone().fold(Vec::new(), |all, each| [all, vec![each]].concat()).into_iter().eq(of_vec.clone())
        );
        for skipped in 0..=of_vec.len() {
            let (mut of_view, mut of_vec) = (of_view.clone(), of_vec.clone());
            assert_eq!(of_view.nth(skipped), of_vec.nth(skipped));
            assert_eq!((of_view.next(), of_view.len()), (of_vec.next(), of_vec.len()));
        }
    }
    assert_eq!(view.chunks().len(), records.chunks(3).len());
    assert!(view.chunks().rev().map(|chunk| chunk.sequence()).eq(view.chunks().map(|chunk| chunk.sequence()).rev()));
    for skipped in 0..4 {
        let first = |chunk: RecordChunk<'_>| chunk.first_sequence() as u8;
        assert_eq!(view.chunks().nth(skipped).map(first), records.chunks(3).nth(skipped).map(|chunk| chunk[0][0]));
    }
    for (chunk, expected) in view.chunks().zip(records.chunks(3)) {
        assert_eq!((chunk.len(), chunk.iter().len()), (expected.len(), expected.len()));
        assert!(chunk.iter().eq(expected.iter()) && chunk.into_iter().eq(expected.iter()));
        assert_eq!(chunk.first_sequence(), u64::from(expected[0][0]));
    }
}

/// A refusal that names the fault.
fn names(refusal: &Option<Error>, what: &str) -> bool {
    matches!(refusal, Some(error @ Error::Argument(_)) if error.to_string().contains(what))
}

#[test]
fn every_option_out_of_its_domain_is_named() {
    let good = Options::new(8, 4);
    let fixed = |options: Options| FixedLog::try_new(&options).err();
    let bytes = |options: Options| ByteLog::try_new(&options).err();
    let typed = |options: Options| AtomicLog::<u64>::try_new(&options).err();
    assert_eq!((typed(good), fixed(good.record_size(1)), bytes(good)), (None, None, None));

    for (options, what) in [
        (Options::new(0, 4), "retained_capacity 0 keeps nothing"),
        (Options::new(8, 0), "segment_capacity 0 holds nothing"),
        (Options::new(8, 1 << 32), "segment_capacity 4294967296 is more than 4294967295"),
        (Options::new(u64::MAX, 1), "retained_capacity 18446744073709551615 is 2^32 - 3 segments or more"),
        (Options::new(1 << 32, 1), "retained_capacity 4294967296 is 2^32 - 3 segments or more"),
        (good.max_segments(3), "max_segments 3 is less than 4, which is K + 1"),
        (
            good.max_segments(4).preallocated_segments(5),
            "max_segments 4 is less than 5, which is preallocated_segments",
        ),
    ] {
        assert!(names(&typed(options), what), "{what}");
        assert!(names(&fixed(options.record_size(1)), what), "{what}");
        assert!(names(&bytes(options), what), "{what}");
    }
    for log in [typed(good.max_segments(4).preallocated_segments(4)), bytes(good.max_segments(4))] {
        assert_eq!(log, None);
    }

    assert!(names(&typed(good.record_size(8)), "record_size 8 is not 0, and comes from the type"));
    assert!(names(&typed(good.record_align(8)), "record_align 8 is not 0"));
    assert!(names(&typed(good.segment_records(8)), "segment_records 8 is not 0: it is for byte logs"));
    assert!(names(&fixed(good.record_size(0)), "record_size 0 is no size"));
    assert!(names(&fixed(good.record_size(8).segment_records(1)), "segment_records"));
    assert!(names(&bytes(good.record_size(1)), "record_size 1 is not 0"));
    for (align, what) in [
        (3, "record_align 3 is not a power of two"),
        (6, "record_align 6 is not a power of two"),
        (8192, "record_align 8192 is more than 4096"),
        (u32::MAX, "record_align 4294967295 is not a power of two"),
    ] {
        assert!(names(&fixed(good.record_size(8).record_align(align)), what));
        assert!(names(&bytes(good.record_align(align)), what));
    }
    for align in [1, 2, 4096] {
        assert_eq!((fixed(good.record_size(3).record_align(align)), bytes(good.record_align(align))), (None, None));
    }

    // Larger than the address space.
    let most = Options::new(1, u64::from(u32::MAX));
    assert!(names(&fixed(most.record_size(u64::MAX)), "more than this machine can address"));
    assert!(names(&fixed(most.record_size(1 << 32)), "more than this machine can address"));
    assert!(names(&AtomicLog::<[u64; 1 << 29]>::try_new(&most).err(), "more than this machine can address"));
    // Addressable, but more than there is.
    assert_eq!(fixed(most.record_size(1 << 30)), Some(Error::NoMemory));
}

#[test]
fn appends_out_of_their_domain_change_nothing() -> Result<(), Error> {
    let (mut writer, log) = FixedLog::try_new_claimed(&Options::new(8, 4).record_size(3))?;
    for size in [0, 1, 2, 4, 6] {
        assert!(names(&writer.append(&vec![0; size]).err(), "record_size"));
    }
    for size in [1, 2, 4, 301] {
        assert!(names(&writer.append_batch(&vec![0; size]).err(), "multiple"));
        assert!(names(&writer.group().append_batch(&vec![0; size]).err(), "multiple"));
    }
    assert!(names(&writer.reserve(0).err(), "at least one"));
    writer.append_batch(&[])?;
    writer.group().publish();
    assert_eq!((writer.next_sequence(), log.range()), (0, 0..0));

    let (mut writer, log) = ByteLog::try_new_claimed(&Options::new(100, 40))?;
    assert_eq!(writer.append(&[0; 41]), Err(Error::TooLarge));
    assert_eq!(writer.append_batch(&[&[0; 1][..], &[0; 41]]), Err(Error::TooLarge));
    assert_eq!(writer.reserve(41).err(), Some(Error::TooLarge));
    assert_eq!(writer.reserve(usize::MAX).err(), Some(Error::TooLarge));
    writer.append_batch::<&[u8]>(&[])?;
    assert_eq!((writer.next_sequence(), log.range()), (0, 0..0));
    writer.append(&[0; 40])?;
    writer.append(&[])?;
    assert_eq!(log.snapshot().iter().map(<[u8]>::len).collect::<Vec<usize>>(), [40, 0]);

    let (mut writer, log) = AtomicLog::<u8>::new_claimed(8, 4);
    assert_eq!(writer.append_batch([])?, 0);
    writer.append_slice(&[])?;
    writer.group().publish();
    assert_eq!((writer.next_sequence(), log.range()), (0, 0..0));
    Ok(())
}

/// Values without a size make the limits of counts reachable.
#[test]
fn a_publication_has_at_most_two_to_the_31_minus_one_values() -> Result<(), Error> {
    const MOST: usize = (1 << 31) - 1;
    let values = [(); MOST + 1];
    let (mut writer, log) = AtomicLog::new_claimed(2 * u32::MAX as usize, u32::MAX as usize);
    assert_eq!(writer.append_slice(&values), Err(Error::TooLarge));
    let mut end = 0;
    for _ in 0..9 {
        writer.append_slice(&values[..MOST])?;
        let view = log.snapshot();
        assert_eq!(view.latest(), end..end + MOST as u64);
        end += MOST as u64;
        assert_eq!(view.range().end, end);
        assert_eq!(view.iter().count() as u64, end - view.range().start);
        writer.append(())?;
        assert_eq!(log.snapshot().latest(), end..end + 1);
        end += 1;
    }
    assert_eq!(log.snapshot().range().start, 2 * u64::from(u32::MAX), "two segments were full, and are evicted");

    // Everything in one group is one publication, however it was appended.
    std::mem::forget(writer.group());
    writer.append_slice(&values[..MOST - 1])?;
    assert_eq!(writer.append_slice(&values[..2]), Err(Error::TooLarge));
    writer.append(())?;
    assert_eq!(writer.append(()).map_err(Error::from), Err(Error::TooLarge));
    assert_eq!(writer.append_batch([()]), Err(Error::TooLarge));
    assert_eq!(writer.next_sequence(), end + MOST as u64);
    writer.group().abandon();
    assert_eq!(writer.next_sequence(), end);
    writer.append(())?;
    assert_eq!(log.snapshot().latest(), end..end + 1);
    Ok(())
}

#[test]
fn errors_say_what_to_do() {
    let errors = [
        Error::Argument("x must be y".into()),
        Error::NoMemory,
        Error::Claimed,
        Error::Finished,
        Error::TooLarge,
        Error::SegmentLimit,
        Error::State,
        Error::OutOfRange,
    ];
    let texts = Vec::from_iter(errors.iter().map(Error::to_string));
    assert_eq!(texts[0], "x must be y");
    for (index, text) in texts.iter().enumerate() {
        assert!(text.len() > 8 || index == 0, "{text}");
        assert!(!texts[..index].contains(text) && !text.ends_with('.'), "{text}");
    }

    // The value need not be printable for the error to be.
    struct Opaque(u8);
    let failed = AppendError { value: Opaque(3), error: Error::NoMemory };
    assert_eq!(failed.to_string(), Error::NoMemory.to_string());
    assert!(format!("{failed:?}").contains("NoMemory"));
    assert!(failed.source().is_none() && failed.value.0 == 3);
    assert_eq!(Error::from(failed), Error::NoMemory);
}

#[test]
#[should_panic(expected = "segment_capacity 0 holds nothing")]
fn a_constructor_without_a_result_panics_with_the_reason() {
    let _ = AtomicLog::<u8>::new(1, 0);
}

#[test]
fn debug_shows_where_a_handle_stands() -> Result<(), Error> {
    let (mut writer, log) = AtomicLog::new_claimed(8, 4);
    writer.append_batch(10..15)?;
    let view = log.snapshot();
    let mut cursor = view.cursor();
    cursor.next_chunk();
    assert_eq!(format!("{log:?}"), "AtomicLog { range: 0..5, has_writer: true }");
    let refused = AtomicLog::<u64>::try_new(&Options::new(0, 4)).unwrap_err();
    assert_eq!(format!("{refused:?}"), "Argument(retained_capacity 0 keeps nothing: say how much stays readable)");
    assert_eq!(format!("{writer:?}"), "Writer { next_sequence: 5 }");
    assert_eq!(format!("{view:?}"), "Snapshot { range: 0..5, latest: 0..5 }");
    assert_eq!(format!("{cursor:?}"), "Cursor { position: 4, range: 0..5 }");
    let values = "{ sequence: 1, first_sequence: 4, values: [14] }";
    assert_eq!(format!("{:?}", view.chunk(1)), format!("Some(Chunk {values})"));
    assert_eq!(format!("{:?}", view.pin(1)), format!("Some(Segment {values})"));

    let (mut writer, log) = ByteLog::try_new_claimed(&Options::new(100, 40))?;
    writer.append_batch(&["one", "two"])?;
    let view = log.snapshot();
    assert_eq!(format!("{log:?}"), "RecordLog { range: 0..2, has_writer: true }");
    assert_eq!(format!("{:?}", view.iter()), "RecordIter { left: 2 }");
    assert_eq!(format!("{:?}", view.chunks()), "RecordChunks { left: 1 }");
    assert_eq!(format!("{writer:?}"), "RecordWriter { next_sequence: 2 }");
    let mut group = writer.group();
    group.append(b"three")?;
    assert_eq!((group.next_sequence(), format!("{group:?}")), (3, "RecordGroup { next_sequence: 3 }".to_owned()));
    assert_eq!(format!("{:?}", group.reserve(5)?), "Reservation { capacity: 5 }");
    drop(group);
    assert_eq!(format!("{view:?}"), "RecordSnapshot { range: 0..2, latest: 0..2 }");
    assert_eq!(format!("{:?}", log.cursor()), "RecordCursor { position: 0, range: 0..2 }");
    let records = "{ sequence: 0, first_sequence: 0, len: 2 }";
    assert_eq!(format!("{:?}", view.chunk(0)), format!("Some(RecordChunk {records})"));
    assert_eq!(format!("{:?}", view.pin(0)), format!("Some(RecordSegment {records})"));
    Ok(())
}

/// The highest first sequence (a unit test of `raw` shows that sequences cannot wrap).
#[test]
fn logs_start_at_any_sequence_up_to_2_to_the_63() {
    assert!(matches!(
        AtomicLog::<u64>::try_new(&Options::new(1, 1).first_sequence((1 << 63) + 1)),
        Err(Error::Argument(_))
    ));
    let log: AtomicLog<u64> = AtomicLog::try_new(&Options::new(8, 4).first_sequence(1 << 63)).unwrap();
    let (mut writer, mut cursor) = (log.try_claim_writer().unwrap(), log.cursor());
    for value in 0..20 {
        writer.append(value).unwrap();
        assert_eq!(cursor.refresh().appended, 1);
        assert_eq!(cursor.next_chunk().unwrap().values(), [value]);
    }
}

/// The writer can do what a group can, and every type has a `Debug` that says something.
#[test]
fn groups_copy_and_types_have_a_debug() {
    let (mut writer, log) = AtomicLog::new_claimed(8, 4);
    let mut group = writer.group();
    group.append_slice(&[1, 2, 3]).unwrap();
    assert_eq!(format!("{group:?}"), "Group { next_sequence: 3 }");
    group.publish();
    let view = log.snapshot();
    assert_eq!(view.latest(), 0..3);
    assert_eq!(format!("{:?} {:?}", view.iter(), view.chunks()), "Iter { left: 3 } Chunks { left: 1 }");

    fn clone_of<T: Clone>(value: &T) -> T {
        value.clone()
    }
    assert_eq!(clone_of(&view.chunk(0).unwrap()).values(), [1, 2, 3]);
}

/// Small records are copied in a few moves, which must not leave a byte out.
#[test]
fn records_of_every_size_are_copied_whole() -> Result<(), Error> {
    for size in 1..=200_u8 {
        let (mut writer, log) = FixedLog::try_new_claimed(&Options::new(4, 2).record_size(size.into()))?;
        for first in 0..4 {
            let record = Vec::from_iter((first..).take(size.into()));
            writer.append(&record)?;
            let view = log.snapshot();
            assert_eq!(view.get(first.into()), Some(&record[..]));
        }
    }
    Ok(())
}

/// A handle on a log of bytes leads to the other handles, as one on a log of values does.
#[test]
fn handles_on_logs_of_bytes_are_made_from_handles() -> Result<(), Error> {
    let log = FixedLog::try_new(&Options::new(8, 4).record_size(1))?;
    let mut writer = FixedWriter::try_from(&log)?;
    assert_eq!(FixedWriter::try_from(&log).err(), Some(Error::Claimed));
    writer.append(b"7")?;
    assert_eq!(writer.append_batch(b"89")?, 2);
    assert_eq!((writer.append_batch(b"")?, writer.group().append_batch(b"0")?), (0, 1));

    let view = FixedSnapshot::from(&writer);
    let logs = [FixedLog::from(&writer), FixedLog::from(&view), view.log(), view.cursor().log()];
    for of in &logs {
        assert_eq!(FixedSnapshot::from(of).get(0), Some(&b"7"[..]));
    }
    assert!(log.has_writer());
    let log = FixedLog::from(writer);
    assert!(!log.has_writer(), "the writer went into the log");
    assert_eq!(FixedLog::from(FixedSnapshot::from(log)).range(), 0..3);
    Ok(())
}

/// `catch_unwind` may run code that captures a log: a log that a panic interrupts is whole afterwards.
#[test]
fn handles_are_unwind_safe_if_their_values_are() {
    use std::panic::{RefUnwindSafe, UnwindSafe, catch_unwind};
    fn both<T: UnwindSafe + RefUnwindSafe>() {}
    both::<AtomicLog<String>>();
    both::<Writer<String>>();
    both::<Snapshot<String>>();
    both::<Cursor<String>>();
    both::<Segment<String>>();
    both::<FixedLog>();
    both::<ByteWriter>();
    both::<FixedSnapshot>();
    both::<FixedCursor>();
    both::<RecordSegment>();
    both::<Options>();

    let (writer, log) = AtomicLog::new_claimed(8, 4);
    let caught = catch_unwind(|| {
        let mut writer = writer;
        writer.append(1).unwrap();
        writer.append_with(|| panic!("in the middle of an append")).unwrap();
    });
    assert!(caught.is_err());
    // The writer was dropped while that unwound, and the next writer goes on.
    let mut writer = log.try_claim_writer().unwrap();
    writer.append(2).unwrap();
    assert!(log.snapshot().iter().eq(&[1, 2]));
}

#[test]
fn a_skip_out_of_its_domain_says_why_and_changes_nothing() {
    let (mut writer, log) = AtomicLog::new_claimed(8, 4);
    writer.append(1_u64).unwrap();
    writer.skip_to(10).unwrap();
    writer.append(2).unwrap();
    let said = |refused: Result<(), Error>| refused.unwrap_err().to_string();
    assert_eq!(said(writer.skip_to(10)), "sequence 10 is less than 11, which comes next");
    let too_far = format!("sequence {} is more than {}, behind which no segment fits", u64::MAX, u64::MAX - 4);
    assert_eq!(said(writer.skip_to(u64::MAX)), too_far);
    std::mem::forget(writer.group());
    assert_eq!(writer.skip_to(20), Err(Error::State));
    writer.group().abandon();
    assert_eq!((log.range(), log.stats().records_appended), (10..11, 2));
    writer.skip_to(20).unwrap();
    assert_eq!((log.range(), writer.next_sequence(), log.stats().records_appended), (20..20, 20, 2));
}
