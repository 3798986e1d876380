//! What goes wrong is mended or told: every record is in the mirror, once, in order, or counted as lost. Faults of
//! clusters and networks are elsewhere.

mod common;

use std::time::{Duration, Instant};

use atomic_log::FixedRecords;
use atomic_log_nats::{Mirror, Options, Publisher, State, status};
use common::*;

#[test]
fn a_server_that_was_away_for_seconds_costs_nothing_if_the_log_is_long_enough() {
    let mut server = Server::start();
    let (mut writer, log) = new_log(1 << 20);
    let publisher = Publisher::start(&log, options(&server)).expect("the options are right");
    let mirror = Mirror::<FixedRecords>::start(options(&server), numbers(1 << 20)).expect("the options are right");
    let mut reader = Reader::numbers(&mirror);
    append_to(&mut writer, 10_000);
    reader.read_to(10_000, || mirror.stats());
    for round in 1..=3 {
        let begin = writer.next_sequence();
        // Some of it is on the way while the server goes.
        append_to(&mut writer, begin + 20_000);
        server.kill();
        let slow = Instant::now();
        append_to(&mut writer, begin + 50_000);
        assert!(slow.elapsed() < Duration::from_secs(1), "the writer is never slowed");
        std::thread::sleep(Duration::from_millis(1200));
        server.again();
        append_to(&mut writer, begin + 60_000);
        reader.read_to(begin + 60_000, || mirror.stats());
        until("it is told", || publisher.stats().reconnects == round && mirror.stats().reconnects == round);
    }
    assert_eq!((reader.seen, reader.lost), (190_000, 0));
    until("all is acknowledged", || publisher.stats().lag_records == 0);
    assert_eq!((publisher.stats().records, publisher.stats().lost), (190_000, 0));
}

#[test]
fn a_stream_in_memory_is_gone_with_its_server_and_both_ends_go_on() {
    let mut server = Server::start();
    let (mut writer, log) = new_log(1 << 16);
    let publisher = Publisher::start(&log, options(&server).memory(true)).expect("the options are right");
    let mirror =
        Mirror::<atomic_log::FixedRecords>::start(options(&server), numbers(1 << 16)).expect("the options are right");
    let mut reader = Reader::numbers(&mirror);
    for sequence in 1..=50 {
        append_to(&mut writer, sequence * 10);
        reader.read_to(sequence * 10, || mirror.stats());
    }
    server.kill();
    append_to(&mut writer, 600);
    server.again();
    until("all is acknowledged", || publisher.stats().next_sequence == 600);
    reader.read_to(600, || mirror.stats());
    assert_eq!((reader.seen, reader.lost), (600, 0), "{:?}", mirror.stats());
    append_to(&mut writer, 700);
    reader.read_to(700, || mirror.stats());
    assert_eq!(reader.seen, 700);
}

#[test]
fn what_a_lagging_publisher_loses_is_counted_on_both_sides() {
    let mut server = Server::start();
    let (mut writer, log) = new_log(1024);
    let publisher = Publisher::start(&log, options(&server)).expect("the options are right");
    let mirror = Mirror::<FixedRecords>::start(options(&server), numbers(1 << 19)).expect("the options are right");
    let mut reader = Reader::numbers(&mirror);
    append_to(&mut writer, 100);
    reader.read_to(100, || mirror.stats());
    server.kill();
    // Less than the queue and the view hold, and then much more than the log does.
    for end in (200..400_000).step_by(997) {
        append_to(&mut writer, end);
        std::thread::sleep(Duration::from_micros(100));
    }
    server.again();
    append_to(&mut writer, 400_000);
    reader.read_to(400_000, || mirror.stats());
    // At a gap the records before it leave the mirror's log, so a reader that is behind loses more than the mirror did.
    assert_eq!(reader.seen + reader.lost, 400_000);
    until("all is acknowledged", || publisher.stats().lag_records == 0);
    let (sent, received) = (publisher.stats(), mirror.stats());
    assert!(sent.lost > 50_000 && sent.lost + sent.records == 400_000, "{sent:?}");
    assert_eq!((received.lost, received.records), (sent.lost, sent.records), "{received:?}");
    assert!(reader.lost >= received.lost);
    assert_eq!(lost_by_the_messages(&server), sent.lost);
}

#[test]
fn a_mirror_that_begins_again_has_the_same() {
    let server = Server::start();
    let (mut writer, log) = new_log(1 << 16);
    let _publisher = Publisher::start(&log, options(&server)).expect("the options are right");
    for round in 1..4 {
        let mirror = Mirror::<FixedRecords>::start(options(&server), numbers(1 << 16)).expect("the options are right");
        let mut reader = Reader::numbers(&mirror);
        append_to(&mut writer, round * 9000);
        reader.read_to(round * 9000, || mirror.stats());
        assert_eq!((reader.seen, reader.lost), (round * 9000, 0));
        let log = mirror.log();
        drop(mirror);
        assert!(!log.has_writer() && !log.is_finished(), "its log stays");
        assert_eq!(log.range(), 0..round * 9000);
    }
}

