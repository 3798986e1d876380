//! What a publisher does by itself: it is closed, comes back with its origin, or has a predecessor; and streams that
//! refuse what it sends.

use std::thread::sleep;
use std::time::{Duration, Instant};

use async_nats::jetstream::stream::{Config, DiscardPolicy};
use atomic_log::{ByteRecords, FixedRecords};
use atomic_log_nats::{Mirror, Options, Publisher, State, status};

use crate::admin::Admin;
use crate::logs::{Feeder, Kind, Reader, Source};
use crate::proxy::Proxy;
use crate::server::{Server, free_port};
use crate::{Rig, STREAM, deadline, is, options, reach, stream, until, wire};

fn publisher<K: Kind>(source: &Source<K>, options: Options) -> Publisher {
    Publisher::start(&source.log, options).expect("a publisher")
}

fn all_is_acknowledged(publisher: &Publisher) {
    until("all is acknowledged", 20, || is(publisher.stats().lag_records == 0, publisher.stats()));
}

/// A close ends, however fast the writer goes on: it sends what was in the log, and no more.
#[test]
fn a_close_sends_what_is_in_the_log_then() {
    let _deadline = deadline(60);
    let server = Server::start();
    let source = Source::<FixedRecords>::new(1, 1 << 21);
    let log = source.log.clone();
    // The publisher is slower than the writer, and the log evicts nothing meanwhile.
    let publisher = publisher(&source, options(&server.url()).message_size(1024));
    let feeder = Feeder::start(source, 20_000_000);
    sleep(Duration::from_millis(200));
    let before = log.range().end;
    let closed = publisher.close(Duration::MAX);
    let after = log.range().end;
    feeder.stop();
    assert_eq!(closed.unacknowledged, 0, "{closed:?}");
    let next = closed.stats.next_sequence;
    assert!(before <= next && next < after, "{before} {after} {closed:?}");
}

/// What was not acknowledged is counted up to where the log ended when the close began.
#[test]
fn a_close_counts_what_was_in_the_log_then() {
    let _deadline = deadline(60);
    let source = Source::<FixedRecords>::new(1, 1 << 16);
    let log = source.log.clone();
    let publisher = publisher(&source, options(&format!("nats://127.0.0.1:{}", free_port())));
    let feeder = Feeder::start(source, 2_000);
    until("there is something", 20, || is(log.range().end > 100, log.range()));
    let before = log.range().end;
    let closed = publisher.close(Duration::from_secs(3));
    feeder.stop();
    assert!((before..before + 2_000).contains(&closed.unacknowledged), "{before} {closed:?}");
}

/// A publisher that goes on for the same log, and finds that the stream has all of it, lags behind nothing.
#[test]
fn nothing_is_new_for_the_same_origin() {
    let _deadline = deadline(60);
    let server = Server::start();
    let mut source = Source::<FixedRecords>::new(1, 1 << 16);
    let first = publisher(&source, options(&server.url()));
    let origin = first.stats().origin;
    source.publish_all(1_000);
    assert_eq!(first.close(Duration::from_secs(20)).unacknowledged, 0);
    let second = publisher(&source, options(&server.url()).origin(origin));
    all_is_acknowledged(&second);
    assert_eq!((second.stats().next_sequence, second.stats().records), (1_000, 0));
    assert_eq!(second.close(Duration::from_secs(20)).unacknowledged, 0);
}

/// A publisher is broken off amid a publication, and another goes on for the same log: the publication stays whole.
#[test]
fn a_publication_that_is_broken_off_stays_whole() {
    let _deadline = deadline(60);
    let server = Server::start();
    let mut source = Source::<FixedRecords>::new(1, 1 << 18);
    let small = options(&server.url()).message_size(1024);
    let first = publisher(&source, small.clone());
    let origin = first.stats().origin;
    let mirror = Mirror::<FixedRecords>::start(options(&server.url()), FixedRecords::options(1 << 18)).expect("one");
    let mut reader = Reader::new(mirror.log());
    source.publish_all(1_000);
    reach(&mut reader, 1_000, 20, || mirror.stats());
    source.publish(200_000);
    until("it is amid the publication", 20, || is(first.stats().next_sequence > 2_000, first.stats()));
    drop(first);
    // 15 records a message.
    let there = Admin::connect(&server.url()).info(STREAM).expect("it is there").state.last_sequence;
    assert!(there < 13_000, "all was sent before it was broken off: {there}");
    let second = publisher(&source, small.origin(origin));
    let next = source.next();
    reach(&mut reader, next, 30, || (second.stats(), mirror.stats()));
    assert_eq!(reader.lost, 0);
    assert_eq!(mirror.log().snapshot().latest(), 1_000..next);
    assert_eq!(second.stats().lost, 0);
}

