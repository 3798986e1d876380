//! Makes a log of messages again: `docs/WIRE.md`, "How to read".

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

use crate::abi::{Log, Sink, Slice, Status, status};
use crate::stats::{Figures, State, add, now, set};
use crate::wire::{Origin, Prefix, next_record};

/// Makes an empty log.
pub(crate) type Make = Box<dyn Fn() -> Result<Log, Status> + Send>;

/// The log that readers are given: of the newest life that was heard of.
pub(crate) type Current = Arc<Mutex<Log>>;

/// Records of a message, back to back as in the message.
struct Part {
    records: Bytes,
    first: u64,
    count: u32,
}

impl Part {
    fn end(&self) -> u64 {
        self.first + u64::from(self.count)
    }
}

pub(crate) struct Replay {
    make: Make,
    current: Current,
    record_size: u32,
    geometry: Geometry,
    sink: Option<Sink>,
    /// Whether a new log is due.
    renew: bool,
    figures: Arc<Figures>,
    origin: Origin,
    next: u64,
    /// Whether a run ended directly before `next`.
    ended: bool,
    /// The records of the run that has not ended.
    open: VecDeque<Part>,
    /// How the log lays them out, if they begin a segment.
    layout: Layout,
    due: Option<Due>,
}

/// What a view of the log has room for.
struct Geometry {
    segments: usize,
    /// Of a segment: records, and bytes if they are of any size.
    records: u64,
    space: u64,
    align: u64,
}

impl Geometry {
    fn of(log: &Log) -> Geometry {
        let options = log.options();
        let any_size = options.record_size == 0;
        let view = options.retained_capacity.div_ceil(options.segment_capacity) + 1;
        Geometry {
            segments: usize::try_from(view).unwrap_or(usize::MAX),
            records: if any_size { options.segment_records.into() } else { options.segment_capacity },
            space: options.segment_capacity,
            align: options.record_align.into(),
        }
    }
}

/// The segments of a run, if its first record begins one: no more of them than a view has.
#[derive(Default)]
struct Layout {
    /// With which record each begins. Empty: there is no run, or its beginning is lost.
    segments: VecDeque<u64>,
    /// Bytes of the last segment that are taken, if records are of any size.
    used: u64,
}

impl Layout {
    /// Adds records, which follow those before. What the run then begins with.
    fn add(&mut self, part: &Part, record_size: u32, geometry: &Geometry) -> u64 {
        if record_size == 0 {
            self.add_of_any_size(part, geometry);
        } else {
            let mut begin = self.segments.back().map_or(part.first, |last| last.saturating_add(geometry.records));
            while begin < part.end() {
                self.segments.push_back(begin);
                begin = begin.saturating_add(geometry.records);
            }
        }
        let beyond = self.segments.len().saturating_sub(geometry.segments);
        self.segments.drain(..beyond);
        self.segments.front().copied().unwrap_or(part.first)
    }

    /// As the core does it.
    fn add_of_any_size(&mut self, part: &Part, geometry: &Geometry) {
        let mut bytes = &part.records[..];
        for sequence in part.first..part.end() {
            let size = next_record(&mut bytes).map_or(0, <[u8]>::len) as u64;
            let full = |begin: &u64| sequence - begin == geometry.records || self.used + size > geometry.space;
            if self.segments.back().is_none_or(full) {
                self.segments.push_back(sequence);
                self.used = 0;
            }
            self.used += size.next_multiple_of(geometry.align);
            if size > geometry.space {
                // No segment has room for it. No view has what is before it together with what is behind it.
                (self.segments, self.used) = (VecDeque::from([sequence + 1]), 0);
            }
        }
    }
}

/// What is to be shown: what is open, and then the end if it has come.
#[derive(Clone, Copy)]
struct Due {
    ends: bool,
    newest: u64,
    finished: bool,
    time: u64,
}

impl Replay {
    pub(crate) fn new(make: Make, figures: Arc<Figures>) -> Result<Replay, Status> {
        let log = make()?;
        Ok(Replay {
            make,
            sink: Some(Sink::claim(&log)?),
            record_size: log.options().record_size as u32,
            geometry: Geometry::of(&log),
            current: Arc::new(Mutex::new(log)),
            renew: false,
            ended: false,
            figures,
            origin: Origin::default(),
            next: 0,
            open: VecDeque::new(),
            layout: Layout::default(),
            due: None,
        })
    }

    pub(crate) fn current(&self) -> Current {
        self.current.clone()
    }

