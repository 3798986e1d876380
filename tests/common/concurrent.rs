//! Runs a program on several threads of shuttle's at once: one writes, the others read, and all of it is compared with
//! the history of what was published. What a handle showed it shows until it is refreshed, and for as long as it lives.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use atomic_log::{Error, Wait};
use shuttle::thread;

use super::history::{Book, Hold, Seen};
use super::memory::Memory;
use super::reference::{Chunk, Holds, Picture, Record, Reference, Shape, delta};
use super::subject::{How, Subject, Then};
use super::threaded::{Threaded, Until, Watched};
use super::world::{End, From, Op, Setup, Step};

/// Handles of one kind that a reader has, at most: for one more the oldest goes.
const MOST: usize = 3;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Of {
    Snapshot,
    Cursor,
    Pin,
}

/// A step of one thread's program. A reader that has no handle of the kind that a step wants makes one first.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// As in the programs of one thread.
    Op(Op),
    Notify,
    Trim,
    Interrupt,
    Range,
    Stats,
    /// By a snapshot or a cursor.
    Wait(Of, usize, Until),
    /// Tries to become the writer.
    Claim,
    /// Lays a handle where any thread may take it.
    PassOn(Of, usize),
    /// Takes what was passed on last: a reader keeps it, the writer drops it.
    TakeOver,
}

#[derive(Clone, Debug)]
pub(crate) struct Reader {
    pub(crate) acts: Vec<Act>,
    /// Its handles outlive it, and everybody else.
    pub(crate) leaves_handles: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Program {
    pub(crate) setup: Setup,
    pub(crate) auto_notify: bool,
    pub(crate) writer: Vec<Act>,
    pub(crate) readers: Vec<Reader>,
    /// In which the last handles are dropped.
    pub(crate) order: u64,
}

impl fmt::Display for Program {
    /// A line for each step.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Program { setup, auto_notify, writer, readers, order } = self;
        writeln!(f, "{setup:?}, auto_notify: {auto_notify}, order: {order}\n  writer")?;
        writer.iter().try_for_each(|act| writeln!(f, "    {act:?}"))?;
        for (index, Reader { acts, leaves_handles }) in readers.iter().enumerate() {
            writeln!(f, "  reader {index}{}", if *leaves_handles { ", who leaves handles" } else { "" })?;
            acts.iter().try_for_each(|act| writeln!(f, "    {act:?}"))?;
        }
        Ok(())
    }
}

struct View<S: Subject> {
    view: S::Snapshot,
    seen: Seen,
}

struct Cursor<S: Subject> {
    cursor: S::Cursor,
    seen: Seen,
    position: u64,
    current: Option<Chunk>,
}

struct Pin<S: Subject> {
    pin: S::Pin,
    chunk: Chunk,
    _hold: Hold,
}

fn check_view<S: Subject>(view: &S::Snapshot, picture: &Picture) {
    assert_eq!(S::range(view), picture.range, "range");
    assert_eq!(S::latest(view), picture.latest, "latest");
    let chunks: Vec<Chunk> = (0..S::chunk_count(view)).filter_map(|index| S::chunk(view, index)).collect();
    assert_eq!(chunks, picture.chunks, "the chunks of {:?}", picture.range);
    for (sequence, record) in picture.range.clone().zip(picture.records()) {
        assert_eq!(S::get(view, sequence).as_ref(), Some(record), "record {sequence}");
    }
    assert_eq!(S::get(view, picture.range.end), None);
}

impl<S: Subject> View<S> {
    fn check(&self) {
        check_view::<S>(&self.view, &self.seen.picture);
    }
}

impl<S: Subject> Cursor<S> {
    fn check(&self) {
        let Cursor { cursor, seen, position, .. } = self;
        assert_eq!((S::captured(cursor), S::position(cursor)), (seen.picture.range.clone(), *position));
    }
}

impl<S: Subject> Pin<S> {
    fn check(&self) {
        assert_eq!(S::pinned(&self.pin), self.chunk, "what a pin holds");
    }
}

/// A handle of any kind.
enum Handle<S: Subject> {
    View(View<S>),
    Cursor(Cursor<S>),
    Pin(Pin<S>),
}

impl<S: Subject> Handle<S> {
    /// It shows what it showed.
    fn check(&self) {
        match self {
            Handle::View(view) => view.check(),
            Handle::Cursor(cursor) => cursor.check(),
            Handle::Pin(pin) => pin.check(),
        }
    }
}

