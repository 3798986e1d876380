//! A window: an immutable list of the segments retained at one moment, oldest first, head last. The list is a range of
//! a table, which consecutive windows share.

use ::core::ptr::null_mut;

use super::segment::Segment;
use super::stack::{Linked, Stack};
use super::table::Table;
use crate::sync::{AtomicU64, Ordering, Plain, ordering};

#[repr(C)]
pub(crate) struct Window {
    pub(crate) counted: Counted,
    pub(crate) listed: Listed,
}

/// What readers write, and the links that only the writer follows.
#[repr(C, align(128))]
pub(crate) struct Counted {
    /// Pins: one of the log's own while the window is current, one for each view. Zero: dead, or not opened yet.
    pub(in crate::raw) pins: AtomicU64,
    link: Plain<*mut Window>,
    /// Whether the window, since it was opened, has come to the writer from the thread that let it go last.
    pub(crate) taken: Plain<bool>,
    /// Whether the writer, since it opened the window, took it out of the live ones. A window that is both taken and
    /// buried may be opened again.
    pub(crate) buried: Plain<bool>,
    /// Neighbours among the live windows (opened and not yet buried), ordered by head sequence.
    pub(crate) older: Plain<*mut Window>,
    pub(crate) newer: Plain<*mut Window>,
    /// The next in the list of all windows of the log ever allocated. It is frozen once the window is in that list.
    pub(crate) all: Plain<*mut Window>,
}

/// What readers read. It is frozen from the opening to the end of the burial (I2), and starts a cache line of its own.
#[repr(C, align(128))]
pub(crate) struct Listed {
    /// The newest segment, the only one that may still grow.
    pub(in crate::raw) head: Plain<*mut Segment>,
    /// Sequence of the oldest record.
    pub(in crate::raw) begin: Plain<u64>,
    /// The table in which the segments stand: those with the `len` sequences from `tail` on.
    pub(in crate::raw) table: Plain<*mut Table>,
    pub(in crate::raw) mask: Plain<usize>,
    pub(in crate::raw) tail: Plain<u64>,
    pub(in crate::raw) len: Plain<u32>,
}

