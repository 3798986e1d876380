//! A program over the C functions, decoded from bytes: calls in any order with any arguments, misuse included, except
//! what the header's Safety lines forbid. After every call the result, the outs and all that is visible are as the
//! header says, as far as this can be known without modelling segments (`tests/model.rs` does that).

mod block;
mod creating;
mod input;
mod memory;
pub(crate) mod promises;
mod reading;
mod recording;
mod shadow;
mod writing;

use std::ffi::c_void;
use std::ptr::null_mut;

use atomic_log::ffi::cursor::*;
use atomic_log::ffi::log::*;
use atomic_log::ffi::segment::*;
use atomic_log::ffi::snapshot::*;
use atomic_log::ffi::status::alog_status::{self, *};
use atomic_log::ffi::types::{alog_chunk, alog_range};
use atomic_log::ffi::writer::*;

use block::{Block, Place};
use input::Input;
use memory::Failing;
use promises::Function;
use shadow::{Cursor, Log, Pin, Snapshot, View, members, range};

/// A call of an exported function.
macro_rules! call {
    ($function:ident($($argument:expr),* $(,)?)) => {
        // SAFETY: what the header demands under Safety: handles are NULL or live, though maybe of the wrong type; what
        // is read or written has the size that is passed; and no other thread is there.
        unsafe { $function($($argument),*) }
    };
}
use call;

/// The results, call by call: which function (its index in `promises::FUNCTIONS`) returned what.
pub(crate) type Seen = Vec<(usize, alog_status)>;

/// Runs the program that the bytes stand for, and returns what was seen. Panics where the library does what it should
/// not. `trace`: prints every call before it is made.
pub(crate) fn run(bytes: &[u8], trace: bool) -> Seen {
    let mut program = Program {
        input: Input::new(bytes),
        trace,
        seen: Seen::new(),
        logs: Vec::new(),
        snapshots: Vec::new(),
        cursors: Vec::new(),
        pins: Vec::new(),
        next_id: 0,
    };
    program.create();
    program.check();
    while !program.input.is_empty() {
        program.step();
        program.check();
    }
    program.end();
    program.seen
}

/// The most handles of one kind at once, the most logs, and the most counts of the program's on one handle.
const MOST_HANDLES: usize = 6;
const MOST_LOGS: usize = 8;
const MOST_COUNTS: u32 = 3;

struct Program<'a> {
    input: Input<'a>,
    trace: bool,
    seen: Seen,
    logs: Vec<Log>,
    snapshots: Vec<Snapshot>,
    cursors: Vec<Cursor>,
    pins: Vec<Pin>,
    next_id: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Log,
    Writer,
    Snapshot,
    Cursor,
    Segment,
}

const KINDS: [Kind; 5] = [Kind::Log, Kind::Writer, Kind::Snapshot, Kind::Cursor, Kind::Segment];

/// A handle to be passed.
struct Argument {
    pointer: *mut c_void,
    /// Its index among handles of its kind, if it is of that kind. Of a writer: the log's.
    index: Option<usize>,
    refused: Option<alog_status>,
}

