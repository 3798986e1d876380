//! The calls of snapshots, cursors and pins.

use std::ptr::null_mut;

use atomic_log::ffi::cursor::*;
use atomic_log::ffi::segment::*;
use atomic_log::ffi::snapshot::*;
use atomic_log::ffi::stats::{alog_snapshot_stats, alog_view_stats};
use atomic_log::ffi::status::alog_status::{self, *};
use atomic_log::ffi::types::*;

use super::block::{Block, Place};
use super::promises::Function;
use super::shadow::{Cursor, Pin, Snapshot, members, range};
use super::{Argument, Kind, MOST_COUNTS, MOST_HANDLES, Program, call, promises};

/// The report of a refresh that brought a view to `now`.
fn delta(old: u64, now: std::ops::Range<u64>) -> (u64, u64, u64) {
    let first = old.max(now.start);
    (first, now.end - first, first - old)
}

/// Two outs: both are checked for NULL before one is checked for its alignment.
fn refused(places: &[Place]) -> Option<alog_status> {
    let wrong = |place, status| places.contains(&place).then_some(status);
    wrong(Place::Null, ALOG_ERR_NULL).or(wrong(Place::Misaligned, ALOG_ERR_ARGUMENT))
}

/// The records of a chunk that are in a range, if there are some.
fn cut(chunk: &alog_chunk, records: &std::ops::Range<u64>) -> Option<alog_chunk> {
    let first = records.start.max(chunk.first_sequence);
    let end = records.end.min(chunk.first_sequence + chunk.count as u64);
    let skipped = first.checked_sub(chunk.first_sequence)? as usize;
    (first < end).then(|| alog_chunk {
        data: chunk.data.cast::<u8>().wrapping_add(skipped * chunk.stride).cast(),
        spans: if chunk.spans.is_null() { chunk.spans } else { chunk.spans.wrapping_add(skipped) },
        first_sequence: first,
        count: (end - first) as usize,
        ..*chunk
    })
}

