//! Logs over real servers, and what may go wrong with these: each test says what it does to them, and a reader that
//! believes nothing looks at the mirror's log. Every record is there once, in order and under its sequence, or counted
//! as lost; publications are whole; nothing waits for ever; what went wrong is said in words.
//!
//! Needs the programs nats-server, setpriv and openssl, and what scripts/mirror-readers.sh makes ready. Tests that
//! take long are ignored; `--include-ignored` runs them.

#![allow(missing_docs, unreachable_pub, reason = "nobody sees it but this program")]

mod access;
mod admin;
mod cluster;
mod credentials;
mod fences;
mod links;
mod logs;
mod losses;
mod processes;
mod proxy;
mod publishers;
mod pulls;
mod readers;
mod restarts;
mod restored;
mod room;
mod server;
mod wire;

use std::sync::mpsc;
use std::time::{Duration, Instant};

use async_nats::jetstream::stream::Config;
use atomic_log::Options as LogOptions;
use atomic_log_nats::{Mirror, Options, Publisher, State};

use crate::logs::{Kind, Reader, Source};

/// The stream of most tests.
pub const STREAM: &str = "ticks";

/// A test that does not end in time ends all: it hangs, and each of its waits has a limit of its own.
pub struct Deadline {
    _ended: mpsc::Sender<()>,
}

pub fn deadline(seconds: u64) -> Deadline {
    let (ended, end) = mpsc::channel::<()>();
    let name = std::thread::current().name().unwrap_or("a test").to_owned();
    std::thread::spawn(move || {
        if end.recv_timeout(Duration::from_secs(seconds)) == Err(mpsc::RecvTimeoutError::Timeout) {
            eprintln!("{name} hangs: it did not end within {seconds} seconds");
            std::process::exit(99);
        }
    });
    Deadline { _ended: ended }
}

/// Waits until something is so; what is not so yet is said.
pub fn until(what: &str, seconds: u64, mut look: impl FnMut() -> Result<(), String>) {
    let begin = Instant::now();
    while let Err(still) = look() {
        assert!(begin.elapsed() < Duration::from_secs(seconds), "not within {seconds} seconds: {what}; {still}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Whether something is so, and what else.
pub fn is(so: bool, what: impl std::fmt::Debug) -> Result<(), String> {
    if so { Ok(()) } else { Err(format!("{what:?}")) }
}

/// A log, its publisher, its mirror, and a reader of that.
pub struct Rig<K> {
    pub source: Option<Source<K>>,
    pub publisher: Publisher,
    pub mirror: Mirror<K>,
    pub reader: Reader<K>,
}

impl<K: Kind> Rig<K> {
    /// Over one URL, a source and a mirror that retain all.
    pub fn over(url: &str) -> Rig<K> {
        Rig::between(Source::new(1, 1 << 20), options(url), options(url), K::options(1 << 20))
    }

    pub fn between(source: Source<K>, publish: Options, mirror: Options, log: LogOptions) -> Rig<K> {
        let publisher = Publisher::start(&source.log, publish).expect("a publisher");
        let mirror = Mirror::start(mirror, log).expect("a mirror");
        let reader = Reader::new(mirror.log());
        Rig { source: Some(source), publisher, mirror, reader }
    }

    pub fn source(&mut self) -> &mut Source<K> {
        self.source.as_mut().expect("it is not finished")
    }

    /// Until the reader has seen, or lost, everything before a sequence.
    pub fn reach(&mut self, sequence: u64, seconds: u64) {
        reach(&mut self.reader, sequence, seconds, || (self.publisher.stats(), self.mirror.stats()));
    }

    /// All that was written until now arrives, and is in the mirror's figures.
    pub fn arrive(&mut self, seconds: u64) {
        let next = self.source().next();
        self.reach(next, seconds);
        until("the mirror's figures say so", seconds, || {
            is(self.mirror.stats().next_sequence == next, self.mirror.stats())
        });
    }

    /// Ends the log, waits until all has arrived, and accounts for each record. Returns how many were lost.
    pub fn finish(mut self, seconds: u64) -> u64 {
        let total = self.source.take().expect("it is not finished yet").finish();
        self.reach(total, seconds);
        until("the end arrives", seconds, || {
            self.reader.look()?;
            is(self.reader.finished, self.mirror.stats())
        });
        until("the publisher is told", seconds, || {
            let stats = self.publisher.stats();
            is(stats.state == State::Finished && stats.lag_records == 0, stats)
        });
        until("the mirror's figures say so", seconds, || {
            is(self.mirror.stats().state == State::Finished, self.mirror.stats())
        });
        let (published, mirrored) = (self.publisher.stats(), self.mirror.stats());
        assert_eq!(published.records + published.lost, total, "{published:?}");
        assert_eq!(mirrored.records + mirrored.lost, total, "{mirrored:?}");
        assert_eq!(mirrored.origin, published.origin);
        assert_eq!(self.reader.next, total);
        assert_eq!(self.reader.seen + self.reader.lost, total);
        // A log that skips gives up what is before the gap, which a reader may not have seen yet.
        assert!(
            self.reader.seen == mirrored.records || mirrored.lost > 0 && self.reader.seen < mirrored.records,
            "{mirrored:?}"
        );
        println!("{published:?}\n{mirrored:?}");
        self.reader.lost
    }
}

/// Until a reader has seen, or lost, everything before a sequence, and nothing behind it.
pub fn reach<K: Kind, S: std::fmt::Debug>(reader: &mut Reader<K>, sequence: u64, seconds: u64, stats: impl Fn() -> S) {
    let begin = Instant::now();
    while reader.next < sequence {
        if let Err(fault) = reader.look() {
            panic!("{fault}; {:?}", stats());
        }
        let late = begin.elapsed() > Duration::from_secs(seconds);
        assert!(!late, "{} of {sequence} within {seconds} seconds; {:?}", reader.next, stats());
    }
    assert_eq!(reader.next, sequence, "more came than was written");
}

/// The usual stream, for a test that makes it itself.
pub fn stream() -> Config {
    Config { name: STREAM.to_owned(), subjects: vec![STREAM.to_owned()], ..Config::default() }
}

/// The usual stream, which the publisher makes.
pub fn options(url: &str) -> Options {
    Options::new(url, STREAM).create(true)
}
