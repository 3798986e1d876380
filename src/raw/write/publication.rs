//! What becomes visible at one instant: a batch, a group, or all that was appended in the slow path. When the writer
//! goes, it abandons an open group.

use super::writer::RawWriter;
use crate::error::Refusal;
use crate::raw::state::Savepoint;
use crate::sync::Ordering;

/// What a batch returns to if it fails.
#[derive(Clone, Copy)]
struct Batch {
    own_group: bool,
    start: Savepoint,
    /// How many segments there ever were before.
    created: u64,
}

impl RawWriter {
    /// Publishes what was appended. If a group is open, only counts it there.
    pub(crate) fn publish_unless_grouped(&mut self) {
        let RawWriter { core, state, .. } = self;
        if state.in_group {
            // Relaxed: a figure.
            // SAFETY: I6: the target is in the core.
            unsafe { (*state.hot.target).store(state.hot.word, Ordering::Relaxed) };
        } else {
            state.publish(core);
        }
    }

    /// Runs `append`. If that fails or panics, the writer returns to where it began. If it succeeds, all of it becomes
    /// visible at one instant: it is a group of its own, or a part of the open one.
    pub(crate) fn atomically<R>(
        &mut self,
        append: impl FnOnce(&mut RawWriter) -> Result<R, Refusal>,
    ) -> Result<R, Refusal> {
        struct Undo<'w>(&'w mut RawWriter, Batch);
        impl Drop for Undo<'_> {
            fn drop(&mut self) {
                self.0.undo_batch(&self.1);
            }
        }
        let batch = self.open_batch();
        let undo = Undo(&mut *self, batch);
        match append(undo.0) {
            Ok(done) => {
                ::core::mem::forget(undo);
                self.close_batch(&batch);
                Ok(done)
            }
            Err(error) => {
                // Then all segments that it took are in the pool.
                drop(undo);
                self.state.pool.give_back_new(&self.core, batch.created);
                Err(error)
            }
        }
    }

    #[inline(never)]
    fn open_batch(&mut self) -> Batch {
        self.cancel_reservation();
        let own_group = !self.state.in_group;
        if own_group {
            self.open_group();
        }
        Batch { own_group, start: self.state.savepoint(), created: self.state.pool.created() }
    }

    #[inline(never)]
    fn close_batch(&mut self, batch: &Batch) {
        if batch.own_group {
            self.close_group();
        }
        self.publish_unless_grouped();
    }

    #[inline(never)]
    fn undo_batch(&mut self, batch: &Batch) {
        if batch.own_group {
            let _ = self.abandon_group();
        } else {
            self.return_to(batch.start);
        }
    }

    pub(crate) fn begin_group(&mut self) -> Result<(), Refusal> {
        if self.state.in_group {
            return Err(Refusal::State);
        }
        self.cancel_reservation();
        self.open_group();
        Ok(())
    }

    fn open_group(&mut self) {
        let RawWriter { core, state, .. } = self;
        state.in_group = true;
        state.group_start = state.savepoint();
        state.show_group(&core.group);
        state.set_limit(&core.geometry);
    }

    pub(crate) fn publish_group(&mut self) -> Result<(), Refusal> {
        self.end_group()?;
        self.publish_unless_grouped();
        Ok(())
    }

    pub(crate) fn abandon_group(&mut self) -> Result<(), Refusal> {
        self.end_group()?;
        self.return_to(self.state.group_start);
        Ok(())
    }

    fn end_group(&mut self) -> Result<(), Refusal> {
        if !self.state.in_group {
            return Err(Refusal::State);
        }
        self.cancel_reservation();
        self.close_group();
        Ok(())
    }

    fn close_group(&mut self) {
        let RawWriter { core, state, .. } = self;
        state.in_group = false;
        core.group.end();
        state.aim_at_head();
        state.set_limit(&core.geometry);
    }
}

impl Drop for RawWriter {
    fn drop(&mut self) {
        /// Gives the claim back, also if a value's Drop panics while the group is abandoned.
        struct Release<'w>(&'w mut RawWriter);
        impl Drop for Release<'_> {
            fn drop(&mut self) {
                // SAFETY: E5: the claim is ours and this is the last thing we do with it.
                unsafe { self.0.core.unclaim(self.0.state, self.0.finishes) };
                self.0.notify();
            }
        }
        let release = Release(self);
        release.0.cancel_reservation();
        let _ = release.0.abandon_group();
    }
}
