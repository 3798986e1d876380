//! I2, where windows share a table: a view's slots stay while others are written.

use super::{append, log, read, search};

/// K = 2, so tables of four slots: the third roll would write the slot that the lagging view's oldest segment is in.
#[test]
fn lagging_view_keeps_its_slots() {
    search(|| {
        let (mut writer, log) = log(1, 1);
        append(&mut writer, 2);
        let view = log.snapshot();
        drop(log);
        let reader = loom::thread::spawn(move || read(&view));
        append(&mut writer, 3);
        reader.join().unwrap();
    });
}

/// A view of the table that the writer left, one of the table where it went on, and a table that is used again.
#[test]
fn views_of_two_tables_are_read_while_the_writer_goes_on() {
    search(|| {
        let (mut writer, log) = log(1, 1);
        append(&mut writer, 2);
        let old = log.snapshot();
        append(&mut writer, 3);
        let new = log.snapshot();
        drop(log);
        let reader = loom::thread::spawn(move || {
            read(&old);
            drop(old);
            read(&new);
        });
        append(&mut writer, 4);
        reader.join().unwrap();
    });
}
