//! Memory that a function gets, to be written or read: of exactly the promised size, filled with a pattern.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::marker::PhantomData;
use std::ptr::null_mut;

use atomic_log::ffi::status::alog_status::{self, ALOG_ERR_ARGUMENT, ALOG_ERR_NULL};

use super::input::Input;

const PATTERN: u8 = 0xC5;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Place {
    Good,
    Null,
    Misaligned,
}

impl Place {
    pub(super) fn from(input: &mut Input) -> Place {
        match input.byte() {
            0xFC.. => Place::Null,
            0xF8.. => Place::Misaligned,
            _ => Place::Good,
        }
    }
}

/// Room for some bytes that begin with a T.
pub(super) struct Block<T> {
    pub(super) place: Place,
    block: *mut u8,
    layout: Layout,
    /// The pattern that it was filled with.
    before: Vec<u8>,
    of: PhantomData<T>,
}

impl<T: Copy> Block<T> {
    pub(super) fn new(place: Place) -> Block<T> {
        Block::with_size(place, size_of::<T>())
    }

    pub(super) fn with_size(place: Place, size: usize) -> Block<T> {
        let shift = usize::from(place == Place::Misaligned);
        let layout = Layout::from_size_align((size + shift).max(1), align_of::<T>()).expect("small");
        // SAFETY: the size is not zero.
        let block = unsafe { alloc(layout) };
        if block.is_null() {
            handle_alloc_error(layout);
        }
        let mut block = Block { place, block, layout, before: Vec::new(), of: PhantomData };
        block.fill(&vec![PATTERN; size + shift]);
        block
    }

    /// As in a struct that holds its own size. At least these 4 bytes are there.
    pub(super) fn with_struct_size(place: Place, struct_size: u32) -> Block<T> {
        let mut block = Block::with_size(place, (struct_size as usize).max(4));
        let mut bytes = block.before.clone();
        let shift = usize::from(place == Place::Misaligned);
        bytes[shift..shift + 4].copy_from_slice(&struct_size.to_ne_bytes());
        block.fill(&bytes);
        block
    }

    pub(super) fn fill(&mut self, bytes: &[u8]) {
        // SAFETY: the block has room for them, and is not part of them.
        unsafe { self.block.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
        self.before = bytes.to_vec();
    }

    pub(super) fn pointer(&self) -> *mut T {
        match self.place {
            Place::Good => self.block.cast(),
            Place::Null => null_mut(),
            Place::Misaligned => self.block.wrapping_add(1).cast(),
        }
    }

    pub(super) fn refused(&self) -> Option<alog_status> {
        match self.place {
            Place::Good => None,
            Place::Null => Some(ALOG_ERR_NULL),
            Place::Misaligned => Some(ALOG_ERR_ARGUMENT),
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        // SAFETY: the block has as many bytes, all written.
        unsafe { std::slice::from_raw_parts(self.block, self.before.len()) }
    }

    pub(super) fn check_untouched(&self) {
        assert!(self.bytes() == self.before, "an out was written");
    }

    /// Checks that nothing was written from there on.
    pub(super) fn check_untouched_from(&self, byte: usize) {
        assert!(self.bytes()[byte..] == self.before[byte..], "an out was written beyond byte {byte}");
    }

    pub(super) fn value(&self) -> T {
        self.values(1)[0]
    }

    /// The first `count` of an array.
    pub(super) fn values(&self, count: usize) -> Vec<T> {
        assert!(self.place == Place::Good && count * size_of::<T>() <= self.before.len());
        // SAFETY: they lie in the block; whatever bytes are in them are a T, which is plain C data.
        (0..count).map(|index| unsafe { self.block.cast::<T>().add(index).read() }).collect()
    }
}

impl<T> Drop for Block<T> {
    fn drop(&mut self) {
        // SAFETY: as it was allocated.
        unsafe { dealloc(self.block, self.layout) };
    }
}
