//! What a reader's thread does (`concurrent.rs`).

use std::sync::{Arc, PoisonError};

use atomic_log::{Error, Stats, Wait};

use super::concurrent::{Act, Cursor, Handle, Of, Pin, Reader, Tray, View, take_over};
use super::history::Book;
use super::reference::{Chunk, Picture, delta};
use super::threaded::{Threaded, Until};
use super::world::{From, Op};

const MEMORY: &str = "there is memory";

/// The most handles of one kind that a reader has. For one more, it drops the oldest.
const MOST: usize = 3;

pub(crate) struct ReaderThread<S: Threaded> {
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
    pub(crate) fn new(book: Book, log: S::Log, tray: Tray<S>) -> ReaderThread<S> {
        ReaderThread { book, log, tray, views: Vec::new(), cursors: Vec::new(), pins: Vec::new() }
    }

    fn take_view(&mut self) {
        let (view, seen) = self.book.read(|| S::snapshot(&self.log).expect(MEMORY), |view| S::range(view).end);
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
        let end = |cursor: &S::Cursor| S::captured(cursor).expect("a range").end;
        let (cursor, seen, at_end) = match from {
            From::Oldest => {
                let (cursor, seen) = book.read(|| S::oldest(&self.log).expect(MEMORY), end);
                (cursor, seen, false)
            }
            From::Newest => {
                let (cursor, seen) = book.read(|| S::newest(&self.log).expect(MEMORY), end);
                (cursor, seen, true)
            }
            From::Snapshot(index) => {
                let View { view, seen } = self.view(index);
                (S::cursor(view).expect(MEMORY), book.seen(seen.number, &seen.picture), false)
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
                let copy = View { view: S::twin(view).expect(MEMORY), seen: book.seen(seen.number, &seen.picture) };
                keep(&mut self.views, copy);
            }
            Op::Refresh(index) => {
                let View { view, seen } = self.view(index);
                let refresh = || {
                    let reported = S::refresh(view, None);
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
                // From one before the beginning of the view to one behind its end.
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
                    let reported = S::follow(cursor, None);
                    (reported, S::captured(cursor).expect("a range").end)
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
            Of::Cursor => S::wait_unread(&self.cursor(index).cursor, until.timeout()),
            _ => S::wait(&self.view(index).view, until.timeout()),
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
                assert!(history.interrupts_begun > interrupts, "nobody interrupted the wait");
            }
            Wait::Finished => panic!("nobody finished the log"),
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
                let book = &self.book;
                // A publication of no records, but with a segment of its own, is a skip.
                let end = |stats: &Stats| {
                    let shown = |picture: &Arc<Picture>| {
                        (picture.held.end - 1, picture.published) == (stats.rolls, stats.records_appended)
                    };
                    let end = book.with(|history| {
                        history.pictures.iter().find(|picture| shown(picture)).map(|picture| picture.range.end)
                    });
                    end.unwrap_or_else(|| panic!("no publication left that: {stats:?}"))
                };
                let (stats, seen) = book.read(|| S::stats(&self.log), end);
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

    /// Checks that every handle shows what it showed.
    fn check(&self) {
        self.views.iter().for_each(View::check);
        self.cursors.iter().for_each(Cursor::check);
        self.pins.iter().for_each(Pin::check);
    }

    /// Runs a reader's program. Returns what it leaves behind.
    pub(crate) fn run(mut self, reader: &Reader) -> Vec<Handle<S>> {
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
