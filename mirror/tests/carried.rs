//! What is published arrives: the same records under the same sequences, once, in order, publications whole, the end
//! too.

mod common;

use std::time::Duration;

use atomic_log::{ByteLog, ByteRecords, FixedRecords, Options as LogOptions};
use atomic_log_nats::{Mirror, Publisher, Start, State, status};
use common::*;

#[test]
fn records_of_one_size_arrive_under_their_sequences() {
    let server = Server::start();
    let (mut writer, log) = new_log(1 << 16);
    let publisher = Publisher::start(&log, options(&server)).expect("the options are right");
    let mirror = Mirror::<FixedRecords>::start(options(&server), numbers(1 << 16)).expect("the options are right");
    let mut reader = Reader::numbers(&mirror);
    for end in [1, 2, 1000, 30_000, 30_001] {
        append_to(&mut writer, end);
        reader.read_to(end, || mirror.stats());
    }
    assert_eq!((reader.seen, reader.lost), (30_001, 0));
    let closed = publisher.close(Duration::from_secs(10));
    assert_eq!(closed.unacknowledged, 0, "{closed:?}");
    assert_eq!((closed.stats.records, closed.stats.lost, closed.stats.next_sequence), (30_001, 0, 30_001));
    let stats = mirror.stats();
    assert_eq!((stats.records, stats.lost, stats.garbage, stats.origins), (30_001, 0, 0, 1));
    assert_eq!((stats.origin, stats.state), (closed.stats.origin, State::Running));
    assert_eq!(stats.bytes, closed.stats.bytes);
}

#[test]
fn records_of_any_size_arrive() {
    let server = Server::start();
    let log_options = LogOptions::new(4 << 20, 1 << 20);
    let (mut writer, log) = ByteLog::try_new_claimed(&log_options).expect("there is memory");
    let _publisher = Publisher::start(&log, options(&server).message_size(4096)).expect("the options are right");
    let mirror = Mirror::<ByteRecords>::start(options(&server), log_options).expect("the options are right");
    let mut reader = Reader::bytes(&mirror);
    for sequence in 0..20_000 {
        writer.append(&any_record(sequence)).expect("there is memory");
    }
    reader.read_to(20_000, || mirror.stats());
    assert_eq!((reader.seen, reader.lost), (20_000, 0));
}

#[test]
fn a_record_larger_than_a_message_has_one_of_its_own_and_one_larger_than_the_server_takes_is_lost() {
    let server = Server::start();
    let log_options = LogOptions::new(8 << 20, 4 << 20);
    let (mut writer, log) = ByteLog::try_new_claimed(&log_options).expect("there is memory");
    let publisher = Publisher::start(&log, options(&server).message_size(4096)).expect("the options are right");
    let mirror = Mirror::<ByteRecords>::start(options(&server), log_options).expect("the options are right");
    let large = |sequence: u64| match sequence {
        1 => vec![1; 100_000],
        3 => vec![3; 2 << 20],
        sequence => vec![sequence as u8; 5],
    };
    let mut reader = Reader::new(mirror.log(), large);
    (0..3).for_each(|sequence| writer.append(&large(sequence)).expect("there is memory"));
    reader.read_to(3, || mirror.stats());
    (3..5).for_each(|sequence| writer.append(&large(sequence)).expect("there is memory"));
    reader.read_to(5, || mirror.stats());
    assert_eq!((reader.seen, reader.lost), (4, 1));
    assert_eq!((publisher.stats().lost, mirror.stats().lost), (1, 1));
    assert!(publisher.stats().last_error.contains("larger than the server takes"), "{:?}", publisher.stats());
}

/// A group's records are as many as its first record's sequence, modulo 700, says: so a reader knows where groups end.
#[test]
fn publications_are_whole_however_many_messages_they_span() {
    let server = Server::start();
    let (mut writer, log) = new_log(1 << 16);
    let _publisher = Publisher::start(&log, options(&server).message_size(1024)).expect("the options are right");
    let mirror = Mirror::<FixedRecords>::start(options(&server), numbers(1 << 16)).expect("the options are right");
    let length = |first: u64| first % 700 + 1;
    let mut ends = vec![0];
    while writer.next_sequence() < 60_000 {
        let first = writer.next_sequence();
        let mut group = writer.group();
        (first..first + length(first)).for_each(|sequence| group.append(&record(sequence)).expect("there is memory"));
        group.publish();
        ends.push(first + length(first));
        if first % 3 == 0 {
            writer.notify();
            std::thread::sleep(Duration::from_micros(200));
        }
    }
    let end = writer.next_sequence();
    let mut view = mirror.log().snapshot();
    let mut views = 0;
    until("all of it", || {
        view.refresh();
        views += 1;
        assert!(ends.binary_search(&view.range().end).is_ok(), "a view ends at {}", view.range().end);
        assert!(
            ends.binary_search(&view.latest().start).is_ok(),
            "the newest publication begins at {:?}",
            view.latest()
        );
        view.range().end == end
    });
    let newest = *ends.iter().rev().nth(1).expect("there are many")..end;
    assert_eq!(view.latest(), newest, "the newest publication is the origin's");
    assert!(views > 1);
}

#[test]
fn the_end_travels() {
    let server = Server::start();
    let (mut writer, log) = new_log(1024);
    let publisher = Publisher::start(&log, options(&server)).expect("the options are right");
    let mirror = Mirror::<FixedRecords>::start(options(&server), numbers(1024)).expect("the options are right");
    let mut reader = Reader::numbers(&mirror);
    append_to(&mut writer, 100);
    reader.read_to(100, || mirror.stats());
    assert!(!reader.is_finished());
    writer.finish();
    until("the end", || reader.is_finished());
    until("the end is acknowledged", || publisher.stats().state == State::Finished);
    assert_eq!(mirror.stats().state, State::Finished);
    assert_eq!((reader.read(), reader.seen), (100, 100));
    assert_eq!(publisher.close(Duration::ZERO).unacknowledged, 0);
}

