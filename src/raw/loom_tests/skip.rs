//! A skip: the log goes on at a later sequence, and no view has a gap. It is a roll to a window of one segment, so E2
//! and E4 order it. The step that a mutant breaks here is that this window does not list what was retained.

use super::{Shared, append, log, read, search, search_three_threads};

/// Whatever a view shows, its sequences abut (I8). What each refresh reports as lost is exact.
#[test]
fn views_have_no_gap_beside_a_skip() {
    search(|| {
        let (mut writer, log) = log(2, 2);
        append(&mut writer, 1);
        let mut view = log.snapshot();
        let reader = loom::thread::spawn(move || {
            for _ in 0..2 {
                let end = view.range().end;
                let delta = view.refresh();
                read(&view);
                assert_eq!(end + delta.lost, delta.first_sequence);
                assert_eq!(delta.first_sequence + delta.appended, view.range().end);
                // The records from before the skip are one side, and those from 10 on the other.
                let skipped = view.range().end >= 10;
                assert_eq!(view.range().start, if skipped { 10 } else { 0 });
                assert_eq!(delta.lost > 0, skipped && end < 10);
            }
            // A fresh view is never older than a refreshed one before it (I10).
            let fresh = log.snapshot();
            read(&fresh);
            assert!(fresh.range().end >= view.range().end);
        });
        append(&mut writer, 1);
        writer.skip_to(10).unwrap();
        append(&mut writer, 1);
        reader.join().unwrap();
    });
}

/// A view from before a skip stays what it is, and its segments and window are used again only when it goes.
#[test]
fn view_from_before_a_skip_stays_what_it_is() {
    search(|| {
        let (mut writer, log) = log(1, 1);
        append(&mut writer, 2);
        let view = log.snapshot();
        drop(log);
        let reader = loom::thread::spawn(move || {
            assert_eq!(view.range(), 0..2);
            read(&view);
        });
        writer.skip_to(7).unwrap();
        append(&mut writer, 2);
        writer.skip_to(20).unwrap();
        reader.join().unwrap();
    });
}

/// The old head is sealed before any thread sees that the log went on. Then no refresh takes the old head for open
/// (I10).
#[test]
fn old_head_is_sealed_before_anybody_shows_the_gap() {
    search_three_threads(|| {
        let (mut writer, log) = log(1, 1);
        let mut view = log.snapshot();
        let seen = Shared::new(0);
        let newcomer = loom::thread::spawn(move || seen.tell(log.snapshot().range().end));
        let refresher = loom::thread::spawn(move || {
            let seen = seen.told();
            view.refresh();
            assert!(view.range().end >= seen, "I10");
            assert!(view.is_empty());
        });
        writer.skip_to(5).unwrap();
        newcomer.join().unwrap();
        refresher.join().unwrap();
    });
}
