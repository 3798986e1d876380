//! A stream that went back: its store was restored from a copy, or lost its last moments with the server's power.

use std::fs;
use std::path::Path;

use atomic_log::FixedRecords;
use atomic_log_nats::{Mirror, Publisher, State};

use crate::logs::{Kind, Reader, Source};
use crate::proxy::Proxy;
use crate::server::Server;
use crate::{deadline, is, options, reach, until};

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("it is there");
        let to = to.join(entry.file_name());
        if entry.file_type().expect("it is told").is_dir() {
            copy(&entry.path(), &to)
        } else {
            fs::copy(entry.path(), to).map(drop).expect("a copy")
        }
    }
}

/// Gives the server the store that it has now once more, after `meanwhile`. Then it runs again.
fn restore(server: &mut Server, meanwhile: impl FnOnce()) {
    server.stop();
    let copied = server.store().with_extension("copy");
    copy(&server.store(), &copied);
    server.run();
    meanwhile();
    server.stop();
    fs::remove_dir_all(server.store()).expect("it goes");
    fs::rename(copied, server.store()).expect("it is restored");
    server.run();
}

fn stored(source: &mut Source<FixedRecords>, publisher: &Publisher, records: u64) {
    source.publish_all(records);
    until("it is stored", 20, || is(publisher.stats().lag_records == 0, publisher.stats()));
}

/// The stream has two lives of a log, and then lacks the end of the second. The mirror does not show the first again.
/// Of the second it shows what is new, when the publisher has sent the rest again.
#[test]
fn a_store_is_restored() {
    let _deadline = deadline(90);
    let mut server = Server::start();
    let url = server.url();
    let mirror = Mirror::<FixedRecords>::start(options(&url), FixedRecords::options(1 << 16)).expect("a mirror");
    let mut first = Source::<FixedRecords>::new(1, 1 << 16);
    let publisher = Publisher::start(&first.log, options(&url)).expect("a publisher");
    stored(&mut first, &publisher, 100);
    drop(publisher);
    let mut source = Source::<FixedRecords>::new(2, 1 << 16);
    let publisher = Publisher::start(&source.log, options(&url)).expect("a publisher");
    stored(&mut source, &publisher, 100);
    until("both lives are there", 20, || is(mirror.stats().records == 200, mirror.stats()));
    let mut reader = Reader::new(mirror.log());
    for begin in [100, 180] {
        restore(&mut server, || {
            (0..5).for_each(|_| stored(&mut source, &publisher, 10));
            reach(&mut reader, begin + 50, 20, || mirror.stats());
            source.publish_all(15);
        });
        reach(&mut reader, begin + 65, 20, || mirror.stats());
        source.publish_all(15);
        reach(&mut reader, begin + 80, 20, || mirror.stats());
    }
    until("all is counted", 20, || is(mirror.stats().records == 360, mirror.stats()));
    let stats = mirror.stats();
    assert_eq!((stats.origins, stats.lost, stats.state), (2, 0, State::Running), "{stats:?}");
    assert!(!reader.finished && reader.lost == 0);
}

/// Before the mirror is back the stream has grown again beyond what it was. The mirror cannot tell that it went back.
/// It counts what it misses.
#[test]
fn a_store_is_restored_and_grows_while_the_mirror_is_away() {
    let _deadline = deadline(90);
    let mut server = Server::start();
    let url = server.url();
    let proxy = Proxy::start(server.port);
    let mirror =
        Mirror::<FixedRecords>::start(options(&proxy.url()), FixedRecords::options(1 << 16)).expect("a mirror");
    let mut source = Source::<FixedRecords>::new(1, 1 << 16);
    let publisher = Publisher::start(&source.log, options(&url)).expect("a publisher");
    stored(&mut source, &publisher, 100);
    let mut reader = Reader::new(mirror.log());
    restore(&mut server, || {
        (0..5).for_each(|_| stored(&mut source, &publisher, 10));
        reach(&mut reader, 150, 20, || mirror.stats());
        proxy.cut();
    });
    (0..30).for_each(|_| stored(&mut source, &publisher, 10));
    proxy.mend();
    reach(&mut reader, 450, 20, || mirror.stats());
    until("all is counted", 20, || is(mirror.stats().next_sequence == 450, mirror.stats()));
    let stats = mirror.stats();
    assert_eq!((stats.records + stats.lost, stats.origins), (450, 1), "{stats:?}");
}