/// What the reference model is to know of the log.
fn shape<S: Subject>(setup: &Setup) -> Shape {
    let records = match (S::BYTES, setup.segment_records) {
        (false, _) => setup.segment,
        (true, 0) => (setup.segment / 32).max(16),
        (true, records) => u64::from(records),
    };
    let align = if setup.record_align == 0 { 8 } else { setup.record_align };
    Shape {
        window: setup.window(),
        records: records as usize,
        space: S::BYTES.then_some((setup.segment as usize, align as usize)),
        max_segments: setup.budget.map(|more| setup.window() + 1 + more as usize),
    }
}

/// Where handles lie that are passed on.
type Tray<S> = Arc<Mutex<Vec<Handle<S>>>>;

fn take_over<S: Subject>(tray: &Tray<S>) -> Option<Handle<S>> {
    tray.lock().unwrap_or_else(PoisonError::into_inner).pop()
}

struct WriterThread<S: Threaded> {
    book: Book,
    log: S::Log,
    setup: Setup,
    tray: Tray<S>,
}

impl<S: Threaded> WriterThread<S> {
    fn record(&self, size: usize) -> Record {
        let size = match (S::RESERVES, S::BYTES) {
            (false, _) => 8,
            (true, false) => self.setup.record_size as usize,
            (true, true) => size,
        };
        self.book.with(|history| history.record(size))
    }

    fn records(&self, sizes: &[usize]) -> Vec<Record> {
        sizes.iter().map(|size| self.record(*size)).collect()
    }

    /// What a reservation asks for, the records that it gets, and how many of those or bytes of the one.
    fn reservation(&self, want: usize, then: Then) -> (usize, Vec<Record>, usize) {
        let most = match then {
            Then::Commit(most) => most,
            _ => 0,
        };
        if S::BYTES {
            return (want, self.records(&[want]), most.min(want));
        }
        // Every segment but the last is full.
        let want = want.max(1);
        let next = self.book.with(|history| history.reference.next_sequence());
        let room = self.setup.segment - (next - self.setup.first_sequence) % self.setup.segment;
        (want, self.records(&vec![0; want]), most.min(want.min(room as usize)))
    }

    fn reserve(&self, want: usize, then: Then, call: impl FnOnce(usize, &[Record]) -> Result<usize, Error>) {
        let (want, records, used) = self.reservation(want, then);
        let committed: Vec<Record> = match then {
            Then::Commit(_) if S::BYTES => vec![records[0][..used].to_vec()],
            Then::Commit(_) => records[..used].to_vec(),
            _ => Vec::new(),
        };
        let model = |reference: &mut Reference, holds: &Holds| {
            reference.reserve(want, holds)?;
            reference.commit(want, committed.iter().cloned(), holds)
        };
        if let Ok(done) = self.book.write(model, || call(want, &records)) {
            assert_eq!(done, used, "as much as there is room for");
        }
    }

    fn append(&self, record: &Record, call: impl FnOnce() -> Result<(), Error>) -> Result<(), Error> {
        self.book.write(|reference, holds| reference.append(record.clone(), holds), call)
    }

    fn batch(&self, records: &[Record], foresees: bool, call: impl FnOnce() -> Result<(), Error>) {
        let _ = self.book.write(|reference, holds| reference.batch(records, foresees, holds), call);
    }

    fn group(&self, writer: &mut S::Writer, steps: &[Step], end: End) {
        let mut group = S::group(writer);
        self.book.with(|history| history.reference.begin());
        for step in steps {
            match step {
                Step::Append(size) => {
                    let record = self.record(*size);
                    let _ = self.append(&record, || S::group_append(&mut group, &record));
                }
                Step::Batch(sizes) => {
                    let records = self.records(sizes);
                    let foresees = S::foresees(How::Batch);
                    self.batch(&records, foresees, || S::group_batch(&mut group, &records));
                }
                Step::Reserve(want, then) if S::RESERVES => {
                    self.reserve(*want, *then, |want, records| S::group_reserve(&mut group, want, records, *then));
                }
                Step::Reserve(..) => {}
            }
        }
        match end {
            End::Publish => {
                let model = |reference: &mut Reference, _: &Holds| {
                    reference.publish();
                    Ok(())
                };
                let published = self.book.write(model, || {
                    S::publish(group);
                    Ok(())
                });
                assert_eq!(published, Ok(()));
            }
            End::Abandon => {
                S::abandon(group);
                self.book.with(|history| history.reference.abandon());
            }
            End::Leak => std::mem::forget(group),
        }
    }

