//! What a mirror asks the server for: no more than it has memory for, and yet each message.

use std::thread::sleep;
use std::time::Duration;

use async_nats::jetstream::stream::{Config, StorageType};
use atomic_log::{FixedRecords, Options as LogOptions};
use atomic_log_nats::Mirror;

use crate::admin::Admin;
use crate::proxy::Proxy;
use crate::server::Server;
use crate::wire::{BEGINS, ENDS, FIXED, Message};
use crate::{STREAM, deadline, is, options, stream, until};

const RECORD: usize = 4096;

/// A server that takes large messages, and messages of so many records each, one run each, in its stream.
fn stream_of(counts: &[u64]) -> (Server, Admin) {
    let server = Server::with("max_payload: 33554432");
    let admin = Admin::connect(&server.url());
    admin.create(Config { storage: StorageType::Memory, ..stream() });
    let mut next = 0;
    for count in counts {
        let message = Message {
            version: 1,
            prefix: 64,
            flags: BEGINS | ENDS | FIXED,
            origin: [1; 16],
            first: next,
            count: *count as u32,
            record_size: RECORD as u32,
            lost: 0,
            newest: 0,
            records: vec![1; *count as usize * RECORD],
        };
        admin.publish(STREAM, message.bytes());
        next += count;
    }
    (server, admin)
}

fn mirror(url: &str, log: LogOptions) -> Mirror<FixedRecords> {
    Mirror::start(options(url), log.record_size(RECORD as u64)).expect("a mirror")
}

/// A mirror begins to read once: the news that it is connected is no new connection.
#[test]
fn a_mirror_makes_one_consumer() {
    let _deadline = deadline(60);
    let (server, admin) = stream_of(&[1]);
    let mirrors: Vec<_> = (0..8).map(|_| mirror(&server.url(), LogOptions::new(64, 8))).collect();
    for mirror in &mirrors {
        until("it has read", 20, || is(mirror.stats().records == 1, mirror.stats()));
    }
    sleep(Duration::from_millis(300));
    assert_eq!(admin.info(STREAM).expect("it is there").state.consumer_count, 8);
}

/// A mirror that cannot go on, since its log has no room, has no more than one and a half pulls of 16 MiB in memory.
#[test]
fn what_waits_in_memory_is_bounded_by_bytes() {
    let _deadline = deadline(90);
    // Of 4 MiB each, 120 MiB together.
    let (server, admin) = stream_of(&[1024; 30]);
    // Readers that keep two messages keep 16 of the segments, and a third does not fit beside them.
    let mirror = mirror(&server.url(), LogOptions::new(1024, 128).max_segments(20));
    let log = mirror.log();
    let mut held = Vec::new();
    until("it has no room", 30, || {
        held.push(log.snapshot());
        is(mirror.stats().last_error.contains("no room"), mirror.stats())
    });
    sleep(Duration::from_millis(500));
    let (delivered, taken) = (admin.delivered(STREAM), mirror.stats().messages);
    assert!(delivered - taken <= 6, "the server sent {delivered}, and {taken} are taken");
    drop(held);
    until("all arrives", 30, || is(mirror.stats().records == 30 * 1024, mirror.stats()));
    assert_eq!(mirror.stats().lost, 0);
}

/// No pull of 16 MiB has room for a message of 20 MiB, and the server does not send it then. It arrives nonetheless,
/// and so do the small ones around it.
#[test]
fn a_message_that_is_larger_than_a_pull_arrives() {
    let _deadline = deadline(90);
    let large = (20 << 20) / RECORD as u64;
    let counts = [1, large, large, 1, large, 1, 1];
    let (server, _admin) = stream_of(&counts);
    let mirror = mirror(&server.url(), LogOptions::new(1 << 14, 1 << 12));
    let all: u64 = counts.iter().sum();
    until("all arrives", 30, || is(mirror.stats().records == all, mirror.stats()));
    let stats = mirror.stats();
    assert_eq!((stats.lost, stats.repeated, stats.last_error.as_str()), (0, 0, ""));
}

/// Over a slow line a message takes seconds, in which nothing else comes. The mirror waits for it.
#[test]
fn a_message_that_takes_seconds_arrives() {
    let _deadline = deadline(90);
    // One is of 4 MiB, and takes nearly three seconds.
    let (server, _admin) = stream_of(&[1, 1024, 1]);
    let proxy = Proxy::start(server.port);
    proxy.slow(1_500_000);
    let mirror = mirror(&proxy.url(), LogOptions::new(1 << 14, 1 << 12));
    until("all arrives", 40, || is(mirror.stats().records == 1024 + 2, mirror.stats()));
    assert_eq!((mirror.stats().lost, mirror.stats().repeated), (0, 0));
}
