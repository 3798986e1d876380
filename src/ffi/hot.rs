//! What the inline functions of `include/atomic_log_inline.h` work on: frozen structs, which the library shares with them.

use core::mem::offset_of;

use super::cursor::alog_cursor;
use super::snapshot::alog_snapshot;
use super::status::{alog_status, value};
use super::types::alog_span;
use super::writer::alog_writer;
use crate::raw::read::cursor::FOLLOWER;
use crate::raw::{Hot, RawCursor, RawWriter, View};

/// What an inline append works on. The library and the inline functions share it. Only the writer's owner, and calls
/// on the writer, read and write it.
#[repr(C)]
pub struct alog_hot {
    /// Where the next record goes.
    pub slot: *mut core::ffi::c_uchar,
    /// What publishing the last record alone would have stored. The next publication stores word + 1.
    pub word: u64,
    /// An append may be inline while word < limit. 0: never.
    pub limit: u64,
    /// Atomic: receives the word, with release order.
    pub target: *mut u64,
    /// Fixed: bytes per record. Bytes: SIZE_MAX.
    pub record_size: usize,
    /// Fixed: bytes from one record to the next. Bytes: 0.
    pub stride: usize,
    /// Bytes: where slot is in its segment.
    pub offset: usize,
    /// Bytes: the bytes of a segment. Fixed: 0.
    pub space: usize,
    /// Bytes: one per record. The next one's index is the lower 32 bits of word. Fixed: NULL.
    pub spans: *mut alog_span,
    /// Bytes: records lie at multiples of it, a power of two.
    pub align: usize,
    /// An append may be inline while word < notify_limit, if a notify follows it. 0: never.
    pub notify_limit: u64,
    /// Atomic: a notify adds 1, with acquire and release order.
    pub epoch: *mut u64,
    /// Atomic: how many threads may be asleep. If it is not 0 after the addition, the notify must be a call.
    pub waiters: *mut u64,
}

layout!(alog_hot, size 104, align 8: slot 0, word 8, limit 16, target 24, record_size 32, stride 40, offset 48, space 56, spans 64,
    align 72, notify_limit 80, epoch 88, waiters 96);

// The writer's own struct is handed out as it lies there.
macro_rules! same {
    ($($member:ident),*) => {
        const _: () = assert!(
            size_of::<alog_hot>() == size_of::<Hot>() $(&& offset_of!(alog_hot, $member) == offset_of!(Hot, $member))*
        );
    };
}
same!(slot, word, limit, target, record_size, stride, offset, space, spans, align, notify_limit, epoch, waiters);

/// What tells whether something is new. Nothing is new if *published equals word.
#[repr(C)]
pub struct alog_glance {
    /// Atomic: what the newest segment in view shows.
    pub published: *const u64,
    /// What it showed when the view was captured.
    pub word: u64,
}

layout!(alog_glance, size 16, align 8: published 0, word 8);

/// What inline reading in the newest segment works on. The library and the inline functions share it. Only the
/// cursor's owner, and calls on the cursor, read and write it.
#[repr(C)]
pub struct alog_follower {
    /// The newest segment in view. The lower 32 bits of its word are how many records it shows. Its highest bit is
    /// never set.
    pub glance: alog_glance,
    /// Sequence of that segment's first record.
    pub first_sequence: u64,
    /// For the library only.
    pub kept: [*const core::ffi::c_void; 2],
    /// Sequence of the next unread record.
    pub position: u64,
    /// Fixed: that segment's first record. Bytes: NULL.
    pub records: *const core::ffi::c_uchar,
    /// Fixed: bytes from one record to the next.
    pub stride: usize,
}

layout!(alog_follower, size 64, align 8: glance 0, first_sequence 16, kept 24, position 40, records 48, stride 56);

// A cursor begins with an `alog_follower`.
const _: () = {
    let [word, first_sequence, position, records, stride] = FOLLOWER;
    assert!(word == offset_of!(alog_glance, word) && first_sequence == offset_of!(alog_follower, first_sequence));
    assert!(position == offset_of!(alog_follower, position) && records == offset_of!(alog_follower, records));
    assert!(stride == offset_of!(alog_follower, stride));
};

/// Returns the state that alog_append_inline, alog_append_bytes_inline and alog_notify_inline use: see
/// atomic_log_inline.h.
///
/// @param writer  The writer.
/// @return What an append works on. In a checked library its limit is 0, so that every append is a call.
///
/// Lifetime: until alog_writer_release or alog_writer_finish.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_writer_hot(writer: *mut alog_writer) -> *mut alog_hot {
    // SAFETY: the writer is NULL or a live handle, and this is its owner's call.
    value(|| unsafe { hot(writer) })
}

/// Returns the state that alog_is_newest_inline and alog_refresh_inline use: see atomic_log_inline.h.
///
/// @param snapshot  The snapshot.
/// @return What tells whether a refresh would bring something. A refresh changes it.
///
/// Lifetime: until alog_snapshot_destroy.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_snapshot_glance(snapshot: *const alog_snapshot) -> *const alog_glance {
    // SAFETY: the snapshot is NULL or a live handle.
    value(|| unsafe { glance_of_snapshot(snapshot).map(<*const alog_glance>::cast_mut) })
}

