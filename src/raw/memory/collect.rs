//! Collecting: how dead windows, and the segments that nobody sees any more, come back to the pool.

use ::core::ops::Range;
use ::core::ptr::{NonNull, null_mut};

use super::layout::Geometry;
use super::list::List;
use super::pool::Pool;
use super::segment::Segment;
use super::stack::Linked;
use super::supply::Supply;
use super::table::Table;
use super::window::Window;
use crate::sync::{Ordering, ordering};

/// How many steps collecting takes at most at a roll, and again where a segment is needed. So what a burst of readers
/// let go comes back little by little. A window is a step, and so is a segment. Where readers keep up, a roll usually
/// takes two. Without readers it takes none, because the window and the segment that the writer itself lets go do not
/// count. Where the budget refuses, collecting goes on by as many steps until that is enough. Where the allocator
/// refuses, and in a trim, it goes on to the end.
// Few under loom and shuttle, where programs are small.
pub(crate) const STEPS: u64 = if cfg!(any(loom, shuttle)) { 2 } else { 64 };

impl Pool {
    /// Whether there are segments whose values are still to be dropped.
    #[inline(always)]
    pub(crate) fn has_reclaimed(&self) -> bool {
        !self.reclaimed.first.is_null()
    }

    /// Takes back segments that were never published. As many of their values as `final_count` says are still to be
    /// dropped.
    ///
    /// # Safety
    /// No window lists them.
    pub(crate) unsafe fn reclaim_pending(&mut self, geometry: &Geometry, mut pending: List<Segment>) {
        // SAFETY: I5: pending segments are the writer's.
        unsafe {
            while let Some(segment) = pending.pop() {
                // Relaxed: nobody else can reach the segment.
                segment.as_ref().held.refs.store(0, Ordering::Relaxed);
                self.reclaim(geometry, segment.as_ptr());
            }
        }
    }

    /// Whether readers let something go that the writer has not brought back yet.
    pub(crate) fn has_backlog(&self, supply: &Supply) -> bool {
        !(self.dead.is_null() && self.unpinned.is_null() && self.burying.is_null())
            || supply.retired.has_some()
            || supply.free.has_some()
    }

    /// Takes in what readers let go, in at most so many steps: dead windows with the segments that only they listed,
    /// and unpinned segments. It takes the stacks only when all that it took from them before is done. The values are
    /// still to be dropped (`next_to_drop`), since that runs the user's code and may panic.
    ///
    /// Half of the steps go from the oldest window on, as long as that is dead: there each window brings a segment. In
    /// the order in which views went, it may take long until one comes.
    #[inline(never)]
    pub(crate) fn collect(&mut self, supply: &Supply, steps: u64) {
        let geometry = &supply.geometry;
        if self.dead.is_null() && self.unpinned.is_null() {
            (self.dead, self.unpinned) = (supply.retired.take(), supply.free.take());
        }
        let mut left = steps;
        while left > 0 {
            if !self.burying.is_null() {
                // SAFETY: a window is being buried.
                left = unsafe { self.go_on_burying(geometry, left) };
                continue;
            }
            if self.dead.is_null() && self.unpinned.is_null() {
                return;
            }
            left -= 1;
            // SAFETY: I6: the oldest live window is there, as all are.
            let window = if left >= steps / 2 && unsafe { (*self.oldest).is_dead() } {
                if self.dead == self.oldest {
                    // SAFETY: there is a window on the list: the oldest.
                    unsafe { self.take_over() };
                }
                self.oldest
            } else if let Some(window) = NonNull::new(self.dead) {
                // SAFETY: E3: there is a window on the list, and what was taken from the stack is the writer's.
                unsafe {
                    self.take_over();
                    if window.as_ref().counted.buried.get() {
                        self.windows.push_front(window.as_ptr());
                        continue;
                    }
                    // It is dead: the call is for its ordering.
                    if !window.as_ref().is_dead() {
                        continue;
                    }
                }
                window.as_ptr()
            } else {
                let segment = self.unpinned;
                // SAFETY: E3, I5: what was taken from the stack is the writer's, and comes to another list here.
                unsafe {
                    self.unpinned = (*segment).link().get();
                    self.reclaim(geometry, segment);
                }
                continue;
            };
            // SAFETY: E3: the window is dead, by its pins, and not buried; no other one is being buried.
            left = unsafe { self.bury(geometry, window, left) };
        }
    }

