//! What cannot arrive is counted: evicted before it was sent, expired in the stream, gone with the stream, too large.

use std::thread::sleep;
use std::time::{Duration, Instant};

use async_nats::jetstream::stream::Config;
use atomic_log::{ByteRecords, FixedRecords, RecordCursor, RecordLog, RecordWriter};
use atomic_log_nats::{Mirror, Options, Publisher, State};

use crate::admin::Admin;
use crate::logs::{Kind, Reader, Source};
use crate::proxy::Proxy;
use crate::server::Server;
use crate::{Rig, STREAM, deadline, is, options, reach, stream, until, wire};

/// The writer writes on while the publisher is cut off, until records are evicted that were not sent.
fn the_writer_overruns_the_publisher<K: Kind>() {
    let _deadline = deadline(120);
    let server = Server::start();
    let proxy = Proxy::start(server.port);
    let source = Source::new(1, 20_000);
    let through = options(&proxy.url()).message_size(4096);
    let mut rig = Rig::<K>::between(source, through, options(&server.url()), K::options(1 << 20));
    for _ in 0..3 {
        rig.source().publish_all(1_000);
        rig.arrive(20);
        let before = rig.reader.lost;
        proxy.cut();
        // More than may be on its way, and then more than the log retains.
        let begin = Instant::now();
        rig.source().publish_all(200_000);
        assert!(begin.elapsed() < Duration::from_secs(10), "the writer is never slowed");
        sleep(Duration::from_millis(50));
        rig.source().publish_all(100_000);
        proxy.mend();
        rig.arrive(30);
        until("all is acknowledged", 20, || is(rig.publisher.stats().lag_records == 0, rig.publisher.stats()));
        assert!(rig.reader.lost > before + 50_000, "{before} {}", rig.reader.lost);
    }
    let (publisher, mirror) = (rig.publisher.stats(), rig.mirror.stats());
    // A reader that was slower than the mirror lost more.
    assert!(publisher.lost == mirror.lost && mirror.lost <= rig.reader.lost, "{publisher:?} {mirror:?}");
    rig.finish(30);
    let (records, lost) = wire::check(&Admin::connect(&server.url()).messages(STREAM));
    assert_eq!((records + lost, lost), (903_000, mirror.lost));
}

#[test]
fn the_writer_overruns_the_publisher_fixed() {
    the_writer_overruns_the_publisher::<FixedRecords>();
}

#[test]
fn the_writer_overruns_the_publisher_bytes() {
    the_writer_overruns_the_publisher::<ByteRecords>();
}

/// The server takes what comes more slowly than it is written: the writer goes on at its own speed.
#[test]
fn a_writer_that_is_always_faster() {
    let _deadline = deadline(120);
    let server = Server::start();
    let source = Source::new(1, 4_000);
    let small = options(&server.url()).message_size(1024);
    let mut rig = Rig::<FixedRecords>::between(source, small, options(&server.url()), FixedRecords::options(1 << 20));
    for _ in 0..20 {
        rig.source().publish_all(50_000);
        rig.reader.look().expect("all is whole");
    }
    rig.arrive(60);
    let lost = rig.finish(30);
    assert!(lost > 0, "it was not faster");
    let (records, told) = wire::check(&Admin::connect(&server.url()).messages(STREAM));
    assert!(records + told == 1_000_000 && told <= lost, "{records} {told} {lost}");
}

/// A publisher that finds much in the log knows only where the newest publication begins. A mirror that comes when the
/// stream has lost the rest shows that one.
#[test]
fn the_newest_publication_of_a_long_run_outlives_the_rest() {
    let _deadline = deadline(60);
    let server = Server::start();
    let admin = Admin::connect(&server.url());
    admin.create(Config { max_messages: 20, ..stream() });
    let mut source = Source::<FixedRecords>::new(1, 1 << 16);
    source.publish_all(50_000);
    source.publish(30);
    let publish = options(&server.url()).message_size(1024);
    let publisher = Publisher::start(&source.log, publish).expect("a publisher");
    until("all is sent", 20, || is(publisher.stats().records == 50_030, publisher.stats()));
    let mirror =
        Mirror::<FixedRecords>::start(options(&server.url()), FixedRecords::options(1 << 16)).expect("a mirror");
    until("it has read all", 20, || is(mirror.stats().next_sequence == 50_030, mirror.stats()));
    assert_eq!(mirror.log().range(), 50_000..50_030, "{:?}", mirror.stats());
    let first = wire::Message::read(&admin.messages(STREAM)[0].payload).first;
    assert_eq!((mirror.stats().records, mirror.stats().lost), (30, 50_000 - first));
}

