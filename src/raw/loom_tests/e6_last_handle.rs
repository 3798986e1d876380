//! E6: the last handle, on whatever thread, sees what all others did, and gives everything back once (I6). Loom counts
//! the allocations.

use super::{append, log, read, search_three_threads};

#[test]
fn last_handle_tears_down_after_all_others() {
    search_three_threads(|| {
        let (mut writer, log) = log(1, 1);
        append(&mut writer, 2);
        let view = log.snapshot();
        let pin = view.pin(0).unwrap();
        let reader = loom::thread::spawn(move || {
            drop(log);
            read(&view);
        });
        let pinner = loom::thread::spawn(move || assert_eq!(pin[0].get(), pin.first_sequence()));
        append(&mut writer, 1);
        drop(writer);
        reader.join().unwrap();
        pinner.join().unwrap();
    });
}
