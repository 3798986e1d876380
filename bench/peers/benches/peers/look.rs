//! `peers/look/64`: a reader looks at the newest 1,000 records, all of one instant, and adds up their first words.
//!
//! One record is published before each turn. Then several readers look, each for the first time since. No thread writes
//! meanwhile: what a look costs a writer is in `fanout` and `stalled`. Queues have no history, and an `ArcSwap` of the
//! newest record has none: they are not in this row. The control: the same sum over a slice.

use std::cell::RefCell;
use std::hint::black_box;
use std::sync::{Arc, Mutex, RwLock};

use arc_swap::ArcSwap;
use atomic_log::Snapshot;
use atomic_log_bench::ratio::Bench;

use crate::peers::{RECENT, Recent, Record, log_of};
use crate::rolling::{Push, Rolling};
use crate::{OURS, RETAINED};

const ROW: &str = "peers/look/64";

/// The number of readers, and so of looks in a turn.
const LOOKS: usize = 16;

/// The sum over records that lie together. Never inlined, so control and subjects run the same loop.
#[inline(never)]
fn first_words(records: &[Record]) -> u64 {
    records.iter().map(|record| record[0]).sum()
}

/// `publish` publishes a record, `look` is the sum that the reader with this number sees.
fn measure(bench: &mut Bench, subject: &str, mut publish: impl FnMut(Record), mut look: impl FnMut(usize) -> u64) {
    let slice = vec![[3u64; 8]; RECENT];
    for _ in 0..2 * RETAINED {
        publish([3; 8]);
    }
    assert_eq!(look(0), 3 * RECENT as u64);
    bench.compare_prepared(
        ROW,
        subject,
        LOOKS as u64,
        |times| {
            for _ in 0..times {
                black_box(first_words(black_box(&slice)));
            }
        },
        || publish([3; 8]),
        |times| {
            for reader in 0..times as usize {
                black_box(look(reader));
            }
        },
    );
}

/// The sum over the newest in view, from the last chunk backwards.
#[inline]
fn newest(view: &Snapshot<Record>) -> u64 {
    let (mut sum, mut left) = (0, RECENT);
    for chunk in view.chunks().rev() {
        let values = chunk.values();
        let taken = &values[values.len().saturating_sub(left)..];
        sum += first_words(taken);
        left -= taken.len();
        if left == 0 {
            break;
        }
    }
    sum
}

/// The same over a deque, which is two slices.
#[inline]
fn deque(rolling: &Rolling) -> u64 {
    rolling.newest(RECENT).into_iter().map(first_words).sum()
}

fn rolling() -> Rolling {
    Rolling::new(RETAINED)
}

pub fn rows(bench: &mut Bench) {
    let (mut writer, log) = log_of(RETAINED, 1);
    let mut views: Vec<_> = (0..LOOKS).map(|_| log.snapshot()).collect();
    measure(
        bench,
        OURS,
        |record| assert!(writer.append(record).is_ok()),
        |reader| {
            views[reader].refresh();
            newest(&views[reader])
        },
    );

    let shared = ArcSwap::from_pointee(Recent::new());
    measure(
        bench,
        "arc-swap-vec",
        |record| shared.store(Arc::new(shared.load().with(record))),
        |_| first_words(&shared.load().records),
    );

    let (writer, reader) = left_right::new_from_empty::<Rolling, Push>(rolling());
    let writer = RefCell::new(writer);
    let readers = vec![reader; LOOKS];
    measure(
        bench,
        "left-right",
        |record| {
            writer.borrow_mut().append(Push(record)).publish();
        },
        |reader| readers[reader].enter().map_or(0, |rolling| deque(&rolling)),
    );

    let shared = RwLock::new(rolling());
    measure(
        bench,
        "rwlock-deque",
        |record| shared.write().expect("nobody panics").push(record),
        |_| deque(&shared.read().expect("nobody panics")),
    );

    let shared = Mutex::new(rolling());
    measure(
        bench,
        "mutex-deque",
        |record| shared.lock().expect("nobody panics").push(record),
        |_| deque(&shared.lock().expect("nobody panics")),
    );
}
