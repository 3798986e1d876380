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
    /// It has no connection to a server yet, or no stream, and goes on trying.
    Connecting = 0,
    /// It carries records.
    Running = 1,
    /// The log was finished, and all of it has arrived. A mirror goes on if the stream does, with another origin.
    Finished = 2,
    /// It ended for good: `status` and `last_error` say why.
    Stopped = 3,
}

/// What a publisher sent, or a mirror received. The figures may be a moment old.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Stats {
    /// How it is.
    pub state: State,
    /// Why it stopped, as a status of `atomic_log.h`; 0 until then.
    pub status: Status,
    /// The life of a log that is carried; all zero: none yet.
    pub origin: Origin,
    /// How many lives of a log there were.
    pub origins: u64,
    /// Publisher: records that the stream acknowledged. Mirror: records that its log has got.
    pub records: u64,
    /// Bytes of the messages' payloads: of those that were acknowledged, or received.
    pub bytes: u64,
    /// The messages themselves.
    pub messages: u64,
    /// Publisher: the sequence behind the last record that the stream acknowledged. Mirror: of the record that comes
    /// next.
    pub next_sequence: u64,
    /// Records that the stream or the mirror's log never gets: evicted before they were sent, or larger than a message
    /// can be; for a mirror also expired in the stream, or a publication that does not fit its log.
    pub lost: u64,
    /// Records that were sent again, or came again.
    pub repeated: u64,
    /// Messages that were none of this format, or whose records are not of the log's kind.
    pub garbage: u64,
    /// Publisher: records of the log that are not acknowledged. Mirror: about how many the stream has that it did not
    /// read.
    pub lag_records: u64,
    /// Publisher: nanoseconds since the oldest message was made that is not acknowledged; 0: there is none. Mirror:
    /// nanoseconds from when the newest message was made to when it was in the log, by two clocks.
    pub lag_ns: u64,
    /// How often the connection came back.
    pub reconnects: u64,
    /// The last thing that went wrong, in words; empty: nothing did.
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
    /// How often there came a connection; those who must do something then watch it.
    pub(crate) connections: watch::Sender<u64>,
    origin: Mutex<Origin>,
    last_error: Mutex<String>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What is in there is whole, whoever panicked.
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

/// Nanoseconds since 1970.
pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as u64)
}
