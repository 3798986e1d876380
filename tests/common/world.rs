//! Runs a program on a log and on the reference model, and compares all that is visible after every step.
#![allow(dead_code, reason = "each test uses a part of it")]

use std::collections::BTreeSet;

use atomic_log::{Error, Options, Stats};

use super::memory::Memory;
use super::reference::{Holds, Left, Picture, Record, Reference, Shape, Skip, delta};
use super::subject::{How, Subject, Then};

#[path = "readers.rs"]
mod readers;
use readers::{Readers, attempt, check_places, check_snapshot};

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
    pub(crate) auto_notify: bool,
    pub(crate) prefault: bool,
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
            auto_notify: false,
            prefault: false,
        }
    }

    /// K.
    pub(crate) fn window(&self) -> usize {
        self.retained.div_ceil(self.segment) as usize + 1
    }

    pub(crate) fn max_segments(&self) -> Option<u32> {
        self.budget.map(|more| self.window() as u32 + 1 + more)
    }

    pub(crate) fn preallocated(&self) -> u32 {
        self.max_segments().map_or(self.preallocated, |max| self.preallocated.min(max))
    }

    pub(crate) fn options<S: Subject>(&self, memory: &Memory) -> Options {
        let options = Options::new(self.retained, self.segment)
            .preallocated_segments(self.preallocated())
            .max_segments(self.max_segments().unwrap_or(0))
            .first_sequence(self.first_sequence)
            .auto_notify(self.auto_notify)
            .prefault(self.prefault)
            .allocator(memory.allocator());
        match (S::RESERVES, S::BYTES) {
            (false, _) => options,
            (true, false) => options.record_size(self.record_size).record_align(self.record_align),
            (true, true) => options.record_align(self.record_align).segment_records(self.segment_records),
        }
    }

    /// What the reference model must know of the log.
    pub(crate) fn shape<S: Subject>(&self) -> Shape {
        let records = match (S::BYTES, self.segment_records) {
            (false, _) => self.segment,
            (true, 0) => (self.segment / 32).max(16),
            (true, records) => u64::from(records),
        };
        let align = if self.record_align == 0 { 8 } else { self.record_align };
        Shape {
            preallocated: self.preallocated() as usize,
            window: self.window(),
            records: records as usize,
            space: S::BYTES.then_some((self.segment as usize, align as usize)),
            max_segments: self.max_segments().map(|max| max as usize),
        }
    }
}

/// One step of a program. Handles are picked by index, modulo their number. Sizes matter to byte logs only.
#[derive(Clone, Debug)]
pub(crate) enum Op {
    Append(usize),
    Batch(How, Vec<usize>),
    Reserve(usize, Then),
    Group(Vec<Step>, End),
    Trim,
    /// The writer goes on this many sequences later, or earlier if the number is negative. `i64::MAX` is so late that
    /// nothing fits behind it.
    Skip(i64),
    /// The writer is dropped, and another one is claimed.
    HandOver,
    /// The log handle is dropped after another one was made.
    RenewLog,
    /// This many more allocations succeed, and the one after them fails.
    FailAfter(u64),
    /// This many more allocations succeed, and all after them fail until `FailNoMore`.
    FailFrom(u64),
    FailNoMore,
    Snapshot,
    Clone(usize),
    Refresh(usize),
    Drop(usize),
    Pin(usize, usize),
    ClonePin(usize),
    DropPin(usize),
    Open(From),
    Next(usize),
    /// To this many records after the beginning of the view, modulo what `seek` should accept and a little more.
    Seek(usize, u64),
    Follow(usize),
    PinCurrent(usize),
    Close(usize),
}

