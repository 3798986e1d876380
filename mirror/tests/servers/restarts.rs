//! One server: killed, stopped, standing still, not there at all. And the ends of logs, which need no fault.

use std::thread::sleep;
use std::time::{Duration, Instant};

use atomic_log::{ByteLog, ByteRecords, FixedRecords};
use atomic_log_nats::{Mirror, Options, Publisher, Start, State};

use crate::admin::Admin;
use crate::logs::{Feeder, Kind, Reader, Source};
use crate::server::{Server, free_port};
use crate::{Rig, STREAM, deadline, is, options, reach, stream, until, wire};

/// Nothing goes wrong: what is in the stream is what the page says, all of it arrives, and the newest publication is
/// the origin's, however many messages it spans.
fn nothing_is_lost_while_nothing_fails<K: Kind>() {
    let _deadline = deadline(60);
    let server = Server::start();
    let small = options(&server.url()).message_size(1024);
    let mut rig = Rig::<K>::between(Source::new(1, 1 << 16), small, options(&server.url()), K::options(1 << 16));
    rig.source().publish_all(20_000);
    rig.arrive(20);
    for records in [300, 1] {
        rig.source().publish(records);
        rig.arrive(20);
        let end = rig.source().next();
        assert_eq!(rig.mirror.log().snapshot().latest(), end - records..end);
    }
    until("all is acknowledged", 20, || is(rig.publisher.stats().lag_records == 0, rig.publisher.stats()));
    let (sent, received) = (rig.publisher.stats(), rig.mirror.stats());
    assert_eq!((received.bytes, received.messages), (sent.bytes, sent.messages));
    assert_eq!((received.garbage, received.repeated, received.origins), (0, 0, 1));
    assert_eq!(rig.finish(20), 0);
    let stored = Admin::connect(&server.url()).messages(STREAM);
    assert_eq!(wire::check(&stored), (20_301, 0));
}

#[test]
fn nothing_is_lost_while_nothing_fails_fixed() {
    nothing_is_lost_while_nothing_fails::<FixedRecords>();
}

#[test]
fn nothing_is_lost_while_nothing_fails_bytes() {
    nothing_is_lost_while_nothing_fails::<ByteRecords>();
}

/// Records of no byte, and one that is larger than a message is meant to be.
#[test]
fn records_of_any_size_arrive() {
    let _deadline = deadline(60);
    let server = Server::start();
    let (mut writer, log) = ByteLog::try_new_claimed(&ByteRecords::options(1 << 14)).expect("a log");
    let publish = options(&server.url()).message_size(1024);
    let _publisher = Publisher::start(&log, publish).expect("a publisher");
    let mirror = Mirror::<ByteRecords>::start(options(&server.url()), ByteRecords::options(1 << 14)).expect("a mirror");
    let record = |sequence: u64| {
        let size = if sequence == 700 { 100_000 } else { sequence % 37 };
        vec![sequence as u8; size as usize]
    };
    (0..10_000).for_each(|sequence| writer.append(&record(sequence)).expect("there is memory"));
    writer.notify();
    until("all arrives", 20, || is(mirror.stats().next_sequence == 10_000, mirror.stats()));
    let view = mirror.log().snapshot();
    assert_eq!(view.range(), 0..10_000);
    for (sequence, bytes) in view.range().zip(view.iter()) {
        assert_eq!(bytes, record(sequence), "record {sequence}");
    }
}

