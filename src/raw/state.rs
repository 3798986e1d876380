//! The writer's private state: where the next record goes, and what is open. With the writer while there is one, parked in
//! the core otherwise.

use ::core::ptr::{null, null_mut};

use super::core::Core;
use super::layout::{Geometry, Kind};
use super::pool::{List, Pool};
use super::segment::{Segment, Span};
use super::table::Table;
use super::window::Window;
use super::word::{self, MAX_LENGTH, ONE};
use crate::error::Refusal;
use crate::sync::{AtomicU64, Ordering};

/// What one append reads and writes. Callers of the C functions append by it, too: it is `alog_hot`, and frozen
/// (docs/ABI.md).
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct Hot {
    /// Where the next record goes.
    pub(crate) slot: *mut u8,
    /// `ONE | index`, the index being the next record's in its segment: what publishing the last one alone stored.
    pub(crate) word: u64,
    /// Bound of `word` for the fast path: see `State::set_limit`.
    pub(crate) limit: u64,
    /// Where the word goes: the head's `published`, or a private word in an open group.
    pub(crate) target: *const AtomicU64,
    /// Fixed: the geometry's. Bytes: `usize::MAX`, so that no size equals it.
    pub(crate) record_size: usize,
    /// The geometry's.
    pub(crate) stride: usize,
    /// Bytes: where `slot` lies in the segment's space. Aligned, so it may come to lie behind the end.
    pub(crate) offset: usize,
    /// Bytes: the geometry's. Fixed: 0.
    pub(crate) space: usize,
    /// Bytes: the segment's span index. Fixed: null.
    pub(crate) spans: *mut Span,
    /// Bytes: the geometry's `record_align`.
    pub(crate) align: usize,
    /// Bound of `word` for a fast path that notifies behind the store; for callers of the C functions alone.
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

/// A place in what was appended but not yet published, to return to.
#[derive(Clone, Copy)]
pub(crate) struct Savepoint {
    pub(super) tail: *mut Segment,
    pub(super) slot: *mut u8,
    pub(super) index: u64,
    pub(super) offset: usize,
    pub(super) pending: u32,
}

/// Room that was handed out; `capacity` in records or, for bytes, the bytes of one record. While there is one, the limit
/// is 0.
#[derive(Clone, Copy)]
pub(super) enum Reservation {
    None,
    /// In what was left of the tail. `limit` is the fast path's, to be put back.
    InTail {
        capacity: usize,
        limit: u64,
    },
    /// Made in the slow path, perhaps by opening a segment. To cancel is to return to `start`.
    Made {
        capacity: usize,
        start: Savepoint,
    },
}

/// The writer's private state: with the writer while there is one, parked in the core otherwise.
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
    pub(super) in_group: bool,
    pub(super) group_start: Savepoint,
    pub(super) reservation: Reservation,
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

    /// The first window, with one empty segment. What was allocated before a failure stays in the lists of all.
    pub(crate) fn begin(&mut self, core: &Core) -> Result<(), Refusal> {
        let geometry = &core.geometry;
        // Two windows take turns without readers. A view that lags holds one more and, once K segments are retained, at least
        // one segment: so whoever preallocated more segments than the log itself needs has the windows for as many views.
        let segments = geometry.options.preallocated_segments;
        let spare = segments.saturating_sub(geometry.window_segments.get() + 1);
        let windows = if segments > 0 { 2 + spare } else { 1 };
        self.pool.preallocate(core, segments.max(1), windows, Pool::tables_for(spare, geometry))?;
        self.pool.secure_first(core)?;
        // SAFETY: secured just now.
        let head = unsafe { self.pool.take_segment() };
        self.window = ::core::mem::replace(&mut self.pool.spare_window, null_mut());
        let table = ::core::mem::replace(&mut self.pool.spare_table, null_mut());
        self.head = head;
        // SAFETY: nobody else knows the core yet.
        unsafe {
            (*head).shown.first_sequence.set(geometry.options.first_sequence);
            Table::slot(table, 0, geometry.table_mask).set(head);
            self.pool.open_window(self.window, null_mut(), (table, geometry.table_mask), head, 1);
        }
        // Relaxed: nobody else knows the core yet.
        core.current.store(self.window, Ordering::Relaxed);
        let bytes = geometry.kind == Kind::Bytes;
        self.hot.record_size = if bytes { usize::MAX } else { geometry.record_size };
        self.hot.stride = geometry.stride;
        self.hot.space = if bytes { geometry.space } else { 0 };
        self.hot.align = geometry.record_align;
        (self.hot.epoch, self.hot.waiters) = core.event.words();
        self.enter(geometry, head);
        self.aim_at_head();
        self.set_limit(geometry);
        // SAFETY: as above.
        unsafe { self.pool.leave_figures(core, self.window, 0) };
        Ok(())
    }

    /// Goes on at the beginning of a segment.
    pub(crate) fn enter(&mut self, geometry: &Geometry, segment: *mut Segment) {
        self.tail = segment;
        self.hot.slot = Segment::data(segment, geometry);
        self.hot.word = ONE;
        self.hot.offset = 0;
        self.aim_spans(geometry);
    }

    /// Enters spans into the tail's index.
    pub(crate) fn aim_spans(&mut self, geometry: &Geometry) {
        if geometry.kind == Kind::Bytes {
            self.hot.spans = Segment::spans(self.tail, geometry);
        }
    }

    /// What is appended from here on is published at once.
    pub(crate) fn aim_at_head(&mut self) {
        // SAFETY: the head is alive.
        self.hot.target = unsafe { &raw const (*self.head).shown.published };
    }

    /// Shows how many records the open group has, and what is appended to it from here on.
    pub(crate) fn show_group(&mut self, core: &Core) {
        let before = self.unpublished().wrapping_sub(self.index());
        self.hot.target = core.group.go_on(self.hot.word, before);
    }

    /// Bound of `word` in the tail: its capacity and, in a group, the longest publication there can be.
    pub(crate) fn bound(&self, geometry: &Geometry) -> u64 {
        let capacity = u64::from(geometry.capacity.get());
        ONE | if self.in_group { capacity.min(self.index() + MAX_LENGTH - self.unpublished()) } else { capacity }
    }

    /// Bounds the fast paths again, after the tail, the group or the reservation changed. Where there is more to do than to
    /// write a record, to store a word and perhaps to notify, the slow path does it: to end a reservation.
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
        // SAFETY: the tail is the writer's own; readers of a head only read this field.
        unsafe { (*self.tail).shown.first_sequence.get() + self.index() }
    }

    /// Records that readers see in the head.
    #[inline]
    pub(crate) fn visible(&self) -> u64 {
        // Relaxed: only the writer stores here.
        // SAFETY: the head is alive.
        unsafe { word::count((*self.head).shown.published.load(Ordering::Relaxed)) }
    }

    /// Records appended since the last publication.
    pub(crate) fn unpublished(&self) -> u64 {
        if self.pending_len == 0 {
            return self.index() - self.visible();
        }
        // SAFETY: as in `next_sequence`.
        self.next_sequence() - unsafe { (*self.head).shown.first_sequence.get() } - self.visible()
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
