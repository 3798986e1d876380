//! What a mirror's log has room for: as much as the origin's, if it is made as that was. What it can never have is
//! lost, in words, and the mirror goes on.

use atomic_log::{ByteLog, FixedLog, FixedRecords, Options as LogOptions, RecordKind, RecordLog};
use atomic_log_nats::{Mirror, Options, Publisher};

use crate::admin::Admin;
use crate::logs::Source;
use crate::server::Server;
use crate::wire::{BEGINS, ENDS, FIXED, Message};
use crate::{Rig, STREAM, deadline, is, options, until};

/// A full log, and a mirror of it, in a stream of its own.
fn mirrored<K: RecordKind>(server: &Server, log: &RecordLog<K>, made: LogOptions) -> (Publisher, Mirror<K>) {
    let stream = format!("of-{}", log.range().end);
    let options = Options::new(server.url(), stream).create(true);
    let publisher = Publisher::start(log, options.clone()).expect("a publisher");
    until("all is sent", 20, || is(publisher.stats().lag_records == 0, publisher.stats()));
    let mirror = Mirror::start(options, made).expect("a mirror");
    arrives(log, &mirror);
    (publisher, mirror)
}

fn arrives<K: RecordKind>(log: &RecordLog<K>, mirror: &Mirror<K>) {
    let end = log.range().end;
    until("all arrives", 20, || is(mirror.stats().next_sequence == end, mirror.stats()));
}

/// A mirror that begins with all that a full log has shows as much, and then a publication that takes nearly all of it.
#[test]
fn a_full_log_fits_a_log_that_was_made_as_it_was() {
    let _deadline = deadline(60);
    let server = Server::start();
    let log_options = LogOptions::new(1 << 16, 1 << 12);
    let many = log_options.segment_records(1 << 12);
    for (size, made) in [(32, log_options), (24, log_options.record_align(8)), (8, many), (1, many), (0, many)] {
        let (mut writer, log) = ByteLog::try_new_claimed(&made).expect("a log");
        (0..80_000 + size).for_each(|_| writer.append(&vec![7; size]).expect("there is memory"));
        let (_publisher, mirror) = mirrored(&server, &log, made);
        let shows_all = || {
            let stats = mirror.stats();
            assert_eq!((stats.lost, stats.last_error.as_str()), (0, ""), "records of {size} bytes");
            assert_eq!(mirror.log().range(), log.range(), "records of {size} bytes");
        };
        shows_all();
        let range = log.range();
        let mut group = writer.group();
        (0..(range.end - range.start) * 9 / 10).for_each(|_| {
            group.append(&vec![7; size]).expect("it fits");
        });
        group.publish();
        writer.notify();
        arrives(&log, &mirror);
        shows_all();
    }
}

/// A log that shows less than the origin's begins late, by whole segments, as logs do. That is told.
#[test]
fn what_a_smaller_log_has_no_room_for_is_told() {
    let _deadline = deadline(60);
    let server = Server::start();
    // Of 64 records a segment, whether fixed or not.
    let (mut writer, log) = FixedLog::try_new_claimed(&LogOptions::new(4096, 64).record_size(64)).expect("a log");
    (0..4096).for_each(|_| writer.append(&[7; 64]).expect("there is memory"));
    let (_publisher, fixed) = mirrored(&server, &log, LogOptions::new(1000, 64).record_size(64));
    let (mut writer, log) = ByteLog::try_new_claimed(&LogOptions::new(1 << 18, 4096)).expect("a log");
    (0..8192).for_each(|_| writer.append(&[7; 64]).expect("there is memory"));
    let (_publisher, bytes) = mirrored(&server, &log, LogOptions::new(64_000, 4096));
    for (end, range, stats) in [(4096, fixed.log().range(), fixed.stats()), (8192, bytes.log().range(), bytes.stats())]
    {
        // 17 segments.
        assert_eq!(range, end - 17 * 64..end, "{stats:?}");
        assert_eq!(stats.records, 17 * 64, "{stats:?}");
        assert!(stats.last_error.contains("begins at record"), "{stats:?}");
    }
}

/// The sequences of a message may be the last ones that there are. No segment has room behind them, so the log refuses
/// them. They are lost, and the mirror goes on.
#[test]
fn records_that_the_log_refuses_are_lost() {
    let _deadline = deadline(60);
    let server = Server::start();
    let mut rig = Rig::<FixedRecords>::over(&server.url());
    rig.source().publish_all(100);
    rig.arrive(20);
    let message = Message {
        version: 1,
        prefix: 64,
        flags: BEGINS | ENDS | FIXED,
        origin: [9; 16],
        first: u64::MAX - 2,
        count: 1,
        record_size: 64,
        lost: 0,
        newest: 0,
        records: vec![0; 64],
    };
    Admin::connect(&server.url()).publish(STREAM, message.bytes());
    until("it is lost, in words", 20, || {
        let stats = rig.mirror.stats();
        is(stats.lost == 1 && stats.last_error.contains("refuses"), stats)
    });
    let mut other = Source::<FixedRecords>::new(2, 1 << 12);
    other.publish_all(10);
    let _publisher = Publisher::start(&other.log, options(&server.url())).expect("a publisher");
    until("the mirror goes on", 20, || is(rig.mirror.stats().records == 110, rig.mirror.stats()));
}