    fn act(&self, writer: &mut S::Writer, act: &Act) {
        match act {
            Act::Op(Op::Append(size)) => {
                let record = self.record(*size);
                let _ = self.append(&record, || S::append(writer, &record));
            }
            Act::Op(Op::Batch(how, sizes)) => {
                let records = self.records(sizes);
                self.batch(&records, S::foresees(*how), || S::batch(writer, &records, *how));
            }
            Act::Op(Op::Reserve(want, then)) if S::RESERVES => {
                self.reserve(*want, *then, |want, records| S::reserve(writer, want, records, *then));
            }
            Act::Op(Op::Group(steps, end)) => self.group(writer, steps, *end),
            Act::Op(Op::RenewLog) => drop(S::log_of(writer)),
            Act::Notify => S::notify(writer),
            Act::Trim => S::trim(writer),
            Act::Interrupt => self.book.interrupt::<S>(&self.log),
            Act::TakeOver => {
                if let Some(handle) = take_over(&self.tray) {
                    handle.check();
                }
            }
            _ => {}
        }
        self.book.with(|history| assert_eq!(S::next_sequence(writer), history.reference.next_sequence()));
    }

    fn claim(&self) -> S::Writer {
        loop {
            match self.book.claim::<S>(&self.log) {
                Some(writer) => return writer,
                None => thread::yield_now(),
            }
        }
    }

    /// Runs the program as far as it is this thread's. The thread that the writer is handed over to runs the rest.
    fn run(self, mut acts: Vec<Act>) {
        let mut writer = self.claim();
        let here = acts.iter().position(|act| matches!(act, Act::Op(Op::HandOver))).unwrap_or(acts.len());
        let rest = acts.split_off(here);
        for act in &acts {
            self.act(&mut writer, act);
        }
        if rest.is_empty() {
            return self.close(writer);
        }
        let book = self.book.clone();
        let next = thread::spawn(move || self.run(rest[1..].to_vec()));
        book.let_go::<S>(writer);
        next.join().expect("the next writer");
    }

    /// Publishes something that whoever waits can be certain of, and goes.
    fn close(self, mut writer: S::Writer) {
        S::abandon(S::group(&mut writer));
        self.book.with(|history| {
            history.reference.abandon();
            history.last = Some(history.begun() + 1);
        });
        let record = self.record(1);
        if self.append(&record, || S::append(&mut writer, &record)).is_err() {
            // Readers hold all that `max_segments` allows, and wait.
            self.book.with(|history| history.last = None);
            while self.book.with(|history| history.readers) > 0 {
                self.book.interrupt::<S>(&self.log);
                thread::yield_now();
            }
        }
        // Which notifies.
        self.book.let_go::<S>(writer);
    }
}

struct ReaderThread<S: Threaded> {
    book: Book,
    log: S::Log,
    tray: Tray<S>,
    views: Vec<View<S>>,
    cursors: Vec<Cursor<S>>,
    pins: Vec<Pin<S>>,
}

fn keep<T>(handles: &mut Vec<T>, handle: T) {
    if handles.len() == MOST {
        handles.remove(0);
    }
    handles.push(handle);
}

fn remove<T>(handles: &mut Vec<T>, index: usize) -> Option<T> {
    let index = index.checked_rem(handles.len())?;
    Some(handles.remove(index))
}

impl<S: Threaded> ReaderThread<S> {
    fn take_view(&mut self) {
        let (view, seen) = self.book.read(|| S::snapshot(&self.log), |view| S::range(view).end);
        keep(&mut self.views, View { view, seen });
    }

    fn view(&mut self, index: usize) -> &mut View<S> {
        if self.views.is_empty() {
            self.take_view();
        }
        let index = index % self.views.len();
        &mut self.views[index]
    }

    fn open(&mut self, from: From) {
        let book = self.book.clone();
        let end = |cursor: &S::Cursor| S::captured(cursor).end;
        let (cursor, seen, at_end) = match from {
            From::Oldest => {
                let (cursor, seen) = book.read(|| S::oldest(&self.log), end);
                (cursor, seen, false)
            }
            From::Newest => {
                let (cursor, seen) = book.read(|| S::newest(&self.log), end);
                (cursor, seen, true)
            }
            From::Snapshot(index) => {
                let View { view, seen } = self.view(index);
                (S::cursor(view), book.seen(seen.number, &seen.picture), false)
            }
        };
        let range = &seen.picture.range;
        let position = if at_end { range.end } else { range.start };
        keep(&mut self.cursors, Cursor { cursor, seen, position, current: None });
    }

    fn cursor(&mut self, index: usize) -> &mut Cursor<S> {
        if self.cursors.is_empty() {
            self.open(From::Oldest);
        }
        let index = index % self.cursors.len();
        &mut self.cursors[index]
    }

