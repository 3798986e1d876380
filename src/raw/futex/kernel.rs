//! For kernels without such calls, and for tests with `alog_polls`: each call is refused.

use super::deadline::Deadline;
use crate::sync::AtomicU64;

pub(crate) fn prepare() {}

pub(super) fn wait(_word: &AtomicU64, _value: u64, _deadline: &Deadline) -> bool {
    false
}

pub(crate) fn wake_all(_word: &AtomicU64) {}
