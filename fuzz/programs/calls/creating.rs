//! Calls that make logs, and those that take a log's handle, except the writer's.

use std::collections::BTreeMap;
use std::ffi::{CStr, c_char};
use std::ptr::{null, null_mut};

use atomic_log::ffi::log::*;
use atomic_log::ffi::options::{alog_allocator, alog_options, alog_options_init, alog_options_problem};
use atomic_log::ffi::stats::{alog_log_stats, alog_stats};
use atomic_log::ffi::status::alog_status::{self, *};
use atomic_log::ffi::status::{alog_status_message, alog_status_name};
use atomic_log::ffi::types::alog_range;
use atomic_log::ffi::version::{alog_version, alog_version_string};

use super::block::{Block, Place};
use super::memory::Memory;
use super::shadow::{Log, range};
use super::{Kind, MOST_COUNTS, MOST_LOGS, Program, call, promises};

const OPTIONS_SIZE: u32 = size_of::<alog_options>() as u32;

/// Whether a log with such options is allowed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Domain {
    Good,
    Bad,
    /// So large that the last bytes of headers and alignments decide whether it fits.
    Edge,
}

/// What `alog_options` says of its members.
fn domain(options: &alog_options, bytes: bool) -> Domain {
    let alog_options { retained_capacity, segment_capacity, record_size, record_align, segment_records, .. } = *options;
    let (preallocated, max) = (options.preallocated_segments, options.max_segments);
    if retained_capacity == 0 || segment_capacity == 0 || segment_capacity > u64::from(u32::MAX) {
        return Domain::Bad;
    }
    let window = u128::from(retained_capacity.div_ceil(segment_capacity)) + 1;
    let kind = if bytes { record_size == 0 } else { record_size > 0 && segment_records == 0 };
    let align = record_align == 0 || record_align.is_power_of_two() && record_align <= 4096;
    let budget = max == 0 || u128::from(max) > window && max >= preallocated;
    if !kind || !align || !budget || window >= 1 << 33 {
        return Domain::Bad;
    }
    let size = u128::from(record_size).next_multiple_of(u128::from(resolved_align(options, bytes)));
    match (size * u128::from(segment_capacity), window) {
        (size, _) if size >= 1 << 63 => Domain::Bad,
        (size, window) if size >= (1 << 63) - (1 << 14) || window >= (1 << 32) - 2 => Domain::Edge,
        _ => Domain::Good,
    }
}

fn resolved_align(options: &alog_options, bytes: bool) -> u32 {
    match (options.record_align, bytes) {
        (0, true) => 8,
        (0, false) => 1 << options.record_size.trailing_zeros().min(6),
        (align, _) => align,
    }
}

