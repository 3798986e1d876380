//! Which handles hold memory: figures against what is known to be held, and trimming.
#![cfg(not(any(loom, shuttle)))]

use atomic_log::{AtomicLog, ByteLog, Error, FixedLog, Options, RecordKind, RecordLog, RecordWriter};

/// K = 3: retained 8, segments of 4.
fn log() -> (atomic_log::Writer<u64>, AtomicLog<u64>) {
    AtomicLog::new_claimed(8, 4)
}

fn append(writer: &mut atomic_log::Writer<u64>, count: u64) {
    for _ in 0..count {
        let sequence = writer.next_sequence();
        writer.append(sequence).unwrap();
    }
}

#[test]
fn without_readers_k_plus_one_segments_live_and_none_is_held() {
    let (mut writer, log) = log();
    append(&mut writer, 4 * 100 + 1);
    let stats = log.stats();
    assert_eq!(stats.records_appended, 401);
    assert_eq!(stats.rolls, 100);
    assert_eq!((stats.segments_live, stats.segments_created, stats.segments_pooled), (4, 4, 1));
    assert_eq!(stats.segments_held_by_readers, 0);
    assert_eq!((stats.windows_live, stats.snapshots_live, stats.segment_pins_live), (1, 0, 0));
    assert_eq!((stats.oldest_view_age, stats.segment_limit_hits, stats.allocation_failures), (0, 0, 0));
}

#[test]
fn a_description_says_what_the_log_is_and_who_holds_it() {
    let (mut writer, log) = AtomicLog::<[u16; 3]>::new_claimed(8, 4);
    for _ in 0..3 {
        writer.append_batch([[0; 3]; 7]).unwrap();
    }
    let view = log.snapshot();
    let other = view.clone();
    writer.append_batch([[0; 3]; 4]).unwrap();
    let bytes = log.stats().bytes_allocated;
    let segment = view.stats().bytes_held / view.stats().segments_held;
    assert_eq!(
        log.describe().to_string().split_once('\n').unwrap().1,
        format!(
            "values    of 6 bytes, 6 apart, aligned to 2
capacity  8 values, in segments of 4; a view has at most 3 segments
newest    records [16, 25), in segments up to 6; 25 published, 6 rolls
writer    claimed
memory    {bytes} bytes; at the writer's last roll or trim 5 segments of {segment} bytes, 1 pooled, 1 held by readers alone; no bound
failures  0 at the bound on segments, 0 of the allocator
readers   2 views, 0 pins on segments
  2 views of segments 3 to 5, records from 12 on, 1 segment behind
"
        )
    );
    drop((view, other));
    assert!(!log.describe().to_string().contains("views of segments"));
}

#[test]
fn stuck_views_and_pins_are_seen_and_their_going_too() {
    let (mut writer, log) = log();
    append(&mut writer, 12);
    let mut stuck = log.snapshot();
    let pin = stuck.pin(0).unwrap();
    append(&mut writer, 4 * 10);
    let stats = log.stats();
    assert_eq!((stats.snapshots_live, stats.segment_pins_live), (1, 1));
    assert_eq!(stats.segments_held_by_readers, 3);
    assert_eq!(stats.oldest_view_age, 10);
    assert_eq!(stats.windows_live, 2);

    let view = stuck.stats();
    assert_eq!((view.segments, view.segments_held, view.age), (3, 3, 10));
    assert!(view.bytes_held >= 3 * 4 * 8);

    stuck.refresh();
    append(&mut writer, 4);
    assert_eq!(log.stats().segments_held_by_readers, 2, "the pinned one, and what the view holds one roll behind");
    assert_eq!(stuck.stats().segments_held, 1, "one roll behind");
    drop(pin);
    append(&mut writer, 4);
    let stats = log.stats();
    assert_eq!(stats.segment_pins_live, 0);
    assert_eq!(stats.segments_held_by_readers, 2, "what the view holds that is two rolls behind");
    drop(stuck);
    append(&mut writer, 4);
    let stats = log.stats();
    assert_eq!((stats.segments_held_by_readers, stats.snapshots_live, stats.oldest_view_age), (0, 0, 0));
}