#[test]
fn a_late_mirror_begins_with_what_the_stream_retains_or_with_what_comes_next() {
    let server = Server::start();
    let (mut writer, log) = new_log(1024);
    let publisher = Publisher::start(&log, options(&server)).expect("the options are right");
    append_to(&mut writer, 500);
    until("it is stored", || publisher.stats().records == 500);
    let oldest = Mirror::<FixedRecords>::start(options(&server), numbers(1024)).expect("the options are right");
    let next = Mirror::<FixedRecords>::start(options(&server).start(Start::Next), numbers(1024))
        .expect("the options are right");
    let (mut all, mut few) = (Reader::numbers(&oldest), Reader::numbers(&next));
    all.read_to(500, || oldest.stats());
    until("it reads", || next.stats().state == State::Running);
    append_to(&mut writer, 600);
    all.read_to(600, || oldest.stats());
    few.read_to(600, || next.stats());
    assert_eq!((all.seen, few.seen), (600, 100));
    assert_eq!(next.log().range(), 500..600, "sequences are the origin's");
    assert_eq!((oldest.stats().lost, next.stats().lost), (0, 0));
}

#[test]
fn another_life_of_the_log_has_another_log_here_if_its_sequences_are_earlier() {
    let server = Server::start();
    let (mut writer, log) = new_log(1024);
    let publisher = Publisher::start(&log, options(&server)).expect("the options are right");
    let mirror = Mirror::<FixedRecords>::start(options(&server), numbers(1024)).expect("the options are right");
    let mut first = Reader::numbers(&mirror);
    append_to(&mut writer, 300);
    first.read_to(300, || mirror.stats());
    publisher.close(Duration::from_secs(10));

    let (mut writer, log) = new_log(1024);
    append_to(&mut writer, 40);
    let publisher = Publisher::start(&log, options(&server)).expect("the options are right");
    until("the earlier log's end", || first.is_finished());
    let mut second = Reader::numbers(&mirror);
    second.read_to(40, || mirror.stats());
    assert_eq!((first.seen, second.seen, mirror.stats().origins), (300, 40, 2));
    publisher.close(Duration::from_secs(10));

    // And one that goes on later goes on in the same log.
    let (mut writer, log) = new_log(1024);
    writer.skip_to(1000).expect("there is memory");
    append_to(&mut writer, 1010);
    let _publisher = Publisher::start(&log, options(&server)).expect("the options are right");
    second.read_to(1010, || mirror.stats());
    assert_eq!((second.seen, second.lost, mirror.stats().origins), (50, 960, 3));
}

#[test]
fn a_publisher_that_goes_on_with_its_origin_repeats_nothing() {
    let server = Server::start();
    let (mut writer, log) = new_log(1024);
    let publisher = Publisher::start(&log, options(&server)).expect("the options are right");
    let mirror = Mirror::<FixedRecords>::start(options(&server), numbers(1024)).expect("the options are right");
    let mut reader = Reader::numbers(&mirror);
    append_to(&mut writer, 100);
    let closed = publisher.close(Duration::from_secs(10));
    append_to(&mut writer, 200);
    let publisher =
        Publisher::start(&log, options(&server).origin(closed.stats.origin)).expect("the options are right");
    reader.read_to(200, || mirror.stats());
    assert_eq!((reader.seen, reader.lost), (200, 0));
    let stats = mirror.stats();
    assert_eq!((stats.repeated, stats.origins, publisher.stats().origin), (0, 1, closed.stats.origin));
}

#[test]
fn a_run_larger_than_the_mirrors_log_begins_late_and_a_publication_larger_than_it_is_lost() {
    let server = Server::start();
    let (mut writer, log) = new_log(1 << 14);
    append_to(&mut writer, 5000);
    let _publisher = Publisher::start(&log, options(&server)).expect("the options are right");
    let mirror = Mirror::<FixedRecords>::start(options(&server), numbers(1024)).expect("the options are right");
    let mut reader = Reader::numbers(&mirror);
    // What was published before the publisher came is one run, since nobody knows any more how it was published.
    reader.read_to(5000, || mirror.stats());
    assert!(reader.seen >= 960, "{} records", reader.seen);
    assert_eq!(reader.seen + reader.lost, 5000);
    let before = (reader.seen, reader.lost);
    let batch: Vec<u8> = (5000..8000).flat_map(record).collect();
    writer.append_batch(&batch).expect("there is memory");
    writer.notify();
    until("it is counted as lost", || mirror.stats().lost == before.1 + 3000);
    assert!(mirror.stats().last_error.contains("larger than the mirror's log"), "{:?}", mirror.stats());
    append_to(&mut writer, 8001);
    reader.read_to(8001, || mirror.stats());
    assert_eq!((reader.seen, reader.lost), (before.0 + 1, before.1 + 3000));
}

#[test]
fn wrong_options_are_refused_in_words() {
    let (_, log) = new_log(64);
    let error =
        Publisher::start(&log, atomic_log_nats::Options::new("nats://127.0.0.1:1", "a b")).err().expect("refused");
    assert_eq!(error.status, status::ERR_ARGUMENT);
    assert!(error.words.contains("\"a b\""), "{error}");
    let error =
        Mirror::<FixedRecords>::start(atomic_log_nats::Options::new("nats://127.0.0.1:1", "a"), LogOptions::new(0, 0));
    assert_eq!(error.err().expect("refused").status, status::ERR_ARGUMENT);
}