/// Messages that are none of a log, or of another publisher, come and expire while a publisher is cut off: that proves
/// nothing, and it goes on.
fn what_expired_proves_nothing(in_flight: u64, foreign: bool) {
    let _deadline = deadline(60);
    let server = Server::start();
    let admin = Admin::connect(&server.url());
    let link = Proxy::start(server.port);
    admin.create(Config { max_age: Duration::from_secs(1), ..stream() });
    let small = |url: String| Options::new(url, STREAM).message_size(1024);
    let mut rig = Rig::<FixedRecords>::between(
        Source::new(1, 1 << 16),
        small(link.url()),
        small(server.url()),
        FixedRecords::options(1 << 16),
    );
    rig.source().publish_all(100);
    rig.arrive(20);
    all_is_acknowledged(&rig.publisher);
    link.cut();
    rig.source().publish_all(in_flight);
    if foreign {
        let mut other = Source::<FixedRecords>::new(2, 1 << 16);
        let second = publisher(&other, small(server.url()));
        for _ in 0..3 {
            other.publish(1);
            all_is_acknowledged(&second);
        }
    } else {
        (0..3).for_each(|_| _ = admin.publish(STREAM, vec![1; 10]));
    }
    until("all expires", 20, || {
        let state = admin.info(STREAM).expect("it is there").state;
        is(state.messages == 0, state)
    });
    link.mend();
    rig.source().publish_all(50);
    all_is_acknowledged(&rig.publisher);
    let next = rig.source().next();
    until("all of it comes", 20, || is(rig.mirror.stats().next_sequence == next, rig.mirror.stats()));
    let (publisher, mirror) = (rig.publisher.stats(), rig.mirror.stats());
    assert_eq!((publisher.state, publisher.lost), (State::Running, 0), "{publisher:?}");
    assert_eq!((publisher.records, mirror.lost), (next, 0), "{publisher:?} {mirror:?}");
    // Of the other publisher's log there are three.
    assert_eq!(mirror.records, next + if foreign { 3 } else { 0 }, "{mirror:?}");
}

#[test]
fn garbage_that_expired_proves_nothing() {
    what_expired_proves_nothing(0, false);
}

#[test]
fn garbage_that_expired_proves_nothing_of_what_is_in_flight() {
    what_expired_proves_nothing(200, false);
}

#[test]
fn another_publisher_that_expired_proves_nothing() {
    what_expired_proves_nothing(200, true);
}

/// What a program sent before it was killed may arrive when the next one has already looked at the stream: the next one
/// takes the stream again. A message of another origin is another publisher.
#[test]
fn messages_of_the_program_before_may_come_late() {
    let _deadline = deadline(60);
    let server = Server::start();
    let admin = Admin::connect(&server.url());
    let mut before = Source::<FixedRecords>::new(1, 1 << 16);
    let first = publisher(&before, options(&server.url()));
    before.publish_all(100);
    let origin = first.close(Duration::from_secs(20)).stats.origin;
    let mut source = Source::<FixedRecords>::new(2, 1 << 16);
    let second = publisher(&source, options(&server.url()));
    until("it has looked", 20, || is(second.stats().state == State::Running, second.stats()));
    let late = |origin: [u8; 16], first: u64| {
        let flags = wire::BEGINS | wire::ENDS | wire::FIXED;
        let records = vec![0; 64];
        let (count, record_size, lost, newest) = (1, 64, 0, 0);
        wire::Message { version: 1, prefix: 64, flags, origin, first, count, record_size, lost, newest, records }
            .bytes()
    };
    for round in 0..3 {
        admin.publish(STREAM, late(origin.0, 100 + 2 * round));
        admin.publish(STREAM, late(origin.0, 101 + 2 * round));
        source.publish_all(10);
        all_is_acknowledged(&second);
    }
    let stats = second.stats();
    assert_eq!((stats.state, stats.records, stats.lost), (State::Running, 30, 0), "{stats:?}");
    admin.publish(STREAM, late([9; 16], 0));
    source.publish_all(10);
    until("it stops", 20, || is(second.stats().state == State::Stopped, second.stats()));
    assert_eq!((second.stats().status, second.stats().records), (status::ERR_CLAIMED, 30));
}

