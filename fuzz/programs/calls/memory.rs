//! An embedder's allocator that keeps books, has little memory, and fails when it is told to.

use std::alloc::{Layout, alloc, dealloc};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::c_void;
use std::ptr::null_mut;

use atomic_log::ffi::options::alog_allocator;

/// The number of bytes that it has: enough for what programs mean to create, and too little for wild capacities.
const MOST: usize = 1 << 18;

/// The calls that get nothing.
#[derive(Clone, Copy, Debug)]
pub(super) enum Failing {
    Never,
    /// The one after this many.
    Once(u32),
    /// All after this many.
    After(u32),
}

struct Books {
    out: BTreeMap<usize, Layout>,
    bytes: usize,
    failing: Failing,
    failures: u64,
    /// What was asked for or given back wrongly.
    faults: Vec<String>,
}

/// Must live longer than every handle of the log that it serves.
pub(super) struct Memory(Box<RefCell<Books>>);

impl Memory {
    pub(super) fn new(failing: Failing) -> Memory {
        let books = Books { out: BTreeMap::new(), bytes: 0, failing, failures: 0, faults: Vec::new() };
        Memory(Box::new(RefCell::new(books)))
    }

    pub(super) fn allocator(&self) -> alog_allocator {
        let context: *const RefCell<Books> = &*self.0;
        alog_allocator { context: context.cast_mut().cast(), allocate: Some(allocate), deallocate: Some(deallocate) }
    }

    pub(super) fn fail(&self, failing: Failing) {
        self.0.borrow_mut().failing = failing;
    }

    /// Calls that got nothing.
    pub(super) fn failures(&self) -> u64 {
        self.0.borrow().failures
    }

    /// Bytes that are out.
    pub(super) fn bytes(&self) -> usize {
        self.0.borrow().bytes
    }

    pub(super) fn check(&self) {
        let books = self.0.borrow();
        assert!(books.faults.is_empty(), "the allocator: {:?}", books.faults);
    }
}

unsafe extern "C" fn allocate(context: *mut c_void, size: usize, align: usize) -> *mut c_void {
    // SAFETY: `Memory::allocator` passed this context.
    let mut books = unsafe { &*context.cast::<RefCell<Books>>() }.borrow_mut();
    let fails = match &mut books.failing {
        Failing::Never => false,
        Failing::Once(0) => {
            books.failing = Failing::Never;
            true
        }
        Failing::After(0) => true,
        Failing::Once(calls) | Failing::After(calls) => {
            *calls -= 1;
            false
        }
    };
    let layout = match Layout::from_size_align(size, align) {
        Ok(layout) if size > 0 => layout,
        _ => {
            books.faults.push(format!("asked for {size} bytes aligned to {align}"));
            return null_mut();
        }
    };
    if fails || size > MOST - books.bytes {
        books.failures += 1;
        return null_mut();
    }
    // SAFETY: the size is not zero.
    let block = unsafe { alloc(layout) };
    assert!(!block.is_null(), "the machine has no memory left");
    // SAFETY: the block is new. Code that relies on zeroes shall not find them.
    unsafe { block.write_bytes(0xA5, size) };
    books.out.insert(block.addr(), layout);
    books.bytes += size;
    block.cast()
}

unsafe extern "C" fn deallocate(context: *mut c_void, block: *mut c_void, size: usize, align: usize) {
    // SAFETY: `Memory::allocator` passed this context.
    let mut books = unsafe { &*context.cast::<RefCell<Books>>() }.borrow_mut();
    let Some(layout) = books.out.remove(&block.addr()) else {
        books.faults.push(format!("a block of {size} bytes came back that is not out"));
        return;
    };
    if (layout.size(), layout.align()) != (size, align) {
        books.faults.push(format!("{layout:?} came back as {size} bytes aligned to {align}"));
    }
    books.bytes -= layout.size();
    // SAFETY: the block is out with this layout. Code that still reads it shall notice.
    unsafe {
        block.cast::<u8>().write_bytes(0xDD, layout.size());
        dealloc(block.cast(), layout);
    }
}
