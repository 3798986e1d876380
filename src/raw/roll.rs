//! Publishing: one store of the head's word, or a roll. It allocates nothing and runs no user code, so it cannot
//! fail.

use ::core::ptr::null_mut;

use super::core::Core;
use super::layout::Geometry;
use super::segment::Segment;
use super::state::State;
use super::window::Window;
use super::word;
use crate::sync::{Ordering, mutant, ordering};

impl State {
    /// Makes everything that was appended visible at one instant.
    pub(crate) fn publish(&mut self, core: &Core) {
        let length = self.unpublished();
        if length == 0 {
            return;
        }
        if self.pending_len > 0 {
            self.roll(core, length);
        } else {
            let word = word::pack(length, self.index());
            // E1 Release: as in `RawWriter::advance`.
            // SAFETY: the head is alive.
            unsafe { (*self.head).shown.published.store(word, ordering!(E1_PUBLISH_GROUP, Release)) };
        }
        if core.geometry.options.auto_notify {
            core.event.notify();
        }
    }

    /// Opens the spare window on the newest K segments, the pending ones included, and retires the old one.
    fn roll(&mut self, core: &Core, length: u64) {
        let old_window = self.window;
        let old_head = self.head;
        let window = ::core::mem::replace(&mut self.pool.spare, null_mut());
        // SAFETY: `open_pending` secured the spare window, which is dead or new: the writer's alone until it is opened.
        // Every segment in both lists is alive. The old window is pinned by the log until the end of this function.
        unsafe {
            let len = self.fill(window, &core.geometry);
            // Relaxed: nobody can see this segment before the window is opened.
            (*self.tail).shown.published.store(word::pack(length, self.index()), Ordering::Relaxed);
            (*window).counted.older.set(old_window);
            (*window).counted.newer.set(null_mut());
            (*old_window).counted.newer.set(window);
            Window::open(window, len);
            if mutant!(SWAP_SEAL_AND_CURRENT) {
                core.current.store(window, Ordering::Release);
            }
            // E4 Release: the count that old-window readers could already see stays as it was, never a part of what is
            // being published; a reader may learn of the last records from the sealed word alone.
            // Relaxed load: only the writer stores here.
            let seen = (*old_head).shown.published.load(Ordering::Relaxed);
            let seen = if mutant!(SEAL_SHOWS_MORE) { word::pack(1, self.old_head_count()) } else { seen };
            (*old_head).shown.published.store(seen | word::SEALED, ordering!(E4_SEAL, Release));
            // E2 Release: pairs with the Acquire loads of `current`. After the seal: whoever sees the new window also
            // sees that the old head is sealed, so no refresh returns an older state than another one before it (I10).
            core.current.store(window, ordering!(E2_CURRENT, Release));
        }
        self.window = window;
        self.head = self.tail;
        self.pending = super::pool::List::EMPTY;
        self.pending_len = 0;
        self.aim_at_head();
        self.pool.windows_live += 1;
        // SAFETY: I4: the log's own pin, which kept the old window until here; the new one is current.
        unsafe {
            Window::release(old_window, core);
            // Counts only, no user code: so that the figures tell what readers hold, and not what nobody collected yet.
            self.pool.collect(core);
            self.pool.leave_figures(core, self.window, 0);
        }
    }

    /// Lists the newest K of the old window's segments and the pending ones; says how many.
    ///
    /// # Safety
    /// The window is the writer's alone.
    unsafe fn fill(&self, window: *mut Window, geometry: &Geometry) -> usize {
        let pending = self.pending_len as usize;
        // SAFETY: the current window's list is frozen; at most K segments are pending, and the slots of both are K.
        unsafe {
            let retained = (*self.window).len();
            let kept = retained.min(geometry.window_segments - pending);
            for index in 0..kept {
                let segment = Window::slot(self.window, retained - kept + index).get();
                Window::slot(window, index).set(segment);
            }
            let mut segment: *mut Segment = self.pending.first;
            for index in 0..pending {
                Window::slot(window, kept + index).set(segment);
                segment = super::stack::Linked::link(&*segment).get();
            }
            kept + pending
        }
    }

    fn old_head_count(&self) -> u64 {
        // SAFETY: the writer's own.
        u64::from(unsafe { (*self.head).shown.final_count.get() })
    }
}