/// The program before left its messages in a server that stood still.
#[test]
#[ignore = "takes ten seconds"]
fn messages_of_the_program_before_lie_in_the_server() {
    let _deadline = deadline(200);
    let server = Server::start();
    for round in 0..8 {
        let name = format!("r{round}");
        let mut before = Source::<FixedRecords>::new(1, 1 << 20);
        let first = publisher(&before, Options::new(server.url(), &name).create(true));
        before.publish_all(1_000);
        all_is_acknowledged(&first);
        server.pause();
        before.publish_all(500_000);
        sleep(Duration::from_millis(300));
        drop(first);
        let mut source = Source::<FixedRecords>::new(2, 1 << 20);
        source.publish_all(1_000);
        let second = publisher(&source, Options::new(server.url(), &name));
        sleep(Duration::from_millis(300));
        server.resume();
        for _ in 0..20 {
            source.publish_all(100);
            sleep(Duration::from_millis(20));
        }
        all_is_acknowledged(&second);
        let stats = second.stats();
        assert_eq!((stats.state, stats.records, stats.lost), (State::Running, 3_000, 0), "{stats:?}");
    }
}

/// A stream that is full refuses messages: it is asked with one of them, and not too often. When it takes messages
/// again, all arrive.
#[test]
fn a_stream_that_refuses_is_asked_with_one_message() {
    let _deadline = deadline(60);
    let server = Server::start();
    let admin = Admin::connect(&server.url());
    let full = Config { max_messages: 10, discard: DiscardPolicy::New, ..stream() };
    admin.create(full.clone());
    let mut rig = Rig::<FixedRecords>::over(&server.url());
    rig.source().publish_all(300_000);
    until("it tells", 20, || is(rig.publisher.stats().last_error.contains("maximum messages"), rig.publisher.stats()));
    sleep(Duration::from_secs(1));
    let before = rig.publisher.stats().repeated;
    sleep(Duration::from_secs(3));
    let again = rig.publisher.stats().repeated - before;
    // A message has about 1000 records.
    assert!((1..10_000).contains(&again), "{again} records were sent again; {:?}", rig.publisher.stats());
    admin.update(Config { max_messages: -1, ..full });
    rig.arrive(20);
    assert_eq!(rig.finish(20), 0);
}

/// The server comes back, and takes only smaller messages than those that are in flight: they are made smaller.
#[test]
fn the_server_comes_back_with_a_smaller_limit() {
    let _deadline = deadline(60);
    let mut server = Server::start();
    let mut rig = Rig::<ByteRecords>::over(&server.url());
    rig.source().publish_all(10_000);
    rig.arrive(20);
    server.stop();
    server.reconfigure("max_payload: 16384");
    rig.source().publish(5_000);
    rig.source().publish_all(5_000);
    server.run();
    rig.arrive(30);
    rig.source().publish(5_000);
    rig.arrive(30);
    assert_eq!(rig.finish(20), 0);
}

