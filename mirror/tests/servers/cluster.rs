//! Three servers, and a stream that each of them has: its leader is killed while records flow.

use std::thread::sleep;
use std::time::Duration;

use atomic_log::{ByteRecords, FixedRecords};
use atomic_log_nats::Publisher;

use crate::admin::Admin;
use crate::logs::{Feeder, Kind, Source};
use crate::server::Cluster;
use crate::{Rig, STREAM, deadline, is, options, until, wire};

fn the_leader_is_killed<K: Kind>(kills: u32) {
    let _deadline = deadline(120 + 60 * u64::from(kills));
    let mut cluster = Cluster::start();
    let urls = cluster.urls();
    let admin = Admin::connect(&urls);
    let three = options(&urls).replicas(3);
    let mut rig = Rig::<K>::between(Source::new(1, 1 << 21), three.clone(), three, K::options(1 << 21));
    until("the publisher has made the stream", 60, || is(admin.leader(STREAM).is_some(), rig.publisher.stats()));
    let feeder = Feeder::start(rig.source.take().expect("it is there"), 20_000);
    for _ in 0..kills {
        let before = rig.reader.next;
        until("records flow", 60, || {
            rig.reader.look()?;
            is(rig.reader.next > before + 10_000, (rig.publisher.stats(), rig.mirror.stats()))
        });
        let mut leader = None;
        until("there is a leader", 60, || {
            leader = admin.leader(STREAM);
            is(leader.is_some(), ())
        });
        let leader = leader.expect("it was waited for");
        cluster.named(&leader).kill();
        let before = rig.reader.next;
        until("records flow again, led by another", 60, || {
            rig.reader.look()?;
            is(rig.reader.next > before + 10_000, (rig.publisher.stats(), rig.mirror.stats()))
        });
        until("another leads", 60, || {
            let now = admin.leader(STREAM);
            is(now.as_ref().is_some_and(|now| *now != leader), now)
        });
        cluster.named(&leader).run();
        until("the one that came back has all again", 60, || {
            rig.reader.look()?;
            let replicas = admin.info(STREAM).and_then(|info| info.cluster).map(|cluster| cluster.replicas);
            let all = replicas
                .as_ref()
                .is_some_and(|replicas| replicas.len() == 2 && replicas.iter().all(|one| one.current && !one.offline));
            is(all, replicas)
        });
    }
    rig.source = Some(feeder.stop());
    rig.arrive(60);
    let total = rig.source().next();
    assert_eq!(rig.finish(60), 0);
    // Give the admin's connection a moment: its server may have been the one.
    sleep(Duration::from_millis(100));
    assert_eq!(wire::check(&admin.messages(STREAM)), (total, 0));
}

#[test]
fn the_leader_is_killed_once() {
    the_leader_is_killed::<FixedRecords>(1);
}

#[test]
#[ignore = "takes minutes"]
fn leaders_are_killed_one_after_another() {
    the_leader_is_killed::<ByteRecords>(6);
}

/// One server of a cluster has the stream. Three may have it later, so no message names the one before by its id: a
/// replica of server 2.9 that was started again would refuse it.
#[test]
fn a_stream_of_one_replica_in_a_cluster() {
    let _deadline = deadline(120);
    let cluster = Cluster::start();
    let urls = cluster.urls();
    let admin = Admin::connect(&urls);
    let mut source = Source::<FixedRecords>::new(1, 1 << 18);
    let publisher = Publisher::start(&source.log, options(&urls).message_size(4096)).expect("a publisher");
    until("the publisher has made the stream", 60, || is(admin.leader(STREAM).is_some(), publisher.stats()));
    source.publish_all(10_000);
    until("all is sent", 60, || is(publisher.stats().records == 10_000, publisher.stats()));
    let stored = admin.messages(STREAM);
    assert_eq!(wire::check(&stored), (10_000, 0));
    let chained = stored.iter().filter(|stored| !stored.behind.is_empty()).count();
    assert_eq!(chained, 0, "of {} messages", stored.len());
}
