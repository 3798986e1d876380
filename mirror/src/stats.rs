//! What a publisher or a mirror has done, and how it is.

use std::sync::atomic::{AtomicI32, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use async_nats::Event;
use tokio::sync::watch;

use crate::Origin;
use crate::abi::Status;

/// How a publisher or a mirror is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum State {
    /// There is no connection yet, or no stream. It goes on trying.
    Connecting = 0,
    /// It carries records.
    Running = 1,
    /// The log was finished, and all of it has arrived. A mirror goes on if another life of the log comes.
    Finished = 2,
    /// It ended for good, and `status` and `last_error` tell why.
    Stopped = 3,
}

/// What a publisher sent, or a mirror received. The figures may be a moment old.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Stats {
    /// How it is.
    pub state: State,
    /// Why it stopped, as a status of `atomic_log.h`. Until then 0.
    pub status: Status,
    /// The origin of the log that is carried. All zero: none yet.
    pub origin: Origin,
    /// How many origins there were.
    pub origins: u64,
    /// Publisher: records that the stream acknowledged. Mirror: records that its log has got.
    pub records: u64,
    /// Payload bytes of the messages that were acknowledged, or received.
    pub bytes: u64,
    /// How many messages these were.
    pub messages: u64,
    /// Publisher: the sequence behind the last record that the stream acknowledged. Mirror: the sequence of the record
    /// that comes next.
    pub next_sequence: u64,
    /// Records that the stream or the mirror's log never gets. They were evicted before they were sent, or are larger
    /// than the server takes. Mirror: or they expired in the stream, or are of a publication that does not fit its log.
    pub lost: u64,
    /// Records that were sent again, or came again.
    pub repeated: u64,
    /// Mirror: messages that are none of a log, or whose records are of another kind than the mirror's log has.
    pub garbage: u64,
    /// Publisher: records of the log that are not acknowledged. Mirror: about how many records of the stream it did not
    /// read. 0 is exact.
    pub lag_records: u64,
    /// Publisher: the age of the oldest message that is not acknowledged, in nanoseconds. 0: there is none. Mirror:
    /// nanoseconds from when the newest message was made until it was in the log, by the clocks of two machines.
    pub lag_ns: u64,
    /// How often the connection came back.
    pub reconnects: u64,
    /// What went wrong last, in words. Empty: nothing did.
    pub last_error: String,
}

/// The figures, kept by the threads that do the work.
pub(crate) struct Figures {
    state: AtomicU32,
    status: AtomicI32,
    pub(crate) origins: AtomicU64,
    pub(crate) records: AtomicU64,
    pub(crate) bytes: AtomicU64,
    pub(crate) messages: AtomicU64,
    pub(crate) next: AtomicU64,
    pub(crate) lost: AtomicU64,
    pub(crate) repeated: AtomicU64,
    pub(crate) garbage: AtomicU64,
    pub(crate) lag_records: AtomicU64,
    pub(crate) lag_ns: AtomicU64,
    /// When the oldest message was made that is not acknowledged; 0: there is none.
    pub(crate) oldest: AtomicU64,
    /// How often a connection was made. The threads that must act then watch it.
    pub(crate) connections: watch::Sender<u64>,
    origin: Mutex<Origin>,
    last_error: Mutex<String>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What is in there is whole, whichever thread panicked.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Figures {
    pub(crate) fn new() -> Figures {
        Figures {
            state: AtomicU32::new(State::Connecting as u32),
            status: AtomicI32::new(0),
            origins: AtomicU64::new(0),
            records: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            messages: AtomicU64::new(0),
            next: AtomicU64::new(0),
            lost: AtomicU64::new(0),
            repeated: AtomicU64::new(0),
            garbage: AtomicU64::new(0),
            lag_records: AtomicU64::new(0),
            lag_ns: AtomicU64::new(0),
            oldest: AtomicU64::new(0),
            connections: watch::Sender::new(0),
            origin: Mutex::new(Origin::default()),
            last_error: Mutex::new(String::new()),
        }
    }

    // Relaxed, here and in all of this file: each figure stands for itself, and nobody concludes anything from two of
    // them.
    pub(crate) fn read(&self) -> Stats {
        Stats {
            state: self.state(),
            status: self.status.load(Relaxed),
            origin: *lock(&self.origin),
            origins: self.origins.load(Relaxed),
            records: self.records.load(Relaxed),
            bytes: self.bytes.load(Relaxed),
            messages: self.messages.load(Relaxed),
            next_sequence: self.next.load(Relaxed),
            lost: self.lost.load(Relaxed),
            repeated: self.repeated.load(Relaxed),
            garbage: self.garbage.load(Relaxed),
            lag_records: self.lag_records.load(Relaxed),
            lag_ns: self.lag_ns.load(Relaxed),
            reconnects: self.connections.borrow().saturating_sub(1),
            last_error: lock(&self.last_error).clone(),
        }
    }

    pub(crate) fn state(&self) -> State {
        match self.state.load(Relaxed) {
            0 => State::Connecting,
            1 => State::Running,
            2 => State::Finished,
            _ => State::Stopped,
        }
    }

    pub(crate) fn set_state(&self, state: State) {
        self.state.store(state as u32, Relaxed);
    }

    pub(crate) fn set_origin(&self, origin: Origin) {
        *lock(&self.origin) = origin;
        add(&self.origins, 1);
    }

    /// Something went wrong, and will be tried again.
    pub(crate) fn tell(&self, words: impl Into<String>) {
        *lock(&self.last_error) = words.into();
    }

    /// It is over.
    pub(crate) fn stop(&self, status: Status, words: impl Into<String>) {
        self.tell(words);
        self.status.store(status, Relaxed);
        self.set_state(State::Stopped);
    }

    /// What the connection has to say.
    pub(crate) fn hear(&self, event: Event) {
        match event {
            Event::Connected => self.connections.send_modify(|count| *count += 1),
            Event::Disconnected => self.tell("the connection to the server was lost"),
            other => self.tell(other.to_string()),
        }
    }
}

pub(crate) fn add(figure: &AtomicU64, more: u64) {
    figure.fetch_add(more, Relaxed);
}

pub(crate) fn set(figure: &AtomicU64, value: u64) {
    figure.store(value, Relaxed);
}

/// Sets it to a value, unless it is more.
pub(crate) fn raise(figure: &AtomicU64, value: u64) {
    figure.fetch_max(value, Relaxed);
}

/// Nanoseconds since 1970.
pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as u64)
}
