//! An embedder's allocator that keeps books: it counts, checks what is given back, and fails when told to.
#![allow(dead_code, reason = "each test uses a part of it")]

use std::alloc::{Layout, alloc, dealloc};
use std::collections::HashMap;
use std::ffi::c_void;
use std::ptr::null_mut;
use std::sync::{Mutex, MutexGuard, PoisonError};

use atomic_log::Allocator;

#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub(crate) struct Books {
    /// Blocks that are out now, and their bytes.
    pub(crate) blocks: usize,
    pub(crate) bytes: usize,
    /// The maximum of each.
    pub(crate) most_blocks: usize,
    /// Calls that gave a block, except those of a check (`Memory::calm`), and calls that were made to fail.
    pub(crate) allocations: u64,
    pub(crate) failures: u64,
}

#[derive(Default)]
struct Inner {
    books: Books,
    out: HashMap<usize, Layout>,
    /// The number of calls that succeed before one fails, and whether all after it fail, too.
    until_failure: Option<u64>,
    for_good: bool,
    /// Checks that are in progress.
    calm: u32,
    /// What was given back wrongly.
    faults: Vec<String>,
}

/// Must live longer than every handle of the logs that it serves: its drop checks that all memory came back.
pub(crate) struct Memory(Box<Mutex<Inner>>);

fn lock(inner: &Mutex<Inner>) -> MutexGuard<'_, Inner> {
    inner.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Memory {
    pub(crate) fn new() -> Memory {
        Memory(Box::default())
    }

    pub(crate) fn allocator(&self) -> Allocator {
        // SAFETY: the functions may be called from any thread; they hand out what the system's allocator does, and the
        // context outlives the logs, as `Memory` demands.
        unsafe { Allocator::new(self.context(), allocate, deallocate) }
    }

    /// The context that `allocate` and `deallocate` are called with.
    pub(crate) fn context(&self) -> *mut c_void {
        let context: *const Mutex<Inner> = &*self.0;
        context.cast_mut().cast()
    }

    pub(crate) fn books(&self) -> Books {
        lock(&self.0).books
    }

    /// Lets `calls` more allocations succeed, and makes the one after them fail. Later ones succeed again.
    pub(crate) fn fail_after(&self, calls: u64) {
        let mut inner = lock(&self.0);
        (inner.until_failure, inner.for_good) = (Some(calls), false);
    }

    /// Lets `calls` more allocations succeed, and makes all after them fail.
    pub(crate) fn fail_from(&self, calls: u64) {
        let mut inner = lock(&self.0);
        (inner.until_failure, inner.for_good) = (Some(calls), true);
    }

    /// Cancels a failure that has not happened yet, and ends failures that have begun.
    pub(crate) fn fail_no_more(&self) {
        lock(&self.0).until_failure = None;
    }

    /// Whether the next allocation fails.
    pub(crate) fn fails(&self) -> bool {
        lock(&self.0).until_failure == Some(0)
    }

    /// While this lives, allocations succeed and are not counted: they belong to a check, not to the program.
    pub(crate) fn calm(&self) -> Calm<'_> {
        lock(&self.0).calm += 1;
        Calm(self)
    }

    pub(crate) fn assert_all_came_back(&self) {
        let inner = lock(&self.0);
        assert!(inner.faults.is_empty(), "{:?}", inner.faults);
        assert_eq!((inner.books.blocks, inner.books.bytes), (0, 0), "blocks and bytes that never came back");
    }
}

#[must_use]
pub(crate) struct Calm<'m>(&'m Memory);

impl Drop for Calm<'_> {
    fn drop(&mut self) {
        lock(&self.0.0).calm -= 1;
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.assert_all_came_back();
        }
    }
}

pub(crate) unsafe extern "C" fn allocate(context: *mut c_void, size: usize, align: usize) -> *mut c_void {
    // SAFETY: the context is `Memory::context`.
    let mut inner = lock(unsafe { &*context.cast::<Mutex<Inner>>() });
    let counts = inner.calm == 0;
    match &mut inner.until_failure {
        _ if !counts => {}
        Some(0) => {
            if !inner.for_good {
                inner.until_failure = None;
            }
            inner.books.failures += 1;
            return null_mut();
        }
        Some(calls) => *calls -= 1,
        None => {}
    }
    let Ok(layout) = Layout::from_size_align(size, align) else {
        inner.faults.push(format!("asked for {size} bytes aligned to {align}"));
        return null_mut();
    };
    if size == 0 {
        inner.faults.push("asked for no bytes".to_string());
        return null_mut();
    }
    // SAFETY: the size is not zero.
    let block = unsafe { alloc(layout) };
    assert!(!block.is_null(), "the machine has no memory left");
    // SAFETY: the block is new. Code that relies on zeroes shall not find them.
    unsafe { block.write_bytes(0xA5, size) };
    inner.out.insert(block.addr(), layout);
    let books = &mut inner.books;
    books.allocations += u64::from(counts);
    books.blocks += 1;
    books.bytes += size;
    books.most_blocks = books.most_blocks.max(books.blocks);
    block.cast()
}

pub(crate) unsafe extern "C" fn deallocate(context: *mut c_void, block: *mut c_void, size: usize, align: usize) {
    // SAFETY: the context is `Memory::context`.
    let mut inner = lock(unsafe { &*context.cast::<Mutex<Inner>>() });
    let Some(layout) = inner.out.remove(&block.addr()) else {
        inner.faults.push(format!("a block of {size} bytes came back that is not out"));
        return;
    };
    if (layout.size(), layout.align()) != (size, align) {
        inner.faults.push(format!("{layout:?} came back as {size} bytes aligned to {align}"));
    }
    inner.books.blocks -= 1;
    inner.books.bytes -= layout.size();
    // SAFETY: the block is out with this layout. Code that still reads it shall notice.
    unsafe {
        block.cast::<u8>().write_bytes(0xDD, layout.size());
        dealloc(block.cast(), layout);
    }
}
