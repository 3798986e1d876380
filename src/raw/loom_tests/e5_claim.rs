//! E5: a writer goes on exactly where the last one stopped.

use super::{append, log, read, search};

#[test]
fn claim_hands_over_what_the_last_writer_left() {
    search(|| {
        let (mut writer, log) = log(1, 1);
        let other = log.clone();
        let second = loom::thread::spawn(move || {
            if let Ok(mut writer) = other.try_claim_writer() {
                append(&mut writer, 2);
            }
        });
        append(&mut writer, 1);
        drop(writer);
        second.join().unwrap();
        let view = log.snapshot();
        assert!(matches!(view.range().end, 1 | 3));
        read(&view);
    });
}
