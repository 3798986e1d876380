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
use crate::stats::{Figures, add, now};
use crate::wire::{Origin, PREFIX, Prefix};

/// How long it sleeps, at most, before it looks whether a writer published without notifying.
const LOOK: Duration = Duration::from_millis(10);
/// How often it looks where publications end while the messages do not go away.
const SAMPLE: Duration = Duration::from_millis(2);

/// A message to be sent.
pub(crate) struct Packed {
    pub(crate) prefix: Prefix,
    pub(crate) payload: Bytes,
}

/// How large messages are, and where the log's records begin that the stream does not have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Begin {
    /// The payload that is aimed at, and the largest that the server takes.
    pub(crate) message_size: usize,
    pub(crate) max_payload: usize,
    /// Of the same origin, the stream has what is before this.
    pub(crate) next: u64,
}

pub(crate) struct Follower {
    pub(crate) log: Log,
    pub(crate) view: View,
    pub(crate) origin: Origin,
    /// The payload that is aimed at, if the server takes it.
    pub(crate) message_size: u32,
    pub(crate) closing: watch::Receiver<bool>,
    pub(crate) figures: Arc<Figures>,
}

impl Follower {
    /// Waits for the connection, which tells how to begin. Then sends until one of these holds: the log is finished;
    /// the publisher is closed, and all that is in the log was handed over; no sender takes messages any more. `unsent`
    /// are the records of the view that are to be sent first.
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
        let mut packer = Packer::new(self.origin, record_size, begin);
        let mut outbox = Outbox { log: self.log.clone(), ends, queue, runtime };
        if begin.next > 0 && begin.next < unsent.start {
            packer.lost = unsent.start - begin.next;
            add(&self.figures.lost, packer.lost);
        }
        let mut fresh = unsent.start.max(begin.next).min(unsent.end)..unsent.end;
        loop {
            // Before the refresh: what is published until then is in the view.
            let finished = self.log.is_finished();
            let closing = *self.closing.borrow();
            if fresh.is_empty() {
                let delta = self.view.refresh();
                packer.lost += delta.lost;
                add(&self.figures.lost, delta.lost);
                fresh = delta.first_sequence..delta.first_sequence + delta.appended;
                // The stream has more than the log, if one continues that was acknowledged and not told so.
                fresh.start = fresh.start.max(begin.next).min(fresh.end);
            }
            let newest = self.view.latest();
            for run in outbox.ends.cut(fresh.clone(), newest.start) {
                let length = if run.end == newest.end { newest.end - newest.start } else { 0 };
                if !self.pack(&mut packer, run, length as u32, &mut outbox) {
                    return;
                }
            }
            if !fresh.is_empty() {
                fresh = 0..0;
            } else if finished {
                outbox.push(packer.end(self.view.range().end));
                return;
            } else if closing {
                return;
            } else {
                self.view.wait(LOOK);
            }
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
        add(&self.figures.lost, std::mem::take(&mut packer.refused));
        if packer.told_too_large {
            self.figures.tell("a record is larger than the server takes (max_payload)");
            packer.told_too_large = false;
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
    begin: Begin,
    /// The message that is being made: room for the prefix, and records.
    buffer: Vec<u8>,
    first: u64,
    count: u32,
    begins: bool,
    /// Records of the run so far that are not known to be missing.
    whole: u64,
    /// Records directly before the next message that were lost.
    lost: u64,
    /// Records that no message can hold, and that the figures do not know of.
    refused: u64,
    told_too_large: bool,
}

impl Packer {
    fn new(origin: Origin, record_size: u32, begin: Begin) -> Packer {
        Packer {
            origin,
            record_size,
            begin,
            buffer: Vec::new(),
            first: 0,
            count: 0,
            begins: true,
            whole: 0,
            lost: 0,
            refused: 0,
            told_too_large: false,
        }
    }

    fn begin(&mut self, first: u64) {
        self.first = first;
        self.count = 0;
        self.begins = true;
        self.whole = 0;
    }

    /// Takes records of a chunk, from one on, until all are taken or a message is full, which it returns.
    fn add(&mut self, chunk: &Chunk<'_>, from: &mut usize) -> Option<Packed> {
        let limit = self.begin.message_size;
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
            if PREFIX + size > self.begin.max_payload {
                // The run ends here, and another begins behind it: what is whole on both sides does not depend on it.
                let before = (self.count > 0).then(|| self.message(true, 0));
                self.lost += 1;
                self.refused += 1;
                self.told_too_large = true;
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