/// Returns the state that alog_is_newest_inline uses for a cursor: see atomic_log_inline.h.
///
/// @param cursor  The cursor.
/// @return What tells whether a refresh would bring something. A refresh changes it.
///
/// Lifetime: until alog_cursor_destroy.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_cursor_glance(cursor: *const alog_cursor) -> *const alog_glance {
    // SAFETY: the cursor is NULL or a live handle.
    value(|| unsafe { glance_of_cursor(cursor).map(<*const alog_glance>::cast_mut) })
}

/// Returns the state that alog_next_inline uses: see atomic_log_inline.h.
///
/// @param cursor  The cursor.
/// @return What inline reading works on. In a checked library it has nothing to read, so that each record comes by a
///         call.
///
/// Lifetime: until alog_cursor_destroy.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_cursor_follower(cursor: *mut alog_cursor) -> *mut alog_follower {
    // SAFETY: the cursor is NULL or a live handle, and this is its owner's call.
    value(|| unsafe { follower(cursor) })
}

#[cfg(not(feature = "checked"))]
mod shared {
    use super::super::handle::inner_of;
    use super::*;

    pub(super) unsafe fn hot(writer: *mut alog_writer) -> Result<*mut alog_hot, alog_status> {
        // SAFETY: the writer is NULL or a live handle.
        unsafe { Ok(RawWriter::hot_of(inner_of::<RawWriter>(writer)?.cast_mut()).cast()) }
    }

    pub(super) unsafe fn glance_of_snapshot(snapshot: *const alog_snapshot) -> Result<*const alog_glance, alog_status> {
        // SAFETY: the snapshot is NULL or a live handle.
        unsafe { Ok(inner_of::<View>(snapshot)?.cast()) }
    }

    pub(super) unsafe fn glance_of_cursor(cursor: *const alog_cursor) -> Result<*const alog_glance, alog_status> {
        // SAFETY: the cursor is NULL or a live handle.
        unsafe { Ok(inner_of::<RawCursor>(cursor)?.cast()) }
    }

    pub(super) unsafe fn follower(cursor: *mut alog_cursor) -> Result<*mut alog_follower, alog_status> {
        // SAFETY: the cursor is NULL or a live handle.
        unsafe { Ok(inner_of::<RawCursor>(cursor)?.cast_mut().cast()) }
    }
}

/// For a library that must see every call: constants with which nothing can be done inline.
#[cfg(feature = "checked")]
mod shared {
    use core::ptr::{null, null_mut};

    use super::super::handle::{Tagged, get, get_mut};
    use super::*;

    struct Constant<T>(T);
    // SAFETY: constant.
    unsafe impl<T> Sync for Constant<T> {}

    /// The word of a segment that was left, so that each look at it is a call.
    static SHOWN: u64 = 1 << 63;
    static NO_HOT: Constant<alog_hot> = Constant(alog_hot {
        slot: null_mut(),
        word: 0,
        limit: 0,
        target: null_mut(),
        record_size: usize::MAX,
        stride: 0,
        offset: 0,
        space: 0,
        spans: null_mut(),
        align: 1,
        notify_limit: 0,
        epoch: null_mut(),
        waiters: null_mut(),
    });
    static NO_FOLLOWER: Constant<alog_follower> = Constant(alog_follower {
        glance: alog_glance { published: &raw const SHOWN, word: 0 },
        first_sequence: 0,
        kept: [null(); 2],
        position: 0,
        records: null(),
        stride: 0,
    });

    pub(super) unsafe fn hot(writer: *mut alog_writer) -> Result<*mut alog_hot, alog_status> {
        // SAFETY: the writer is NULL or a live handle, and this is its owner's call.
        unsafe { get_mut::<RawWriter>(writer)? };
        Ok((&raw const NO_HOT.0).cast_mut())
    }

    pub(super) unsafe fn glance_of_snapshot(snapshot: *const alog_snapshot) -> Result<*const alog_glance, alog_status> {
        // SAFETY: the snapshot is NULL or a live handle, which no other call changes meanwhile.
        unsafe { get::<Tagged<View>>(snapshot)? };
        Ok(&raw const NO_FOLLOWER.0.glance)
    }

    pub(super) unsafe fn glance_of_cursor(cursor: *const alog_cursor) -> Result<*const alog_glance, alog_status> {
        // SAFETY: the cursor is NULL or a live handle, which no other call changes meanwhile.
        unsafe { get::<Tagged<RawCursor>>(cursor)? };
        Ok(&raw const NO_FOLLOWER.0.glance)
    }

    pub(super) unsafe fn follower(cursor: *mut alog_cursor) -> Result<*mut alog_follower, alog_status> {
        // SAFETY: the cursor is NULL or a live handle, and this is its owner's call.
        unsafe { get_mut::<RawCursor>(cursor)? };
        Ok((&raw const NO_FOLLOWER.0).cast_mut())
    }
}

use shared::{follower, glance_of_cursor, glance_of_snapshot, hot};
