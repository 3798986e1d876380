//! The core: the shared heart of one log. Counted; the last handle of any kind frees it.

use ::core::alloc::Layout;
use ::core::ops::Deref;
use ::core::ptr::{NonNull, null_mut};

use super::debug::DebugLayout;
use super::event::Event;
use super::figures::{Counts, Figures};
use super::layout::Geometry;
use super::pool::List;
use super::segment::Segment;
use super::stack::Stack;
use super::state::State;
use super::table::Table;
use super::window::Window;
use super::word;
use crate::Allocator;
use crate::error::Refusal;
use crate::sync::{AtomicPtr, AtomicU32, AtomicU64, Ordering, Plain, ordering};

/// What a live core begins with, so that the C surface can tell a log from another handle.
pub(crate) const LOG_TAG: u64 = u64::from_le_bytes(*b"alog_log");

/// There is no writer, and one may come; there is one; there will never be one again.
const FREE: u32 = 0;
const CLAIMED: u32 = 1;
const FINISHED: u32 = 2;

/// A cache line of one's own: two of 64 bytes, since processors fetch them in pairs.
#[repr(align(128))]
pub(crate) struct Line<T>(pub(super) T);

impl<T> Deref for Line<T> {
    type Target = T;
    #[inline(always)]
    fn deref(&self) -> &T {
        &self.0
    }
}

#[repr(C)]
pub(crate) struct Core {
    /// `LOG_TAG` while the core lives.
    pub(crate) tag: u64,
    /// For debuggers, which find it by the tag.
    pub(super) layout: DebugLayout,
    pub(crate) allocator: Allocator,
    pub(crate) geometry: Geometry,
    /// The newest window that was published. Written by the writer at each roll, read by readers that follow it.
    pub(crate) current: Line<AtomicPtr<Window>>,
    /// Dead windows, for the writer to collect.
    pub(crate) retired: Line<Stack<Window>>,
    /// Segments that only pins held and that the last of them let go.
    pub(crate) free: Line<Stack<Segment>>,
    pub(crate) counts: Line<Counts>,
    /// `FREE`, `CLAIMED` while there is a writer, or `FINISHED`.
    pub(super) claim: Line<AtomicU32>,
    /// Memory of destroyed handles, kept until the log goes, so that their use is found out.
    #[cfg(feature = "checked")]
    graveyard: Line<Stack<Grave>>,
    /// Where waiters sleep.
    pub(crate) event: Line<Event>,
    pub(crate) figures: Line<Figures>,
    // From here on only the writer writes.
    /// All windows ever allocated, for those who count pins.
    pub(crate) all_windows: AtomicPtr<Window>,
    /// What an open group has, for those who describe the log.
    pub(crate) group: Group,
    /// The writer's private state while there is no writer.
    parked: Plain<State>,
}

impl Core {
    /// Takes the claim, and with it the writer's private state.
    pub(crate) fn claim(&self) -> Result<State, Refusal> {
        // E5 Acquire: pairs with `unclaim`; the new writer sees everything that the last one left.
        // Relaxed on failure: nothing is touched.
        let taken = self.claim.compare_exchange(FREE, CLAIMED, ordering!(E5_CLAIM, Acquire), Ordering::Relaxed);
        taken.map_err(refusal)?;
        // SAFETY: the claim is ours, so nobody else touches what is parked.
        Ok(unsafe { self.parked.get() })
    }

    /// Gives the claim back; for good if the log is `finished`.
    ///
    /// # Safety
    /// The caller holds the claim, and never touches the state again.
    pub(crate) unsafe fn unclaim(&self, state: State, finished: bool) {
        // SAFETY: the claim is still ours.
        unsafe { self.parked.set(state) };
        // E5 Release: pairs with `claim`, and with `is_finished`.
        self.claim.store(if finished { FINISHED } else { FREE }, ordering!(E5_UNCLAIM, Release));
    }

    /// Whether `claim` would be refused now, and why. Another writer may come or go meanwhile.
    #[cfg(feature = "capi")]
    pub(crate) fn check_claim(&self) -> Result<(), Refusal> {
        // Relaxed: the answer is a hint; a thread that acts on it claims.
        match self.claim.load(Ordering::Relaxed) {
            FREE => Ok(()),
            taken => Err(refusal(taken)),
        }
    }

    /// Whether there is a writer. It may be gone, or have come, by the time that this returns.
    pub(crate) fn has_writer(&self) -> bool {
        // Relaxed: the answer is a hint; a thread that acts on it claims.
        self.claim.load(Ordering::Relaxed) == CLAIMED
    }

