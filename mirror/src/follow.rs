//! Follows a log, and packs what is new into messages.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use bytes::Bytes;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};

use crate::abi::{Chunk, Log, View};
use crate::send::max_payload;
use crate::stats::{Figures, add, now};
use crate::wire::{Origin, PREFIX, Prefix, next_record};

/// How long it sleeps, at most, before it looks whether a writer published without notifying.
const LOOK: Duration = Duration::from_millis(10);
/// How often it looks where publications end while the messages do not go away.
const SAMPLE: Duration = Duration::from_millis(2);

/// A message to be sent.
pub(crate) struct Packed {
    pub(crate) prefix: Prefix,
    pub(crate) payload: Bytes,
}

impl Packed {
    /// The same records in smaller messages; or `None` if one of them is too large for that.
    pub(crate) fn split(&self, limit: usize) -> Option<Vec<Packed>> {
        let whole = self.prefix;
        let mut rest = &self.payload[whole.records..];
        let mut parts = Vec::new();
        let mut prefix = Prefix { count: 0, ends: false, newest: 0, records: PREFIX, ..whole };
        let mut records = Vec::new();
        let mut close = |prefix: &mut Prefix, records: &mut Vec<u8>| {
            let payload = [&prefix.write(), records.as_slice()].concat().into();
            parts.push(Packed { prefix: *prefix, payload });
            *prefix = Prefix { first: prefix.end(), count: 0, begins: false, lost: 0, ..*prefix };
            records.clear();
        };
        for _ in 0..whole.count {
            let size = match whole.record_size {
                0 => 4 + next_record(&mut { rest })?.len(),
                size => size as usize,
            };
            if PREFIX + size > limit {
                return None;
            }
            if PREFIX + records.len() + size > limit {
                close(&mut prefix, &mut records);
            }
            records.extend_from_slice(&rest[..size]);
            rest = &rest[size..];
            prefix.count += 1;
        }
        (prefix.ends, prefix.newest) = (whole.ends, whole.newest);
        close(&mut prefix, &mut records);
        Some(parts)
    }
}

/// How to begin.
pub(crate) struct Begin {
    /// Knows the largest payload that the server takes.
    pub(crate) client: async_nats::Client,
    /// Of the same origin, the stream has what is before this.
    pub(crate) next: u64,
    /// Whether the stream has the beginning of a run, to which that record belongs.
    pub(crate) amid: bool,
}

pub(crate) struct Follower {
    pub(crate) log: Log,
    pub(crate) view: View,
    pub(crate) origin: Origin,
    /// The payload that is aimed at, if the server takes it.
    pub(crate) message_size: u32,
    /// Where it is to end: what is in the log when the publisher is closed.
    pub(crate) closing: watch::Receiver<Option<u64>>,
    pub(crate) figures: Arc<Figures>,
}