/// The stream keeps few messages: a late mirror begins with what it retains.
fn a_stream_that_expires<K: Kind>(limits: Config) {
    let _deadline = deadline(90);
    let server = Server::start();
    let admin = Admin::connect(&server.url());
    admin.create(limits);
    let publish = Options::new(server.url(), STREAM).message_size(1024);
    let mut rig = Rig::<K>::between(Source::new(1, 1 << 18), publish, options(&server.url()), K::options(1 << 18));
    for _ in 0..50 {
        rig.source().publish_all(500);
        rig.arrive(20);
    }
    until("messages expire", 20, || {
        let state = admin.info(STREAM).expect("it is there").state;
        is(state.first_sequence > 5, state)
    });
    let retained = wire::Message::read(&admin.messages(STREAM)[0].payload).first;
    let mirror = Mirror::<K>::start(options(&server.url()), K::options(1 << 18)).expect("a mirror");
    let mut late = Reader::new(mirror.log());
    reach(&mut late, rig.source().next(), 20, || mirror.stats());
    until("its figures say so", 20, || is(mirror.stats().next_sequence == late.next, mirror.stats()));
    let stats = mirror.stats();
    assert!(late.seen > 0 && late.seen < 24_000, "{stats:?}");
    // It may have begun a message later, if one expired meanwhile; and it cannot begin amid a run.
    assert!(late.next - late.seen >= retained, "{retained} {stats:?}");
    assert_eq!(late.seen, stats.records, "{stats:?}");
    assert_eq!(rig.finish(30), 0);
}

#[test]
fn a_stream_of_few_messages() {
    a_stream_that_expires::<FixedRecords>(Config { max_messages: 100, ..stream() });
}

#[test]
fn a_stream_of_few_bytes() {
    a_stream_that_expires::<ByteRecords>(Config { max_bytes: 100_000, ..stream() });
}

/// All of the stream expires; what comes then says how much there was.
#[test]
fn a_stream_that_is_empty_again() {
    let _deadline = deadline(90);
    let server = Server::start();
    let publish = options(&server.url()).max_age(Duration::from_millis(500));
    let mut rig = Rig::<FixedRecords>::between(
        Source::new(1, 1 << 16),
        publish,
        options(&server.url()),
        FixedRecords::options(1 << 16),
    );
    rig.source().publish_all(5_000);
    rig.arrive(20);
    let admin = Admin::connect(&server.url());
    until("all expires", 20, || {
        let state = admin.info(STREAM).expect("it is there").state;
        is(state.messages == 0, state)
    });
    let mirror =
        Mirror::<FixedRecords>::start(options(&server.url()), FixedRecords::options(1 << 16)).expect("a mirror");
    until("it runs", 20, || is(mirror.stats().state == State::Running, mirror.stats()));
    let mut late = Reader::new(mirror.log());
    rig.source().publish_all(100);
    reach(&mut late, 5_100, 20, || mirror.stats());
    assert_eq!(late.seen, 100);
    rig.arrive(20);
    assert_eq!(rig.finish(20), 0);
}

/// The stream forgets messages while the mirror is away: the gap is in the mirror's log, and counted.
fn messages_expire_while_the_mirror_is_away<K: Kind>() {
    let _deadline = deadline(90);
    let server = Server::start();
    let proxy = Proxy::start(server.port);
    let admin = Admin::connect(&server.url());
    admin.create(Config { max_messages: 50, ..stream() });
    let publish = Options::new(server.url(), STREAM).message_size(1024);
    let mut rig = Rig::<K>::between(Source::new(1, 1 << 18), publish, options(&proxy.url()), K::options(1 << 18));
    for _ in 0..20 {
        rig.source().publish_all(50);
        rig.arrive(20);
    }
    proxy.cut();
    // In many runs: a mirror that comes amid a run gets nothing of it.
    for _ in 0..100 {
        rig.source().publish_all(200);
        until("all is sent", 20, || is(rig.publisher.stats().lag_records == 0, rig.publisher.stats()));
    }
    until("all is sent", 20, || is(rig.publisher.stats().lag_records == 0, rig.publisher.stats()));
    proxy.mend();
    rig.arrive(20);
    let stats = rig.mirror.stats();
    assert!(rig.reader.lost > 10_000 && rig.reader.seen > 1_000, "{stats:?}");
    assert_eq!(stats.lost, rig.reader.lost, "{stats:?}");
    assert_eq!(rig.publisher.stats().lost, 0);
    assert_eq!(rig.finish(20), stats.lost);
}

