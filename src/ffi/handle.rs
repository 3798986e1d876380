//! Handles: every check of a tag, and every cast from an opaque type. The file of each noun tells what its handle
//! stands for.

use core::alloc::Layout;
use core::ptr::NonNull;

use super::given::Out;
use super::status::alog_status::{self, ALOG_ERR_HANDLE, ALOG_ERR_NULL};
use crate::raw::CoreRef;
#[cfg(feature = "checked")]
use crate::raw::busy::Busy;

/// What a handle's memory holds behind the opaque type: a tag, then the value that it stands for.
///
/// # Safety
/// `#[repr(C)]`, the tag first; no two kinds of handle have the same tag.
pub(super) unsafe trait Handle {
    type Opaque;
    const TAG: u64;
    #[cfg(feature = "checked")]
    const NAME: &str;

    /// Marks the memory before it is freed, for a caller that uses the handle too late.
    ///
    /// # Safety
    /// The value that it stands for was moved out of it.
    unsafe fn end(_this: *mut Self) {}
}

#[repr(C)]
pub(super) struct Tagged<T> {
    tag: u64,
    /// 1 while the handle's owner is inside a call.
    #[cfg(feature = "checked")]
    busy: Busy,
    pub(super) inner: T,
}

/// Declares what a handle stands for, and optionally how it ends: `handle!(what, opaque type, tag, name)`. Each call
/// gives another tag.
macro_rules! handle {
    ($inner:ty, $opaque:ty, $tag:literal, $name:literal $(, $end:item)?) => {
        // SAFETY: `repr(C)`, the tag first; each call gives another tag.
        unsafe impl $crate::ffi::handle::Handle for $crate::ffi::handle::Tagged<$inner> {
            type Opaque = $opaque;
            const TAG: u64 = u64::from_le_bytes(*$tag);
            #[cfg(feature = "checked")]
            const NAME: &str = $name;
            $($end)?
        }
    };
}
pub(super) use handle;

/// The handle behind a pointer, for a call that may share it.
///
/// # Safety
/// The pointer is NULL, or points to 8 readable bytes; if these are the handle's tag, it is a live handle of this kind,
/// which no other thread changes during the call.
#[inline(always)]
pub(super) unsafe fn get<'a, H: Handle>(handle: *const H::Opaque) -> Result<&'a H, alog_status> {
    check::<H>(handle)?;
    // SAFETY: the tag says that it is a live handle of this kind, which no other thread changes during the call.
    Ok(unsafe { &*handle.cast::<H>() })
}

/// The handle behind a pointer, for its owner's call.
///
/// # Safety
/// As `get`, and no other thread uses the handle during the call. Checked builds detect two threads that do.
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
    // SAFETY: the tag says that it is a live handle of this kind, which no other thread uses during the call.
    Ok(Owned(unsafe { &mut *tagged }))
}

/// Where the value lies that a handle stands for.
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
    // SAFETY: not NULL and aligned; `get` demands 8 readable bytes.
    if !handle.is_null() && handle.cast::<u64>().is_aligned() && unsafe { handle.cast::<u64>().read() } == H::TAG {
        return Ok(());
    }
    Err(if handle.is_null() { ALOG_ERR_NULL } else { ALOG_ERR_HANDLE })
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

/// Ends a handle: gives its memory back, then drops what it stands for. A handle that is NULL or wrong is refused.
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
    // SAFETY: the handle is live and ends here: it is moved out of its memory. Volatile, since the compiler may drop a
    // store to memory that is freed; the tag is there for a caller that comes too late. The memory goes before the
    // count on the core, so that the allocator's last call is the core's own.
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

/// Runs the body of an exported function for the owner. The body begins with a fast path, which calls nothing.
#[inline(always)]
pub(super) fn fast<T>(
    handle: Result<Owned<'_, T>, alog_status>,
    body: impl FnOnce(Owned<'_, T>) -> alog_status,
) -> alog_status {
    match handle {
        Ok(owned) => body(owned),
        Err(error) => error,
    }
}
