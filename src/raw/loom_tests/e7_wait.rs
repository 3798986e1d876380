//! E7: no wake-up is lost. A sleep is a lock and a condition here, so loom reports a thread that sleeps for ever.

use std::time::Duration;

use super::{append, log, read, search, search_three_threads};
use crate::Wait;
use crate::raw::event::Event;
use crate::sync::{Ordering, mutant, ordering};

/// What was published before a notify wakes the waiter, or the waiter sees it without sleeping.
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

/// A notify with nothing new ends no wait, and the next notify still wakes.
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

/// A notify as callers of the C functions make it inline (`Event::words`).
fn notify_inline(event: &Event) {
    let (epoch, waiters) = event.words();
    // SAFETY: the words are the event's, which is alive.
    unsafe {
        if !mutant!(NOTIFY_LOOKS_FIRST) {
            (*epoch).fetch_add(1, ordering!(E7_NOTIFY_INLINE, AcqRel));
        }
        // Relaxed: ordered by the line above.
        if (*waiters).load(Ordering::Relaxed) != 0 {
            event.notify();
        }
    }
}

/// As the first model, with a notify that is made inline while no waiter is counted in.
#[test]
fn inline_notify_loses_no_waiter() {
    search(|| {
        let (mut writer, log) = log(1, 1);
        let view = log.snapshot();
        let waiter = loom::thread::spawn(move || assert_eq!(view.wait(Duration::MAX), Wait::Ready));
        append(&mut writer, 1);
        notify_inline(&log.core.event);
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
            // A wait is in progress from the moment that it has read the count.
            let interrupted = std::cell::Cell::new(false);
            let wait = core.event.wait(None, core.event.interrupts(), || {
                if !interrupted.replace(true) {
                    core.event.interrupt();
                }
                None
            });
            assert_eq!(wait, Wait::Interrupted);
        });
        let other = loom::thread::spawn(move || writer.notify());
        log.interrupt();
        waiter.join().unwrap();
        other.join().unwrap();
    });
}

/// An interrupt that comes between the look at a stop flag and the wait is not missed, whatever else there is to tell.
#[test]
fn interrupt_is_not_missed_before_the_wait() {
    search(|| {
        let (mut writer, log) = log(1, 1);
        let mut view = log.snapshot();
        let stop = loom::sync::Arc::new(loom::sync::atomic::AtomicU64::new(0));
        let (asked, other) = (stop.clone(), log.clone());
        let waiter = loom::thread::spawn(move || {
            let interrupts = other.interrupts();
            // Relaxed: the count publishes the flag.
            while asked.load(loom::sync::atomic::Ordering::Relaxed) == 0 {
                match view.wait_since(Duration::MAX, interrupts) {
                    Wait::Ready => assert_eq!(view.refresh().appended, 1),
                    wait => {
                        assert_eq!(wait, Wait::Interrupted);
                        break;
                    }
                }
            }
        });
        stop.store(1, loom::sync::atomic::Ordering::Relaxed);
        log.interrupt();
        append(&mut writer, 1);
        waiter.join().unwrap();
    });
}

/// The same, for a thread that reads the count before it looks at the flag: a count that has grown comes with the flag.
#[test]
fn a_count_of_interrupts_shows_what_was_done_before() {
    search(|| {
        let (_writer, log) = log(1, 1);
        let stop = loom::sync::Arc::new(loom::sync::atomic::AtomicU64::new(0));
        let (asked, other) = (stop.clone(), log.clone());
        let view = log.snapshot();
        let reader = loom::thread::spawn(move || {
            if view.wait_since(Duration::ZERO, 0) == Wait::Interrupted || other.interrupts() == 1 {
                assert_eq!(asked.load(loom::sync::atomic::Ordering::Relaxed), 1, "the flag was set before");
            }
        });
        stop.store(1, loom::sync::atomic::Ordering::Relaxed);
        log.interrupt();
        reader.join().unwrap();
    });
}

/// Two notifies, of which the first may be stopped behind any of its steps. Neither keeps back the other's wake-up.
/// Sleepers that came later do not count as woken together with the earlier ones.
#[test]
fn notifies_beside_each_other_lose_none() {
    search_three_threads(|| {
        let (mut writer, log) = log(2, 2);
        let core = log.core.clone();
        let mut view = log.snapshot();
        let other = loom::thread::spawn(move || core.event.notify());
        let waiter = loom::thread::spawn(move || {
            let mut seen = 0;
            while seen < 2 {
                assert_eq!(view.wait(Duration::MAX), Wait::Ready);
                seen += view.refresh().appended;
            }
        });
        append(&mut writer, 1);
        writer.notify();
        append(&mut writer, 1);
        writer.notify();
        other.join().unwrap();
        waiter.join().unwrap();
    });
}

/// The end wakes the sleepers, and is told only when everything was read.
#[test]
fn the_end_is_told_behind_the_last_record() {
    search(|| {
        let (mut writer, log) = log(1, 1);
        let mut view = log.snapshot();
        let waiter = loom::thread::spawn(move || {
            let mut seen = 0;
            loop {
                match view.wait(Duration::MAX) {
                    Wait::Ready => seen += view.refresh().appended,
                    wait => break assert_eq!((wait, seen), (Wait::Finished, 1)),
                }
            }
            assert_eq!(view.wait(Duration::ZERO), Wait::Finished);
            assert_eq!(view.refresh().appended, 0);
        });
        append(&mut writer, 1);
        writer.finish();
        waiter.join().unwrap();
        assert!(log.is_finished() && log.try_claim_writer().is_err());
    });
}

/// The same, for threads that ask for the end without sleeping.
#[test]
fn the_end_shows_all_that_was_published_before_it() {
    search(|| {
        let (mut writer, log) = log(1, 1);
        let mut view = log.snapshot();
        let reader = loom::thread::spawn(move || {
            if log.is_finished() {
                assert_eq!(view.refresh().appended, 1, "published before the end");
            }
            if view.wait(Duration::ZERO) == Wait::Finished {
                assert_eq!(view.range(), 0..1);
            }
        });
        append(&mut writer, 1);
        writer.finish();
        reader.join().unwrap();
    });
}