    /// Takes a message. What is to be shown then is [`Replay::show`]'s.
    pub(crate) fn take(&mut self, payload: &Bytes) {
        add(&self.figures.bytes, payload.len() as u64);
        add(&self.figures.messages, 1);
        let prefix = match Prefix::read(payload) {
            Ok(prefix) => prefix,
            Err(why) => return self.garbage(&format!("a message is none of a log: {why}")),
        };
        if prefix.record_size != self.record_size {
            let of = |size| if size == 0 { "of any size".to_owned() } else { format!("of {size} bytes") };
            let (theirs, ours) = (of(prefix.record_size), of(self.record_size));
            return self.garbage(&format!("the stream has records {theirs}, and the mirror's log has records {ours}"));
        }
        if prefix.origin != self.origin {
            self.begin(&prefix);
        }
        let ended = self.sink.is_none() && !self.renew;
        if ended || prefix.count > 0 && prefix.end() <= self.next {
            add(&self.figures.repeated, prefix.count.into());
            return;
        }
        if prefix.first > self.next {
            self.forget();
            self.lose(prefix.first - self.next);
            (self.next, self.ended) = (prefix.first, false);
        }
        if prefix.count > 0 {
            self.append(&prefix, payload);
        }
        if prefix.ends || prefix.finished {
            let newest = u64::from(prefix.newest);
            self.due = Some(Due { ends: prefix.ends, newest, finished: prefix.finished, time: prefix.time });
        }
    }

    fn garbage(&mut self, words: &str) {
        add(&self.figures.garbage, 1);
        self.figures.tell(words);
    }

    fn lose(&mut self, records: u64) {
        add(&self.figures.lost, records);
    }

    /// Another life of a log.
    fn begin(&mut self, prefix: &Prefix) {
        self.forget();
        self.origin = prefix.origin;
        (self.next, self.ended) = (prefix.first - prefix.lost, false);
        self.figures.set_origin(prefix.origin);
        self.figures.set_state(State::Running);
        // Sequences never go backwards in a log.
        self.renew = self.sink.as_ref().is_none_or(|sink| self.next < sink.next());
    }

    /// Gives up the open run.
    fn forget(&mut self) {
        self.lose_until(self.next);
        self.layout = Layout::default();
    }

    fn append(&mut self, prefix: &Prefix, payload: &Bytes) {
        let mut part = Part { records: payload.slice(prefix.records..), first: prefix.first, count: prefix.count };
        if part.first < self.next {
            add(&self.figures.repeated, self.next - part.first);
            part = cut(&part, self.record_size, self.next..part.end());
        }
        self.next = part.end();
        let ended = std::mem::replace(&mut self.ended, prefix.ends);
        if !prefix.begins && self.layout.segments.is_empty() && !ended {
            self.ended = false;
            return self.lose(part.count.into());
        }
        let begin = self.layout.add(&part, self.record_size, &self.geometry);
        self.open.push_back(part);
        if self.open.front().is_some_and(|oldest| oldest.first < begin) {
            self.begin_late(begin);
        }
    }

    /// Loses the beginning of the open run, as a log evicts records: by segments.
    fn begin_late(&mut self, sequence: u64) {
        self.lose_until(sequence);
        self.figures.tell(format!("a run is larger than the mirror's log can show: it begins at record {sequence}"));
    }

    /// Shows what is due. After an error nothing of it was shown that will not be shown again by the next call, which
    /// may come later: readers hold the memory.
    pub(crate) fn show(&mut self) -> Result<(), Status> {
        if self.renew {
            let log = (self.make)()?;
            let sink = Sink::claim(&log)?;
            // First this: a reader of the old log that is told of its end asks for the new one.
            *self.current.lock().unwrap_or_else(PoisonError::into_inner) = log;
            if let Some(old) = self.sink.replace(sink) {
                old.finish();
            }
            self.renew = false;
        }
        let Some(due) = self.due else { return Ok(()) };
        if due.ends {
            self.show_run(due.newest)?;
            set(&self.figures.lag_ns, now().saturating_sub(due.time));
        }
        self.due = None;
        self.forget();
        set(&self.figures.next, self.next);
        if due.finished {
            // First this: a reader that is told of the end finds it in the stats.
            self.figures.set_state(State::Finished);
            if let Some(sink) = self.sink.take() {
                sink.finish();
            }
        }
        Ok(())
    }

