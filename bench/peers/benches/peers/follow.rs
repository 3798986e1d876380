//! `peers/follow/64`: a record is published, and a follower on the same thread receives it.
//!
//! Two rows of the table, `follow/8` and `follow/64`, compare the log with the two fastest queues themselves: the
//! control is the faster one of rtrb and the disruptor.
//!
//! The control of the others: a push into controls::Ring, and one Acquire load of its counter. Nothing is read through
//! it, because nothing could be read safely.

use std::array;
use std::hint::black_box;
use std::sync::atomic::Ordering;

use atomic_log::{AtomicLog, Options};
use atomic_log_bench::controls::{Better, Ring};
use atomic_log_bench::ratio::Bench;
use disruptor::Producer;

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

/// The rows of the table, with records of `N` words. Every subject's follower gets every record, and sums the first
/// words up.
fn beside_the_best<const N: usize>(bench: &mut Bench, times: u64) {
    let source: [[u64; N]; 16] = array::from_fn(|index| [index as u64; N]);
    let at = |sequence: u64| *black_box(&source[sequence as usize % 16]);
    let (mut producer, mut consumer) = rtrb::RingBuffer::new(RETAINED);
    let builder = disruptor::build_single_producer(RETAINED, || [0; N], disruptor::BusySpin).with_multi_consumer();
    let (mut poller, builder) = builder.new_event_poller();
    let mut publisher = builder.build();
    let options = Options::new(RETAINED as u64, RETAINED as u64 / 16).preallocated_segments(35).prefault(true);
    let log = AtomicLog::try_new(&options).expect("good options, and memory");
    let mut writer = log.try_claim_writer().expect("there is no other");
    let mut cursor = log.cursor();
    let rest = |times: u64| times % 16 * (times % 16).saturating_sub(1) / 2;
    let expected = |times: u64| times / 16 * (15 * 16 / 2) + rest(times);
    bench.compare(
        &format!("follow/{}", 8 * N),
        OURS,
        times,
        Better(
            |times| {
                let mut sum = 0;
                for sequence in 0..times {
                    let _ = producer.push(at(sequence));
                    if let Ok(record) = consumer.pop() {
                        sum += record[0];
                    }
                }
                assert_eq!(sum, expected(times));
            },
            |times| {
                let mut sum = 0;
                for sequence in 0..times {
                    let record = at(sequence);
                    let _ = publisher.try_publish(|slot| *slot = record);
                    if let Ok(mut events) = poller.poll() {
                        for record in &mut events {
                            sum += record[0];
                        }
                    }
                }
                assert_eq!(sum, expected(times));
            },
        ),
        |times| {
            let mut sum = 0;
            for sequence in 0..times {
                let _ = writer.append(at(sequence));
                cursor.refresh();
                while let Some(chunk) = cursor.next_chunk() {
                    for record in chunk.values() {
                        sum += record[0];
                    }
                }
            }
            assert_eq!(sum, expected(times));
        },
    );
}

pub fn rows(bench: &mut Bench) {
    beside_the_best::<1>(bench, 4096);
    beside_the_best::<8>(bench, 4096);
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
