//! The core: the shared heart of one log. Handles are counted, and the last one, of whatever kind, frees it.

use ::core::alloc::Layout;
use ::core::ops::Deref;
use ::core::ptr::{NonNull, null_mut};

use super::event::Event;
use super::group::Group;
use super::memory::layout::{Geometry, Kind};
use super::memory::list::List;
use super::memory::pool::Pool;
use super::memory::segment::Segment;
use super::memory::supply::Supply;
use super::memory::table::Table;
use super::memory::window::Window;
use super::state::State;
use super::word;
use crate::Allocator;
use crate::error::Refusal;
use crate::sync::{AtomicPtr, AtomicU32, Line, Ordering, Plain, ordering};

/// The first word of a live core, by which the C surface tells a log from another handle.
pub(crate) const LOG_TAG: u64 = u64::from_le_bytes(*b"alog_log");

/// There is no writer, and one may come.
const FREE: u32 = 0;
/// There is a writer.
const CLAIMED: u32 = 1;
/// There will never be a writer again.
const FINISHED: u32 = 2;

/// Where things lie in a log, for debuggers. `debug` fills it in. It is frozen: additions come behind the offsets, and
/// `count` is the number of offsets. A new meaning of an offset, or of a word that it leads to, makes another version.
#[repr(C)]
pub(crate) struct DebugLayout {
    pub(super) version: u16,
    pub(super) count: u16,
    pub(super) offsets: [u16; DebugLayout::COUNT],
}

impl DebugLayout {
    pub(super) const COUNT: usize = 43;
}

/// Derefs to what the pool draws on. Readers use all of that, too, and the geometry above all.
#[repr(C)]
pub(crate) struct Core {
    /// `LOG_TAG` while the core lives.
    pub(crate) tag: u64,
    /// For debuggers, which find it by the tag.
    pub(super) layout: DebugLayout,
    pub(super) supply: Supply,
    /// The newest window that was published. The writer stores it at each roll, and readers follow it.
    pub(crate) current: Line<AtomicPtr<Window>>,
    /// `FREE`, `CLAIMED` while there is a writer, or `FINISHED`.
    pub(super) claim: Line<AtomicU32>,
    /// Where waiters sleep.
    pub(crate) event: Line<Event>,
    // From here on only the writer writes.
    /// How many records an open group has, for descriptions of the log.
    pub(crate) group: Group,
    /// The writer's private state while there is no writer.
    parked: Plain<State>,
}

impl Deref for Core {
    type Target = Supply;
    #[inline(always)]
    fn deref(&self) -> &Supply {
        &self.supply
    }
}

impl Core {
    /// Takes the claim, and with it the writer's private state.
    pub(crate) fn claim(&self) -> Result<State, Refusal> {
        // E5 Acquire: pairs with `unclaim`; the new writer sees everything that the last one left.
        // Relaxed on failure: nothing is touched.
        let taken = self.claim.compare_exchange(FREE, CLAIMED, ordering!(E5_CLAIM, Acquire), Ordering::Relaxed);
        taken.map_err(refusal)?;
        // SAFETY: E5: the claim is ours, so nobody else touches what is parked.
        Ok(unsafe { self.parked.get() })
    }

    /// Gives the claim back. If the log is `finished`, no writer can claim it again.
    ///
    /// # Safety
    /// The caller holds the claim, and never touches the state again.
    pub(crate) unsafe fn unclaim(&self, state: State, finished: bool) {
        // SAFETY: E5: the claim is still ours.
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

    /// Whether there is a writer. One may come or go before this returns.
    pub(crate) fn has_writer(&self) -> bool {
        // Relaxed: the answer is a hint; a thread that acts on it claims.
        self.claim.load(Ordering::Relaxed) == CLAIMED
    }

    /// Whether the last writer finished the log.
    pub(crate) fn is_finished(&self) -> bool {
        // E5 Acquire: pairs with `unclaim`; a thread that sees the end sees all that was published before it.
        self.claim.load(ordering!(E5_FINISHED, Acquire)) == FINISHED
    }
}

/// Why a claim that is not free is refused.
fn refusal(claim: u32) -> Refusal {
    if claim == FINISHED { Refusal::Finished } else { Refusal::Claimed }
}

/// A count on a core.
pub(crate) struct CoreRef(NonNull<Core>);

// SAFETY: all that several threads can reach in the core is atomic or behind the claim. The faces demand
// `T: Send + Sync` of what is in the records.
unsafe impl Send for CoreRef {}
// SAFETY: as for `Send`: all that `&Core` leads to is atomic or behind the claim.
unsafe impl Sync for CoreRef {}

impl CoreRef {
    /// Makes a log: empty, without a writer, with one count.
    pub(super) fn create(geometry: Geometry, allocator: Allocator, layout: DebugLayout) -> Result<CoreRef, Refusal> {
        let core = allocator.allocate(Layout::new::<Core>()).ok_or(Refusal::NoMemory)?.cast::<Core>();
        // SAFETY: the block is new and of the core's layout.
        unsafe {
            core.write(Core {
                tag: LOG_TAG,
                layout,
                supply: Supply::new(geometry, allocator),
                current: Line(AtomicPtr::new(null_mut())),
                claim: Line(AtomicU32::new(FREE)),
                event: Line(Event::new()),
                group: Group::new(),
                parked: Plain::new(State::NOTHING),
            });
        }
        let core = CoreRef(core);
        core.counts.bytes_allocated.fetch_add(size_of::<Core>() as u64, Ordering::Relaxed);
        /// Parks the state on every way out, since its lists have what was allocated, also after a failure.
        struct Parking<'c>(&'c Core, State);
        impl Drop for Parking<'_> {
            fn drop(&mut self) {
                // SAFETY: the core is new: nobody else knows it yet.
                unsafe { self.0.parked.set(self.1) };
            }
        }
        let mut parking = Parking(&core, State::NOTHING);
        begin(&core, &mut parking.1)?;
        drop(parking);
        Ok(core)
    }

    /// # Safety
    /// The result takes over a count of the caller's on this core. Or the result is never dropped, and a count outlives
    /// it.
    pub(super) unsafe fn from_ptr(core: NonNull<Core>) -> CoreRef {
        CoreRef(core)
    }

    pub(crate) fn as_ptr(&self) -> NonNull<Core> {
        self.0
    }
}

