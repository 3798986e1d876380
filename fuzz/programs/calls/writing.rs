//! The writer's calls.

use std::ptr::{null, null_mut};

use atomic_log::ffi::status::alog_status::{self, *};
use atomic_log::ffi::types::{alog_reservation, alog_slice};
use atomic_log::ffi::writer::*;

use super::block::{Block, Place};
use super::shadow::{Log, Record, Reservation};
use super::{Argument, Kind, MOST_COUNTS, Program, call, promises};

/// The most records of a reservation that are written: wild options make large segments.
const MOST_WRITTEN: usize = 32;
const MOST_WRITTEN_BYTES: usize = 4096;

impl Program<'_> {
    pub(super) fn claim(&mut self) {
        let (log, out) = (self.handle(Kind::Log), Block::<*mut alog_writer>::new(self.place()));
        let claimed = log.index.and_then(|index| match &self.logs[index] {
            log if log.finished => Some(ALOG_ERR_FINISHED),
            log if !log.writer.is_null() => Some(ALOG_ERR_CLAIMED),
            _ => None,
        });
        let before = self.failures(log.index);
        self.say(|| format!("alog_writer_claim({:?}, {:?})", log.index, out.place));
        let status = call!(alog_writer_claim(log.pointer.cast(), out.pointer()));
        let expected = match (log.refused.or(out.refused()).or(claimed), log.index) {
            (None, Some(index)) => self.room(index, before, &[]),
            (refused, _) => Vec::from_iter(refused),
        };
        self.told(&promises::WRITER_CLAIM, status, &expected);
        let (ALOG_OK, Some(index)) = (status, log.index) else { return out.check_untouched() };
        self.logs[index].writer = out.value();
    }

    /// Ends the log, and the writer with it.
    pub(super) fn finish(&mut self) {
        let writer = self.handle(Kind::Writer);
        self.say(|| format!("alog_writer_finish(of log {:?})", writer.index));
        let status = call!(alog_writer_finish(writer.pointer.cast()));
        self.told(&promises::WRITER_FINISH, status, &[writer.refused.unwrap_or(ALOG_OK)]);
        if let (ALOG_OK, Some(index)) = (status, writer.index) {
            let log = &mut self.logs[index];
            (log.writer, log.group, log.reservation, log.finished) = (null_mut(), None, None, true);
            self.check_memory(index);
        }
    }

    /// What decides a writer's results: its log's options, and whether a group is open.
    fn of(&self, writer: &Argument) -> Option<&Log> {
        writer.index.map(|index| &self.logs[index])
    }

    /// An appending call returned. Records are appended all or not at all. A reservation is gone unless the call was
    /// refused for its arguments alone.
    fn appended(&mut self, writer: &Argument, status: alog_status, records: Vec<Record>) {
        let Some(index) = writer.index else { return };
        let log = &mut self.logs[index];
        match status {
            ALOG_OK if records.is_empty() => {}
            ALOG_OK => {
                log.reservation = None;
                log.add(records);
            }
            ALOG_ERR_TOO_LARGE | ALOG_ERR_SEGMENT_LIMIT | ALOG_ERR_NO_MEMORY => log.reservation = None,
            _ => {}
        }
    }

    /// The statuses of a call that needs room for records. `fits`: whether they are refused for being too many.
    fn expect_room(&self, writer: &Argument, before: u64, fits: bool) -> Vec<alog_status> {
        let Some(index) = writer.index else { return Vec::new() };
        let more: &[_] = if fits { &[ALOG_ERR_SEGMENT_LIMIT] } else { &[ALOG_ERR_SEGMENT_LIMIT, ALOG_ERR_TOO_LARGE] };
        self.room(index, before, more)
    }

    /// A size for a record of a byte log, or a size that a fixed log refuses.
    fn size(&mut self, segment: u64) -> usize {
        let most = segment.min(400) as usize;
        match self.input.byte() {
            0xFF => most.max(1) * 40,
            0xFE => most + 1,
            0xFD => most,
            size => usize::from(size) % (most + 1).min(if size < 128 { 12 } else { usize::MAX }),
        }
    }

    pub(super) fn append(&mut self) {
        let writer = self.handle(Kind::Writer);
        let (bytes, segment, size_of_all, grouped) = self.of(&writer).map_or((true, 8, 0, false), |log| {
            (log.bytes, log.options.segment_capacity, log.options.record_size as usize, log.group.is_some())
        });
        let misuse = self.input.byte();
        let size = if bytes || misuse & 0xF == 0xF { self.size(segment) } else { size_of_all };
        let record = self.record(size);
        let is_null = misuse >= 0xF8;
        let data = if is_null { null() } else { record.as_ptr() };
        let before = self.failures(writer.index);
        self.say(|| format!("alog_writer_append(of log {:?}, {data:?}, {size})", writer.index));
        let status = call!(alog_writer_append(writer.pointer.cast(), data.cast(), size));
        let expected = if let Some(refused) = writer.refused {
            vec![refused]
        } else if is_null && size > 0 {
            vec![ALOG_ERR_NULL]
        } else if is_null && !bytes {
            vec![ALOG_ERR_NULL, ALOG_ERR_ARGUMENT]
        } else if !bytes && size != size_of_all {
            vec![ALOG_ERR_ARGUMENT]
        } else if bytes && size as u64 > segment {
            vec![ALOG_ERR_TOO_LARGE]
        } else {
            self.expect_room(&writer, before, !grouped)
        };
        self.told(&promises::WRITER_APPEND, status, &expected);
        self.appended(&writer, status, vec![record]);
    }

    /// A number of records; now and then one that no memory can hold.
    fn count(&mut self, size: usize) -> usize {
        match self.input.byte() {
            wild @ 0xFC.. => (isize::MAX as usize / size.max(1)).saturating_add(usize::from(wild - 0xFB)),
            many @ 0xE0.. => usize::from(many - 0xE0) * 2,
            few => usize::from(few) % 8,
        }
    }

    pub(super) fn append_batch(&mut self) {
        let writer = self.handle(Kind::Writer);
        let size = self.of(&writer).map_or(8, |log| log.options.record_size.max(1) as usize);
        let count = self.count(size);
        let wild = count > 1000;
        let records: Vec<Record> = (0..if wild { 1 } else { count }).map(|_| self.record(size)).collect();
        let data = records.concat();
        let is_null = self.input.one_in(16);
        let before = self.failures(writer.index);
        self.say(|| format!("alog_writer_append_batch(of log {:?}, NULL: {is_null}, {count})", writer.index));
        let pointer = if is_null { null() } else { data.as_ptr() };
        let status = call!(alog_writer_append_batch(writer.pointer.cast(), pointer.cast(), count));
        let expected = if let Some(refused) = writer.refused {
            vec![refused]
        } else if self.of(&writer).is_some_and(|log| log.bytes) {
            vec![ALOG_ERR_KIND]
        } else if count == 0 {
            vec![ALOG_OK]
        } else if is_null {
            vec![ALOG_ERR_NULL]
        } else if wild {
            vec![ALOG_ERR_ARGUMENT]
        } else {
            self.expect_room(&writer, before, false)
        };
        self.told(&promises::WRITER_APPEND_BATCH, status, &expected);
        self.appended(&writer, status, records);
    }

    /// Records for a byte log: at most as many as an input is meant to have.
    fn byte_records(&mut self, writer: &Argument, count: usize) -> Vec<Record> {
        let segment = self.of(writer).map_or(8, |log| log.options.segment_capacity);
        (0..if count > 1000 { 1 } else { count })
            .map(|_| {
                let size = self.size(segment);
                self.record(size)
            })
            .collect()
    }

    /// The status for slices or packed records of these sizes, once they can be read.
    fn expect_records(&self, writer: &Argument, records: &[Record], before: u64) -> Vec<alog_status> {
        let segment = self.of(writer).map_or(0, |log| log.options.segment_capacity);
        if records.iter().any(|record| record.len() as u64 > segment) {
            return vec![ALOG_ERR_TOO_LARGE];
        }
        self.expect_room(writer, before, false)
    }

    pub(super) fn append_slices(&mut self) {
        let writer = self.handle(Kind::Writer);
        let count = self.count(size_of::<alog_slice>());
        let records = self.byte_records(&writer, count);
        let misuse = self.input.byte();
        let place = self.place();
        let mut slices: Vec<alog_slice> =
            records.iter().map(|record| alog_slice { data: record.as_ptr().cast(), size: record.len() }).collect();
        if misuse >= 0xE0 && !slices.is_empty() {
            let index = usize::from(misuse) % slices.len();
            slices[index].data = null();
        }
        let hollow = slices.iter().any(|slice| slice.data.is_null() && slice.size > 0);
        let block = array(place, &slices);
        let before = self.failures(writer.index);
        self.say(|| {
            let sizes: Vec<usize> = records.iter().map(Vec::len).collect();
            format!(
                "alog_writer_append_slices(of log {:?}, {place:?} {sizes:?}, hollow: {hollow}, {count})",
                writer.index
            )
        });
        let status = call!(alog_writer_append_slices(writer.pointer.cast(), block.pointer(), count));
        let expected = if let Some(refused) = writer.refused {
            vec![refused]
        } else if self.of(&writer).is_some_and(|log| !log.bytes) {
            vec![ALOG_ERR_KIND]
        } else if count == 0 {
            vec![ALOG_OK]
        } else if let Some(refused) = block.refused() {
            vec![refused]
        } else if count > records.len() {
            vec![ALOG_ERR_ARGUMENT]
        } else if hollow {
            vec![ALOG_ERR_NULL]
        } else {
            self.expect_records(&writer, &records, before)
        };
        self.told(&promises::WRITER_APPEND_SLICES, status, &expected);
        self.appended(&writer, status, records);
    }

    pub(super) fn append_packed(&mut self) {
        let writer = self.handle(Kind::Writer);
        let count = self.count(size_of::<u32>());
        let records = self.byte_records(&writer, count);
        let (place, is_null) = (self.place(), self.input.one_in(16));
        let sizes: Vec<u32> = records.iter().map(|record| record.len() as u32).collect();
        let data = records.concat();
        let pointer = if is_null { null() } else { data.as_ptr() };
        let block = array(place, &sizes);
        let before = self.failures(writer.index);
        self.say(|| {
            format!(
                "alog_writer_append_packed(of log {:?}, NULL: {is_null}, {place:?} {sizes:?}, {count})",
                writer.index
            )
        });
        let status = call!(alog_writer_append_packed(writer.pointer.cast(), pointer.cast(), block.pointer(), count));
        let expected = if let Some(refused) = writer.refused {
            vec![refused]
        } else if self.of(&writer).is_some_and(|log| !log.bytes) {
            vec![ALOG_ERR_KIND]
        } else if count == 0 {
            vec![ALOG_OK]
        } else if let Some(refused) = block.refused() {
            vec![refused]
        } else if count > records.len() {
            vec![ALOG_ERR_ARGUMENT]
        } else if is_null && !data.is_empty() {
            vec![ALOG_ERR_NULL]
        } else {
            self.expect_records(&writer, &records, before)
        };
        self.told(&promises::WRITER_APPEND_PACKED, status, &expected);
        self.appended(&writer, status, records);
    }

    pub(super) fn begin(&mut self) {
        let writer = self.handle(Kind::Writer);
        let state = self.of(&writer).is_some_and(|log| log.group.is_some());
        self.say(|| format!("alog_writer_begin(of log {:?})", writer.index));
        let status = call!(alog_writer_begin(writer.pointer.cast()));
        let expected = writer.refused.unwrap_or(if state { ALOG_ERR_STATE } else { ALOG_OK });
        self.told(&promises::WRITER_BEGIN, status, &[expected]);
        if let (ALOG_OK, Some(index)) = (status, writer.index) {
            (self.logs[index].group, self.logs[index].reservation) = (Some(Vec::new()), None);
        }
    }

    pub(super) fn publish(&mut self) {
        let writer = self.handle(Kind::Writer);
        let state = self.of(&writer).is_some_and(|log| log.group.is_none());
        self.say(|| format!("alog_writer_publish(of log {:?})", writer.index));
        let status = call!(alog_writer_publish(writer.pointer.cast()));
        let expected = writer.refused.unwrap_or(if state { ALOG_ERR_STATE } else { ALOG_OK });
        self.told(&promises::WRITER_PUBLISH, status, &[expected]);
        if let (ALOG_OK, Some(index)) = (status, writer.index) {
            let log = &mut self.logs[index];
            log.reservation = None;
            let group = log.group.take().unwrap_or_default();
            log.add(group);
        }
    }

    pub(super) fn abandon(&mut self) {
        let writer = self.handle(Kind::Writer);
        let state = self.of(&writer).is_some_and(|log| log.group.is_none());
        self.say(|| format!("alog_writer_abandon(of log {:?})", writer.index));
        let status = call!(alog_writer_abandon(writer.pointer.cast()));
        let expected = writer.refused.unwrap_or(if state { ALOG_ERR_STATE } else { ALOG_OK });
        self.told(&promises::WRITER_ABANDON, status, &[expected]);
        if let (ALOG_OK, Some(index)) = (status, writer.index) {
            (self.logs[index].group, self.logs[index].reservation) = (None, None);
        }
    }

    pub(super) fn reserve(&mut self) {
        let writer = self.handle(Kind::Writer);
        let (bytes, segment, grouped) = self
            .of(&writer)
            .map_or((true, 8, false), |log| (log.bytes, log.options.segment_capacity, log.group.is_some()));
        let want = match self.input.byte() {
            0xF0.. => self.input.number() as usize,
            want => usize::from(want) % (segment.min(400) as usize + 2),
        };
        let out = Block::<alog_reservation>::new(self.place());
        let before = self.failures(writer.index);
        self.say(|| format!("alog_writer_reserve(of log {:?}, {want}, {:?})", writer.index, out.place));
        let status = call!(alog_writer_reserve(writer.pointer.cast(), want, out.pointer()));
        let expected = if let Some(refused) = writer.refused.or(out.refused()) {
            vec![refused]
        } else if want == 0 && !bytes {
            vec![ALOG_ERR_ARGUMENT]
        } else if bytes && want as u64 > segment {
            vec![ALOG_ERR_TOO_LARGE]
        } else {
            self.expect_room(&writer, before, !grouped)
        };
        self.told(&promises::WRITER_RESERVE, status, &expected);
        self.appended(&writer, status, Vec::new());
        let (ALOG_OK, Some(index)) = (status, writer.index) else { return out.check_untouched() };
        self.fill(index, want, out.value());
    }

    /// Writes to a reservation what may be committed.
    fn fill(&mut self, index: usize, want: usize, room: alog_reservation) {
        let log = &self.logs[index];
        let (bytes, stride, align) = (log.bytes, log.stride(), log.options.record_align as usize);
        let size = log.options.record_size as usize;
        assert_eq!(room.stride, stride, "the stride of a reservation");
        assert!(room.data.addr() % align == 0, "a reservation that is not aligned");
        let written: Vec<Record> = if bytes {
            assert_eq!(room.capacity, want, "exactly as many bytes");
            vec![self.record(want.min(MOST_WRITTEN_BYTES))]
        } else {
            assert!(1 <= room.capacity && room.capacity <= want, "room for {} of {want} records", room.capacity);
            (0..room.capacity.min(MOST_WRITTEN)).map(|_| self.record(size)).collect()
        };
        for (record, place) in written.iter().zip(0..) {
            let slot = room.data.cast::<u8>().wrapping_add(place * stride);
            // SAFETY: there is room for as many records, or bytes, as the reservation says.
            unsafe { slot.copy_from_nonoverlapping(record.as_ptr(), record.len()) };
        }
        let size = room.capacity * stride.max(1);
        self.logs[index].reservation =
            Some(Reservation { capacity: room.capacity, written, data: room.data.cast(), size });
    }

    /// Records of which a part lies in the reserved room. They are refused before they are read, so they may begin
    /// before the room, and end behind it, where there is nothing.
    pub(super) fn append_reserved(&mut self) {
        let writer = self.handle(Kind::Writer);
        if self.of(&writer).is_some_and(|log| log.reservation.is_none()) {
            self.reserve();
        }
        let Some((bytes, size_of_all)) = self.of(&writer).map(|log| (log.bytes, log.options.record_size as usize))
        else {
            return;
        };
        let Some((room, room_size)) =
            self.of(&writer).and_then(|log| log.reservation.as_ref()).map(|r| (r.data, r.size))
        else {
            return;
        };
        let (function, count) = (self.input.below(4), 1 + self.input.below(3));
        let sizes: Vec<u32> =
            (0..count).map(|_| if bytes { self.input.byte().into() } else { size_of_all as u32 }).collect();
        // Of a packed batch all are one source. Of slices, one lies there, and the others elsewhere.
        let in_room = self.input.below(count);
        let size = match function {
            0 => sizes[0] as usize,
            1 | 2 => sizes.iter().sum::<u32>() as usize,
            _ => sizes[in_room] as usize,
        };
        if room_size == 0 || size == 0 {
            return;
        }
        // From where only its last byte lies in the room to where only its first does.
        let places = room_size + size - 1;
        let place = match self.input.byte() {
            0 => 0,
            1 => places - 1,
            place => usize::from(place) % places,
        };
        let data = room.wrapping_add(place).wrapping_sub(size - 1);
        let elsewhere = self.record(255);
        let slices: Vec<alog_slice> = (0..count)
            .map(|index| {
                let data = if index == in_room { data } else { elsewhere.as_ptr() };
                alog_slice { data: data.cast(), size: sizes[index] as usize }
            })
            .collect();
        self.say(|| {
            let (room, of) = ((room, room_size), writer.index);
            format!("append by {function} (of log {of:?}, {sizes:?} at {data:?} and on, reserved are {room:?})")
        });
        let pointer = writer.pointer.cast();
        let (function, status, kind) = match function {
            0 => (&promises::WRITER_APPEND, call!(alog_writer_append(pointer, data.cast(), size)), bytes),
            1 => (&promises::WRITER_APPEND_BATCH, call!(alog_writer_append_batch(pointer, data.cast(), count)), false),
            2 => {
                let status = call!(alog_writer_append_packed(pointer, data.cast(), sizes.as_ptr(), count));
                (&promises::WRITER_APPEND_PACKED, status, true)
            }
            _ => {
                let status = call!(alog_writer_append_slices(pointer, slices.as_ptr(), count));
                (&promises::WRITER_APPEND_SLICES, status, true)
            }
        };
        let expected = if kind == bytes { ALOG_ERR_ARGUMENT } else { ALOG_ERR_KIND };
        self.told(function, status, &[expected]);
    }

    pub(super) fn commit(&mut self) {
        let writer = self.handle(Kind::Writer);
        let reserved = self.of(&writer).and_then(|log| log.reservation.as_ref());
        let (capacity, bytes) = (reserved.map(|r| r.capacity), self.of(&writer).is_some_and(|log| log.bytes));
        // No more than what was written.
        let most = reserved.map_or(0, |r| if bytes { r.written[0].len() } else { r.written.len() });
        let used = match self.input.byte() {
            0xFF => self.input.number() as usize,
            0xFE => capacity.unwrap_or(0).saturating_add(1),
            0x80.. => most,
            used => usize::from(used) % (most + 1),
        };
        let used = if capacity.is_some_and(|capacity| used <= capacity) { used.min(most) } else { used };
        self.say(|| format!("alog_writer_commit(of log {:?}, {used} of {capacity:?})", writer.index));
        let status = call!(alog_writer_commit(writer.pointer.cast(), used));
        let expected = writer.refused.unwrap_or(match capacity {
            None => ALOG_ERR_STATE,
            Some(capacity) if used > capacity => ALOG_ERR_ARGUMENT,
            Some(_) => ALOG_OK,
        });
        self.told(&promises::WRITER_COMMIT, status, &[expected]);
        if let (ALOG_OK, Some(index)) = (status, writer.index) {
            let log = &mut self.logs[index];
            let mut written = log.reservation.take().expect("there was one").written;
            if bytes {
                written[0].truncate(used);
            } else {
                written.truncate(used);
            }
            log.add(written);
        }
    }

    pub(super) fn cancel(&mut self) {
        let writer = self.handle(Kind::Writer);
        let state = self.of(&writer).is_some_and(|log| log.reservation.is_none());
        self.say(|| format!("alog_writer_cancel(of log {:?})", writer.index));
        let status = call!(alog_writer_cancel(writer.pointer.cast()));
        let expected = writer.refused.unwrap_or(if state { ALOG_ERR_STATE } else { ALOG_OK });
        self.told(&promises::WRITER_CANCEL, status, &[expected]);
        if let (ALOG_OK, Some(index)) = (status, writer.index) {
            self.logs[index].reservation = None;
        }
    }

    pub(super) fn next_sequence(&mut self) {
        let writer = self.handle(Kind::Writer);
        self.say(|| format!("alog_writer_next_sequence(of log {:?})", writer.index));
        let expected = self.of(&writer).map_or(0, Log::next_sequence);
        assert_eq!(call!(alog_writer_next_sequence(writer.pointer.cast())), expected, "the next sequence");
    }

    pub(super) fn notify(&mut self) {
        let writer = self.handle(Kind::Writer);
        self.say(|| format!("alog_writer_notify(of log {:?})", writer.index));
        let status = call!(alog_writer_notify(writer.pointer.cast()));
        self.told(&promises::WRITER_NOTIFY, status, &[writer.refused.unwrap_or(ALOG_OK)]);
    }

    /// A later sequence, in most cases by little; also an earlier one, and one so late that nothing fits behind it.
    pub(super) fn skip(&mut self) {
        let writer = self.handle(Kind::Writer);
        let next = self.of(&writer).map_or(0, Log::next_sequence);
        let sequence = match self.input.byte() {
            0xF0.. => u64::MAX,
            by => next.saturating_add_signed(i64::from(by / 8) - 4),
        };
        let refused = writer.refused.or(self.of(&writer).and_then(|log| {
            let in_range = (next..u64::MAX).contains(&sequence);
            if !in_range { Some(ALOG_ERR_ARGUMENT) } else { log.group.is_some().then_some(ALOG_ERR_STATE) }
        }));
        let before = self.failures(writer.index);
        self.say(|| format!("alog_writer_skip(of log {:?}, {sequence}), and {next} comes next", writer.index));
        let status = call!(alog_writer_skip(writer.pointer.cast(), sequence));
        let expected = match refused {
            Some(refused) => vec![refused],
            None if sequence == next => vec![ALOG_OK],
            None => self.expect_room(&writer, before, true),
        };
        self.told(&promises::WRITER_SKIP, status, &expected);
        if let (ALOG_OK | ALOG_ERR_SEGMENT_LIMIT | ALOG_ERR_NO_MEMORY, Some(index)) = (status, writer.index) {
            if sequence > next {
                self.logs[index].reservation = None;
            }
            if status == ALOG_OK {
                self.logs[index].skip_to(sequence);
            }
        }
    }

    pub(super) fn trim(&mut self) {
        let writer = self.handle(Kind::Writer);
        self.say(|| format!("alog_writer_trim(of log {:?})", writer.index));
        let status = call!(alog_writer_trim(writer.pointer.cast()));
        self.told(&promises::WRITER_TRIM, status, &[writer.refused.unwrap_or(ALOG_OK)]);
    }

    pub(super) fn writer_log(&mut self) {
        let writer = self.handle(Kind::Writer);
        if self.of(&writer).is_some_and(|log| log.counts == MOST_COUNTS) {
            return;
        }
        self.say(|| format!("alog_writer_log(of log {:?})", writer.index));
        let log = call!(alog_writer_log(writer.pointer.cast()));
        assert!(log == self.of(&writer).map_or(null_mut(), |log| log.handle), "the pointer that created the log");
        if let Some(index) = writer.index {
            self.logs[index].counts += 1;
        }
    }
}

/// An array that ends where its block does.
fn array<T: Copy>(place: Place, items: &[T]) -> Block<T> {
    let block = Block::<T>::with_size(place, size_of_val(items));
    if place != Place::Null {
        for (index, item) in items.iter().enumerate() {
            // SAFETY: the block has room for them, wherever in it they begin.
            unsafe { block.pointer().wrapping_add(index).write_unaligned(*item) };
        }
    }
    block
}
