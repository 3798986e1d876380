//! E2: a thread that pins a window sees its list, and accepts only a window that was current meanwhile.

use super::{Shared, append, log, read, search, search_three_threads};
use crate::raw::read::describe::each_held;

/// A thread that describes the log goes through all windows: dead ones, live ones and new ones. It reads the lists of
/// those that it pins, also of one that is not current yet.
#[test]
fn lists_of_all_windows_are_read_while_they_are_recycled() {
    search(|| {
        let (mut writer, log) = log(1, 1);
        append(&mut writer, 2);
        let view = log.snapshot();
        let describer = loom::thread::spawn(move || {
            each_held(&log.core, u64::MAX, u64::MAX, &mut |held| {
                assert!(held.head <= held.tail + 1 && held.begin == held.tail, "I2");
                Ok(())
            })
            .unwrap();
        });
        append(&mut writer, 2);
        describer.join().unwrap();
        drop(view);
    });
}

/// Windows are recycled while one reader takes two fresh views in a row. The second view is never older (I10). Without
/// the second look, the first view may be of a window that is not current yet.
#[test]
fn fresh_views_never_go_back_while_windows_are_recycled() {
    search(|| {
        let (mut writer, log) = log(1, 1);
        append(&mut writer, 1);
        let reader = loom::thread::spawn(move || {
            let first = log.snapshot();
            let seen = first.range();
            read(&first);
            drop(first);
            let second = log.snapshot();
            read(&second);
            assert!(second.range().end >= seen.end, "I10");
            assert!(second.range().start >= seen.start, "I9");
        });
        append(&mut writer, 3);
        reader.join().unwrap();
    });
}

/// One reader's snapshot, then another's refresh: a read that starts after the other one finished is never older (I10).
#[test]
fn refresh_after_anothers_snapshot_is_never_older() {
    search_three_threads(|| {
        let (mut writer, log) = log(1, 1);
        append(&mut writer, 1);
        let mut view = log.snapshot();
        let seen = Shared::new(0);
        let newcomer = {
            loom::thread::spawn(move || {
                let view = log.snapshot();
                seen.tell(view.range().end);
            })
        };
        let refresher = loom::thread::spawn(move || {
            let seen = seen.told();
            view.refresh();
            assert!(view.range().end >= seen, "I10");
            read(&view);
        });
        append(&mut writer, 2);
        newcomer.join().unwrap();
        refresher.join().unwrap();
    });
}

/// A newcomer comes with a stale pointer to a window that was recycled and is current again. What it then shows is
/// published for everybody. Another reader's refresh after it, from the window between, must see that its head is
/// sealed.
#[test]
fn refresh_is_never_older_than_a_recycled_windows_view() {
    search_three_threads(|| {
        let (mut writer, log) = log(1, 1);
        append(&mut writer, 2);
        let seen = Shared::new(0);
        let newcomer = {
            let log = log.clone();
            loom::thread::spawn(move || seen.tell(log.snapshot().range().end))
        };
        append(&mut writer, 1);
        let mut view = log.snapshot();
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

/// And the other way round: a snapshot after another reader's refresh.
#[test]
fn snapshot_after_anothers_refresh_is_never_older() {
    search_three_threads(|| {
        let (mut writer, log) = log(1, 1);
        append(&mut writer, 1);
        let mut view = log.snapshot();
        let seen = Shared::new(0);
        let refresher = {
            loom::thread::spawn(move || {
                view.refresh();
                seen.tell(view.range().end);
            })
        };
        let newcomer = loom::thread::spawn(move || {
            let seen = seen.told();
            let view = log.snapshot();
            assert!(view.range().end >= seen, "I10");
            read(&view);
        });
        append(&mut writer, 2);
        refresher.join().unwrap();
        newcomer.join().unwrap();
    });
}
