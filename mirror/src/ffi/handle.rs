//! Every NULL, tag, size and alignment check of the C surface, and every cast.

use std::ffi::{CStr, c_char};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::NonNull;

use crate::abi::{Status, status};

/// No struct of a caller's that begins with its size is larger.
const MAX_SIZE: u32 = 4096;

/// What a handle's memory holds behind the opaque type: a tag, then what it stands for.
#[repr(C)]
pub(super) struct Tagged<T> {
    tag: u64,
    inner: T,
}

/// What a function does, whose panic is a status.
pub(super) fn guard(work: impl FnOnce() -> Result<Status, Status>) -> Status {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(status) | Err(status)) => status,
        Err(_) => status::ERR_INTERNAL,
    }
}

/// Makes a handle in memory of its own.
pub(super) fn create<T, H>(tag: &[u8; 8], inner: T) -> *mut H {
    Box::into_raw(Box::new(Tagged { tag: u64::from_le_bytes(*tag), inner })).cast()
}

/// What a handle stands for.
///
/// # Safety
/// The pointer is NULL, or points to 8 readable bytes; if these are the tag, it is a live handle of this kind.
pub(super) unsafe fn get<'a, T, H>(tag: &[u8; 8], handle: *const H) -> Result<&'a T, Status> {
    if handle.is_null() {
        return Err(status::ERR_NULL);
    }
    let aligned = handle.cast::<u64>().is_aligned();
    // SAFETY: not NULL, and the caller's contract.
    if !aligned || unsafe { handle.cast::<u64>().read() } != u64::from_le_bytes(*tag) {
        return Err(status::ERR_HANDLE);
    }
    // SAFETY: the tag says what it is.
    Ok(unsafe { &(*handle.cast::<Tagged<T>>()).inner })
}

/// Ends a handle, and returns what it stood for.
///
/// # Safety
/// As `get`, and no other thread uses the handle during the call, nor any after it.
pub(super) unsafe fn end<T, H>(tag: &[u8; 8], handle: *mut H) -> Result<T, Status> {
    // SAFETY: the caller's contract.
    unsafe {
        get::<T, H>(tag, handle)?;
        let tagged = handle.cast::<Tagged<T>>();
        // Volatile, since the compiler may drop a store to memory that is freed. The tag is there for a call that comes
        // too late.
        (&raw mut (*tagged).tag).write_volatile(0);
        Ok(Box::from_raw(tagged).inner)
    }
}

/// A place that the caller gave to be written.
///
/// # Safety
/// `out` is NULL, or there is room for a `T` that no other thread uses during the call.
pub(super) unsafe fn out<T>(out: *mut T) -> Result<NonNull<T>, Status> {
    let out = NonNull::new(out).ok_or(status::ERR_NULL)?;
    if out.is_aligned() { Ok(out) } else { Err(status::ERR_ARGUMENT) }
}

/// The bytes of a struct of the caller's that begins with its size, which is at least `least`; what this library does
/// not know of it must be 0, beyond `known` bytes.
///
/// # Safety
/// `given` is NULL, or points to as many readable bytes as its first member, a `u32`, says.
pub(super) unsafe fn sized<'a, T>(given: *const T, least: usize, known: usize) -> Result<&'a [u8], &'static str> {
    // SAFETY: the caller's contract.
    unsafe {
        let size = given.cast::<u32>().read();
        if size < least as u32 || size > MAX_SIZE {
            return Err("struct_size is not the size of the struct: its _INIT sets it");
        }
        let bytes = std::slice::from_raw_parts(given.cast::<u8>(), size as usize);
        if bytes.iter().skip(known).any(|byte| *byte != 0) {
            return Err(
                "struct_size says that there are members which this library does not know, and one of them is not 0",
            );
        }
        Ok(bytes)
    }
}

/// Writes a struct that begins with its size into the caller's, of this version or a later one: what is behind it
/// becomes 0.
///
/// # Safety
/// `out` points to as many bytes as its first member, a `u32`, says, which no other thread uses during the call.
pub(super) unsafe fn write_sized<T>(out: NonNull<T>, make: impl FnOnce(u32) -> T) -> Result<(), Status> {
    let known = size_of::<T>();
    // SAFETY: the caller's contract.
    unsafe {
        let size = out.cast::<u32>().read();
        if size < known as u32 || size > MAX_SIZE {
            return Err(status::ERR_ARGUMENT);
        }
        out.cast::<u8>().add(known).write_bytes(0, size as usize - known);
        out.write(make(size));
    }
    Ok(())
}

/// A text of the caller's; none if it is NULL.
///
/// # Safety
/// `text` is NULL or ends with a NUL.
pub(super) unsafe fn text(text: *const c_char, member: &str) -> Result<Option<String>, String> {
    if text.is_null() {
        return Ok(None);
    }
    // SAFETY: the caller's contract.
    let text = unsafe { CStr::from_ptr(text) }.to_str();
    text.map(|text| Some(text.to_owned())).map_err(|_| format!("{member} is not UTF-8"))
}

/// Writes words with a NUL behind them, cut to what there is room for, between two characters.
///
/// # Safety
/// There is room for `size` bytes.
pub(super) unsafe fn write_text(words: &str, text: *mut c_char, size: usize) {
    if size == 0 {
        return;
    }
    let mut length = words.len().min(size - 1);
    while !words.is_char_boundary(length) {
        length -= 1;
    }
    // SAFETY: the caller's contract; the length is less than the size.
    unsafe {
        std::ptr::copy_nonoverlapping(words.as_ptr(), text.cast(), length);
        text.add(length).write(0);
    }
}
