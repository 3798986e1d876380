//! `peers/fanout/4`: one writer publishes, and four readers see every record. The time ends when the last reader has
//! seen all.
//!
//! Five threads share the available cores, so a thread that cannot go on yields its core: a reader with nothing new, a
//! writer that finds a queue full. That is the same for all. On two cores, a disruptor that spins takes 1000 ns where
//! one that yields takes 10 to 20 ns, and channels that sleep and are woken are not faster than those that poll. Queues
//! wait for turns of the scheduler, so their times depend much on which other programs want the cores.
//!
//! Queues hold 16 Ki records, and their writer waits for the slowest reader. In structures where the newest record
//! replaces the oldest, a reader can lose some. Those retain as many records as a run publishes, so that no reader
//! loses any, and pay for it with memory that fits no near cache. Two of them are here with 16 Ki too. These do not
//! compare, because readers see a part only. A log of 16 Ki whose writer waits is here as well. A subject whose readers
//! lost records gets no line in the file of results. The control: controls::Ring, and four readers that poll its
//! counter and read nothing.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use atomic_log_bench::controls::{Line, Ring};
use atomic_log_bench::ratio::Bench;
use atomic_log_bench::results::median;

use crate::peers::{self, Made, Record, Source, Tally};
use crate::{OURS, RETAINED, quick, wanted};

const ROW: &str = "peers/fanout/4";
const READERS: usize = 4;
const ROUNDS: usize = 7;

/// The unit in which the records of a run are counted.
const MI: u64 = 1 << 20;
const CONTROL: u64 = 16 * MI;

/// A run that takes longer is ended. Its readers saw less then.
const PATIENCE: Duration = Duration::from_secs(2);

/// What came out of a run, times in nanoseconds per record.
#[derive(Clone, Copy)]
struct Run {
    /// The time until the last reader was done, and the time until the writer was.
    all: f64,
    writer: f64,
    /// The share of the records that readers saw.
    seen: f64,
}

/// Yields the core, until patience ends.
struct Waiting {
    until: Instant,
    times: u32,
    over: bool,
}

impl Waiting {
    fn new() -> Waiting {
        Waiting { until: Instant::now() + PATIENCE, times: 0, over: false }
    }

    /// False if that was the end.
    #[cold]
    fn wait(&mut self) -> bool {
        self.times += 1;
        self.over |= self.times % 64 == 0 && Instant::now() > self.until;
        if !self.over {
            thread::yield_now();
        }
        !self.over
    }
}

/// Publishes this many records, and has them read.
fn run<W, R>(records: u64, made: Made<W, R>) -> Run
where
    W: FnMut(Record) -> bool,
    R: FnMut(&mut Tally) + Send,
{
    let Made { mut write, readers } = made;
    let (source, start) = (Source::new(), Barrier::new(readers.len() + 1));
    let follow = |mut read: R| {
        let (mut tally, mut waiting) = (Tally::default(), Waiting::new());
        start.wait();
        while tally.position() < records {
            let before = tally.position();
            read(&mut tally);
            if tally.position() == before && !waiting.wait() {
                break;
            }
        }
        (Instant::now(), tally, read)
    };
    thread::scope(|scope| {
        let threads: Vec<_> = readers.into_iter().map(|read| scope.spawn(|| follow(read))).collect();
        let mut waiting = Waiting::new();
        start.wait();
        let begin = Instant::now();
        for sequence in 0..records {
            while !write(source.at(sequence)) && waiting.wait() {}
        }
        let written = begin.elapsed();
        // The readers' ends are dropped last, when nothing is measured any more.
        let ends: Vec<_> = threads.into_iter().map(|thread| thread.join().expect("readers do not panic")).collect();
        let last = ends.iter().map(|end| end.0).max().expect("there are readers");
        let each = |time: Duration| time.as_nanos() as f64 / records as f64;
        let mut seen = 0;
        for (_, tally, _) in &ends {
            assert!(tally.count < records || tally.sum == source.sum(records), "a record was read wrong");
            seen += tally.count;
        }
        Run { all: each(last - begin), writer: each(written), seen: seen as f64 / (records * READERS as u64) as f64 }
    })
}

fn control(records: u64) -> Run {
    let mut ring = Ring::new([1u64; 8]);
    let published = ring.published();
    let write = |record| {
        ring.push(record);
        true
    };
    let reader = |_| |tally: &mut Tally| tally.lost = published.0.load(Ordering::Acquire);
    run(records, Made { write, readers: (0..READERS).map(reader).collect() })
}