/// The server is killed while records flow, stays away, and comes again; so it is asked to end.
fn a_server_restarts<K: Kind>(rounds: u32, away: Duration) {
    let _deadline = deadline(90 + 10 * u64::from(rounds));
    let mut server = Server::start();
    let mut rig = Rig::<K>::over(&server.url());
    let feeder = Feeder::start(rig.source.take().expect("it is there"), 50_000);
    for round in 0..rounds {
        let before = rig.reader.next;
        until("records flow", 20, || {
            rig.reader.look()?;
            is(rig.reader.next > before + 5_000, (rig.publisher.stats(), rig.mirror.stats()))
        });
        if round % 2 == 0 {
            server.kill()
        } else {
            server.stop()
        }
        until("the publisher tells that the connection is lost", 20, || {
            let stats = rig.publisher.stats();
            is(!stats.last_error.is_empty(), stats)
        });
        let end = Instant::now() + away;
        while Instant::now() < end {
            rig.reader.look().expect("what is there stays");
        }
        server.run();
        until("both come back and catch up", 30, || {
            rig.reader.look()?;
            let (publisher, mirror) = (rig.publisher.stats(), rig.mirror.stats());
            let back = publisher.reconnects > u64::from(round) && mirror.reconnects > u64::from(round);
            is(back && publisher.lag_records < 50_000 && mirror.lag_records < 50_000, (publisher, mirror))
        });
    }
    rig.source = Some(feeder.stop());
    rig.arrive(60);
    assert_eq!(rig.finish(30), 0);
}

#[test]
fn a_server_restarts_fixed() {
    a_server_restarts::<FixedRecords>(2, Duration::from_secs(1));
}

#[test]
fn a_server_restarts_bytes() {
    a_server_restarts::<ByteRecords>(2, Duration::from_millis(200));
}

#[test]
#[ignore = "takes two minutes"]
fn a_server_restarts_many_times() {
    a_server_restarts::<FixedRecords>(20, Duration::from_secs(3));
}

/// The process of the server stands still for seconds: connections live, and nothing comes.
#[test]
fn a_server_stands_still() {
    let _deadline = deadline(90);
    let server = Server::start();
    let mut rig = Rig::<ByteRecords>::over(&server.url());
    rig.source().publish_all(5_000);
    rig.arrive(20);
    let feeder = Feeder::start(rig.source.take().expect("it is there"), 20_000);
    for seconds in [1, 4] {
        server.pause();
        sleep(Duration::from_secs(seconds));
        server.resume();
        sleep(Duration::from_millis(500));
    }
    rig.source = Some(feeder.stop());
    rig.arrive(30);
    assert_eq!(rig.finish(30), 0);
}

/// There is no server, for a while: both say so, and what they were given arrives when there is one.
#[test]
fn no_server_yet() {
    let _deadline = deadline(60);
    let mut server = Server::prepared(free_port(), "");
    let mut rig = Rig::<FixedRecords>::over(&server.url());
    rig.source().publish_all(1_000);
    until("both tell", 20, || {
        let (publisher, mirror) = (rig.publisher.stats(), rig.mirror.stats());
        let told = |words: &str| words.contains("cannot connect") && words.contains(&server.port.to_string());
        is(told(&publisher.last_error) && told(&mirror.last_error), (publisher, mirror))
    });
    assert_eq!(rig.publisher.stats().state, State::Connecting);
    assert_eq!(rig.mirror.stats().state, State::Connecting);
    assert_eq!(rig.publisher.stats().lag_records, 1_000);
    server.run();
    rig.arrive(30);
    assert_eq!(rig.finish(30), 0);
}

/// There is no stream, for a while: both say so, and what they were given arrives when there is one.
#[test]
fn no_stream_yet() {
    let _deadline = deadline(60);
    let server = Server::start();
    let not_made = Options::new(server.url(), STREAM);
    let log = FixedRecords::options(1 << 16);
    let mut rig = Rig::<FixedRecords>::between(Source::new(1, 1 << 16), not_made.clone(), not_made, log);
    rig.source().publish_all(1_000);
    until("both tell", 20, || {
        let (publisher, mirror) = (rig.publisher.stats(), rig.mirror.stats());
        let told = |words: &str| words.contains("stream ticks: ");
        is(told(&publisher.last_error) && told(&mirror.last_error), (publisher, mirror))
    });
    Admin::connect(&server.url()).create(stream());
    rig.arrive(30);
    assert_eq!(rig.finish(30), 0);
}

