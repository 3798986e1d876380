//! Runs a program on several threads of shuttle's at once: one writes, the others read, and everything is compared with
//! the history of what was published. A handle shows the same until it is refreshed, and for as long as it lives.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use atomic_log::Error;
use shuttle::thread;

use super::history::{Book, Hold, Seen};
use super::memory::Memory;
use super::reading::ReaderThread;
use super::reference::{Chunk, Holds, Picture, Record, Reference, Skip};
use super::subject::{How, Subject, Then};
use super::threaded::{Threaded, Until, Watched};
use super::world::{End, Op, Setup, Step, skip_target};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Of {
    Snapshot,
    Cursor,
    Pin,
}

/// A step of one thread's program. A reader without a handle of the kind that a step needs makes one first.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// As in the single-threaded programs.
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
    /// Puts a handle where any thread may take it.
    PassOn(Of, usize),
    /// Takes what was passed on last: a reader keeps it, the writer drops it.
    TakeOver,
}

#[derive(Clone, Debug)]
pub(crate) struct Reader {
    pub(crate) acts: Vec<Act>,
    /// Its handles outlive it, and all other threads.
    pub(crate) leaves_handles: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Program {
    pub(crate) setup: Setup,
    pub(crate) writer: Vec<Act>,
    pub(crate) readers: Vec<Reader>,
    /// The order in which the last handles are dropped.
    pub(crate) order: u64,
}

impl fmt::Display for Program {
    /// A line for each step.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Program { setup, writer, readers, order } = self;
        writeln!(f, "{setup:?}, order: {order}\n  writer")?;
        writer.iter().try_for_each(|act| writeln!(f, "    {act:?}"))?;
        for (index, Reader { acts, leaves_handles }) in readers.iter().enumerate() {
            writeln!(f, "  reader {index}{}", if *leaves_handles { ", which leaves handles" } else { "" })?;
            acts.iter().try_for_each(|act| writeln!(f, "    {act:?}"))?;
        }
        Ok(())
    }
}

pub(crate) struct View<S: Subject> {
    pub(crate) view: S::Snapshot,
    pub(crate) seen: Seen,
}

pub(crate) struct Cursor<S: Subject> {
    pub(crate) cursor: S::Cursor,
    pub(crate) seen: Seen,
    pub(crate) position: u64,
    pub(crate) current: Option<Chunk>,
}

pub(crate) struct Pin<S: Subject> {
    pub(crate) pin: S::Pin,
    pub(crate) chunk: Chunk,
    pub(crate) _hold: Hold,
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
    pub(crate) fn check(&self) {
        check_view::<S>(&self.view, &self.seen.picture);
    }
}

impl<S: Subject> Cursor<S> {
    pub(crate) fn check(&self) {
        let Cursor { cursor, seen, position, .. } = self;
        assert_eq!((S::captured(cursor), S::position(cursor)), (Some(seen.picture.range.clone()), *position));
    }
}

impl<S: Subject> Pin<S> {
    pub(crate) fn check(&self) {
        assert_eq!(S::pinned(&self.pin), self.chunk, "what a pin holds");
    }
}

/// A handle of any kind.
pub(crate) enum Handle<S: Subject> {
    View(View<S>),
    Cursor(Cursor<S>),
    Pin(Pin<S>),
}

impl<S: Subject> Handle<S> {
    /// Checks that it shows the same as before.
    fn check(&self) {
        match self {
            Handle::View(view) => view.check(),
            Handle::Cursor(cursor) => cursor.check(),
            Handle::Pin(pin) => pin.check(),
        }
    }
}

/// The place of handles that are passed on.
pub(crate) type Tray<S> = Arc<Mutex<Vec<Handle<S>>>>;

pub(crate) fn take_over<S: Subject>(tray: &Tray<S>) -> Option<Handle<S>> {
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
        let want = want.max(1);
        let room = self.book.with(|history| history.reference.room());
        (want, self.records(&vec![0; want]), most.min(want.min(room)))
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
            if then == Then::Leak {
                return Ok(());
            }
            reference.commit(want, committed.iter().cloned(), holds)
        };
        match self.book.write(model, || call(want, &records)) {
            Ok(done) => assert_eq!(done, used, "as much as there is room for"),
            Err(_) => self.refused(),
        }
    }

    fn append(&self, record: &Record, call: impl FnOnce() -> Result<(), Error>) -> Result<(), Error> {
        let appended = self.book.write(|reference, holds| reference.append(record.clone(), holds), call);
        appended.inspect_err(|_| self.refused())
    }

    /// A refused commit ends the reservation, too.
    fn refused(&self) {
        self.book.with(|history| history.reference.took_nothing());
    }

    fn batch(&self, records: &[Record], foresees: bool, call: impl FnOnce() -> Result<(), Error>) {
        if self.book.write(|reference, holds| reference.batch(records, foresees, holds), call).is_err() {
            self.refused();
        }
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
                Step::Batch(sizes) | Step::Packed(sizes) => {
                    let how = if matches!(step, Step::Packed(_)) { How::Packed } else { How::Batch };
                    let records = self.records(sizes);
                    self.batch(&records, S::foresees(how), || S::group_batch(&mut group, &records, how));
                }
                Step::Reserve(want, then) if S::RESERVES => {
                    self.reserve(*want, *then, |want, records| {
                        S::group_reserve(&mut group, want, records, *then, &|| {})
                    });
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

    fn skip(&self, writer: &mut S::Writer, by: i64) {
        let sequence = skip_target(S::next_sequence(writer), by);
        let skip = |reference: &mut Reference, holds: &Holds| match reference.skip_to(sequence, holds) {
            Err(Skip::Refused(error)) => Err(error),
            Err(Skip::NeverThere) => unreachable!("told before"),
            Ok(()) => Ok(()),
        };
        let never = self.book.with(|history| history.reference.clone().skip_to(sequence, &Holds::default()));
        if let Err(Skip::NeverThere) = never {
            assert!(matches!(S::skip_to(writer, sequence), Err(Error::Argument(_))));
        } else {
            let _ = self.book.write(skip, || S::skip_to(writer, sequence));
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
                self.reserve(*want, *then, |want, records| S::reserve(writer, want, records, *then, &|| {}));
            }
            Act::Op(Op::Group(steps, end)) => self.group(writer, steps, *end),
            Act::Op(Op::Skip(by)) => self.skip(writer, *by),
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

    /// Runs this thread's part of the program. The thread that takes the writer over runs the rest.
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

    /// Publishes something that each waiter can rely on, and ends.
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

/// Runs a program in one execution of shuttle's.
pub(crate) fn run<S: Threaded>(program: &Program) {
    let memory = Memory::new();
    let Program { setup, readers, .. } = program;
    let log = S::create(setup, &memory).expect("the options are good");
    let book = Book::new(Reference::new(setup.shape::<S>(), setup.first_sequence), readers.len());
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
        let thread = ReaderThread::new(book, log, tray);
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
