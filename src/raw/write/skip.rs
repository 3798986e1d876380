//! A skip: the log goes on at a later sequence, and what was retained leaves the view.

use super::writer::RawWriter;
use crate::error::Refusal;
use crate::{Error, Problem};

impl RawWriter {
    /// Goes on at a later sequence. What was retained leaves the log's view at once. A reservation ends, also if memory
    /// is refused. A skip to the next sequence does nothing. False: the sequence is an earlier one, or is above
    /// `last_to_skip_to`.
    pub(crate) fn skip_to(&mut self, sequence: u64) -> Result<bool, Refusal> {
        let next = self.state.next_sequence();
        if sequence < next || sequence > self.last_to_skip_to().max(next) {
            return Ok(false);
        }
        if self.state.in_group {
            return Err(Refusal::State);
        }
        if sequence > next {
            self.cancel_reservation();
            // All that was appended is published, since no group is open.
            self.open_pending()?;
            let RawWriter { core, state, .. } = self;
            state.show_tail_alone(core, sequence - next);
        }
        Ok(true)
    }

    /// The last sequence to skip to: the end of a segment that begins there must have a sequence, too.
    fn last_to_skip_to(&self) -> u64 {
        u64::MAX - u64::from(self.geometry().capacity.get())
    }

    /// As `skip_to`. The error names what is wrong with the sequence.
    pub(crate) fn try_skip_to(&mut self, sequence: u64) -> Result<(), Error> {
        if self.skip_to(sequence)? {
            return Ok(());
        }
        let (next, last) = (self.state.next_sequence(), self.last_to_skip_to());
        Err(Error::Argument(if sequence < next {
            Problem::bound("sequence", sequence, " is less than", next, ", which comes next")
        } else {
            Problem::bound("sequence", sequence, " is more than", last, ", behind which no segment fits")
        }))
    }
}
