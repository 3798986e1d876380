//! The connection between a client and its server: cut, silent, slow.

use std::thread::sleep;
use std::time::Duration;

use atomic_log::{ByteRecords, FixedRecords};

use crate::logs::{Feeder, Kind, Source};
use crate::proxy::Proxy;
use crate::server::Server;
use crate::{Rig, deadline, is, options, until};

#[derive(Clone, Copy, PartialEq)]
enum Side {
    Publisher,
    Mirror,
    Both,
}

fn rig<K: Kind>(server: &Server, proxy: &Proxy, side: Side) -> Rig<K> {
    let (direct, through) = (options(&server.url()), options(&proxy.url()));
    let publish = if side == Side::Mirror { direct.clone() } else { through.clone() };
    let mirror = if side == Side::Publisher { direct } else { through };
    Rig::between(Source::new(1, 1 << 20), publish, mirror, K::options(1 << 20))
}

/// The connection is cut again and again while records flow.
fn a_partition<K: Kind>(side: Side) {
    let _deadline = deadline(90);
    let server = Server::start();
    let proxy = Proxy::start(server.port);
    let mut rig = rig::<K>(&server, &proxy, side);
    let feeder = Feeder::start(rig.source.take().expect("it is there"), 50_000);
    for (cuts, milliseconds) in (1..).zip([10, 1500, 100, 10, 300]) {
        let before = rig.reader.next;
        until("records flow", 20, || {
            rig.reader.look()?;
            is(rig.reader.next > before + 5_000, (rig.publisher.stats(), rig.mirror.stats()))
        });
        proxy.cut();
        sleep(Duration::from_millis(milliseconds));
        proxy.mend();
        until("connections come back, and are counted", 20, || {
            let cut = [(Side::Mirror, rig.publisher.stats()), (Side::Publisher, rig.mirror.stats())];
            let mut cut = cut.iter().filter(|(not, _)| side != *not).map(|(_, stats)| stats);
            is(cut.clone().all(|stats| stats.reconnects == cuts && !stats.last_error.is_empty()), cut.next())
        });
    }
    rig.source = Some(feeder.stop());
    rig.arrive(30);
    assert_eq!(rig.finish(30), 0);
}

#[test]
fn a_partition_of_the_publisher_fixed() {
    a_partition::<FixedRecords>(Side::Publisher);
}

#[test]
fn a_partition_of_the_publisher_bytes() {
    a_partition::<ByteRecords>(Side::Publisher);
}

#[test]
fn a_partition_of_the_mirror_fixed() {
    a_partition::<FixedRecords>(Side::Mirror);
}

#[test]
fn a_partition_of_the_mirror_bytes() {
    a_partition::<ByteRecords>(Side::Mirror);
}

#[test]
fn a_partition_of_both() {
    a_partition::<FixedRecords>(Side::Both);
}

/// Publications that are many messages long, while the connection is cut at moments that nobody chose.
fn large_publications_through_cuts(cuts: u32) {
    let _deadline = deadline(120 + u64::from(cuts));
    let server = Server::start();
    let proxy = Proxy::start(server.port);
    let through = options(&proxy.url()).message_size(1024);
    let mut rig =
        Rig::<ByteRecords>::between(Source::new(1, 1 << 19), through.clone(), through, ByteRecords::options(1 << 19));
    for cut in 0..cuts {
        for _ in 0..4 {
            rig.source().publish(700);
        }
        sleep(Duration::from_millis(u64::from(7 * cut % 29)));
        proxy.cut();
        proxy.mend();
        rig.reader.look().expect("all is whole");
    }
    rig.arrive(60);
    assert_eq!(rig.finish(30), 0);
}

#[test]
fn large_publications_stay_whole() {
    large_publications_through_cuts(20);
}

#[test]
#[ignore = "takes a minute"]
fn large_publications_stay_whole_through_many_cuts() {
    large_publications_through_cuts(150);
}

/// The cable is out: nothing comes, and nobody is told. Pings find it out.
fn a_silent_partition(side: Side, seconds: u64) {
    let _deadline = deadline(120 + seconds);
    let server = Server::start();
    let proxy = Proxy::start(server.port);
    let mut rig = rig::<FixedRecords>(&server, &proxy, side);
    let feeder = Feeder::start(rig.source.take().expect("it is there"), 20_000);
    until("records flow", 20, || {
        rig.reader.look()?;
        is(rig.reader.next > 5_000, (rig.publisher.stats(), rig.mirror.stats()))
    });
    proxy.freeze();
    sleep(Duration::from_secs(seconds));
    proxy.mend();
    rig.source = Some(feeder.stop());
    rig.arrive(60);
    assert_eq!(rig.finish(30), 0);
}

#[test]
fn a_silent_partition_of_the_publisher() {
    a_silent_partition(Side::Publisher, 4);
}

#[test]
fn a_silent_partition_of_the_mirror() {
    a_silent_partition(Side::Mirror, 4);
}

#[test]
#[ignore = "takes a minute"]
fn a_long_silent_partition_of_the_publisher() {
    a_silent_partition(Side::Publisher, 40);
}

#[test]
#[ignore = "takes a minute"]
fn a_long_silent_partition_of_the_mirror() {
    a_silent_partition(Side::Mirror, 40);
}

/// The mirror's connection is too slow for what comes, so the server cuts it again and again; in the end all is there.
#[test]
fn a_slow_consumer() {
    let _deadline = deadline(150);
    let server = Server::with("max_pending: 4000000\nwrite_deadline: \"200ms\"");
    let proxy = Proxy::start(server.port);
    let mut rig = rig::<FixedRecords>(&server, &proxy, Side::Mirror);
    rig.source().publish(1);
    rig.arrive(20);
    proxy.slow(2_000_000);
    // In full messages: of many small ones the mirror asks for less than the server holds.
    (0..15).for_each(|_| rig.source().publish(20_000));
    until("the publisher is done", 30, || {
        rig.reader.look()?;
        is(rig.publisher.stats().lag_records == 0, rig.publisher.stats())
    });
    until("the server calls it slow", 60, || {
        rig.reader.look()?;
        is(server.log().contains("Slow Consumer"), rig.mirror.stats())
    });
    proxy.slow(0);
    rig.arrive(60);
    assert_eq!(rig.finish(30), 0);
}
