//! A cursor: a view of its own, and the sequence of the next unread record.

use ::core::time::Duration;

use super::core::CoreRef;
use super::event::Wait;
use super::segment::{RawChunk, RawPin};
use super::view::{Delta, View};
use crate::error::Refusal;

pub(crate) struct RawCursor {
    view: View,
    position: u64,
    /// The chunk last returned, while the view covers it.
    current: Option<RawChunk>,
}

// SAFETY: as for `View`, which covers the current chunk.
unsafe impl Send for RawCursor {}
// SAFETY: as above.
unsafe impl Sync for RawCursor {}

impl RawCursor {
    /// Starts at the view's first record.
    pub(crate) fn at_begin(view: View) -> RawCursor {
        RawCursor { position: view.range().start, view, current: None }
    }

    /// Starts behind the view's last record.
    pub(crate) fn at_end(view: View) -> RawCursor {
        RawCursor { position: view.end(), view, current: None }
    }

    #[inline]
    pub(crate) fn core(&self) -> &CoreRef {
        self.view.core()
    }

    /// As `View::glance`.
    ///
    /// # Safety
    /// The cursor is alive.
    #[cfg(all(feature = "capi", not(feature = "checked")))]
    pub(crate) unsafe fn glance(cursor: *const RawCursor) -> *const u8 {
        // SAFETY: the caller's contract.
        unsafe { View::glance(&raw const (*cursor).view) }
    }

    #[inline]
    pub(crate) fn view(&self) -> &View {
        &self.view
    }

    /// Sequence of the next unread record.
    #[inline]
    pub(crate) fn position(&self) -> u64 {
        self.position
    }

    /// The next chunk of the captured view: what is unread of one segment.
    #[inline]
    pub(crate) fn next(&mut self) -> Option<RawChunk> {
        if self.position == self.view.end() {
            return None;
        }
        // SAFETY: the position lies between the view's begin and end.
        let mut chunk = unsafe {
            let (index, first) = self.view.locate(self.position);
            let mut chunk = self.view.chunk(index);
            chunk.first = first;
            chunk
        };
        chunk.count -= chunk.first;
        self.position += u64::from(chunk.count);
        self.current = Some(chunk);
        Some(chunk)
    }

    /// Goes to a sequence of the captured view, or to its end.
    pub(crate) fn seek(&mut self, sequence: u64) -> Result<(), Refusal> {
        let range = self.view.range();
        if sequence < range.start || sequence > range.end {
            return Err(Refusal::OutOfRange);
        }
        self.position = sequence;
        Ok(())
    }

    /// Captures the newest view, and goes on with what is unread. Says whether anything was published since the last
    /// capture.
    #[inline]
    pub(crate) fn refresh(&mut self) -> (bool, Delta) {
        let changed = self.view.refresh();
        if changed {
            self.current = None;
        }
        let delta = Delta::new(self.position, self.view.range());
        self.position = delta.first_sequence;
        (changed, delta)
    }

    /// As `View::wait`, until something is unread.
    pub(crate) fn wait(&self, timeout: Option<Duration>, since: Option<u64>) -> Wait {
        let interrupted = || since.is_some_and(|since| since != self.core().event.interrupts());
        if self.position < self.view.end() && !interrupted() { Wait::Ready } else { self.view.wait(timeout, since) }
    }

    /// Holds the segment of the chunk last returned.
    pub(crate) fn pin(&self) -> Result<RawPin, Refusal> {
        let chunk = self.current.ok_or(Refusal::State)?;
        // SAFETY: the view covers the current chunk: a refresh that changes it forgets the chunk.
        Ok(unsafe { chunk.pin(self.core()) })
    }
}
