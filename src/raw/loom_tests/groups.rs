//! I7: a view ends where a publication ended, and holds the newest one whole, also across segments.

use super::{Watched, append, log, read, search};

fn publish(writer: &mut crate::Writer<Watched>, count: u64) {
    let mut group = writer.group();
    for _ in 0..count {
        let value = Watched::new(group.next_sequence());
        group.append(value).unwrap();
    }
    group.publish();
}

/// A group of K segments that begins in the old head: three records over two segments of two, behind one record.
#[test]
fn group_of_k_segments_that_begins_in_the_old_head_is_seen_whole() {
    search(|| {
        let (mut writer, log) = log(2, 2);
        append(&mut writer, 1);
        let mut view = log.snapshot();
        let reader = loom::thread::spawn(move || {
            for _ in 0..2 {
                view.refresh();
                let (range, latest) = (view.range(), view.latest());
                assert!(
                    matches!((range.end, &latest), (1, std::ops::Range { start: 0, .. }) | (4, _)),
                    "I7: {range:?}"
                );
                assert_eq!(latest, if range.end == 1 { 0..1 } else { 1..4 });
                read(&view);
            }
            let fresh = log.snapshot();
            assert!(matches!(fresh.range().end, 1 | 4), "I7");
            assert!(fresh.range().end >= view.range().end, "I10");
            read(&fresh);
        });
        publish(&mut writer, 3);
        reader.join().unwrap();
    });
}

/// A group that evicts everything before it, and an abandoned one before that.
#[test]
fn abandoned_group_is_never_seen_and_its_segments_come_back() {
    search(|| {
        let (mut writer, log) = log(1, 1);
        append(&mut writer, 1);
        let reader = loom::thread::spawn(move || {
            let view = log.snapshot();
            assert!(matches!(view.range().end, 1 | 3), "I7");
            assert_eq!(view.latest(), if view.range().end == 1 { 0..1 } else { 1..3 });
            read(&view);
        });
        let mut group = writer.group();
        for _ in 0..2 {
            group.append(Watched::new(99)).unwrap();
        }
        drop(group);
        publish(&mut writer, 2);
        reader.join().unwrap();
    });
}

/// A thread that describes the log in the middle of a group counts records that the group has or had, whatever segment
/// it goes on in. It never counts records that were published before the group.
#[test]
fn records_of_an_open_group_are_counted_while_it_goes_on() {
    search(|| {
        let (mut writer, log) = log(4, 4);
        append(&mut writer, 2);
        let describer = loom::thread::spawn(move || {
            assert!(matches!(log.core.group.records(), None | Some(0 | 1)), "E8");
        });
        let mut group = writer.group();
        group.append(Watched::new(2)).unwrap();
        group.publish();
        describer.join().unwrap();
    });
}
