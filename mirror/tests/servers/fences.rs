//! The publishers that may write to a stream, and what else may lie in it: two publishers, garbage, another life of the
//! log.

use std::time::Duration;

use atomic_log::{ByteRecords, FixedRecords};
use atomic_log_nats::{Mirror, Publisher, State, status};

use crate::admin::Admin;
use crate::logs::{Kind, Reader, Source};
use crate::server::Server;
use crate::{Rig, STREAM, deadline, is, options, reach, stream, until, wire};

/// Two publishers of one stream: one of them is refused, in words, and the other goes on.
#[test]
fn two_publishers() {
    let _deadline = deadline(60);
    let server = Server::start();
    let mut sources = [Source::<FixedRecords>::new(1, 1 << 16), Source::<FixedRecords>::new(2, 1 << 16)];
    let start =
        |source: &Source<FixedRecords>| Publisher::start(&source.log, options(&server.url())).expect("a publisher");
    let publishers = [start(&sources[0]), start(&sources[1])];
    let stopped = || publishers.iter().filter(|publisher| publisher.stats().state == State::Stopped).count();
    until("one is refused", 20, || {
        sources.iter_mut().for_each(|source| source.publish_all(10));
        is(stopped() > 0, publishers.each_ref().map(Publisher::stats))
    });
    for _ in 0..20 {
        sources.iter_mut().for_each(|source| source.publish_all(50));
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(stopped(), 1, "{:?}", publishers.each_ref().map(Publisher::stats));
    let good = usize::from(publishers[0].stats().state == State::Stopped);
    let refused = publishers[1 - good].stats();
    assert_eq!(refused.status, status::ERR_CLAIMED);
    assert!(refused.last_error.contains("another publisher"), "{refused:?}");
    // Of the one that is left all is there.
    let mirror =
        Mirror::<FixedRecords>::start(options(&server.url()), FixedRecords::options(1 << 16)).expect("a mirror");
    let end = sources[good].next();
    // On a busy machine the other one may have stored some records before the one that is left took over.
    let (all, origins) = (end + refused.records, 1 + u64::from(refused.records > 0));
    until("the mirror has all of it", 20, || {
        let (publisher, mirror) = (publishers[good].stats(), mirror.stats());
        let sent = (publisher.records, publisher.lost) == (end, 0) && mirror.origin == publisher.origin;
        is(sent && (mirror.records, mirror.lost, mirror.origins) == (all, 0, origins), (publisher, mirror))
    });
    let (records, lost) = wire::check(&Admin::connect(&server.url()).messages(STREAM));
    assert_eq!((records, lost), (all, 0));
}

/// A second publisher comes while the first is at work: it has the stream, and the first stops as soon as it has
/// something to send.
#[test]
fn a_second_publisher_takes_over() {
    let _deadline = deadline(60);
    let server = Server::start();
    let mut rig = Rig::<ByteRecords>::over(&server.url());
    rig.source().publish_all(1_000);
    rig.arrive(20);
    let mut other = Source::<ByteRecords>::new(2, 1 << 16);
    let second = Publisher::start(&other.log, options(&server.url())).expect("a publisher");
    other.publish_all(10);
    until("the second has the stream", 20, || is(second.stats().records == 10, second.stats()));
    rig.source().publish_all(10);
    until("the first stops", 20, || is(rig.publisher.stats().state == State::Stopped, rig.publisher.stats()));
    let refused = rig.publisher.stats();
    assert_eq!((refused.status, refused.records), (status::ERR_CLAIMED, 1_000));
    assert!(refused.last_error.contains("another publisher"), "{refused:?}");
    assert_eq!(rig.publisher.close(Duration::from_secs(5)).unacknowledged, 10);
    other.publish_all(10);
    until("the second goes on", 20, || is(second.stats().records == 20, second.stats()));
}

/// Messages that are none of a log lie between those that are: counted, skipped, told.
fn garbage<K: Kind>() {
    let _deadline = deadline(60);
    let server = Server::start();
    let admin = Admin::connect(&server.url());
    admin.create(stream());
    let mut source = Source::<K>::new(1, 1 << 16);
    let mut garbage = 0;
    let mut origin = None;
    for round in 0..4u8 {
        for junk in [vec![], vec![round; 1], b"alog".to_vec(), vec![0xff; 200], version_2(round)] {
            admin.publish(STREAM, junk);
            garbage += 1;
        }
        // The same life of the log each time.
        let again = origin.map_or(options(&server.url()), |origin| options(&server.url()).origin(origin));
        let publisher = Publisher::start(&source.log, again).expect("a publisher");
        source.publish_all(500);
        origin = Some(publisher.stats().origin);
        let closed = publisher.close(Duration::from_secs(20));
        assert_eq!((closed.unacknowledged, closed.stats.lost), (0, 0), "{closed:?}");
    }
    let mirror = Mirror::<K>::start(options(&server.url()), K::options(1 << 16)).expect("a mirror");
    let mut reader = Reader::new(mirror.log());
    reach(&mut reader, source.next(), 20, || mirror.stats());
    let stats = mirror.stats();
    assert_eq!((stats.garbage, stats.lost, reader.seen), (garbage, 0, source.next()), "{stats:?}");
    // Each publisher was closed, so the next knew what the stream has.
    assert_eq!((stats.repeated, stats.origins), (0, 1), "{stats:?}");
    assert!(stats.last_error.contains("none of a log"), "{stats:?}");
}

fn version_2(origin: u8) -> Vec<u8> {
    let message = wire::Message {
        version: 2,
        prefix: 64,
        flags: wire::BEGINS | wire::ENDS | wire::FIXED,
        origin: [origin + 1; 16],
        first: 0,
        count: 1,
        record_size: 64,
        lost: 0,
        newest: 0,
        records: vec![0; 64],
    };
    message.bytes()
}

#[test]
fn garbage_fixed() {
    garbage::<FixedRecords>();
}

#[test]
fn garbage_bytes() {
    garbage::<ByteRecords>();
}

/// Somebody writes garbage to the stream while a publisher is at work: it goes on behind it. If it cannot send
/// everything any more, since the garbage took a place that was meant for another, it knows.
#[test]
fn garbage_amid_a_publishers_messages() {
    let _deadline = deadline(60);
    let server = Server::start();
    let admin = Admin::connect(&server.url());
    let mut rig = Rig::<FixedRecords>::over(&server.url());
    rig.arrive(20);
    rig.source().publish(1);
    rig.arrive(20);
    for round in 1..20 {
        rig.source().publish_all(500);
        (0..round % 3).for_each(|_| _ = admin.publish(STREAM, vec![1; 100]));
        rig.source().publish_all(500);
        rig.arrive(20);
    }
    until("the mirror counts it", 20, || is(rig.mirror.stats().garbage == 19, rig.mirror.stats()));
    let (publisher, mirror) = (rig.publisher.stats(), rig.mirror.stats());
    // The mirror may have lost the rest of a run, too.
    assert!(publisher.lost <= mirror.lost && (publisher.lost > 0) == (mirror.lost > 0), "{publisher:?} {mirror:?}");
    rig.finish(20);
}

/// The stream carries records of another kind than the mirror's log: garbage, in words.
#[test]
fn a_mirror_of_another_kind() {
    let _deadline = deadline(60);
    let server = Server::start();
    let mut rig = Rig::<ByteRecords>::over(&server.url());
    rig.source().publish_all(100);
    rig.arrive(20);
    let fixed =
        Mirror::<FixedRecords>::start(options(&server.url()), FixedRecords::options(1 << 10)).expect("a mirror");
    until("it tells", 20, || is(fixed.stats().garbage > 0, fixed.stats()));
    let words = fixed.stats().last_error;
    assert!(words.contains("of any size") && words.contains("64 bytes"), "{words}");
    assert!(fixed.log().range().is_empty());
}

/// The program that writes is started again: another log, another origin, sequences from 0 again. The mirror's log
/// ends, and another begins.
fn another_life<K: Kind>() {
    let _deadline = deadline(60);
    let server = Server::start();
    let mirror = Mirror::<K>::start(options(&server.url()), K::options(1 << 16)).expect("a mirror");
    let mut origins = Vec::new();
    for life in 1..4u64 {
        let mut source = Source::<K>::new(life, 1 << 16);
        source.publish_all(1_000);
        let publisher = Publisher::start(&source.log, options(&server.url())).expect("a publisher");
        let mut reader = None;
        until("it is in the mirror", 20, || {
            let one = reader.get_or_insert_with(|| Reader::<K>::new(mirror.log()));
            let looked = one.look();
            let good = looked.is_ok() && one.life == Some(life) && one.next == 1_000;
            if !good && one.life != Some(life) {
                reader = None;
            }
            looked?;
            is(good, mirror.stats())
        });
        let mut reader = reader.expect("it was waited for");
        source.publish_all(500);
        reach(&mut reader, 1_500, 20, || mirror.stats());
        origins.push(publisher.stats().origin);
        assert_eq!((reader.seen, reader.lost), (1_500, 0));
        // The second is finished, the others are broken off.
        if life == 2 {
            source.finish();
        }
        assert_eq!(publisher.close(Duration::from_secs(10)).unacknowledged, 0);
        if life == 2 {
            until("it ends", 20, || {
                reader.look()?;
                is(reader.finished, mirror.stats())
            });
        }
    }
    let stats = mirror.stats();
    assert_eq!((stats.origins, stats.records, stats.lost), (3, 4_500, 0), "{stats:?}");
    assert_eq!(stats.origin, origins[2]);
    origins.dedup();
    assert_eq!(origins.len(), 3);
}

#[test]
fn another_life_fixed() {
    another_life::<FixedRecords>();
}

#[test]
fn another_life_bytes() {
    another_life::<ByteRecords>();
}

/// Another life whose sequences are later goes on in the same log, and readers count what is between as lost.
#[test]
fn another_life_that_skips_goes_on_in_the_same_log() {
    let _deadline = deadline(60);
    let server = Server::start();
    let mut rig = Rig::<FixedRecords>::over(&server.url());
    rig.source().publish_all(300);
    rig.arrive(20);
    rig.publisher.close(Duration::from_secs(10));
    let log = rig.mirror.log();
    let mut cursor = log.cursor();
    while cursor.next_chunk().is_some() {}
    let mut source = Source::<FixedRecords>::new(2, 1 << 12);
    source.skip_to(1_000);
    source.publish(10);
    let _publisher = Publisher::start(&source.log, options(&server.url())).expect("a publisher");
    until("it arrives", 20, || is(rig.mirror.stats().next_sequence == 1_010, rig.mirror.stats()));
    assert_eq!((log.range(), log.is_finished(), rig.mirror.stats().origins), (1_000..1_010, false, 2));
    let delta = cursor.refresh();
    assert_eq!((delta.lost, delta.first_sequence, delta.appended), (700, 1_000, 10));
}

/// Readers of the log of the life before are told that it ended.
#[test]
fn readers_of_the_earlier_life_are_told() {
    let _deadline = deadline(60);
    let server = Server::start();
    let mut rig = Rig::<FixedRecords>::over(&server.url());
    rig.source().publish_all(100);
    rig.arrive(20);
    rig.publisher.close(Duration::from_secs(10));
    let mut source = Source::<FixedRecords>::new(2, 1 << 12);
    source.publish_all(10);
    let _publisher = Publisher::start(&source.log, options(&server.url())).expect("a publisher");
    until("the earlier log ends", 20, || {
        rig.reader.look()?;
        is(rig.reader.finished, rig.mirror.stats())
    });
    let mut reader = Reader::<FixedRecords>::new(rig.mirror.log());
    reach(&mut reader, 10, 20, || rig.mirror.stats());
    assert_eq!((reader.life, reader.seen), (Some(2), 10));
}

/// A publisher that goes on for the same log, with its origin: nothing is sent twice, nothing is missed.
fn the_same_origin_again<K: Kind>() {
    let _deadline = deadline(60);
    let server = Server::start();
    let mut source = Source::<K>::new(1, 1 << 20);
    let mut publisher = Publisher::start(&source.log, options(&server.url())).expect("a publisher");
    let origin = publisher.stats().origin;
    let mirror = Mirror::<K>::start(options(&server.url()), K::options(1 << 20)).expect("a mirror");
    let mut reader = Reader::new(mirror.log());
    for round in 0..6 {
        source.publish_all(30_000);
        if round % 2 == 0 {
            // Broken off amid its work.
            drop(publisher);
        } else {
            assert_eq!(publisher.close(Duration::from_secs(10)).unacknowledged, 0);
        }
        publisher = Publisher::start(&source.log, options(&server.url()).origin(origin)).expect("a publisher");
        if round > 3 {
            reach(&mut reader, source.next(), 20, || (publisher.stats(), mirror.stats()));
        }
    }
    let stats = mirror.stats();
    assert_eq!((stats.records, stats.lost, stats.origins), (source.next(), 0, 1), "{stats:?}");
    let (records, lost) = wire::check_joined(&Admin::connect(&server.url()).messages(STREAM));
    assert_eq!((records, lost), (source.next(), 0));
}

#[test]
fn the_same_origin_again_fixed() {
    the_same_origin_again::<FixedRecords>();
}

#[test]
fn the_same_origin_again_bytes() {
    the_same_origin_again::<ByteRecords>();
}