#[test]
fn trim_gives_back_what_a_burst_needed() {
    let (mut writer, log) = log();
    append(&mut writer, 16);
    let before = log.stats();
    let mut burst = Vec::new();
    for _ in 0..50 {
        append(&mut writer, 4 * 4);
        burst.push(log.snapshot());
    }
    let during = log.stats();
    assert!(during.segments_live >= 50 * 3);
    writer.trim();
    assert_eq!(log.stats().segments_live, during.segments_live, "what is held stays");
    for view in &burst {
        assert!(view.iter().zip(view.range()).all(|(value, sequence)| *value == sequence));
    }
    drop(burst);
    append(&mut writer, 4);
    assert_eq!(log.stats().segments_live, during.segments_live, "the pool keeps it ...");
    writer.trim();
    let after = log.stats();
    assert_eq!((after.segments_live, after.segments_pooled), (4, 1), "... until it is trimmed");
    assert_eq!(before.segments_live, 4);
    let (windows, rest) = ((after.bytes_allocated - before.bytes_allocated) / 256, after.bytes_allocated % 256);
    assert_eq!((windows, rest), (during.windows_live - 1, before.bytes_allocated % 256), "only windows stay");
    append(&mut writer, 100);
    assert!(log.snapshot().iter().copied().eq(log.range()));
}

#[test]
fn limit_hits_are_counted() {
    let options = Options::new(8, 4).max_segments(4);
    let log = AtomicLog::<u64>::try_new(&options).unwrap();
    let mut writer = log.try_claim_writer().unwrap();
    append(&mut writer, 12);
    let stuck = log.snapshot();
    append(&mut writer, 4);
    for _ in 0..3 {
        assert_eq!(writer.append(0).unwrap_err().error, Error::SegmentLimit);
    }
    assert_eq!(log.stats().segment_limit_hits, 3);
    drop(stuck);
    append(&mut writer, 1);
}

/// K = 3, four records of 8 bytes in a segment.
fn records_tell_who_holds_what<K: RecordKind>((mut writer, log): (RecordWriter<K>, RecordLog<K>)) -> Result<(), Error> {
    for _ in 0..12 {
        writer.append(&[1; 8])?;
    }
    let stuck = log.snapshot();
    let pin = stuck.pin(0).unwrap();
    for _ in 0..4 * 10 {
        writer.append(&[2; 8])?;
    }
    let stats = log.stats();
    assert_eq!((stats.records_appended, stats.rolls), (52, 12));
    assert_eq!((stats.snapshots_live, stats.segment_pins_live, stats.segments_held_by_readers), (1, 1, 3));
    let view = stuck.stats();
    assert_eq!((view.segments, view.segments_held, view.age), (3, 3, 10));
    assert_eq!(log.snapshot().stats().segments_held, 0);

    drop((stuck, pin));
    for _ in 0..4 {
        writer.append(&[3; 8])?;
    }
    assert!(log.stats().segments_pooled > 1);
    writer.trim();
    assert_eq!((log.stats().segments_live, log.stats().segments_pooled), (4, 1));
    Ok(())
}

#[test]
fn logs_of_records_tell_who_holds_what_and_give_it_back() -> Result<(), Error> {
    records_tell_who_holds_what(FixedLog::try_new_claimed(&Options::new(8, 4).record_size(8))?)?;
    records_tell_who_holds_what(ByteLog::try_new_claimed(&Options::new(8 * 8, 4 * 8))?)
}

/// The segment that a reservation begins is the log's again as soon as the reservation is dropped, without another call.
#[test]
fn a_dropped_reservation_gives_back_the_segment_that_it_began() {
    let (mut writer, log) = FixedLog::try_new_claimed(&Options::new(8, 4).record_size(8)).unwrap();
    writer.append_batch(&[0; 4 * 8]).unwrap();
    let before = log.stats().segments_created;
    drop(writer.reserve(4).unwrap());
    writer.trim();
    let stats = log.stats();
    assert_eq!((stats.segments_created, stats.segments_pooled), (before + 1, 1), "it was begun, and is in the pool");
    drop(writer.reserve(4).unwrap());
    writer.trim();
    assert_eq!(log.stats().segments_created, before + 1, "and is the one that is used next");
}

/// Has room for this many bytes, and then refuses.
struct Room(usize);

impl std::fmt::Write for Room {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.0 = self.0.checked_sub(text.len()).ok_or(std::fmt::Error)?;
        Ok(())
    }
}

#[test]
fn a_description_of_records_passes_on_what_its_writer_says() {
    let fixed = FixedLog::try_new_claimed(&Options::new(8, 4).record_size(3)).unwrap().1;
    let (mut writer, bytes) = ByteLog::try_new_claimed(&Options::new(64, 32).max_segments(9)).unwrap();
    let view = bytes.snapshot();
    for _ in 0..20 {
        writer.append(b"eight...").unwrap();
    }
    for description in [fixed.describe(), bytes.describe()] {
        let length = description.to_string().len();
        for room in 0..length {
            assert!(std::fmt::write(&mut Room(room), format_args!("{description}")).is_err());
        }
        assert!(std::fmt::write(&mut Room(length), format_args!("{description}")).is_ok());
    }
    assert!(bytes.describe().to_string().contains("; at most 9\n"));
    drop(view);
}
