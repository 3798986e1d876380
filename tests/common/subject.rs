//! One interface for the logs of the crate, so that the same programs run on all of them.
#![allow(dead_code, reason = "each test uses a part of it")]

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt::Debug;
use std::marker::PhantomData;
use std::mem::forget;
use std::ops::Range;
use std::time::Duration;

use atomic_log::{
    AppendError, AtomicLog, ByteRecords, Cursor, Delta, Error, FixedRecords, Group, RecordChunk, RecordCursor,
    RecordGroup, RecordKind, RecordLog, RecordSegment, RecordSnapshot, RecordWriter, Reservation, Segment,
    SegmentSlice, Snapshot, Stats, ViewStats, Wait, Writer,
};

use super::memory::Memory;
use super::reference::{Chunk, Record};
use super::world::Setup;

/// What the program does with a reservation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Then {
    /// Uses this much of it, at most.
    Commit(usize),
    /// Commits more than was reserved. This is refused, and ends a reservation in Rust. In C it is cancelled then.
    CommitTooMuch,
    Cancel,
    /// Forgets the guard. The writer's next operation ends the reservation.
    Leak,
}

/// The form in which the records of a batch are passed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum How {
    /// `append_batch`; of byte records in C `append_slices`.
    Batch,
    /// `append_slice`, where there is one.
    Slice,
    /// `append_packed`, where there is one.
    Packed,
}

pub(crate) trait Subject {
    type Log: Clone + Debug + 'static;
    type Writer: Debug + 'static;
    type Group<'w>;
    type Snapshot: Debug + 'static;
    type Cursor: Debug + 'static;
    type Pin: Clone + Debug + 'static;

    const RESERVES: bool;
    const BYTES: bool;
    /// Whether writers, snapshots, cursors and pins are blocks of the log's allocator, so that making one may fail. A
    /// cloned pin is then another count on the same block.
    const BLOCKS: bool;

    fn create(setup: &Setup, memory: &Memory) -> Result<Self::Log, Error>;
    fn claim(log: &Self::Log) -> Result<Self::Writer, Error>;
    fn has_writer(log: &Self::Log) -> bool;
    fn log_of(writer: &Self::Writer) -> Self::Log;
    fn log_range(log: &Self::Log) -> Range<u64>;
    fn stats(log: &Self::Log) -> Stats;
    fn snapshot(log: &Self::Log) -> Result<Self::Snapshot, Error>;
    fn oldest(log: &Self::Log) -> Result<Self::Cursor, Error>;
    fn newest(log: &Self::Log) -> Result<Self::Cursor, Error>;