#[derive(Clone, Debug)]
pub(crate) enum Step {
    Append(usize),
    Batch(Vec<usize>),
    /// A batch by `How::Packed`.
    Packed(Vec<usize>),
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

pub(crate) struct World<S: Subject> {
    setup: Setup,
    /// None while it is handed over. It stays None longer only if there is no memory for the next.
    writer: Option<S::Writer>,
    log: S::Log,
    readers: Readers<S>,
    reference: Reference,
    left: Left,
    /// The most that readers released since the writer had taken in everything, in steps of its collecting. A roll
    /// takes a fixed number of steps. While the writer is behind, its figures include what it has not looked at yet.
    backlog: u64,
    behind: bool,
    /// What it may have allocated instead, while it was behind.
    instead: u64,
    trimmed: bool,
    next_id: u64,
    /// Allocations that had failed before the log was there.
    failures: u64,
    /// Dropped last.
    memory: Memory,
}

/// The number of steps of the writer's collecting at a roll, if it must follow the order in which views were dropped.
const STEPS: u64 = 32;

impl<S: Subject> World<S> {
    pub(crate) fn new(setup: &Setup) -> World<S> {
        World::with_memory(setup, Memory::new())
    }

    /// If there is no memory for a log and its writer, there is some the second time.
    pub(crate) fn with_memory(setup: &Setup, memory: Memory) -> World<S> {
        let readers = Readers::new();
        let create = || {
            assert_eq!(memory.books().blocks, 0, "what there is after a failure to create");
            S::create(setup, &memory)
        };
        let log = attempt(&memory, &readers, create).or_else(|error| {
            assert_eq!(error, Error::NoMemory, "the options are good");
            memory.fail_no_more();
            create()
        });
        let log = log.expect("there is memory");
        let reference = Reference::new(setup.shape::<S>(), setup.first_sequence);
        let left = reference.left(&Holds::default());
        let failures = memory.books().failures;
        let setup = setup.clone();
        let mut world = World {
            setup,
            writer: None,
            log,
            readers,
            reference,
            left,
            backlog: 0,
            behind: false,
            instead: 0,
            trimmed: false,
            next_id: 0,
            failures,
            memory,
        };
        world.claim();
        world
    }

    pub(crate) fn memory(&self) -> &Memory {
        &self.memory
    }

    pub(crate) fn snapshot(&self) -> S::Snapshot {
        fresh::<S>(&self.log, &self.memory)
    }

    /// Claims a writer if there is none, unless there is no memory for one.
    fn claim(&mut self) {
        if self.writer.is_none() {
            match attempt(&self.memory, &self.readers, || S::claim(&self.log)) {
                Err(Error::NoMemory) => {}
                claimed => self.writer = Some(claimed.expect("the claim is free")),
            }
        }
    }