impl Follower {
    /// Waits for the connection, which tells how to begin. Then sends until one of these holds: the log is finished;
    /// the publisher is closed, and all that was in the log then was handed over; no sender takes messages any more.
    /// `unsent` are the records of the view that are to be sent first.
    pub(crate) fn run(
        mut self,
        unsent: Range<u64>,
        connected: &Receiver<(Begin, Handle)>,
        queue: mpsc::Sender<Packed>,
    ) {
        let record_size = self.log.options().record_size as u32;
        let mut ends = Ends { ends: VecDeque::new(), apart: (self.message_size / record_size.max(64)).into() };
        let (begin, runtime) = loop {
            match connected.recv_timeout(LOOK) {
                Ok(connected) => break connected,
                Err(RecvTimeoutError::Timeout) => ends.note(self.log.range()),
                // The publisher was closed before there was a connection.
                Err(RecvTimeoutError::Disconnected) => return,
            }
        };
        let mut packer = Packer::new(self.origin, record_size, begin.amid);
        let mut outbox = Outbox { log: self.log.clone(), ends, queue, runtime };
        if begin.next > 0 {
            self.lose(&mut packer, begin.next..unsent.start);
        }
        let (next, end) = (begin.next, self.log.range().end);
        if next > end {
            self.figures.tell(format!(
                "the stream has records of this origin up to {next}, the log up to {end}: those between are not sent"
            ));
        }
        let mut fresh = unsent.start.max(begin.next)..unsent.end;
        loop {
            // Before the refresh: what is published until then is in the view.
            let finished = self.log.is_finished();
            let closing = *self.closing.borrow();
            if fresh.is_empty() {
                let end = closing.unwrap_or(u64::MAX);
                let delta = self.view.refresh();
                let gone = delta.first_sequence - delta.lost..delta.first_sequence;
                self.lose(&mut packer, gone.start.max(begin.next)..gone.end.min(end));
                let appended = delta.first_sequence..delta.first_sequence + delta.appended;
                fresh = appended.start.max(begin.next)..appended.end.min(end);
            }
            let newest = self.view.latest();
            for run in outbox.ends.cut(fresh.clone(), newest.start) {
                // Of a run that another began, the log may not know where the newest publication begins.
                let known = !packer.amid || newest.start > self.view.range().start;
                let length = if run.end == newest.end && known { newest.end - newest.start } else { 0 };
                packer.message_size = self.message_size as usize;
                packer.max_payload = max_payload(&begin.client);
                if !self.pack(&mut packer, run, length as u32, &mut outbox) {
                    return;
                }
            }
            let end = self.view.range().end;
            if !fresh.is_empty() {
                fresh = 0..0;
            } else if finished && closing.is_none_or(|closed_at| end <= closed_at) {
                outbox.push(packer.end(end));
                return;
            } else if closing.is_some() || outbox.queue.is_closed() {
                return;
            } else {
                self.view.wait(LOOK);
            }
        }
    }

    /// Records that the log no longer has, and the stream does not either.
    fn lose(&self, packer: &mut Packer, records: Range<u64>) {
        if !records.is_empty() {
            let count = records.end - records.start;
            packer.lost += count;
            add(&self.figures.lost, count);
            self.figures
                .tell(format!("{count} records are lost: the log evicted or skipped them before they were sent"));
        }
    }

    /// Sends a run. Returns false if no sender takes messages any more.
    fn pack(&self, packer: &mut Packer, run: Range<u64>, newest: u32, outbox: &mut Outbox) -> bool {
        let mut taken = true;
        packer.begin(run.start);
        self.view.chunks(run, |chunk| {
            let mut from = 0;
            while taken && from < chunk.len() {
                if let Some(full) = packer.add(chunk, &mut from) {
                    taken = outbox.push(full);
                }
            }
        });
        if packer.refused > 0 {
            add(&self.figures.lost, std::mem::take(&mut packer.refused));
            self.figures.tell(format!(
                "a record of {} bytes is larger than the server takes: a message has room for {} (max_payload)",
                packer.refused_size,
                packer.max_payload.saturating_sub(PREFIX)
            ));
        }
        taken && packer.finish(newest).is_none_or(|last| outbox.push(last))
    }
}

/// Hands messages over, and looks meanwhile where publications end.
struct Outbox {
    log: Log,
    ends: Ends,
    queue: mpsc::Sender<Packed>,
    runtime: Handle,
}

impl Outbox {
    /// Waits for room. Returns false if no sender takes messages any more.
    fn push(&mut self, message: Packed) -> bool {
        self.ends.note(self.log.range());
        loop {
            if let Ok(place) = self.queue.try_reserve() {
                place.send(message);
                return true;
            }
            if self.queue.is_closed() {
                return false;
            }
            let room = async { tokio::time::timeout(SAMPLE, self.queue.reserve()).await.is_ok() };
            if !self.runtime.block_on(room) {
                self.ends.note(self.log.range());
            }
        }
    }
}

/// Where publications ended, not more often than is of use: a view that brings much at once is cut there.
struct Ends {
    ends: VecDeque<u64>,
    apart: u64,
}

impl Ends {
    /// Notes the end of what the log retains, and forgets the ends of what it evicted.
    fn note(&mut self, retained: Range<u64>) {
        let Range { start, end } = retained;
        while self.ends.front().is_some_and(|first| *first <= start) {
            self.ends.pop_front();
        }
        if self.ends.back().is_none_or(|last| end - last >= self.apart.max(1)) {
            self.ends.push_back(end);
        }
    }

