//! E3: what readers read happened before the memory is used again.

use std::boxed::Box;

use super::{Shared, Watched, append, log, read, search, search_three_threads};

/// Through a view. The log's own pin may be the last one or not.
#[test]
fn segments_are_reused_after_their_views() {
    search(|| {
        let (mut writer, log) = log(1, 1);
        append(&mut writer, 2);
        let reader = loom::thread::spawn(move || {
            let view = log.snapshot();
            read(&view);
        });
        append(&mut writer, 3);
        reader.join().unwrap();
    });
}

/// Two views of one window: the first to go is not the one that retires it.
#[test]
fn the_last_of_two_views_passes_on_what_the_first_read() {
    search_three_threads(|| {
        let (mut writer, log) = log(1, 1);
        append(&mut writer, 2);
        let view = log.snapshot();
        drop(log);
        let other = view.clone();
        let first = loom::thread::spawn(move || read(&view));
        let second = loom::thread::spawn(move || read(&other));
        append(&mut writer, 3);
        first.join().unwrap();
        second.join().unwrap();
    });
}

/// Through segment pins, which outlive the view.
#[test]
fn segments_are_reused_after_their_pins() {
    search(|| {
        let (mut writer, log) = log(1, 1);
        append(&mut writer, 1);
        let pin = log.snapshot().pin(0).unwrap();
        drop(log);
        let other = pin.clone();
        let reader = loom::thread::spawn(move || {
            assert_eq!(pin[0].get(), 0);
            drop(pin);
        });
        assert_eq!(other[0].get(), 0);
        drop(other);
        append(&mut writer, 4);
        reader.join().unwrap();
    });
}

/// Two pins that outlive the windows: the last one frees the segment, and passes on what the first one read.
#[test]
fn the_last_of_two_pins_passes_on_what_the_first_read() {
    search_three_threads(|| {
        let (mut writer, log) = log(1, 1);
        append(&mut writer, 1);
        let pin = log.snapshot().pin(0).unwrap();
        drop(log);
        append(&mut writer, 3);
        let gone = Shared::new(0);
        let readers = [pin.clone(), pin].map(|pin| {
            loom::thread::spawn(move || {
                assert_eq!(pin[0].get(), 0);
                drop(pin);
                gone.count_in();
            })
        });
        if gone.counted() == 2 {
            // The first roll takes the segment in, and the second one uses it again.
            append(&mut writer, 2);
        }
        for reader in readers {
            reader.join().unwrap();
        }
    });
}

/// Two counts on one pin, as C's handles have: the last one lets the pin go, and passes on what was read under the
/// first.
#[test]
#[cfg(feature = "capi")]
fn the_last_count_on_a_pin_passes_on_what_the_others_read() {
    use crate::raw::CountedPin;
    search_three_threads(|| {
        let (mut writer, log) = log(1, 1);
        append(&mut writer, 1);
        let view = log.snapshot();
        // SAFETY: the view covers its only chunk.
        let pin = CountedPin::new(unsafe { view.view.chunk(0).pin(&log.core) });
        // As a handle of C: no owner frees its memory, and its count alone says which thread drops what is in it.
        let pin: &CountedPin = Box::leak(Box::new(pin));
        pin.retain();
        drop((view, log));
        append(&mut writer, 3);
        let gone = Shared::new(0);
        let readers = [pin, pin].map(|pin| {
            loom::thread::spawn(move || {
                // SAFETY: each of the two counts is given back once. The pin is read before its count goes, and taken
                // after the last count has gone.
                unsafe {
                    let geometry = &pin.pin().core().geometry;
                    let value = pin.pin().chunk().records(geometry).cast::<Watched>();
                    assert_eq!((*value).get(), 0);
                    if pin.release() {
                        drop(std::ptr::read(pin.pin()));
                    }
                }
                gone.count_in();
            })
        });
        if gone.counted() == 2 {
            // The first roll takes the segment in, and the second one uses it again.
            append(&mut writer, 2);
        }
        for reader in readers {
            reader.join().unwrap();
        }
    });
}

/// A pin that goes before the windows do: the writer's count is the last.
#[test]
fn writer_reuses_after_pins_that_went_before() {
    search(|| {
        let (mut writer, log) = log(1, 1);
        append(&mut writer, 1);
        let pin = log.snapshot().pin(0).unwrap();
        drop(log);
        let reader = loom::thread::spawn(move || assert_eq!(pin[0].get(), 0));
        append(&mut writer, 4);
        reader.join().unwrap();
    });
}

/// A view goes on to the next window while the writer collects the one before.
#[test]
fn refreshing_lets_the_old_window_go() {
    search(|| {
        let (mut writer, log) = log(1, 1);
        append(&mut writer, 1);
        let mut view = log.snapshot();
        drop(log);
        let reader = loom::thread::spawn(move || {
            read(&view);
            view.refresh();
            read(&view);
        });
        append(&mut writer, 3);
        reader.join().unwrap();
    });
}
