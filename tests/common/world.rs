//! Runs a program on a log and on the reference model, and compares all that can be seen after every step.
#![allow(dead_code, reason = "each test uses a part of it")]

use std::any::Any;
use std::fmt::Debug;

use atomic_log::{Error, Options};

use super::memory::Memory;
use super::reference::{Chunk, Holds, Picture, Record, Reference, Shape, delta};
use super::subject::{How, Subject, Then};

/// What kind of log a program runs on.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    pub(crate) retained: u64,
    pub(crate) segment: u64,
    /// Of a fixed log.
    pub(crate) record_size: u64,
    /// Of a fixed or byte log; 0 is the default.
    pub(crate) record_align: u32,
    /// Of a byte log; 0 is the default.
    pub(crate) segment_records: u32,
    pub(crate) preallocated: u32,
    /// `max_segments` beyond the K + 1 that it must be at least.
    pub(crate) budget: Option<u32>,
    pub(crate) first_sequence: u64,
}

impl Setup {
    pub(crate) fn new(retained: u64, segment: u64) -> Setup {
        Setup {
            retained,
            segment,
            record_size: 8,
            record_align: 0,
            segment_records: 0,
            preallocated: 0,
            budget: None,
            first_sequence: 0,
        }
    }

    /// K.
    pub(crate) fn window(&self) -> usize {
        self.retained.div_ceil(self.segment) as usize + 1
    }

    fn max_segments(&self) -> Option<u32> {
        self.budget.map(|more| self.window() as u32 + 1 + more)
    }

    fn preallocated(&self) -> u32 {
        self.max_segments().map_or(self.preallocated, |max| self.preallocated.min(max))
    }

    pub(crate) fn options<S: Subject>(&self, memory: &Memory) -> Options {
        let options = Options::new(self.retained, self.segment)
            .preallocated_segments(self.preallocated())
            .max_segments(self.max_segments().unwrap_or(0))
            .first_sequence(self.first_sequence)
            .allocator(memory.allocator());
        match (S::RESERVES, S::BYTES) {
            (false, _) => options,
            (true, false) => options.record_size(self.record_size).record_align(self.record_align),
            (true, true) => options.record_align(self.record_align).segment_records(self.segment_records),
        }
    }

    fn shape<S: Subject>(&self) -> Shape {
        let records = match (S::BYTES, self.segment_records) {
            (false, _) => self.segment,
            (true, 0) => (self.segment / 32).max(16),
            (true, records) => u64::from(records),
        };
        let align = if self.record_align == 0 { 8 } else { self.record_align };
        Shape {
            window: self.window(),
            records: records as usize,
            space: S::BYTES.then_some((self.segment as usize, align as usize)),
            max_segments: self.max_segments().map(|max| max as usize),
        }
    }
}

/// One step of a program. Handles are picked by index, modulo how many there are; sizes matter to byte logs only.
#[derive(Clone, Debug)]
pub(crate) enum Op {
    Append(usize),
    Batch(How, Vec<usize>),
    Reserve(usize, Then),
    Group(Vec<Step>, End),
    /// The writer is dropped, and another one claimed.
    HandOver,
    /// The log handle is dropped once there is another one.
    RenewLog,
    Snapshot,
    Clone(usize),
    Refresh(usize),
    Drop(usize),
    Pin(usize, usize),
    ClonePin(usize),
    DropPin(usize),
    Open(From),
    Next(usize),
    /// To so many records behind the begin of the view, modulo what `seek` should take and a little more.
    Seek(usize, u64),
    Follow(usize),
    PinCurrent(usize),
    Close(usize),
}

