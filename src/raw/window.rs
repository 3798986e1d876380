//! A window: an immutable list of the segments retained at one moment, oldest first, head last.

use ::core::ptr::null_mut;

use super::core::Core;
use super::segment::Segment;
use super::stack::Linked;
use crate::sync::{AtomicU64, Ordering, Plain, ordering};

/// The header; the list of at most K segments lies behind it.
#[repr(C)]
pub(crate) struct Window {
    pub(crate) counted: Counted,
    pub(crate) listed: Listed,
}

/// What readers write, and the links that only the writer follows.
#[repr(C, align(128))]
pub(crate) struct Counted {
    /// Pins: one of the log's own while the window is current, one for each view. Zero: dead, or not opened yet.
    pins: AtomicU64,
    link: Plain<*mut Window>,
    /// Neighbours among the live windows (opened and not yet collected), ordered by head sequence.
    pub(crate) older: Plain<*mut Window>,
    pub(crate) newer: Plain<*mut Window>,
    /// All windows of the log ever allocated; written by the writer, walked by the last handle.
    pub(crate) all: Plain<*mut Window>,
}

/// What readers read, frozen from the opening to the death (I2). Starts a cache line of its own.
#[repr(C, align(128))]
pub(crate) struct Listed {
    len: Plain<u32>,
    /// Sequence of the oldest record.
    begin: Plain<u64>,
    /// Sequence of the oldest segment.
    tail: Plain<u64>,
}

#[cfg(not(loom))]
const _: () = assert!(size_of::<Window>() == 256);

impl Linked for Window {
    fn link(&self) -> &Plain<*mut Window> {
        &self.counted.link
    }
}

impl Window {
    pub(crate) fn new(all: *mut Window) -> Window {
        Window {
            counted: Counted {
                pins: AtomicU64::new(0),
                link: Plain::new(null_mut()),
                older: Plain::new(null_mut()),
                newer: Plain::new(null_mut()),
                all: Plain::new(all),
            },
            listed: Listed { len: Plain::new(0), begin: Plain::new(0), tail: Plain::new(0) },
        }
    }

    /// The slot of the list with this index.
    ///
    /// # Safety
    /// `this` is a window of a log and `index < K`.
    #[inline(always)]
    pub(crate) unsafe fn slot<'a>(this: *const Window, index: usize) -> &'a Plain<*mut Segment> {
        // SAFETY: `Geometry` laid K slots out behind the header; `this` points to the whole allocation.
        unsafe { &*this.add(1).cast::<Plain<*mut Segment>>().add(index) }
    }

    /// The segment with this index.
    ///
    /// # Safety
    /// The window is pinned (or the caller is the writer) and `index < len`.
    #[inline(always)]
    pub(crate) unsafe fn segment(this: *const Window, index: usize) -> *mut Segment {
        // SAFETY: I2: the list is frozen while the window is pinned.
        unsafe { Window::slot(this, index).get() }
    }

    /// # Safety
    /// The window is pinned, or the caller is the writer.
    #[inline(always)]
    pub(crate) unsafe fn len(&self) -> usize {
        // SAFETY: I2.
        unsafe { self.listed.len.get() as usize }
    }

    /// Sequence of the oldest record.
    ///
    /// # Safety
    /// As `len`.
    #[inline(always)]
    pub(crate) unsafe fn begin(&self) -> u64 {
        // SAFETY: I2.
        unsafe { self.listed.begin.get() }
    }

    /// Sequence of the oldest segment.
    ///
    /// # Safety
    /// As `len`.
    #[inline(always)]
    pub(crate) unsafe fn tail(&self) -> u64 {
        // SAFETY: I2.
        unsafe { self.listed.tail.get() }
    }

    /// The newest segment, the only one that may still grow.
    ///
    /// # Safety
    /// As `len`; and the window is not empty, which none that was opened is.
    #[inline(always)]
    pub(crate) unsafe fn head(this: *const Window) -> *mut Segment {
        // SAFETY: I2; a window lists at least one segment.
        unsafe { Window::segment(this, (*this).len() - 1) }
    }

    /// Says what the filled list holds, and opens the window to readers with one pin, the log's own.
    ///
    /// # Safety
    /// The caller is the writer, the window is dead or new, and its first `len` slots hold consecutive segments.
    pub(crate) unsafe fn open(this: *const Window, len: usize) {
        // SAFETY: the window has no pins, so it is the writer's alone.
        unsafe {
            let oldest = &(*Window::slot(this, 0).get()).shown;
            (*this).listed.len.set(len as u32);
            (*this).listed.begin.set(oldest.first_sequence.get());
            (*this).listed.tail.set(oldest.sequence.get());
            // E2 Release: pairs with the Acquire in `try_pin`; a reader that raises the count sees the list, and that
            // `current` has moved on from what this window's memory was before.
            (*this).counted.pins.store(1, ordering!(E2_OPEN, Release));
        }
    }

    /// Raises the count unless it is zero. Lock-free: an exchange fails only because another one succeeded.
    ///
    /// The window may be dead or another one by now: windows are type-stable, so the count is always a count.
    #[inline]
    pub(crate) fn try_pin(&self) -> bool {
        // Relaxed: a guess that the exchange checks.
        let mut pins = self.counted.pins.load(Ordering::Relaxed);
        while pins != 0 {
            // E2 Acquire: pairs with `open`. Relaxed on failure: nothing was learnt but the count.
            let raised =
                self.counted.pins.compare_exchange_weak(pins, pins + 1, ordering!(E2_PIN, Acquire), Ordering::Relaxed);
            match raised {
                Ok(_) => return true,
                Err(now) => pins = now,
            }
        }
        // I3: only the writer's opening leads away from zero.
        false
    }

    /// Raises a count that cannot be zero, since the caller holds a pin.
    #[inline]
    pub(crate) fn pin_again(&self) {
        // Relaxed: the pin that the caller holds orders everything that a second one could.
        self.counted.pins.fetch_add(1, Ordering::Relaxed);
    }

    /// How many pins there are, for those who count them.
    pub(crate) fn pins(&self) -> u64 {
        // Relaxed: a figure.
        self.counted.pins.load(Ordering::Relaxed)
    }

    /// Lets a pin go. True: that was the last, and the caller must retire the window.
    #[inline]
    #[must_use]
    fn unpin(&self) -> bool {
        // E3 Release: what was read through the window happened before its reuse; Acquire: whoever comes to zero passes
        // on what the others read before they let go.
        self.counted.pins.fetch_sub(1, ordering!(E3_UNPIN, AcqRel)) == 1
    }
    /// Lets a pin go, and hands the window to the writer if that was the last.
    ///
    /// # Safety
    /// The caller holds a pin on this window of the log of `core`.
    #[inline]
    pub(crate) unsafe fn release(this: *const Window, core: &Core) {
        // SAFETY: windows live as long as the core. At zero the window is on no list (I3), and only we saw it.
        unsafe {
            if (*this).unpin() {
                core.retired.push(this.cast_mut());
            }
        }
    }
}