#[test]
fn of_two_publishers_one_is_refused() {
    let server = Server::start();
    let (mut one, one_log) = new_log(1024);
    let (mut two, two_log) = new_log(1024);
    let first = Publisher::start(&one_log, options(&server)).expect("the options are right");
    append_to(&mut one, 10);
    until("it is stored", || first.stats().records == 10);
    let second = Publisher::start(&two_log, options(&server)).expect("the options are right");
    append_to(&mut two, 10);
    until("the later one has the stream", || second.stats().records == 10);
    append_to(&mut one, 20);
    until("the earlier one is refused", || first.stats().state == State::Stopped);
    let refused = first.stats();
    assert_eq!((refused.status, refused.records), (status::ERR_CLAIMED, 10));
    assert!(refused.last_error.contains("another publisher writes to the stream ticks"), "{refused:?}");
    append_to(&mut two, 20);
    until("the later one goes on", || second.stats().records == 20);
    let closed = first.close(Duration::from_secs(5));
    assert_eq!(closed.unacknowledged, 10);
}

#[test]
fn garbage_is_counted_and_skipped_and_told() {
    let server = Server::start();
    let (mut writer, log) = new_log(1024);
    let publisher = Publisher::start(&log, options(&server)).expect("the options are right");
    let mirror = Mirror::<FixedRecords>::start(options(&server), numbers(1024)).expect("the options are right");
    let mut reader = Reader::numbers(&mirror);
    append_to(&mut writer, 10);
    reader.read_to(10, || mirror.stats());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let client = async_nats::connect(server.url()).await.expect("a connection");
        for garbage in ["", "alog", "hello, this is more than sixty-four bytes of something else entirely, ok"] {
            client.publish("ticks", garbage.into()).await.expect("it is sent");
        }
        client.flush().await.expect("it is sent");
    });
    until("it is counted", || mirror.stats().garbage == 3);
    assert!(mirror.stats().last_error.contains("a message is none of a log"), "{:?}", mirror.stats());
    // The publisher finds that somebody else wrote, and that it was no publisher.
    append_to(&mut writer, 20);
    reader.read_to(20, || mirror.stats());
    assert_eq!((reader.seen, reader.lost), (20, 0));
    assert_eq!((publisher.stats().state, publisher.stats().repeated), (State::Running, 10));
}

#[test]
fn a_log_of_other_records_is_told() {
    let server = Server::start();
    let (mut writer, log) = new_log(1024);
    let _publisher = Publisher::start(&log, options(&server)).expect("the options are right");
    let options_of_16 = atomic_log::Options::new(64, 8).record_size(16);
    let mirror = Mirror::<FixedRecords>::start(options(&server), options_of_16).expect("the options are right");
    append_to(&mut writer, 1);
    until("it is told", || {
        mirror.stats().last_error == "the stream has records of 8 bytes, and the mirror's log has records of 16 bytes"
    });
    assert!(mirror.log().range().is_empty());
}

#[test]
fn without_a_server_nothing_waits_for_ever() {
    let (mut writer, log) = new_log(1024);
    let options = || Options::new("nats://127.0.0.1:1", "ticks");
    let publisher = Publisher::start(&log, options()).expect("the options are right");
    let mirror = Mirror::<FixedRecords>::start(options(), numbers(1024)).expect("the options are right");
    append_to(&mut writer, 10);
    until("it is told", || publisher.stats().last_error.contains("cannot connect to nats://127.0.0.1:1"));
    until("it is told", || mirror.stats().last_error.contains("cannot connect to nats://127.0.0.1:1"));
    assert_eq!((publisher.stats().state, mirror.stats().state), (State::Connecting, State::Connecting));
    let begin = Instant::now();
    let closed = publisher.close(Duration::from_millis(50));
    assert_eq!(closed.unacknowledged, 10);
    drop(mirror);
    assert!(begin.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_stream_that_is_not_there_is_told_and_waited_for() {
    let server = Server::start();
    let (mut writer, log) = new_log(1024);
    let publisher = Publisher::start(&log, options(&server).create(false)).expect("the options are right");
    let mirror =
        Mirror::<FixedRecords>::start(options(&server).create(false), numbers(1024)).expect("the options are right");
    append_to(&mut writer, 10);
    until("it is told", || publisher.stats().last_error.contains("stream ticks: "));
    until("it is told", || mirror.stats().last_error.contains("stream ticks: "));
    let (_writer, other) = new_log(64);
    let _maker = Publisher::start(&other, options(&server)).expect("the options are right");
    let mut reader = Reader::numbers(&mirror);
    reader.read_to(10, || mirror.stats());
}