    /// A new record, different from the others if it is long enough.
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
        self.claim();
        let (rolls, holds) = (self.reference.rolls(), self.readers.holds());
        match op {
            Op::Append(size) => {
                let record = self.record(*size);
                let World { writer: Some(writer), readers, reference, memory, .. } = self else { return };
                let appended = attempt(memory, readers, || S::append(writer, &record));
                agree(reference, appended, "append", true, |reference| reference.append(record, &holds));
            }
            Op::Batch(how, sizes) => {
                let records = self.records(sizes);
                let World { writer: Some(writer), readers, reference, memory, .. } = self else { return };
                let appended = attempt(memory, readers, || S::batch(writer, &records, *how));
                let foresees = S::foresees(*how);
                agree(reference, appended, "a batch", foresees, |reference| {
                    reference.batch(&records, foresees, &holds)
                });
            }
            Op::Reserve(want, then) if S::RESERVES => {
                let records = self.records_to_reserve(*want);
                let World { writer: Some(writer), log, readers, reference, memory, .. } = self else { return };
                let unseen = reference.picture();
                let meanwhile = || check_snapshot::<S>(&fresh::<S>(log, memory), &unseen);
                let used = attempt(memory, readers, || S::reserve(writer, *want, &records, *then, &meanwhile));
                expect_reserved::<S>(reference, &holds, *want, records, *then, used);
            }
            Op::Group(steps, end) => self.run_group(steps, *end, &holds),
            Op::Trim => {
                if let Some(writer) = &mut self.writer {
                    S::trim(writer);
                    self.reference.trim(&holds);
                    self.trimmed = true;
                }
            }
            Op::Skip(by) => {
                let World { writer: Some(writer), readers, reference, memory, .. } = self else { return };
                let sequence = skip_target(S::next_sequence(writer), *by);
                let retained = reference.picture().held;
                let skipped = attempt(memory, readers, || S::skip_to(writer, sequence));
                expect_skipped(reference, skipped, |reference| reference.skip_to(sequence, &holds));
                // What was retained goes with it.
                self.backlog += retained.end - retained.start;
            }
            Op::HandOver => {
                if self.writer.is_some() {
                    // Reported before a lack of memory.
                    assert!(matches!(S::claim(&self.log), Err(Error::Claimed)));
                    self.writer = None;
                    self.reference.abandon();
                    assert!(!S::has_writer(&self.log));
                    self.claim();
                }
            }
            Op::RenewLog => {
                if let Some(writer) = &self.writer {
                    self.log = S::log_of(writer).clone();
                }
            }
            Op::FailAfter(calls) => self.memory.fail_after(*calls),
            Op::FailFrom(calls) => self.memory.fail_from(*calls),
            Op::FailNoMore => self.memory.fail_no_more(),
            reading => self.readers.run(reading, &self.log, &self.reference.picture(), &self.memory),
        }
        let (rolled, trimmed) = (self.reference.rolls() - rolls, matches!(op, Op::Trim) && self.writer.is_some());
        let now = self.readers.holds();
        let gone = |before: &BTreeSet<u64>, now: &BTreeSet<u64>| before.difference(now).count() as u64;
        // A window is at most two steps, a segment one. A roll releases a window, and a segment for each that it adds.
        self.backlog += 2 * gone(&holds.windows, &now.windows) + gone(&holds.segments, &now.segments) + 3 * rolled;
        if trimmed || rolled > 0 {
            self.left = self.reference.left(&holds);
            self.behind = !trimmed && self.backlog > STEPS;
            self.instead += if self.behind { 3 * rolled } else { 0 };
            self.backlog = if self.behind { self.backlog - STEPS } else { 0 };
        }
        self.check();
    }