#[test]
fn messages_expire_while_the_mirror_is_away_fixed() {
    messages_expire_while_the_mirror_is_away::<FixedRecords>();
}

#[test]
fn messages_expire_while_the_mirror_is_away_bytes() {
    messages_expire_while_the_mirror_is_away::<ByteRecords>();
}

/// Somebody deletes the stream while records flow. The publisher makes it again; what both had sent and read is not
/// lost.
#[test]
fn the_stream_is_deleted() {
    let _deadline = deadline(90);
    let server = Server::start();
    let admin = Admin::connect(&server.url());
    let mut rig = Rig::<FixedRecords>::over(&server.url());
    for _ in 0..3 {
        rig.source().publish_all(5_000);
        rig.arrive(30);
        admin.delete(STREAM);
        rig.source().publish_all(5_000);
        rig.arrive(30);
    }
    assert!(!rig.publisher.stats().last_error.is_empty(), "{:?}", rig.publisher.stats());
    assert_eq!(rig.finish(30), 0);
}

/// Nobody makes it again: both say so, neither hangs; and go on when it is there.
#[test]
fn the_stream_is_deleted_and_stays_away() {
    let _deadline = deadline(90);
    let server = Server::start();
    let admin = Admin::connect(&server.url());
    admin.create(stream());
    let not_made = Options::new(server.url(), STREAM);
    let mut rig =
        Rig::<ByteRecords>::between(Source::new(1, 1 << 16), not_made.clone(), not_made, ByteRecords::options(1 << 16));
    rig.source().publish_all(1_000);
    rig.arrive(20);
    admin.delete(STREAM);
    rig.source().publish_all(1_000);
    until("both tell", 20, || {
        let (publisher, mirror) = (rig.publisher.stats(), rig.mirror.stats());
        let told = |words: &str| words.contains(STREAM);
        is(told(&publisher.last_error) && told(&mirror.last_error), (publisher, mirror))
    });
    admin.create(stream());
    rig.arrive(30);
    assert_eq!(rig.finish(30), 0);
}

/// A publication that the mirror's log has no room for is lost to it, and those around it are not.
fn a_publication_is_too_large_for_the_mirror<K: Kind>() {
    let _deadline = deadline(90);
    let server = Server::start();
    let mut rig =
        Rig::<K>::between(Source::new(1, 1 << 20), options(&server.url()), options(&server.url()), K::options(2_000));
    for rounds in 1..3 {
        rig.source().publish_all(100);
        rig.arrive(20);
        rig.source().publish(100_000);
        until("it is lost", 20, || is(rig.mirror.stats().lost == 100_000 * rounds, rig.mirror.stats()));
        rig.source().publish_all(100);
        rig.arrive(20);
    }
    let stats = rig.mirror.stats();
    assert_eq!((stats.lost, stats.records), (200_000, 400), "{stats:?}");
    assert_eq!(rig.reader.seen + rig.reader.lost, 200_400);
}

#[test]
fn a_publication_is_too_large_for_the_mirror_fixed() {
    a_publication_is_too_large_for_the_mirror::<FixedRecords>();
}

#[test]
fn a_publication_is_too_large_for_the_mirror_bytes() {
    a_publication_is_too_large_for_the_mirror::<ByteRecords>();
}

/// A small mirror of a large log shows what is newest; nothing hangs.
#[test]
fn a_mirror_smaller_than_the_log() {
    let _deadline = deadline(90);
    let server = Server::start();
    let mut source = Source::<FixedRecords>::new(1, 1 << 18);
    source.publish_all(200_000);
    let mut rig = Rig::between(source, options(&server.url()), options(&server.url()), FixedRecords::options(2_000));
    rig.arrive(30);
    let stats = rig.mirror.stats();
    assert_eq!(stats.records + stats.lost, 200_000, "{stats:?}");
    // All that it has room for, except for a sixteenth.
    let shown = rig.mirror.log().range();
    assert!(shown.end == 200_000 && shown.end - shown.start > 1_875, "{shown:?}");
    rig.source().publish(1);
    rig.arrive(20);
}

/// Sizes of the records that a mirror has, with their sequences, and both sides' stats.
struct Sizes {
    publisher: Publisher,
    mirror: Mirror<ByteRecords>,
    writer: RecordWriter<ByteRecords>,
    cursor: RecordCursor<ByteRecords>,
    seen: Vec<(u64, usize)>,
}

