//! E4: the seal. A sealed head's word has all that the old window will ever show, and comes before the new window.

use super::{Shared, append, log, read, search, search_three_threads};

/// The captured count lags when the head is sealed: the refresh brings the rest of the segment, and says so.
#[test]
fn refresh_of_a_sealed_head_brings_its_last_records() {
    search(|| {
        let (mut writer, log) = log(2, 2);
        append(&mut writer, 1);
        let mut view = log.snapshot();
        let reader = loom::thread::spawn(move || {
            let mut end = view.range().end;
            for _ in 0..2 {
                let delta = view.refresh();
                assert_eq!(delta.lost, 0);
                assert_eq!(view.range().end, end + delta.appended);
                end = view.range().end;
                read(&view);
                // A fresh view is never older than a refreshed one before it (I10).
                assert!(log.snapshot().range().end >= end);
            }
        });
        append(&mut writer, 2);
        reader.join().unwrap();
    });
}

/// Nothing is missing after a refresh: it shows at least what another thread was told had been published.
#[test]
fn refresh_shows_what_was_published_before_it() {
    search(|| {
        let (mut writer, log) = log(2, 2);
        append(&mut writer, 1);
        let mut view = log.snapshot();
        drop(log);
        let published = Shared::new(1);
        let reader = {
            loom::thread::spawn(move || {
                let published = published.told();
                view.refresh();
                assert!(view.range().end >= published);
                read(&view);
            })
        };
        for _ in 0..2 {
            append(&mut writer, 1);
            published.tell(writer.next_sequence());
        }
        reader.join().unwrap();
    });
}

/// The seal comes before the new window. Once a reader has shown that window, no refresh takes the old head for open
/// (I10).
#[test]
fn old_head_is_sealed_before_anybody_shows_the_new_window() {
    search_three_threads(|| {
        let (mut writer, log) = log(1, 1);
        append(&mut writer, 1);
        let mut view = log.snapshot();
        let seen = Shared::new(0);
        let newcomer = loom::thread::spawn(move || seen.tell(log.snapshot().range().end));
        let refresher = loom::thread::spawn(move || {
            let seen = seen.told();
            view.refresh();
            assert!(view.range().end >= seen, "I10");
        });
        append(&mut writer, 1);
        newcomer.join().unwrap();
        refresher.join().unwrap();
    });
}