    fn keep_pin(&mut self, pin: S::Pin, chunk: Chunk) {
        let hold = self.book.hold(chunk.segment..chunk.segment + 1);
        keep(&mut self.pins, Pin { pin, chunk, _hold: hold });
    }

    fn run_op(&mut self, op: &Op) {
        let book = self.book.clone();
        match *op {
            Op::Snapshot => self.take_view(),
            Op::Clone(index) => {
                let View { view, seen } = self.view(index);
                let copy = View { view: view.clone(), seen: book.seen(seen.number, &seen.picture) };
                keep(&mut self.views, copy);
            }
            Op::Refresh(index) => {
                let View { view, seen } = self.view(index);
                let refresh = || {
                    let reported = S::refresh(view);
                    (reported, S::range(view).end)
                };
                let ((reported, _), now) = book.read(refresh, |(_, end)| *end);
                assert_eq!(reported, delta(seen.picture.range.end, &now.picture), "what the refresh reports");
                *seen = now;
            }
            Op::Drop(index) => drop(remove(&mut self.views, index)),
            Op::Pin(index, chunk) => {
                let View { view, seen } = self.view(index);
                if let Some(chunk) = chunk.checked_rem(seen.picture.chunks.len()) {
                    let pin = S::pin(view, chunk).expect("the chunk is there");
                    let chunk = seen.picture.chunks[chunk].clone();
                    self.keep_pin(pin, chunk);
                }
            }
            Op::ClonePin(index) => {
                if let Some(index) = index.checked_rem(self.pins.len()) {
                    let (pin, chunk) = (self.pins[index].pin.clone(), self.pins[index].chunk.clone());
                    self.keep_pin(pin, chunk);
                }
            }
            Op::DropPin(index) => drop(remove(&mut self.pins, index)),
            Op::Open(from) => self.open(from),
            Op::Next(index) => {
                let reader = self.cursor(index);
                let expected = reader.seen.picture.rest_from(reader.position);
                assert_eq!(S::next(&mut reader.cursor), expected, "the next chunk");
                if let Some(chunk) = expected {
                    reader.position = chunk.end();
                    reader.current = Some(chunk);
                }
            }
            Op::Seek(index, to) => {
                let reader = self.cursor(index);
                let range = reader.seen.picture.range.clone();
                // From one before the view's begin to one behind its end.
                let to = (range.start + to % (range.end - range.start + 3)).wrapping_sub(1);
                let allowed = range.start <= to && to <= range.end;
                let expected = if allowed { Ok(()) } else { Err(Error::OutOfRange) };
                assert_eq!(S::seek(&mut reader.cursor, to), expected, "seek to {to} in {range:?}");
                if allowed {
                    reader.position = to;
                }
            }
            Op::Follow(index) => {
                let reader = self.cursor(index);
                let cursor = &mut reader.cursor;
                let follow = || {
                    let reported = S::follow(cursor);
                    (reported, S::captured(cursor).end)
                };
                let ((reported, _), now) = book.read(follow, |(_, end)| *end);
                let expected = delta(reader.position, &now.picture);
                assert_eq!(reported, expected, "what the cursor's refresh reports");
                reader.position = expected.first_sequence;
                if now.number != reader.seen.number {
                    reader.current = None;
                }
                reader.seen = now;
            }
            Op::PinCurrent(index) => {
                let reader = self.cursor(index);
                match (S::pin_current(&reader.cursor), reader.current.clone()) {
                    (Ok(pin), Some(chunk)) => self.keep_pin(pin, chunk),
                    (Err(Error::State), None) => {}
                    (pin, current) => panic!("{pin:?}, and the current chunk is {current:?}"),
                }
            }
            Op::Close(index) => drop(remove(&mut self.cursors, index)),
            _ => {}
        }
    }

    fn wait(&mut self, of: Of, index: usize, until: Until) {
        let book = self.book.clone();
        let (number, unread) = match of {
            Of::Cursor => {
                let reader = self.cursor(index);
                (reader.seen.number, reader.position < reader.seen.picture.range.end)
            }
            _ => (self.view(index).seen.number, false),
        };
        let (since, interrupts, certain) = book.with(|history| {
            let certain = unread || history.last.is_none_or(|last| number < last);
            (history.since(), history.interrupts_finished, certain)
        });
        let until = if until == Until::Something && !certain { Until::Now } else { until };
        let waited = match of {
            Of::Cursor => S::wait_unread(&self.cursor(index).cursor, until),
            _ => S::wait(&self.view(index).view, until),
        };
        book.with(|history| match waited {
            Wait::Ready if unread => {}
            Wait::Ready => {
                assert!(number < history.begun(), "a wait ends, and there is nothing newer");
                history.shown = history.shown.max(number + 1);
            }
            Wait::TimedOut => {
                assert!(until != Until::Something, "for ever is over");
                assert!(!unread && since <= number, "a wait times out, and there was something newer before it began");
            }
            Wait::Interrupted => {
                assert!(until != Until::Now, "a look cannot be interrupted");
                assert!(history.interrupts_begun > interrupts, "nobody interrupted the wait");
                assert!(
                    !unread && since <= number,
                    "a wait is interrupted, and there was something newer before it began"
                );
            }
        });
    }

