//! E1: a reader that sees a count sees that many records whole.

use super::{Watched, append, log, read, search};
use crate::raw::RawWriter;

/// The word is read when a view is taken.
#[test]
fn taken_view_shows_whole_records() {
    search(|| {
        let (mut writer, log) = log(4, 4);
        let reader = loom::thread::spawn(move || read(&log.snapshot()));
        append(&mut writer, 2);
        reader.join().unwrap();
    });
}

/// The word is read when a view is refreshed.
#[test]
fn refreshed_view_shows_whole_records() {
    search(|| {
        let (mut writer, log) = log(4, 4);
        let mut view = log.snapshot();
        let reader = loom::thread::spawn(move || {
            for _ in 0..2 {
                let before = view.range().end;
                let delta = view.refresh();
                assert_eq!(view.range().end, before + delta.appended);
                read(&view);
            }
        });
        append(&mut writer, 2);
        reader.join().unwrap();
    });
}

/// A batch that stays within the head is one store as well.
#[test]
fn batch_within_the_head_shows_whole_records() {
    search(|| {
        let (mut writer, log) = log(4, 4);
        let reader = loom::thread::spawn(move || {
            let view = log.snapshot();
            assert!(matches!(view.len(), 0 | 2), "I7");
            read(&view);
        });
        writer.append_batch([0, 1].map(Watched::new)).unwrap();
        reader.join().unwrap();
    });
}

/// So is what was written in place and committed.
#[test]
fn committed_records_are_shown_whole() {
    search(|| {
        let log = crate::AtomicLog::new(4, 4);
        let mut writer = RawWriter::claim(&log.core).unwrap();
        let reader = loom::thread::spawn(move || {
            let view = log.snapshot();
            assert!(matches!(view.len(), 0 | 2), "I7");
            read(&view);
        });
        assert_eq!(writer.reserve_in_tail(2), Some(2));
        // SAFETY: there is room for two values, and both are written.
        unsafe {
            let room = writer.hot.slot.cast::<Watched>();
            room.write(Watched::new(0));
            room.add(1).write(Watched::new(1));
            assert!(writer.commit_in_tail(2));
        }
        reader.join().unwrap();
    });
}
