//! `peers/follow/64`: a record is published, and received by a follower on the same thread.
//!
//! The control: a push into controls::Ring, and one Acquire load of its counter. Nothing is read through that, since
//! nothing could be safely.

use std::hint::black_box;
use std::sync::atomic::Ordering;

use atomic_log_bench::controls::Ring;
use atomic_log_bench::ratio::Bench;

use crate::peers::{self, Made, Record, Source, Tally};
use crate::publish::one;
use crate::{OURS, RETAINED};

const ROW: &str = "peers/follow/64";

fn measure<W, R>(bench: &mut Bench, subject: &str, times: u64, made: Made<W, R>)
where
    W: FnMut(Record) -> bool,
    R: FnMut(&mut Tally),
{
    let Made { mut write, mut readers } = made;
    let read = &mut readers[0];
    let source = Source::new();
    let mut ring = Ring::new([0u64; 8]);
    let counter = ring.published();
    let (mut tally, mut published) = (Tally::default(), 0);
    bench.compare(
        ROW,
        subject,
        times,
        |times| {
            for sequence in 0..times {
                ring.push(source.at(sequence));
                black_box(counter.0.load(Ordering::Acquire));
            }
        },
        |times| {
            for _ in 0..times {
                write(source.at(published));
                published += 1;
                read(&mut tally);
            }
        },
    );
    assert_eq!((tally.count, tally.sum), (published, source.sum(published)), "{subject} did not receive each record");
}

pub fn rows(bench: &mut Bench) {
    let times = 4096;
    measure(bench, OURS, times, peers::atomic_log(RETAINED, 1, 1));
    measure(bench, "rtrb", times, one(peers::rtrb(RETAINED)));
    measure(bench, "disruptor", times, peers::disruptor(RETAINED, 1));
    measure(bench, "crossbeam-channel", times, one(peers::crossbeam(RETAINED)));
    measure(bench, "bus", times, peers::bus(RETAINED, 1));
    measure(bench, "tokio-broadcast", times, peers::tokio_broadcast(RETAINED, 1));
    measure(bench, "mutex-deque", times, peers::mutex(RETAINED, 1));
    measure(bench, "rwlock-deque", times, peers::rwlock(RETAINED, 1));
    measure(bench, "left-right", times, peers::left_right(RETAINED, 1));
    measure(bench, "arc-swap-newest", times, one(peers::arc_swap_newest()));
    measure(bench, "arc-swap-vec", 128, peers::arc_swap_vec(1));
}
