//! What only the inside can set up.

use super::{CoreRef, Geometry, RawCursor, RawWriter, Source, View};
use crate::{Error, Options};

/// At the end of all sequences a log refuses to begin a segment rather than wrap, and what it holds stays readable.
#[test]
fn sequences_end_rather_than_wrap() {
    let mut geometry = Geometry::fixed(&Options::new(8, 4).record_size(1)).unwrap();
    // Ten records before the end: two segments, and then there is no room for a whole one.
    geometry.options = geometry.options.first_sequence(u64::MAX - 10);
    let core = CoreRef::create(geometry, Source(None)).unwrap();
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
    assert_eq!((refused, appended), (Error::TooLarge, 8));
    assert_eq!(View::new(&core).range(), u64::MAX - 10..u64::MAX - 2);
    // SAFETY: as above.
    assert_eq!(unsafe { writer.append_fixed_batch([0; 8].as_ptr(), 8) }, Err(Error::TooLarge));
}