/// Begins the state of a new log's writer, and its first window, with one empty segment. After a failure, what was
/// allocated before stays in the lists of all.
fn begin(core: &Core, state: &mut State) -> Result<(), Refusal> {
    let geometry = &core.geometry;
    // Without readers, two windows take turns. A view that lags holds one more window. Once K segments are retained, it
    // also holds at least one segment that the log no longer retains. So a log that has more preallocated segments than
    // it needs itself gets a window for each view that these can serve.
    let segments = geometry.options.preallocated_segments;
    let spare = segments.saturating_sub(geometry.window_segments.get() + 1);
    let windows = if segments > 0 { 2 + spare } else { 1 };
    state.pool.preallocate(core, segments.max(1), windows, Pool::tables_for(spare, geometry))?;
    state.pool.secure_first(core)?;
    // SAFETY: I5: the pool has a segment, preallocated just now.
    let head = unsafe { state.pool.take_segment() };
    state.window = ::core::mem::replace(&mut state.pool.spare_window, null_mut());
    let table = ::core::mem::replace(&mut state.pool.spare_table, null_mut());
    state.head = head;
    // SAFETY: the core is new: nobody else knows it yet.
    unsafe {
        (*head).shown.first_sequence.set(geometry.options.first_sequence);
        Table::slot(table, 0, geometry.table_mask).set(head);
        state.pool.open_window(state.window, null_mut(), (table, geometry.table_mask), head, 1);
    }
    // Relaxed: nobody else knows the core yet.
    core.current.store(state.window, Ordering::Relaxed);
    let bytes = geometry.kind == Kind::Bytes;
    state.hot.record_size = if bytes { usize::MAX } else { geometry.record_size };
    state.hot.stride = geometry.stride;
    state.hot.space = if bytes { geometry.space } else { 0 };
    state.hot.align = geometry.record_align;
    (state.hot.epoch, state.hot.waiters) = core.event.words();
    state.enter(geometry, head);
    state.aim_at_head();
    state.set_limit(geometry);
    // SAFETY: the window is the current one, stored above.
    unsafe { state.pool.leave_figures(core, state.window, 0) };
    Ok(())
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
        // Relaxed: the count cannot be zero, since ours is in it, and 64 bits cannot wrap.
        self.counts.handles.fetch_add(1, Ordering::Relaxed);
        CoreRef(self.0)
    }
}

impl Drop for CoreRef {
    #[inline]
    fn drop(&mut self) {
        // E6 Release: what this handle did happened before the teardown. Acquire: the last one sees what all others
        // did.
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
        // SAFETY: E6: the core is ours, and still there.
        windows: unsafe { core.as_ref() }.all_windows.load(Ordering::Relaxed),
    };
    rest.free_segments();
}

/// What is left to free. If a value's Drop panics, the rest goes while that unwinds.
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
        /// A block that is freed on every way out.
        struct Block(NonNull<u8>, Layout, Allocator);
        impl Drop for Block {
            fn drop(&mut self) {
                // SAFETY: I6: the block came from this allocator with this layout, and was taken off the list of all.
                unsafe { self.2.deallocate(self.0, self.1) };
            }
        }
        while let Some(segment) = NonNull::new(self.segments) {
            let _freed = Block(segment.cast(), self.geometry.segment, self.allocator);
            // SAFETY: E6: the segment is ours, and it holds as many values as its count says.
            unsafe {
                let header = segment.as_ref();
                self.segments = header.held.all.get();
                // The head's count stands in `published`. The count of a segment without values is 0.
                // Relaxed: E6 orders it.
                let count = if segment.as_ptr() == self.head {
                    word::count(header.shown.published.load(Ordering::Relaxed)) as usize
                } else {
                    header.shown.final_count.get() as usize
                };
                if let Some(drop_values) = self.geometry.drop_values {
                    drop_values(self.geometry.data(segment.as_ptr()), count);
                }
            }
        }
    }
}

impl Drop for Rest {
    fn drop(&mut self) {
        self.free_segments();
        // SAFETY: E6: all of it is ours. Each block is taken off its list before it is freed, and the core goes last.
        unsafe {
            while let Some(table) = self.tables.pop() {
                self.allocator.deallocate(table.cast(), self.geometry.table);
            }
            while let Some(window) = NonNull::new(self.windows) {
                self.windows = window.as_ref().counted.all.get();
                self.allocator.deallocate(window.cast(), Layout::new::<Window>());
            }
            #[cfg(feature = "checked")]
            self.core.as_ref().free_graves();
            // Volatile, so that the compiler keeps a store that nothing reads: the tag is there for a late caller.
            (&raw mut (*self.core.as_ptr()).tag).write_volatile(0);
            self.allocator.deallocate(self.core.cast(), Layout::new::<Core>());
        }
    }
}
