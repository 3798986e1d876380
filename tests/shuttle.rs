//! Random programs, as in `model.rs`, but with a writer and several readers at once, each on a thread of its own, under
//! shuttle: `make shuttle`. Every read and every publication must be as if it had happened at one instant
//! (`common/history.rs`): I1, I2, I5 to I10, and that no wake-up is lost.
//!
//! Shuttle runs one thread at a time and switches between threads at atomic operations: at random, or so that few
//! switches decide (PCT, of depth 2 to 5). So it can run programs that are too large for the models of `make loom`, and
//! finds steps in a wrong order (`make shuttle-mutants`). But it treats every ordering as the strongest, so it cannot
//! find a missing Release or Acquire.
//!
//! `ITERATIONS` says how many programs each test runs. A program that fails is shrunk, and printed with the schedule
//! under which it fails. Its `SEED` generates the one that failed first again. With its `SCHEDULE` as well, exactly the
//! failing execution is repeated.
#![cfg(shuttle)]

mod common {
    pub(crate) mod concurrent;
    pub(crate) mod history;
    pub(crate) mod memory;
    pub(crate) mod programs;
    pub(crate) mod reading;
    pub(crate) mod reference;
    pub(crate) mod subject;
    pub(crate) mod threaded;
    pub(crate) mod world;
}

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::hash_map::RandomState;
use std::fmt::Write as _;
use std::hash::{BuildHasher, Hasher};
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::{Arc, Once};
use std::thread;

use atomic_log::{ByteRecords, FixedRecords};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{RngAlgorithm, TestError, TestRng, TestRunner};
use shuttle::scheduler::{PctScheduler, RandomScheduler, ReplayScheduler, Schedule, Scheduler, Task, TaskId};
use shuttle::{Config, FailurePersistence, Runner};

use common::concurrent::{self, Act, Of, Program, Reader};
use common::programs::{op, setup};
use common::subject::{Records, Typed};
use common::threaded::{Threaded, Until, Watched};
use common::world::{Op, Setup};

/// Programs of each test, unless `ITERATIONS` says how many.
const PROGRAMS: u64 = 16_000;
/// Schedules of each program, by each scheduler.
const SCHEDULES: usize = 16;
/// The same while a program is shrunk. It has failed under one schedule already.
const SCHEDULES_TO_SHRINK: usize = 100;

fn is_writing(op: &Op) -> bool {
    matches!(
        op,
        Op::Append(_) | Op::Batch(..) | Op::Reserve(..) | Op::Group(..) | Op::Skip(_) | Op::HandOver | Op::RenewLog
    )
}

fn is_reading(op: &Op) -> bool {
    // Memory does not fail here. A trim is an act of its own.
    !is_writing(op) && !matches!(op, Op::Trim | Op::FailAfter(_) | Op::FailFrom(_) | Op::FailNoMore)
}

fn writing() -> impl Strategy<Value = Act> {
    prop_oneof![
        20 => op().prop_filter("the writer writes", is_writing).prop_map(Act::Op),
        2 => Just(Act::Notify),
        1 => Just(Act::Trim),
        1 => Just(Act::TakeOver),
        1 => Just(Act::Interrupt),
    ]
}

fn reading() -> impl Strategy<Value = Act> {
    let index = || 0..3_usize;
    let of = || prop_oneof![Just(Of::Snapshot), Just(Of::Cursor), Just(Of::Pin)];
    let waits = prop_oneof![Just(Of::Snapshot), Just(Of::Cursor)];
    let until = prop_oneof![1 => Just(Until::Now), 1 => Just(Until::Soon), 2 => Just(Until::Something)];
    prop_oneof![
        20 => op().prop_filter("readers read", is_reading).prop_map(Act::Op),
        2 => (waits, index(), until).prop_map(|(of, index, until)| Act::Wait(of, index, until)),
        1 => Just(Act::Range),
        1 => Just(Act::Stats),
        2 => (of(), index()).prop_map(|(of, index)| Act::PassOn(of, index)),
        2 => Just(Act::TakeOver),
        1 => Just(Act::Claim),
        1 => Just(Act::Interrupt),
    ]
}