/// One queue for each reader: each record goes into each. A record that a queue refused is offered to it again.
fn fan<W: FnMut(Record) -> bool, R>(queue: impl Fn() -> (W, R)) -> Made<impl FnMut(Record) -> bool, R> {
    let (mut writers, readers): (Vec<_>, Vec<_>) = (0..READERS).map(|_| queue()).unzip();
    let mut given = 0;
    let write = move |record| {
        while given < writers.len() {
            if !writers[given](record) {
                return false;
            }
            given += 1;
        }
        given = 0;
        true
    };
    Made { write, readers }
}

/// A log of 16 Ki whose writer waits for the slowest reader, as a queue's does: what a program would build on top of
/// the log if every record had to arrive. The readers publish how far they are, and the writer looks at that when it
/// has to.
fn atomic_log_waiting() -> Made<impl FnMut(Record) -> bool, impl FnMut(&mut Tally) + Send> {
    let Made { mut write, readers } = peers::atomic_log(RETAINED, READERS, READERS);
    let positions: Arc<[Line; READERS]> = Arc::default();
    let told = positions.clone();
    let (mut count, mut clear) = (0, RETAINED as u64);
    let write = move |record| {
        if count == clear {
            let slowest = told.iter().map(|line| line.0.load(Ordering::Acquire)).min();
            clear = slowest.map_or(clear, |slowest| slowest + RETAINED as u64);
            if count == clear {
                return false;
            }
        }
        count += 1;
        write(record)
    };
    let tell = readers.into_iter().enumerate().map(|(index, mut read)| {
        let positions = positions.clone();
        move |tally: &mut Tally| {
            read(tally);
            positions[index].0.store(tally.position(), Ordering::Release);
        }
    });
    Made { write, readers: tell.collect() }
}

/// The name, the number of records in a run, and the run.
type Subject = (&'static str, u64, fn(u64) -> Run);

/// Runs of some 10 to 60 ms. Where the capacity is the number of records, nothing can be lost.
const SUBJECTS: &[Subject] = &[
    (OURS, MI, |records| run(records, peers::atomic_log(records as usize, READERS, 1))),
    ("atomic-log-16Ki", 2 * MI, |records| run(records, peers::atomic_log(RETAINED, READERS, READERS))),
    ("atomic-log-16Ki-waiting", 4 * MI, |records| run(records, atomic_log_waiting())),
    ("disruptor", 8 * MI, |records| run(records, peers::disruptor(RETAINED, READERS))),
    ("rtrb", 2 * MI, |records| run(records, fan(|| peers::rtrb(RETAINED)))),
    ("crossbeam-channel", MI / 2, |records| run(records, fan(|| peers::crossbeam(RETAINED)))),
    ("bus", MI / 2, |records| run(records, peers::bus(RETAINED, READERS))),
    ("tokio-broadcast", MI / 2, |records| run(records, peers::tokio_broadcast(records as usize, READERS))),
    ("tokio-broadcast-16Ki", MI / 2, |records| run(records, peers::tokio_broadcast(RETAINED, READERS))),
    ("mutex-deque", MI, |records| run(records, peers::mutex(records as usize, READERS))),
    ("rwlock-deque", MI, |records| run(records, peers::rwlock(records as usize, READERS))),
    ("left-right", MI / 4, |records| run(records, peers::left_right(records as usize, READERS))),
    ("arc-swap-vec", MI / 32, |records| run(records, peers::arc_swap_vec(READERS))),
];

pub fn rows(bench: &mut Bench) {
    if !wanted(ROW) {
        return;
    }
    let (rounds, less) = if quick() { (1, 64) } else { (ROUNDS, 1) };
    let mut runs = vec![Vec::new(); SUBJECTS.len()];
    for _ in 0..rounds {
        for ((_, records, subject), runs) in SUBJECTS.iter().zip(&mut runs) {
            let theirs = control(CONTROL / less);
            runs.push((subject(records / less), theirs));
        }
    }
    println!("{ROW}: nanoseconds per record, medians of {rounds} runs");
    println!("  {:<24} {:>9} {:>12} {:>10} {:>14}", "", "all", "x control", "writer", "readers saw");
    for ((subject, ..), runs) in SUBJECTS.iter().zip(&runs) {
        let middle = |figure: fn(&(Run, Run)) -> f64| median(&mut runs.iter().map(figure).collect::<Vec<_>>());
        println!(
            "  {subject:<24} {:>9.1} {:>12.1} {:>10.1} {:>12.3} %",
            middle(|(ours, _)| ours.all),
            middle(|(ours, theirs)| ours.all / theirs.all),
            middle(|(ours, _)| ours.writer),
            100.0 * middle(|(ours, _)| ours.seen),
        );
        if runs.iter().all(|(ours, _)| ours.seen == 1.0) {
            let times: Vec<_> = runs.iter().map(|(ours, theirs)| (ours.all, theirs.all)).collect();
            bench.results().rounds(ROW, subject, &times);
        }
    }
}