    fn run_group(&mut self, steps: &[Step], end: End, holds: &Holds) {
        let mut made: Vec<Vec<Record>> = Vec::new();
        for step in steps {
            let records = match step {
                Step::Append(size) => self.records(&[*size]),
                Step::Batch(sizes) | Step::Packed(sizes) => self.records(sizes),
                Step::Reserve(want, _) if S::RESERVES => self.records_to_reserve(*want),
                Step::Reserve(..) => Vec::new(),
            };
            made.push(records);
        }
        let World { writer: Some(writer), log, readers, reference, memory, .. } = self else { return };
        let unseen = reference.picture();
        let mut group = S::group(writer);
        reference.begin();
        let meanwhile = || check_snapshot::<S>(&fresh::<S>(log, memory), &unseen);
        for (step, mut records) in steps.iter().zip(made) {
            match step {
                Step::Append(_) => {
                    let appended = attempt(memory, readers, || S::group_append(&mut group, &records[0]));
                    agree(reference, appended, "append to a group", true, |reference| {
                        reference.append(records.remove(0), holds)
                    });
                }
                Step::Batch(_) | Step::Packed(_) => {
                    let how = if matches!(step, Step::Packed(_)) { How::Packed } else { How::Batch };
                    let appended = attempt(memory, readers, || S::group_batch(&mut group, &records, how));
                    let foresees = S::foresees(how);
                    agree(reference, appended, "a batch in a group", foresees, |reference| {
                        reference.batch(&records, foresees, holds)
                    });
                }
                Step::Reserve(want, then) if S::RESERVES => {
                    let used =
                        attempt(memory, readers, || S::group_reserve(&mut group, *want, &records, *then, &meanwhile));
                    expect_reserved::<S>(reference, holds, *want, records, *then, used);
                }
                Step::Reserve(..) => {}
            }
            meanwhile();
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

    /// Checks that all that is visible is as the reference says.
    pub(crate) fn check(&self) {
        self.readers.check();
        let now = self.reference.picture();
        self.readers.check_lag(&now);
        assert_eq!(S::log_range(&self.log), now.range, "the log's range");
        let fresh = self.snapshot();
        check_snapshot::<S>(&fresh, &now);
        check_places::<S>(&fresh, &now);
        self.readers.check_places(&now);
        drop(fresh);
        assert_eq!(S::has_writer(&self.log), self.writer.is_some(), "has_writer");
        if let Some(writer) = &self.writer {
            assert_eq!(S::next_sequence(writer), self.reference.next_sequence(), "next_sequence");
        }
        self.check_memory();
        self.check_stats(&now);
    }

    /// Checks that there are no more blocks than were ever needed.
    fn check_memory(&self) {
        let k = self.reference.shape.window;
        // Tables that windows share: one, and more once views hold segments that the log no longer retains.
        let tables = match self.reference.most_segments_ever.saturating_sub(k + 1) {
            0 => 1,
            lagging => 2 + 2 * lagging.div_ceil(k),
        };
        let handles = usize::from(self.writer.is_some()) + self.readers.views() + self.readers.pins();
        let handles = if S::BLOCKS { handles } else { 0 };
        // Behind skips, a view that holds a table need not hold more than one segment.
        let tables = if self.reference.skipped > 0 { tables.max(self.reference.most_windows) } else { tables };
        let most = 1 + self.reference.most_segments + self.reference.most_windows + tables + handles;
        let most = most + self.instead as usize;
        let books = self.memory.books();
        // Checked builds keep the memory of destroyed handles.
        assert!(
            books.blocks <= most || cfg!(feature = "checked"),
            "{books:?}, and at most {most} blocks were ever needed"
        );
    }

    fn check_stats(&self, now: &Picture) {
        let stats = S::stats(&self.log);
        let (reference, left, books) = (&self.reference, &self.left, self.memory.books());
        assert_eq!(stats.records_appended, now.published, "records_appended");
        assert_eq!(stats.rolls, reference.rolls(), "rolls");
        assert_eq!(stats.snapshots_live, self.readers.views() as u64, "snapshots_live");
        assert_eq!(stats.segment_pins_live, self.readers.pins() as u64, "segment_pins_live");
        assert_eq!(stats.segment_limit_hits, reference.limit_hits, "segment_limit_hits");
        assert_eq!(stats.allocation_failures, books.failures - self.failures, "allocation_failures");
        if !cfg!(feature = "checked") {
            assert_eq!(stats.bytes_allocated, books.bytes as u64, "bytes_allocated");
        }
        let figures = |stats: &Stats| (stats.segments_held_by_readers, stats.windows_live, stats.oldest_view_age);
        let expected = (left.held, left.windows, reference.rolls() - left.oldest_head);
        if self.behind {
            let (held, windows, age) = figures(&stats);
            assert!(
                held >= expected.0 && windows >= expected.1 && age >= expected.2,
                "{stats:?}, at least {expected:?}"
            );
        } else {
            assert_eq!(figures(&stats), expected, "segments held by readers, live windows, the oldest view's age");
        }
        let used = now.held.end - now.held.start + left.held;
        let (least, most) =
            (left.live.max(used + stats.segments_pooled), reference.most_segments as u64 + self.instead);
        assert!((least..=most).contains(&stats.segments_live), "{stats:?}, from {least} to {most} may live");
        if self.trimmed {
            assert!(stats.segments_created >= stats.segments_live, "{stats:?}");
        } else {
            assert_eq!(stats.segments_created, stats.segments_live, "all that were created live");
        }
    }

    /// Drops writer and log, checks that readers do not notice, and drops these in an order that `order` picks.
    pub(crate) fn finish(self, mut order: u64) {
        // The memory first, so that it is dropped last, also when a check fails here.
        let World { memory, writer, log, mut readers, mut reference, .. } = self;
        reference.abandon();
        if order & 1 == 0 {
            drop((writer, log));
        } else {
            drop((log, writer));
        }
        let last = reference.picture();
        readers.check();
        for (snapshot, picture) in &mut readers.snapshots {
            let (old, new) = (picture.range.end, last.range.end);
            assert_eq!(S::refresh(snapshot, Some(old != new)), delta(old, &last), "a refresh when the log is gone");
            check_snapshot::<S>(snapshot, &last);
        }
        let mut handles = readers.into_handles();
        while !handles.is_empty() {
            assert!(memory.books().blocks > 0, "freed while there are handles");
            handles.swap_remove((order % handles.len() as u64) as usize);
            order = order.rotate_right(7).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        }
        memory.assert_all_came_back();
    }
}

/// A snapshot for a check.
fn fresh<S: Subject>(log: &S::Log, memory: &Memory) -> S::Snapshot {
    let _calm = memory.calm();
    S::snapshot(log).expect("there is memory for checks")
}

/// Checks that the result of a call is what the reference says, and updates the reference; unless there was no memory.
/// `foresees`: what can never fit is reported before memory is asked for.
fn agree(
    reference: &mut Reference,
    outcome: Result<(), Error>,
    what: &str,
    foresees: bool,
    call: impl FnOnce(&mut Reference) -> Result<(), Error>,
) {
    let mut after = reference.clone();
    let expected = call(&mut after);
    if outcome == Err(Error::NoMemory) {
        assert!(!foresees || expected != Err(Error::TooLarge), "{what}: it never fits, with all memory there is");
        reference.took_nothing();
        return;
    }
    assert_eq!(outcome, expected, "{what}");
    if outcome.is_err() {
        reference.took_nothing();
        reference.limit_hits += u64::from(outcome == Err(Error::SegmentLimit));
    } else {
        *reference = after;
    }
}

/// Where a skip by this much leads.
pub(crate) fn skip_target(next: u64, by: i64) -> u64 {
    if by == i64::MAX { u64::MAX } else { next.saturating_add_signed(by) }
}

/// As `agree`, for a skip.
fn expect_skipped(
    reference: &mut Reference,
    outcome: Result<(), Error>,
    skip: impl FnOnce(&mut Reference) -> Result<(), Skip>,
) {
    let mut after = reference.clone();
    let expected = skip(&mut after);
    match (outcome, expected) {
        (Ok(()), Ok(())) => *reference = after,
        (Err(Error::NoMemory), Ok(()) | Err(Skip::Refused(Error::SegmentLimit))) => reference.took_nothing(),
        (Err(Error::Argument(_)), Err(Skip::NeverThere)) => {}
        (Err(refused), Err(Skip::Refused(expected))) if refused == expected => {
            if refused == Error::SegmentLimit {
                reference.took_nothing();
                reference.limit_hits += 1;
            }
        }
        different => panic!("skip_to, and what is expected: {different:?}"),
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
    agree(reference, used.map(|_| ()), "reserve", true, |reference| reference.reserve(want, holds));
    match (then, used) {
        (Then::Leak, _) | (_, Err(_)) => {}
        (Then::Cancel | Then::CommitTooMuch, Ok(_)) => reference.cancel(),
        (Then::Commit(most), Ok(used)) => {
            if S::BYTES {
                assert_eq!(used, most.min(want), "exactly what was asked for was reserved");
                records[0].truncate(used);
            } else {
                assert!(used <= want && (used > 0 || most == 0));
                records.truncate(used);
            }
            reference.commit(want, records, holds).expect("a reservation secures what its commit needs");
        }
    }
}
