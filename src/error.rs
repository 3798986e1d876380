//! What can go wrong, and what to do about it.

use core::fmt;

use crate::text::{Out, say};

/// Why a call was refused. A call that is refused has changed nothing, unless its documentation says otherwise.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Error {
    /// A value is out of its domain. The [`Problem`] says which value, and what it may be.
    Argument(Problem),
    /// The allocator returned no memory. The log is unchanged and usable.
    NoMemory,
    /// The log already has a writer.
    Claimed,
    /// The log was finished, and no writer will come again.
    Finished,
    /// The call can never succeed:
    ///
    /// * a record does not fit in a segment;
    /// * a batch or group does not fit in a view, or not in `max_segments` even without readers;
    /// * a batch or group has more than 2^31 - 1 records;
    /// * the sequences, which end before 2^64, are used up.
    TooLarge,
    /// Every segment that `max_segments` allows is retained, held by readers or part of the open group. The append
    /// succeeds after readers let go.
    SegmentLimit,
    /// The call does not fit the state, such as a commit without a reservation, or a publish without a group.
    State,
    /// The sequence or index is not in this view.
    OutOfRange,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Error::Argument(problem) => return problem.fmt(f),
            Error::NoMemory => "the allocator returned no memory; the log is unchanged, so free memory and try again",
            Error::Claimed => "the log already has a writer; drop it before claiming another",
            Error::Finished => "the log was finished and accepts no writer; create another log",
            Error::TooLarge => {
                "a record is too large for segment_capacity, or a batch or group for retained_capacity or max_segments"
            }
            Error::SegmentLimit => {
                "all max_segments segments are in use; refresh or drop old views, drop pins, or end the open group"
            }
            Error::State => "the call does not fit the current state; the method's documentation tells what it needs",
            Error::OutOfRange => "the sequence or index is not in this view; ask for the view's range or chunk count",
        })
    }
}

impl core::error::Error for Error {}

/// Why an append, or another call that is frequent, is refused. It is an `Error` without `Argument`, so it fits in a
/// register.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Refusal {
    NoMemory,
    Claimed,
    Finished,
    TooLarge,
    SegmentLimit,
    State,
    OutOfRange,
}

impl From<Refusal> for Error {
    // Otherwise an append that is not refused goes through the match, too.
    #[cold]
    #[inline(never)]
    fn from(refusal: Refusal) -> Error {
        match refusal {
            Refusal::NoMemory => Error::NoMemory,
            Refusal::Claimed => Error::Claimed,
            Refusal::Finished => Error::Finished,
            Refusal::TooLarge => Error::TooLarge,
            Refusal::SegmentLimit => Error::SegmentLimit,
            Refusal::State => Error::State,
            Refusal::OutOfRange => Error::OutOfRange,
        }
    }
}

/// What is wrong with a value, in words: `record_align 3 is not a power of two`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Problem {
    what: &'static str,
    value: Option<u64>,
    why: &'static str,
    bound: Option<u64>,
    note: &'static str,
}

impl Problem {
    /// A problem in fixed words.
    pub(crate) const fn said(what: &'static str) -> Problem {
        Problem { what, value: None, why: "", bound: None, note: "" }
    }

    /// A member, its value, and why it may not have that value.
    pub(crate) const fn with(member: &'static str, value: u64, why: &'static str) -> Problem {
        Problem { what: member, value: Some(value), why, bound: None, note: "" }
    }

    /// A member, its value, how the value misses a bound, the bound, and what the bound is.
    pub(crate) const fn bound(
        member: &'static str,
        value: u64,
        why: &'static str,
        bound: u64,
        note: &'static str,
    ) -> Problem {
        Problem { what: member, value: Some(value), why, bound: Some(bound), note }
    }

    // Once in the library, not in each function that writes a problem.
    #[inline(never)]
    pub(crate) fn write(&self, out: &mut Out<'_>) -> fmt::Result {
        out(self.what)?;
        if let Some(value) = self.value {
            say(out, " #", &[value])?;
            out(self.why)?;
        }
        if let Some(bound) = self.bound {
            say(out, " #", &[bound])?;
            out(self.note)?;
        }
        Ok(())
    }
}

impl From<&'static str> for Problem {
    fn from(what: &'static str) -> Problem {
        Problem::said(what)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(&mut |text| f.write_str(text))
    }
}

impl fmt::Debug for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A failed append: the reason, and the value, which comes back.
pub struct AppendError<T> {
    /// What was to be appended.
    pub value: T,
    /// Why it was not.
    pub error: Error,
}

impl<T> fmt::Debug for AppendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AppendError").field("error", &self.error).finish_non_exhaustive()
    }
}

impl<T> fmt::Display for AppendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl<T> core::error::Error for AppendError<T> {}

impl<T> From<AppendError<T>> for Error {
    fn from(failed: AppendError<T>) -> Error {
        failed.error
    }
}