    /// Takes the next dead window off the list of those that views handed over.
    ///
    /// # Safety
    /// There is one.
    #[inline(always)]
    unsafe fn take_over(&mut self) {
        // SAFETY: E3: what was taken from the stack is the writer's.
        unsafe {
            let window = &*self.dead;
            self.dead = window.link().get();
            window.counted.taken.set(true);
        }
    }

    /// Takes in a window that the writer itself let go last. With it go at most as many segments as the roll added or,
    /// at a skip, all that were retained.
    ///
    /// # Safety
    /// The window is dead and on no list.
    #[inline(never)]
    pub(crate) unsafe fn bury_now(&mut self, geometry: &Geometry, window: *mut Window) {
        // SAFETY: I3: the window is dead, so nobody raises its count any more; it is on no list, so its link is the
        // writer's.
        unsafe {
            if !self.burying.is_null() {
                (*window).link().set(self.dead);
                self.dead = window;
                return;
            }
            (*window).counted.taken.set(true);
            // It is dead: the call is for its ordering.
            if (*window).is_dead() {
                self.bury(geometry, window, u64::MAX);
            }
        }
    }

    /// Goes on with the window that is being buried, in at most so many steps: lets go more of the segments that only
    /// this window listed. Returns how many steps are left.
    ///
    /// # Safety
    /// There is such a window.
    #[cold]
    #[inline(never)]
    unsafe fn go_on_burying(&mut self, geometry: &Geometry, steps: u64) -> u64 {
        // SAFETY: the window that is being buried is dead and buried, no other one is, and what is left of it stands in
        // `bury_from` and `bury_to`.
        unsafe { self.let_go(geometry, self.burying, self.bury_from..self.bury_to, steps) }
    }

    /// Takes a dead window W out of the live ones, and lets go the segments that only it still listed, in at most so
    /// many steps. Returns how many steps are left.
    ///
    /// All live windows together hold one count on each segment that they list. With P before W and N after it, the
    /// segments that no live window lists without W are `[max(W.tail, P.head + 1), min(W.head + 1, N.tail))`, since
    /// heads increase and tails never decrease (I9). That stays so while W is being buried: windows that die later list
    /// none of these.
    ///
    /// # Safety
    /// The window is dead and not buried, what was read through it happened before, and no other one is being buried.
    #[inline(always)]
    unsafe fn bury(&mut self, geometry: &Geometry, dead: *mut Window, steps: u64) -> u64 {
        // SAFETY: the windows are the log's; the list of a dead one is the writer's, and those of live ones are frozen.
        unsafe {
            let window = &*dead;
            let (older, newer) = (window.counted.older.get(), window.counted.newer.get());
            let tail = window.tail();
            // The current window is live and newer than every dead one.
            let end = (*newer).tail().min(tail + window.len() as u64);
            let mut begin = tail;
            if let Some(older) = older.as_ref() {
                begin = begin.max(older.tail() + older.len() as u64);
                older.counted.newer.set(newer);
            } else {
                self.oldest = newer;
            }
            self.windows_live -= 1;
            window.counted.buried.set(true);
            (*newer).counted.older.set(older);
            self.let_go(geometry, dead, begin..end.max(begin), steps)
        }
    }