impl Program<'_> {
    fn snapshot(&self, argument: &Argument) -> Option<&Snapshot> {
        argument.index.map(|index| &self.snapshots[index])
    }

    fn cursor(&self, argument: &Argument) -> Option<&Cursor> {
        argument.index.map(|index| &self.cursors[index])
    }

    /// The same for every call that makes a handle: it is refused, or there is memory.
    fn made(
        &mut self,
        function: &Function,
        status: alog_status,
        refused: Option<alog_status>,
        (log, before): (Option<usize>, u64),
    ) {
        let expected = match (refused, log) {
            (None, Some(log)) => self.room(log, before, &[]),
            (refused, _) => Vec::from_iter(refused),
        };
        self.told(function, status, &expected);
    }

    pub(super) fn snapshot_create(&mut self) {
        let (log, out) = (self.handle(Kind::Log), Block::<*mut alog_snapshot>::new(self.place()));
        if self.snapshots.len() == MOST_HANDLES {
            return;
        }
        let before = (log.index, self.failures(log.index));
        self.say(|| format!("alog_snapshot_create({:?}, {:?})", log.index, out.place));
        let status = call!(alog_snapshot_create(log.pointer.cast(), out.pointer()));
        self.made(&promises::SNAPSHOT_CREATE, status, log.refused.or(out.refused()), before);
        let (ALOG_OK, Some(index)) = (status, log.index) else { return out.check_untouched() };
        let view = self.capture(out.value(), index);
        self.snapshots.push(Snapshot { handle: out.value(), log: index, view });
    }

    pub(super) fn snapshot_clone(&mut self) {
        let (snapshot, out) = (self.handle(Kind::Snapshot), Block::<*mut alog_snapshot>::new(self.place()));
        if self.snapshots.len() == MOST_HANDLES {
            return;
        }
        let log = self.snapshot(&snapshot).map(|snapshot| snapshot.log);
        let before = (log, self.failures(log));
        self.say(|| format!("alog_snapshot_clone({:?}, {:?})", snapshot.index, out.place));
        let status = call!(alog_snapshot_clone(snapshot.pointer.cast(), out.pointer()));
        self.made(&promises::SNAPSHOT_CLONE, status, snapshot.refused.or(out.refused()), before);
        let (ALOG_OK, Some(index)) = (status, snapshot.index) else { return out.check_untouched() };
        let Snapshot { log, ref view, .. } = self.snapshots[index];
        self.snapshots.push(Snapshot { handle: out.value(), log, view: view.clone() });
    }

    pub(super) fn snapshot_refresh(&mut self) {
        let (snapshot, out) = (self.handle(Kind::Snapshot), Block::<alog_delta>::new(self.place()));
        // NULL is allowed.
        let refused = snapshot.refused.or(out.refused().filter(|_| out.place != Place::Null));
        self.say(|| format!("alog_snapshot_refresh({:?}, {:?})", snapshot.index, out.place));
        let status = call!(alog_snapshot_refresh(snapshot.pointer.cast(), out.pointer()));
        let change =
            self.snapshot(&snapshot).map(|snapshot| (snapshot.view.range.end, self.logs[snapshot.log].range()));
        let changed = change.as_ref().is_some_and(|(old, now)| *old != now.end);
        let expected = refused.unwrap_or(if changed { ALOG_OK } else { ALOG_UNCHANGED });
        self.told(&promises::SNAPSHOT_REFRESH, status, &[expected]);
        let (None, Some((old, now)), Some(index)) = (refused, change, snapshot.index) else {
            return out.check_untouched();
        };
        if out.place == Place::Good {
            let alog_delta { first_sequence, appended, lost } = out.value();
            assert_eq!((first_sequence, appended, lost), delta(old, now), "what a refresh reports");
        }
        self.snapshots[index].view = self.capture(snapshot.pointer.cast(), self.snapshots[index].log);
    }

    /// Now and then of any length, if the call must return at once.
    fn timeout(&mut self, ready: bool) -> u64 {
        let timeout = self.input.number();
        if ready { timeout } else { timeout % 1000 }
    }

    /// How a wait of a reader of this log ends. `ready`: there is something that the reader has not seen.
    fn waited(&self, log: usize, ready: bool) -> alog_status {
        if ready {
            ALOG_OK
        } else if self.logs[log].finished {
            ALOG_FINISHED
        } else {
            ALOG_TIMEOUT
        }
    }

    /// The same for a wait since this many interrupts, in most cases as many as there were.
    fn waited_since(&mut self, log: Option<usize>, waited: alog_status) -> (u64, alog_status) {
        let now = log.map_or(0, |log| self.logs[log].interrupts);
        let since = match self.input.byte() {
            0xF0.. => self.input.number(),
            0xC0.. => now.wrapping_sub(1),
            _ => now,
        };
        (since, if since == now { waited } else { ALOG_INTERRUPTED })
    }

    /// The result of a snapshot's wait: whose log it is, and how the wait ends.
    fn snapshot_waits(&self, snapshot: &Argument) -> (Option<usize>, alog_status) {
        let Some(seen) = self.snapshot(snapshot) else { return (None, ALOG_OK) };
        (Some(seen.log), self.waited(seen.log, seen.view.range.end < self.logs[seen.log].range().end))
    }

    pub(super) fn snapshot_wait(&mut self) {
        let snapshot = self.handle(Kind::Snapshot);
        let (_, waited) = self.snapshot_waits(&snapshot);
        let timeout = self.timeout(waited != ALOG_TIMEOUT);
        self.say(|| format!("alog_snapshot_wait({:?}, {timeout})", snapshot.index));
        let status = call!(alog_snapshot_wait(snapshot.pointer.cast(), timeout));
        self.told(&promises::SNAPSHOT_WAIT, status, &[snapshot.refused.unwrap_or(waited)]);
    }

    pub(super) fn snapshot_wait_since(&mut self) {
        let snapshot = self.handle(Kind::Snapshot);
        let (log, waited) = self.snapshot_waits(&snapshot);
        let (since, waited) = self.waited_since(log, waited);
        let timeout = self.timeout(waited != ALOG_TIMEOUT);
        self.say(|| format!("alog_snapshot_wait_since({:?}, {timeout}, {since})", snapshot.index));
        let status = call!(alog_snapshot_wait_since(snapshot.pointer.cast(), timeout, since));
        self.told(&promises::SNAPSHOT_WAIT_SINCE, status, &[snapshot.refused.unwrap_or(waited)]);
    }

    pub(super) fn snapshot_range(&mut self) {
        let (snapshot, out) = (self.handle(Kind::Snapshot), Block::<alog_range>::new(self.place()));
        self.say(|| format!("alog_snapshot_range({:?}, {:?})", snapshot.index, out.place));
        let status = call!(alog_snapshot_range(snapshot.pointer.cast(), out.pointer()));
        let expected = snapshot.refused.or(out.refused()).unwrap_or(ALOG_OK);
        self.told(&promises::SNAPSHOT_RANGE, status, &[expected]);
        let (ALOG_OK, Some(snapshot)) = (status, self.snapshot(&snapshot)) else { return out.check_untouched() };
        assert_eq!(range(out.value()), snapshot.view.range);
    }

    pub(super) fn snapshot_latest(&mut self) {
        let (snapshot, out) = (self.handle(Kind::Snapshot), Block::<alog_range>::new(self.place()));
        self.say(|| format!("alog_snapshot_latest({:?}, {:?})", snapshot.index, out.place));
        let status = call!(alog_snapshot_latest(snapshot.pointer.cast(), out.pointer()));
        let expected = snapshot.refused.or(out.refused()).unwrap_or(ALOG_OK);
        self.told(&promises::SNAPSHOT_LATEST, status, &[expected]);
        let (ALOG_OK, Some(snapshot)) = (status, self.snapshot(&snapshot)) else { return out.check_untouched() };
        assert_eq!(range(out.value()), snapshot.view.latest);
    }

    /// The functions that return a number.
    pub(super) fn snapshot_numbers(&mut self) {
        let snapshot = self.handle(Kind::Snapshot);
        self.say(|| format!("alog_snapshot_len, alog_snapshot_chunk_count({:?})", snapshot.index));
        let view = self.snapshot(&snapshot).map(|snapshot| &snapshot.view);
        let (len, count) = view.map_or((0, 0), |view| (view.range.end - view.range.start, view.chunks.len()));
        assert_eq!(call!(alog_snapshot_len(snapshot.pointer.cast())), len, "len");
        assert_eq!(call!(alog_snapshot_chunk_count(snapshot.pointer.cast())), count, "chunk_count");
    }

    /// A sequence in a range, or a little or far outside it.
    fn sequence(&mut self, of: std::ops::Range<u64>) -> u64 {
        match self.input.byte() {
            0xF0.. => self.input.number(),
            byte => (of.start + u64::from(byte) % (of.end - of.start + 3)).wrapping_sub(1),
        }
    }

    pub(super) fn snapshot_record(&mut self) {
        let (snapshot, out) = (self.handle(Kind::Snapshot), Block::<alog_slice>::new(self.place()));
        let view = self.snapshot(&snapshot).map_or(0..0, |snapshot| snapshot.view.range.clone());
        let sequence = self.sequence(view.clone());
        self.say(|| format!("alog_snapshot_record({:?}, {sequence}, {:?})", snapshot.index, out.place));
        let status = call!(alog_snapshot_record(snapshot.pointer.cast(), sequence, out.pointer()));
        let found = if view.contains(&sequence) { ALOG_OK } else { ALOG_ERR_OUT_OF_RANGE };
        let expected = snapshot.refused.or(out.refused()).unwrap_or(found);
        self.told(&promises::SNAPSHOT_RECORD, status, &[expected]);
        let (ALOG_OK, Some(snapshot)) = (status, self.snapshot(&snapshot)) else { return out.check_untouched() };
        let (record, expected) = (out.value(), &self.logs[snapshot.log].records[sequence as usize]);
        assert_eq!(record.size, expected.len(), "the size of record {sequence}");
        if record.size > 0 {
            // SAFETY: the snapshot covers it.
            let there = unsafe { std::slice::from_raw_parts(record.data.cast::<u8>(), record.size) };
            assert!(there == expected, "record {sequence} is not what was appended");
        }
    }

    /// An index of a chunk, or a little or far too large.
    fn chunk_index(&mut self, count: usize) -> usize {
        match self.input.byte() {
            0xF0.. => self.input.number() as usize,
            byte => usize::from(byte) % (count + 2),
        }
    }

    fn chunk_count(&self, snapshot: &Argument) -> usize {
        self.snapshot(snapshot).map_or(0, |snapshot| snapshot.view.chunks.len())
    }

    pub(super) fn snapshot_chunk(&mut self) {
        let (snapshot, out) = (self.handle(Kind::Snapshot), Block::<alog_chunk>::new(self.place()));
        let count = self.chunk_count(&snapshot);
        let index = self.chunk_index(count);
        self.say(|| format!("alog_snapshot_chunk({:?}, {index}, {:?})", snapshot.index, out.place));
        let status = call!(alog_snapshot_chunk(snapshot.pointer.cast(), index, out.pointer()));
        let found = if index < count { ALOG_OK } else { ALOG_ERR_OUT_OF_RANGE };
        let expected = snapshot.refused.or(out.refused()).unwrap_or(found);
        self.told(&promises::SNAPSHOT_CHUNK, status, &[expected]);
        let (ALOG_OK, Some(snapshot)) = (status, self.snapshot(&snapshot)) else { return out.check_untouched() };
        assert_eq!(members(&out.value()), members(&snapshot.view.chunks[index]), "chunk {index}");
    }

    pub(super) fn snapshot_chunks(&mut self) {
        let snapshot = self.handle(Kind::Snapshot);
        let count = self.chunk_count(&snapshot);
        let (first, max) = (self.chunk_index(count), self.input.below(count + 4));
        let out = Block::<alog_chunk>::with_size(self.place(), max * size_of::<alog_chunk>());
        let written = Block::<usize>::new(self.place());
        self.say(|| {
            let places = (out.place, written.place);
            format!("alog_snapshot_chunks({:?}, {first}, {max}, {places:?})", snapshot.index)
        });
        let status = call!(alog_snapshot_chunks(snapshot.pointer.cast(), first, max, out.pointer(), written.pointer()));
        let places = [out.place, written.place];
        let expected: &[alog_status] = if let Some(refused) = &snapshot.refused {
            std::slice::from_ref(refused)
        } else if places.contains(&Place::Null) {
            // Of two outs the first is checked first.
            if places.contains(&Place::Misaligned) { &[ALOG_ERR_NULL, ALOG_ERR_ARGUMENT] } else { &[ALOG_ERR_NULL] }
        } else if places.contains(&Place::Misaligned) {
            &[ALOG_ERR_ARGUMENT]
        } else if max > 0 && first > count {
            &[ALOG_ERR_OUT_OF_RANGE]
        } else {
            &[ALOG_OK]
        };
        self.told(&promises::SNAPSHOT_CHUNKS, status, expected);
        let (ALOG_OK, Some(snapshot)) = (status, self.snapshot(&snapshot)) else {
            out.check_untouched();
            return written.check_untouched();
        };
        let view = &snapshot.view;
        let there: Vec<_> = view.chunks.iter().skip(first).take(max).map(members).collect();
        assert_eq!(written.value(), there.len(), "how many chunks were written");
        assert_eq!(out.values(there.len()).iter().map(members).collect::<Vec<_>>(), there, "many chunks in one call");
        out.check_untouched_from(there.len() * size_of::<alog_chunk>());
    }

    pub(super) fn snapshot_find(&mut self) {
        let snapshot = self.handle(Kind::Snapshot);
        let (chunk, record) = (Block::<usize>::new(self.place()), Block::<usize>::new(self.place()));
        let view = self.snapshot(&snapshot).map_or(0..0, |snapshot| snapshot.view.range.clone());
        let sequence = self.sequence(view.clone());
        self.say(|| format!("alog_snapshot_find({:?}, {sequence}, {:?})", snapshot.index, (chunk.place, record.place)));
        let status = call!(alog_snapshot_find(snapshot.pointer.cast(), sequence, chunk.pointer(), record.pointer()));
        let found = if view.contains(&sequence) { ALOG_OK } else { ALOG_ERR_OUT_OF_RANGE };
        let expected = snapshot.refused.or(refused(&[chunk.place, record.place])).unwrap_or(found);
        self.told(&promises::SNAPSHOT_FIND, status, &[expected]);
        let (ALOG_OK, Some(snapshot)) = (status, self.snapshot(&snapshot)) else {
            chunk.check_untouched();
            return record.check_untouched();
        };
        let (index, place) = (chunk.value(), record.value());
        let chunk = &snapshot.view.chunks[index];
        assert!(place < chunk.count, "record {sequence} is the one at {place} of {}", chunk.count);
        assert_eq!(chunk.first_sequence + place as u64, sequence, "where record {sequence} is");
    }

    /// A range in the view, or with an end a little or far outside; now and then one that is empty, or that ends before
    /// it begins.
    fn sequences(&mut self, view: std::ops::Range<u64>) -> std::ops::Range<u64> {
        let begin = self.sequence(view.clone());
        let end = match self.input.byte() {
            0xF0.. => begin,
            0xE0.. => begin.wrapping_sub(1),
            byte @ 0xC0.. => begin.wrapping_add(u64::from(byte & 0xF)),
            byte => view.start + u64::from(byte) % (view.end - view.start + 2),
        };
        begin..end
    }

    pub(super) fn snapshot_chunks_in(&mut self) {
        let snapshot = self.handle(Kind::Snapshot);
        let (count, view) = (self.chunk_count(&snapshot), self.snapshot(&snapshot));
        let (all, latest) = view.map_or((0..0, 0..0), |s| (s.view.range.clone(), s.view.latest.clone()));
        let records = if self.input.one_in(4) { latest } else { self.sequences(all.clone()) };
        let max = self.input.below(count + 4);
        let out = Block::<alog_chunk>::with_size(self.place(), max * size_of::<alog_chunk>());
        let written = Block::<usize>::new(self.place());
        self.say(|| {
            let places = (out.place, written.place);
            format!("alog_snapshot_chunks_in({:?}, {records:?}, {max}, {places:?})", snapshot.index)
        });
        let passed = alog_range { begin: records.start, end: records.end };
        let handle = snapshot.pointer.cast();
        let status = call!(alog_snapshot_chunks_in(handle, passed, max, out.pointer(), written.pointer()));
        let inside = all.start <= records.start && records.start < records.end && records.end <= all.end;
        let found = if max == 0 || records.start == records.end || inside { ALOG_OK } else { ALOG_ERR_OUT_OF_RANGE };
        let expected = snapshot.refused.or(refused(&[out.place, written.place])).unwrap_or(found);
        self.told(&promises::SNAPSHOT_CHUNKS_IN, status, &[expected]);
        let (ALOG_OK, Some(snapshot)) = (status, self.snapshot(&snapshot)) else {
            out.check_untouched();
            return written.check_untouched();
        };
        let mut there: Vec<alog_chunk> = snapshot.view.chunks.iter().filter_map(|chunk| cut(chunk, &records)).collect();
        there.truncate(max);
        assert_eq!(written.value(), there.len(), "how many chunks of {records:?} were written");
        let chunks = out.values(there.len());
        assert!(chunks.iter().map(members).eq(there.iter().map(members)), "the chunks of {records:?}");
        out.check_untouched_from(there.len() * size_of::<alog_chunk>());
        for chunk in &chunks {
            // SAFETY: the snapshot covers it.
            unsafe { self.logs[snapshot.log].check_chunk(chunk) };
        }
    }

    pub(super) fn snapshot_pin(&mut self) {
        let (snapshot, out) = (self.handle(Kind::Snapshot), Block::<*mut alog_segment>::new(self.place()));
        let count = self.chunk_count(&snapshot);
        let index = self.chunk_index(count);
        if self.pins.len() == MOST_HANDLES {
            return;
        }
        let log = self.snapshot(&snapshot).map(|snapshot| snapshot.log);
        let before = (log, self.failures(log));
        let missing = (index >= count).then_some(ALOG_ERR_OUT_OF_RANGE);
        self.say(|| format!("alog_snapshot_pin({:?}, {index}, {:?})", snapshot.index, out.place));
        let status = call!(alog_snapshot_pin(snapshot.pointer.cast(), index, out.pointer()));
        let refused = snapshot.refused.or(out.refused()).or(missing);
        self.made(&promises::SNAPSHOT_PIN, status, refused, before);
        let (ALOG_OK, Some(snapshot)) = (status, self.snapshot(&snapshot)) else { return out.check_untouched() };
        let (log, chunk) = (snapshot.log, snapshot.view.chunks[index]);
        self.pins.push(Pin { handle: out.value(), log, counts: 1, chunk });
    }

    pub(super) fn snapshot_log(&mut self) {
        let snapshot = self.handle(Kind::Snapshot);
        let log = self.snapshot(&snapshot).map(|snapshot| snapshot.log);
        if log.is_some_and(|log| self.logs[log].counts == MOST_COUNTS) {
            return;
        }
        self.say(|| format!("alog_snapshot_log({:?})", snapshot.index));
        let handle = call!(alog_snapshot_log(snapshot.pointer.cast()));
        assert!(handle == log.map_or(null_mut(), |log| self.logs[log].handle), "the pointer that created the log");
        if let Some(log) = log {
            self.logs[log].counts += 1;
        }
    }

    pub(super) fn snapshot_stats(&mut self) {
        let (snapshot, place) = (self.handle(Kind::Snapshot), self.place());
        let least = size_of::<alog_view_stats>() as u32;
        let struct_size = self.input.choose(&[least, least, least - 1, 0, least + 9, 4096, 4097]);
        let out = Block::<alog_view_stats>::with_struct_size(place, struct_size);
        let expected = if (least..=4096).contains(&struct_size) { ALOG_OK } else { ALOG_ERR_ARGUMENT };
        let expected = snapshot.refused.or(out.refused()).unwrap_or(expected);
        self.say(|| format!("alog_snapshot_stats({:?}, {place:?} of {struct_size})", snapshot.index));
        let status = call!(alog_snapshot_stats(snapshot.pointer.cast(), out.pointer()));
        self.told(&promises::SNAPSHOT_STATS, status, &[expected]);
        let (ALOG_OK, Some(snapshot)) = (status, self.snapshot(&snapshot)) else { return out.check_untouched() };
        let (stats, log) = (out.value(), &self.logs[snapshot.log]);
        assert_eq!((stats.struct_size, stats.reserved), (struct_size, 0));
        assert!(snapshot.view.chunks.len() as u64 <= stats.segments && stats.segments <= log.window(), "segments");
        // A skip releases all that was retained.
        let lets_go = if log.skipped > 0 { u64::MAX } else { stats.age };
        assert!(stats.segments_held <= stats.segments.min(lets_go), "segments_held");
        assert_eq!(stats.segments_held > 0, log.begin > snapshot.view.range.start, "whether it holds what is evicted");
        assert_eq!(stats.segments_held > 0, stats.bytes_held > 0, "bytes_held");
        assert!(out.bytes()[least as usize..].iter().all(|byte| *byte == 0), "what it does not know is zero");
    }

    pub(super) fn cursor_create(&mut self) {
        let (snapshot, out) = (self.handle(Kind::Snapshot), Block::<*mut alog_cursor>::new(self.place()));
        if self.cursors.len() == MOST_HANDLES {
            return;
        }
        let log = self.snapshot(&snapshot).map(|snapshot| snapshot.log);
        let before = (log, self.failures(log));
        self.say(|| format!("alog_cursor_create({:?}, {:?})", snapshot.index, out.place));
        let status = call!(alog_cursor_create(snapshot.pointer.cast(), out.pointer()));
        self.made(&promises::CURSOR_CREATE, status, snapshot.refused.or(out.refused()), before);
        let (ALOG_OK, Some(snapshot)) = (status, self.snapshot(&snapshot)) else { return out.check_untouched() };
        let (log, captured) = (snapshot.log, snapshot.view.range.clone());
        self.cursors.push(Cursor { handle: out.value(), log, position: captured.start, captured, current: None });
    }

    pub(super) fn cursor_open(&mut self) {
        let (log, out) = (self.handle(Kind::Log), Block::<*mut alog_cursor>::new(self.place()));
        let start = match self.input.byte() {
            0xF0.. => self.input.number() as u32,
            byte => u32::from(byte) % 2,
        };
        if self.cursors.len() == MOST_HANDLES {
            return;
        }
        let before = (log.index, self.failures(log.index));
        self.say(|| format!("alog_cursor_open({:?}, {start}, {:?})", log.index, out.place));
        let status = call!(alog_cursor_open(log.pointer.cast(), start, out.pointer()));
        let refused = log.refused.or(out.refused()).or((start > 1).then_some(ALOG_ERR_ARGUMENT));
        self.made(&promises::CURSOR_OPEN, status, refused, before);
        let (ALOG_OK, Some(index)) = (status, log.index) else { return out.check_untouched() };
        let captured = self.logs[index].range();
        let position = if start == ALOG_START_OLDEST { captured.start } else { captured.end };
        self.cursors.push(Cursor { handle: out.value(), log: index, captured, position, current: None });
    }

    pub(super) fn cursor_next(&mut self) {
        let (cursor, out) = (self.handle(Kind::Cursor), Block::<alog_chunk>::new(self.place()));
        self.say(|| format!("alog_cursor_next({:?}, {:?})", cursor.index, out.place));
        let status = call!(alog_cursor_next(cursor.pointer.cast(), out.pointer()));
        let end = self.cursor(&cursor).is_some_and(|cursor| cursor.position == cursor.captured.end);
        let expected = cursor.refused.or(out.refused()).unwrap_or(if end { ALOG_END } else { ALOG_OK });
        self.told(&promises::CURSOR_NEXT, status, &[expected]);
        let (ALOG_OK, Some(index)) = (status, cursor.index) else { return out.check_untouched() };
        let (chunk, cursor) = (out.value(), &mut self.cursors[index]);
        let log = &self.logs[cursor.log];
        assert_eq!(chunk.first_sequence, cursor.position, "the next chunk goes on where the last ended");
        let end = chunk.first_sequence + chunk.count as u64;
        if let Some(next) = log.segments.get(&(chunk.segment_sequence + 1)) {
            assert_eq!(end, cursor.captured.end.min(*next), "the next chunk is what is unread of a segment");
        }
        assert!(end <= cursor.captured.end, "the next chunk lies in the captured view");
        let first = log.segments.get(&chunk.segment_sequence);
        assert!(
            first.is_none_or(|first| *first <= chunk.first_sequence),
            "the next chunk is of the segment that it says"
        );
        (cursor.position, cursor.current) = (end, Some(chunk));
    }

    pub(super) fn cursor_seek(&mut self) {
        let cursor = self.handle(Kind::Cursor);
        let captured = self.cursor(&cursor).map_or(0..0, |cursor| cursor.captured.clone());
        let sequence = self.sequence(captured.clone());
        self.say(|| format!("alog_cursor_seek({:?}, {sequence})", cursor.index));
        let status = call!(alog_cursor_seek(cursor.pointer.cast(), sequence));
        let inside = captured.start <= sequence && sequence <= captured.end;
        let expected = cursor.refused.unwrap_or(if inside { ALOG_OK } else { ALOG_ERR_OUT_OF_RANGE });
        self.told(&promises::CURSOR_SEEK, status, &[expected]);
        if let (ALOG_OK, Some(index)) = (status, cursor.index) {
            self.cursors[index].position = sequence;
        }
    }

    pub(super) fn cursor_refresh(&mut self) {
        let (cursor, out) = (self.handle(Kind::Cursor), Block::<alog_delta>::new(self.place()));
        let refused = cursor.refused.or(out.refused().filter(|_| out.place != Place::Null));
        self.say(|| format!("alog_cursor_refresh({:?}, {:?})", cursor.index, out.place));
        let status = call!(alog_cursor_refresh(cursor.pointer.cast(), out.pointer()));
        let now = self.cursor(&cursor).map(|cursor| self.logs[cursor.log].range());
        let changed =
            self.cursor(&cursor).zip(now.as_ref()).is_some_and(|(cursor, now)| cursor.captured.end != now.end);
        let expected = refused.unwrap_or(if changed { ALOG_OK } else { ALOG_UNCHANGED });
        self.told(&promises::CURSOR_REFRESH, status, &[expected]);
        let (None, Some(now), Some(index)) = (refused, now, cursor.index) else { return out.check_untouched() };
        let cursor = &mut self.cursors[index];
        let expected = delta(cursor.position, now.clone());
        if out.place == Place::Good {
            let alog_delta { first_sequence, appended, lost } = out.value();
            assert_eq!((first_sequence, appended, lost), expected, "what a cursor's refresh reports");
        }
        (cursor.position, cursor.captured) = (expected.0, now);
        if changed {
            cursor.current = None;
        }
    }

    fn cursor_waits(&self, cursor: &Argument) -> (Option<usize>, alog_status) {
        let Some(seen) = self.cursor(cursor) else { return (None, ALOG_OK) };
        (Some(seen.log), self.waited(seen.log, seen.position < self.logs[seen.log].range().end))
    }

    pub(super) fn cursor_wait(&mut self) {
        let cursor = self.handle(Kind::Cursor);
        let (_, waited) = self.cursor_waits(&cursor);
        let timeout = self.timeout(waited != ALOG_TIMEOUT);
        self.say(|| format!("alog_cursor_wait({:?}, {timeout})", cursor.index));
        let status = call!(alog_cursor_wait(cursor.pointer.cast(), timeout));
        self.told(&promises::CURSOR_WAIT, status, &[cursor.refused.unwrap_or(waited)]);
    }

    pub(super) fn cursor_wait_since(&mut self) {
        let cursor = self.handle(Kind::Cursor);
        let (log, waited) = self.cursor_waits(&cursor);
        let (since, waited) = self.waited_since(log, waited);
        let timeout = self.timeout(waited != ALOG_TIMEOUT);
        self.say(|| format!("alog_cursor_wait_since({:?}, {timeout}, {since})", cursor.index));
        let status = call!(alog_cursor_wait_since(cursor.pointer.cast(), timeout, since));
        self.told(&promises::CURSOR_WAIT_SINCE, status, &[cursor.refused.unwrap_or(waited)]);
    }

    pub(super) fn cursor_position(&mut self) {
        let cursor = self.handle(Kind::Cursor);
        self.say(|| format!("alog_cursor_position({:?})", cursor.index));
        let expected = self.cursor(&cursor).map_or(0, |cursor| cursor.position);
        assert_eq!(call!(alog_cursor_position(cursor.pointer.cast())), expected, "where a cursor is");
    }

    pub(super) fn cursor_pin(&mut self) {
        let (cursor, out) = (self.handle(Kind::Cursor), Block::<*mut alog_segment>::new(self.place()));
        if self.pins.len() == MOST_HANDLES {
            return;
        }
        let log = self.cursor(&cursor).map(|cursor| cursor.log);
        let before = (log, self.failures(log));
        let current = self.cursor(&cursor).and_then(|cursor| cursor.current);
        let state = current.is_none().then_some(ALOG_ERR_STATE);
        self.say(|| format!("alog_cursor_pin({:?}, {:?})", cursor.index, out.place));
        let status = call!(alog_cursor_pin(cursor.pointer.cast(), out.pointer()));
        let refused = cursor.refused.or(out.refused()).or(state);
        self.made(&promises::CURSOR_PIN, status, refused, before);
        let (ALOG_OK, Some(log), Some(chunk)) = (status, log, current) else { return out.check_untouched() };
        self.pins.push(Pin { handle: out.value(), log, counts: 1, chunk });
    }

    pub(super) fn retain_segment(&mut self) {
        let pin = self.handle(Kind::Segment);
        if pin.index.is_some_and(|index| self.pins[index].counts == MOST_COUNTS) {
            return;
        }
        self.say(|| format!("alog_segment_retain({:?})", pin.index));
        assert!(call!(alog_segment_retain(pin.pointer.cast())) == pin.pointer.cast(), "it returns what it is given");
        if let Some(index) = pin.index {
            self.pins[index].counts += 1;
        }
    }

    pub(super) fn segment_sequence(&mut self) {
        let pin = self.handle(Kind::Segment);
        self.say(|| format!("alog_segment_sequence({:?})", pin.index));
        let expected = pin.index.map_or(0, |index| self.pins[index].chunk.segment_sequence);
        assert_eq!(call!(alog_segment_sequence(pin.pointer.cast())), expected, "which segment is pinned");
    }
}