    /// Shows what is open: first what is older than the newest publication, and then that. So the log's newest
    /// publication is the origin's.
    fn show_run(&mut self, newest: u64) -> Result<(), Status> {
        let end = self.next;
        let newest_begins = if newest == 0 { end } else { end - newest.min(end) };
        while let Some(first) = self.open.front().map(|part| part.first) {
            let older = first < newest_begins;
            let records = first..if older { newest_begins } else { end };
            // If its beginning had no room, all of the newest is lost.
            let written = if first > newest_begins { Err(status::ERR_TOO_LARGE) } else { self.write(records.clone()) };
            match written {
                Ok(()) => {
                    add(&self.figures.records, records.end - first);
                    self.drop_until(records.end);
                }
                // It may begin late, as a view does whose beginning was evicted. It then begins a segment.
                Err(status::ERR_TOO_LARGE) if older => {
                    self.layout.segments.pop_front();
                    let begin = self.layout.segments.front().copied().unwrap_or(newest_begins);
                    self.begin_late(begin.min(newest_begins));
                }
                Err(status::ERR_TOO_LARGE) => {
                    self.lose_until(end);
                    let count = end - newest_begins;
                    self.figures
                        .tell(format!("a publication of {count} records is larger than the mirror's log can show"));
                }
                // Readers hold the memory.
                Err(status @ (status::ERR_SEGMENT_LIMIT | status::ERR_NO_MEMORY)) => return Err(status),
                Err(status) => {
                    self.lose_until(end);
                    self.figures.tell(format!("the mirror's log refuses record {first}, with the status {status}"));
                }
            }
        }
        Ok(())
    }

    /// Writes records that are open, all at one instant.
    fn write(&mut self, records: Range<u64>) -> Result<(), Status> {
        let Some(sink) = &mut self.sink else { return Err(status::ERR_INTERNAL) };
        if sink.next() < records.start {
            sink.skip_to(records.start)?;
        }
        let parts = self.open.iter().take_while(|part| part.first < records.end);
        let parts: Vec<_> = parts
            .filter(|part| part.end() > records.start)
            .map(|part| cut(part, self.record_size, part.first.max(records.start)..part.end().min(records.end)))
            .collect();
        let record_size = self.record_size;
        let append = |sink: &mut Sink, part: &Part| {
            if record_size != 0 {
                return sink.append_packed(&part.records);
            }
            let mut bytes = &part.records[..];
            let slices: Vec<_> = std::iter::from_fn(|| next_record(&mut bytes).map(Slice::new)).collect();
            sink.append_slices(&slices)
        };
        match &parts[..] {
            [part] => append(sink, part)?,
            parts => sink.group(|sink| parts.iter().try_for_each(|part| append(sink, part)))?,
        }
        sink.notify();
        Ok(())
    }

    /// Loses what is open before a record.
    fn lose_until(&mut self, sequence: u64) {
        if let Some(first) = self.open.front().map(|part| part.first) {
            self.lose(sequence.saturating_sub(first));
            self.drop_until(sequence);
        }
    }

    /// Takes what lies before a record out of what is open.
    fn drop_until(&mut self, sequence: u64) {
        while let Some(part) = self.open.front_mut() {
            if part.first >= sequence {
                break;
            }
            let rest = cut(part, self.record_size, sequence.min(part.end())..part.end());
            if rest.count == 0 {
                self.open.pop_front();
            } else {
                *part = rest;
            }
        }
    }
}

/// Some records of a part.
fn cut(part: &Part, record_size: u32, records: Range<u64>) -> Part {
    let offset = |sequence: u64| {
        let index = (sequence - part.first) as usize;
        if record_size != 0 {
            return index * record_size as usize;
        }
        if sequence == part.end() {
            return part.records.len();
        }
        let mut bytes = &part.records[..];
        for _ in 0..index {
            next_record(&mut bytes);
        }
        part.records.len() - bytes.len()
    };
    Part {
        records: part.records.slice(offset(records.start)..offset(records.end)),
        first: records.start,
        count: (records.end - records.start) as u32,
    }
}

#[cfg(all(test, feature = "rust"))]
mod tests {
    use atomic_log::{ByteRecords as AnySize, Options, RecordKind, RecordLog};

    use super::*;
    use crate::wire::PREFIX;

    /// A message of origin `life`, with records that say their sequences: `first..end`.
    struct Message {
        life: u8,
        records: Range<u64>,
        begins: bool,
        ends: bool,
        newest: u32,
        lost: u64,
        finished: bool,
    }

