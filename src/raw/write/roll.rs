//! Publishing: one store of the head's word, or a roll. It allocates nothing and runs no user code, so it cannot fail.

use ::core::ptr::null_mut;

use crate::raw::core::Core;
use crate::raw::memory::collect::STEPS;
use crate::raw::memory::layout::Geometry;
use crate::raw::memory::list::List;
use crate::raw::memory::stack::Linked;
use crate::raw::memory::table::Table;
use crate::raw::state::State;
use crate::raw::word;
use crate::sync::{Ordering, mutant, ordering};

impl State {
    /// Makes everything that was appended visible at one instant.
    pub(crate) fn publish(&mut self, core: &Core) {
        let length = self.unpublished();
        if length == 0 {
            return;
        }
        if self.pending_len > 0 {
            return self.roll(core, length, core.geometry.window_segments.get() as usize);
        }
        let word = word::pack(length, self.index());
        // E1 Release: as in `RawWriter::advance`.
        // SAFETY: I5: the head is listed by the current window, so it is alive.
        unsafe { (*self.head).shown.published.store(word, ordering!(E1_PUBLISH_GROUP, Release)) };
        if core.geometry.options.auto_notify {
            core.event.notify();
        }
    }

    /// Makes the pending segment, which is empty, the only visible one, behind a gap of so many sequences.
    pub(crate) fn show_tail_alone(&mut self, core: &Core, gap: u64) {
        // SAFETY: I5: the segment is pending, the writer's alone. I8: no window lists segments from both sides of the
        // gap.
        unsafe {
            let tail = &(*self.tail).shown;
            tail.first_sequence.set(tail.first_sequence.get() + gap);
            tail.skipped.set(tail.skipped.get() + gap);
        }
        self.roll(core, 0, if mutant!(SHOW_A_GAP) { 2 } else { 1 });
    }

    /// Opens the spare window on the newest segments: at most `most`, pending ones included. Buries the old window if
    /// no view holds it.
    fn roll(&mut self, core: &Core, length: u64, most: usize) {
        let old_window = self.window;
        let old_head = self.head;
        let window = ::core::mem::replace(&mut self.pool.spare_window, null_mut());
        // SAFETY: I3: `open_pending` secured the spare window, which is dead or new: the writer's alone until it is
        // opened. Every segment in both lists is alive. The log's own pin keeps the old window until it goes below.
        unsafe {
            let retained = (*old_window).len() + self.pending_len as usize;
            let len = retained.min(most);
            let table = self.fill(&core.geometry, len);
            // Relaxed: nobody can see this segment before the window is opened.
            (*self.tail).shown.published.store(word::pack(length, self.index()), Ordering::Relaxed);
            self.pool.open_window(window, old_window, (table, core.geometry.table_mask), self.tail, len);
            if mutant!(SWAP_SEAL_AND_CURRENT) {
                core.current.store(window, Ordering::Release);
            }
            // E4 Release: a reader may learn of the last records from the sealed word alone. The count stays what
            // readers of the old window could already see. It never shows a part of what is being published.
            // Relaxed load: only the writer stores here.
            let seen = (*old_head).shown.published.load(Ordering::Relaxed);
            let seen = if mutant!(SEAL_SHOWS_MORE) { word::pack(1, self.old_head_count()) } else { seen };
            (*old_head).shown.published.store(seen | word::SEALED, ordering!(E4_SEAL, Release));
            // E2 Release: pairs with the Acquire loads of `current`. After the seal: a thread that sees the new window
            // also sees that the old head is sealed, so no refresh returns an older state than one that happened before
            // it (I10).
            core.current.store(window, ordering!(E2_CURRENT, Release));
        }
        self.window = window;
        self.head = self.tail;
        self.pending = List::EMPTY;
        self.pending_len = 0;
        self.aim_at_head();
        // SAFETY: I4: the log's own pin kept the old window until here, and goes once. The new window is current.
        unsafe {
            if (*old_window).unpin() {
                // That was the last pin, so the window need not go by the stack.
                self.pool.bury_now(&core.geometry, old_window);
            }
            // It changes counts only, and runs no user code. So the figures tell what readers hold, without what is not
            // collected yet.
            if self.pool.has_backlog(core) {
                self.pool.collect(core, STEPS);
            }
            self.pool.leave_figures(core, self.window, 0);
        }
        if core.geometry.options.auto_notify {
            core.event.notify();
        }
    }

    /// Enters the pending segments into the table. The newest `len` segments are then a range of it. Returns the table,
    /// which may be another one.
    ///
    /// # Safety
    /// So many segments are retained or pending.
    unsafe fn fill(&mut self, geometry: &Geometry, len: usize) -> *mut Table {
        let mask = geometry.table_mask;
        // SAFETY: I2: the current window's list is frozen. No window that is live or being buried lists the slots that
        // are written. If one did when the segments were taken, `open_pending` secured another table. Until a window is
        // opened, live windows only become fewer.
        unsafe {
            let mut table = (*self.window).table();
            let newest = (*self.tail).shown.sequence.get();
            if self.pool.table_is_full(newest, geometry) {
                let full = ::core::mem::replace(&mut table, self.pool.spare_table);
                self.pool.spare_table = null_mut();
                for sequence in newest + 1 - len as u64..=(*self.head).shown.sequence.get() {
                    Table::slot(table, sequence, mask).set(Table::slot(full, sequence, mask).get());
                }
            }
            let mut segment = self.pending.first;
            while let Some(pending) = segment.as_ref() {
                Table::slot(table, pending.shown.sequence.get(), mask).set(segment);
                segment = pending.link().get();
            }
            table
        }
    }

    fn old_head_count(&self) -> u64 {
        // SAFETY: only the writer reads `final_count` of the head.
        u64::from(unsafe { (*self.head).shown.final_count.get() })
    }
}
