//! The writer's private state: where the next record goes, and what is open. The writer has it while there is one.
//! Otherwise it is parked in the core.

use ::core::ptr::{null, null_mut};

use super::group::Group;
use super::memory::layout::{Geometry, Kind, occupied};
use super::memory::list::List;
use super::memory::pool::Pool;
use super::memory::segment::{Segment, Span};
use super::memory::window::Window;
use super::word::{self, MAX_LENGTH, ONE};
use crate::sync::{AtomicU64, Ordering};

/// What one append reads and writes. C programs append inline by it, too: it is `alog_hot`, which is frozen
/// (docs/ABI.md).
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct Hot {
    /// Where the next record goes.
    pub(crate) slot: *mut u8,
    /// `ONE | index`, with the index of the next record in its segment. A publication of the last record alone stored
    /// this word.
    pub(crate) word: u64,
    /// Bound of `word` for the fast path: see `State::set_limit`.
    pub(crate) limit: u64,
    /// Where the word goes: the head's `published` or, in an open group, a word of the core's `Group`.
    pub(crate) target: *const AtomicU64,
    /// Fixed: the geometry's. Bytes: `usize::MAX`, so that no size equals it.
    pub(crate) record_size: usize,
    /// The geometry's.
    pub(crate) stride: usize,
    /// Bytes: where `slot` lies in the segment's space. It is aligned, so it may lie behind the end.
    pub(crate) offset: usize,
    /// Bytes: the geometry's. Fixed: 0.
    pub(crate) space: usize,
    /// Bytes: the segment's span index. Fixed: null.
    pub(crate) spans: *mut Span,
    /// Bytes: the geometry's `record_align`.
    pub(crate) align: usize,
    /// Bound of `word` for a fast path that notifies behind the store. Only C programs that append inline have one.
    pub(crate) notify_limit: u64,
    /// The event's: see `Event::words`.
    pub(crate) epoch: *const AtomicU64,
    pub(crate) waiters: *const AtomicU64,
}

impl Hot {
    const NOTHING: Hot = Hot {
        slot: null_mut(),
        word: ONE,
        limit: 0,
        target: null(),
        record_size: 0,
        stride: 0,
        offset: 0,
        space: 0,
        spans: null_mut(),
        align: 1,
        notify_limit: 0,
        epoch: null(),
        waiters: null(),
    };
}

/// A place to return to, in what was appended but not yet published.
#[derive(Clone, Copy)]
pub(crate) struct Savepoint {
    pub(in crate::raw) tail: *mut Segment,
    pub(in crate::raw) slot: *mut u8,
    pub(in crate::raw) index: u64,
    pub(in crate::raw) offset: usize,
    pub(in crate::raw) pending: u32,
}

/// Room that was handed out. `capacity` is in records or, for bytes, in bytes of the one record. While there is a
/// reservation, the limit is 0.
#[derive(Clone, Copy)]
pub(in crate::raw) enum Reservation {
    None,
    /// In what was left of the tail. `limit` is the fast path's, and is put back at the end.
    InTail {
        capacity: usize,
        limit: u64,
    },
    /// Made in the slow path, perhaps by opening a segment. To cancel it, the writer returns to `start`.
    Made {
        capacity: usize,
        start: Savepoint,
    },
}

/// The writer's private state. The writer has it while there is one. Otherwise it is parked in the core.
#[derive(Clone, Copy)]
pub(crate) struct State {
    pub(crate) hot: Hot,
    /// The current window and its head.
    pub(crate) window: *mut Window,
    pub(crate) head: *mut Segment,
    /// The segment that is being filled: the head, or the last pending one.
    pub(crate) tail: *mut Segment,
    /// Segments that no window lists yet.
    pub(crate) pending: List<Segment>,
    pub(crate) pending_len: u32,
    /// Whether a group is open, and where it began.
    pub(in crate::raw) in_group: bool,
    pub(in crate::raw) group_start: Savepoint,
    pub(in crate::raw) reservation: Reservation,
    pub(crate) pool: Pool,
}

impl State {
    pub(crate) const NOTHING: State = State {
        hot: Hot::NOTHING,
        window: null_mut(),
        head: null_mut(),
        tail: null_mut(),
        pending: List::EMPTY,
        pending_len: 0,
        in_group: false,
        group_start: Savepoint { tail: null_mut(), slot: null_mut(), index: 0, offset: 0, pending: 0 },
        reservation: Reservation::None,
        pool: Pool::EMPTY,
    };

