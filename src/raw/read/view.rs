//! A view: one pinned window, and what its head showed when captured. Snapshots and cursors are made of it.
//!
//! Progress: taking a view, a refresh that goes on to another window, and letting a view go are lock-free. Everything
//! else here is wait-free, except `wait`, which waits. Nothing here allocates. Nothing frees, except that the last
//! handle of a log tears it down.

#[cfg(feature = "capi")]
use ::core::mem::offset_of;
use ::core::num::NonZero;
use ::core::ops::Range;
use ::core::ptr::NonNull;
use ::core::time::Duration;

use super::chunk::RawChunk;
use crate::raw::core::{Core, CoreRef};
use crate::raw::event::Wait;
use crate::raw::memory::layout::Kind;
use crate::raw::memory::segment::Segment;
#[cfg(feature = "capi")]
use crate::raw::memory::segment::Shown;
use crate::raw::memory::window::Window;
use crate::raw::word;
use crate::sync::{Ordering, mutant, ordering, spin_hint};

/// What a refresh brought. It is exact: arithmetic on the sequences that segments carry.
///
/// Below, `old` is the snapshot's old end, or the cursor's old position.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Delta {
    /// `max(old, new begin)`: sequence of the first record that is new. For a cursor, its new position.
    pub first_sequence: u64,
    /// `new end - first_sequence`: how many records are new. For a cursor, this includes what was unread before.
    pub appended: u64,
    /// `first_sequence - old`: how many records were evicted unseen, and how many sequences were skipped.
    pub lost: u64,
}

impl Delta {
    /// The delta of a refresh that brought nothing.
    #[inline(always)]
    pub(crate) fn nothing(end: u64) -> Delta {
        Delta { first_sequence: end, appended: 0, lost: 0 }
    }

    #[inline]
    pub(crate) fn new(old: u64, now: Range<u64>) -> Delta {
        let first_sequence = old.max(now.start);
        Delta { first_sequence, appended: now.end - first_sequence, lost: first_sequence - old }
    }
}

/// What a view shows of the window that it pins. It begins with an `alog_glance`, which is frozen (docs/ABI.md).
#[repr(C)]
struct Captured {
    /// The window's head, which begins with `published`.
    head: *const Segment,
    /// What `published` was at the capture, without SEALED.
    word: u64,
    /// Sequence of the head's first record.
    head_first: u64,
}

impl Captured {
    /// Pins the current window, and reads what it shows.
    #[inline]
    fn take(core: &Core) -> (*const Window, Captured) {
        let window = loop {
            // E2 Acquire: pairs with the writer's store, which follows the making of the window.
            let window = core.current.load(ordering!(E2_CURRENT_LOAD, Acquire));
            // SAFETY: I6: a window of this log, and windows live as long as the core. It may be dead, or another one by
            // now.
            if unsafe { (*window).try_pin() } {
                // The second look. A stale pointer may name a window that was recycled, and that is open but not
                // current yet. To accept it would show what other threads cannot see. Our pin keeps the window from
                // being recycled, so an equal pointer is the same incarnation.
                // E2 Acquire: what is current now was published before all that this thread does next.
                if mutant!(NO_SECOND_LOOK)
                    || core.current.load(ordering!(E2_SECOND_LOOK, Acquire)).cast_const() == window.cast_const()
                {
                    break window;
                }
                // SAFETY: the window was pinned just now, and this pin goes once.
                unsafe { Window::release(window, &core.retired) };
            }
            // The writer opened a window meanwhile.
            spin_hint();
        };
        // SAFETY: I2: pinned, so the list is frozen; I1: so is the head's first sequence.
        unsafe {
            let head = (*window).head();
            let head_first = (*head).shown.first_sequence.get();
            // E1, E4 Acquire: pairs with the writer's stores; the count's records are there to read. If the word says
            // SEALED, the view is what was current in the instant before `current` moved on.
            let word = (*head).shown.published.load(ordering!(E1_CAPTURE, Acquire)) & !word::SEALED;
            (window, Captured { head, head_first, word })
        }
    }

    /// # Safety
    /// This was captured of the window, which is still pinned.
    #[inline]
    unsafe fn range(&self, window: *const Window) -> Range<u64> {
        // SAFETY: I2: the window is pinned, so its list is frozen.
        unsafe { (*window).begin()..self.head_first + word::count(self.word) }
    }
}

