//! Where the writer's segments and windows come from, and how dead ones come back: collecting.

use ::core::ptr::{NonNull, null_mut};

use super::core::Core;
use super::figures::Left;
use super::layout::{Geometry, div_ceil};
use super::segment::Segment;
use super::stack::Linked;
use super::table::Table;
use super::window::Window;
use crate::Error;
use crate::sync::{Ordering, mutant, ordering};

/// A list of nodes that only the writer touches, in order.
pub(crate) struct List<T> {
    pub(crate) first: *mut T,
    pub(crate) last: *mut T,
}

impl<T> Clone for List<T> {
    fn clone(&self) -> List<T> {
        *self
    }
}
impl<T> Copy for List<T> {}

impl<T: Linked> List<T> {
    pub(crate) const EMPTY: List<T> = List { first: null_mut(), last: null_mut() };

    /// # Safety
    /// The node is alive, on no list, and the writer's; likewise for all other functions.
    pub(crate) unsafe fn push(&mut self, node: *mut T) {
        // SAFETY: the caller's contract.
        unsafe {
            (*node).link().set(null_mut());
            if self.first.is_null() {
                self.first = node;
            } else {
                (*self.last).link().set(node);
            }
        }
        self.last = node;
    }

    pub(crate) unsafe fn push_front(&mut self, node: *mut T) {
        // SAFETY: the caller's contract.
        unsafe { (*node).link().set(self.first) };
        if self.first.is_null() {
            self.last = node;
        }
        self.first = node;
    }

    pub(crate) unsafe fn pop(&mut self) -> Option<NonNull<T>> {
        let node = NonNull::new(self.first)?;
        // SAFETY: the caller's contract.
        self.first = unsafe { node.as_ref().link().get() };
        Some(node)
    }

    /// Takes off everything behind `node`, or all of the list if that is null.
    pub(crate) unsafe fn split_after(&mut self, node: *mut T) -> List<T> {
        if node.is_null() {
            return ::core::mem::replace(self, List::EMPTY);
        }
        // SAFETY: the caller's contract.
        let rest = List { first: unsafe { (*node).link().get() }, last: self.last };
        // SAFETY: as above.
        unsafe { (*node).link().set(null_mut()) };
        self.last = node;
        rest
    }
}

/// What the writer keeps for its next rolls, and all segments, which the last handle frees.
#[derive(Clone, Copy)]
pub(crate) struct Pool {
    /// The last one in is the first one out, while its lines are warm.
    segments: List<Segment>,
    windows: List<Window>,
    tables: List<Table>,
    /// Segments that nobody can see any more and whose values are still to be dropped.
    reclaimed: List<Segment>,
    /// The window that the next roll will open, and the table if it needs another one, secured where its segments are
    /// taken: so a publication cannot fail.
    pub(crate) spare_window: *mut Window,
    pub(crate) spare_table: *mut Table,
    pub(crate) all_segments: *mut Segment,
    /// How many segments there are, how many of them are in the pool or on their way there, and how many there ever were.
    allocated: u32,
    pooled: u32,
    created: u64,
    tables_allocated: u32,
    /// The oldest live window, and how many live ones there are.
    oldest: *mut Window,
    windows_live: u32,
    /// The oldest of the live windows that are ranges of the current window's table.
    oldest_in_table: *mut Window,
    limit_hits: u64,
}

