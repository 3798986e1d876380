//! Where the writer's segments, windows and tables come from.

use ::core::ptr::{NonNull, null_mut};

use super::figures::Left;
use super::layout::{Geometry, div_ceil};
use super::list::List;
use super::segment::Segment;
use super::stack::Linked;
use super::supply::Supply;
use super::table::Table;
use super::window::Window;
use crate::error::Refusal;
use crate::sync::{Ordering, mutant};

/// In place of a segment's count: a mark that the segment goes back to the allocator.
const GOES: u64 = u64::MAX;

/// What the writer keeps for its next rolls, and the list of all segments, which the last handle frees.
#[derive(Clone, Copy)]
pub(crate) struct Pool {
    /// The last one in is the first one out, while its cache lines are warm.
    pub(super) segments: List<Segment>,
    pub(super) windows: List<Window>,
    pub(super) tables: List<Table>,
    /// Segments that nobody can see any more and whose values are still to be dropped.
    pub(super) reclaimed: List<Segment>,
    /// What the writer has taken off the stacks, but has not looked at yet: dead windows, and segments that only pins
    /// held. Each is the first node of a list.
    pub(super) dead: *mut Window,
    pub(super) unpinned: *mut Segment,
    /// A dead window that was taken out of the live ones, and the sequences of those of its segments that are still to
    /// be let go.
    pub(super) burying: *mut Window,
    pub(super) bury_from: u64,
    pub(super) bury_to: u64,
    /// The window that the next roll will open, and a table if the roll needs another one. They are secured where the
    /// roll's segments are taken, so a publication cannot fail.
    pub(crate) spare_window: *mut Window,
    pub(crate) spare_table: *mut Table,
    pub(crate) all_segments: *mut Segment,
    /// How many segments there are, how many of them are in the pool or reclaimed, and how many there ever were.
    allocated: u32,
    pub(super) pooled: u32,
    created: u64,
    tables_allocated: u32,
    /// The oldest live window, and how many live ones there are.
    pub(super) oldest: *mut Window,
    pub(super) windows_live: u32,
    /// The oldest window that is a range of the current window's table, and is live or being buried.
    pub(super) oldest_in_table: *mut Window,
    limit_hits: u64,
}

impl Pool {
    pub(crate) const EMPTY: Pool = Pool {
        segments: List::EMPTY,
        windows: List::EMPTY,
        tables: List::EMPTY,
        reclaimed: List::EMPTY,
        dead: null_mut(),
        unpinned: null_mut(),
        burying: null_mut(),
        bury_from: 0,
        bury_to: 0,
        spare_window: null_mut(),
        spare_table: null_mut(),
        all_segments: null_mut(),
        allocated: 0,
        pooled: 0,
        created: 0,
        tables_allocated: 0,
        oldest: null_mut(),
        windows_live: 0,
        oldest_in_table: null_mut(),
        limit_hits: 0,
    };

    /// How many tables there can be at a time while views hold up to `lagging` segments that the log no longer retains.
    ///
    /// A table is in use while a live window is a range of it. Such a window lists K segments, except soon after the
    /// log's begin or a skip. The windows of a table have no segment in common with those of the next table but one.
    /// Without lagging views one table suffices, except for groups of more segments than a table's length minus K. Such
    /// groups need more than K + 1 segments, too.
    pub(crate) fn tables_for(lagging: u32, geometry: &Geometry) -> u32 {
        if lagging == 0 {
            1
        } else {
            (div_ceil(lagging.into(), geometry.window_segments) as u32).saturating_mul(2).saturating_add(2)
        }
    }

    /// Puts so many new segments, windows and tables into the pool. After a failure, those that were allocated stay
    /// there.
    #[inline(never)]
    pub(crate) fn preallocate(
        &mut self,
        supply: &Supply,
        segments: u32,
        windows: u32,
        tables: u32,
    ) -> Result<(), Refusal> {
        for _ in 0..segments {
            self.allocate_segment(supply)?;
        }
        for _ in 0..windows {
            let window = supply.allocate_window()?;
            // SAFETY: the window is new: alive, on no list, and the writer's.
            unsafe { self.windows.push_front(window.as_ptr()) };
        }
        for _ in 0..tables {
            let table = self.allocate_table(supply)?;
            // SAFETY: the table is new: alive, on no list, and the writer's.
            unsafe { self.tables.push_front(table.as_ptr()) };
        }
        Ok(())
    }

    #[inline(never)]
    fn allocate_table(&mut self, supply: &Supply) -> Result<NonNull<Table>, Refusal> {
        let table = supply.allocate_table()?;
        self.tables_allocated += 1;
        Ok(table)
    }

    /// Puts a new segment into the pool, and at the front of the list of all.
    #[inline(never)]
    fn allocate_segment(&mut self, supply: &Supply) -> Result<(), Refusal> {
        let segment = supply.allocate_segment(&mut self.all_segments)?;
        self.allocated += 1;
        self.created += 1;
        self.pooled += 1;
        // SAFETY: the segment is new: alive, on no list, and the writer's.
        unsafe { self.segments.push_front(segment.as_ptr()) };
        Ok(())
    }

