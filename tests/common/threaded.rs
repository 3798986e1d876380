//! What programs of several threads need of a log in addition to those of one thread, and a value for them.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::time::Duration;

use atomic_log::Writer;

use super::reference::Record;
use super::subject::{Kind, Records, Subject, Typed, Value};

/// How long a wait takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Until {
    /// It only checks once.
    Now,
    /// Until a deadline, which comes at the sleeper's next turn.
    Soon,
    /// For ever, where something newer is certain to come.
    Something,
}

impl Until {
    pub(crate) fn timeout(self) -> Duration {
        match self {
            Until::Now => Duration::ZERO,
            Until::Soon => Duration::from_millis(1),
            Until::Something => Duration::MAX,
        }
    }
}

pub(crate) trait Threaded:
    Subject<Log: Send, Writer: Send, Snapshot: Send, Cursor: Send, Pin: Send> + 'static
{
    fn notify(writer: &Self::Writer);
    fn interrupt(log: &Self::Log);
}

macro_rules! threaded {
    ($value:ident: $bound:path; $subject:ty) => {
        impl<$value: $bound + Send + Sync + 'static> Threaded for $subject {
            fn notify(writer: &Self::Writer) {
                writer.notify();
            }
            fn interrupt(log: &Self::Log) {
                log.interrupt();
            }
        }
    };
}

threaded!(T: Value; Typed<T>);
threaded!(K: Kind; Records<K>);

thread_local! {
    /// The values that are alive. All of a program's threads are one thread of the system, and no two programs share
    /// one.
    static ALIVE: RefCell<BTreeSet<u64>> = const { RefCell::new(BTreeSet::new()) };
}

/// A value that notices when it is dropped twice, or read where there is none. It follows no pointer to find out.
#[derive(Debug)]
pub(crate) struct Watched {
    id: u64,
    complement: u64,
    /// Larger than what fits in registers, so that an append writes it before it knows whether there is room.
    _more: u64,
}

impl Watched {
    pub(crate) fn alive() -> usize {
        ALIVE.with_borrow(BTreeSet::len)
    }

    fn check(&self) {
        assert_eq!(self.complement, !self.id, "there is no value where one is shown or dropped");
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        // Where a check failed already, the rest may be broken.
        if !std::thread::panicking() {
            self.check();
            let was_alive = ALIVE.with_borrow_mut(|alive| alive.remove(&self.id));
            assert!(was_alive, "value {} was dropped twice", self.id);
        }
    }
}

impl Value for Watched {
    fn of(record: &[u8]) -> Watched {
        let id = u64::of(record);
        assert!(ALIVE.with_borrow_mut(|alive| alive.insert(id)), "the program's records are unique");
        Watched { id, complement: !id, _more: 0 }
    }

    fn record(&self) -> Record {
        self.check();
        assert!(ALIVE.with_borrow(|alive| alive.contains(&self.id)), "value {} is shown and was dropped", self.id);
        self.id.record()
    }

    fn append_slice(_: &mut Writer<Watched>, _: &[Record]) -> Option<Result<(), atomic_log::Error>> {
        None
    }
}
