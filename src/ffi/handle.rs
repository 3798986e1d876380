//! Every NULL, tag, size and alignment check of the C surface, and every cast.

use core::alloc::Layout;
use core::mem::offset_of;
use core::ptr::NonNull;

use super::cursor::alog_cursor;
use super::log::alog_log;
use super::segment::alog_segment;
use super::snapshot::alog_snapshot;
use super::status::alog_status::{self, ALOG_ERR_ARGUMENT, ALOG_ERR_HANDLE, ALOG_ERR_KIND, ALOG_ERR_NULL};
use super::writer::alog_writer;
use crate::Problem;
#[cfg(feature = "checked")]
use crate::raw::busy::Busy;
use crate::raw::core::{Core, LOG_TAG};
use crate::raw::segment::CountedPin;
use crate::raw::{CoreRef, Kind, RawCursor, RawWriter, View};

/// What a handle's memory holds behind the opaque type: a tag, then what it stands for.
///
/// # Safety
/// `#[repr(C)]`, the tag first; no two kinds of handle have the same tag.
pub(super) unsafe trait Handle {
    type Opaque;
    const TAG: u64;
    #[cfg(feature = "checked")]
    const NAME: &str;

    /// Says what it can, in memory that goes, to a caller who comes too late.
    ///
    /// # Safety
    /// What it stands for was moved out of it.
    unsafe fn end(_this: *mut Self) {}
}

#[repr(C)]
pub(super) struct Tagged<T> {
    tag: u64,
    /// 1 while its owner is inside a call.
    #[cfg(feature = "checked")]
    busy: Busy,
    pub(super) inner: T,
}

// SAFETY: `repr(C)`, the tag first.
unsafe impl Handle for Core {
    type Opaque = alog_log;
    const TAG: u64 = LOG_TAG;
    #[cfg(feature = "checked")]
    const NAME: &str = "log";
}
const _: () = assert!(offset_of!(Core, tag) == 0);

macro_rules! handle {
    ($inner:ty, $opaque:ty, $tag:literal, $name:literal $(, $end:item)?) => {
        // SAFETY: `repr(C)`, the tag first; each call gives another tag.
        unsafe impl Handle for Tagged<$inner> {
            type Opaque = $opaque;
            const TAG: u64 = u64::from_le_bytes(*$tag);
            #[cfg(feature = "checked")]
            const NAME: &str = $name;
            $($end)?
        }
    };
}
handle!(
    RawWriter,
    alog_writer,
    b"alog_wri",
    "writer",
    unsafe fn end(this: *mut Self) {
        // So that an append inline is a call, which then says what it is.
        // SAFETY: the caller's contract; these are numbers.
        unsafe { RawWriter::forbid(&raw mut (*this).inner) };
    }
);
handle!(View, alog_snapshot, b"alog_sna", "snapshot");
handle!(RawCursor, alog_cursor, b"alog_cur", "cursor");
handle!(CountedPin, alog_segment, b"alog_seg", "segment");

/// The handle behind a pointer, for a call that may share it.
///
/// # Safety
/// The pointer is NULL, or points to 8 readable bytes; if these are the handle's tag, it is a live handle of this kind,
/// which no other thread changes during the call.
#[inline(always)]
pub(super) unsafe fn get<'a, H: Handle>(handle: *const H::Opaque) -> Result<&'a H, alog_status> {
    check::<H>(handle)?;
    // SAFETY: the caller's contract, and the tag says what it is.
    Ok(unsafe { &*handle.cast::<H>() })
}

/// The handle behind a pointer, for its owner's call.
///
/// # Safety
/// As `get`, and no other thread uses the handle during the call. Checked builds find out two that do.
#[inline(always)]
pub(super) unsafe fn get_mut<'a, T>(handle: *mut <Tagged<T> as Handle>::Opaque) -> Result<Owned<'a, T>, alog_status>
where
    Tagged<T>: Handle,
{
    check::<Tagged<T>>(handle)?;
    let tagged = handle.cast::<Tagged<T>>();
    #[cfg(feature = "checked")]
    // SAFETY: the tag says what it is; the flag may be shared.
    unsafe {
        (*tagged).busy.enter(<Tagged<T> as Handle>::NAME);
    }
    // SAFETY: the caller's contract, and the tag says what it is.
    Ok(Owned(unsafe { &mut *tagged }))
}

/// Where what a handle stands for lies.
///
/// # Safety
/// As `get`.
#[cfg(not(feature = "checked"))]
#[inline(always)]
pub(super) unsafe fn inner_of<T>(handle: *const <Tagged<T> as Handle>::Opaque) -> Result<*const T, alog_status>
where
    Tagged<T>: Handle,
{
    check::<Tagged<T>>(handle)?;
    // SAFETY: the tag says what it is.
    Ok(unsafe { &raw const (*handle.cast::<Tagged<T>>()).inner })
}

/// A handle during its owner's call.
pub(super) struct Owned<'a, T>(&'a mut Tagged<T>);

impl<T> core::ops::Deref for Owned<'_, T> {
    type Target = T;
    #[inline(always)]
    fn deref(&self) -> &T {
        &self.0.inner
    }
}

impl<T> core::ops::DerefMut for Owned<'_, T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0.inner
    }
}

#[cfg(feature = "checked")]
impl<T> Drop for Owned<'_, T> {
    fn drop(&mut self) {
        self.0.busy.leave();
    }
}

#[inline(always)]
fn check<H: Handle>(handle: *const H::Opaque) -> Result<(), alog_status> {
    // SAFETY: not NULL and aligned; the contract of `get` does the rest.
    if !handle.is_null() && handle.cast::<u64>().is_aligned() && unsafe { handle.cast::<u64>().read() } == H::TAG {
        return Ok(());
    }
    Err(if handle.is_null() { ALOG_ERR_NULL } else { ALOG_ERR_HANDLE })
}