/// Begins as `alog_follower` does, which is frozen (docs/ABI.md). The window stands here, since in `Captured` it would
/// have padding behind it on 32-bit ARM.
#[repr(C)]
pub(crate) struct View {
    now: Captured,
    /// The window, which this view pins.
    window: *const Window,
    core: CoreRef,
}

// SAFETY: a view only reads frozen records and counts with atomics; the faces demand `T: Send + Sync`.
unsafe impl Send for View {}
// SAFETY: as for `Send`; refreshing takes `&mut`.
unsafe impl Sync for View {}

impl View {
    /// At which offsets a view has the head's word, and the sequence of the head's first record.
    #[cfg(feature = "capi")]
    #[allow(dead_code, reason = "Rust 1.85 does not see that a const without a name uses it")]
    pub(crate) const GLANCE: [usize; 2] = {
        assert!(offset_of!(View, now) == 0 && offset_of!(Captured, head) == 0);
        assert!(offset_of!(Segment, shown) == 0 && offset_of!(Shown, published) == 0);
        [offset_of!(Captured, word), offset_of!(Captured, head_first)]
    };

    #[inline]
    pub(crate) fn new(core: &CoreRef) -> View {
        let (window, now) = Captured::take(core);
        View { now, window, core: core.clone() }
    }

    /// How many records were published before those in view. Skipped sequences do not count.
    pub(crate) fn older(&self) -> u64 {
        // A view has no gap, so all gaps are before it.
        // SAFETY: I2, I1: this view pins the window, and the head's own fields are frozen.
        let skipped = unsafe { (*self.now.head).shown.skipped.get() };
        self.range().start - self.core.geometry.options.first_sequence - skipped
    }

    /// The range of a view that is taken now, the sequence of its newest segment, and how many sequences were skipped
    /// before.
    pub(crate) fn newest(core: &Core) -> (Range<u64>, u64, u64) {
        let (window, now) = Captured::take(core);
        // SAFETY: I2, I1: pinned by `take`, and released once; the head's own fields are frozen.
        unsafe {
            let head = &(*now.head).shown;
            let newest = (now.range(window), head.sequence.get(), head.skipped.get());
            Window::release(window, &core.retired);
            newest
        }
    }

    /// Sequences of the oldest and of the newest segment in view.
    pub(crate) fn segments(&self) -> (u64, u64) {
        // SAFETY: I2, I1: pinned by this view: the list is frozen, and the head's sequence.
        unsafe { ((*self.window).tail(), (*self.now.head).shown.sequence.get()) }
    }

    /// Whether the head's word is as captured: then nothing was published since, and a refresh would bring nothing.
    #[cfg(feature = "capi")]
    #[inline(always)]
    pub(crate) fn is_newest(&self) -> bool {
        // Relaxed: nothing is read except the answer, and coherence forbids an older word.
        // SAFETY: I2: this view pins the window, so its head is alive.
        unsafe { (*self.now.head).shown.published.load(Ordering::Relaxed) == self.now.word }
    }

    /// Whether something was published since the capture.
    pub(crate) fn is_outdated(&self) -> bool {
        // Relaxed, both: nothing is read except the answer. A refresh loads again, and coherence forbids an older word.
        // SAFETY: I2: the window is pinned, so its head is alive.
        let word = unsafe { (*self.now.head).shown.published.load(Ordering::Relaxed) };
        word != self.now.word
            && (word & !word::SEALED != self.now.word
                || self.core.current.load(Ordering::Relaxed).cast_const() != self.window)
    }

    /// Where the records of the newest segment in view begin.
    #[cfg(feature = "capi")]
    #[inline(always)]
    pub(crate) fn head_records(&self) -> *const u8 {
        self.core.geometry.data(self.now.head)
    }

    /// Sleeps until something is published, the log is finished, the timeout has passed (None: never), or a thread
    /// interrupts. With `since`, an interrupt that came before counts, too, if the count of interrupts is not `since`
    /// any more.
    pub(crate) fn wait(&self, timeout: Option<Duration>, since: Option<u64>) -> Wait {
        let event = &self.core.event;
        event.wait(timeout, since.unwrap_or_else(|| event.interrupts()), || {
            // First, so that what was published before the end is seen below.
            let finished = self.core.is_finished();
            if self.is_outdated() { Some(Wait::Ready) } else { finished.then_some(Wait::Finished) }
        })
    }