impl Pool {
    pub(crate) const EMPTY: Pool = Pool {
        segments: List::EMPTY,
        windows: List::EMPTY,
        tables: List::EMPTY,
        reclaimed: List::EMPTY,
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
    /// A table is kept by windows of its own, which hold K segments each unless they are as old as the log, and those of
    /// a table have no segment in common with those of the next but one. Without lagging views one is enough, but for groups
    /// of more than a table's length less K segments: who means to publish such ones needs segments beyond K + 1 as well.
    pub(crate) fn tables_for(lagging: u32, geometry: &Geometry) -> u32 {
        if lagging == 0 {
            1
        } else {
            (div_ceil(lagging.into(), geometry.window_segments) as u32).saturating_mul(2).saturating_add(2)
        }
    }

    /// Puts as many new segments, windows and tables into the pool.
    pub(crate) fn preallocate(&mut self, core: &Core, segments: u32, windows: u32, tables: u32) -> Result<(), Error> {
        for _ in 0..segments {
            let segment = self.allocate_segment(core)?;
            self.pooled += 1;
            // SAFETY: the segment is new.
            unsafe { self.segments.push_front(segment.as_ptr()) };
        }
        for _ in 0..windows {
            let window = core.allocate_window()?;
            // SAFETY: the window is new.
            unsafe { self.windows.push_front(window.as_ptr()) };
        }
        for _ in 0..tables {
            let table = self.allocate_table(core)?;
            // SAFETY: the table is new.
            unsafe { self.tables.push_front(table.as_ptr()) };
        }
        Ok(())
    }

    fn allocate_table(&mut self, core: &Core) -> Result<NonNull<Table>, Error> {
        let table = core.allocate_table()?;
        self.tables_allocated += 1;
        Ok(table)
    }

    fn allocate_segment(&mut self, core: &Core) -> Result<NonNull<Segment>, Error> {
        if self.allocated == core.geometry.max_segments {
            self.limit_hits += 1;
            core.figures.hit_limit(self.limit_hits);
            return Err(Error::SegmentLimit);
        }
        let segment = core.allocate_segment(&mut self.all_segments)?;
        self.allocated += 1;
        self.created += 1;
        Ok(segment)
    }

    /// Secures the window that the next roll will open.
    pub(crate) fn secure_window(&mut self, core: &Core) -> Result<(), Error> {
        if self.spare_window.is_null() {
            // SAFETY: the pool's windows are dead and the writer's.
            self.spare_window = match unsafe { self.windows.pop() } {
                Some(window) => window.as_ptr(),
                None => core.allocate_window()?.as_ptr(),
            };
        }
        Ok(())
    }

    /// Secures a table.
    pub(crate) fn secure_table(&mut self, core: &Core) -> Result<(), Error> {
        if self.spare_table.is_null() {
            // SAFETY: no live window is a range of the pool's tables, and they are the writer's.
            self.spare_table = match unsafe { self.tables.pop() } {
                Some(table) => table.as_ptr(),
                None => self.allocate_table(core)?.as_ptr(),
            };
        }
        Ok(())
    }

    /// Whether the slots of the segments up to the one with this sequence, which is not listed yet, are in use in the current
    /// window's table.
    pub(crate) fn table_is_full(&self, sequence: u64, geometry: &Geometry) -> bool {
        // SAFETY: the live windows are the writer's to read.
        let tail = unsafe { (*self.oldest_in_table).tail() };
        !mutant!(REUSE_A_SLOT_IN_USE) && sequence - tail > geometry.table_mask as u64
    }

    /// Opens a window behind the older ones.
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

    /// Secures a segment that holds nothing: sees to it that the pool has one.
    pub(crate) fn secure_segment(&mut self, core: &Core) -> Result<(), Error> {
        if self.segments.first.is_null() {
            let segment = self.allocate_segment(core)?;
            self.pooled += 1;
            // SAFETY: the segment is new.
            unsafe { self.segments.push_front(segment.as_ptr()) };
        }
        Ok(())
    }

    /// Takes the segment that was secured, with one count.
    ///
    /// # Safety
    /// `secure_segment` was called.
    pub(crate) unsafe fn take_segment(&mut self) -> *mut Segment {
        let segment = self.segments.first;
        self.pooled -= 1;
        // I3: `refs` leaves zero here only. Relaxed: nobody else can reach the segment before a window is opened with it.
        // SAFETY: I5: the pool's segments are the writer's, and there is one, the caller's contract.
        unsafe {
            self.segments.pop();
            (*segment).held.refs.store(1, Ordering::Relaxed);
        }
        segment
    }

    /// Takes back segments that were never published; what `final_count` says is still to be dropped.
    ///
    /// # Safety
    /// No window lists them.
    pub(crate) unsafe fn reclaim_pending(&mut self, mut pending: List<Segment>) {
        // SAFETY: I5: pending segments are the writer's.
        unsafe {
            while let Some(segment) = pending.pop() {
                // Relaxed: nobody else can reach the segment.
                segment.as_ref().held.refs.store(0, Ordering::Relaxed);
                self.reclaim(segment.as_ptr());
            }
        }
    }

    /// Takes in what readers let go: dead windows and the segments that only they listed, and unpinned segments. Their
    /// values are still to be dropped (`next_to_drop`), since that runs the user's code and may panic.
    pub(crate) fn collect(&mut self, core: &Core) {
        // SAFETY: E3: what was taken from the stacks is ours, and nobody reads it any more.
        unsafe {
            let mut window = core.retired.take();
            while let Some(dead) = NonNull::new(window) {
                window = dead.as_ref().link().get();
                self.bury(dead.as_ptr());
            }
            let mut segment = core.free.take();
            while let Some(unpinned) = NonNull::new(segment) {
                segment = unpinned.as_ref().link().get();
                self.reclaim(unpinned.as_ptr());
            }
        }
    }

    /// Takes a dead window out of the live ones and drops their count on each segment that only it still listed.
    ///
    /// All live windows together hold one count on each segment they list. With P before and N after W, the segments that
    /// no live window lists without W are `[max(W.tail, P.head + 1), min(W.head + 1, N.tail))`, since heads increase and
    /// tails never decrease (I9).
    ///
    /// # Safety
    /// The window is dead and on no list, and what was read through it happened before.
    pub(crate) unsafe fn bury(&mut self, dead: *mut Window) {
        // SAFETY: the windows are the log's; the list of a dead one is the writer's, and those of live ones are frozen.
        unsafe {
            let window = &*dead;
            let (older, newer) = (window.counted.older.get(), window.counted.newer.get());
            let tail = window.tail();
            // The current window is live and newer than every dead one.
            let mut end = (*newer).tail().min(tail + window.len() as u64);
            let mut begin = tail;
            if let Some(older) = older.as_ref() {
                begin = begin.max(older.tail() + older.len() as u64);
                older.counted.newer.set(newer);
            } else {
                self.oldest = newer;
            }
            if self.oldest_in_table == dead {
                // It is a range of the current window's table, and so are all that are newer.
                self.oldest_in_table = newer;
            }
            if Table::count(window.table(), -1) == 0 {
                self.tables.push_front(window.table());
            }
            self.windows_live -= 1;
            end = end.max(begin);
            (*newer).counted.older.set(older);
            for sequence in begin..end {
                let segment = window.segment((sequence - tail) as usize);
                let refs = &(*segment).held.refs;
                // E3 Acquire, both: what pins read before they let go happened before the reuse. What views read is ordered
                // by their unpinning; and no Release, since it is the writer again who reuses what a later pin frees.
                // A lone count is the windows' own, and nobody can raise it: no view covers the segment, and no pin holds it.
                if refs.load(ordering!(E3_BURY_ALONE, Acquire)) == 1 {
                    // Relaxed: nobody else can reach the segment.
                    refs.store(0, Ordering::Relaxed);
                    self.reclaim(segment);
                } else if refs.fetch_sub(1, ordering!(E3_BURY, Acquire)) == 1 {
                    self.reclaim(segment);
                }
            }
            self.windows.push_front(dead);
        }
    }

    /// # Safety
    /// I5: the segment is the writer's, and on no list.
    unsafe fn reclaim(&mut self, segment: *mut Segment) {
        self.pooled += 1;
        // SAFETY: the caller's contract.
        unsafe { self.reclaimed.push(segment) };
    }

    /// All tables, off their lists.
    ///
    /// # Safety
    /// Nobody uses the log any more.
    pub(crate) unsafe fn all_tables(&mut self) -> List<Table> {
        let mut tables = ::core::mem::replace(&mut self.tables, List::EMPTY);
        // SAFETY: the live windows are the caller's; those of a table follow each other, since a table is left for good.
        unsafe {
            if !self.spare_table.is_null() {
                tables.push_front(self.spare_table);
            }
            let (mut window, mut last) = (self.oldest, null_mut());
            while let Some(live) = window.as_ref() {
                if live.table() != last {
                    last = live.table();
                    tables.push_front(last);
                }
                window = live.counted.newer.get();
            }
        }
        tables
    }

    /// Gives pooled tables back to the allocator while there are more than `keep`.
    pub(crate) fn trim_tables(&mut self, core: &Core, keep: u32) {
        while self.tables_allocated > keep {
            // SAFETY: no live window is a range of the pool's tables, and the live ones are all that anybody reads.
            unsafe {
                let Some(table) = self.tables.pop() else { return };
                self.tables_allocated -= 1;
                core.free(table.cast(), core.geometry.table);
            }
        }
    }

    /// Gives pooled segments back to the allocator until `keep` are left in the pool.
    pub(crate) fn trim(&mut self, core: &Core, keep: u32) {
        // SAFETY: I5: the pool's segments are the writer's. Readers reach segments through windows and pins alone, so
        // nobody knows them any more; only windows must stay until the core goes.
        unsafe {
            let mut excess = List::EMPTY;
            while self.pooled > keep {
                let Some(segment) = self.segments.pop() else { break };
                self.allocated -= 1;
                self.pooled -= 1;
                // A mark that no count can reach, for the walk below. Relaxed: nobody else can reach the segment.
                segment.as_ref().held.refs.store(u64::MAX, Ordering::Relaxed);
                excess.push(segment.as_ptr());
            }
            if excess.first.is_null() {
                return;
            }
            let mut last: *mut Segment = null_mut();
            let mut each = ::core::mem::replace(&mut self.all_segments, null_mut());
            while let Some(segment) = each.as_ref() {
                let this = each;
                each = segment.held.all.get();
                if segment.held.refs.load(Ordering::Relaxed) == u64::MAX {
                    continue;
                }
                segment.held.all.set(null_mut());
                match last.as_ref() {
                    None => self.all_segments = this,
                    Some(last) => last.held.all.set(this),
                }
                last = this;
            }
            while let Some(segment) = excess.pop() {
                core.free(segment.cast(), core.geometry.segment);
            }
        }
    }

    /// Leaves the writer's figures where others can read them.
    ///
    /// # Safety
    /// `window` is the current one.
    pub(crate) unsafe fn leave_figures(&self, core: &Core, window: *const Window, pending: u32) {
        // SAFETY: the live windows are the writer's to read.
        let (retained, oldest_head) =
            unsafe { ((*window).len() as u64, (*self.oldest).tail() + (*self.oldest).len() as u64 - 1) };
        core.figures.leave(Left {
            segments_created: self.created,
            segments_live: u64::from(self.allocated),
            segments_pooled: u64::from(self.pooled),
            segments_held: u64::from(self.allocated - self.pooled - pending) - retained,
            windows_live: u64::from(self.windows_live),
            oldest_head,
        });
    }

    /// The next segment that holds values of nobody's: how many must be dropped, and where. It is in the pool already,
    /// so nothing is lost if one of them panics.
    pub(crate) fn next_to_drop(&mut self, core: &Core) -> Option<(*mut u8, usize)> {
        // SAFETY: I5: reclaimed segments are the writer's.
        unsafe {
            let segment = self.reclaimed.pop()?;
            let count = segment.as_ref().shown.final_count.get() as usize;
            segment.as_ref().shown.final_count.set(0);
            self.segments.push_front(segment.as_ptr());
            Some((Segment::data(segment.as_ptr(), &core.geometry), count))
        }
    }
}
