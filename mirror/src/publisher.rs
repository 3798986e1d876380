//! A publisher: a log that a stream of NATS carries to other machines.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::sync_channel;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::{mpsc, watch};

use crate::abi::{Log, View, status};
use crate::follow::{Begin, Follower};
use crate::options::Start;
use crate::send::Sender;
use crate::stats::{Figures, Stats, now, set};
use crate::{Error, Options, Origin, thread};

/// Messages that are packed, and not sent.
const QUEUE: usize = 16;

/// Follows a log, and publishes what it reads. To the log it is a reader with one view. It never slows the writer: what
/// the log evicts before it was sent is lost to the stream, and counted. The next message tells how much it was.
///
/// A drop ends it at once. [`Publisher::close`] lets it send first what is in the log.
pub struct Publisher {
    figures: Arc<Figures>,
    log: Log,
    /// Where the log ended when this was closed.
    closing: watch::Sender<Option<u64>>,
    deadline: watch::Sender<bool>,
    threads: Vec<JoinHandle<()>>,
}

/// What a closed publisher left behind.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Closed {
    /// Records of the log when it was closed, which it still retains or not, that the stream did not acknowledge.
    pub unacknowledged: u64,
    /// The last figures.
    pub stats: Stats,
}

impl Publisher {
    /// Begins in threads of its own. The server and the stream need not be there: it tries until they are.
    ///
    /// # Errors
    /// An option that is wrong; no memory; no thread.
    #[cfg(feature = "rust")]
    pub fn start<K: atomic_log::RecordKind>(
        log: &atomic_log::RecordLog<K>,
        options: Options,
    ) -> Result<Publisher, Error> {
        // SAFETY: the count that comes with the pointer is the handle's.
        let log = unsafe { Log::from_raw(log.clone().into_raw().cast()) };
        Publisher::follow(log.expect("a log has a pointer"), options)
    }

    pub(crate) fn follow(log: Log, options: Options) -> Result<Publisher, Error> {
        let options = options.resolve()?;
        let mut origin = options.origin;
        if origin == Origin::default() {
            let no_entropy = |error| Error { status: status::ERR_IO, words: format!("no random numbers: {error}") };
            getrandom::fill(&mut origin.0).map_err(no_entropy)?;
        }
        let view = View::new(&log).map_err(|status| Error { status, words: "no view of the log".to_owned() })?;
        let mut unsent = view.range();
        if options.start == Start::Next {
            unsent.start = unsent.end;
        }
        let figures = Arc::new(Figures::new());
        figures.set_origin(origin);
        set(&figures.next, unsent.start);
        let closing = watch::Sender::new(None);
        let (deadline, at_deadline) = watch::channel(false);
        let (queue, messages) = mpsc::channel(QUEUE);
        let (say, hear) = sync_channel::<(Begin, tokio::runtime::Handle)>(1);

        let message_size = options.message_size;
        let (closed, told) = (closing.subscribe(), figures.clone());
        let follower = Follower { log: log.clone(), view, origin, message_size, closing: closed, figures: told };
        let following = thread::spawn("alog-follow", &figures, move || follower.run(unsent, &hear, queue))?;
        let sending = thread::spawn("alog-publish", &figures, {
            let figures = figures.clone();
            move || {
                let (result, _runtime) = thread::run(async |runtime| {
                    let told = figures.clone();
                    // All that the other thread waits for goes with this.
                    let work = async move {
                        let (mut sender, begin) = Sender::open(options, origin, told).await;
                        let _ = say.send((begin, runtime));
                        sender.run(messages).await
                    };
                    tokio::select! {
                        result = work => result,
                        () = thread::told(at_deadline) => Ok(()),
                    }
                });
                if let Err(error) = result {
                    figures.stop(error.status, error.words);
                }
                // The queue's other end is gone, so it ends; until then it may wait by the runtime's clock.
                let _ = following.join();
            }
        })?;
        Ok(Publisher { figures, log, closing, deadline, threads: vec![sending] })
    }

    /// What it did, and how it is.
    pub fn stats(&self) -> Stats {
        let mut stats = self.figures.read();
        stats.lag_records = self.log.range().end.saturating_sub(stats.next_sequence);
        let oldest = self.figures.oldest.load(Relaxed);
        stats.lag_ns = if oldest == 0 { 0 } else { now().saturating_sub(oldest) };
        stats
    }

    /// Sends what is in the log now, waits until the stream has acknowledged it, but no longer than the timeout, and
    /// ends.
    pub fn close(mut self, timeout: Duration) -> Closed {
        let end = self.log.range().end;
        self.closing.send_replace(Some(end));
        let until = std::time::Instant::now().checked_add(timeout);
        while self.threads.iter().any(|thread| !thread.is_finished())
            && until.is_none_or(|until| std::time::Instant::now() < until)
        {
            std::thread::sleep(Duration::from_millis(1));
        }
        self.end();
        let stats = self.stats();
        Closed { unacknowledged: end.saturating_sub(stats.next_sequence), stats }
    }

    fn end(&mut self) {
        self.deadline.send_replace(true);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

impl Drop for Publisher {
    fn drop(&mut self) {
        self.end();
    }
}