#[derive(Clone, Debug)]
pub(crate) enum Step {
    Append(usize),
    Batch(Vec<usize>),
    Reserve(usize, Then),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum End {
    Publish,
    Abandon,
    /// The guard is forgotten: the group stays open.
    Leak,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum From {
    Oldest,
    Newest,
    Snapshot(usize),
}

/// Handles of one kind, at most.
const MOST: usize = 6;

struct Readers<S: Subject> {
    snapshots: Vec<(S::Snapshot, Picture)>,
    cursors: Vec<Reader<S>>,
    pins: Vec<(S::Pin, Chunk)>,
}

struct Reader<S: Subject> {
    cursor: S::Cursor,
    captured: Picture,
    position: u64,
    current: Option<Chunk>,
}

impl<S: Subject> Readers<S> {
    fn holds(&self) -> Holds {
        let mut holds = Holds::default();
        let pictures = self.snapshots.iter().map(|(_, picture)| picture);
        for picture in pictures.chain(self.cursors.iter().map(|reader| &reader.captured)) {
            holds.segments.extend(picture.held.clone());
            holds.windows.insert(picture.held.end);
        }
        holds.segments.extend(self.pins.iter().map(|(_, chunk)| chunk.segment));
        holds
    }

    /// Every handle shows what it showed when it was last refreshed.
    fn check(&self) {
        for (snapshot, picture) in &self.snapshots {
            check_snapshot::<S>(snapshot, picture);
        }
        for reader in &self.cursors {
            assert_eq!(S::captured(&reader.cursor), reader.captured.range);
            assert_eq!(S::position(&reader.cursor), reader.position);
        }
        for (pin, chunk) in &self.pins {
            assert_eq!(S::pinned(pin), *chunk);
        }
    }

    fn run(&mut self, op: &Op, log: &S::Log, now: &Picture) {
        match *op {
            Op::Snapshot if self.snapshots.len() < MOST => self.snapshots.push((S::snapshot(log), now.clone())),
            Op::Clone(index) if self.snapshots.len() < MOST => {
                if let Some((snapshot, picture)) = pick(&mut self.snapshots, index) {
                    let copy = (snapshot.clone(), picture.clone());
                    self.snapshots.push(copy);
                }
            }
            Op::Refresh(index) => {
                if let Some((snapshot, picture)) = pick(&mut self.snapshots, index) {
                    assert_eq!(S::refresh(snapshot), delta(picture.range.end, now), "what the refresh reports");
                    *picture = now.clone();
                }
            }
            Op::Drop(index) => remove(&mut self.snapshots, index),
            Op::Pin(index, chunk) if self.pins.len() < MOST => {
                if let Some((snapshot, picture)) = pick(&mut self.snapshots, index) {
                    assert!(S::pin(snapshot, picture.chunks.len()).is_none());
                    if let Some(chunk_index) = chunk.checked_rem(picture.chunks.len()) {
                        let pin = S::pin(snapshot, chunk_index).expect("the chunk is there");
                        self.pins.push((pin, picture.chunks[chunk_index].clone()));
                    }
                }
            }
            Op::ClonePin(index) if self.pins.len() < MOST => {
                if let Some((pin, chunk)) = pick(&mut self.pins, index) {
                    let copy = (pin.clone(), chunk.clone());
                    self.pins.push(copy);
                }
            }
            Op::DropPin(index) => remove(&mut self.pins, index),
            Op::Open(from) if self.cursors.len() < MOST => {
                let opened = match from {
                    From::Oldest => Some((S::oldest(log), now.clone(), now.range.start)),
                    From::Newest => Some((S::newest(log), now.clone(), now.range.end)),
                    From::Snapshot(index) => pick(&mut self.snapshots, index)
                        .map(|(snapshot, picture)| (S::cursor(snapshot), picture.clone(), picture.range.start)),
                };
                if let Some((cursor, captured, position)) = opened {
                    self.cursors.push(Reader { cursor, captured, position, current: None });
                }
            }
            Op::Next(index) => {
                if let Some(reader) = pick(&mut self.cursors, index) {
                    let expected = reader.captured.rest_from(reader.position);
                    assert_eq!(S::next(&mut reader.cursor), expected, "the next chunk");
                    if let Some(chunk) = expected {
                        reader.position = chunk.end();
                        reader.current = Some(chunk);
                    }
                }
            }
            Op::Seek(index, to) => {
                if let Some(reader) = pick(&mut self.cursors, index) {
                    let range = reader.captured.range.clone();
                    // From one before the view's begin to one behind its end.
                    let to = (range.start + to % (range.end - range.start + 3)).wrapping_sub(1);
                    let allowed = range.start <= to && to <= range.end;
                    let expected = if allowed { Ok(()) } else { Err(Error::OutOfRange) };
                    assert_eq!(S::seek(&mut reader.cursor, to), expected, "seek to {to} in {range:?}");
                    if allowed {
                        reader.position = to;
                    }
                }
            }
            Op::Follow(index) => {
                if let Some(reader) = pick(&mut self.cursors, index) {
                    let expected = delta(reader.position, now);
                    assert_eq!(S::follow(&mut reader.cursor), expected, "what the cursor's refresh reports");
                    if reader.captured.range.end != now.range.end {
                        reader.current = None;
                    }
                    reader.captured = now.clone();
                    reader.position = expected.first_sequence;
                }
            }
            Op::PinCurrent(index) if self.pins.len() < MOST => {
                if let Some(reader) = pick(&mut self.cursors, index) {
                    match (S::pin_current(&reader.cursor), &reader.current) {
                        (Ok(pin), Some(chunk)) => self.pins.push((pin, chunk.clone())),
                        (Err(Error::State), None) => {}
                        (pin, current) => panic!("{pin:?}, and the current chunk is {current:?}"),
                    }
                }
            }
            Op::Close(index) => remove(&mut self.cursors, index),
            _ => {}
        }
    }
}

fn pick<T>(handles: &mut [T], index: usize) -> Option<&mut T> {
    let index = index.checked_rem(handles.len())?;
    handles.get_mut(index)
}

fn remove<T>(handles: &mut Vec<T>, index: usize) {
    if let Some(index) = index.checked_rem(handles.len()) {
        handles.remove(index);
    }
}

fn check_snapshot<S: Subject>(snapshot: &S::Snapshot, picture: &Picture) {
    let range = picture.range.clone();
    assert_eq!(S::range(snapshot), range, "range");
    assert_eq!(S::latest(snapshot), picture.latest, "latest");
    assert_eq!(S::len(snapshot) as u64, range.end - range.start, "len");
    assert_eq!(S::chunk_count(snapshot), picture.chunks.len(), "chunk_count");
    for (index, chunk) in picture.chunks.iter().enumerate() {
        assert_eq!(S::chunk(snapshot, index).as_ref(), Some(chunk), "chunk {index}");
    }
    assert_eq!(S::chunk(snapshot, picture.chunks.len()), None);
    assert!(S::records(snapshot).iter().eq(picture.records()), "the records one by one");
    for (sequence, record) in range.clone().zip(picture.records()) {
        assert_eq!(S::get(snapshot, sequence).as_ref(), Some(record), "record {sequence}");
    }
    assert_eq!(S::get(snapshot, range.end), None);
    assert_eq!(S::get(snapshot, range.start.wrapping_sub(1)), None);
}

/// Calls, and calls again if there was no memory: nothing must have changed by that.
fn attempt<S: Subject, R: Debug>(
    memory: &Memory,
    readers: &Readers<S>,
    mut call: impl FnMut() -> Result<R, Error>,
) -> Result<R, Error> {
    let failures = memory.books().failures;
    let first = call();
    if !matches!(first, Err(Error::NoMemory)) {
        return first;
    }
    assert_eq!(memory.books().failures, failures + 1, "there was memory");
    readers.check();
    let second = call();
    assert!(!matches!(second, Err(Error::NoMemory)), "there is memory again");
    second
}

pub(crate) struct World<S: Subject> {
    setup: Setup,
    /// None only while it is handed over.
    writer: Option<S::Writer>,
    log: S::Log,
    readers: Readers<S>,
    reference: Reference,
    next_id: u64,
    /// The last to go.
    memory: Memory,
}

impl<S: Subject> World<S> {
    pub(crate) fn new(setup: &Setup) -> World<S> {
        World::with_memory(setup, Memory::new())
    }

    pub(crate) fn with_memory(setup: &Setup, memory: Memory) -> World<S> {
        let readers = Readers { snapshots: Vec::new(), cursors: Vec::new(), pins: Vec::new() };
        let options = setup.options::<S>(&memory);
        let log = attempt(&memory, &readers, || {
            assert_eq!(memory.books().blocks, 0, "what there is after a failure to create");
            S::create(&options)
        });
        let log = log.expect("the options are good");
        let reference = Reference::new(setup.shape::<S>(), setup.first_sequence, setup.preallocated() as usize);
        let writer = S::claim(&log).expect("nobody else knows the log yet");
        World { setup: setup.clone(), writer: Some(writer), log, readers, reference, next_id: 0, memory }
    }

    pub(crate) fn memory(&self) -> &Memory {
        &self.memory
    }

    pub(crate) fn snapshot(&self) -> S::Snapshot {
        S::snapshot(&self.log)
    }

    /// A new record, unlike the others where it is long enough.
    fn record(&mut self, size: usize) -> Record {
        let id = self.next_id;
        self.next_id += 1;
        let size = match (S::RESERVES, S::BYTES) {
            (false, _) => 8,
            (true, false) => self.setup.record_size as usize,
            (true, true) => size,
        };
        // Only the first bytes are the number, so that a record moved by a few bytes is noticed.
        let rest = (8..size).map(|index| (index as u64 ^ id.wrapping_mul(31)) as u8);
        id.to_le_bytes().into_iter().take(size).chain(rest).collect()
    }

    fn records(&mut self, sizes: &[usize]) -> Vec<Record> {
        sizes.iter().map(|size| self.record(*size)).collect()
    }

    /// For a reservation: as many as there is room for, or one of that size.
    fn records_to_reserve(&mut self, want: usize) -> Vec<Record> {
        if S::BYTES { self.records(&[want]) } else { self.records(&vec![0; want]) }
    }

    pub(crate) fn run(&mut self, op: &Op) {
        match op {
            Op::Append(size) => {
                let record = self.record(*size);
                let (World { writer: Some(writer), readers, reference, memory, .. }, holds) = self.split() else {
                    return;
                };
                let appended = attempt(memory, readers, || S::append(writer, &record));
                assert_eq!(appended, reference.append(record, &holds), "append");
            }
            Op::Batch(how, sizes) => {
                let records = self.records(sizes);
                let (World { writer: Some(writer), readers, reference, memory, .. }, holds) = self.split() else {
                    return;
                };
                let appended = attempt(memory, readers, || S::batch(writer, &records, *how));
                assert_eq!(appended, reference.batch(&records, S::foresees(*how), &holds), "a batch");
            }
            Op::Reserve(want, then) if S::RESERVES => {
                let records = self.records_to_reserve(*want);
                let (World { writer: Some(writer), readers, reference, memory, .. }, holds) = self.split() else {
                    return;
                };
                let used = attempt(memory, readers, || S::reserve(writer, *want, &records, *then));
                expect_reserved::<S>(reference, &holds, *want, records, *then, used);
            }
            Op::Group(steps, end) => self.run_group(steps, *end),
            Op::HandOver => {
                assert!(S::has_writer(&self.log));
                assert!(matches!(S::claim(&self.log), Err(Error::Claimed)));
                self.writer = None;
                assert!(!S::has_writer(&self.log));
                self.reference.abandon();
                self.writer = Some(S::claim(&self.log).expect("the claim is free"));
            }
            Op::RenewLog => {
                if let Some(writer) = &self.writer {
                    self.log = S::log_of(writer);
                }
            }
            reading => self.readers.run(reading, &self.log, &self.reference.picture()),
        }
        self.check();
    }

    fn split(&mut self) -> (&mut World<S>, Holds) {
        let holds = self.readers.holds();
        (self, holds)
    }

    fn run_group(&mut self, steps: &[Step], end: End) {
        let mut made: Vec<Vec<Record>> = Vec::new();
        for step in steps {
            let records = match step {
                Step::Append(size) => self.records(&[*size]),
                Step::Batch(sizes) => self.records(sizes),
                Step::Reserve(want, _) if S::RESERVES => self.records_to_reserve(*want),
                Step::Reserve(..) => Vec::new(),
            };
            made.push(records);
        }
        let (World { writer: Some(writer), log, readers, reference, memory, .. }, holds) = self.split() else {
            return;
        };
        let unseen = reference.picture();
        let mut group = S::group(writer);
        reference.begin();
        for (step, mut records) in steps.iter().zip(made) {
            match step {
                Step::Append(_) => {
                    let appended = attempt(memory, readers, || S::group_append(&mut group, &records[0]));
                    assert_eq!(appended, reference.append(records.remove(0), &holds), "append to a group");
                }
                Step::Batch(_) => {
                    let appended = attempt(memory, readers, || S::group_batch(&mut group, &records));
                    let expected = reference.batch(&records, S::foresees(How::Batch), &holds);
                    assert_eq!(appended, expected, "a batch in a group");
                }
                Step::Reserve(want, then) if S::RESERVES => {
                    let used = attempt(memory, readers, || S::group_reserve(&mut group, *want, &records, *then));
                    expect_reserved::<S>(reference, &holds, *want, records, *then, used);
                }
                Step::Reserve(..) => {}
            }
            check_snapshot::<S>(&S::snapshot(log), &unseen);
        }
        match end {
            End::Publish => {
                S::publish(group);
                reference.publish();
            }
            End::Abandon => {
                S::abandon(group);
                reference.abandon();
            }
            End::Leak => std::mem::forget(group),
        }
    }

    /// All that can be seen is as the reference says.
    pub(crate) fn check(&self) {
        self.readers.check();
        let now = self.reference.picture();
        assert_eq!(S::log_range(&self.log), now.range);
        check_snapshot::<S>(&S::snapshot(&self.log), &now);
        if let Some(writer) = &self.writer {
            assert_eq!(S::next_sequence(writer), self.reference.next_sequence(), "next_sequence");
        }
        let k = self.reference.shape.window;
        // Tables that windows share: one, and more once views hold segments that the log no longer retains.
        let tables = match self.reference.most_segments.saturating_sub(k + 1) {
            0 => 1,
            lagging => 2 + 2 * lagging.div_ceil(k),
        };
        let most = 1 + self.reference.most_segments + self.reference.most_windows + tables;
        let books = self.memory.books();
        assert!(books.blocks <= most, "{books:?}, and at most {most} blocks were ever needed");
    }

    /// Drops writer and log, sees that readers do not mind, and drops these in an order that `order` picks.
    pub(crate) fn finish(self, mut order: u64) {
        let World { writer, log, mut readers, mut reference, memory, .. } = self;
        reference.abandon();
        if order & 1 == 0 {
            drop((writer, log));
        } else {
            drop((log, writer));
        }
        let last = reference.picture();
        readers.check();
        for (snapshot, picture) in &mut readers.snapshots {
            assert_eq!(S::refresh(snapshot), delta(picture.range.end, &last), "a refresh when the log is gone");
            check_snapshot::<S>(snapshot, &last);
        }
        let mut handles: Vec<Box<dyn Any>> = Vec::new();
        handles.extend(readers.snapshots.into_iter().map(|(snapshot, _)| -> Box<dyn Any> { Box::new(snapshot) }));
        handles.extend(readers.cursors.into_iter().map(|reader| -> Box<dyn Any> { Box::new(reader.cursor) }));
        handles.extend(readers.pins.into_iter().map(|(pin, _)| -> Box<dyn Any> { Box::new(pin) }));
        while !handles.is_empty() {
            assert!(memory.books().blocks > 0, "freed while there are handles");
            handles.swap_remove((order % handles.len() as u64) as usize);
            order = order.rotate_right(7).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        }
        memory.assert_all_came_back();
    }
}

fn expect_reserved<S: Subject>(
    reference: &mut Reference,
    holds: &Holds,
    want: usize,
    mut records: Vec<Record>,
    then: Then,
    used: Result<usize, Error>,
) {
    if want == 0 && !S::BYTES {
        assert!(matches!(used, Err(Error::Argument(_))), "{used:?}");
        return;
    }
    let expected = reference.reserve(want, holds);
    assert_eq!(used.map(|_| ()), expected, "reserve");
    let (Then::Commit(most), Ok(used)) = (then, used) else {
        return;
    };
    if S::BYTES {
        assert_eq!(used, most.min(want), "exactly what was asked for was reserved");
        records[0].truncate(used);
    } else {
        assert!(used <= want && (used > 0 || most == 0));
        records.truncate(used);
    }
    reference.commit(want, records, holds).expect("a reservation secures what its commit needs");
}
