//! Every value is dropped exactly once (I6): published ones when they are not visible any more (I1), unpublished ones
//! at once and in order; also when a Drop panics, when a type has no size or a large alignment, and whichever handle is
//! the last.
#![cfg(not(any(loom, shuttle)))]

mod common {
    pub(crate) mod memory;
}

use std::mem::forget;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, ThreadId};

use atomic_log::{AtomicLog, Cursor, Error, Options, Segment, Snapshot, Writer};

use common::memory::Memory;

/// The values that were made, and those that were dropped, in which order and on which thread.
#[derive(Clone, Default)]
struct Ledger(Arc<Mutex<Entries>>);

#[derive(Default)]
struct Entries {
    made: usize,
    dropped: Vec<(usize, ThreadId)>,
    twice: Vec<usize>,
}

impl Ledger {
    fn edit<R>(&self, edit: impl FnOnce(&mut Entries) -> R) -> R {
        edit(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The next value: 0, 1, 2, ...
    fn value(&self) -> Value {
        let id = self.edit(|entries| {
            entries.made += 1;
            entries.made - 1
        });
        Value { id, ledger: self.clone(), panics: false }
    }

    fn dropped(&self) -> Vec<usize> {
        self.edit(|entries| entries.dropped.iter().map(|(id, _)| *id).collect())
    }

    fn assert_all_dropped_once(&self) {
        self.edit(|entries| {
            assert_eq!(entries.twice, [], "dropped twice");
            assert_eq!(entries.dropped.len(), entries.made, "values that were never dropped");
        });
    }
}

struct Value {
    id: usize,
    ledger: Ledger,
    /// At its drop, unless that happens while another panic unwinds.
    panics: bool,
}

impl Value {
    fn that_panics(mut self, panics: bool) -> Value {
        self.panics = panics;
        self
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        self.ledger.edit(|entries| {
            if entries.dropped.iter().any(|(id, _)| *id == self.id) {
                entries.twice.push(self.id);
            }
            entries.dropped.push((self.id, thread::current().id()));
        });
        assert!(!self.panics || thread::panicking(), "the drop of value {} panics", self.id);
    }
}

fn ids(log: &AtomicLog<Value>) -> Vec<usize> {
    log.snapshot().iter().map(|value| value.id).collect()
}

fn panics<R>(call: impl FnOnce() -> R) -> bool {
    catch_unwind(AssertUnwindSafe(call)).is_err()
}

/// Segments of 4, K = 3.
fn log(memory: &Memory) -> (Writer<Value>, AtomicLog<Value>) {
    let log = AtomicLog::try_new(&Options::new(8, 4).allocator(memory.allocator())).expect("there is memory");
    (log.try_claim_writer().expect("it is new"), log)
}

#[test]
fn values_are_dropped_in_order_when_the_writer_takes_the_next_segment() -> Result<(), Error> {
    let (memory, ledger) = (Memory::new(), Ledger::default());
    let (mut writer, log) = log(&memory);
    for id in 0..200 {
        writer.append(ledger.value())?;
        // Segment s is evicted when s + 3 begins, and its values go when s + 4 does.
        let gone = (id / 4_usize).saturating_sub(3) * 4;
        assert_eq!(ledger.dropped(), Vec::from_iter(0..gone));
    }
    drop(writer);
    drop(log);
    ledger.assert_all_dropped_once();
    Ok(())
}

#[test]
fn a_value_that_anyone_can_see_is_never_dropped() -> Result<(), Error> {
    let (memory, ledger) = (Memory::new(), Ledger::default());
    let (mut writer, log) = log(&memory);
    let fill = |writer: &mut Writer<Value>| -> Result<(), Error> {
        Ok((0..20).try_for_each(|_| writer.append(ledger.value()))?)
    };
    fill(&mut writer)?;
    let view = log.snapshot();
    assert_eq!(view.range(), 8..20);
    let pin = view.pin(1).expect("it has three chunks");
    fill(&mut writer)?;
    assert_eq!(ledger.dropped(), Vec::from_iter((0..8).chain(20..24)), "evicted, and not in the view");
    fill(&mut writer)?;
    let kept = |ids: std::ops::Range<usize>| ids.filter(|id| !ledger.dropped().contains(id)).collect::<Vec<usize>>();
    assert_eq!(kept(0..44), Vec::from_iter(8..20), "a view keeps what it shows");
    assert!(view.iter().map(|value| value.id).eq(8..20));

    drop(view);
    fill(&mut writer)?;
    assert_eq!(kept(0..64), [12, 13, 14, 15], "and a pin its segment");
    assert!(pin.iter().map(|value| value.id).eq(12..16));

    drop(pin);
    fill(&mut writer)?;
    assert_eq!(kept(0..84), []);
    drop((writer, log));
    ledger.assert_all_dropped_once();
    Ok(())
}

#[test]
fn an_abandoned_group_is_dropped_at_once_and_in_order() -> Result<(), Error> {
    for before in 0..9 {
        for grouped in 0..=8 {
            let (memory, ledger) = (Memory::new(), Ledger::default());
            let (mut writer, log) = log(&memory);
            (0..before).try_for_each(|_| writer.append(ledger.value()))?;
            let mut group = writer.group();
            for _ in 0..grouped {
                group.append(ledger.value())?;
            }
            assert_eq!(ledger.dropped(), []);
            group.abandon();
            assert_eq!(ledger.dropped(), Vec::from_iter(before..before + grouped));
            assert_eq!(writer.next_sequence(), before as u64, "their sequences are given back");
            writer.append(ledger.value())?;
            assert_eq!(ids(&log).last(), Some(&(before + grouped)));
            drop((log, writer));
            ledger.assert_all_dropped_once();
        }
    }
    Ok(())
}

/// An iterator that does not report how much is coming, so that a batch of it fails in the middle.
fn unforeseen(count: usize) -> impl Iterator<Item = usize> {
    (0..count).filter(|_| true)
}

/// A batch that reports its length, and cannot fit, takes nothing.
#[test]
fn a_batch_that_is_foreseen_to_fail_takes_nothing() -> Result<(), Error> {
    let (memory, ledger) = (Memory::new(), Ledger::default());
    let (mut writer, log) = log(&memory);
    writer.append_batch((0..6).map(|_| ledger.value()))?;
    let before = memory.books();
    assert_eq!(writer.append_batch((0..20).map(|_| ledger.value())), Err(Error::TooLarge));
    assert_eq!(writer.group().append_batch((0..20).map(|_| ledger.value())), Err(Error::TooLarge));
    assert_eq!((memory.books(), ledger.dropped()), (before, vec![]));
    drop((log, writer));
    ledger.assert_all_dropped_once();
    Ok(())
}

#[test]
fn a_batch_that_fails_is_dropped_at_once_and_in_order() -> Result<(), Error> {
    let (memory, ledger) = (Memory::new(), Ledger::default());
    let (mut writer, log) = log(&memory);
    writer.append_batch((0..6).map(|_| ledger.value()))?;
    // 2 fit in the head, and 8 in the two segments that a view can show with it. The 11th value has no place.
    let failed = writer.append_batch(unforeseen(20).map(|_| ledger.value()));
    assert_eq!(failed, Err(Error::TooLarge));
    let mut order = ledger.dropped();
    assert_eq!(order.len(), 11, "the rest was never taken from the iterator");
    order.sort_unstable();
    assert_eq!(order, Vec::from_iter(6..17));
    let appended: Vec<usize> = ledger.dropped().into_iter().filter(|id| *id < 16).collect();
    assert_eq!(appended, Vec::from_iter(6..16), "in order");
    assert_eq!(ids(&log), Vec::from_iter(0..6));

    // Inside a group only the batch is dropped.
    let mut group = writer.group();
    group.append(ledger.value())?;
    assert_eq!(group.append_batch(unforeseen(20).map(|_| ledger.value())), Err(Error::TooLarge));
    assert_eq!(ledger.dropped().len(), 21, "1 is in the group, 9 were appended behind it and 1 was refused");
    group.publish();
    assert_eq!(ids(&log), [0, 1, 2, 3, 4, 5, 17]);
    drop((log, writer));
    ledger.assert_all_dropped_once();
    Ok(())
}

#[test]
fn a_batch_whose_iterator_panics_is_dropped_at_once_and_in_order() -> Result<(), Error> {
    for grouped in [false, true] {
        for taken in 0..=10 {
            let (memory, ledger) = (Memory::new(), Ledger::default());
            let (mut writer, log) = log(&memory);
            writer.append_batch((0..6).map(|_| ledger.value()))?;
            let values = unforeseen(12).map(|index| {
                assert!(index < taken, "the iterator panics");
                ledger.value()
            });
            if grouped {
                let mut group = writer.group();
                assert!(panics(|| group.append_batch(values)));
                group.append(ledger.value())?;
                group.publish();
            } else {
                assert!(panics(|| writer.append_batch(values)));
                writer.append(ledger.value())?;
            }
            assert_eq!(ledger.dropped(), Vec::from_iter(6..6 + taken));
            assert_eq!(ids(&log), [0, 1, 2, 3, 4, 5, 6 + taken]);
            drop((log, writer));
            ledger.assert_all_dropped_once();
        }
    }
    Ok(())
}

/// In the middle of a segment and where one begins, in a group and outside.
#[test]
fn a_value_whose_making_panics_was_never_appended() -> Result<(), Error> {
    for grouped in [false, true] {
        let (memory, ledger) = (Memory::new(), Ledger::default());
        let (mut writer, log) = log(&memory);
        let mut expected = Vec::new();
        for round in 0..20 {
            let range = log.range();
            if grouped {
                let mut group = writer.group();
                assert!(panics(|| group.append_with(|| panic!("the making panics"))));
                group.append_with(|| ledger.value())?;
                assert_eq!(log.range(), range, "nobody sees it yet");
                group.publish();
            } else {
                assert!(panics(|| writer.append_with(|| panic!("the making panics"))));
                assert_eq!((log.range(), writer.next_sequence()), (range, round));
                writer.append_with(|| ledger.value())?;
            }
            expected.push(round as usize);
            assert!(expected.ends_with(&ids(&log)));
            assert_eq!(log.range().end, round + 1);
        }
        memory.fail_after(0);
        let full = (0..9).find_map(|_| writer.append_with(|| ledger.value()).err());
        assert_eq!(full, None, "K + 1 segments are enough");
        let held = log.snapshot();
        let refused = (0..9).find_map(|_| writer.append_with(|| ledger.value()).err());
        assert_eq!(refused, Some(Error::NoMemory));
        drop((held, log, writer));
        ledger.assert_all_dropped_once();
    }
    Ok(())
}

/// The second of two evicted values whose Drop panics waits for the next time, as with `append`.
#[test]
fn a_making_that_meets_panicking_drops_unwinds() -> Result<(), Error> {
    let ledger = Ledger::default();
    let (mut writer, log) = AtomicLog::new_claimed(1, 1);
    writer.append(ledger.value().that_panics(true))?;
    writer.append(ledger.value().that_panics(true))?;
    let held = log.snapshot();
    for _ in 0..4 {
        writer.append_with(|| ledger.value())?;
    }
    drop(held);
    let unwound = (0..4).filter(|_| panics(|| writer.append_with(|| ledger.value()))).count();
    assert_eq!(unwound, 2, "one for each");
    assert_eq!(log.range().end, 8);
    drop((log, writer));
    ledger.assert_all_dropped_once();
    Ok(())
}

#[test]
fn a_failed_append_gives_its_value_back() -> Result<(), Error> {
    let (memory, ledger) = (Memory::new(), Ledger::default());
    let options = Options::new(8, 4).max_segments(4).allocator(memory.allocator());
    let log = AtomicLog::try_new(&options)?;
    let mut writer = log.try_claim_writer()?;
    let mut group = writer.group();
    (0..8).try_for_each(|_| group.append(ledger.value()))?;
    group.append_batch((0..4).map(|_| ledger.value()))?;
    let failed = group.append(ledger.value()).expect_err("a group of K segments is full");
    assert_eq!((failed.value.id, failed.error), (12, Error::TooLarge));
    group.publish();

    memory.fail_after(0);
    let failed = writer.append(failed.value).expect_err("the allocator fails");
    assert_eq!((failed.value.id, failed.error), (12, Error::NoMemory));
    let view = log.snapshot();
    writer.append(failed.value)?;
    writer.append_batch((0..3).map(|_| ledger.value()))?;
    let failed = writer.append(ledger.value()).expect_err("the view holds three segments of four");
    assert_eq!((failed.value.id, failed.error), (16, Error::SegmentLimit));
    assert_eq!(ledger.dropped(), []);
    drop(view);
    writer.append(failed.value)?;
    assert_eq!(ids(&log), Vec::from_iter(8..17));
    drop((log, writer));
    ledger.assert_all_dropped_once();
    Ok(())
}

#[test]
fn a_drop_that_panics_while_the_writer_collects_loses_nothing() {
    for unlucky in 0..40 {
        let (memory, ledger) = (Memory::new(), Ledger::default());
        // Not one segment more than the appends need: a lost segment would be missing.
        let options = Options::new(8, 4).max_segments(4).allocator(memory.allocator());
        let log = AtomicLog::try_new(&options).expect("there is memory");
        let mut writer = log.try_claim_writer().expect("it is new");
        let (mut shown, mut panicked): (Vec<usize>, usize) = (Vec::new(), 0);
        while shown.len() < 80 {
            let value = ledger.value();
            let id = value.id;
            let value = value.that_panics(id % 40 == unlucky);
            let before = writer.next_sequence();
            if panics(|| writer.append(value).expect("nobody holds a segment")) {
                panicked += 1;
                assert_eq!(writer.next_sequence(), before, "nothing has changed");
                assert!(ledger.dropped().contains(&id), "the value that was to be appended");
            } else {
                shown.push(id);
            }
            assert!(shown.ends_with(&ids(&log)));
        }
        assert!(panicked >= 1, "value {unlucky} was dropped on the way");
        panics(|| drop((log, writer)));
        ledger.assert_all_dropped_once();
    }
}

#[test]
fn a_drop_that_panics_in_an_abandoned_group_loses_nothing() -> Result<(), Error> {
    for (unlucky, leaked) in (0..11).flat_map(|unlucky| [(unlucky, false), (unlucky, true)]) {
        let (memory, ledger) = (Memory::new(), Ledger::default());
        let (mut writer, log) = log(&memory);
        writer.append(ledger.value())?;
        let mut group = writer.group();
        for index in 0..11 {
            group.append(ledger.value().that_panics(index == unlucky))?;
        }
        if leaked {
            // The writer's release abandons the group, and gives the claim back in spite of the panic.
            forget(group);
            assert!(panics(|| drop(writer)));
            assert!(!log.has_writer());
            writer = log.try_claim_writer()?;
        } else {
            assert!(panics(|| group.abandon()));
        }
        assert_eq!(writer.next_sequence(), 1);
        assert_eq!(ids(&log), [0]);
        for _ in 0..20 {
            writer.append(ledger.value())?;
        }
        assert!(ids(&log).into_iter().eq(23..32), "the log goes on");
        assert!(ledger.dropped().len() >= 11, "what the panic kept is dropped with the next segment at the latest");
        drop((log, writer));
        ledger.assert_all_dropped_once();
    }
    Ok(())
}

#[test]
fn a_drop_that_panics_in_a_failed_batch_loses_nothing() -> Result<(), Error> {
    for (unlucky, grouped) in (0..12).flat_map(|unlucky| [(unlucky, false), (unlucky, true)]) {
        let (memory, ledger) = (Memory::new(), Ledger::default());
        let (mut writer, log) = log(&memory);
        writer.append(ledger.value())?;
        // 11 fit beside the first, the 12th does not.
        let batch = unforeseen(20).map(|index| ledger.value().that_panics(index == unlucky));
        if grouped {
            let mut group = writer.group();
            assert!(panics(|| group.append_batch(batch)));
            assert_eq!(group.next_sequence(), 1, "the batch is undone, and the group is open");
            group.append(ledger.value())?;
            group.publish();
        } else {
            assert!(panics(|| writer.append_batch(batch)));
            writer.append(ledger.value())?;
        }
        assert_eq!(ids(&log), [0, 13]);
        (0..20).try_for_each(|_| writer.append(ledger.value()))?;
        drop((log, writer));
        ledger.assert_all_dropped_once();
    }
    Ok(())
}

#[test]
fn a_drop_that_panics_in_the_teardown_loses_nothing() -> Result<(), Error> {
    for unlucky in 0..30 {
        let (memory, ledger) = (Memory::new(), Ledger::default());
        let (mut writer, log) = log(&memory);
        let (mut views, mut pins) = (Vec::new(), Vec::new());
        for index in 0..30 {
            writer.append(ledger.value().that_panics(index == unlucky))?;
            if index == 11 {
                views.push(log.snapshot());
            }
            if index == 15 {
                pins.extend(log.snapshot().pin(2));
            }
        }
        assert_eq!(ledger.dropped(), [], "held");
        // What they release now waits for a writer that will not come.
        drop((views, writer));
        let pin = pins.pop().expect("it was made");
        drop(log);
        assert_eq!(ledger.dropped(), [], "the pin keeps the log");
        assert!(panics(|| drop(pin)));
        ledger.assert_all_dropped_once();
        memory.assert_all_came_back();
    }
    Ok(())
}

#[test]
fn the_last_handle_of_any_kind_frees_everything_on_its_own_thread() -> Result<(), Error> {
    enum Last {
        Log(AtomicLog<Value>),
        Writer(Box<Writer<Value>>),
        Snapshot(Snapshot<Value>),
        Cursor(Cursor<Value>),
        Pin(Segment<Value>),
    }
    for kind in 0..5 {
        let (memory, ledger) = (Memory::new(), Ledger::default());
        let (mut writer, log) = log(&memory);
        (0..11).try_for_each(|_| writer.append(ledger.value()))?;
        let last = match kind {
            0 => Last::Log(writer.log()),
            1 => {
                // The head was left by a group that will not be published: it still has exactly what readers saw.
                let mut group = writer.group();
                (0..5).try_for_each(|_| group.append(ledger.value()))?;
                forget(group);
                let writer = std::mem::replace(&mut writer, AtomicLog::new_claimed(1, 1).0);
                Last::Writer(Box::new(writer))
            }
            2 => Last::Snapshot(log.snapshot()),
            3 => Last::Cursor(log.cursor()),
            _ => Last::Pin(log.snapshot().pin(0).expect("it has three chunks")),
        };
        drop((log, writer));
        assert_eq!(ledger.dropped(), []);
        let teardown = thread::spawn(move || {
            // Still readable, without log and writer. It may be moved here.
            match &last {
                Last::Log(log) => assert_eq!(log.range(), 0..11),
                Last::Writer(writer) => assert_eq!(writer.next_sequence(), 16),
                Last::Snapshot(view) => assert!(view.iter().map(|value| value.id).eq(0..11)),
                Last::Cursor(cursor) => assert_eq!(cursor.position(), 0),
                Last::Pin(pin) => assert!(pin.iter().map(|value| value.id).eq(0..4)),
            }
            drop(last);
            thread::current().id()
        });
        let on = teardown.join().expect("the thread does not panic");
        ledger.assert_all_dropped_once();
        ledger.edit(|entries| assert!(entries.dropped.iter().all(|(_, thread)| *thread == on)));
        memory.assert_all_came_back();
    }
    Ok(())
}

#[test]
fn a_leaked_group_stays_open_and_the_next_one_abandons_it() -> Result<(), Error> {
    let (memory, ledger) = (Memory::new(), Ledger::default());
    let (mut writer, log) = log(&memory);
    writer.append(ledger.value())?;
    let mut group = writer.group();
    (0..6).try_for_each(|_| group.append(ledger.value()))?;
    forget(group);
    // What follows belongs to it.
    writer.append(ledger.value())?;
    writer.append_batch((0..2).map(|_| ledger.value()))?;
    assert_eq!((ids(&log), writer.next_sequence()), (vec![0], 10));
    assert_eq!(ledger.dropped(), []);

    let mut group = writer.group();
    assert_eq!(ledger.dropped(), Vec::from_iter(1..10));
    assert_eq!(group.next_sequence(), 1);
    group.append(ledger.value())?;
    group.publish();
    writer.append(ledger.value())?;
    assert_eq!(ids(&log), [0, 10, 11]);
    drop((log, writer));
    ledger.assert_all_dropped_once();
    Ok(())
}

/// A value may look at the log that drops it, and use it as any other thread may.
#[test]
fn a_drop_may_use_the_log() -> Result<(), Error> {
    struct Looker(Arc<Mutex<Option<AtomicLog<Looker>>>>, Arc<AtomicUsize>);
    impl Drop for Looker {
        fn drop(&mut self) {
            let log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(log) = log.as_ref() {
                let mut view = log.snapshot();
                assert!(view.pin(0).is_some() && view.cursor().next_chunk().is_some());
                assert_eq!(view.refresh().appended, 0);
                assert!(matches!(log.try_claim_writer(), Err(Error::Claimed)));
                self.1.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
    let memory = Memory::new();
    let looked = Arc::new(AtomicUsize::new(0));
    let log = AtomicLog::try_new(&Options::new(2, 1).max_segments(5).allocator(memory.allocator()))?;
    let mut writer = log.try_claim_writer()?;
    let shared = Arc::new(Mutex::new(Some(log)));
    for _ in 0..20 {
        writer.append(Looker(shared.clone(), looked.clone()))?;
    }
    let mut group = writer.group();
    group.append(Looker(shared.clone(), looked.clone()))?;
    group.append(Looker(shared.clone(), looked.clone()))?;
    group.abandon();
    assert_eq!(looked.load(Ordering::Relaxed), 16 + 1 + 2, "evicted, taken in by the group, and abandoned");
    let log = shared.lock().unwrap_or_else(PoisonError::into_inner).take();
    drop((log, writer));
    Ok(())
}

/// A program for values of one type that makes and drops handles in many ways.
fn come_and_go<T: Send + Sync + 'static>(make: impl Fn(u64) -> T, check: impl Fn(&T, u64)) -> Result<(), Error> {
    let memory = Memory::new();
    let log = AtomicLog::try_new(&Options::new(7, 3).allocator(memory.allocator()))?;
    let mut writer = log.try_claim_writer()?;
    let mut pins = Vec::new();
    let mut views = vec![log.snapshot()];
    for round in 0..30 {
        writer.append(make(writer.next_sequence()))?;
        let next = writer.next_sequence();
        writer.append_batch((next..next + round % 8).map(&make))?;
        let mut group = writer.group();
        for _ in 0..round % 5 {
            group.append(make(group.next_sequence()))?;
        }
        if round % 2 == 0 {
            group.abandon();
        } else {
            group.publish();
        }
        let next = writer.next_sequence();
        assert_eq!(writer.append_batch((next..next + 50).filter(|_| true).map(&make)), Err(Error::TooLarge));
        let view = log.snapshot();
        for (value, sequence) in view.iter().zip(view.range()) {
            check(value, sequence);
            assert_eq!((&raw const *value).addr() % align_of::<T>(), 0, "the type's alignment");
        }
        assert_eq!(view.iter().count(), view.len());
        if round % 4 == 0 {
            pins.extend(view.pin(0));
            views.push(view);
        }
    }
    drop((log, writer, views));
    for pin in pins {
        for (index, value) in pin.iter().enumerate() {
            check(value, pin.first_sequence() + index as u64);
        }
    }
    Ok(())
}

#[test]
fn values_without_a_drop() -> Result<(), Error> {
    come_and_go(|sequence| [sequence; 3], |value, sequence| assert_eq!(*value, [sequence; 3]))
}

#[test]
fn values_on_the_heap() -> Result<(), Error> {
    come_and_go(|sequence| sequence.to_string(), |value, sequence| assert_eq!(*value, sequence.to_string()))
}

#[test]
fn values_of_a_large_alignment() -> Result<(), Error> {
    static ALIVE: AtomicUsize = AtomicUsize::new(0);
    #[repr(align(256))]
    struct Wide(u64);
    #[repr(align(8192))]
    struct Wider(Wide);
    impl Drop for Wide {
        fn drop(&mut self) {
            ALIVE.fetch_sub(1, Ordering::Relaxed);
        }
    }
    let wide = |sequence| {
        ALIVE.fetch_add(1, Ordering::Relaxed);
        Wide(sequence)
    };
    come_and_go(wide, |value, sequence| assert_eq!(value.0, sequence))?;
    come_and_go(|sequence| Wider(wide(sequence)), |value, sequence| assert_eq!(value.0.0, sequence))?;
    assert_eq!(ALIVE.load(Ordering::Relaxed), 0);
    Ok(())
}

#[test]
fn values_without_a_size() -> Result<(), Error> {
    static ALIVE: AtomicUsize = AtomicUsize::new(0);
    static DROPPED: AtomicUsize = AtomicUsize::new(0);
    struct Token;
    #[repr(align(512))]
    struct Aligned([Token; 0], Token);
    impl Token {
        fn new() -> Token {
            ALIVE.fetch_add(1, Ordering::Relaxed);
            Token
        }
    }
    impl Drop for Token {
        fn drop(&mut self) {
            ALIVE.fetch_sub(1, Ordering::Relaxed);
            DROPPED.fetch_add(1, Ordering::Relaxed);
        }
    }
    assert_eq!((size_of::<Token>(), size_of::<Aligned>()), (0, 0));
    come_and_go(|_| (), |(), _| ())?;
    come_and_go(|_| Token::new(), |_, _| ())?;
    come_and_go(|_| Aligned([], Token::new()), |value, _| assert!(value.0.is_empty()))?;
    assert_eq!(ALIVE.load(Ordering::Relaxed), 0);
    assert!(DROPPED.load(Ordering::Relaxed) > 600);

    // At that very moment, too.
    let (mut writer, log) = AtomicLog::new_claimed(2, 1);
    let mut group = writer.group();
    (0..3).try_for_each(|_| group.append(Token::new()))?;
    assert_eq!(ALIVE.load(Ordering::Relaxed), 3);
    group.abandon();
    assert_eq!(ALIVE.load(Ordering::Relaxed), 0);
    (0..10).try_for_each(|_| writer.append(Token::new()))?;
    assert_eq!(ALIVE.load(Ordering::Relaxed), 4, "K, and what was evicted last");
    drop((log, writer));
    assert_eq!(ALIVE.load(Ordering::Relaxed), 0);
    Ok(())
}
