//! What the functions of `atomic_log_inline.h` do, in Rust: appending by an `alog_hot`.

use std::sync::atomic::{AtomicU64, Ordering};

use atomic_log::ffi::hot::{alog_hot, alog_writer_hot};
use atomic_log::ffi::status::alog_status::ALOG_OK;
use atomic_log::ffi::types::alog_span;
use atomic_log::ffi::writer::{alog_writer, alog_writer_notify};

/// Appends without a call. Returns false if a call is needed.
///
/// # Safety
/// The writer is live.
pub(super) unsafe fn append(writer: *mut alog_writer, record: &[u8]) -> bool {
    // SAFETY: the caller's contract; what the writer's `alog_hot` points to is its own, and below its limit there is room.
    unsafe {
        let hot = &mut *alog_writer_hot(writer);
        let (plain, notifies) = (hot.word < hot.limit, hot.word < hot.notify_limit);
        if !(plain || notifies) || !(if hot.spans.is_null() { put_fixed(hot, record) } else { put_bytes(hot, record) })
        {
            return false;
        }
        hot.word += 1;
        AtomicU64::from_ptr(hot.target).store(hot.word, Ordering::Release);
        if notifies {
            AtomicU64::from_ptr(hot.epoch).fetch_add(1, Ordering::AcqRel);
            if AtomicU64::from_ptr(hot.waiters).load(Ordering::Relaxed) != 0 {
                assert_eq!(alog_writer_notify(writer), ALOG_OK);
            }
        }
    }
    true
}

unsafe fn put_fixed(hot: &mut alog_hot, record: &[u8]) -> bool {
    if record.len() != hot.record_size {
        return false;
    }
    // SAFETY: there is a slot for it.
    unsafe {
        hot.slot.copy_from_nonoverlapping(record.as_ptr(), record.len());
        hot.slot = hot.slot.add(hot.stride);
    }
    true
}

unsafe fn put_bytes(hot: &mut alog_hot, record: &[u8]) -> bool {
    if hot.offset >= hot.space || record.len() > hot.space - hot.offset {
        return false;
    }
    let occupied = record.len().next_multiple_of(hot.align);
    // SAFETY: there is room for it, and a span.
    unsafe {
        hot.slot.copy_from_nonoverlapping(record.as_ptr(), record.len());
        hot.spans
            .add(hot.word as u32 as usize)
            .write(alog_span { offset: hot.offset as u32, size: record.len() as u32 });
        // Aligned, so it may come to lie behind the end.
        hot.slot = hot.slot.wrapping_add(occupied);
    }
    hot.offset += occupied;
    true
}
