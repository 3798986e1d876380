//! Where the writer's segments and windows come from, and how dead ones come back: collecting.

use ::core::ptr::{NonNull, null_mut};

use super::core::Core;
use super::segment::Segment;
use super::stack::Linked;
use super::window::Window;
use crate::Error;
use crate::sync::{Ordering, ordering};

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

/// What the writer keeps for its next rolls, and everything that there is to free in the end.
#[derive(Clone, Copy)]
pub(crate) struct Pool {
    /// The last one in is the first one out, while its lines are warm.
    segments: List<Segment>,
    windows: List<Window>,
    /// Segments that nobody can see any more and whose values are still to be dropped.
    reclaimed: List<Segment>,
    /// The window that the next roll will open, secured before its first segment is taken: so a publication cannot fail.
    pub(crate) spare: *mut Window,
    pub(crate) all_segments: *mut Segment,
    pub(crate) all_windows: *mut Window,
    /// How many segments there are.
    pub(crate) allocated: u32,
}

impl Pool {
    pub(crate) const EMPTY: Pool = Pool {
        segments: List::EMPTY,
        windows: List::EMPTY,
        reclaimed: List::EMPTY,
        spare: null_mut(),
        all_segments: null_mut(),
        all_windows: null_mut(),
        allocated: 0,
    };

    /// Puts as many new segments and windows into the pool.
    pub(crate) fn preallocate(&mut self, core: &Core, segments: u32, windows: u32) -> Result<(), Error> {
        for _ in 0..segments {
            let segment = self.allocate_segment(core)?;
            // SAFETY: the segment is new.
            unsafe { self.segments.push_front(segment.as_ptr()) };
        }
        for _ in 0..windows {
            let window = core.allocate_window(&mut self.all_windows).ok_or(Error::NoMemory)?;
            // SAFETY: the window is new.
            unsafe { self.windows.push_front(window.as_ptr()) };
        }
        Ok(())
    }

    fn allocate_segment(&mut self, core: &Core) -> Result<NonNull<Segment>, Error> {
        if self.allocated == core.geometry.max_segments {
            return Err(Error::SegmentLimit);
        }
        let segment = core.allocate_segment(&mut self.all_segments).ok_or(Error::NoMemory)?;
        self.allocated += 1;
        Ok(segment)
    }

    /// Secures the window that the next roll will open.
    pub(crate) fn secure_spare(&mut self, core: &Core) -> Result<(), Error> {
        if self.spare.is_null() {
            // SAFETY: the pool's windows are dead and the writer's.
            self.spare = match unsafe { self.windows.pop() } {
                Some(window) => window.as_ptr(),
                None => core.allocate_window(&mut self.all_windows).ok_or(Error::NoMemory)?.as_ptr(),
            };
        }
        Ok(())
    }

    /// A segment that holds nothing, with one count: from the pool, else from the allocator.
    pub(crate) fn take_segment(&mut self, core: &Core) -> Result<NonNull<Segment>, Error> {
        // SAFETY: I5: the pool's segments are the writer's.
        let segment = match unsafe { self.segments.pop() } {
            Some(segment) => segment,
            None => self.allocate_segment(core)?,
        };
        // I3: `refs` leaves zero here only. Relaxed: nobody else can reach the segment before a window is opened with it.
        // SAFETY: the segment is alive, as all of the log's are.
        unsafe { segment.as_ref().held.refs.store(1, Ordering::Relaxed) };
        Ok(segment)
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
                self.reclaimed.push(segment.as_ptr());
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
                self.reclaimed.push(unpinned.as_ptr());
            }
        }
    }

    /// Takes a dead window out of the live ones and drops their count on each segment that only it still listed.
    ///
    /// All live windows together hold one count on each segment they list. With P before and N after W, the segments that
    /// no live window lists without W are `[max(W.tail, P.head + 1), min(W.head + 1, N.tail))`, since heads increase and
    /// tails never decrease (I9).
    unsafe fn bury(&mut self, dead: *mut Window) {
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
            }
            end = end.max(begin);
            (*newer).counted.older.set(older);
            for sequence in begin..end {
                let segment = Window::segment(dead, (sequence - tail) as usize);
                // E3 Acquire: what pins read before they let go happened before the reuse. What views read is ordered by
                // the retired stack; and no Release, since it is the writer again who reuses what a later pin frees.
                if (*segment).held.refs.fetch_sub(1, ordering!(E3_BURY, Acquire)) == 1 {
                    self.reclaimed.push(segment);
                }
            }
            self.windows.push_front(dead);
        }
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
