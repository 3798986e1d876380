//! What the writer's pool draws on: memory of the log's allocator, and what readers let go.

use ::core::alloc::Layout;
use ::core::ptr::{NonNull, null_mut};

use super::figures::{Counts, Figures};
use super::layout::Geometry;
use super::segment::Segment;
use super::stack::Stack;
use super::table::Table;
use super::window::Window;
use crate::Allocator;
use crate::error::Refusal;
#[cfg(feature = "checked")]
use crate::sync::Plain;
use crate::sync::{AtomicPtr, Line, Ordering, ordering};

#[repr(C)]
pub(crate) struct Supply {
    pub(crate) allocator: Allocator,
    pub(crate) geometry: Geometry,
    /// Dead windows, for the writer to collect.
    pub(crate) retired: Line<Stack<Window>>,
    /// Segments that only pins held, and that the last of these pins let go.
    pub(crate) free: Line<Stack<Segment>>,
    pub(crate) counts: Line<Counts>,
    /// Memory of destroyed handles. It is kept until the log goes, so that a use of them is detected.
    #[cfg(feature = "checked")]
    graveyard: Line<Stack<Grave>>,
    // From here on only the writer writes.
    pub(crate) figures: Line<Figures>,
    /// All windows ever allocated. Descriptions and the teardown walk them.
    pub(in crate::raw) all_windows: AtomicPtr<Window>,
}

impl Supply {
    pub(in crate::raw) fn new(geometry: Geometry, allocator: Allocator) -> Supply {
        Supply {
            allocator,
            geometry,
            retired: Line(Stack::new()),
            free: Line(Stack::new()),
            counts: Line(Counts::new()),
            #[cfg(feature = "checked")]
            graveyard: Line(Stack::new()),
            figures: Line(Figures::new()),
            all_windows: AtomicPtr::new(null_mut()),
        }
    }

    /// Allocates a block for the log or for a handle, and counts it.
    pub(crate) fn allocate(&self, layout: Layout) -> Result<NonNull<u8>, Refusal> {
        match self.allocator.allocate(layout) {
            Some(block) => {
                if self.geometry.options.prefault {
                    // SAFETY: the block is new, and has as many bytes.
                    unsafe { block.write_bytes(0, layout.size()) };
                }
                self.counts.bytes_allocated.fetch_add(layout.size() as u64, Ordering::Relaxed);
                Ok(block)
            }
            None => {
                self.counts.allocation_failures.fetch_add(1, Ordering::Relaxed);
                Err(Refusal::NoMemory)
            }
        }
    }

    /// Gives a block back.
    ///
    /// # Safety
    /// It came from `allocate` with this layout, and is nobody's any more.
    pub(crate) unsafe fn free(&self, block: NonNull<u8>, layout: Layout) {
        self.count_free(layout);
        // SAFETY: the block came from `allocate`, and so from this allocator, with this layout, and is nobody's any
        // more.
        unsafe { self.allocator.deallocate(block, layout) };
    }

    fn count_free(&self, layout: Layout) {
        // Relaxed: a figure.
        self.counts.bytes_allocated.fetch_sub(layout.size() as u64, Ordering::Relaxed);
    }

    /// Allocates a segment that holds nothing, and puts it at the front of the list of all.
    pub(crate) fn allocate_segment(&self, all: &mut *mut Segment) -> Result<NonNull<Segment>, Refusal> {
        let segment = self.allocate(self.geometry.segment)?.cast::<Segment>();
        // SAFETY: the block is new, and of the segments' layout.
        unsafe { segment.write(Segment::new(*all)) };
        *all = segment.as_ptr();
        Ok(segment)
    }

    /// Allocates a window that lists nothing, and puts it at the front of the list of all.
    #[inline(never)]
    pub(crate) fn allocate_window(&self) -> Result<NonNull<Window>, Refusal> {
        let window = self.allocate(Layout::new::<Window>())?.cast::<Window>();
        // Relaxed: only the writer adds.
        let all = self.all_windows.load(Ordering::Relaxed);
        // SAFETY: the block is new, and of the windows' layout.
        unsafe { window.write(Window::new(all)) };
        // E2 Release: pairs with the Acquire in `windows`; a thread that walks the list finds each window made.
        self.all_windows.store(window.as_ptr(), ordering!(E2_LIST, Release));
        Ok(window)
    }

    /// Every window, the last allocated one first. Any thread may go through them. They may be alive or dead.
    pub(crate) fn windows(&self) -> impl Iterator<Item = &Window> {
        // E2 Acquire: pairs with the writer's store; the windows behind it are there, and stay until the core goes.
        let mut next = self.all_windows.load(ordering!(E2_WALK, Acquire)).cast_const();
        ::core::iter::from_fn(move || {
            // SAFETY: I6: windows live as long as the core; E2: each was made before it came to the list, where its
            // link is frozen.
            unsafe {
                let window = next.as_ref()?;
                next = window.counted.all.get();
                Some(window)
            }
        })
    }

    /// Allocates an empty table.
    pub(crate) fn allocate_table(&self) -> Result<NonNull<Table>, Refusal> {
        let table = self.allocate(self.geometry.table)?.cast::<Table>();
        // SAFETY: the block is new, and of the tables' layout.
        unsafe { Table::make(table.as_ptr(), self.geometry.table_mask + 1) };
        Ok(table)
    }

    /// Takes back the memory of a handle that was destroyed. A checked build keeps it until the log goes, and counts it
    /// as given back.
    ///
    /// # Safety
    /// As `free`.
    #[cfg(feature = "capi")]
    pub(crate) unsafe fn free_handle(&self, block: NonNull<u8>, layout: Layout) {
        #[cfg(not(feature = "checked"))]
        // SAFETY: the caller keeps what `free` demands.
        unsafe {
            self.free(block, layout)
        };
        #[cfg(feature = "checked")]
        {
            assert!(layout.size() >= size_of::<Grave>() && layout.align() >= align_of::<Grave>());
            self.count_free(layout);
            let grave = block.cast::<Grave>();
            // SAFETY: as `free` demands, the block is nobody's any more. It is large enough, as asserted above, and on
            // no list.
            unsafe {
                grave.write(Grave { tag: 0, link: Plain::new(null_mut()), layout });
                self.graveyard.push(grave.as_ptr());
            }
        }
    }

    /// Gives the memory of destroyed handles back to the allocator, when the log goes.
    #[cfg(feature = "checked")]
    pub(in crate::raw) fn free_graves(&self) {
        let mut grave = self.graveyard.take();
        while let Some(each) = NonNull::new(grave) {
            // SAFETY: the blocks in the graveyard are ours, and each has the layout that it names.
            unsafe {
                grave = each.as_ref().link.get();
                self.allocator.deallocate(each.cast(), each.as_ref().layout);
            }
        }
    }
}

/// What a destroyed handle's memory holds until the log goes. No live handle has its tag.
#[cfg(feature = "checked")]
#[repr(C)]
struct Grave {
    tag: u64,
    link: Plain<*mut Grave>,
    layout: Layout,
}

#[cfg(feature = "checked")]
impl super::stack::Linked for Grave {
    fn link(&self) -> &Plain<*mut Grave> {
        &self.link
    }
}