#[cfg(not(any(loom, shuttle)))]
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
                taken: Plain::new(false),
                buried: Plain::new(false),
                older: Plain::new(null_mut()),
                newer: Plain::new(null_mut()),
                all: Plain::new(all),
            },
            listed: Listed {
                head: Plain::new(null_mut()),
                begin: Plain::new(0),
                table: Plain::new(null_mut()),
                mask: Plain::new(0),
                tail: Plain::new(0),
                len: Plain::new(0),
            },
        }
    }

    /// The segment with this index.
    ///
    /// # Safety
    /// The window is pinned (or the caller is the writer) and `index < len`.
    #[inline(always)]
    pub(crate) unsafe fn segment(&self, index: usize) -> *mut Segment {
        // SAFETY: I2: the list is frozen while the window is pinned.
        unsafe {
            let listed = &self.listed;
            Table::slot(listed.table.get(), listed.tail.get() + index as u64, listed.mask.get()).get()
        }
    }

    /// # Safety
    /// The window is pinned, or the caller is the writer.
    #[inline(always)]
    pub(crate) unsafe fn len(&self) -> usize {
        // SAFETY: I2: pinned, or the writer's: frozen either way.
        unsafe { self.listed.len.get() as usize }
    }

    /// Sequence of the oldest record.
    ///
    /// # Safety
    /// As `len`.
    #[inline(always)]
    pub(crate) unsafe fn begin(&self) -> u64 {
        // SAFETY: I2: as for `len`.
        unsafe { self.listed.begin.get() }
    }

    /// Sequence of the oldest segment.
    ///
    /// # Safety
    /// As `len`.
    #[inline(always)]
    pub(crate) unsafe fn tail(&self) -> u64 {
        // SAFETY: I2: as for `len`.
        unsafe { self.listed.tail.get() }
    }

    /// The newest segment, the only one that may still grow.
    ///
    /// # Safety
    /// As `len`.
    #[inline(always)]
    pub(crate) unsafe fn head(&self) -> *mut Segment {
        // SAFETY: I2: as for `len`.
        unsafe { self.listed.head.get() }
    }

    /// The table that the list is a range of.
    ///
    /// # Safety
    /// The caller is the writer.
    pub(crate) unsafe fn table(&self) -> *mut Table {
        // SAFETY: I2: only the writer writes the list, and not while it is open. The caller is the writer.
        unsafe { self.listed.table.get() }
    }

    /// Sets what the window lists, and opens it to readers with one pin, the log's own.
    ///
    /// # Safety
    /// The caller is the writer. The window is dead or new. The slots of the `len` segments up to `head` are filled.
    pub(crate) unsafe fn open(&self, table: *mut Table, mask: usize, head: *mut Segment, len: usize) {
        // SAFETY: the window has no pins, so it is the writer's alone.
        unsafe {
            let tail = (*head).shown.sequence.get() + 1 - len as u64;
            let oldest = Table::slot(table, tail, mask).get();
            self.listed.head.set(head);
            self.listed.begin.set((*oldest).shown.first_sequence.get());
            self.listed.table.set(table);
            self.listed.mask.set(mask);
            self.listed.tail.set(tail);
            self.listed.len.set(len as u32);
            // E2 Release: pairs with the Acquire in `try_pin`; a reader that raises the count sees the list, and that
            // `current` has moved on from what this window's memory was before.
            self.counted.pins.store(1, ordering!(E2_OPEN, Release));
        }
    }

    /// Raises the count unless it is zero. Lock-free: an exchange fails only because another thread changed the count,
    /// or by itself.
    ///
    /// The window may be dead, or its memory another window's, by now. Windows are type-stable, so the count is always
    /// a count.
    #[inline]
    pub(crate) fn try_pin(&self) -> bool {
        // Relaxed: a guess that the exchange checks.
        let mut pins = self.counted.pins.load(Ordering::Relaxed);
        while pins != 0 {
            // E2 Acquire: pairs with `open`. Relaxed on failure: nothing was learnt except the count.
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

    /// Whether nobody looks through the window any more. Then nobody will. The window must have been opened.
    pub(crate) fn is_dead(&self) -> bool {
        // E3 Acquire: pairs with every `unpin`, each of which is a read-modify-write. So what was read through the
        // window happened before its segments are used again.
        self.counted.pins.load(ordering!(E3_DEAD, Acquire)) == 0
    }

    /// How many pins there are, for descriptions.
    pub(crate) fn pins(&self) -> u64 {
        // Relaxed: a figure.
        self.counted.pins.load(Ordering::Relaxed)
    }

    /// Lets a pin go. True: that was the last one. Then the caller must retire the window, or bury it if the caller is
    /// the writer.
    #[inline]
    #[must_use]
    pub(crate) fn unpin(&self) -> bool {
        // E3 Release: pairs with `is_dead`; what was read through the window happened before its segments are used
        // again.
        self.counted.pins.fetch_sub(1, ordering!(E3_UNPIN, Release)) == 1
    }

    /// Lets a pin go. If that was the last one, retires the window, so that the writer collects it.
    ///
    /// # Safety
    /// The caller holds a pin on this window. `retired` is the stack of the window's log.
    #[inline]
    pub(crate) unsafe fn release(this: *const Window, retired: &Stack<Window>) {
        // SAFETY: I6: windows live as long as the core, so this one outlives the pin that goes here.
        if unsafe { (*this).unpin() } {
            // SAFETY: I3: at zero nobody raises the count, so only we saw it come to zero: nobody else pushes the
            // window, and the writer does not touch its link until it is taken from the stack.
            unsafe { retired.push(this.cast_mut()) };
        }
    }
}