    /// Whether the last writer finished the log.
    pub(crate) fn is_finished(&self) -> bool {
        // E5 Acquire: pairs with `unclaim`; who sees the end sees all that was published before it.
        self.claim.load(ordering!(E5_FINISHED, Acquire)) == FINISHED
    }

    /// A block of the log's or of a handle's, counted.
    pub(crate) fn allocate(&self, layout: Layout) -> Result<NonNull<u8>, Refusal> {
        match self.allocator.allocate(layout) {
            Some(block) => {
                if self.geometry.options.prefault {
                    // SAFETY: the block is new, and as large.
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
        // SAFETY: the caller's contract.
        unsafe { self.allocator.deallocate(block, layout) };
    }

    fn count_free(&self, layout: Layout) {
        // Relaxed: a figure.
        self.counts.bytes_allocated.fetch_sub(layout.size() as u64, Ordering::Relaxed);
    }

    /// A segment like any other, in the list of all of them, holding nothing.
    pub(crate) fn allocate_segment(&self, all: &mut *mut Segment) -> Result<NonNull<Segment>, Refusal> {
        let segment = self.allocate(self.geometry.segment)?.cast::<Segment>();
        // SAFETY: the block is new, and of the segments' layout.
        unsafe { segment.write(Segment::new(*all)) };
        *all = segment.as_ptr();
        Ok(segment)
    }

    /// A window like any other, in the list of all of them, listing nothing.
    #[inline(never)]
    pub(crate) fn allocate_window(&self) -> Result<NonNull<Window>, Refusal> {
        let window = self.allocate(Layout::new::<Window>())?.cast::<Window>();
        // Relaxed: only the writer adds.
        let all = self.all_windows.load(Ordering::Relaxed);
        // SAFETY: the block is new, and of the windows' layout.
        unsafe { window.write(Window::new(all)) };
        // E2 Release: pairs with the Acquire in `windows`; who walks the list finds windows.
        self.all_windows.store(window.as_ptr(), ordering!(E2_LIST, Release));
        Ok(window)
    }

    /// Every window, the one that was allocated last first. Any thread may go through them, alive or dead as they are.
    pub(crate) fn windows(&self) -> impl Iterator<Item = &Window> {
        // E2 Acquire: pairs with the writer's store; the windows behind it are there, and stay until the core goes.
        let mut next = self.all_windows.load(ordering!(E2_WALK, Acquire)).cast_const();
        ::core::iter::from_fn(move || {
            // SAFETY: windows live as long as the core, and their link is frozen once they are in the list.
            unsafe {
                let window = next.as_ref()?;
                next = window.counted.all.get();
                Some(window)
            }
        })
    }

    /// A table like any other, with nothing in it.
    pub(crate) fn allocate_table(&self) -> Result<NonNull<Table>, Refusal> {
        let table = self.allocate(self.geometry.table)?.cast::<Table>();
        // SAFETY: the block is new, and of the tables' layout.
        unsafe { Table::make(table.as_ptr(), &self.geometry) };
        Ok(table)
    }
}

/// Why a claim that is not free is refused.
fn refusal(claim: u32) -> Refusal {
    if claim == FINISHED { Refusal::Finished } else { Refusal::Claimed }
}

/// What a destroyed handle's memory holds until the log goes. The tag is none that a live handle has.
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

impl Core {
    /// Takes back the memory of a handle that was destroyed. A checked build keeps it until the log goes (and counts it as
    /// given back).
    ///
    /// # Safety
    /// As `free`.
    #[cfg(feature = "capi")]
    pub(crate) unsafe fn free_handle(&self, block: NonNull<u8>, layout: Layout) {
        #[cfg(not(feature = "checked"))]
        // SAFETY: the caller's contract.
        unsafe {
            self.free(block, layout)
        };
        #[cfg(feature = "checked")]
        {
            assert!(layout.size() >= size_of::<Grave>() && layout.align() >= align_of::<Grave>());
            self.count_free(layout);
            let grave = block.cast::<Grave>();
            // SAFETY: the caller's contract; the block is large enough.
            unsafe {
                grave.write(Grave { tag: 0, link: Plain::new(null_mut()), layout });
                self.graveyard.push(grave.as_ptr());
            }
        }
    }
}

#[cfg(feature = "checked")]
fn free_graves(core: &Core) {
    let mut grave = core.graveyard.take();
    while let Some(each) = NonNull::new(grave) {
        // SAFETY: the blocks in the graveyard are ours, and of the layout that they say.
        unsafe {
            grave = each.as_ref().link.get();
            core.allocator.deallocate(each.cast(), each.as_ref().layout);
        }
    }
}

/// How many records an open group has, for those who ask, and where its appends store what they would publish.
///
/// Two places that take turns, one for each segment that the group goes on in: an append stores its index in its segment, and
/// nothing else.
pub(crate) struct Group {
    /// Which place is in use: 1 or 2; 0 while no group is open.
    pub(super) open: AtomicU32,
    pub(super) places: [Place; 2],
}

pub(super) struct Place {
    /// As `published` would be: the count is the index of the next record in its segment.
    pub(super) word: AtomicU64,
    /// The group's records in earlier segments, less those of the segment that were there before it (modulo 2^64).
    pub(super) before: AtomicU64,
}

impl Group {
    fn new() -> Group {
        let place = || Place { word: AtomicU64::new(0), before: AtomicU64::new(0) };
        Group { open: AtomicU32::new(0), places: [place(), place()] }
    }

    /// The group begins, or goes on in another segment, at this `word`. Returns where its appends store theirs.
    pub(crate) fn go_on(&self, word: u64, before: u64) -> *const AtomicU64 {
        // Relaxed: only the writer stores here.
        let next = if self.open.load(Ordering::Relaxed) == 1 { 2 } else { 1 };
        let [first, second] = &self.places;
        let place = if next == 1 { first } else { second };
        // Relaxed, both: the store behind them publishes them.
        place.before.store(before, Ordering::Relaxed);
        place.word.store(word, Ordering::Relaxed);
        // E8 Release: pairs with `records`; who sees the place sees what it begins with.
        self.open.store(next, ordering!(E8_GROUP, Release));
        &raw const place.word
    }

    /// The group has ended.
    pub(crate) fn end(&self) {
        // Relaxed: who still sees the group counts what it had.
        self.open.store(0, Ordering::Relaxed);
    }

    /// How many records an open group has; None if there is none. May be stale on return.
    pub(crate) fn records(&self) -> Option<u64> {
        // E8 Acquire: pairs with `go_on`.
        let open = self.open.load(ordering!(E8_GROUP_LOOK, Acquire));
        let [first, second] = &self.places;
        let place = match open {
            0 => return None,
            1 => first,
            _ => second,
        };
        // Relaxed: figures. If the group went on twice meanwhile, they are of two segments, which 64 bits of difference show.
        let records =
            place.before.load(Ordering::Relaxed).wrapping_add(word::count(place.word.load(Ordering::Relaxed)));
        Some(if records > i64::MAX as u64 { 0 } else { records })
    }
}

/// A count on a core.
pub(crate) struct CoreRef(NonNull<Core>);

// SAFETY: whatever the core's fields allow from several threads is atomic or behind the claim; the faces demand
// `T: Send + Sync` of what is in the records.
unsafe impl Send for CoreRef {}
// SAFETY: as above.
unsafe impl Sync for CoreRef {}

impl CoreRef {
    /// A new log: empty, without a writer, with one count.
    pub(crate) fn create(geometry: Geometry, allocator: Allocator) -> Result<CoreRef, Refusal> {
        let core = allocator.allocate(Layout::new::<Core>()).ok_or(Refusal::NoMemory)?.cast::<Core>();
        // SAFETY: the block is new and of the core's layout.
        unsafe {
            core.write(Core {
                tag: LOG_TAG,
                layout: DebugLayout::HERE,
                allocator,
                geometry,
                current: Line(AtomicPtr::new(null_mut())),
                retired: Line(Stack::new()),
                free: Line(Stack::new()),
                counts: Line(Counts::new()),
                claim: Line(AtomicU32::new(0)),
                #[cfg(feature = "checked")]
                graveyard: Line(Stack::new()),
                event: Line(Event::new()),
                figures: Line(Figures::new()),
                all_windows: AtomicPtr::new(null_mut()),
                group: Group::new(),
                parked: Plain::new(State::NOTHING),
            });
        }
        let core = CoreRef(core);
        core.counts.bytes_allocated.fetch_add(size_of::<Core>() as u64, Ordering::Relaxed);
        /// Parks the state on every way out: what was allocated is in its lists, also after a failure.
        struct Parking<'c>(&'c Core, State);
        impl Drop for Parking<'_> {
            fn drop(&mut self) {
                // SAFETY: nobody else knows the core yet.
                unsafe { self.0.parked.set(self.1) };
            }
        }
        let mut parking = Parking(&core, State::NOTHING);
        parking.1.begin(&core)?;
        drop(parking);
        Ok(core)
    }
}

/// A handle on the log itself: a count on its core that is told from those of writers, views and pins.
pub(crate) struct LogRef(CoreRef);

impl LogRef {
    /// A new log: empty, without a writer, with this handle.
    pub(crate) fn create(geometry: Geometry, allocator: Allocator) -> Result<LogRef, Refusal> {
        Ok(LogRef::of(CoreRef::create(geometry, allocator)?))
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
        ::core::mem::ManuallyDrop::new(self).0.0.as_ptr()
    }