    #[inline(always)]
    pub(crate) fn core(&self) -> &CoreRef {
        &self.core
    }

    /// Goes on to the newest state. False: nothing was published since the capture.
    #[inline]
    pub(crate) fn refresh(&mut self) -> bool {
        match self.refresh_head() {
            Ok(changed) => changed,
            Err(word) => self.refresh_sealed(word),
        }
    }

    /// `refresh`, if the writer has not left the head. If it has, returns the head's word as the error, and changes
    /// nothing.
    #[inline(always)]
    pub(crate) fn refresh_head(&mut self) -> Result<bool, u64> {
        // E1 Acquire: pairs with the writer's store; a view that shows n records shows them whole.
        // SAFETY: I2: the window is pinned, so its head is alive.
        let word = unsafe { (*self.now.head).shown.published.load(ordering!(E1_REFRESH, Acquire)) };
        if word == self.now.word {
            return Ok(false);
        }
        if word & word::SEALED != 0 {
            return Err(word);
        }
        self.now.word = word;
        Ok(true)
    }

    /// `refresh`, where the writer has left the head: goes on to the current window. The cost is constant, however many
    /// segments came and went.
    #[cold]
    #[inline(never)]
    fn refresh_sealed(&mut self, word: u64) -> bool {
        // The head is sealed, but the new window may not be current yet. Then the sealed word is the newest there is.
        // Relaxed: if the current window is still ours, nothing is read through it except what we hold already. If not,
        // `take` looks again. If another thread's read of a newer window happened before this one (I10), it read
        // `current` before us, so coherence forbids the old value. A thread that was only told, through a Relaxed flag,
        // may still see the old one.
        let current = self.core.current.load(Ordering::Relaxed);
        if current.cast_const() == self.window {
            let word = if mutant!(SEALED_IS_UNCHANGED) { self.now.word } else { word & !word::SEALED };
            let changed = word != self.now.word;
            self.now.word = word;
            return changed;
        }
        let (window, now) = Captured::take(&self.core);
        self.now = now;
        let old = ::core::mem::replace(&mut self.window, window);
        // SAFETY: I2: this view pinned the old window, and uses it no more.
        unsafe { Window::release(old, &self.core.retired) };
        true
    }

    /// Sequences of the records in view.
    #[inline]
    pub(crate) fn range(&self) -> Range<u64> {
        // SAFETY: this view pins the window, of which `now` was captured.
        unsafe { self.now.range(self.window) }
    }

    #[inline]
    pub(crate) fn end(&self) -> u64 {
        self.now.head_first + word::count(self.now.word)
    }

    /// Sequences of the newest publication.
    #[inline]
    pub(crate) fn latest(&self) -> Range<u64> {
        let end = self.end();
        end - word::length(self.now.word)..end
    }

    /// How many chunks there are: one for each segment, except for the head while it is empty.
    #[inline]
    pub(crate) fn chunk_count(&self) -> usize {
        // SAFETY: I2: pinned by this view.
        let len = unsafe { (*self.window).len() };
        len - usize::from(word::count(self.now.word) == 0)
    }

    /// The records of the segment with this index, oldest first.
    ///
    /// # Safety
    /// `index < chunk_count`.
    #[inline]
    pub(crate) unsafe fn chunk(&self, index: usize) -> RawChunk {
        // SAFETY: I2: pinned, and the index is below the window's length, as `chunk_count` is.
        unsafe {
            let segment = NonNull::new_unchecked((*self.window).segment(index));
            let count = if segment.as_ptr().cast_const() == self.now.head {
                word::count(self.now.word) as u32
            } else {
                // The writer left this segment before it opened our window.
                segment.as_ref().shown.final_count.get()
            };
            RawChunk { segment, first: 0, count }
        }
    }

    /// The head's records from this sequence on, which is in view or is the view's end. None: the sequence lies before
    /// the head.
    #[inline(always)]
    pub(crate) fn head_from(&self, sequence: u64) -> Option<RawChunk> {
        let first = sequence.checked_sub(self.now.head_first)? as u32;
        // SAFETY: a window that was opened has a head, which is not null.
        let segment = unsafe { NonNull::new_unchecked(self.now.head.cast_mut()) };
        Some(RawChunk { segment, first, count: word::count(self.now.word) as u32 - first })
    }