    /// Drops the live windows' count on these segments of a window that was taken out of the live ones, one segment a
    /// step. Returns how many steps are left. With the last segment, the window comes to the pool if it was handed
    /// over, too.
    ///
    /// # Safety
    /// The window is dead and buried, and these are what is left of its segments to let go. No other window is being
    /// buried.
    #[inline(always)]
    unsafe fn let_go(&mut self, geometry: &Geometry, dead: *mut Window, sequences: Range<u64>, steps: u64) -> u64 {
        // SAFETY: I6: windows live as long as the core.
        let window = unsafe { &*dead };
        // SAFETY: I2: the list is frozen until the burial ends, which is below; the caller is the writer.
        let (tail, table) = unsafe { (window.tail(), window.table()) };
        let segments = (sequences.end - sequences.start).min(steps);
        let stop = sequences.start + segments;
        for sequence in sequences.start..stop {
            // SAFETY: I2: as above, and the sequence is one that the window lists. The segment is alive: the live
            // windows' count on it goes here.
            let (segment, refs) = unsafe {
                let segment = window.segment((sequence - tail) as usize);
                (segment, &(*segment).held.refs)
            };
            // E3 Acquire, both: what pins read before they let go happened before the reuse. What views read is ordered
            // by their unpinning. No Release, since it is the writer again that reuses what a later pin frees.
            // A lone count is the windows' own, and nobody can raise it: no view covers the segment, and no pin holds
            // it.
            if refs.load(ordering!(E3_BURY_ALONE, Acquire)) == 1 {
                // Relaxed: nobody else can reach the segment.
                refs.store(0, Ordering::Relaxed);
                // SAFETY: I3, I5: no window lists it, no pin holds it, and it is on no list.
                unsafe { self.reclaim(geometry, segment) };
            } else if refs.fetch_sub(1, ordering!(E3_BURY, Acquire)) == 1 {
                // SAFETY: I3, I5: as above.
                unsafe { self.reclaim(geometry, segment) };
            }
        }
        if stop < sequences.end {
            (self.burying, self.bury_from, self.bury_to) = (dead, stop, sequences.end);
            return 0;
        }
        self.burying = null_mut();
        if self.oldest_in_table == dead {
            // Not before, since the burial read its slots. It is a range of the current window's table, and so are all
            // newer ones. The next of these is live, since one window is buried at a time.
            // SAFETY: the links of windows are the writer's.
            self.oldest_in_table = unsafe { window.counted.newer.get() };
        }
        // SAFETY: the counts and the links of tables and windows are the writer's. A table without live windows, and a
        // window that was buried and taken over, are on no list.
        unsafe {
            if Table::count(table, -1) == 0 {
                self.tables.push_front(table);
            }
            if window.counted.taken.get() {
                self.windows.push_front(dead);
            }
        }
        steps - segments
    }

    /// Takes back a segment that nobody can see any more. It goes to the pool, or to the reclaimed ones if it must be
    /// cleaned first.
    ///
    /// # Safety
    /// I5: the segment is the writer's, and on no list.
    #[inline]
    unsafe fn reclaim(&mut self, geometry: &Geometry, segment: *mut Segment) {
        self.pooled += 1;
        // SAFETY: I5: the segment is the writer's, and comes to one list here.
        unsafe {
            if geometry.cleans_segments() {
                self.reclaimed.push(segment);
            } else {
                (*segment).shown.final_count.set(0);
                self.segments.push_front(segment);
            }
        }
    }

    /// The values of the next reclaimed segment: where they are, and how many must be dropped. The segment is in the
    /// pool already, so nothing is lost if a drop panics.
    pub(crate) fn next_to_drop(&mut self, supply: &Supply) -> Option<(*mut u8, usize)> {
        // SAFETY: I5: reclaimed segments are the writer's.
        unsafe {
            let segment = self.reclaimed.pop()?;
            let count = segment.as_ref().shown.final_count.get() as usize;
            segment.as_ref().shown.final_count.set(0);
            self.segments.push_front(segment.as_ptr());
            Some((supply.geometry.data(segment.as_ptr()), count))
        }
    }

    /// Takes all tables off their lists.
    ///
    /// # Safety
    /// Nobody uses the log any more.
    pub(crate) unsafe fn all_tables(&mut self, geometry: &Geometry) -> List<Table> {
        // SAFETY: the live windows are the caller's. The live windows of one table follow each other, since the writer
        // leaves a table for good.
        unsafe {
            if !self.burying.is_null() {
                self.go_on_burying(geometry, u64::MAX);
            }
            let mut tables = ::core::mem::replace(&mut self.tables, List::EMPTY);
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
            tables
        }
    }
}
