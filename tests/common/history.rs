//! The history of what was published on a log, as the reference model tells it, and what concurrent calls must show of
//! it.
//!
//! A read is a view that is taken or refreshed, a log's range, or a wait. It must show the state that some publication
//! left (I10). That publication is not older than the last one that was finished when the call began, and not older
//! than what any read showed that was finished by then. It is not newer than the last one that had begun when the call
//! returned. So all reads and publications are as if each had happened at one instant.
//!
//! Shuttle does not see the history. It is written between the atomic operations of the library, where no other thread
//! runs. So writing it orders nothing and cannot hide a fault. No lock is held while the library is called.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use atomic_log::Error;

use super::reference::{Holds, Picture, Record, Reference};
use super::threaded::Threaded;

/// What has happened so far.
pub(crate) struct History {
    /// One for each publication, and one for the empty log.
    pub(crate) pictures: Vec<Arc<Picture>>,
    /// The last publication that is finished. One more may have begun.
    finished: usize,
    /// The newest publication that a finished read showed.
    pub(crate) shown: usize,
    pub(crate) reference: Reference,
    next_id: u64,
    /// The last publication of all, once it has begun.
    pub(crate) last: Option<usize>,
    /// The segments that handles and calls may hold; and those released since the writer's call began.
    held: BTreeMap<u64, Range<u64>>,
    held_lately: Vec<Range<u64>>,
    next_hold: u64,
    /// The number of threads that are the writer, that are becoming it, and that ever became it.
    writers: usize,
    claiming: usize,
    claims: usize,
    pub(crate) interrupts_begun: usize,
    pub(crate) interrupts_finished: usize,
    pub(crate) readers: usize,
}

/// What all threads of a program know. No lock is held while the library is called.
#[derive(Clone)]
pub(crate) struct Book(Arc<Mutex<History>>);

/// Records which segments a handle or a call may hold. A handle's `Hold` comes after the handle, so that it is dropped
/// later.
pub(crate) struct Hold {
    book: Book,
    id: u64,
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.book.with(|history| {
            let held = history.held.remove(&self.id).expect("held once");
            history.held_lately.push(held);
        });
    }
}

/// What a view shows.
pub(crate) struct Seen {
    pub(crate) number: usize,
    pub(crate) picture: Arc<Picture>,
    _hold: Hold,
}

impl History {
    /// The oldest state that a read may show if it begins now.
    pub(crate) fn since(&self) -> usize {
        self.finished.max(self.shown)
    }

    pub(crate) fn begun(&self) -> usize {
        self.pictures.len() - 1
    }

    /// The publication that a finished read showed.
    pub(crate) fn find(&mut self, since: usize, end: u64) -> (usize, Arc<Picture>) {
        let ends = |picture: &Arc<Picture>| picture.range.end;
        let found = self.pictures.iter().rposition(|picture| ends(picture) == end);
        let number = found.unwrap_or_else(|| panic!("a read ends at {end}, where no publication ended (I7)"));
        assert!(
            number >= since,
            "a read shows publication {number}, and {since} was shown or finished before it began (I10): ends {:?}",
            self.pictures.iter().map(ends).collect::<Vec<_>>()
        );
        self.shown = self.shown.max(number);
        (number, self.pictures[number].clone())
    }

    /// All that readers may hold now, or held when the writer's call began.
    pub(crate) fn may_be_held(&self) -> Holds {
        let newest = self.reference.picture().held.end;
        let mut holds = Holds::default();
        for held in self.held.values().chain(&self.held_lately) {
            holds.segments.extend(held.start..held.end.min(newest));
        }
        holds
    }

    /// A new record, different from the others if it is long enough.
    pub(crate) fn record(&mut self, size: usize) -> Record {
        let id = self.next_id;
        self.next_id += 1;
        let rest = (8..size).map(|index| (index as u64 ^ id.wrapping_mul(31)) as u8);
        id.to_le_bytes().into_iter().take(size).chain(rest).collect()
    }
}

impl Book {
    pub(crate) fn new(reference: Reference, readers: usize) -> Book {
        Book(Arc::new(Mutex::new(History {
            pictures: vec![Arc::new(reference.picture())],
            finished: 0,
            shown: 0,
            reference,
            next_id: 0,
            last: None,
            held: BTreeMap::new(),
            held_lately: Vec::new(),
            next_hold: 0,
            writers: 0,
            claiming: 0,
            claims: 0,
            interrupts_begun: 0,
            interrupts_finished: 0,
            readers,
        })))
    }