    /// A record of a fixed or byte log: where it is, and its size in bytes. None: the sequence is not in view.
    // Always inlined: C asks for one record after the other.
    #[inline(always)]
    pub(crate) fn record(&self, sequence: u64) -> Option<(*const u8, usize)> {
        if !self.range().contains(&sequence) {
            return None;
        }
        let geometry = &self.core.geometry;
        // SAFETY: I1: the sequence is in range, so the record is frozen, and so is its span.
        unsafe {
            let (index, first) = self.locate(sequence);
            let chunk = RawChunk { first, ..self.chunk(index) };
            if geometry.kind != Kind::Bytes {
                return Some((chunk.records(geometry), geometry.record_size));
            }
            let (base, span) = chunk.spans(geometry);
            Some((base.add((*span).offset as usize), (*span).size as usize))
        }
    }

    /// Which chunk holds the record with this sequence, and the record's index in the chunk.
    ///
    /// # Safety
    /// The sequence is in the view's range.
    #[inline]
    pub(crate) unsafe fn locate(&self, sequence: u64) -> (usize, u32) {
        // SAFETY: I2: this view pins the window.
        let len = || unsafe { (*self.window).len() };
        // A reader that keeps up is in the head. There, no division is needed.
        if sequence >= self.now.head_first {
            return (len() - 1, (sequence - self.now.head_first) as u32);
        }
        if self.core.geometry.kind != Kind::Bytes {
            // Every segment except the head is full.
            // SAFETY: I2: as above.
            let index = sequence - unsafe { (*self.window).begin() };
            let capacity = NonZero::<u64>::from(self.core.geometry.capacity);
            return ((index / capacity) as usize, (index % capacity) as u32);
        }
        // SAFETY: I1, I2: the window is pinned, and the index, between `low` and `high`, is below the length. So the
        // segment is listed, and its first sequence is frozen.
        let first_of = |index| unsafe { (*(*self.window).segment(index)).shown.first_sequence.get() };
        // I8: sequences abut, so the last segment that does not begin behind the record holds it.
        let (mut low, mut high) = (0, len());
        while high - low > 1 {
            let middle = (low + high) / 2;
            if first_of(middle) <= sequence {
                low = middle;
            } else {
                high = middle;
            }
        }
        (low, (sequence - first_of(low)) as u32)
    }
}

impl View {
    /// Which chunks hold the records of a range. No chunk if the range is empty; None if it is not in view.
    pub(crate) fn chunks_of(&self, records: &Range<u64>) -> Option<Range<usize>> {
        if records.start == records.end {
            return Some(0..0);
        }
        let view = self.range();
        if records.start > records.end || records.start < view.start || records.end > view.end {
            return None;
        }
        // SAFETY: I2: the first and the last of the records are in view.
        unsafe { Some(self.locate(records.start).0..self.locate(records.end - 1).0 + 1) }
    }

    /// The records of a chunk that are in a range.
    ///
    /// # Safety
    /// The chunk is one of those that `chunks_of` returns for the range.
    pub(crate) unsafe fn chunk_within(&self, index: usize, records: &Range<u64>) -> RawChunk {
        // SAFETY: I1: the chunk is one of the view's, so the view covers its segment, whose first sequence is frozen.
        unsafe {
            let chunk = self.chunk(index);
            let begin = chunk.first_sequence();
            let end = begin + u64::from(chunk.count);
            let first = records.start.max(begin);
            RawChunk { first: (first - begin) as u32, count: (records.end.min(end) - first) as u32, ..chunk }
        }
    }
}

impl Clone for View {
    fn clone(&self) -> View {
        let Captured { head, head_first, word } = self.now;
        // SAFETY: I3: our own pin keeps the count from zero.
        unsafe { (*self.window).pin_again() };
        View { now: Captured { head, head_first, word }, window: self.window, core: self.core.clone() }
    }
}

impl Drop for View {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: I3: this is the view's own pin, which goes once. The count on the core goes after it.
        unsafe { Window::release(self.window, &self.core.retired) };
    }
}
