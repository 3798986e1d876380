//! Where the kernel has no such calls, or `alog_polls` says so, for tests: each is refused.

use super::deadline::Deadline;
use crate::sync::AtomicU64;

pub(crate) fn prepare() {}

pub(super) fn wait(_word: &AtomicU64, _value: u64, _deadline: &Deadline) -> bool {
    false
}

pub(crate) fn wake_all(_word: &AtomicU64) {}
