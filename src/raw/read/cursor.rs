//! A cursor: a view of its own, and the sequence of the next unread record.

#[cfg(feature = "capi")]
use ::core::mem::offset_of;
#[cfg(feature = "capi")]
use ::core::ptr::null;
use ::core::time::Duration;

use super::chunk::{RawChunk, RawPin};
use super::view::{Delta, View};
use crate::error::Refusal;
use crate::raw::core::CoreRef;
use crate::raw::event::Wait;
#[cfg(feature = "capi")]
use crate::raw::memory::layout::Kind;

/// Begins with an `alog_follower`, which is frozen (docs/ABI.md): by it, C programs read on in the head inline.
#[repr(C)]
pub(crate) struct RawCursor {
    view: View,
    position: u64,
    #[cfg(feature = "capi")]
    records: Records,
    /// The chunk last returned, while the view covers it.
    current: Option<RawChunk>,
}

/// Where the records of the view's head lie, for programs that read on by a follower.
#[cfg(feature = "capi")]
#[repr(C)]
struct Records {
    /// The first record; null in a byte log.
    base: *const u8,
    stride: usize,
}

#[cfg(feature = "capi")]
impl Records {
    #[inline(always)]
    fn of(view: &View) -> Records {
        let geometry = &view.core().geometry;
        if geometry.kind == Kind::Bytes {
            return Records { base: null(), stride: 0 };
        }
        Records { base: view.head_records(), stride: geometry.stride }
    }
}

/// At which offsets a cursor has the head's word, the sequence of the head's first record, its own position, the
/// records and their stride.
#[cfg(feature = "capi")]
#[allow(dead_code, reason = "Rust 1.85 does not see that a const without a name uses it")]
pub(crate) const FOLLOWER: [usize; 5] = {
    let records = offset_of!(RawCursor, records);
    assert!(offset_of!(RawCursor, view) == 0);
    [
        View::GLANCE[0],
        View::GLANCE[1],
        offset_of!(RawCursor, position),
        records + offset_of!(Records, base),
        records + offset_of!(Records, stride),
    ]
};

// SAFETY: as for `View`, which covers the current chunk.
unsafe impl Send for RawCursor {}
// SAFETY: as for `Send`; every change takes `&mut`.
unsafe impl Sync for RawCursor {}

impl RawCursor {
    /// Starts at the view's first record.
    pub(crate) fn at_begin(view: View) -> RawCursor {
        let position = view.range().start;
        RawCursor::at(position, view)
    }

    /// Starts behind the view's last record.
    pub(crate) fn at_end(view: View) -> RawCursor {
        let position = view.end();
        RawCursor::at(position, view)
    }

    fn at(position: u64, view: View) -> RawCursor {
        RawCursor {
            position,
            #[cfg(feature = "capi")]
            records: Records::of(&view),
            view,
            current: None,
        }
    }

    #[inline]
    pub(crate) fn core(&self) -> &CoreRef {
        self.view.core()
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

    /// The next chunk of the captured view: what is unread of one segment. None: everything is read.
    #[inline]
    pub(crate) fn next(&mut self) -> Option<RawChunk> {
        // A cursor that keeps up is in the head.
        let chunk = match self.view.head_from(self.position) {
            Some(chunk) if chunk.count == 0 => return None,
            Some(chunk) => chunk,
            // SAFETY: I2: the position lies before the head, so before the view's end, and not before its begin.
            None => return Some(*unsafe { self.next_before_head() }),
        };
        // The view's end, which need not wait for the old position.
        self.position = self.view.end();
        self.current = Some(chunk);
        Some(chunk)
    }

    /// `next`, while the position is before the head. It returns a reference, which fits in a register. So the usual
    /// way needs no memory for a chunk.
    ///
    /// # Safety
    /// The position is before the head.
    #[inline(never)]
    unsafe fn next_before_head(&mut self) -> &RawChunk {
        // SAFETY: I2: the position is in the view's range, since it is before the head and never before the view's
        // begin; `locate` gives an index below the count of chunks.
        let chunk = unsafe {
            let (index, first) = self.view.locate(self.position);
            let chunk = self.view.chunk(index);
            RawChunk { first, count: chunk.count - first, ..chunk }
        };
        self.position += u64::from(chunk.count);
        self.current.insert(chunk)
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

    /// Captures the newest view, and goes on with what is unread. Returns whether anything was published since the last
    /// capture, and what the refresh brought.
    #[inline]
    pub(crate) fn refresh(&mut self) -> (bool, Delta) {
        if let Ok(changed) = self.view.refresh_head() {
            // The view's begin stays, and the position is not before it.
            if changed {
                self.current = None;
            }
            let appended = self.view.end() - self.position;
            return (changed, Delta { first_sequence: self.position, appended, lost: 0 });
        }
        self.refresh_sealed()
    }

    /// `refresh`, where the writer has left the head.
    #[cold]
    #[inline(never)]
    fn refresh_sealed(&mut self) -> (bool, Delta) {
        let changed = self.view.refresh();
        if changed {
            self.current = None;
            #[cfg(feature = "capi")]
            {
                self.records = Records::of(&self.view);
            }
        }
        let delta = Delta::new(self.position, self.view.range());
        self.position = delta.first_sequence;
        (changed, delta)
    }

    /// As `View::wait`. Something that is unread in the captured view ends the wait, too.
    pub(crate) fn wait(&self, timeout: Option<Duration>, since: Option<u64>) -> Wait {
        let interrupted = || since.is_some_and(|since| since != self.core().event.interrupts());
        if self.position < self.view.end() && !interrupted() { Wait::Ready } else { self.view.wait(timeout, since) }
    }

    /// Holds the segment of the chunk last returned.
    pub(crate) fn pin(&self) -> Result<RawPin, Refusal> {
        let chunk = self.current.ok_or(Refusal::State)?;
        // SAFETY: I3: the view covers the current chunk: a refresh that changes the view forgets the chunk.
        Ok(unsafe { chunk.pin(self.core()) })
    }
}
