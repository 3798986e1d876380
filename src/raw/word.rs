//! The word `published`: SEALED (1 bit), length in records of the newest publication (31 bits), count visible in the
//! segment (32 bits). Zero is the empty log.

/// The writer has left the segment. The count in this word is the last that views with this head may show. A newer
/// window exists, or is about to.
pub(crate) const SEALED: u64 = 1 << 63;

/// The most records that one publication can hold.
pub(crate) const MAX_LENGTH: u64 = (1 << 31) - 1;

/// A publication of one record, in a segment that shows none yet: `ONE | n` means "n records, the last one came alone".
pub(crate) const ONE: u64 = 1 << 32;

#[inline(always)]
pub(crate) const fn pack(length: u64, count: u64) -> u64 {
    debug_assert!(length <= MAX_LENGTH && count <= u32::MAX as u64);
    (length << 32) | count
}

#[inline(always)]
pub(crate) const fn count(word: u64) -> u64 {
    word & 0xffff_ffff
}

#[inline(always)]
pub(crate) const fn length(word: u64) -> u64 {
    (word >> 32) & MAX_LENGTH
}