    /// # Safety
    /// `core` came from `into_raw`, and that handle was not taken back yet; or what is returned is not dropped, and goes before
    /// a handle does.
    pub(crate) unsafe fn from_raw(core: NonNull<Core>) -> LogRef {
        LogRef(CoreRef(core))
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
        // Relaxed: a figure. Before the count on the core, which goes next.
        self.0.counts.logs.fetch_sub(1, Ordering::Relaxed);
    }
}

impl CoreRef {
    pub(crate) fn as_ptr(&self) -> NonNull<Core> {
        self.0
    }
}

impl Deref for CoreRef {
    type Target = Core;
    #[inline(always)]
    fn deref(&self) -> &Core {
        // SAFETY: I6: our count keeps the core.
        unsafe { self.0.as_ref() }
    }
}

impl Clone for CoreRef {
    #[inline]
    fn clone(&self) -> CoreRef {
        // Relaxed: the count cannot be zero, ours is in it; 64 bits cannot wrap.
        self.counts.handles.fetch_add(1, Ordering::Relaxed);
        CoreRef(self.0)
    }
}

impl Drop for CoreRef {
    #[inline]
    fn drop(&mut self) {
        // E6 Release: what this handle did happened before the teardown; Acquire: the last one sees what all others did.
        if self.counts.handles.fetch_sub(1, ordering!(E6_LAST, AcqRel)) == 1 {
            // SAFETY: E6: that was the last handle, so everything is ours.
            unsafe { tear_down(self.0) };
        }
    }
}

/// Drops the values and frees everything, once (I6).
///
/// # Safety
/// The last handle is gone.
#[cold]
unsafe fn tear_down(core: NonNull<Core>) {
    // SAFETY: E6: everything is ours.
    let (mut state, geometry, allocator) =
        unsafe { (core.as_ref().parked.get(), core.as_ref().geometry, core.as_ref().allocator) };
    let mut rest = Rest {
        core,
        geometry,
        allocator,
        head: state.head,
        segments: state.pool.all_segments,
        // SAFETY: E6: the live windows are ours.
        tables: unsafe { state.pool.all_tables(&geometry) },
        // Relaxed: E6 orders everything.
        // SAFETY: as above.
        windows: unsafe { core.as_ref() }.all_windows.load(Ordering::Relaxed),
    };
    rest.free_segments();
}

/// What is left to free. A value's Drop may panic; then the rest goes while that unwinds.
struct Rest {
    core: NonNull<Core>,
    geometry: Geometry,
    allocator: Allocator,
    head: *mut Segment,
    segments: *mut Segment,
    tables: List<Table>,
    windows: *mut Window,
}

impl Rest {
    fn free_segments(&mut self) {
        /// Freed on every way out.
        struct Block(NonNull<u8>, Layout, Allocator);
        impl Drop for Block {
            fn drop(&mut self) {
                // SAFETY: the block came from this allocator with this layout, and was taken off the list of all.
                unsafe { self.2.deallocate(self.0, self.1) };
            }
        }
        while let Some(segment) = NonNull::new(self.segments) {
            let _freed = Block(segment.cast(), self.geometry.segment, self.allocator);
            // SAFETY: E6: the segment is ours, and its values are as many as its count says.
            unsafe {
                let header = segment.as_ref();
                self.segments = header.held.all.get();
                // The head's count lives in `published`. A segment that holds no values says 0. Relaxed: E6 orders it.
                let count = if segment.as_ptr() == self.head {
                    word::count(header.shown.published.load(Ordering::Relaxed)) as usize
                } else {
                    header.shown.final_count.get() as usize
                };
                if let Some(drop_values) = self.geometry.drop_values {
                    drop_values(Segment::data(segment.as_ptr(), &self.geometry), count);
                }
            }
        }
    }
}

impl Drop for Rest {
    fn drop(&mut self) {
        self.free_segments();
        // SAFETY: E6: all of it is ours; each block is taken off its list before it is freed, the core goes last.
        unsafe {
            while let Some(table) = self.tables.pop() {
                self.allocator.deallocate(table.cast(), self.geometry.table);
            }
            while let Some(window) = NonNull::new(self.windows) {
                self.windows = window.as_ref().counted.all.get();
                self.allocator.deallocate(window.cast(), Layout::new::<Window>());
            }
            #[cfg(feature = "checked")]
            free_graves(self.core.as_ref());
            // Volatile, so that it is not dropped as a store that nobody reads: the tag is there for a late caller.
            (&raw mut (*self.core.as_ptr()).tag).write_volatile(0);
            self.allocator.deallocate(self.core.cast(), Layout::new::<Core>());
        }
    }
}
