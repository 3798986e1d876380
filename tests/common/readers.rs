//! The readers of a program: what they hold, what each must show, and their steps.

use std::any::Any;
use std::collections::BTreeSet;
use std::fmt::Debug;
use std::ops::Range;
use std::time::Duration;

use atomic_log::{Error, Wait};

use super::super::memory::Memory;
use super::super::reference::{Chunk, Holds, Picture, delta};
use super::super::subject::Subject;
use super::{From, Op};

/// The most handles of one kind.
const MOST: usize = 6;

pub(super) struct Readers<S: Subject> {
    pub(super) snapshots: Vec<(S::Snapshot, Picture)>,
    cursors: Vec<Reader<S>>,
    pins: Vec<Pin<S>>,
    /// The number of pins that were ever made, without clones.
    pins_made: u64,
}

struct Reader<S: Subject> {
    cursor: S::Cursor,
    captured: Picture,
    position: u64,
    current: Option<Chunk>,
}

struct Pin<S: Subject> {
    pin: S::Pin,
    chunk: Chunk,
    /// The same for pins that are clones of one.
    origin: u64,
}

impl<S: Subject> Readers<S> {
    pub(super) fn new() -> Readers<S> {
        Readers { snapshots: Vec::new(), cursors: Vec::new(), pins: Vec::new(), pins_made: 0 }
    }

    pub(super) fn holds(&self) -> Holds {
        let mut holds = Holds::default();
        let pictures = self.snapshots.iter().map(|(_, picture)| picture);
        for picture in pictures.chain(self.cursors.iter().map(|reader| &reader.captured)) {
            holds.segments.extend(picture.held.clone());
            holds.windows.insert(picture.held.end);
        }
        holds.segments.extend(self.pins.iter().map(|pin| pin.chunk.segment));
        holds
    }

    /// Snapshots and cursors.
    pub(super) fn views(&self) -> usize {
        self.snapshots.len() + self.cursors.len()
    }

    /// Pins as the log counts them.
    pub(super) fn pins(&self) -> usize {
        if S::BLOCKS { self.pins.iter().map(|pin| pin.origin).collect::<BTreeSet<_>>().len() } else { self.pins.len() }
    }

    /// Checks that every handle shows what it showed when it was last refreshed.
    pub(super) fn check(&self) {
        for (snapshot, picture) in &self.snapshots {
            check_snapshot::<S>(snapshot, picture);
        }
        for reader in &self.cursors {
            if let Some(captured) = S::captured(&reader.cursor) {
                assert_eq!(captured, reader.captured.range);
            }
            assert_eq!(S::position(&reader.cursor), reader.position, "position");
        }
        for pin in &self.pins {
            assert_eq!(S::pinned(&pin.pin), pin.chunk);
        }
    }

    /// Checks where one snapshot finds records and ranges. After a publication it is another snapshot.
    pub(super) fn check_places(&self, now: &Picture) {
        if let Some((snapshot, picture)) = pick(&self.snapshots, now.range.end as usize) {
            check_places::<S>(snapshot, picture);
        }
    }

    /// What the handles report about how far they are behind.
    pub(super) fn check_lag(&self, now: &Picture) {
        for (snapshot, picture) in &self.snapshots {
            let news = picture.range.end != now.range.end;
            assert_eq!(
                S::wait(snapshot, Duration::ZERO),
                if news { Wait::Ready } else { Wait::TimedOut },
                "a snapshot's wait"
            );
            let stats = S::view_stats(snapshot);
            let held = picture.held.end.min(now.held.start).saturating_sub(picture.held.start);
            let segments = picture.held.end - picture.held.start;
            assert_eq!((stats.segments, stats.segments_held), (segments, held), "segments of a view, and held ones");
            assert_eq!(stats.age, now.held.end - picture.held.end, "age of a view");
            assert_eq!(stats.bytes_held.checked_rem(held).unwrap_or(stats.bytes_held), 0, "so many bytes for each");
            assert!(stats.bytes_held >= held, "{stats:?}");
        }
        for reader in &self.cursors {
            let more = reader.position < reader.captured.range.end || reader.captured.range.end != now.range.end;
            let waited = S::wait_unread(&reader.cursor, Duration::ZERO);
            assert_eq!(waited, if more { Wait::Ready } else { Wait::TimedOut }, "a cursor's wait");
        }
    }