impl Program<'_> {
    /// Options that make a small log, unless `wild`.
    fn options(&mut self, bytes: bool) -> (alog_options, bool) {
        let input = &mut self.input;
        let segment = if bytes { 8 + input.below(128) } else { 1 + input.below(12) } as u64;
        let retained = 1 + input.below(5 * segment as usize % 251 + 1) as u64;
        let shape = usize::from(input.byte());
        let window = retained.div_ceil(segment) as u32 + 1;
        let mut options = alog_options {
            struct_size: OPTIONS_SIZE,
            flags: (shape % 4) as u32,
            retained_capacity: retained,
            segment_capacity: segment,
            record_size: if bytes { 0 } else { [8, 1, 3, 24, 40, 130][shape % 6] },
            record_align: [0, 0, 1, 4, 8, 64, 4096][shape % 7],
            segment_records: if bytes { [0, 0, 1, 5][shape / 4 % 4] } else { 0 },
            preallocated_segments: [0, 0, 1, 2, 5][shape % 5],
            max_segments: match shape / 16 % 4 {
                0 => window + 1,
                1 => window + 2 + (shape % 5) as u32,
                _ => 0,
            },
            allocator: null(),
        };
        if options.max_segments > 0 {
            options.preallocated_segments = options.preallocated_segments.min(options.max_segments);
        }
        let wild = input.one_in(4);
        if wild {
            for _ in 0..1 + input.below(3) {
                let member = input.below(9);
                let number = input.number();
                match member {
                    0 => options.flags = number as u32,
                    1 => options.retained_capacity = number,
                    2 => options.segment_capacity = number,
                    3 => options.record_size = number,
                    4 => options.record_align = number as u32,
                    5 => options.segment_records = number as u32,
                    6 => options.preallocated_segments = number as u32,
                    7 => options.max_segments = number as u32,
                    _ => (options.retained_capacity, options.segment_capacity) = (number, number / 3),
                }
            }
        }
        (options, wild)
    }

    pub(super) fn create(&mut self) {
        let bytes = self.input.below(2) == 1;
        let (mut options, wild) = self.options(bytes);
        let memory = Memory::new(self.failing());
        let mut allocator = Block::<alog_allocator>::new(Place::Good);
        let mut given = memory.allocator();
        let choice = self.input.byte();
        let mut half = false;
        match choice % 32 {
            0 => (given.allocate, half) = (None, true),
            1 => (given.deallocate, half) = (None, true),
            2 => allocator = Block::new(Place::Misaligned),
            _ => {}
        }
        // malloc has more memory than should be asked for.
        let own = wild || half || choice % 4 != 3;
        options.allocator = if own { allocator.pointer() } else { null() };
        // SAFETY: plain data; or, misaligned, never to be read.
        unsafe { allocator.pointer().write_unaligned(given) };

        let (place, out) = (self.place(), Block::<*mut alog_log>::new(self.place()));
        let struct_size = match self.input.byte() {
            size @ 0..32 => [0, 4, 55, 57, 64, 112, 4095, 4096, 4097, 8000][usize::from(size) % 10],
            _ => OPTIONS_SIZE,
        };
        options.struct_size = struct_size;
        let mut block = Block::<alog_options>::with_struct_size(place, struct_size);
        let known = (struct_size as usize).clamp(4, OPTIONS_SIZE as usize);
        let shift = usize::from(place == Place::Misaligned);
        let mut content = vec![0; block.bytes().len()];
        // SAFETY: all bytes of the struct are initialised: it has no padding.
        let members = unsafe { std::slice::from_raw_parts((&raw const options).cast::<u8>(), known) };
        content[shift..shift + known].copy_from_slice(members);
        let newer = content.len() - shift - known;
        let unknown = newer > 0 && self.input.one_in(3);
        if unknown {
            let byte = self.input.below(newer.min(256));
            content[shift + known + byte] = 1;
        }
        block.fill(&content);

        let size_is_bad = !(OPTIONS_SIZE..=4096).contains(&struct_size) || unknown;
        let domain = domain(&options, bytes);
        let problem: &[alog_status] = if place == Place::Null {
            &[ALOG_ERR_NULL]
        } else if place == Place::Misaligned
            || size_is_bad
            || options.flags > 3
            || own && allocator.place == Place::Misaligned
        {
            &[ALOG_ERR_ARGUMENT]
        } else if own && half {
            &[ALOG_ERR_NULL]
        } else {
            match domain {
                Domain::Good => &[ALOG_OK],
                Domain::Bad => &[ALOG_ERR_ARGUMENT],
                Domain::Edge => &[ALOG_OK, ALOG_ERR_ARGUMENT],
            }
        };
        self.options_problem(&block, bytes, usize::from(choice), problem);
        let expected: &[alog_status] = if place == Place::Null || out.place == Place::Null {
            &[ALOG_ERR_NULL]
        } else if place == Place::Misaligned
            || size_is_bad
            || options.flags > 3
            || own && allocator.place == Place::Misaligned
        {
            &[ALOG_ERR_ARGUMENT]
        } else if own && half {
            // The fault is in the options, which are checked first. But an order of the faults after them is not worth
            // a promise.
            if out.place == Place::Good && domain == Domain::Good {
                &[ALOG_ERR_NULL]
            } else {
                &[ALOG_ERR_NULL, ALOG_ERR_ARGUMENT]
            }
        } else if out.place == Place::Misaligned || domain == Domain::Bad {
            &[ALOG_ERR_ARGUMENT]
        } else if domain == Domain::Edge {
            &[ALOG_ERR_ARGUMENT, ALOG_ERR_NO_MEMORY]
        } else {
            &[ALOG_OK, ALOG_ERR_NO_MEMORY]
        };
        if expected.contains(&ALOG_OK) && self.logs.len() == MOST_LOGS {
            return;
        }
        self.say(|| {
            let alog_options { flags, retained_capacity, segment_capacity, record_size, record_align, .. } = options;
            let alog_options { segment_records, preallocated_segments, max_segments, .. } = options;
            format!(
                "create log {}: bytes {bytes}, struct_size {struct_size}, flags {flags}, retained_capacity \
                 {retained_capacity}, segment_capacity {segment_capacity}, record_size {record_size}, record_align \
                 {record_align}, segment_records {segment_records}, preallocated_segments {preallocated_segments}, \
                 max_segments {max_segments}, options {place:?}, out {:?}, allocator {}",
                self.logs.len(),
                out.place,
                match (own, half) {
                    (true, true) => "half of one",
                    (true, false) => "its own",
                    (false, _) => "malloc's",
                },
            )
        });
        let (function, status) = if bytes {
            (&promises::LOG_CREATE_BYTES, call!(alog_log_create_bytes(block.pointer(), out.pointer())))
        } else {
            (&promises::LOG_CREATE_FIXED, call!(alog_log_create_fixed(block.pointer(), out.pointer())))
        };
        self.told(function, status, expected);
        block.check_untouched();
        assert_eq!(memory.failures() > 0, status == ALOG_ERR_NO_MEMORY, "whether there was memory");
        if status != ALOG_OK {
            out.check_untouched();
            memory.check();
            assert_eq!(memory.bytes(), 0, "what there is of a log that was not created");
            return;
        }
        options.record_align = resolved_align(&options, bytes);
        if bytes && options.segment_records == 0 {
            options.segment_records = (options.segment_capacity / 32).max(16) as u32;
        }
        self.logs.push(Log {
            handle: out.value(),
            counts: 1,
            bytes,
            options,
            memory: own.then_some(memory),
            writer: null_mut(),
            finished: false,
            interrupts: 0,
            records: Vec::new(),
            skipped: 0,
            base: 0,
            latest: 0,
            group: None,
            reservation: None,
            begin: 0,
            seen_end: 0,
            segments: BTreeMap::new(),
        });
        if self.logs.len() == 1 {
            self.claim();
        }
    }

    /// What a function reports of the options before a log is made of them, in a text of this many bytes.
    fn options_problem(&mut self, options: &Block<alog_options>, bytes: bool, size: usize, expected: &[alog_status]) {
        const ALL: usize = 160;
        let place = if size == 0 || size % 8 == 4 { Place::Null } else { Place::Good };
        let text = Block::<c_char>::with_size(place, size);
        self.say(|| format!("alog_options_problem({:?}, {bytes}, {place:?} of {size})", options.place));
        let status = call!(alog_options_problem(options.pointer(), bytes, text.pointer(), size));
        if place == Place::Null && size > 0 {
            self.told(&promises::OPTIONS_PROBLEM, status, &[ALOG_ERR_NULL]);
            return text.check_untouched();
        }
        self.told(&promises::OPTIONS_PROBLEM, status, expected);
        options.check_untouched();
        let whole = Block::<c_char>::with_size(Place::Good, ALL);
        assert_eq!(call!(alog_options_problem(options.pointer(), bytes, whole.pointer(), ALL)), status);
        let whole = whole.bytes();
        let length = whole.iter().position(|byte| *byte == 0).expect("160 bytes are enough");
        assert_eq!(length == 0, status == ALOG_OK, "what is wrong is said in words, and nothing else is");
        assert!(whole[..length].iter().all(|byte| (b' '..0x7f).contains(byte)), "one line of text");
        let fits = length.min(size.saturating_sub(1));
        let cut = text.bytes();
        assert!(cut[..fits] == whole[..fits] && cut.get(fits).is_none_or(|byte| *byte == 0), "the text, cut off");
        text.check_untouched_from(size.min(fits + 1));
    }

    pub(super) fn place(&mut self) -> Place {
        Place::from(&mut self.input)
    }

    pub(super) fn retain_log(&mut self) {
        let log = self.handle(Kind::Log);
        if log.index.is_some_and(|index| self.logs[index].counts == MOST_COUNTS) {
            return;
        }
        self.say(|| format!("alog_log_retain({:?})", log.index));
        assert!(call!(alog_log_retain(log.pointer.cast())) == log.pointer.cast(), "it returns what it is given");
        if let Some(index) = log.index {
            self.logs[index].counts += 1;
        }
    }

    pub(super) fn log_options(&mut self) {
        let (log, place) = (self.handle(Kind::Log), self.place());
        let struct_size = self.input.choose(&[OPTIONS_SIZE, OPTIONS_SIZE, 0, 55, 57, 200, 4096, 4097]);
        let out = Block::<alog_options>::with_struct_size(place, struct_size);
        let good = (OPTIONS_SIZE..=4096).contains(&struct_size);
        let expected = if good { ALOG_OK } else { ALOG_ERR_ARGUMENT };
        let expected = log.refused.or(out.refused()).unwrap_or(expected);
        self.say(|| format!("alog_log_options({:?}, {place:?} of {struct_size})", log.index));
        let status = call!(alog_log_options(log.pointer.cast(), out.pointer()));
        self.told(&promises::LOG_OPTIONS, status, &[expected]);
        let (ALOG_OK, Some(index)) = (status, log.index) else { return out.check_untouched() };
        let (now, given) = (out.value(), self.logs[index].options);
        let parts = |options: alog_options| {
            let alog_options { flags, retained_capacity, segment_capacity, record_size, record_align, .. } = options;
            let alog_options { segment_records, preallocated_segments, max_segments, .. } = options;
            let sizes = (retained_capacity, segment_capacity, record_size);
            (flags, sizes, record_align, segment_records, preallocated_segments, max_segments)
        };
        assert_eq!(now.struct_size, struct_size);
        assert_eq!(parts(now), parts(given), "the options of a log");
        assert!(out.bytes()[OPTIONS_SIZE as usize..].iter().all(|byte| *byte == 0), "what it does not know is zero");
        assert_eq!(now.allocator.is_null(), self.logs[index].memory.is_none(), "whose allocator");
        if let Some(memory) = &self.logs[index].memory {
            // SAFETY: it points into the log.
            let allocator = unsafe { *now.allocator };
            assert!(allocator.context == memory.allocator().context, "the allocator's context");
        }
    }

    pub(super) fn log_range(&mut self) {
        let (log, out) = (self.handle(Kind::Log), Block::<alog_range>::new(self.place()));
        let expected = log.refused.or(out.refused()).unwrap_or(ALOG_OK);
        self.say(|| format!("alog_log_range({:?}, {:?})", log.index, out.place));
        let status = call!(alog_log_range(log.pointer.cast(), out.pointer()));
        self.told(&promises::LOG_RANGE, status, &[expected]);
        let (ALOG_OK, Some(index)) = (status, log.index) else { return out.check_untouched() };
        assert_eq!(range(out.value()), self.logs[index].range(), "the range of a log");
    }

    pub(super) fn interrupt(&mut self) {
        let log = self.handle(Kind::Log);
        self.say(|| format!("alog_log_interrupt({:?})", log.index));
        let status = call!(alog_log_interrupt(log.pointer.cast()));
        self.told(&promises::LOG_INTERRUPT, status, &[log.refused.unwrap_or(ALOG_OK)]);
        if let Some(index) = log.index {
            self.logs[index].interrupts += 1;
        }
        let interrupts = log.index.map_or(0, |index| self.logs[index].interrupts);
        assert_eq!(call!(alog_log_interrupts(log.pointer.cast())), interrupts, "how many interrupts there were");
    }

    pub(super) fn has_writer(&mut self) {
        let log = self.handle(Kind::Log);
        self.say(|| format!("alog_log_has_writer({:?})", log.index));
        let expected = log.index.is_some_and(|index| !self.logs[index].writer.is_null());
        assert_eq!(call!(alog_log_has_writer(log.pointer.cast())), expected, "whether there is a writer");
        let expected = log.index.is_some_and(|index| self.logs[index].finished);
        assert_eq!(call!(alog_log_is_finished(log.pointer.cast())), expected, "whether it was finished");
    }

    pub(super) fn log_stats(&mut self) {
        let (log, place) = (self.handle(Kind::Log), self.place());
        let least = size_of::<alog_stats>() as u32;
        let struct_size = self.input.choose(&[least, least, least - 1, 0, least + 9, 4096, 4097]);
        let out = Block::<alog_stats>::with_struct_size(place, struct_size);
        let expected = if (least..=4096).contains(&struct_size) { ALOG_OK } else { ALOG_ERR_ARGUMENT };
        let expected = log.refused.or(out.refused()).unwrap_or(expected);
        self.say(|| format!("alog_log_stats({:?}, {place:?} of {struct_size})", log.index));
        let status = call!(alog_log_stats(log.pointer.cast(), out.pointer()));
        self.told(&promises::LOG_STATS, status, &[expected]);
        // Its text, in a buffer of as many bytes.
        let mut text = vec![0x5a_u8; struct_size as usize + 1];
        let length = call!(alog_log_describe(log.pointer.cast(), text.as_mut_ptr().cast(), struct_size as usize));
        assert_eq!(length == 0, log.refused.is_some(), "what alog_log_describe returns");
        let written = if length == 0 { 0 } else { struct_size.min(length as u32 + 1) as usize };
        assert!(text[written..].iter().all(|byte| *byte == 0x5a), "nothing is written behind the text");
        assert!(written == 0 || text[..written].ends_with(&[0]), "the text ends with a NUL");
        let (ALOG_OK, Some(index)) = (status, log.index) else { return out.check_untouched() };
        let (stats, log) = (out.value(), &self.logs[index]);
        let count = |of: &mut dyn Iterator<Item = usize>| of.filter(|log| *log == index).count() as u64;
        let snapshots = count(&mut self.snapshots.iter().map(|snapshot| snapshot.log));
        let cursors = count(&mut self.cursors.iter().map(|cursor| cursor.log));
        assert_eq!((stats.struct_size, stats.reserved), (struct_size, 0));
        assert_eq!(stats.records_appended, log.records.len() as u64 - log.skipped, "records_appended");
        assert_eq!(stats.snapshots_live, snapshots + cursors, "snapshots_live");
        assert_eq!(stats.segment_pins_live, count(&mut self.pins.iter().map(|pin| pin.log)), "segment_pins_live");
        assert_eq!(stats.allocation_failures, log.failures(), "allocation_failures");
        // A checked build keeps handles after their end, and counts them as given back.
        if let Some(memory) = log.memory.as_ref().filter(|_| !cfg!(feature = "checked")) {
            assert_eq!(stats.bytes_allocated, memory.bytes() as u64, "bytes_allocated");
        }
        let most = if log.options.max_segments == 0 { u32::MAX } else { log.options.max_segments };
        assert!(stats.segments_live <= u64::from(most), "segments_live, and max_segments is {most}");
        assert!(out.bytes()[least as usize..].iter().all(|byte| *byte == 0), "what it does not know is zero");
    }

    /// Functions that need no handle.
    pub(super) fn texts(&mut self) {
        let number = self.input.number() as i32;
        self.say(|| format!("texts of {number}"));
        for text in [alog_status_name(number), alog_status_message(number), alog_version_string()] {
            // SAFETY: static strings.
            assert!(!unsafe { CStr::from_ptr(text) }.is_empty());
        }
        let (major, minor) = (alog_version() >> 16, (alog_version() >> 8) & 0xFF);
        // SAFETY: a static string.
        let version = unsafe { CStr::from_ptr(alog_version_string()) };
        assert!(version.to_string_lossy().starts_with(&format!("{major}.{minor}.")));
        call!(alog_options_init(null_mut()));
        let out = Block::<alog_options>::new(Place::Good);
        call!(alog_options_init(out.pointer()));
        assert!(out.value().struct_size == OPTIONS_SIZE && out.bytes()[4..].iter().all(|byte| *byte == 0));
    }
}