    /// Goes on at the beginning of a segment.
    pub(crate) fn enter(&mut self, geometry: &Geometry, segment: *mut Segment) {
        self.tail = segment;
        self.hot.slot = geometry.data(segment);
        self.hot.word = ONE;
        self.hot.offset = 0;
        self.aim_spans(geometry);
    }

    /// Lets `put_span` enter spans into the tail's index.
    pub(crate) fn aim_spans(&mut self, geometry: &Geometry) {
        if geometry.kind == Kind::Bytes {
            self.hot.spans = geometry.spans(self.tail);
        }
    }

    /// From here on, an append stores its word in the head, and so publishes its record at once.
    pub(crate) fn aim_at_head(&mut self) {
        // SAFETY: I5: the head is listed by the current window, so it is alive.
        self.hot.target = unsafe { &raw const (*self.head).shown.published };
    }

    /// Shows how many records the open group has. From here on, an append stores its word there.
    pub(crate) fn show_group(&mut self, group: &Group) {
        let before = self.unpublished().wrapping_sub(self.index());
        self.hot.target = group.go_on(self.hot.word, before);
    }

    /// Bound of `word` in the tail: its capacity or, in a group, the end of the longest publication there can be, if
    /// that comes first.
    pub(crate) fn bound(&self, geometry: &Geometry) -> u64 {
        let capacity = u64::from(geometry.capacity.get());
        ONE | if self.in_group { capacity.min(self.index() + MAX_LENGTH - self.unpublished()) } else { capacity }
    }

    /// Bounds the fast paths again, after the tail, the group or the reservation changed. A fast path writes a record,
    /// stores a word, and perhaps notifies. Where there is more to do, such as to end a reservation, the slow path does
    /// it.
    pub(crate) fn set_limit(&mut self, geometry: &Geometry) {
        let notifies = geometry.options.auto_notify && !self.in_group;
        let reserved = !matches!(self.reservation, Reservation::None);
        let bound = if reserved { 0 } else { self.bound(geometry) };
        (self.hot.limit, self.hot.notify_limit) = if notifies { (0, bound) } else { (bound, 0) };
    }

    /// Index of the next record in its segment.
    #[inline(always)]
    pub(crate) fn index(&self) -> u64 {
        word::count(self.hot.word)
    }

    #[inline]
    pub(crate) fn next_sequence(&self) -> u64 {
        // SAFETY: I5: a pending tail is the writer's alone. Of the head, all threads only read this field.
        unsafe { (*self.tail).shown.first_sequence.get() + self.index() }
    }

    /// Records that readers see in the head.
    #[inline]
    pub(crate) fn visible(&self) -> u64 {
        // Relaxed: only the writer stores here.
        // SAFETY: I5: the head is listed by the current window, so it is alive.
        unsafe { word::count((*self.head).shown.published.load(Ordering::Relaxed)) }
    }

    /// Records appended since the last publication.
    pub(crate) fn unpublished(&self) -> u64 {
        if self.pending_len == 0 {
            return self.index() - self.visible();
        }
        // SAFETY: I1: the head is listed by the current window, so this field is frozen.
        self.next_sequence() - unsafe { (*self.head).shown.first_sequence.get() } - self.visible()
    }

    /// Enters the record in `slot` into the span index, and moves the slot behind it.
    ///
    /// # Safety
    /// There is a span and room left for it.
    #[inline(always)]
    pub(crate) unsafe fn put_span(&mut self, geometry: &Geometry, size: usize) {
        let hot = &mut self.hot;
        // SAFETY: I1: the span lies behind the index, so nobody reads it. It lies below the capacity, which is the
        // number of spans.
        unsafe {
            let span = hot.spans.add(word::count(hot.word) as usize);
            span.write(Span { offset: hot.offset as u32, size: size as u32 });
        }
        let occupied = occupied(size, geometry.record_align);
        hot.slot = hot.slot.wrapping_add(occupied);
        hot.offset += occupied;
    }

    pub(crate) fn savepoint(&self) -> Savepoint {
        Savepoint {
            tail: self.tail,
            slot: self.hot.slot,
            index: self.index(),
            offset: self.hot.offset,
            pending: self.pending_len,
        }
    }
}