impl Sizes {
    fn new(server: &Server) -> Sizes {
        let (writer, log) = RecordLog::<ByteRecords>::try_new_claimed(&ByteRecords::options(1 << 12)).expect("a log");
        let publisher = Publisher::start(&log, options(&server.url()).message_size(1 << 20)).expect("a publisher");
        let mirror =
            Mirror::<ByteRecords>::start(options(&server.url()), ByteRecords::options(1 << 12)).expect("a mirror");
        let cursor = mirror.log().cursor();
        Sizes { publisher, mirror, writer, cursor, seen: Vec::new() }
    }

    fn write(&mut self, sizes: &[usize]) {
        for size in sizes {
            self.writer.append(&vec![*size as u8; *size]).expect("there is room");
        }
        self.writer.notify();
    }

    fn look(&mut self) {
        self.cursor.refresh();
        while let Some(chunk) = self.cursor.next_chunk() {
            self.seen.extend((chunk.first_sequence()..).zip(chunk.iter().map(<[u8]>::len)));
        }
    }

    /// Until the record with this sequence is there.
    fn reach(&mut self, sequence: u64) {
        until("it arrives", 20, || {
            self.look();
            let there = self.seen.last().is_some_and(|(last, _)| *last == sequence);
            is(there, (&self.seen, self.publisher.stats(), self.mirror.stats()))
        });
    }
}

/// The server takes only small messages: they are made smaller. A record that is larger still is lost, counted and
/// told.
#[test]
fn the_server_takes_only_small_messages() {
    let _deadline = deadline(60);
    let server = Server::with("max_payload: 4096");
    let mut sizes = Sizes::new(&server);
    sizes.write(&[10, 3_000, 3_000, 3_000]);
    sizes.reach(3);
    sizes.write(&[5_000]);
    until("it is told", 20, || {
        let stats = sizes.publisher.stats();
        is(stats.lost == 1 && stats.last_error.contains("larger than the server takes"), stats)
    });
    sizes.write(&[100, 3_000]);
    sizes.reach(6);
    sizes.write(&[9_000]);
    sizes.writer.finish();
    until("the end arrives", 20, || is(sizes.mirror.stats().state == State::Finished, sizes.mirror.stats()));
    assert_eq!((sizes.publisher.stats().lost, sizes.mirror.stats().lost), (2, 2));
    assert_eq!(sizes.seen, [(0, 10), (1, 3_000), (2, 3_000), (3, 3_000), (5, 100), (6, 3_000)]);
    assert_eq!(wire::check(&Admin::connect(&server.url()).messages(STREAM)), (6, 2));
}

/// Records that are too large lie between others, which are read in one go: the others arrive, and none has to wait for
/// what comes later.
#[test]
fn records_around_one_that_is_too_large_arrive() {
    let _deadline = deadline(60);
    let server = Server::with("max_payload: 4096");
    let mut sizes = Sizes::new(&server);
    sizes.write(&[10, 20, 5_000, 30, 6_000]);
    sizes.reach(3);
    sizes.write(&[40]);
    sizes.reach(5);
    until("the figures say so", 20, || {
        let (publisher, mirror) = (sizes.publisher.stats(), sizes.mirror.stats());
        is(publisher.lost == 2 && mirror.lost == 2 && mirror.records == 4, (publisher, mirror))
    });
}

/// Readers of the mirror hold all the memory that it may have: it waits, tells so, and loses nothing.
#[test]
fn readers_hold_the_mirrors_memory() {
    let _deadline = deadline(60);
    let server = Server::start();
    let small = FixedRecords::options(8_000).max_segments(20);
    let mut rig =
        Rig::<FixedRecords>::between(Source::new(1, 1 << 18), options(&server.url()), options(&server.url()), small);
    let log = rig.mirror.log();
    let mut held = Vec::new();
    until("it tells that it has no room", 20, || {
        rig.source().publish_all(500);
        held.push(log.snapshot());
        std::thread::sleep(Duration::from_millis(5));
        is(rig.mirror.stats().last_error.contains("no room"), rig.mirror.stats())
    });
    sleep(Duration::from_millis(200));
    assert!(
        rig.mirror.stats().lag_records > 0 || rig.mirror.stats().records < rig.source().next(),
        "{:?}",
        rig.mirror.stats()
    );
    drop(held);
    rig.reader = Reader::new(log);
    rig.arrive(20);
    let stats = rig.mirror.stats();
    assert_eq!((stats.records, stats.lost), (rig.source().next(), 0), "{stats:?}");
}
