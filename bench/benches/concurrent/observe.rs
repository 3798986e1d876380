//! From the writer's clock to the reader's, by way of a record.
//!
//! Each record is the time at which it was published. The reader reads its clock after it has read the record. So two
//! cache lines travel from one processor to the other: the line with the number of records, and the record's own.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use atomic_log_bench::controls::Line;
use atomic_log_bench::results::{Results, median};
use atomic_log_bench::threads::beside;

use crate::{OURS, say, warm};

const ROUNDS: usize = 21;
const RUN: Duration = Duration::from_millis(50);
/// The least and the longest time between two records.
const PAUSE: (f64, f64) = (2_000.0, 5_000.0);
const TRIPS: u64 = 5_000;

pub fn measure(results: &mut Results) {
    let clock = Clock::new();
    let ring = Stamps::new();
    let (mut writer, log) = warm(0u64);
    let (mut p50, mut p99, mut trips) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let mut count = 0;
        ring.published.0.store(0, Ordering::Release);
        let mut seen = 0;
        let theirs = latencies(
            &clock,
            |stamp| {
                count += 1;
                ring.push(count, stamp);
            },
            || ring.newest(&mut seen),
        );
        let mut view = log.snapshot();
        let ours = latencies(
            &clock,
            |stamp| {
                let _ = writer.append(stamp);
            },
            || match view.refresh().appended {
                0 => None,
                _ => view.get(view.latest().start).copied(),
            },
        );
        p50.push((ours.0, theirs.0));
        p99.push((ours.1, theirs.1));
        trips.push(round_trip());
    }
    results.rounds("observe/p50", OURS, &p50);
    say(results);
    results.rounds("observe/p99", OURS, &p99);
    say(results);
    let trip = median(&mut trips);
    println!("round trip: {trip:.0} ns");
    results.figure("round-trip", "cache line", trip);
}

/// The control: a ring of times, and how many there were.
struct Stamps {
    slots: Vec<AtomicU64>,
    published: Line,
}

impl Stamps {
    const LEN: usize = 16 * 1024;

    fn new() -> Stamps {
        Stamps { slots: (0..Stamps::LEN).map(|_| AtomicU64::new(0)).collect(), published: Line::default() }
    }

    fn push(&self, count: u64, stamp: u64) {
        self.slots[count as usize % Stamps::LEN].store(stamp, Ordering::Relaxed);
        self.published.0.store(count, Ordering::Release);
    }

    fn newest(&self, seen: &mut u64) -> Option<u64> {
        let count = self.published.0.load(Ordering::Acquire);
        if count == *seen {
            return None;
        }
        *seen = count;
        Some(self.slots[count as usize % Stamps::LEN].load(Ordering::Relaxed))
    }
}

/// How long it took until the reader saw a record, in nanoseconds: p50 and p99.
fn latencies(
    clock: &Clock,
    mut publish: impl FnMut(u64),
    mut observe: impl FnMut() -> Option<u64> + Send,
) -> (f64, f64) {
    let mut taken: Vec<u64> = Vec::with_capacity(1 << 16);
    let reader = || {
        if let Some(stamp) = observe() {
            taken.push(clock.now().saturating_sub(stamp));
        }
    };
    beside(Some(1), vec![reader], || {
        let begin = Instant::now();
        let mut random = 88172645463325252u64;
        while begin.elapsed() < RUN {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let pause = PAUSE.0 + (PAUSE.1 - PAUSE.0) * (random >> 32) as f64 / f64::from(u32::MAX);
            let due = clock.now() + (pause / clock.tick) as u64;
            while clock.now() < due {}
            publish(clock.now());
        }
    });
    // The first one may be of the run before.
    let taken = &mut taken[1..];
    taken.sort_unstable();
    (quantile(taken, 0.5) * clock.tick, quantile(taken, 0.99) * clock.tick)
}

/// Of sorted values. Some processors' counters advance in steps, so equal values are taken as spread evenly within one
/// step.
fn quantile(sorted: &[u64], part: f64) -> f64 {
    let rank = ((sorted.len() - 1) as f64 * part) as usize;
    let value = sorted[rank];
    let step = sorted.windows(2).map(|two| two[1] - two[0]).filter(|&step| step > 0).min().unwrap_or(0);
    let (first, end) = (sorted.partition_point(|&one| one < value), sorted.partition_point(|&one| one <= value));
    let place = ((rank - first) as f64 + 0.5) / (end - first) as f64;
    value as f64 + step as f64 * (place - 0.5)
}

/// A clock that both threads read: the processor's counter if it has one.
struct Clock {
    begin: Instant,
    /// Nanoseconds.
    tick: f64,
}

impl Clock {
    fn new() -> Clock {
        let mut clock = Clock { begin: Instant::now(), tick: 1.0 };
        let before = clock.now();
        while clock.begin.elapsed() < Duration::from_millis(20) {}
        clock.tick = clock.begin.elapsed().as_nanos() as f64 / (clock.now() - before) as f64;
        clock
    }

    /// Not executed before the instructions above it are done.
    #[cfg(target_arch = "x86_64")]
    fn now(&self) -> u64 {
        // SAFETY: every processor of this architecture has both.
        unsafe {
            std::arch::x86_64::_mm_lfence();
            std::arch::x86_64::_rdtsc()
        }
    }

    #[cfg(not(target_arch = "x86_64"))]
    fn now(&self) -> u64 {
        self.begin.elapsed().as_nanos() as u64
    }
}

/// A line that goes to the other processor and comes back: each thread waits for the other thread's store.
fn round_trip() -> f64 {
    let line = Line::default();
    let ball = &line.0;
    let answer = || {
        let value = ball.load(Ordering::Acquire);
        if value % 2 == 1 {
            ball.store(value + 1, Ordering::Release);
        }
    };
    beside(Some(1), vec![answer], || {
        let begin = Instant::now();
        for trip in 0..TRIPS {
            ball.store(2 * trip + 1, Ordering::Release);
            while ball.load(Ordering::Acquire) != 2 * trip + 2 {}
        }
        begin.elapsed().as_nanos() as f64 / TRIPS as f64
    })
}