    fn act(&mut self, act: &Act) {
        match act {
            Act::Op(op) => self.run_op(op),
            Act::Range => {
                let (range, seen) = self.book.read(|| S::log_range(&self.log), |range| range.end);
                assert_eq!(range, seen.picture.range, "the log's range");
            }
            Act::Stats => {
                let first = self.book.with(|history| history.pictures[0].range.start);
                let (stats, seen) = self.book.read(|| S::stats(&self.log), |stats| first + stats.records_appended);
                assert_eq!(stats.rolls, seen.picture.held.end - 1, "the newest segment");
            }
            Act::Wait(of, index, until) => self.wait(*of, *index, *until),
            Act::Claim => {
                if let Some(writer) = self.book.claim::<S>(&self.log) {
                    self.book.let_go::<S>(writer);
                }
            }
            Act::Interrupt => self.book.interrupt::<S>(&self.log),
            Act::PassOn(of, index) => {
                let handle = match of {
                    Of::Snapshot => remove(&mut self.views, *index).map(Handle::View),
                    Of::Cursor => remove(&mut self.cursors, *index).map(Handle::Cursor),
                    Of::Pin => remove(&mut self.pins, *index).map(Handle::Pin),
                };
                self.tray.lock().unwrap_or_else(PoisonError::into_inner).extend(handle);
            }
            Act::TakeOver => match take_over(&self.tray) {
                Some(Handle::View(view)) => keep(&mut self.views, view),
                Some(Handle::Cursor(cursor)) => keep(&mut self.cursors, cursor),
                Some(Handle::Pin(pin)) => keep(&mut self.pins, pin),
                None => {}
            },
            _ => {}
        }
    }

    /// Every handle shows what it showed.
    fn check(&self) {
        self.views.iter().for_each(View::check);
        self.cursors.iter().for_each(Cursor::check);
        self.pins.iter().for_each(Pin::check);
    }

    fn run(mut self, reader: &Reader) -> Vec<Handle<S>> {
        for act in &reader.acts {
            self.act(act);
            self.check();
        }
        self.book.with(|history| history.readers -= 1);
        let ReaderThread { log, views, cursors, pins, .. } = self;
        drop(log);
        let views = views.into_iter().map(Handle::View);
        let handles = views.chain(cursors.into_iter().map(Handle::Cursor)).chain(pins.into_iter().map(Handle::Pin));
        if reader.leaves_handles { handles.collect() } else { Vec::new() }
    }
}

/// Runs a program in one execution of shuttle's.
pub(crate) fn run<S: Threaded>(program: &Program) {
    let memory = Memory::new();
    let Program { setup, readers, .. } = program;
    let log = S::create(&setup.options::<S>(&memory).auto_notify(program.auto_notify)).expect("the options are good");
    let book = Book::new(Reference::new(shape::<S>(setup), setup.first_sequence, 0), readers.len());
    let tray = Tray::<S>::default();
    let writer = WriterThread { book: book.clone(), log: log.clone(), setup: setup.clone(), tray: tray.clone() };
    let acts = program.writer.clone();
    let mut threads = vec![thread::spawn(move || {
        writer.run(acts);
        Vec::new()
    })];
    for reader in readers {
        let reader = reader.clone();
        let (book, log, tray) = (book.clone(), log.clone(), tray.clone());
        let thread = ReaderThread { book, log, tray, views: Vec::new(), cursors: Vec::new(), pins: Vec::new() };
        threads.push(thread::spawn(move || thread.run(&reader)));
    }
    drop(log);
    let mut handles: Vec<Handle<S>> = Vec::new();
    for thread in threads {
        handles.extend(thread.join().expect("a thread of the program"));
    }
    // Writer and log are gone.
    handles.extend(tray.lock().unwrap_or_else(PoisonError::into_inner).drain(..));
    let mut order = program.order;
    while !handles.is_empty() {
        handles.iter().for_each(Handle::check);
        handles.swap_remove((order % handles.len() as u64) as usize);
        order = order.rotate_right(7).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }
    memory.assert_all_came_back();
    assert_eq!(Watched::alive(), 0, "values that were never dropped");
}