fn program(setup: impl Strategy<Value = Setup>) -> impl Strategy<Value = Program> {
    let writing = prop_oneof![3 => vec(writing(), 1..16), 1 => vec(writing(), 16..40)];
    let reading = prop_oneof![3 => vec(reading(), 1..10), 1 => vec(reading(), 10..24)];
    let reader = (reading, any::<bool>());
    let reader = reader.prop_map(|(acts, leaves_handles)| Reader { acts, leaves_handles });
    (setup, writing, vec(reader, 1..4), any::<u64>()).prop_map(|(setup, writer, readers, order)| Program {
        setup,
        writer,
        readers,
        order,
    })
}

thread_local! {
    /// The task that ran at each step of this thread's last execution.
    static STEPS: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
    /// Whether this thread repeats a failure.
    static SHRINKING: Cell<bool> = const { Cell::new(false) };
}

/// A scheduler that remembers what it decided.
struct Recorded<S> {
    scheduler: S,
}

impl<S: Scheduler> Scheduler for Recorded<S> {
    fn new_execution(&mut self) -> Option<Schedule> {
        STEPS.with_borrow_mut(Vec::clear);
        self.scheduler.new_execution()
    }

    fn next_task(&mut self, runnable: &[&Task], current: Option<TaskId>, is_yielding: bool) -> Option<TaskId> {
        let next = self.scheduler.next_task(runnable, current, is_yielding)?;
        STEPS.with_borrow_mut(|steps| steps.push(next.into()));
        Some(next)
    }

    fn next_u64(&mut self) -> u64 {
        self.scheduler.next_u64()
    }
}

/// `0*3,2,1*2`: task 0 three times, then task 2, then task 1 twice.
fn encode(steps: &[usize]) -> String {
    let mut text = String::new();
    for run in steps.chunk_by(|a, b| a == b) {
        let comma = if text.is_empty() { "" } else { "," };
        let _ = match run.len() {
            1 => write!(text, "{comma}{}", run[0]),
            times => write!(text, "{comma}{}*{times}", run[0]),
        };
    }
    text
}

fn decode(text: &str) -> Option<Vec<usize>> {
    let mut steps = Vec::new();
    for run in text.split(',') {
        let (task, times) = run.split_once('*').unwrap_or((run, "1"));
        let (task, times): (usize, usize) = (task.parse().ok()?, times.parse().ok()?);
        steps.extend(std::iter::repeat_n(task, times));
    }
    Some(steps)
}

#[derive(Clone, Debug)]
struct Failure {
    message: String,
    schedule: String,
}

fn config() -> Config {
    let mut config = Config::new();
    // The failure is reported below.
    config.failure_persistence = FailurePersistence::None;
    config.silence_warnings = true;
    config.stack_size = 1 << 18;
    config
}

/// Runs a program under every schedule of the scheduler, at least one.
fn run<S: Threaded>(program: &Arc<Program>, scheduler: impl Scheduler + 'static) -> Result<usize, Failure> {
    let program = program.clone();
    let runner = Runner::new(Recorded { scheduler }, config());
    let ran = catch_unwind(AssertUnwindSafe(|| runner.run(move || concurrent::run::<S>(&program))));
    ran.map_err(|panic: Box<dyn Any + Send>| {
        let message = panic.downcast_ref::<String>().map(String::as_str);
        let message = message.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic without a message");
        Failure { message: message.to_string(), schedule: STEPS.with_borrow(|steps| encode(steps)) }
    })
}

/// Runs a program under both schedulers, on a thread of its own, so that a failure leaves nothing behind.
fn search<S: Threaded>(program: &Arc<Program>, seed: u64, schedules: usize) -> Result<usize, Failure> {
    let program = program.clone();
    let both = move || {
        SHRINKING.set(schedules != SCHEDULES);
        let random = run::<S>(&program, RandomScheduler::new_from_seed(seed, schedules))?;
        let depth = 2 + (seed % 4) as usize;
        let pct = run::<S>(&program, PctScheduler::new_from_seed(seed, depth, schedules))?;
        Ok(random + pct)
    };
    thread::spawn(both).join().expect("it catches what it runs")
}

