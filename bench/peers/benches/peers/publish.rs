//! `peers/publish/64`: one record, on the writer's thread.
//!
//! There is one reader, which takes everything before each turn and is idle during it. The control: controls::Ring.

use atomic_log_bench::controls::Ring;
use atomic_log_bench::ratio::Bench;

use crate::peers::{self, Made, Record, Source, Tally, drain};
use crate::{OURS, RETAINED};

const ROW: &str = "peers/publish/64";

fn measure<W, R>(bench: &mut Bench, subject: &str, times: u64, made: Made<W, R>)
where
    W: FnMut(Record) -> bool,
    R: FnMut(&mut Tally),
{
    let Made { mut write, mut readers } = made;
    let mut ring = Ring::new([0u64; 8]);
    let source = Source::new();
    let (mut tally, mut taken) = (Tally::default(), true);
    bench.compare_prepared(
        ROW,
        subject,
        times,
        |times| {
            for sequence in 0..times {
                ring.push(source.at(sequence));
            }
        },
        || readers.iter_mut().for_each(|read| drain(read, &mut tally)),
        |times| {
            for sequence in 0..times {
                taken &= write(source.at(sequence));
            }
        },
    );
    assert!(taken, "{subject} refused a record");
}

pub fn rows(bench: &mut Bench) {
    // As many records as a queue takes while no reader receives.
    let times = RETAINED as u64 / 4;
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
    // Copies all that it holds for each record.
    measure(bench, "arc-swap-vec", 128, peers::arc_swap_vec(1));
}

/// A queue with its one reader.
pub fn one<W, R>((write, read): (W, R)) -> Made<W, R> {
    Made { write, readers: vec![read] }
}
