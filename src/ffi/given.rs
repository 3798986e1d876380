//! What the caller gives besides handles: places to write to, arrays, structs that begin with their size, buffers for
//! text. Every check of these for NULL, size and alignment is here.

use core::ffi::c_char;
use core::fmt;
use core::ptr::NonNull;

use super::status::alog_status::{self, ALOG_ERR_ARGUMENT, ALOG_ERR_NULL};
use crate::{Problem, text};

/// A place that the caller gave to be written. It is not NULL. Before it is written, `aligned` checks its alignment.
pub(super) struct Out<T>(NonNull<T>);

impl<T> Out<T> {
    #[inline(always)]
    pub(super) fn write(self, value: T) {
        // SAFETY: `out` was promised room for it, and each caller had `aligned` check the place.
        unsafe { self.0.write(value) }
    }
}

/// # Safety
/// `out` is NULL, or there is room for a `T` that no other thread uses during the call.
#[inline(always)]
pub(super) unsafe fn out<T>(out: *mut T) -> Result<Out<T>, alog_status> {
    NonNull::new(out).map(Out).ok_or(ALOG_ERR_NULL)
}

impl<T> Out<T> {
    /// Refuses a place that is not aligned. Not a part of `out`, because NULL is reported before a wrong kind of log,
    /// and this after it.
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
    // SAFETY: not NULL, aligned, not longer than memory can be; there are `count` items, which stay as they are.
    Ok(unsafe { core::slice::from_raw_parts(items, count) })
}

/// The largest size in bytes of a caller's struct that begins with its size.
pub(super) const MAX_SIZE: u32 = 4096;

/// Reads the caller's struct that begins with its size, which may be of any version of the header. Bytes of a later
/// version that this library does not know must be 0. `why` is the message for a size that is not allowed.
///
/// # Safety
/// `given` is aligned, and points to as many readable bytes as its first member, a `u32`, says. The first release's
/// struct has as many members as `T`.
pub(super) unsafe fn sized<T: Copy>(given: *const T, why: &'static str) -> Result<T, Problem> {
    let least = size_of::<T>() as u32;
    // SAFETY: aligned; as many bytes are readable as the first member says, which is at least `T`'s size where more is
    // read.
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

/// Writes a text to the caller's buffer: what fits, and a NUL behind it. Returns the length of the whole text.
///
/// # Safety
/// There is room for `size` bytes; the buffer may be NULL if that is 0.
pub(super) unsafe fn write_text(
    buffer: *mut c_char,
    size: usize,
    write: impl FnOnce(&mut text::Out<'_>) -> fmt::Result,
) -> usize {
    let buffer = buffer.cast::<u8>();
    let room = size.saturating_sub(1);
    let mut length = 0_usize;
    // The closure never returns an error.
    let _ = write(&mut |text| {
        let fits = text.len().min(room.saturating_sub(length));
        // SAFETY: what fits lies within the `size` bytes that there is room for. Where nothing fits, nothing is
        // written, and the place may be any.
        unsafe { buffer.wrapping_add(length).copy_from_nonoverlapping(text.as_ptr(), fits) };
        length += text.len();
        Ok(())
    });
    if size > 0 {
        // SAFETY: at most the last of the `size` bytes that there is room for.
        unsafe { buffer.add(length.min(room)).write(0) };
    }
    length
}