    fn next_sequence(writer: &Self::Writer) -> u64;
    fn append(writer: &mut Self::Writer, record: &[u8]) -> Result<(), Error>;
    fn batch(writer: &mut Self::Writer, records: &[Record], how: How) -> Result<(), Error>;
    /// Whether a batch that can never fit is distinguished from one that does not fit now, before any other fault is
    /// reported.
    fn foresees(how: How) -> bool;
    /// Reserves room for `want`, checks `meanwhile` what readers see, and commits the first of `records` as `then`
    /// says. Returns how many.
    fn reserve(
        writer: &mut Self::Writer,
        want: usize,
        records: &[Record],
        then: Then,
        meanwhile: &dyn Fn(),
    ) -> Result<usize, Error>;
    fn trim(writer: &mut Self::Writer);
    fn skip_to(writer: &mut Self::Writer, sequence: u64) -> Result<(), Error>;
    fn group(writer: &mut Self::Writer) -> Self::Group<'_>;
    fn group_append(group: &mut Self::Group<'_>, record: &[u8]) -> Result<(), Error>;
    fn group_batch(group: &mut Self::Group<'_>, records: &[Record], how: How) -> Result<(), Error>;
    fn group_reserve(
        group: &mut Self::Group<'_>,
        want: usize,
        records: &[Record],
        then: Then,
        meanwhile: &dyn Fn(),
    ) -> Result<usize, Error>;
    fn publish(group: Self::Group<'_>);
    fn abandon(group: Self::Group<'_>);

    fn range(snapshot: &Self::Snapshot) -> Range<u64>;
    fn latest(snapshot: &Self::Snapshot) -> Range<u64>;
    fn len(snapshot: &Self::Snapshot) -> usize;
    /// `news`: whether something was published since, where that is known. C reports it, too.
    fn refresh(snapshot: &mut Self::Snapshot, news: Option<bool>) -> Delta;
    /// Another snapshot that shows the same.
    fn twin(snapshot: &Self::Snapshot) -> Result<Self::Snapshot, Error>;
    /// `Duration::MAX` is for ever.
    fn wait(snapshot: &Self::Snapshot, timeout: Duration) -> Wait;
    fn view_stats(snapshot: &Self::Snapshot) -> ViewStats;
    fn get(snapshot: &Self::Snapshot, sequence: u64) -> Option<Record>;
    fn records(snapshot: &Self::Snapshot) -> Vec<Record>;
    fn chunk_count(snapshot: &Self::Snapshot) -> usize;
    fn chunk(snapshot: &Self::Snapshot, index: usize) -> Option<Chunk>;
    fn find(snapshot: &Self::Snapshot, sequence: u64) -> Option<(usize, usize)>;
    fn chunks_in(snapshot: &Self::Snapshot, range: Range<u64>) -> Option<Vec<Chunk>>;
    fn pin(snapshot: &Self::Snapshot, index: usize) -> Result<Self::Pin, Error>;
    fn cursor(snapshot: &Self::Snapshot) -> Result<Self::Cursor, Error>;

    fn next(cursor: &mut Self::Cursor) -> Option<Chunk>;
    fn seek(cursor: &mut Self::Cursor, sequence: u64) -> Result<(), Error>;
    /// `news`: as for `refresh`.
    fn follow(cursor: &mut Self::Cursor, news: Option<bool>) -> Delta;
    fn position(cursor: &Self::Cursor) -> u64;
    /// C does not report this.
    fn captured(cursor: &Self::Cursor) -> Option<Range<u64>>;
    /// Until something is unread.
    fn wait_unread(cursor: &Self::Cursor, timeout: Duration) -> Wait;
    fn pin_current(cursor: &Self::Cursor) -> Result<Self::Pin, Error>;

    fn pinned(pin: &Self::Pin) -> Chunk;
}

/// What a typed log is tested with: 8 bytes of the program's records, as a value.
pub(crate) trait Value: Debug + Sized {
    fn of(record: &[u8]) -> Self;
    fn record(&self) -> Record;
    /// `append_slice`, for values that are `Copy`.
    fn append_slice(writer: &mut Writer<Self>, records: &[Record]) -> Option<Result<(), Error>>;
}

impl Value for u64 {
    fn of(record: &[u8]) -> u64 {
        u64::from_le_bytes(record.try_into().expect("a typed log's record has 8 bytes"))
    }

    fn record(&self) -> Record {
        self.to_le_bytes().to_vec()
    }

    fn append_slice(writer: &mut Writer<u64>, records: &[Record]) -> Option<Result<(), Error>> {
        let values: Vec<u64> = records.iter().map(|record| u64::of(record)).collect();
        Some(writer.append_slice(&values).map(|count| assert_eq!(count, values.len())))
    }
}

thread_local! {
    /// The values of this thread that are alive.
    static ALIVE: RefCell<BTreeSet<u64>> = const { RefCell::new(BTreeSet::new()) };
}

/// A value that is on the heap, must be dropped, and notices when it is dropped twice.
#[derive(Debug)]
pub(crate) struct Tracked(Box<u64>);

impl Tracked {
    pub(crate) fn alive() -> usize {
        ALIVE.with_borrow(BTreeSet::len)
    }

    /// Forgets the values that a failed test has left.
    pub(crate) fn forget() {
        ALIVE.with_borrow_mut(BTreeSet::clear);
    }
}

impl Drop for Tracked {
    fn drop(&mut self) {
        let was_alive = ALIVE.with_borrow_mut(|alive| alive.remove(&*self.0));
        // Not while a failed check unwinds: that would abort the test before it can report why.
        assert!(was_alive || std::thread::panicking(), "value {} was dropped twice", self.0);
    }
}

impl Value for Tracked {
    fn of(record: &[u8]) -> Tracked {
        let id = u64::of(record);
        assert!(ALIVE.with_borrow_mut(|alive| alive.insert(id)), "the program's records are unique");
        Tracked(Box::new(id))
    }

    fn record(&self) -> Record {
        assert!(ALIVE.with_borrow(|alive| alive.contains(&*self.0)), "value {} is shown and was dropped", self.0);
        self.0.record()
    }

    fn append_slice(_: &mut Writer<Tracked>, _: &[Record]) -> Option<Result<(), Error>> {
        None
    }
}

fn given_back<T: Value>(appended: Result<(), AppendError<T>>, record: &[u8]) -> Result<(), Error> {
    appended.map_err(|failed| {
        assert_eq!(failed.value.record(), record, "a failed append gives its value back");
        failed.error
    })
}

/// As many as the iterator says.
fn counted(chunks: impl ExactSizeIterator<Item = Chunk>) -> Vec<Chunk> {
    let count = chunks.len();
    let chunks: Vec<Chunk> = chunks.collect();
    assert_eq!(chunks.len(), count);
    chunks
}

fn slice_chunk<T: Value>(slice: SegmentSlice<'_, T>) -> Chunk {
    Chunk {
        segment: slice.sequence(),
        first: slice.first_sequence(),
        records: slice.values().iter().map(T::record).collect(),
    }
}

/// What both interfaces call in the same way.
macro_rules! alike {
    () => {
        fn claim(log: &Self::Log) -> Result<Self::Writer, Error> {
            log.try_claim_writer()
        }
        fn has_writer(log: &Self::Log) -> bool {
            log.has_writer()
        }
        fn log_of(writer: &Self::Writer) -> Self::Log {
            writer.log()
        }
        fn log_range(log: &Self::Log) -> Range<u64> {
            log.range()
        }
        fn stats(log: &Self::Log) -> Stats {
            log.stats()
        }
        fn snapshot(log: &Self::Log) -> Result<Self::Snapshot, Error> {
            Ok(log.snapshot())
        }
        fn oldest(log: &Self::Log) -> Result<Self::Cursor, Error> {
            Ok(log.cursor())
        }
        fn newest(log: &Self::Log) -> Result<Self::Cursor, Error> {
            Ok(log.cursor_at_end())
        }

        fn next_sequence(writer: &Self::Writer) -> u64 {
            writer.next_sequence()
        }
        fn trim(writer: &mut Self::Writer) {
            writer.trim();
        }
        fn skip_to(writer: &mut Self::Writer, sequence: u64) -> Result<(), Error> {
            writer.skip_to(sequence)
        }
        fn group(writer: &mut Self::Writer) -> Self::Group<'_> {
            writer.group()
        }
        fn publish(group: Self::Group<'_>) {
            group.publish();
        }
        fn abandon(group: Self::Group<'_>) {
            group.abandon();
        }

        fn range(snapshot: &Self::Snapshot) -> Range<u64> {
            snapshot.range()
        }
        fn latest(snapshot: &Self::Snapshot) -> Range<u64> {
            snapshot.latest()
        }
        fn len(snapshot: &Self::Snapshot) -> usize {
            let len = snapshot.len();
            assert_eq!(snapshot.is_empty(), len == 0);
            len
        }
        fn refresh(snapshot: &mut Self::Snapshot, _: Option<bool>) -> Delta {
            snapshot.refresh()
        }
        fn twin(snapshot: &Self::Snapshot) -> Result<Self::Snapshot, Error> {
            Ok(snapshot.clone())
        }
        fn wait(snapshot: &Self::Snapshot, timeout: Duration) -> Wait {
            snapshot.wait(timeout)
        }
        fn view_stats(snapshot: &Self::Snapshot) -> ViewStats {
            snapshot.stats()
        }
        fn chunk_count(snapshot: &Self::Snapshot) -> usize {
            assert_eq!(snapshot.chunks().len(), snapshot.chunk_count());
            snapshot.chunk_count()
        }
        fn find(snapshot: &Self::Snapshot, sequence: u64) -> Option<(usize, usize)> {
            snapshot.find(sequence)
        }
        fn pin(snapshot: &Self::Snapshot, index: usize) -> Result<Self::Pin, Error> {
            snapshot.pin(index).ok_or(Error::OutOfRange)
        }
        fn cursor(snapshot: &Self::Snapshot) -> Result<Self::Cursor, Error> {
            Ok(snapshot.cursor())
        }
        fn seek(cursor: &mut Self::Cursor, sequence: u64) -> Result<(), Error> {
            cursor.seek(sequence)
        }
        fn follow(cursor: &mut Self::Cursor, _: Option<bool>) -> Delta {
            cursor.refresh()
        }
        fn position(cursor: &Self::Cursor) -> u64 {
            cursor.position()
        }
        fn captured(cursor: &Self::Cursor) -> Option<Range<u64>> {
            Some(cursor.range())
        }
        fn wait_unread(cursor: &Self::Cursor, timeout: Duration) -> Wait {
            cursor.wait(timeout)
        }
        fn pin_current(cursor: &Self::Cursor) -> Result<Self::Pin, Error> {
            cursor.pin()
        }
    };
}

/// An `AtomicLog` of such values.
#[derive(Debug)]
pub(crate) struct Typed<T>(PhantomData<T>);

impl<T: Value + 'static> Subject for Typed<T> {
    type Log = AtomicLog<T>;
    type Writer = Writer<T>;
    type Group<'w> = Group<'w, T>;
    type Snapshot = Snapshot<T>;
    type Cursor = Cursor<T>;
    type Pin = Segment<T>;

    const RESERVES: bool = false;
    const BYTES: bool = false;
    const BLOCKS: bool = false;

    alike!();

    fn create(setup: &Setup, memory: &Memory) -> Result<AtomicLog<T>, Error> {
        AtomicLog::try_new(&setup.options::<Self>(memory))
    }

    fn append(writer: &mut Writer<T>, record: &[u8]) -> Result<(), Error> {
        given_back(writer.append(T::of(record)), record)
    }
    fn batch(writer: &mut Writer<T>, records: &[Record], how: How) -> Result<(), Error> {
        let appended = if how == How::Slice { T::append_slice(writer, records) } else { None };
        if let Some(appended) = appended {
            return appended;
        }
        let count = writer.append_batch(records.iter().map(|record| T::of(record)))?;
        assert_eq!(count, records.len());
        Ok(())
    }
    fn foresees(_: How) -> bool {
        // The iterator reports how many values are coming.
        true
    }
    fn reserve(_: &mut Writer<T>, _: usize, _: &[Record], _: Then, _: &dyn Fn()) -> Result<usize, Error> {
        unreachable!("typed logs have no reservations")
    }
    fn group_append(group: &mut Group<'_, T>, record: &[u8]) -> Result<(), Error> {
        given_back(group.append(T::of(record)), record)
    }
    fn group_batch(group: &mut Group<'_, T>, records: &[Record], _: How) -> Result<(), Error> {
        let count = group.append_batch(records.iter().map(|record| T::of(record)))?;
        assert_eq!(count, records.len());
        Ok(())
    }
    fn group_reserve(_: &mut Group<'_, T>, _: usize, _: &[Record], _: Then, _: &dyn Fn()) -> Result<usize, Error> {
        unreachable!("typed logs have no reservations")
    }

    fn get(snapshot: &Snapshot<T>, sequence: u64) -> Option<Record> {
        snapshot.get(sequence).map(T::record)
    }
    fn records(snapshot: &Snapshot<T>) -> Vec<Record> {
        snapshot.iter().map(T::record).collect()
    }
    fn chunk(snapshot: &Snapshot<T>, index: usize) -> Option<Chunk> {
        snapshot.chunk(index).map(slice_chunk)
    }
    fn chunks_in(snapshot: &Snapshot<T>, range: Range<u64>) -> Option<Vec<Chunk>> {
        snapshot.chunks_in(range).map(|chunks| counted(chunks.map(slice_chunk)))
    }

    fn next(cursor: &mut Cursor<T>) -> Option<Chunk> {
        cursor.next_chunk().map(slice_chunk)
    }

    fn pinned(pin: &Segment<T>) -> Chunk {
        Chunk {
            segment: pin.sequence(),
            first: pin.first_sequence(),
            records: pin.values().iter().map(T::record).collect(),
        }
    }
}

/// The differences between the two kinds of record logs.
pub(crate) trait Kind: RecordKind + Debug + Sized + 'static {
    const BYTES: bool;
    fn batch(writer: &mut RecordWriter<Self>, records: &[Record]) -> Result<(), Error>;
    fn group_batch(group: &mut RecordGroup<'_, Self>, records: &[Record]) -> Result<(), Error>;
}

impl Kind for FixedRecords {
    const BYTES: bool = false;
    fn batch(writer: &mut RecordWriter<FixedRecords>, records: &[Record]) -> Result<(), Error> {
        writer.append_batch(&records.concat()).map(|count| assert_eq!(count, records.len()))
    }
    fn group_batch(group: &mut RecordGroup<'_, FixedRecords>, records: &[Record]) -> Result<(), Error> {
        group.append_batch(&records.concat()).map(|count| assert_eq!(count, records.len()))
    }
}

impl Kind for ByteRecords {
    const BYTES: bool = true;
    fn batch(writer: &mut RecordWriter<ByteRecords>, records: &[Record]) -> Result<(), Error> {
        writer.append_batch(records).map(|count| assert_eq!(count, records.len()))
    }
    fn group_batch(group: &mut RecordGroup<'_, ByteRecords>, records: &[Record]) -> Result<(), Error> {
        group.append_batch(records).map(|count| assert_eq!(count, records.len()))
    }
}

fn use_room<const BYTES: bool>(
    mut room: Reservation<'_>,
    records: &[Record],
    then: Then,
    meanwhile: &dyn Fn(),
) -> Result<usize, Error> {
    let capacity = room.capacity();
    assert!(BYTES || capacity > 0, "room for one record at least");
    match then {
        Then::Commit(used) => {
            let used = used.min(capacity);
            // From one record to the next. A byte log's record stands alone.
            let stride = if BYTES { 0 } else { room.bytes().len() / capacity };
            let count = if BYTES { 1 } else { used };
            for (index, record) in records[..count].iter().enumerate() {
                let size = if BYTES { used } else { record.len() };
                for (to, from) in room.bytes()[index * stride..].iter_mut().zip(&record[..size]) {
                    to.write(*from);
                }
            }
            meanwhile();
            // SAFETY: what is used was written.
            unsafe { room.commit(used) }?;
            Ok(used)
        }
        Then::CommitTooMuch => {
            // SAFETY: it is refused, so nothing is used.
            let refused = unsafe { room.commit(capacity + 1) };
            assert!(matches!(refused, Err(Error::Argument(_))), "{refused:?}");
            Ok(0)
        }
        Then::Cancel => {
            drop(room);
            Ok(0)
        }
        Then::Leak => {
            forget(room);
            Ok(0)
        }
    }
}

fn record_chunk(chunk: RecordChunk<'_>) -> Chunk {
    let records: Vec<Record> = chunk.iter().map(<[u8]>::to_vec).collect();
    assert_eq!(chunk.len(), records.len());
    assert_eq!(chunk.get(records.len()), None);
    Chunk { segment: chunk.sequence(), first: chunk.first_sequence(), records }
}

/// A `RecordLog` of one kind.
#[derive(Debug)]
pub(crate) struct Records<K>(PhantomData<K>);

impl<K: Kind> Subject for Records<K> {
    type Log = RecordLog<K>;
    type Writer = RecordWriter<K>;
    type Group<'w> = RecordGroup<'w, K>;
    type Snapshot = RecordSnapshot<K>;
    type Cursor = RecordCursor<K>;
    type Pin = RecordSegment;

    const RESERVES: bool = true;
    const BYTES: bool = K::BYTES;
    const BLOCKS: bool = false;

    alike!();

    fn create(setup: &Setup, memory: &Memory) -> Result<RecordLog<K>, Error> {
        RecordLog::try_new(&setup.options::<Self>(memory))
    }

    fn append(writer: &mut RecordWriter<K>, record: &[u8]) -> Result<(), Error> {
        writer.append(record)
    }
    fn batch(writer: &mut RecordWriter<K>, records: &[Record], _: How) -> Result<(), Error> {
        K::batch(writer, records)
    }
    fn foresees(_: How) -> bool {
        true
    }
    fn reserve(
        writer: &mut RecordWriter<K>,
        want: usize,
        records: &[Record],
        then: Then,
        meanwhile: &dyn Fn(),
    ) -> Result<usize, Error> {
        let use_room = if K::BYTES { use_room::<true> } else { use_room::<false> };
        use_room(writer.reserve(want)?, records, then, meanwhile)
    }
    fn group_append(group: &mut RecordGroup<'_, K>, record: &[u8]) -> Result<(), Error> {
        group.append(record)
    }
    fn group_batch(group: &mut RecordGroup<'_, K>, records: &[Record], _: How) -> Result<(), Error> {
        K::group_batch(group, records)
    }
    fn group_reserve(
        group: &mut RecordGroup<'_, K>,
        want: usize,
        records: &[Record],
        then: Then,
        meanwhile: &dyn Fn(),
    ) -> Result<usize, Error> {
        let use_room = if K::BYTES { use_room::<true> } else { use_room::<false> };
        use_room(group.reserve(want)?, records, then, meanwhile)
    }

    fn get(snapshot: &RecordSnapshot<K>, sequence: u64) -> Option<Record> {
        snapshot.get(sequence).map(<[u8]>::to_vec)
    }
    fn records(snapshot: &RecordSnapshot<K>) -> Vec<Record> {
        snapshot.iter().map(<[u8]>::to_vec).collect()
    }
    fn chunk(snapshot: &RecordSnapshot<K>, index: usize) -> Option<Chunk> {
        snapshot.chunk(index).map(record_chunk)
    }
    fn chunks_in(snapshot: &RecordSnapshot<K>, range: Range<u64>) -> Option<Vec<Chunk>> {
        snapshot.chunks_in(range).map(|chunks| counted(chunks.map(record_chunk)))
    }

    fn next(cursor: &mut RecordCursor<K>) -> Option<Chunk> {
        cursor.next_chunk().map(record_chunk)
    }

    fn pinned(pin: &RecordSegment) -> Chunk {
        record_chunk(pin.records())
    }
}
