//! Publishing: one store of the head's word, or a roll. It allocates nothing and runs no user code, so it cannot
//! fail.

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

    /// Makes the pending segment, in which there is nothing yet, the only one that is visible, behind a gap of so many
    /// sequences.
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

    /// Opens the spare window on the newest segments, the pending ones included, `most` of them at most, and buries the
    /// old one, if no view holds it.
    fn roll(&mut self, core: &Core, length: u64, most: usize) {
        let old_window = self.window;
        let old_head = self.head;
        let window = ::core::mem::replace(&mut self.pool.spare_window, null_mut());
        // SAFETY: I3: `open_pending` secured the spare window, which is dead or new: the writer's alone until it is
        // opened. Every segment in both lists is alive. The old window is pinned by the log until the end of this
        // function.
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
            // E4 Release: the count that old-window readers could already see stays as it was, never a part of what is
            // being published; a reader may learn of the last records from the sealed word alone.
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
        // SAFETY: I4: the log's own pin, which kept the old window until here; the new one is current.
        unsafe {
            if (*old_window).unpin() {
                // The last: it need not go by the stack.
                self.pool.bury_now(&core.geometry, old_window);
            }
            // Counts only, no user code: so that the figures tell what readers hold, and not what nobody collected yet.
            if self.pool.has_backlog(core) {
                self.pool.collect(core, STEPS);
            }
            self.pool.leave_figures(core, self.window, 0);
        }
        if core.geometry.options.auto_notify {
            core.event.notify();
        }
    }

    /// Enters the pending segments into the table, which the newest `len` segments then are a range of; says which
    /// table.
    ///
    /// # Safety
    /// As many segments are retained and pending.
    unsafe fn fill(&mut self, geometry: &Geometry, len: usize) -> *mut Table {
        let mask = geometry.table_mask;
        // SAFETY: I2: the current window's list is frozen, and no window that is live or being buried lists the slots
        // that are written: else `open_pending` secured a table, since live windows only become fewer until a window is
        // opened.
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
        // SAFETY: nobody but the writer reads `final_count` of the head.
        u64::from(unsafe { (*self.head).shown.final_count.get() })
    }
}
