//! `alog_segment`: a counted pin on one segment.

use super::handle::{Tagged, destroy, get, handle};
use super::status::{alog_status, value};
use crate::raw::CountedPin;

/// A pin on one segment. Its records stay readable while the pin lives, even after all other handles are gone.
/// Counted, like a log.
///
/// Threads: any.
pub struct alog_segment(());

handle!(CountedPin, alog_segment, b"alog_seg", "segment");

/// Adds a count to a pin. Release each count once.
///
/// @param segment  The pin. NULL and a wrong handle are returned as they are.
/// @return segment.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_segment_retain(segment: *mut alog_segment) -> *mut alog_segment {
    // SAFETY: the segment is NULL or a live handle.
    if let Ok(handle) = unsafe { get::<Tagged<CountedPin>>(segment) } {
        handle.inner.retain();
    }
    segment
}

/// Gives a count back. The last one ends the pin: its chunks end, unless something else covers the segment.
///
/// @param segment  The pin.
///
/// Progress: lock-free.
/// Safety: one count of segment ends here.
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

/// Returns the number of the segment, as in alog_chunk.segment_sequence.
///
/// @param segment  The pin.
/// @return 0, 1, 2, ... in order of creation.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_segment_sequence(segment: *const alog_segment) -> u64 {
    value(|| -> Result<u64, alog_status> {
        // SAFETY: the segment is NULL or a live handle. I1: the pin covers its segment.
        Ok(unsafe { get::<Tagged<CountedPin>>(segment)?.inner.pin().chunk().segment_sequence() })
    })
}