    /// The runs that these records are, in which the newest publication begins at `newest`.
    fn cut(&mut self, records: Range<u64>, newest: u64) -> Vec<Range<u64>> {
        let mut runs = Vec::new();
        let mut start = records.start;
        while let Some(end) = self.ends.front().copied().filter(|end| *end <= records.end) {
            self.ends.pop_front();
            if start < end && end < records.end {
                runs.push(start..end);
                start = end;
            }
        }
        if newest < records.end && newest.saturating_sub(start) >= self.apart.max(1) {
            runs.push(start..newest);
            start = newest;
        }
        if start < records.end {
            runs.push(start..records.end);
        }
        runs
    }
}

/// Makes messages of records.
struct Packer {
    origin: Origin,
    record_size: u32,
    /// The payload that is aimed at, and the largest that the server takes.
    message_size: usize,
    max_payload: usize,
    /// Whether the next run was begun by an earlier publisher, in the stream.
    amid: bool,
    /// The message that is being made: room for the prefix, and records.
    buffer: Vec<u8>,
    first: u64,
    count: u32,
    begins: bool,
    /// Records of the run so far that are not known to be missing.
    whole: u64,
    /// Records directly before the next message that were lost.
    lost: u64,
    /// Records that no message can hold, and that the figures do not know of; and the size of the last.
    refused: u64,
    refused_size: usize,
}

impl Packer {
    fn new(origin: Origin, record_size: u32, amid: bool) -> Packer {
        Packer {
            origin,
            record_size,
            message_size: 0,
            max_payload: 0,
            amid,
            buffer: Vec::new(),
            first: 0,
            count: 0,
            begins: true,
            whole: 0,
            lost: 0,
            refused: 0,
            refused_size: 0,
        }
    }

    fn begin(&mut self, first: u64) {
        self.first = first;
        self.count = 0;
        let goes_on = std::mem::take(&mut self.amid) && self.lost == 0;
        self.begins = !goes_on;
        // How much of the run an earlier publisher sent is not known.
        self.whole = if goes_on { u32::MAX.into() } else { 0 };
    }

    /// Takes records of a chunk, from one on, until all are taken or a message is full, which it returns.
    fn add(&mut self, chunk: &Chunk<'_>, from: &mut usize) -> Option<Packed> {
        let limit = self.message_size.min(self.max_payload);
        if self.buffer.is_empty() {
            let rest = chunk.bytes() + 4 * chunk.len();
            self.buffer.reserve(limit.min(PREFIX + rest));
            self.buffer.resize(PREFIX, 0);
        }
        if let Some(packed) = chunk.packed() {
            let size = self.record_size as usize;
            let room = (limit.saturating_sub(self.buffer.len()) / size).min(chunk.len() - *from);
            self.buffer.extend_from_slice(&packed[*from * size..(*from + room) * size]);
            self.count += room as u32;
            *from += room;
        }
        while *from < chunk.len() {
            let record = chunk.record(*from);
            let size = record.len() + if self.record_size == 0 { 4 } else { 0 };
            if PREFIX + size > self.max_payload {
                // The run ends here, and another begins behind it: what is whole on both sides does not depend on it.
                let before = (self.count > 0).then(|| self.message(true, 0));
                self.lost += 1;
                self.refused += 1;
                self.refused_size = record.len();
                self.begin(chunk.first() + *from as u64 + 1);
                *from += 1;
                if before.is_some() {
                    return before;
                }
                continue;
            }
            if self.count > 0 && self.buffer.len() + size > limit {
                return Some(self.message(false, 0));
            }
            if self.record_size == 0 {
                self.buffer.extend_from_slice(&(record.len() as u32).to_le_bytes());
            }
            self.buffer.extend_from_slice(record);
            self.count += 1;
            *from += 1;
        }
        None
    }

    /// Ends the run, with its newest publication's length if that is known.
    fn finish(&mut self, newest: u32) -> Option<Packed> {
        (self.count > 0).then(|| self.message(true, newest))
    }

