//! A mirror: a log that is made of a stream of NATS.

#[cfg(feature = "rust")]
use std::marker::PhantomData;
use std::sync::{Arc, PoisonError};
use std::thread::JoinHandle;

use tokio::sync::watch;

use crate::abi::Log;
use crate::replay::{Current, Make, Replay};
use crate::stats::{Figures, Stats};
use crate::{Error, Options, receive, thread};

/// What both faces have.
pub(crate) struct Mirroring {
    figures: Arc<Figures>,
    current: Current,
    closing: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

impl Mirroring {
    pub(crate) fn start(options: Options, make: Make) -> Result<Mirroring, Error> {
        let options = options.resolve()?;
        let figures = Arc::new(Figures::new());
        let refused = |status| Error { status, words: "the mirror's log cannot be made".to_owned() };
        let replay = Replay::new(make, figures.clone()).map_err(refused)?;
        let current = replay.current();
        let (closing, closed) = watch::channel(false);
        let thread = thread::spawn("alog-mirror", &figures.clone(), {
            let figures = figures.clone();
            move || {
                let (result, _) = thread::run(async |_| {
                    tokio::select! {
                        () = receive::run(options, replay, figures.clone()) => {}
                        () = thread::told(closed) => {}
                    }
                    Ok(())
                });
                if let Err(error) = result {
                    figures.stop(error.status, error.words);
                }
            }
        })?;
        Ok(Mirroring { figures, current, closing, thread: Some(thread) })
    }

    pub(crate) fn log(&self) -> Log {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn stats(&self) -> Stats {
        self.figures.read()
    }
}

impl Drop for Mirroring {
    fn drop(&mut self) {
        self.closing.send_replace(true);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Reads a stream, and writes its records into a log of its own, under the origin's sequences. A drop ends it. The log
/// stays, and has no writer any more.
#[cfg(feature = "rust")]
pub struct Mirror<K> {
    mirroring: Mirroring,
    kind: PhantomData<K>,
}

#[cfg(feature = "rust")]
impl<K: atomic_log::RecordKind> Mirror<K> {
    /// Begins in a thread of its own. The server and the stream need not be there: it tries until they are. The log is
    /// as `log_options` tell. It should show a segment more than the origin's: a publication that does not fit is
    /// lost.
    ///
    /// # Errors
    /// An option that is wrong; no memory; no thread.
    pub fn start(options: Options, log_options: atomic_log::Options) -> Result<Mirror<K>, Error> {
        use crate::abi::status;
        let make = move || {
            let log = atomic_log::RecordLog::<K>::try_new(&log_options).map_err(|error| match error {
                atomic_log::Error::NoMemory => status::ERR_NO_MEMORY,
                _ => status::ERR_ARGUMENT,
            })?;
            // SAFETY: the count that comes with the pointer is the handle's.
            unsafe { Log::from_raw(log.into_raw().cast()) }.ok_or(status::ERR_INTERNAL)
        };
        Ok(Mirror { mirroring: Mirroring::start(options, Box::new(make))?, kind: PhantomData })
    }

    /// The log. Another log takes its place when another life of the origin's log began with earlier sequences, or
    /// after the end of the life before. The earlier log is then finished: a reader that is told so asks again.
    pub fn log(&self) -> atomic_log::RecordLog<K> {
        // SAFETY: the count that comes with the pointer is the handle's; it was made as such a log.
        unsafe { atomic_log::RecordLog::from_raw(self.mirroring.log().into_raw().cast()) }
    }

    /// What it received, and how it is.
    pub fn stats(&self) -> Stats {
        self.mirroring.stats()
    }
}