impl Program<'_> {
    fn step(&mut self) {
        match self.input.byte() {
            0..=3 => self.create(),
            4..=7 => self.retain_log(),
            8..=11 => self.release(Kind::Log),
            12..=13 => self.log_options(),
            14..=15 => self.log_range(),
            16..=17 => self.interrupt(),
            18..=19 => self.has_writer(),
            20..=26 => self.claim(),
            27 => self.finish(),
            28..=31 => self.release(Kind::Writer),
            32..=44 | 46..=55 => self.append(),
            45 | 132 => self.append_reserved(),
            56..=59 => self.cursor_pin(),
            60..=65 => self.cursor_refresh(),
            66..=71 => self.cursor_next(),
            72..=83 => self.append_batch(),
            84..=95 => self.append_slices(),
            96..=107 => self.append_packed(),
            108..=115 => self.begin(),
            116..=123 => self.publish(),
            124..=128 => self.abandon(),
            129..=131 | 133..=140 => self.reserve(),
            141..=152 => self.commit(),
            153..=156 => self.cancel(),
            157..=158 => self.next_sequence(),
            159..=160 => self.notify(),
            161..=162 => self.trim(),
            163 => self.skip(),
            164 => self.writer_log(),
            165 => self.recording(),
            166..=173 => self.snapshot_create(),
            174..=177 => self.snapshot_clone(),
            178..=179 | 181..=182 => self.release(Kind::Snapshot),
            180 => self.snapshot_find(),
            183 => self.snapshot_wait_since(),
            184..=190 => self.snapshot_refresh(),
            191..=192 => self.snapshot_wait(),
            193..=194 => self.snapshot_range(),
            195..=196 => self.snapshot_latest(),
            197..=198 => self.snapshot_numbers(),
            199..=201 => self.snapshot_record(),
            202..=203 => self.snapshot_chunk(),
            204..=206 => self.snapshot_chunks(),
            207..=210 => self.snapshot_pin(),
            211 => self.snapshot_chunks_in(),
            212 => self.snapshot_log(),
            213..=215 => self.cursor_create(),
            216..=219 => self.cursor_open(),
            220..=222 => self.release(Kind::Cursor),
            223 | 225..=230 => self.cursor_next(),
            224 => self.cursor_wait_since(),
            231..=233 => self.cursor_seek(),
            234..=238 => self.cursor_refresh(),
            239..=240 => self.cursor_wait(),
            241 => self.cursor_position(),
            242..=244 => self.cursor_pin(),
            245 => self.retain_segment(),
            246..=248 => self.release(Kind::Segment),
            249 => self.segment_sequence(),
            250..=251 => self.log_stats(),
            252 => self.snapshot_stats(),
            253 => self.texts(),
            254..=255 => self.fail(),
        }
    }

    /// Prints what is about to be called.
    fn say(&self, call: impl FnOnce() -> String) {
        if self.trace {
            eprintln!("{}", call());
        }
    }

    /// Records with the given sizes, unlike all others where they are long enough.
    fn record(&mut self, size: usize) -> Vec<u8> {
        let id = self.next_id;
        self.next_id += 1;
        let rest = (8..size).map(|index| (index as u64 ^ id.wrapping_mul(31)) as u8);
        id.to_le_bytes().into_iter().take(size).chain(rest).collect::<Vec<u8>>().into_boxed_slice().into_vec()
    }

    /// The live handles of a kind, each with its index.
    fn handles(&self, kind: Kind) -> Vec<(usize, *mut c_void)> {
        fn all<T, U>(items: &[T], handle: impl Fn(&T) -> *mut U) -> Vec<(usize, *mut c_void)> {
            let handles = items.iter().map(|item| handle(item).cast()).enumerate();
            handles.filter(|(_, handle): &(usize, *mut c_void)| !handle.is_null()).collect()
        }
        match kind {
            Kind::Log => all(&self.logs, |log| if log.counts > 0 { log.handle } else { null_mut() }),
            Kind::Writer => all(&self.logs, |log| log.writer),
            Kind::Snapshot => all(&self.snapshots, |snapshot| snapshot.handle),
            Kind::Cursor => all(&self.cursors, |cursor| cursor.handle),
            Kind::Segment => all(&self.pins, |pin| pin.handle),
        }
    }

    /// Makes a handle of this kind, or tries to.
    fn make(&mut self, kind: Kind) {
        match kind {
            Kind::Log => self.create(),
            Kind::Writer => self.claim(),
            Kind::Snapshot => self.snapshot_create(),
            Kind::Cursor => self.cursor_open(),
            Kind::Segment => self.snapshot_pin(),
        }
        self.check();
    }

    /// A handle of this kind most of the time, made if there is none; else NULL, or a live one of another kind.
    fn handle(&mut self, kind: Kind) -> Argument {
        let choice = usize::from(self.input.byte());
        if choice < 0xF0 && self.handles(kind).is_empty() {
            self.make(kind);
        }
        let own = self.handles(kind);
        let others = || KINDS.iter().filter(|other| **other != kind).flat_map(|other| self.handles(*other));
        let other =
            if choice >= 0xF0 && choice != 0xFF { others().nth(choice % others().count().max(1)) } else { None };
        if let Some((_, pointer)) = other {
            return Argument { pointer, index: None, refused: Some(ALOG_ERR_HANDLE) };
        }
        match own.get(choice % own.len().max(1)) {
            Some((index, pointer)) if choice < 0xF0 => {
                Argument { pointer: *pointer, index: Some(*index), refused: None }
            }
            _ => Argument { pointer: null_mut(), index: None, refused: Some(ALOG_ERR_NULL) },
        }
    }

    /// A function returned: checks that its comment promises this result, and that the result was expected.
    fn told(&mut self, function: &Function, status: alog_status, expected: &[alog_status]) {
        self.say(|| format!("    {status:?}"));
        let name = function.name;
        assert!(expected.contains(&status), "{name} answered {status:?}, and should have answered one of {expected:?}");
        assert!(function.promised.contains(&status), "{name} answered {status:?}, which it does not promise");
        self.seen.push((function.index, status));
    }

    /// The statuses of a call that needs memory, and maybe room within what the log is allowed.
    fn room(&self, log: usize, failures_before: u64, more: &[alog_status]) -> Vec<alog_status> {
        let log = &self.logs[log];
        if log.failures() > failures_before {
            return vec![ALOG_ERR_NO_MEMORY];
        }
        let limit = more.contains(&ALOG_ERR_SEGMENT_LIMIT) && log.options.max_segments == 0;
        let more = more.iter().copied().filter(|status| !(limit && *status == ALOG_ERR_SEGMENT_LIMIT));
        [ALOG_OK].into_iter().chain(more).collect()
    }

    fn failures(&self, log: Option<usize>) -> u64 {
        log.map_or(0, |log| self.logs[log].failures())
    }

    /// Gives back one count, or the handle.
    fn release(&mut self, kind: Kind) {
        let handle = self.handle(kind);
        self.give_back(kind, handle.pointer, handle.index);
    }

    fn give_back(&mut self, kind: Kind, pointer: *mut c_void, index: Option<usize>) {
        self.say(|| format!("the end of a count on, or of: {kind:?} {index:?}"));
        match kind {
            Kind::Log => call!(alog_log_release(pointer.cast())),
            Kind::Writer => call!(alog_writer_release(pointer.cast())),
            Kind::Snapshot => call!(alog_snapshot_destroy(pointer.cast())),
            Kind::Cursor => call!(alog_cursor_destroy(pointer.cast())),
            Kind::Segment => call!(alog_segment_release(pointer.cast())),
        }
        let Some(index) = index else { return };
        let log = match kind {
            Kind::Log => {
                self.logs[index].counts -= 1;
                index
            }
            Kind::Writer => {
                let log = &mut self.logs[index];
                (log.writer, log.group, log.reservation) = (null_mut(), None, None);
                index
            }
            Kind::Snapshot => self.snapshots.remove(index).log,
            Kind::Cursor => self.cursors.remove(index).log,
            Kind::Segment => {
                let pin = &mut self.pins[index];
                pin.counts -= 1;
                let log = pin.log;
                if pin.counts == 0 {
                    self.pins.remove(index);
                }
                log
            }
        };
        self.check_memory(log);
    }

    /// A log's memory is all given back with its last handle, and not before.
    fn check_memory(&self, index: usize) {
        let log = &self.logs[index];
        let Some(memory) = &log.memory else { return };
        memory.check();
        let alive = log.counts > 0
            || !log.writer.is_null()
            || self.snapshots.iter().any(|snapshot| snapshot.log == index)
            || self.cursors.iter().any(|cursor| cursor.log == index)
            || self.pins.iter().any(|pin| pin.log == index);
        assert_eq!(alive, memory.bytes() > 0, "handles are left: {alive}; bytes are out: {}", memory.bytes());
    }

    /// Checks that all that is visible is as it should be.
    fn check(&mut self) {
        for index in 0..self.logs.len() {
            self.check_log(index);
        }
        for snapshot in &self.snapshots {
            self.check_snapshot(snapshot);
        }
        for cursor in &self.cursors {
            assert_eq!(call!(alog_cursor_position(cursor.handle)), cursor.position, "where a cursor is");
            if let Some(chunk) = &cursor.current {
                // SAFETY: the cursor's view covers the chunk until a refresh brings something.
                unsafe { self.logs[cursor.log].check_chunk(chunk) };
            }
        }
        for pin in &self.pins {
            assert_eq!(call!(alog_segment_sequence(pin.handle)), pin.chunk.segment_sequence, "which segment is pinned");
            // SAFETY: the pin covers the chunk.
            unsafe { self.logs[pin.log].check_chunk(&pin.chunk) };
        }
    }

    /// Through the log's handle, or the writer's. Without a writer nothing changes.
    fn check_log(&mut self, index: usize) {
        let log = &mut self.logs[index];
        if !log.writer.is_null() {
            assert_eq!(call!(alog_writer_next_sequence(log.writer)), log.next_sequence(), "the writer's next sequence");
        }
        let handle = if log.counts > 0 { log.handle } else { call!(alog_writer_log(log.writer)) };
        if handle.is_null() {
            return;
        }
        assert!(handle == log.handle, "a log has one handle");
        let mut range = alog_range { begin: 0, end: 0 };
        assert_eq!(call!(alog_log_range(handle, &mut range)), ALOG_OK);
        log.observe(range);
        assert_eq!(call!(alog_log_has_writer(handle)), !log.writer.is_null(), "whether there is a writer");
        assert_eq!(call!(alog_log_is_finished(handle)), log.finished, "whether it was finished");
        assert_eq!(call!(alog_log_interrupts(handle)), log.interrupts, "how many interrupts there were");
        if log.counts == 0 {
            call!(alog_log_release(handle));
        }
    }

    /// It shows what it showed when it was taken or last refreshed.
    fn check_snapshot(&self, snapshot: &Snapshot) {
        let now = self.look(snapshot.handle);
        let then = &snapshot.view;
        assert_eq!((&now.range, &now.latest), (&then.range, &then.latest), "a view moved by itself");
        assert!(now.chunks.iter().map(members).eq(then.chunks.iter().map(members)), "the chunks of a view changed");
        for chunk in &now.chunks {
            // SAFETY: the snapshot covers it.
            unsafe { self.logs[snapshot.log].check_chunk(chunk) };
        }
    }

    /// What a snapshot shows.
    fn look(&self, snapshot: *const alog_snapshot) -> View {
        let nothing = alog_range { begin: 0, end: 0 };
        let (mut all, mut latest) = (nothing, nothing);
        assert_eq!(call!(alog_snapshot_range(snapshot, &mut all)), ALOG_OK);
        assert_eq!(call!(alog_snapshot_latest(snapshot, &mut latest)), ALOG_OK);
        assert_eq!(call!(alog_snapshot_len(snapshot)), all.end - all.begin, "len");
        let count = call!(alog_snapshot_chunk_count(snapshot));
        let mut chunks = Vec::with_capacity(count);
        for index in 0..count {
            let out = Block::<alog_chunk>::new(Place::Good);
            assert_eq!(call!(alog_snapshot_chunk(snapshot, index, out.pointer())), ALOG_OK);
            chunks.push(out.value());
        }
        View { range: range(all), latest: range(latest), chunks }
    }

    /// What a snapshot shows that was taken or refreshed just now: what the log holds.
    fn capture(&mut self, snapshot: *const alog_snapshot, log: usize) -> View {
        let view = self.look(snapshot);
        let log = &mut self.logs[log];
        assert_eq!(view.range, log.range(), "the records in view");
        assert_eq!(view.latest, log.latest(), "the newest publication");
        let mut next = view.range.start;
        let mut segment = None;
        for chunk in &view.chunks {
            assert_eq!(chunk.first_sequence, next, "chunks abut");
            assert!(segment.is_none_or(|before| chunk.segment_sequence == before + 1), "segments follow each other");
            let first = *log.segments.entry(chunk.segment_sequence).or_insert(next);
            assert_eq!(first, next, "the first record of segment {}", chunk.segment_sequence);
            (next, segment) = (next + chunk.count as u64, Some(chunk.segment_sequence));
        }
        assert_eq!(next, view.range.end, "chunks cover the view");
        assert!(view.chunks.len() as u64 <= log.window(), "at most K segments");
        view
    }

    /// Makes a log's allocator fail, or succeed again.
    fn fail(&mut self) {
        let failing = self.failing();
        let log = self.input.below(self.logs.len().max(1));
        if let Some(Log { memory: Some(memory), .. }) = self.logs.get(log) {
            self.say(|| format!("the allocator of log {log} fails: {failing:?}"));
            memory.fail(failing);
        }
    }

    fn failing(&mut self) -> Failing {
        let calls = u32::from(self.input.byte());
        match calls % 8 {
            0 => Failing::Once(calls / 8),
            1 => Failing::After(calls / 8),
            _ => Failing::Never,
        }
    }

    /// Drops everything, in an order that the input picks.
    fn end(&mut self) {
        loop {
            let mut left = Vec::new();
            for kind in KINDS {
                left.extend(self.handles(kind).into_iter().map(|(index, handle)| (kind, index, handle)));
            }
            let Some((kind, index, handle)) = left.get(self.input.below(left.len().clamp(1, 256))).copied() else {
                return;
            };
            self.give_back(kind, handle, Some(index));
            self.check();
        }
    }
}