/// Publishers of the same origin come one after another, while what the one before sent is still on its way: each cuts
/// its messages elsewhere. None counts as lost what the stream has.
#[test]
#[ignore = "takes ten seconds"]
fn publishers_of_the_same_origin_overlap() {
    let _deadline = deadline(300);
    let server = Server::start();
    let mut source = Source::<ByteRecords>::new(1, 1 << 21);
    let mut current = publisher(&source, options(&server.url()));
    let origin = current.stats().origin;
    let mirror = Mirror::<ByteRecords>::start(options(&server.url()), ByteRecords::options(1 << 21)).expect("one");
    let mut reader = Reader::new(mirror.log());
    let mut kept = Vec::new();
    for round in 0..50_u32 {
        source.publish_all(10_000);
        source.publish(1);
        let again = options(&server.url()).origin(origin).message_size(1024 << (round * 5 % 8));
        kept.push(std::mem::replace(&mut current, publisher(&source, again)));
        if kept.len() > 2 {
            let oldest = kept.remove(0);
            let stats = oldest.stats();
            assert_eq!((stats.lost, stats.status), (0, 0), "round {round}: {stats:?}");
        }
        let until = Instant::now() + Duration::from_millis(u64::from(round) * 37 % 300);
        while Instant::now() < until {
            reader.look().expect("all is whole");
        }
    }
    reach(&mut reader, source.next(), 60, || mirror.stats());
    all_is_acknowledged(&current);
    assert_eq!((reader.lost, mirror.stats().lost, current.stats().lost), (0, 0, 0), "{:?}", current.stats());
}

/// Much that is none of a log lies in the stream before a publisher comes: it looks at some, tells so, and begins.
#[test]
fn much_garbage_lies_before() {
    let _deadline = deadline(60);
    let server = Server::start();
    let admin = Admin::connect(&server.url());
    admin.create(stream());
    (0..2_000).for_each(|_| _ = admin.publish(STREAM, vec![1; 10]));
    let mut source = Source::<FixedRecords>::new(1, 1 << 16);
    source.publish_all(10);
    let publisher = publisher(&source, options(&server.url()));
    until("it begins", 20, || is(publisher.stats().records == 10, publisher.stats()));
    let words = publisher.stats().last_error;
    assert!(words.contains("none of its newest 1000 messages is of this log"), "{words}");
}

/// A publisher that another has displaced holds no view of its log.
#[test]
fn a_publisher_that_stopped_holds_no_view() {
    let _deadline = deadline(60);
    let server = Server::start();
    let mut source = Source::<FixedRecords>::new(1, 1 << 16);
    let first = publisher(&source, options(&server.url()));
    source.publish_all(10);
    all_is_acknowledged(&first);
    let mut other = Source::<FixedRecords>::new(2, 1 << 16);
    let second = publisher(&other, options(&server.url()));
    other.publish_all(10);
    all_is_acknowledged(&second);
    source.publish_all(10);
    until("the first stops", 20, || is(first.stats().state == State::Stopped, first.stats()));
    until("its view goes", 20, || is(source.log.stats().snapshots_live == 0, source.log.describe().to_string()));
}

/// The stream has more of an origin than the log has: what the log gets first is not sent, in words.
#[test]
fn the_stream_is_ahead_of_the_log() {
    let _deadline = deadline(60);
    let server = Server::start();
    let mut source = Source::<FixedRecords>::new(1, 1 << 16);
    let first = publisher(&source, options(&server.url()));
    source.publish_all(1_000);
    let origin = first.close(Duration::from_secs(20)).stats.origin;
    let mut shorter = Source::<FixedRecords>::new(1, 1 << 16);
    shorter.publish_all(400);
    let second = publisher(&shorter, options(&server.url()).origin(origin));
    until("it tells", 20, || {
        let words = second.stats().last_error;
        is(words.contains("up to 1000") && words.contains("up to 400"), second.stats())
    });
    shorter.publish_all(700);
    all_is_acknowledged(&second);
    assert_eq!((second.stats().records, second.stats().lost), (100, 0), "{:?}", second.stats());
}

/// What the log evicts before it is sent is told in words, too.
#[test]
fn what_was_evicted_is_told() {
    let _deadline = deadline(60);
    let mut server = Server::prepared(free_port(), "");
    let mut source = Source::<FixedRecords>::new(1, 1_000);
    let publisher = publisher(&source, options(&server.url()));
    source.publish_all(10_000);
    server.run();
    all_is_acknowledged(&publisher);
    let stats = publisher.stats();
    let words = format!("{} records are lost: the log evicted or skipped them before they were sent", stats.lost);
    assert!(stats.lost > 0 && stats.last_error == words, "{stats:?}");
}