/// A writer for a log of this kind of records.
///
/// # Safety
/// As `get_mut`.
pub(super) unsafe fn writer_of<'a>(handle: *mut alog_writer, kind: Kind) -> Result<Owned<'a, RawWriter>, alog_status> {
    // SAFETY: the caller's contract.
    let writer = unsafe { get_mut::<RawWriter>(handle)? };
    if writer.geometry().kind == kind { Ok(writer) } else { Err(ALOG_ERR_KIND) }
}

/// Makes a handle in memory of its own, and writes it to `out`.
pub(super) fn create<T>(
    core: &CoreRef,
    out: Out<*mut <Tagged<T> as Handle>::Opaque>,
    make: impl FnOnce() -> Result<T, crate::error::Refusal>,
) -> Result<alog_status, alog_status>
where
    Tagged<T>: Handle,
{
    let layout = Layout::new::<Tagged<T>>();
    let block = core.allocate(layout)?;
    let inner = make().inspect_err(|_| {
        // SAFETY: it came from this core with this layout.
        unsafe { core.free(block, layout) };
    })?;
    let handle = block.cast::<Tagged<T>>();
    // SAFETY: the block is new and of this layout.
    unsafe {
        handle.write(Tagged {
            tag: <Tagged<T> as Handle>::TAG,
            #[cfg(feature = "checked")]
            busy: Busy::new(),
            inner,
        });
    }
    out.write(handle.as_ptr().cast());
    Ok(alog_status::ALOG_OK)
}

/// Ends a handle: what it stands for, then its memory. NULL and wrong handles are ignored.
///
/// # Safety
/// As `get_mut`; the handle is not used again.
pub(super) unsafe fn destroy<T>(
    handle: *mut <Tagged<T> as Handle>::Opaque,
    core_of: impl Fn(&T) -> &CoreRef,
) -> Result<(), alog_status>
where
    Tagged<T>: Handle,
{
    check::<Tagged<T>>(handle)?;
    // From the caller's pointer, since the memory is given back through it.
    let block = handle.cast::<Tagged<T>>();
    // SAFETY: the handle is live and ends here: it is moved out of its memory. Volatile, since the compiler may drop a store
    // to memory that is freed; the tag is there for a caller who comes too late. The memory goes before the count on the
    // core, so that the allocator's last call is the core's own.
    unsafe {
        #[cfg(feature = "checked")]
        (*block).busy.enter(<Tagged<T> as Handle>::NAME);
        let inner = (&raw const (*block).inner).read();
        (&raw mut (*block).tag).write_volatile(0);
        <Tagged<T> as Handle>::end(block);
        core_of(&inner).free_handle(NonNull::new_unchecked(block.cast()), Layout::new::<Tagged<T>>());
        drop(inner);
    }
    Ok(())
}

/// A place that the caller gave to be written: not NULL, aligned.
pub(super) struct Out<T>(NonNull<T>);

impl<T> Out<T> {
    #[inline(always)]
    pub(super) fn write(self, value: T) {
        // SAFETY: `out` and `outs` were promised room for it.
        unsafe { self.0.write(value) }
    }
}

/// # Safety
/// `out` is NULL, or there is room for a `T` that nobody else uses during the call.
#[inline(always)]
pub(super) unsafe fn out<T>(out: *mut T) -> Result<Out<T>, alog_status> {
    NonNull::new(out).map(Out).ok_or(ALOG_ERR_NULL)
}

impl<T> Out<T> {
    /// Refuses a place that is not aligned. Apart from `out`, since a NULL is told before a wrong kind, and this after.
    #[inline(always)]
    pub(super) fn aligned(self) -> Result<Out<T>, alog_status> {
        if self.0.is_aligned() { Ok(self) } else { Err(ALOG_ERR_ARGUMENT) }
    }
}

/// An array of the caller's, to read.
///
/// # Safety
/// `items` is NULL, or points to `count` items that do not change during the call.
pub(super) unsafe fn slice<'a, T>(items: *const T, count: usize) -> Result<&'a [T], alog_status> {
    if items.is_null() {
        return Err(ALOG_ERR_NULL);
    }
    if !items.is_aligned() || count.checked_mul(size_of::<T>()).is_none_or(|size| size > isize::MAX as usize) {
        return Err(ALOG_ERR_ARGUMENT);
    }
    // SAFETY: not NULL, aligned, not longer than memory can be; the caller's contract.
    Ok(unsafe { core::slice::from_raw_parts(items, count) })
}

/// No struct of a caller's that begins with its size is larger.
pub(super) const MAX_SIZE: u32 = 4096;

/// A struct of the caller's that begins with its size, whatever version of the header it was compiled with: of a later one,
/// what this library does not know must be 0. `why` is said of a size that cannot be.
///
/// # Safety
/// `given` is aligned, and points to as many readable bytes as its first member, a `u32`, says; the first release's struct has as
/// many members as `T`.
pub(super) unsafe fn sized<T: Copy>(given: *const T, why: &'static str) -> Result<T, Problem> {
    let least = size_of::<T>() as u32;
    // SAFETY: the caller's contract.
    unsafe {
        let size = given.cast::<u32>().read();
        if !(least..=MAX_SIZE).contains(&size) {
            return Err(Problem::bound("struct_size", size.into(), why, least.into(), ", and at most 4096"));
        }
        let newer = core::slice::from_raw_parts(given.add(1).cast::<u8>(), (size - least) as usize);
        if newer.iter().any(|byte| *byte != 0) {
            let why = " says that there are members which this library does not know, and one of them is not 0";
            return Err(Problem::with("struct_size", size.into(), why));
        }
        Ok(*given)
    }
}
