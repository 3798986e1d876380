//! A handle on the log itself.

#[cfg(feature = "capi")]
use ::core::mem::ManuallyDrop;
use ::core::ops::Deref;
use ::core::ptr::NonNull;

use super::core::{Core, CoreRef, DebugLayout};
use super::memory::layout::Geometry;
use crate::Allocator;
use crate::error::Refusal;
use crate::sync::Ordering;

/// A handle on the log itself: a count on its core. It is counted apart from writers, views and pins.
pub(crate) struct LogRef(CoreRef);

impl LogRef {
    /// Makes a log: empty, without a writer, with this handle.
    pub(crate) fn create(geometry: Geometry, allocator: Allocator) -> Result<LogRef, Refusal> {
        Ok(LogRef::of(CoreRef::create(geometry, allocator, DebugLayout::HERE)?))
    }

    /// One more handle on a log.
    pub(crate) fn new(core: &CoreRef) -> LogRef {
        LogRef::of(core.clone())
    }

    fn of(core: CoreRef) -> LogRef {
        // Relaxed: a figure.
        core.counts.logs.fetch_add(1, Ordering::Relaxed);
        LogRef(core)
    }

    #[cfg(feature = "capi")]
    pub(crate) fn into_raw(self) -> *mut Core {
        ManuallyDrop::new(self).0.as_ptr().as_ptr()
    }

    /// # Safety
    /// `core` came from `into_raw`, and that handle was not taken back yet. Or the result is never dropped, and a
    /// handle on the log outlives it.
    pub(crate) unsafe fn from_raw(core: NonNull<Core>) -> LogRef {
        // SAFETY: the result takes over the count of the handle from `into_raw`. In the caller's second case, a count
        // outlives it, and it is never dropped.
        LogRef(unsafe { CoreRef::from_ptr(core) })
    }
}

impl Deref for LogRef {
    type Target = CoreRef;
    #[inline(always)]
    fn deref(&self) -> &CoreRef {
        &self.0
    }
}

impl Clone for LogRef {
    fn clone(&self) -> LogRef {
        LogRef::new(&self.0)
    }
}

impl Drop for LogRef {
    fn drop(&mut self) {
        // Relaxed: a figure. It goes before the count on the core, which keeps it.
        self.0.counts.logs.fetch_sub(1, Ordering::Relaxed);
    }
}
