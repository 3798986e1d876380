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
    /// More bytes than these the log cannot show at once.
    bound: usize,
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
    open_bytes: usize,
    due: Option<Due>,
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
        let options = log.options();
        let view = options.retained_capacity.div_ceil(options.segment_capacity) + 1;
        let bytes = view.saturating_mul(options.segment_capacity).saturating_mul(options.record_size.max(1));
        Ok(Replay {
            make,
            sink: Some(Sink::claim(&log)?),
            current: Arc::new(Mutex::new(log)),
            record_size: options.record_size as u32,
            bound: usize::try_from(bytes).unwrap_or(usize::MAX),
            renew: false,
            ended: false,
            figures,
            origin: Origin::default(),
            next: 0,
            open: VecDeque::new(),
            open_bytes: 0,
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
        let records = self.open.drain(..).map(|part| u64::from(part.count)).sum();
        self.lose(records);
        self.open_bytes = 0;
    }

    fn append(&mut self, prefix: &Prefix, payload: &Bytes) {
        let mut part = Part { records: payload.slice(prefix.records..), first: prefix.first, count: prefix.count };
        if part.first < self.next {
            add(&self.figures.repeated, self.next - part.first);
            part = cut(&part, self.record_size, self.next..part.end());
        }
        self.next = part.end();
        let ended = std::mem::replace(&mut self.ended, prefix.ends);
        if !prefix.begins && self.open.is_empty() && !ended {
            self.ended = false;
            return self.lose(part.count.into());
        }
        self.open_bytes += part.records.len();
        self.open.push_back(part);
        // The log can never show these.
        while self.open_bytes > self.bound && self.open.len() > 1 {
            self.drop_first();
        }
    }

    /// Loses the oldest message of the open run.
    fn drop_first(&mut self) {
        if let Some(part) = self.open.pop_front() {
            self.open_bytes -= part.records.len();
            self.lose(part.count.into());
        }
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
        while let Some(first) = self.open.front().map(|part| part.first) {
            let newest_begins = if newest == 0 { end } else { end - newest.min(end) };
            if first < newest_begins {
                // It may begin late, as a view does whose beginning was evicted.
                self.publish(first..newest_begins, true)?;
            } else if first == newest_begins {
                self.publish(first..end, false)?;
            } else {
                // Its beginning had no room, so all of it is lost.
                self.lose(end - first);
                self.drop_until(end);
            }
        }
        Ok(())
    }

    /// Publishes records that are open, the oldest ones. Those that the log has no room for are lost: from the
    /// beginning on, or all.
    fn publish(&mut self, mut records: Range<u64>, may_begin_late: bool) -> Result<(), Status> {
        let whole = records.end - records.start;
        while !records.is_empty() {
            match self.write(records.clone()) {
                Ok(()) => {
                    add(&self.figures.records, records.end - records.start);
                    break;
                }
                Err(status::ERR_TOO_LARGE) => {
                    let left = records.end - records.start;
                    let lost = if may_begin_late { (left / 16).max(1) } else { left };
                    self.lose(lost);
                    self.figures
                        .tell(format!("a run of {whole} records is larger than the mirror's log can show at once"));
                    records.start += lost;
                }
                Err(status) => {
                    self.drop_until(records.start);
                    return Err(status);
                }
            }
        }
        self.drop_until(records.end);
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

    /// Takes what lies before a record out of what is open.
    fn drop_until(&mut self, sequence: u64) {
        while let Some(part) = self.open.front_mut() {
            if part.first >= sequence {
                break;
            }
            let rest = cut(part, self.record_size, sequence.min(part.end())..part.end());
            self.open_bytes -= part.records.len() - rest.records.len();
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
                payload.extend((sequence as u32 % 5).to_le_bytes());
                payload.extend(vec![sequence as u8; sequence as usize % 5]);
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

    struct World {
        replay: Replay,
        figures: Arc<Figures>,
    }

    fn world() -> World {
        let figures = Arc::new(Figures::new());
        let make = || {
            let log = RecordLog::<AnySize>::try_new(&Options::new(4096, 512)).map_err(|_| status::ERR_NO_MEMORY)?;
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
                let expected = vec![sequence as u8; sequence as usize % 5];
                assert_eq!(view.get(sequence).expect("it is in view"), expected);
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
