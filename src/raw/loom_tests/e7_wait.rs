//! E7: no wake-up is lost. Sleeping is a lock and a condition here, so loom reports who sleeps for ever.

use std::time::Duration;

use super::{append, log, read, search, search_three_threads};
use crate::Wait;

/// What was published before a notify wakes, or is seen without sleeping.
#[test]
fn waiter_always_learns_of_what_was_published() {
    search(|| {
        let (mut writer, log) = log(1, 1);
        let mut view = log.snapshot();
        let waiter = loom::thread::spawn(move || {
            assert_eq!(view.wait(Duration::MAX), Wait::Ready);
            assert_eq!(view.refresh().appended, 1);
            read(&view);
        });
        append(&mut writer, 1);
        writer.notify();
        waiter.join().unwrap();
    });
}

/// A notify with nothing new ends no wait, and does not eat the next one.
#[test]
fn notify_with_nothing_new_loses_none() {
    search(|| {
        let (mut writer, log) = log(1, 1);
        let view = log.snapshot();
        let waiter = loom::thread::spawn(move || assert_eq!(view.wait(Duration::MAX), Wait::Ready));
        writer.notify();
        append(&mut writer, 1);
        drop(writer); // which notifies
        waiter.join().unwrap();
    });
}

/// Two waiters, one notify.
#[test]
fn notify_wakes_all() {
    search_three_threads(|| {
        let (mut writer, log) = log(1, 1);
        let waiters = [log.snapshot(), log.snapshot()]
            .map(|view| loom::thread::spawn(move || assert_eq!(view.wait(Duration::MAX), Wait::Ready)));
        append(&mut writer, 1);
        writer.notify();
        for waiter in waiters {
            waiter.join().unwrap();
        }
    });
}

/// An interrupt ends a wait that is in progress, also when the writer notifies at the same time.
#[test]
fn interrupt_is_not_lost_beside_a_notify() {
    search_three_threads(|| {
        let (writer, log) = log(1, 1);
        let core = log.core.clone();
        let waiter = loom::thread::spawn(move || {
            // In progress is from the moment that the count was read.
            let interrupted = std::cell::Cell::new(false);
            let wait = core.event.wait(None, || {
                if !interrupted.replace(true) {
                    core.event.interrupt();
                }
                false
            });
            assert_eq!(wait, Wait::Interrupted);
        });
        let other = loom::thread::spawn(move || writer.notify());
        log.interrupt();
        waiter.join().unwrap();
        other.join().unwrap();
    });
}
