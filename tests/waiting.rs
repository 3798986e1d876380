//! Waiting and notifying from Rust: what ends a wait, what does not, and that no wake-up is lost.
#![cfg(not(any(loom, shuttle)))]

use std::thread;
use std::time::{Duration, Instant};

use atomic_log::{AtomicLog, ByteLog, Error, FixedLog, Options, Wait};

const FOREVER: Duration = Duration::MAX;

#[test]
fn zero_only_looks() {
    let (mut writer, log) = AtomicLog::new_claimed(8, 4);
    let mut view = log.snapshot();
    assert_eq!(view.wait(Duration::ZERO), Wait::TimedOut);
    writer.append(1).unwrap();
    assert_eq!(view.wait(Duration::ZERO), Wait::Ready);
    assert!(view.is_empty(), "a wait leaves the view as it is");
    view.refresh();
    assert_eq!(view.wait(Duration::ZERO), Wait::TimedOut);
}

/// The head is sealed, windows have come and gone: the view is still outdated.
#[test]
fn rolls_between_are_something_new() {
    let (mut writer, log) = AtomicLog::new_claimed(2, 1);
    let mut view = log.snapshot();
    for value in 0..20 {
        writer.append(value).unwrap();
        assert_eq!(view.wait(Duration::ZERO), Wait::Ready);
        if value % 3 == 0 {
            view.refresh();
            assert_eq!(view.wait(Duration::ZERO), Wait::TimedOut);
        }
    }
}

#[test]
fn timeout_is_not_early() {
    let log = AtomicLog::<u8>::new(8, 4);
    let begin = Instant::now();
    assert_eq!(log.snapshot().wait(Duration::from_millis(30)), Wait::TimedOut);
    assert!(begin.elapsed() >= Duration::from_millis(30));
}

/// Unread records of the captured view are enough for a cursor. A view without unread records is not.
#[test]
fn cursor_waits_for_what_is_unread() {
    let (mut writer, log) = AtomicLog::new_claimed(8, 4);
    writer.append(1).unwrap();
    let mut cursor = log.cursor();
    assert_eq!(cursor.wait(Duration::ZERO), Wait::Ready);
    while cursor.next_chunk().is_some() {}
    assert_eq!(cursor.wait(Duration::ZERO), Wait::TimedOut);
    writer.append(2).unwrap();
    assert_eq!(cursor.wait(Duration::ZERO), Wait::Ready);
}

/// Sleeps until the writer ends it: by a notify, or by its release.
#[test]
fn notify_and_the_writers_going_wake() {
    for by_going in [false, true] {
        let (mut writer, log) = AtomicLog::new_claimed(8, 4);
        let view = log.snapshot();
        let waiter = thread::spawn(move || view.wait(FOREVER));
        writer.append(1).unwrap();
        // Notified again and again, because the waiter may not sleep yet. One notify too many does no harm.
        if by_going {
            drop(writer);
        } else {
            writer.notify();
        }
        assert_eq!(waiter.join().unwrap(), Wait::Ready);
    }
}

/// The nap only makes it likely that the waiter sleeps by then, in one of the rounds.
#[test]
fn notify_of_a_log_of_records_wakes() {
    let (mut writer, log) = ByteLog::try_new_claimed(&Options::new(1 << 12, 1 << 10)).unwrap();
    for _ in 0..10 {
        let view = log.snapshot();
        let waiter = thread::spawn(move || view.wait(FOREVER));
        thread::sleep(Duration::from_millis(2));
        writer.append(b"one").unwrap();
        writer.notify();
        assert_eq!(waiter.join().unwrap(), Wait::Ready);
    }
}

/// With `auto_notify` every publication wakes: an append, a batch, a group, a commit. Nothing within a group does.
#[test]
fn auto_notify_wakes_at_every_publication() {
    let log = ByteLog::try_new(&Options::new(1 << 12, 1 << 10).auto_notify(true)).unwrap();
    let mut writer = log.try_claim_writer().unwrap();
    for way in 0..4 {
        let end = log.range().end;
        let view = log.snapshot();
        let waiter = thread::spawn(move || view.wait(FOREVER));
        thread::sleep(Duration::from_millis(5));
        match way {
            0 => writer.append(b"one").unwrap(),
            1 => drop(writer.append_batch(&["two", "three"]).unwrap()),
            2 => {
                let mut group = writer.group();
                group.append(b"four").unwrap();
                thread::sleep(Duration::from_millis(5));
                assert!(!waiter.is_finished(), "what is not published wakes nobody");
                group.publish();
            }
            _ => {
                let reserved = writer.reserve(8).unwrap();
                // SAFETY: none of it is used.
                unsafe { reserved.commit(0).unwrap() };
            }
        }
        assert_eq!(waiter.join().unwrap(), Wait::Ready);
        assert!(log.range().end > end);
    }
}

#[test]
fn interrupt_ends_waits_in_progress_and_no_later_one() {
    let log = AtomicLog::<u8>::new(8, 4);
    let waiters: Vec<_> = (0..4)
        .map(|_| {
            let view = log.snapshot();
            thread::spawn(move || view.wait(FOREVER))
        })
        .collect();
    while waiters.iter().any(|waiter| !waiter.is_finished()) {
        log.interrupt();
        thread::sleep(Duration::from_millis(1));
    }
    for waiter in waiters {
        assert_eq!(waiter.join().unwrap(), Wait::Interrupted);
    }
    assert_eq!(log.snapshot().wait(Duration::from_millis(5)), Wait::TimedOut);
}