    /// How many segments there ever were.
    pub(crate) fn created(&self) -> u64 {
        self.created
    }

    /// How many segments the pool lacks, if so many are needed.
    pub(crate) fn lacks(&self, segments: u32) -> u32 {
        segments.saturating_sub(self.pooled)
    }

    /// Whether the pool lacks a segment, if so many are needed, or a window.
    pub(crate) fn lacks_any(&self, segments: u32) -> bool {
        self.lacks(segments) > 0 || self.spare_window.is_null() && self.windows.first.is_null()
    }

    /// Whether the budget has room for so many more segments.
    pub(crate) fn may_allocate(&self, supply: &Supply, segments: u32) -> bool {
        segments <= supply.geometry.max_segments - self.allocated
    }

    /// Counts a call that the budget refuses.
    pub(crate) fn hit_limit(&mut self, supply: &Supply) {
        self.limit_hits += 1;
        supply.figures.hit_limit(self.limit_hits);
    }

    /// Whether the pool has all that `secure` would secure.
    #[inline(always)]
    pub(crate) fn has_all(&self, geometry: &Geometry, segments: u32, last: u64) -> bool {
        !self.lacks_any(segments) && (!self.spare_table.is_null() || !self.table_is_full(last, geometry))
    }

    /// As `secure`, where the pool has all (`has_all`).
    #[inline(always)]
    pub(crate) fn secure_from_pool(&mut self) {
        if self.spare_window.is_null() {
            // SAFETY: the pool's windows are dead and the writer's.
            self.spare_window = unsafe { self.windows.pop() }.map_or(null_mut(), NonNull::as_ptr);
        }
    }

    /// Secures all that is needed to go on in `segments` more segments, up to the one with the sequence `last`, and to
    /// publish them. If one thing cannot be had, it secures none. The budget has room for the segments, and none is
    /// reclaimed.
    pub(crate) fn secure(&mut self, supply: &Supply, segments: u32, last: u64) -> Result<(), Refusal> {
        let (created, tables, spare_table) = (self.created, self.tables_allocated, self.spare_table);
        let mut secure = || {
            for _ in 0..self.lacks(segments) {
                self.allocate_segment(supply)?;
            }
            if self.table_is_full(last, &supply.geometry) {
                self.secure_table(supply)?;
            }
            // Last, since a window is never given back.
            self.secure_window(supply)
        };
        secure().inspect_err(|_| {
            if self.spare_table != spare_table {
                // SAFETY: no live window is a range of the spare table.
                unsafe { self.tables.push_front(self.spare_table) };
                self.spare_table = null_mut();
                // The table that was put there last is the first that this takes.
                self.trim_tables(supply, tables);
            }
            self.give_back_new(supply, created);
        })
    }

    /// Gives the segments that were allocated since there were `created` back to the allocator. All of them are in the
    /// pool.
    pub(crate) fn give_back_new(&mut self, supply: &Supply, created: u64) {
        let mut each = self.all_segments;
        for _ in created..self.created {
            // SAFETY: I5: the pool's segments are the writer's. The new ones are at the front of all.
            unsafe {
                // The mark is a number that no count can reach. Relaxed: nobody else can reach the segment.
                (*each).held.refs.store(GOES, Ordering::Relaxed);
                each = (*each).held.all.get();
            }
        }
        if created < self.created {
            self.free_marked(supply);
            self.created = created;
        }
    }

    /// Secures what the first window needs, from what was preallocated.
    pub(crate) fn secure_first(&mut self, supply: &Supply) -> Result<(), Refusal> {
        self.secure_table(supply)?;
        self.secure_window(supply)
    }

    /// Secures the window that the next roll will open.
    #[inline(never)]
    fn secure_window(&mut self, supply: &Supply) -> Result<(), Refusal> {
        if self.spare_window.is_null() {
            // SAFETY: the pool's windows are dead and the writer's.
            self.spare_window = match unsafe { self.windows.pop() } {
                Some(window) => window.as_ptr(),
                None => supply.allocate_window()?.as_ptr(),
            };
        }
        Ok(())
    }

    /// Secures the table that the next roll will go on in.
    #[inline(never)]
    fn secure_table(&mut self, supply: &Supply) -> Result<(), Refusal> {
        if self.spare_table.is_null() {
            // SAFETY: no live window is a range of the pool's tables, and they are the writer's.
            self.spare_table = match unsafe { self.tables.pop() } {
                Some(table) => table.as_ptr(),
                None => self.allocate_table(supply)?.as_ptr(),
            };
        }
        Ok(())
    }

    /// Whether the current window's table lacks free slots for the segments up to the one with this sequence, which no
    /// window lists yet.
    pub(crate) fn table_is_full(&self, sequence: u64, geometry: &Geometry) -> bool {
        // SAFETY: windows that are live or being buried are the writer's to read.
        let tail = unsafe { (*self.oldest_in_table).tail() };
        !mutant!(REUSE_A_SLOT_IN_USE) && sequence - tail > geometry.table_mask as u64
    }

