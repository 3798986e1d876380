//! Programs in the style of the library from which this one takes its names: they compile, and do the same. The
//! difference is that appending and claiming may fail, and say so.
#![cfg(not(any(loom, shuttle)))]

use std::thread;

use atomic_log::{AtomicLog, Chunks, Error, Iter, SegmentSlice, Snapshot, Writer};

#[test]
fn values_are_appended_and_refreshed() {
    let (mut writer, log): (Writer<i32>, AtomicLog<i32>) = AtomicLog::new_claimed(8, 4);
    assert!(log.is_writer_claimed());
    for value in 0..6 {
        writer.append(value).unwrap();
    }
    let mut snapshot: Snapshot<i32> = log.snapshot();
    assert_eq!(snapshot.iter().copied().collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5]);
    writer.append_batch([6, 7]).unwrap();
    assert_eq!(snapshot.len(), 6);
    snapshot.refresh();
    assert_eq!(snapshot.iter().copied().collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5, 6, 7]);
    assert!(!snapshot.is_empty() && !format!("{snapshot:?}").is_empty());
}

#[test]
fn capacities_are_those_that_were_given() {
    let (writer, log) = AtomicLog::<u8>::new_claimed(100, 16);
    assert_eq!((log.retained_capacity(), log.segment_capacity()), (100, 16));
    assert_eq!((writer.retained_capacity(), writer.segment_capacity()), (100, 16));
    assert_eq!(writer.log().retained_capacity(), 100);
    assert_eq!(AtomicLog::<u8>::new(5, 3).segment_capacity(), 3);
}

#[test]
fn segments_are_slices_with_their_sequence() {
    let (mut writer, log) = AtomicLog::new_claimed(8, 4);
    writer.append_batch(0..10).unwrap();
    let snapshot = log.snapshot();
    let chunks: Chunks<'_, i32> = snapshot.chunks();
    assert_eq!(chunks.len(), 3);
    let mut seen = Vec::new();
    for (index, segment) in chunks.enumerate() {
        let segment: SegmentSlice<'_, i32> = segment;
        assert_eq!(segment.sequence(), index as u64);
        seen.extend_from_slice(segment.values());
    }
    assert_eq!(seen, Vec::from_iter(0..10));

    let values: Iter<'_, i32> = snapshot.iter();
    assert_eq!(values.len(), 10);
    let mut sum = 0;
    for value in &snapshot {
        sum += value;
    }
    assert_eq!(sum, 45);
}

#[test]
fn a_writer_that_is_dropped_leaves_the_log_to_the_next() {
    let log = AtomicLog::new(4, 2);
    assert!(!log.is_writer_claimed());
    let mut writer = log.try_claim_writer().unwrap();
    assert!(matches!(log.try_claim_writer(), Err(Error::Claimed)));
    writer.append("first").unwrap();
    drop(writer);
    assert!(!log.is_writer_claimed());
    let mut writer = log.try_claim_writer().unwrap();
    writer.append("second").unwrap();
    assert!(log.snapshot().iter().eq(&["first", "second"]));
}

#[test]
fn handles_are_made_of_each_other_by_value() {
    let (mut writer, log) = AtomicLog::new_claimed(4, 2);
    writer.append(1).unwrap();
    let snapshot: Snapshot<i32> = Snapshot::from(log);
    let log: AtomicLog<i32> = AtomicLog::from(snapshot);
    assert!(log.is_writer_claimed());
    let log_of_writer: AtomicLog<i32> = writer.into();
    assert!(!log.is_writer_claimed(), "the writer went into the log");
    assert!(log_of_writer.snapshot().log().clone().snapshot().iter().eq(&[1]));
}

#[test]
fn readers_on_other_threads_see_whole_values() {
    let (mut writer, log) = AtomicLog::new_claimed(64, 16);
    let readers: Vec<_> = (0..2)
        .map(|_| {
            let log = log.clone();
            thread::spawn(move || {
                let mut snapshot = log.snapshot();
                while snapshot.iter().last() != Some(&(999, 999)) {
                    assert!(snapshot.iter().all(|(left, right)| left == right));
                    snapshot.refresh();
                }
            })
        })
        .collect();
    for value in 0..1000 {
        writer.append((value, value)).unwrap();
    }
    readers.into_iter().for_each(|reader| reader.join().unwrap());
}
