//! `peers/stalled`: what a writer can do while one reader has stopped. The reader holds a view, a guard or a lock, or
//! receives nothing. The words are printed, and are the table in main.rs. Where the writer goes on, its cost per record
//! is measured. Only operations that return are called, so nothing can hang. The control: controls::Ring.

use std::hint::black_box;
use std::sync::{Arc, Mutex, RwLock};
use std::time::Instant;

use arc_swap::ArcSwap;
use atomic_log::AtomicLog;
use atomic_log_bench::controls::Ring;
use atomic_log_bench::ratio::Bench;
use tokio::sync::broadcast::{self, error::TryRecvError};

use crate::peers::{self, Made, RECENT, Recent, Record, Tally};
use crate::publish::one;
use crate::rolling::{Push, Rolling};
use crate::{OURS, RETAINED, quick, wanted};

const ROW: &str = "peers/stalled";

/// What is published in a turn, and the number of turns.
const RECORDS: u64 = 64 * 1024;
const TURNS: usize = 9;

const RECORD: Record = [7; 8];

/// Prints a line of the table.
fn tell(subject: &str, words: &str) {
    println!("  {subject:<24} {words}");
}

/// Publishes again and again, control and subject by turns, and prints what a record costs. All records must be taken.
fn goes_on(bench: &mut Bench, subject: &str, records: u64, mut write: impl FnMut(Record) -> bool) -> String {
    let mut ring = Ring::new([1u64; 8]);
    let mut taken = true;
    let each = |one: &mut dyn FnMut()| {
        let begin = Instant::now();
        one();
        begin.elapsed().as_nanos() as f64 / records as f64
    };
    let turns: Vec<(f64, f64)> = (0..if quick() { 1 } else { TURNS })
        .map(|_| {
            let theirs = each(&mut || (0..records).for_each(|_| ring.push(*black_box(&RECORD))));
            let ours = each(&mut || (0..records).for_each(|_| taken &= write(*black_box(&RECORD))));
            (ours, theirs)
        })
        .collect();
    assert!(taken, "{subject} refused a record");
    bench.results().rounds(ROW, subject, &turns);
    let mut times: Vec<f64> = turns.iter().map(|turn| turn.0).collect();
    format!("goes on, {:.1} ns a record", atomic_log_bench::results::median(&mut times))
}

/// How many records a queue takes until it refuses one.
fn fills<W: FnMut(Record) -> bool, R: FnMut(&mut Tally)>(subject: &str, made: Made<W, R>) {
    let mut write = made.write;
    let taken = (0..4 * RETAINED).take_while(|_| write(RECORD)).count();
    assert!(taken < 4 * RETAINED, "{subject} refused nothing");
    tell(subject, &format!("takes {taken} more and refuses the next; the call that does not refuse waits"));
}

/// A reader holds a view.
fn log(bench: &mut Bench) {
    let Made { mut write, mut readers } = peers::atomic_log(RETAINED, 1, 1);
    let (mut writer, log) = AtomicLog::new_claimed(RETAINED, RETAINED / 16);
    for sequence in 0..2 * RETAINED as u64 {
        assert!(writer.append([sequence; 8]).is_ok());
    }
    let (view, before) = (log.snapshot(), log.stats());
    let (range, first) = (view.range(), view.range().start);
    let cost = goes_on(bench, OURS, RECORDS, |record| writer.append(record).is_ok());
    assert!(view.range() == range && view.get(first) == Some(&[first; 8]));
    let after = log.stats();
    let words = format!(
        "{cost}; the view still shows its {} records, {} segments live for it: {} KiB, once {}",
        view.len(),
        after.segments_held_by_readers,
        after.bytes_allocated / 1024,
        before.bytes_allocated / 1024,
    );
    tell(OURS, &words);
    // And a reader that does not receive.
    let mut tally = Tally::default();
    (0..RECORDS).for_each(|_| assert!(write(RECORD)));
    readers[0](&mut tally);
    let words = format!("the same; then it gets the newest {}, and is told that it lost {}", tally.count, tally.lost);
    tell("  a cursor", &words);
}

fn tokio(bench: &mut Bench) {
    let (sender, mut receiver) = broadcast::channel(RETAINED);
    let subject = "tokio-broadcast";
    let cost = goes_on(bench, subject, RECORDS, |record| sender.send(record).is_ok());
    let Err(TryRecvError::Lagged(lost)) = receiver.try_recv() else { panic!("it lost nothing") };
    tell(subject, &format!("{cost}; the reader is told that it lost {lost}, and gets the newest {RETAINED}"));
}

fn unbounded(bench: &mut Bench) {
    let (sender, receiver) = crossbeam_channel::unbounded();
    let subject = "crossbeam-unbounded";
    let cost = goes_on(bench, subject, RECORDS, |record| sender.send(record).is_ok());
    tell(subject, &format!("{cost}; grows: {} records wait", receiver.len()));
}

/// A reader has entered.
fn left_right(bench: &mut Bench) {
    let (mut writer, reader) = left_right::new_from_empty::<Rolling, Push>(Rolling::new(RETAINED));
    writer.publish();
    let guard = reader.enter().expect("the writer is there");
    let mut published = 0;
    let subject = "left-right";
    let cost = goes_on(bench, subject, RECORDS, |record| {
        published += u64::from(writer.append(Push(record)).try_publish());
        true
    });
    let words = "would wait; with try_publish";
    tell(subject, &format!("{words} {cost}, but only {published} could be published, and the rest is kept"));
    // The drop of the writer's end waits for readers.
    drop(guard);
}

fn locks() {
    let words = "waits: no record can be published while the reader holds the lock";
    let shared = RwLock::new(Rolling::new(RETAINED));
    let guard = shared.read();
    assert!(shared.try_write().is_err());
    tell("rwlock-deque", words);
    drop(guard);
    let shared = Mutex::new(Rolling::new(RETAINED));
    let guard = shared.lock();
    assert!(shared.try_lock().is_err());
    tell("mutex-deque", words);
    drop(guard);
}

/// A reader holds what it loaded.
fn arc_swaps(bench: &mut Bench) {
    let shared = ArcSwap::from_pointee(RECORD);
    let held = shared.load();
    let subject = "arc-swap-newest";
    let cost = goes_on(bench, subject, RECORDS, |record| {
        shared.store(Arc::new(record));
        true
    });
    tell(subject, &format!("{cost}; the reader keeps its record alive"));
    drop(held);
    let shared = ArcSwap::from_pointee(Recent::new());
    let held = shared.load();
    let subject = "arc-swap-vec";
    let cost = goes_on(bench, subject, 4096, |record| {
        shared.store(Arc::new(shared.load().with(record)));
        true
    });
    tell(subject, &format!("{cost}; the reader keeps its {RECENT} records alive"));
    drop(held);
}

pub fn rows(bench: &mut Bench) {
    if !wanted(ROW) {
        return;
    }
    println!("{ROW}: the writer, while one reader has stopped");
    log(bench);
    tokio(bench);
    arc_swaps(bench);
    unbounded(bench);
    left_right(bench);
    fills("bus", peers::bus(RETAINED, 1));
    fills("disruptor", peers::disruptor(RETAINED, 1));
    fills("rtrb", one(peers::rtrb(RETAINED)));
    fills("crossbeam-channel", one(peers::crossbeam(RETAINED)));
    locks();
}