    /// Opens a window, and puts it behind the older live ones.
    ///
    /// # Safety
    /// As `Window::open`; `older` is the current window, or null.
    pub(crate) unsafe fn open_window(
        &mut self,
        window: *mut Window,
        older: *mut Window,
        (table, mask): (*mut Table, usize),
        head: *mut Segment,
        len: usize,
    ) {
        // SAFETY: the window and the links of all are the writer's.
        unsafe {
            (*window).counted.taken.set(false);
            (*window).counted.buried.set(false);
            (*window).counted.older.set(older);
            (*window).counted.newer.set(null_mut());
            match older.as_ref() {
                Some(older) => older.counted.newer.set(window),
                None => self.oldest = window,
            }
            if older.is_null() || (*older).table() != table {
                self.oldest_in_table = window;
            }
            Table::count(table, 1);
            self.windows_live += 1;
            (*window).open(table, mask, head, len);
        }
    }

    /// Takes a segment that was secured, with one count.
    ///
    /// # Safety
    /// The pool has one.
    pub(crate) unsafe fn take_segment(&mut self) -> *mut Segment {
        let segment = self.segments.first;
        self.pooled -= 1;
        // I3: `refs` leaves zero here only.
        // Relaxed: nobody else can reach the segment before a window is opened with it.
        // SAFETY: I5: the pool's segments are the writer's, and there is one.
        unsafe {
            self.segments.pop();
            (*segment).held.refs.store(1, Ordering::Relaxed);
        }
        segment
    }

    /// Gives pooled tables back to the allocator while there are more than `keep`.
    pub(crate) fn trim_tables(&mut self, supply: &Supply, keep: u32) {
        while self.tables_allocated > keep {
            // SAFETY: no live window is a range of the pool's tables, and threads read only tables of live windows.
            unsafe {
                let Some(table) = self.tables.pop() else { return };
                self.tables_allocated -= 1;
                supply.free(table.cast(), supply.geometry.table);
            }
        }
    }

    /// Gives pooled segments back to the allocator until `keep` are left in the pool.
    pub(crate) fn trim(&mut self, supply: &Supply, keep: u32) {
        let mut each = self.segments.first;
        for _ in keep..self.pooled {
            // SAFETY: I5: the pool's segments are the writer's.
            let Some(segment) = (unsafe { each.as_ref() }) else { break };
            // Relaxed: nobody else can reach the segment.
            segment.held.refs.store(GOES, Ordering::Relaxed);
            // SAFETY: I5: the pool's segments are the writer's, their links too.
            each = unsafe { segment.link().get() };
        }
        if keep < self.pooled {
            self.free_marked(supply);
        }
    }

    /// Gives the pool's marked segments back to the allocator.
    #[inline(never)]
    fn free_marked(&mut self, supply: &Supply) {
        // Relaxed: nobody else can reach a segment that is marked.
        let goes = |segment: &Segment| segment.held.refs.load(Ordering::Relaxed) == GOES;
        let mut stay: *mut Segment = null_mut();
        let mut each = ::core::mem::replace(&mut self.all_segments, null_mut());
        // SAFETY: I6: a segment in the list of all is alive: it leaves this list before it is freed, below. The list's
        // links are the writer's, also those of segments in use.
        unsafe {
            while let Some(segment) = each.as_ref() {
                let this = each;
                each = segment.held.all.get();
                if goes(segment) {
                    continue;
                }
                segment.held.all.set(null_mut());
                match stay.as_ref() {
                    None => self.all_segments = this,
                    Some(last) => last.held.all.set(this),
                }
                stay = this;
            }
        }
        let mut pool = ::core::mem::replace(&mut self.segments, List::EMPTY);
        // SAFETY: I5: the pool's segments are the writer's. Readers reach segments through windows and pins alone, so
        // nobody knows these any more; only windows must stay until the core goes.
        unsafe {
            while let Some(segment) = pool.pop() {
                if goes(segment.as_ref()) {
                    self.allocated -= 1;
                    self.pooled -= 1;
                    supply.free(segment.cast(), supply.geometry.segment);
                } else {
                    self.segments.push(segment.as_ptr());
                }
            }
        }
    }

    /// Leaves the writer's figures where other threads can read them.
    ///
    /// # Safety
    /// `window` is the current one.
    pub(crate) unsafe fn leave_figures(&self, supply: &Supply, window: *const Window, pending: u32) {
        // SAFETY: the live windows are the writer's to read.
        let (retained, oldest_head) =
            unsafe { ((*window).len() as u64, (*self.oldest).tail() + (*self.oldest).len() as u64 - 1) };
        supply.figures.leave(Left {
            segments_created: self.created,
            segments_live: u64::from(self.allocated),
            segments_pooled: u64::from(self.pooled),
            segments_held: u64::from(self.allocated - self.pooled - pending) - retained,
            windows_live: u64::from(self.windows_live),
            oldest_head,
        });
    }
}