    fn message(records: Range<u64>) -> Message {
        Message { life: 1, records, begins: true, ends: true, newest: 0, lost: 0, finished: false }
    }

    impl Message {
        fn encode(&self) -> Bytes {
            let mut payload = vec![0; PREFIX];
            for sequence in self.records.clone() {
                payload.extend((record(sequence).len() as u32).to_le_bytes());
                payload.extend(record(sequence));
            }
            let prefix = Prefix {
                origin: Origin([self.life; 16]),
                begins: self.begins,
                ends: self.ends,
                finished: self.finished,
                first: self.records.start,
                count: (self.records.end - self.records.start) as u32,
                record_size: 0,
                lost: self.lost,
                time: now(),
                newest: self.newest,
                records: PREFIX,
            };
            payload[..PREFIX].copy_from_slice(&prefix.write());
            payload.into()
        }
    }

    /// What the log of the tests is made with.
    const LOG: Options = Options::new(4096, 512);
    /// It shows this many records: 16 in each of 9 segments.
    const VIEW: u64 = 144;
    /// This record is larger than a segment.
    const LARGE: u64 = 5000;

    fn record(sequence: u64) -> Vec<u8> {
        vec![sequence as u8; if sequence == LARGE { 600 } else { sequence as usize % 5 }]
    }

    struct World {
        replay: Replay,
        figures: Arc<Figures>,
    }

    fn world() -> World {
        let figures = Arc::new(Figures::new());
        let make = || {
            let log = RecordLog::<AnySize>::try_new(&LOG).map_err(|_| status::ERR_NO_MEMORY)?;
            // SAFETY: the count that comes with the pointer is the handle's.
            unsafe { Log::from_raw(log.into_raw().cast()) }.ok_or(status::ERR_INTERNAL)
        };
        let replay = Replay::new(Box::new(make), figures.clone()).expect("there is memory");
        World { replay, figures }
    }

    impl World {
        /// Takes a message; returns which records the log then shows, and how many were lost so far.
        fn take(&mut self, message: &Message) -> (Range<u64>, u64) {
            self.replay.take(&message.encode());
            self.replay.show().expect("there is memory");
            let log = log::<AnySize>(&self.replay);
            let view = log.snapshot();
            for sequence in view.range() {
                assert_eq!(view.get(sequence).expect("it is in view"), record(sequence));
            }
            (view.range(), self.figures.read().lost)
        }
    }

    fn log<K: RecordKind>(replay: &Replay) -> RecordLog<K> {
        let log = replay.current.lock().expect("nobody panicked").clone();
        // SAFETY: the count that comes with the pointer is the handle's.
        unsafe { RecordLog::from_raw(log.into_raw().cast()) }
    }

    #[test]
    fn a_run_is_shown_when_it_ends() {
        let mut world = world();
        assert_eq!(world.take(&Message { ends: false, ..message(0..3) }), (0..0, 0));
        assert_eq!(world.take(&Message { begins: false, ends: false, ..message(3..5) }), (0..0, 0));
        assert_eq!(world.take(&Message { begins: false, newest: 7, ..message(5..9) }), (0..9, 0));
        assert_eq!(log::<AnySize>(&world.replay).snapshot().latest(), 2..9);
        assert_eq!(world.take(&Message { newest: 1, ..message(9..12) }), (0..12, 0));
        assert_eq!(log::<AnySize>(&world.replay).snapshot().latest(), 11..12);
    }

    #[test]
    fn what_came_before_is_counted_as_repeated() {
        let mut world = world();
        world.take(&message(0..10));
        assert_eq!(world.take(&message(0..10)), (0..10, 0));
        assert_eq!(world.take(&message(4..12)), (0..12, 0));
        assert_eq!(world.figures.read().repeated, 16);
        assert_eq!(world.take(&message(12..13)), (0..13, 0));
    }

    #[test]
    fn a_gap_is_lost_and_so_is_the_run_that_it_cut() {
        let mut world = world();
        world.take(&message(0..10));
        world.take(&Message { ends: false, ..message(10..14) });
        // 14..20 never come, nor the beginning of this run.
        assert_eq!(world.take(&Message { begins: false, ..message(20..22) }), (0..10, 12));
        assert_eq!(world.take(&message(22..25)), (22..25, 12));
        assert_eq!(world.take(&Message { lost: 5, ..message(30..31) }), (30..31, 17));
    }