/// A stream in memory is gone with its server. The publisher makes it again, and the mirror reads the new one.
#[test]
fn a_stream_in_memory_is_gone_with_its_server() {
    let _deadline = deadline(60);
    let mut server = Server::start();
    let publish = options(&server.url()).memory(true);
    let log = FixedRecords::options(1 << 16);
    let mut rig = Rig::<FixedRecords>::between(Source::new(1, 1 << 16), publish, options(&server.url()), log);
    rig.source().publish_all(1_000);
    rig.arrive(20);
    server.kill();
    rig.source().publish_all(100);
    server.run();
    rig.arrive(30);
    assert_eq!(rig.finish(30), 0);
    let (records, _) = wire::check(&Admin::connect(&server.url()).messages(STREAM));
    assert_eq!(records, 100);
}

/// What is published while there is no server is not one run, which a mirror that joins amid it would not show.
#[test]
fn publications_before_there_is_a_server_are_in_many_runs() {
    let _deadline = deadline(60);
    let mut server = Server::prepared(free_port(), "");
    let mut rig = Rig::<FixedRecords>::over(&server.url());
    for _ in 0..30 {
        rig.source().publish(2_000);
        sleep(Duration::from_millis(20));
    }
    server.run();
    rig.arrive(30);
    assert_eq!(rig.finish(30), 0);
    let stored = Admin::connect(&server.url()).messages(STREAM);
    assert_eq!(wire::check(&stored), (60_000, 0));
    let runs = stored.iter().filter(|stored| wire::Message::read(&stored.payload).has(wire::BEGINS)).count();
    assert!(runs >= 10, "{runs} runs");
}

/// There never is a server: a close takes as long as it was told, and no longer, and returns what was not sent.
#[test]
fn no_server_ever() {
    let _deadline = deadline(60);
    let url = format!("nats://127.0.0.1:{}", free_port());
    let mut source = Source::<FixedRecords>::new(1, 4096);
    let publisher = Publisher::start(&source.log, options(&url)).expect("a publisher");
    let mirror = Mirror::<FixedRecords>::start(options(&url), FixedRecords::options(4096)).expect("a mirror");
    source.publish_all(1_000);
    let begin = Instant::now();
    let closed = publisher.close(Duration::from_secs(1));
    assert!(begin.elapsed() < Duration::from_secs(4), "{:?}", begin.elapsed());
    assert_eq!(closed.unacknowledged, 1_000);
    assert!(!closed.stats.last_error.is_empty());
    let begin = Instant::now();
    drop(mirror);
    assert!(begin.elapsed() < Duration::from_secs(4), "{:?}", begin.elapsed());
    source.publish(1);
}

/// A publisher is closed, dropped, and a mirror dropped, while their server is away.
#[test]
fn ends_while_the_server_is_away() {
    let _deadline = deadline(60);
    let mut server = Server::start();
    let mut rig = Rig::<FixedRecords>::over(&server.url());
    rig.source().publish_all(1_000);
    rig.arrive(20);
    let second = Publisher::start(&rig.source().log, options(&server.url()).subject("other")).expect("a publisher");
    server.kill();
    rig.source().publish(10);
    let quickly = |what: &str, done: &mut dyn FnMut()| {
        let begin = Instant::now();
        done();
        assert!(begin.elapsed() < Duration::from_secs(4), "{what} took {:?}", begin.elapsed());
    };
    let Rig { publisher, mirror, mut reader, .. } = rig;
    let mut publisher = Some(publisher);
    quickly("close", &mut || {
        let closed = publisher.take().expect("once").close(Duration::from_secs(1));
        assert_eq!(closed.unacknowledged, 10, "{closed:?}");
    });
    let (mut second, mut mirror) = (Some(second), Some(mirror));
    quickly("dropping the publisher", &mut || drop(second.take()));
    quickly("dropping the mirror", &mut || drop(mirror.take()));
    reader.look().expect("its log stays");
    assert_eq!(reader.seen, 1_000);
    assert!(!reader.log.has_writer() && !reader.log.is_finished());
}