    pub(crate) fn with<R>(&self, note: impl FnOnce(&mut History) -> R) -> R {
        note(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn hold(&self, segments: Range<u64>) -> Hold {
        let id = self.with(|history| {
            history.next_hold += 1;
            history.held.insert(history.next_hold, segments);
            history.next_hold
        });
        Hold { book: self.clone(), id }
    }

    pub(crate) fn seen(&self, number: usize, picture: &Arc<Picture>) -> Seen {
        Seen { number, picture: picture.clone(), _hold: self.hold(picture.held.clone()) }
    }

    /// Makes a read. Its end tells which publication it showed.
    pub(crate) fn read<R>(&self, read: impl FnOnce() -> R, end: impl FnOnce(&R) -> u64) -> (R, Seen) {
        let (since, oldest) = self.with(|history| (history.since(), history.pictures[history.finished].held.start));
        // It may hold any window that is current meanwhile.
        let passing = self.hold(oldest..u64::MAX);
        let done = read();
        let end = end(&done);
        let (number, picture) = self.with(|history| history.find(since, end));
        let seen = self.seen(number, &picture);
        drop(passing);
        (done, seen)
    }

    /// Makes a call of the writer's that does to the log what `model` does to the reference.
    pub(crate) fn write<R>(
        &self,
        model: impl Fn(&mut Reference, &Holds) -> Result<(), Error>,
        call: impl FnOnce() -> Result<R, Error>,
    ) -> Result<R, Error> {
        let mut next = self.with(|history| history.reference.clone());
        let expected = model(&mut next, &Holds::default());
        let publishes = self.with(|history| {
            history.held_lately.clear();
            let picture = next.picture();
            let publishes = expected.is_ok() && picture.range.end != history.pictures[history.begun()].range.end;
            if publishes {
                history.pictures.push(Arc::new(picture));
            }
            publishes
        });
        let done = call();
        self.with(|history| match (&done, expected) {
            (Ok(_), Ok(())) => {
                history.reference = next;
                history.finished = history.begun();
            }
            (Err(Error::SegmentLimit), _) => {
                let refused = model(&mut history.reference.clone(), &history.may_be_held());
                assert_eq!(refused, Err(Error::SegmentLimit), "readers do not hold enough for that");
                if publishes {
                    assert!(history.shown < history.begun(), "what was refused was shown");
                    history.pictures.pop();
                }
            }
            (Err(error), Err(expected)) => assert_eq!(*error, expected),
            (done, expected) => panic!("a call of the writer's ends with {:?}: {expected:?}", done.as_ref().err()),
        });
        done
    }

    pub(crate) fn interrupt<S: Threaded>(&self, log: &S::Log) {
        self.with(|history| history.interrupts_begun += 1);
        S::interrupt(log);
        self.with(|history| history.interrupts_finished += 1);
    }

    /// Tries to become the writer. The thread then counts as the writer.
    pub(crate) fn claim<S: Threaded>(&self, log: &S::Log) -> Option<S::Writer> {
        let (busy, claims) = self.with(|history| {
            history.claiming += 1;
            // Beside this call.
            (history.writers + history.claiming > 1, history.claims)
        });
        let claimed = S::claim(log);
        self.with(|history| {
            history.claiming -= 1;
            match &claimed {
                Ok(writer) => {
                    assert_eq!(history.writers, 0, "there is one writer at a time (E5)");
                    assert_eq!(
                        S::next_sequence(writer),
                        history.reference.next_sequence(),
                        "it goes on where the last stopped"
                    );
                    history.writers = 1;
                    history.claims += 1;
                }
                Err(error) => {
                    assert_eq!(*error, Error::Claimed);
                    let by_another = busy || history.claims > claims || history.claiming > 0;
                    assert!(by_another, "nobody has claimed the writer");
                }
            }
        });
        claimed.ok()
    }

    /// Drops the writer, and with it everything that it has not published.
    pub(crate) fn let_go<S: Threaded>(&self, writer: S::Writer) {
        // No thread can take the claim before it is given back, which may be long before the call returns.
        self.with(|history| {
            history.reference.abandon();
            history.writers = 0;
            history.claiming += 1;
        });
        drop(writer);
        self.with(|history| history.claiming -= 1);
    }
}