    /// The message behind everything.
    fn end(&mut self, next: u64) -> Packed {
        self.begin(next);
        self.buffer.resize(PREFIX, 0);
        let mut end = self.message(false, 0);
        end.prefix = Prefix { begins: false, finished: true, ..end.prefix };
        end.payload = Bytes::copy_from_slice(&end.prefix.write());
        end
    }

    fn message(&mut self, ends: bool, newest: u32) -> Packed {
        self.whole += u64::from(self.count);
        let prefix = Prefix {
            origin: self.origin,
            begins: self.begins,
            ends,
            finished: false,
            first: self.first,
            count: self.count,
            record_size: self.record_size,
            lost: std::mem::take(&mut self.lost),
            time: now(),
            newest: newest.min(u32::try_from(self.whole).unwrap_or(u32::MAX)),
            records: PREFIX,
        };
        let mut payload = std::mem::take(&mut self.buffer);
        payload[..PREFIX].copy_from_slice(&prefix.write());
        self.first += u64::from(self.count);
        self.count = 0;
        self.begins = false;
        Packed { prefix, payload: payload.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_split_into_smaller_ones() {
        let mut prefix = Prefix {
            origin: Origin([1; 16]),
            begins: true,
            ends: true,
            finished: false,
            first: 7,
            count: 5,
            record_size: 10,
            lost: 3,
            time: 0,
            newest: 4,
            records: PREFIX,
        };
        let parts = |prefix: Prefix, records: &[u8], limit| {
            let whole = Packed { prefix, payload: [&prefix.write(), records].concat().into() };
            whole.split(limit).map(|parts| {
                let read = |part: &Packed| Prefix::read(&part.payload).expect("a message");
                assert!(parts.iter().all(|part| part.payload.len() <= limit && read(part) == part.prefix));
                let all: Vec<u8> = parts.iter().flat_map(|part| part.payload[PREFIX..].to_vec()).collect();
                assert_eq!(all, records);
                let what = |p: Prefix| (p.first, p.count, p.lost, p.newest, p.begins, p.ends);
                parts.iter().map(|part| what(part.prefix)).collect::<Vec<_>>()
            })
        };
        let records: Vec<u8> = (0..50).collect();
        let fixed = [(7, 2, 3, 0, true, false), (9, 2, 0, 0, false, false), (11, 1, 0, 4, false, true)];
        assert_eq!(parts(prefix, &records, PREFIX + 29), Some(fixed.to_vec()));
        assert_eq!(parts(prefix, &records, PREFIX + 9), None);
        (prefix.record_size, prefix.count) = (0, 3);
        let sized = [(7, 2, 3, 0, true, false), (9, 1, 0, 4, false, true)];
        let records = [1, 0, 0, 0, 9, 0, 0, 0, 0, 2, 0, 0, 0, 8, 8];
        assert_eq!(parts(prefix, &records, PREFIX + 9), Some(sized.to_vec()));
        assert_eq!(parts(prefix, &records, PREFIX + 5), None);
    }

    #[test]
    fn runs_end_where_publications_ended() {
        let mut ends = Ends { ends: VecDeque::new(), apart: 10 };
        [5, 9, 20, 29, 30, 70].into_iter().for_each(|end| ends.note(0..end));
        assert_eq!(ends.cut(0..50, 39), [0..5, 5..20, 20..30, 30..50]);
        assert_eq!(ends.cut(60..72, 71), [60..70, 70..72]);
        assert_eq!(ends.cut(70..70, 70), []);
        assert!(ends.ends.is_empty());
        assert_eq!(ends.cut(80..100, 91), [80..91, 91..100]);
    }

    #[test]
    fn ends_of_what_was_evicted_are_forgotten() {
        let mut ends = Ends { ends: VecDeque::new(), apart: 10 };
        // A log of 100 records, whose publisher cannot send for long.
        (0..1_000_000_u64).for_each(|end| ends.note(end.saturating_sub(100)..end));
        assert_eq!(ends.ends.len(), 10);
    }
}