    #[test]
    fn a_reader_that_comes_amid_a_run_begins_with_the_next() {
        let mut world = world();
        assert_eq!(world.take(&Message { begins: false, ..message(100..110) }), (0..0, 10));
        assert_eq!(world.take(&message(110..111)), (110..111, 10));
    }

    #[test]
    fn a_run_whose_end_never_came_is_lost_with_its_origin() {
        let mut world = world();
        world.take(&message(0..10));
        world.take(&Message { ends: false, ..message(10..14) });
        let first = log::<AnySize>(&world.replay);
        assert_eq!(world.take(&Message { life: 2, ..message(0..2) }), (0..2, 4));
        assert!(first.is_finished() && first.range() == (0..10));
        assert_eq!(world.take(&Message { life: 3, lost: 1, ..message(3..5) }), (3..5, 5));
        assert_eq!(world.figures.read().origins, 3);
    }

    #[test]
    fn a_run_that_is_too_large_begins_where_a_view_would() {
        for end in [VIEW - 1, VIEW, VIEW + 1, VIEW + 16, VIEW + 17, 1000] {
            let (mut world, mut shown) = (world(), (0..0, 0));
            for first in (0..end).step_by(30) {
                let records = first..end.min(first + 30);
                let ends = records.end == end;
                shown = world.take(&Message { begins: first == 0, ends, ..message(records) });
            }
            let (mut writer, log) = RecordLog::<AnySize>::try_new_claimed(&LOG).expect("there is memory");
            (0..end).for_each(|sequence| writer.append(&record(sequence)).expect("there is memory"));
            assert_eq!(shown, (log.range(), log.range().start));
            let told = world.figures.read().last_error;
            assert!(if end > VIEW { told.contains("begins at record") } else { told.is_empty() }, "{end}: {told}");
        }
    }

    /// A log whose last segment is not empty has less room than an empty one.
    #[test]
    fn a_run_that_fits_only_an_empty_log_begins_a_segment_late() {
        let mut world = world();
        world.take(&message(0..10));
        assert_eq!(world.take(&message(10..10 + VIEW)), (26..10 + VIEW, 16));
        let end = 11 + VIEW;
        world.take(&message(end - 1..end));
        assert_eq!(world.take(&Message { newest: VIEW as u32, ..message(end..end + VIEW) }).1, 16 + VIEW);
        assert!(world.figures.read().last_error.contains("a publication of 144 records"));
        assert_eq!(world.take(&message(end + VIEW..end + VIEW + 1)), (end + VIEW..end + VIEW + 1, 16 + VIEW));
    }

    #[test]
    fn a_record_that_is_larger_than_a_segment_is_lost_with_what_is_before_it() {
        let mut world = world();
        assert_eq!(world.take(&message(LARGE - 10..LARGE + 10)), (LARGE + 1..LARGE + 10, 11));
        for (newest, shown) in [(3, LARGE + 1..LARGE + 4), (4, 0..0)] {
            let mut world = self::world();
            assert_eq!(world.take(&Message { ends: false, ..message(LARGE - 5..LARGE + 1) }), (0..0, 6));
            let rest = Message { begins: false, newest, ..message(LARGE + 1..LARGE + 4) };
            let lost = 9 - (shown.end - shown.start);
            assert_eq!(world.take(&rest), (shown, lost));
        }
    }

    #[test]
    fn what_a_log_refuses_is_lost() {
        let mut world = world();
        world.take(&message(0..3));
        let last = u64::MAX - 2;
        assert_eq!(world.take(&Message { life: 2, ..message(last..last + 2) }), (0..3, 2));
        assert!(world.figures.read().last_error.contains("refuses record 18446744073709551613"));
        assert_eq!(world.take(&Message { life: 3, ..message(3..4) }), (0..4, 2));
    }

    #[test]
    fn nothing_of_an_origin_comes_after_its_end() {
        let mut world = world();
        world.take(&message(0..3));
        let end = Message { begins: false, ends: false, finished: true, ..message(3..3) };
        assert_eq!(world.take(&end), (0..3, 0));
        assert!(log::<AnySize>(&world.replay).is_finished());
        assert_eq!(world.take(&end), (0..3, 0));
        assert_eq!(world.take(&message(3..5)), (0..3, 0));
        assert_eq!(world.take(&Message { life: 2, ..message(3..5) }), (3..5, 0));
        assert!(!log::<AnySize>(&world.replay).is_finished());
    }
}
