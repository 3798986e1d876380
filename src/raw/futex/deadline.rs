//! The deadline of a sleep.

use ::core::time::Duration;

use super::clock;

/// A point of the clock, in nanoseconds; None is never.
pub(crate) struct Deadline(Option<u64>);

impl Deadline {
    pub(crate) const NEVER: Deadline = Deadline(None);

    /// The deadline of a wait that begins now. A deadline that is later than the clock can say is never.
    pub(crate) fn after(timeout: Duration) -> Deadline {
        Deadline(u64::try_from(timeout.as_nanos()).ok().and_then(|timeout| clock::now().checked_add(timeout)))
    }

    #[allow(dead_code, reason = "some kernels take how long, and others until when")]
    pub(super) fn at(&self) -> Option<u64> {
        self.0
    }

    /// Nanoseconds until the deadline; 0 if it has come, and `u64::MAX` if it is never.
    pub(super) fn left(&self) -> u64 {
        self.0.map_or(u64::MAX, |at| at.saturating_sub(clock::now()))
    }
}
