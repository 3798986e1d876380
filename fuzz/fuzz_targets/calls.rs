//! The C functions, misuse included.
#![no_main]

#[path = "../programs/calls/mod.rs"]
mod calls;

use std::sync::atomic::{AtomicU8, Ordering};

use atomic_log::ffi::status::alog_status::{ALOG_ERR_IO, ALOG_FINISHED};
use calls::promises::FUNCTIONS;

/// Statuses go from the first of these to the last.
const FIRST: i32 = ALOG_ERR_IO as i32;
const STATUSES: usize = (ALOG_FINISHED as i32 - FIRST + 1) as usize;

/// libFuzzer counts these bytes as if they were edges: a new result of a function is as new to it as a line that was
/// not reached before.
#[used]
#[unsafe(link_section = "__libfuzzer_extra_counters")]
static ANSWERS: [AtomicU8; FUNCTIONS.len() * STATUSES] = [const { AtomicU8::new(0) }; _];

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    for (function, status) in calls::run(bytes, false) {
        ANSWERS[function * STATUSES + (status as i32 - FIRST) as usize].store(1, Ordering::Relaxed);
    }
});