/// Each round trip sleeps on both sides. A lost wake-up would hang here.
#[test]
fn ping_pong_never_hangs() {
    const ROUNDS: u64 = 20_000;
    let (mut ping, pings) = AtomicLog::new_claimed(4, 2);
    let (mut pong, pongs) = AtomicLog::new_claimed(4, 2);
    let echo = thread::spawn(move || {
        let mut cursor = pings.cursor();
        while cursor.position() < ROUNDS {
            assert_eq!(cursor.wait(FOREVER), Wait::Ready);
            cursor.refresh();
            while let Some(chunk) = cursor.next_chunk() {
                let last = *chunk.values().last().unwrap();
                pong.append(last).unwrap();
                pong.notify();
            }
        }
    });
    let mut view = pongs.snapshot();
    for round in 0..ROUNDS {
        ping.append(round).unwrap();
        ping.notify();
        while view.get(round).is_none() {
            assert_eq!(view.wait(FOREVER), Wait::Ready);
            view.refresh();
        }
    }
    echo.join().unwrap();
}

/// A log of records wakes its waiters as a log of values does.
#[test]
fn records_wake_by_notify_and_interrupt() {
    let (mut writer, log) = ByteLog::try_new_claimed(&Options::new(64, 32)).unwrap();
    let (mut cursor, mut view) = (log.cursor(), log.snapshot());
    assert_eq!((cursor.wait(Duration::ZERO), view.wait(Duration::ZERO)), (Wait::TimedOut, Wait::TimedOut));

    let waiter = thread::spawn(move || {
        let woken = cursor.wait(FOREVER);
        cursor.refresh();
        (woken, cursor.next_chunk().map(|chunk| chunk.len()), cursor.wait(Duration::ZERO))
    });
    writer.append(b"one").unwrap();
    writer.notify();
    assert_eq!(waiter.join().unwrap(), (Wait::Ready, Some(1), Wait::TimedOut));

    view.refresh();
    let waiter = thread::spawn(move || view.wait(FOREVER));
    while !waiter.is_finished() {
        log.interrupt();
        thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(waiter.join().unwrap(), Wait::Interrupted);
}

/// What was published before the end is reported first, by every handle; then the end, at once and for ever.
#[test]
fn the_end_is_told_behind_everything_else() {
    let (mut writer, log) = AtomicLog::new_claimed(8, 4);
    let (mut view, mut cursor) = (log.snapshot(), log.cursor());
    writer.append_batch([1, 2]).unwrap();
    let mut group = writer.group();
    group.append(3).unwrap();
    std::mem::forget(group);
    writer.finish();
    assert!(log.is_finished() && !log.has_writer());
    assert!(matches!(log.try_claim_writer(), Err(Error::Finished)));
    assert_eq!((view.wait(FOREVER), cursor.wait(FOREVER)), (Wait::Ready, Wait::Ready));
    assert_eq!((view.refresh().appended, cursor.refresh().appended), (2, 2));
    assert_eq!(cursor.wait(Duration::ZERO), Wait::Ready, "unread");
    while cursor.next_chunk().is_some() {}
    for timeout in [Duration::ZERO, Duration::from_millis(1), FOREVER] {
        assert_eq!((view.wait(timeout), cursor.wait(timeout)), (Wait::Finished, Wait::Finished));
    }
    assert_eq!(view.len(), 2, "the group was abandoned");

    let (writer, log) = ByteLog::try_new_claimed(&Options::new(64, 32)).unwrap();
    let (view, cursor) = (log.snapshot(), log.cursor());
    let waiters = [thread::spawn(move || view.wait(FOREVER)), thread::spawn(move || cursor.wait(FOREVER))];
    writer.finish();
    for waiter in waiters {
        assert_eq!(waiter.join().unwrap(), Wait::Finished);
    }
    assert!(log.is_finished());
}

/// An interrupt is reported although there is something newer, and an interrupt that came before the wait is not
/// missed.
#[test]
fn interrupts_are_told_first_and_counted() {
    let (mut writer, log) = AtomicLog::new_claimed(8, 4);
    let (view, cursor) = (log.snapshot(), log.cursor());
    let before = log.interrupts();
    assert_eq!(view.wait_since(Duration::ZERO, before), Wait::TimedOut);
    writer.append(1).unwrap();
    assert_eq!(view.wait_since(Duration::ZERO, before), Wait::Ready);
    log.interrupt();
    assert_eq!(log.interrupts(), before + 1);
    assert_eq!(
        (view.wait_since(FOREVER, before), cursor.wait_since(FOREVER, before)),
        (Wait::Interrupted, Wait::Interrupted)
    );
    assert_eq!((view.wait(FOREVER), cursor.wait(FOREVER)), (Wait::Ready, Wait::Ready), "it is none of theirs");
    assert_eq!(view.wait_since(Duration::ZERO, log.interrupts()), Wait::Ready);

    let (mut writer, log) = FixedLog::try_new_claimed(&Options::new(8, 4).record_size(8)).unwrap();
    let (view, cursor) = (log.snapshot(), log.cursor());
    writer.append(&[0; 8]).unwrap();
    log.interrupt();
    assert_eq!(log.interrupts(), 1);
    for (interrupts, told) in [(0, Wait::Interrupted), (1, Wait::Ready)] {
        let since = (view.wait_since(FOREVER, interrupts), cursor.wait_since(FOREVER, interrupts));
        assert_eq!(since, (told, told));
    }
}
