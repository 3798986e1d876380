//! What can go wrong, and what to do about it.

use core::fmt;

use crate::text::{Out, say};

/// Why a call was refused. Nothing has changed when one of these comes back, unless the function says otherwise.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Error {
    /// A value is out of its domain; it says which, and what it may be.
    Argument(Problem),
    /// The allocator returned nothing. The log is unchanged and usable.
    NoMemory,
    /// The log already has a writer.
    Claimed,
    /// The log was finished, and no writer will come again.
    Finished,
    /// The record can never fit in a segment, or the batch or group does not fit in the retained window or, even
    /// without readers, in `max_segments`.
    TooLarge,
    /// Every segment that `max_segments` allows is retained, held by readers or part of the open group. The next append
    /// after a reader let go succeeds.
    SegmentLimit,
    /// The call does not fit the state: a commit without a reservation, a publish without a group.
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

/// What an append, and all else that is called often, is refused for: an `Error` without what describes a wrong value, which
/// fits in a register.
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
    // Else an append that is not refused goes through the match, too.
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
    /// One that says all by itself.
    pub(crate) const fn said(what: &'static str) -> Problem {
        Problem { what, value: None, why: "", bound: None, note: "" }
    }

    /// A member, the value that it has, and why it may not have that.
    pub(crate) const fn with(member: &'static str, value: u64, why: &'static str) -> Problem {
        Problem { what: member, value: Some(value), why, bound: None, note: "" }
    }

    /// A member, the value that it has, what it may not be to which bound, and what that is.
    pub(crate) const fn bound(
        member: &'static str,
        value: u64,
        why: &'static str,
        bound: u64,
        note: &'static str,
    ) -> Problem {
        Problem { what: member, value: Some(value), why, bound: Some(bound), note }
    }

    // Once in the library, not in each function that tells of one.
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

/// A failed append: the reason, and the value given back.
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
