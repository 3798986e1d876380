//! `alog_segment`: a counted pin on one segment.

use super::answer::value;
use super::handle::{Tagged, destroy, get, handle};
use super::status::alog_status;
use crate::raw::CountedPin;

/// A pin on one segment: keeps its records readable, whatever else is gone. Counted; any thread.
pub struct alog_segment(());

handle!(CountedPin, alog_segment, b"alog_seg", "segment");

/// Adds a count to a segment pin.
///
/// @param segment  The pin; NULL and a wrong handle are returned as they are, uncounted.
/// @return Its argument. Release each count once.
///
/// Threads: any. Blocking: never. Allocates: never. Lifetime: until the matching release. Since: 0.1.0.
/// Safety: segment must be NULL or a handle that is not released.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_segment_retain(segment: *mut alog_segment) -> *mut alog_segment {
    // SAFETY: the segment is NULL or a live handle.
    if let Ok(handle) = unsafe { get::<Tagged<CountedPin>>(segment) } {
        handle.inner.retain();
    }
    segment
}

/// Gives a count back; the last one lets the segment go.
///
/// @param segment  The pin; NULL and a wrong handle are ignored.
///
/// Threads: any. Blocking: never. Allocates: never. Since: 0.1.0.
/// Safety: segment must be NULL or a handle with a count of the caller's, which ends here, as do the chunks that nothing
/// else covers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_segment_release(segment: *mut alog_segment) {
    value(|| {
        // SAFETY: the segment is NULL or a live handle.
        let handle = unsafe { get::<Tagged<CountedPin>>(segment)? };
        if handle.inner.release() {
            // SAFETY: that was the last count.
            unsafe { destroy(segment, |shared: &CountedPin| shared.pin().core())? };
        }
        Ok(())
    });
}

/// The segment's sequence, as chunks of it say.
///
/// @param segment  The pin.
/// @return 0, 1, 2, ... in order of creation; 0 also for NULL and a wrong handle.
///
/// Threads: any. Blocking: never. Allocates: never. Since: 0.1.0.
/// Safety: segment must be NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_segment_sequence(segment: *const alog_segment) -> u64 {
    value(|| -> Result<u64, alog_status> {
        // SAFETY: the segment is NULL or a live handle; I1: the pin covers its
        // segment.
        Ok(unsafe { get::<Tagged<CountedPin>>(segment)?.inner.pin().chunk().segment_sequence() })
    })
}