/// The log ended before anybody came: a late mirror reads it, and its log ends, too.
fn a_mirror_of_a_finished_log<K: Kind>() {
    let _deadline = deadline(60);
    let server = Server::start();
    let mut source = Source::<K>::new(1, 1 << 16);
    source.publish_all(3_000);
    let publisher = Publisher::start(&source.log, options(&server.url())).expect("a publisher");
    let total = source.finish();
    let closed = publisher.close(Duration::from_secs(20));
    assert_eq!((closed.unacknowledged, closed.stats.state), (0, State::Finished), "{closed:?}");
    for _ in 0..2 {
        let mirror = Mirror::<K>::start(options(&server.url()), K::options(1 << 16)).expect("a mirror");
        let mut reader = Reader::new(mirror.log());
        reach(&mut reader, total, 20, || mirror.stats());
        until("the end arrives", 20, || {
            reader.look()?;
            is(reader.finished && mirror.stats().state == State::Finished, mirror.stats())
        });
        assert_eq!((reader.seen, reader.lost), (total, 0));
    }
}

#[test]
fn a_mirror_of_a_finished_log_fixed() {
    a_mirror_of_a_finished_log::<FixedRecords>();
}

#[test]
fn a_mirror_of_a_finished_log_bytes() {
    a_mirror_of_a_finished_log::<ByteRecords>();
}

/// A log that ends without a record.
#[test]
fn an_empty_log_ends() {
    let _deadline = deadline(60);
    let server = Server::start();
    assert_eq!(Rig::<FixedRecords>::over(&server.url()).finish(20), 0);
}

/// A log whose sequences begin far behind 0, and which skips.
#[test]
fn sequences_are_the_origins() {
    let _deadline = deadline(60);
    let server = Server::start();
    let mut source = Source::<ByteRecords>::new(1, 1 << 16);
    source.skip_to(1 << 40);
    source.publish_all(100);
    let mut rig = Rig::between(source, options(&server.url()), options(&server.url()), ByteRecords::options(1 << 16));
    rig.arrive(20);
    let lost_before = rig.mirror.stats().lost;
    let far = (1 << 40) + 5_000;
    rig.source().skip_to(far);
    rig.source().publish_all(100);
    rig.arrive(20);
    assert_eq!(rig.mirror.stats().lost - lost_before, 4_900, "{:?}", rig.mirror.stats());
    assert_eq!(rig.publisher.stats().lost, rig.mirror.stats().lost, "{:?}", rig.publisher.stats());
    assert_eq!((rig.reader.seen, rig.reader.next), (200, far + 100));
    assert_eq!(rig.mirror.log().range(), far..far + 100);
}

/// A publisher or a mirror that begins with what comes next gets no more, and does not count the rest as lost.
#[test]
fn beginning_with_what_comes_next() {
    let _deadline = deadline(60);
    let server = Server::start();
    let mut source = Source::<FixedRecords>::new(1, 1 << 16);
    source.publish_all(500);
    let publish = options(&server.url()).start(Start::Next);
    let mut rig = Rig::between(source, publish, options(&server.url()), FixedRecords::options(1 << 16));
    until("it runs", 20, || is(rig.publisher.stats().state == State::Running, rig.publisher.stats()));
    rig.source().publish_all(500);
    rig.arrive(20);
    assert_eq!(rig.reader.seen, 500);
    assert_eq!(rig.publisher.stats().lost, 0, "{:?}", rig.publisher.stats());
    let late = Mirror::<FixedRecords>::start(options(&server.url()).start(Start::Next), FixedRecords::options(1 << 16))
        .expect("a mirror");
    until("it runs", 20, || is(late.stats().state == State::Running, late.stats()));
    let mut reader = Reader::new(late.log());
    // Its consumer is there since it runs.
    rig.source().publish_all(500);
    let end = rig.source().next();
    reach(&mut reader, end, 20, || late.stats());
    assert_eq!(reader.seen, 500);
    assert_eq!(late.log().range(), end - 500..end);
    assert_eq!(late.stats().lost, 0, "{:?}", late.stats());
}