    pub(super) fn run(&mut self, op: &Op, log: &S::Log, now: &Picture, memory: &Memory) {
        match *op {
            Op::Snapshot if self.snapshots.len() < MOST => {
                let made = attempt(memory, self, || S::snapshot(log));
                self.snapshots.extend(unless_no_memory(made).map(|snapshot| (snapshot, now.clone())));
            }
            Op::Clone(index) if self.snapshots.len() < MOST => {
                if let Some((snapshot, picture)) = pick(&self.snapshots, index) {
                    let (made, picture) = (attempt(memory, self, || S::twin(snapshot)), picture.clone());
                    self.snapshots.extend(unless_no_memory(made).map(|twin| (twin, picture)));
                }
            }
            Op::Refresh(index) => {
                if let Some((snapshot, picture)) = pick_mut(&mut self.snapshots, index) {
                    let (old, new) = (picture.range.end, now.range.end);
                    assert_eq!(S::refresh(snapshot, Some(old != new)), delta(old, now), "what the refresh reports");
                    *picture = now.clone();
                }
            }
            Op::Drop(index) => remove(&mut self.snapshots, index),
            Op::Pin(index, chunk) if self.pins.len() < MOST => {
                if let Some((snapshot, picture)) = pick(&self.snapshots, index) {
                    let none = S::pin(snapshot, picture.chunks.len());
                    assert!(matches!(none, Err(Error::OutOfRange)), "{none:?}");
                    if let Some(index) = chunk.checked_rem(picture.chunks.len()) {
                        let made = attempt(memory, self, || S::pin(snapshot, index));
                        let chunk = picture.chunks[index].clone();
                        self.keep_pin(made, chunk);
                    }
                }
            }
            Op::ClonePin(index) if self.pins.len() < MOST => {
                if let Some(Pin { pin, chunk, origin }) = pick(&self.pins, index) {
                    let copy = Pin { pin: pin.clone(), chunk: chunk.clone(), origin: *origin };
                    self.pins.push(copy);
                }
            }
            Op::DropPin(index) => remove(&mut self.pins, index),
            Op::Open(from) if self.cursors.len() < MOST => {
                let opened = match from {
                    From::Oldest => (attempt(memory, self, || S::oldest(log)), now, now.range.start),
                    From::Newest => (attempt(memory, self, || S::newest(log)), now, now.range.end),
                    From::Snapshot(index) => match pick(&self.snapshots, index) {
                        None => return,
                        Some((snapshot, picture)) => {
                            (attempt(memory, self, || S::cursor(snapshot)), picture, picture.range.start)
                        }
                    },
                };
                let (made, captured, position) = (opened.0, opened.1.clone(), opened.2);
                let reader = |cursor| Reader { cursor, captured, position, current: None };
                self.cursors.extend(unless_no_memory(made).map(reader));
            }
            Op::Next(index) => {
                if let Some(reader) = pick_mut(&mut self.cursors, index) {
                    let expected = reader.captured.rest_from(reader.position);
                    assert_eq!(S::next(&mut reader.cursor), expected, "the next chunk");
                    if let Some(chunk) = expected {
                        reader.position = chunk.end();
                        reader.current = Some(chunk);
                    }
                }
            }
            Op::Seek(index, to) => {
                if let Some(reader) = pick_mut(&mut self.cursors, index) {
                    let range = reader.captured.range.clone();
                    // From one before the beginning of the view to one behind its end.
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
                if let Some(reader) = pick_mut(&mut self.cursors, index) {
                    let expected = delta(reader.position, now);
                    let news = reader.captured.range.end != now.range.end;
                    assert_eq!(
                        S::follow(&mut reader.cursor, Some(news)),
                        expected,
                        "what the cursor's refresh reports"
                    );
                    if news {
                        reader.current = None;
                    }
                    reader.captured = now.clone();
                    reader.position = expected.first_sequence;
                }
            }
            Op::PinCurrent(index) if self.pins.len() < MOST => {
                if let Some(reader) = pick(&self.cursors, index) {
                    let made = attempt(memory, self, || S::pin_current(&reader.cursor));
                    match reader.current.clone() {
                        Some(chunk) => self.keep_pin(made, chunk),
                        None => assert!(matches!(made, Err(Error::State)), "{made:?}, and there is no current chunk"),
                    }
                }
            }
            Op::Close(index) => remove(&mut self.cursors, index),
            _ => {}
        }
    }

    fn keep_pin(&mut self, made: Result<S::Pin, Error>, chunk: Chunk) {
        if let Some(pin) = unless_no_memory(made) {
            self.pins.push(Pin { pin, chunk, origin: self.pins_made });
            self.pins_made += 1;
        }
    }

    /// All handles, to be dropped in any order.
    pub(super) fn into_handles(self) -> Vec<Box<dyn Any>> {
        let mut handles: Vec<Box<dyn Any>> = Vec::new();
        handles.extend(self.snapshots.into_iter().map(|(snapshot, _)| -> Box<dyn Any> { Box::new(snapshot) }));
        handles.extend(self.cursors.into_iter().map(|reader| -> Box<dyn Any> { Box::new(reader.cursor) }));
        handles.extend(self.pins.into_iter().map(|pin| -> Box<dyn Any> { Box::new(pin.pin) }));
        handles
    }
}

fn pick<T>(handles: &[T], index: usize) -> Option<&T> {
    handles.get(index.checked_rem(handles.len())?)
}

fn pick_mut<T>(handles: &mut [T], index: usize) -> Option<&mut T> {
    let index = index.checked_rem(handles.len())?;
    handles.get_mut(index)
}

fn remove<T>(handles: &mut Vec<T>, index: usize) {
    if let Some(index) = index.checked_rem(handles.len()) {
        handles.remove(index);
    }
}

pub(super) fn check_snapshot<S: Subject>(snapshot: &S::Snapshot, picture: &Picture) {
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

/// Checks that records and ranges of a view lie where the picture has them. The questions depend on the view: each view
/// gets a few, and all views together get every question.
pub(super) fn check_places<S: Subject>(snapshot: &S::Snapshot, picture: &Picture) {
    let Range { start, end } = picture.range;
    let middle = start + (end - start) / 2;
    let (before, behind) = (start.wrapping_sub(1), end + 1);
    let edges = picture.chunks.iter().flat_map(|chunk| [chunk.first, chunk.end() - 1]);
    for sequence in edges.chain([before, middle, end, behind]) {
        assert_eq!(S::find(snapshot, sequence), picture.find(sequence), "where record {sequence} lies");
    }
    let latest = (picture.latest.start, picture.latest.end);
    let inside = [(start, end), (start, middle), (middle, end), (start + 1, end.saturating_sub(1)), latest];
    let at_the_edge = [(before, end), (before, start), (start, behind), (end, behind), (end, start)];
    let of_none = [(before, before), (start, start), (middle, middle), (end, end), (behind, behind)];
    for ranges in [inside, at_the_edge, of_none] {
        let (start, end) = ranges[end as usize % ranges.len()];
        let expected = picture.chunks_in(&(start..end));
        assert_eq!(S::chunks_in(snapshot, start..end), expected, "the chunks of {start}..{end} in {:?}", picture.range);
    }
}

/// Calls, and if there was no memory, calls again: the failure must have changed nothing. Where memory fails until
/// further notice, the failure is the result.
pub(super) fn attempt<S: Subject, R: Debug>(
    memory: &Memory,
    readers: &Readers<S>,
    mut call: impl FnMut() -> Result<R, Error>,
) -> Result<R, Error> {
    let before = memory.books();
    let first = call();
    let books = memory.books();
    let failed = books.failures - before.failures;
    if first.is_err() {
        // For any reason.
        assert_eq!((books.blocks, books.bytes), (before.blocks, before.bytes), "taken or given back by {first:?}");
    }
    if !matches!(first, Err(Error::NoMemory)) {
        assert_eq!(failed, 0, "there was no memory, and the call says {first:?}");
        let asked = books.allocations - before.allocations;
        assert!(first.is_ok() || asked == 0, "{first:?}, and the allocator was asked {asked} times");
        return first;
    }
    assert_eq!(failed, 1, "a call gives up when there is no memory, and only then");
    readers.check();
    let again = memory.fails();
    let second = call();
    assert_eq!(matches!(second, Err(Error::NoMemory)), again, "the second time: {second:?}");
    second
}

fn unless_no_memory<T: Debug>(made: Result<T, Error>) -> Option<T> {
    match made {
        Err(Error::NoMemory) => None,
        made => Some(made.expect("it can only fail for lack of memory")),
    }
}
