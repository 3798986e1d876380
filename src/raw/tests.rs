//! Tests of states that only the inside can set up.

use super::{Geometry, LogRef, RawCursor, RawWriter, View};
use crate::error::Refusal;
use crate::{Options, global};

/// At the end of all sequences a log refuses to begin a segment, so that none wraps. What it holds stays readable.
#[test]
fn sequences_end_rather_than_wrap() {
    // Behind two segments there is no room for a whole one, or none at all.
    two_segments_before_the_end(u64::MAX - 10);
    two_segments_before_the_end(u64::MAX - 8);
}

fn two_segments_before_the_end(begin: u64) {
    let mut geometry = Geometry::fixed(&Options::new(8, 4).record_size(1)).unwrap();
    geometry.options = geometry.options.first_sequence(begin);
    let core = LogRef::create(geometry, global::allocator(&geometry.options).unwrap()).unwrap();
    let mut writer = RawWriter::claim(&core).unwrap();
    let mut cursor = RawCursor::at_begin(View::new(&core));
    let mut appended = 0;
    let refused = loop {
        // SAFETY: one byte is readable.
        match unsafe { writer.append_fixed(&raw const appended) } {
            Ok(()) => appended += 1,
            Err(error) => break error,
        }
        assert_eq!(cursor.refresh().1.appended, 1);
        assert_eq!(cursor.next().unwrap().count, 1);
    };
    assert_eq!((refused, appended), (Refusal::TooLarge, 8));
    assert_eq!(View::new(&core).range(), begin..begin + 8);
    // SAFETY: eight bytes are readable.
    assert_eq!(unsafe { writer.append_fixed_batch([0; 8].as_ptr(), 8) }, Err(Refusal::TooLarge));
}
