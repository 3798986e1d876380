//! Threads that end with words, not with the process.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};

use tokio::runtime::{self, Handle};
use tokio::sync::watch;

use crate::Error;
use crate::abi::status;
use crate::stats::Figures;

/// A thread, whose panic is told by the figures.
pub(crate) fn spawn(
    name: &str,
    figures: &Arc<Figures>,
    work: impl FnOnce() + Send + 'static,
) -> Result<JoinHandle<()>, Error> {
    let figures = figures.clone();
    let work = move || {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(work)) {
            figures.stop(status::ERR_INTERNAL, format!("a bug: {}", words(&*panic)));
        }
    };
    let failed = |error| Error { status: status::ERR_IO, words: format!("no thread: {error}") };
    Builder::new().name(name.to_owned()).spawn(work).map_err(failed)
}

fn words(panic: &dyn Any) -> &str {
    let said = panic.downcast_ref::<String>().map(String::as_str);
    said.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no words")
}

/// A runtime that ends at once. It does not wait for its threads that wait for the system: for a name, or a file.
pub(crate) struct Runtime(Option<runtime::Runtime>);

impl Drop for Runtime {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// Runs on this thread what is asynchronous. The runtime lives for as long as the caller keeps it.
pub(crate) fn run<T>(work: impl AsyncFnOnce(Handle) -> Result<T, Error>) -> (Result<T, Error>, Option<Runtime>) {
    match runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => (runtime.block_on(work(runtime.handle().clone())), Some(Runtime(Some(runtime)))),
        Err(error) => (Err(Error { status: status::ERR_IO, words: format!("no runtime: {error}") }), None),
    }
}

/// Until it is told.
pub(crate) async fn told(mut receiver: watch::Receiver<bool>) {
    // A receiver whose sender is gone is told, too.
    let _ = receiver.wait_for(|told| *told).await;
}