/// Under one schedule.
fn replay<S: Threaded>(program: &Arc<Program>, schedule: &str) -> Result<usize, Failure> {
    let steps = decode(schedule).expect("a schedule, as a failure prints it");
    let program = program.clone();
    let again = move || {
        let mut scheduler = ReplayScheduler::new_from_schedule(Schedule::new_from_task_ids(0, steps));
        scheduler.set_allow_incomplete();
        run::<S>(&program, scheduler)
    };
    thread::spawn(again).join().expect("it catches what it runs")
}

fn number(name: &str) -> Option<u64> {
    let value = std::env::var(name).ok().filter(|value| !value.is_empty())?;
    Some(value.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

/// Suppresses the messages of panics while a program is shrunk.
fn hush() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Shuttle sets its hook when it runs for the first time.
        Runner::new(RandomScheduler::new(1), config()).run(|| {});
        let hook = take_hook();
        set_hook(Box::new(move |panic| {
            if !SHRINKING.get() {
                hook(panic);
            }
        }));
    });
}

/// To the terminal, whatever the harness does with the output of tests, and also if the process ends badly.
fn say(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}

fn test<S: Threaded>(setup: impl Strategy<Value = Setup>) {
    hush();
    let name = thread::current().name().unwrap_or_default().to_string();
    let first = number("SEED").unwrap_or_else(|| RandomState::new().build_hasher().finish() >> 16);
    let programs = program(setup);
    let generate = |seed: u64| {
        let bytes: Vec<u8> = (0..4).flat_map(|part| seed.wrapping_mul(2 * part + 1).to_le_bytes()).collect();
        // A program that is broken on purpose is not shrunk (scripts/shuttle-mutants.sh).
        let max_shrink_iters = if std::env::var_os("ATOMIC_LOG_MUTANT").is_some() { 0 } else { 400 };
        let config = ProptestConfig { failure_persistence: None, max_shrink_iters, ..ProptestConfig::default() };
        let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
        let tree = programs.new_tree(&mut runner).expect("there are such programs");
        (runner, tree)
    };
    if let Some(schedule) = std::env::var("SCHEDULE").ok().filter(|schedule| !schedule.is_empty()) {
        let program = generate(first).1.current();
        say(&format!("{name}: {program}"));
        let ran = replay::<S>(&Arc::new(program), &schedule);
        return ran.map(drop).unwrap_or_else(|failure| panic!("{}", failure.message));
    }
    let count = number("ITERATIONS").unwrap_or(PROGRAMS);
    // Printed here too, because a mutant that breaks memory may end the process without another word.
    say(&format!("{name}: {count} programs from SEED={first} on\n"));
    let schedules = Cell::new(0);
    for seed in first..first + count {
        let (mut runner, tree) = generate(seed);
        let failed = Cell::new(false);
        let outcome = runner.run_one(tree, |program| {
            let program = Arc::new(program);
            let many = if failed.get() { SCHEDULES_TO_SHRINK } else { SCHEDULES };
            let ran = search::<S>(&program, seed, many);
            let Failure { message, schedule } = match ran {
                Ok(ran) => {
                    schedules.set(schedules.get() + ran);
                    return Ok(());
                }
                Err(failure) => failure,
            };
            if !failed.replace(true) {
                // At once: to shrink a broken program may end the process.
                say(&format!("{name} failed: {message}\n"));
                say(&format!("To run it again: make shuttle TEST={name} SEED={seed} SCHEDULE={schedule}\n"));
            }
            Err(TestCaseError::fail(message))
        });
        if let Err(TestError::Fail(_, smallest)) = outcome {
            let found = search::<S>(&Arc::new(smallest.clone()), seed, SCHEDULES_TO_SHRINK);
            let Failure { message, schedule } = found.expect_err("it failed just now");
            panic!("{message}\nthe smallest program that fails: {smallest}its schedule: {schedule}");
        }
    }
    say(&format!("{name}: {} schedules\n", schedules.get()));
}

#[test]
fn values_of_a_type_that_is_copied() {
    test::<Typed<u64>>(setup(1..=6, 1..=3));
}

#[test]
fn values_that_are_dropped_exactly_once() {
    test::<Typed<Watched>>(setup(1..=6, 1..=3));
}

#[test]
fn records_of_one_size() {
    test::<Records<FixedRecords>>(setup(1..=6, 1..=3));
}

#[test]
fn records_of_any_size() {
    test::<Records<ByteRecords>>(setup(1..=64, 4..=32));
}
