//! The C functions, misuse included.
#![no_main]

#[path = "../programs/calls/mod.rs"]
mod calls;

use std::sync::atomic::{AtomicU8, Ordering};

use calls::promises::FUNCTIONS;

/// Statuses go from ALOG_ERR_FINISHED, -12, to ALOG_FINISHED, 5.
const STATUSES: usize = 18;

/// libFuzzer counts these bytes as if they were edges: what a function answers is as new to it as a line that was not reached.
#[used]
#[unsafe(link_section = "__libfuzzer_extra_counters")]
static ANSWERS: [AtomicU8; FUNCTIONS.len() * STATUSES] = [const { AtomicU8::new(0) }; _];

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    for (function, status) in calls::run(bytes, false) {
        ANSWERS[function * STATUSES + (status as i32 + 12) as usize].store(1, Ordering::Relaxed);
    }
});
