//! Records of one size, known at run time.

use crate::records::private::Sealed;
use crate::{Error, Problem, RecordGroup, RecordLog, RecordWriter};

/// Records of one size, known at run time: the kind of a [`FixedLog`].
#[derive(Debug)]
pub enum Fixed {}

impl Sealed for Fixed {
    const ANY_SIZE: bool = false;
}

/// A log of records of one size, known at run time.
///
/// ```
/// use atomic_log::{FixedLog, Options};
///
/// let (mut writer, log) = FixedLog::new_claimed(&Options::new(1024, 256).record_size(3))?;
/// writer.append(b"one")?;
/// writer.append_batch(b"twosix")?; // visible at one instant
/// assert_eq!(log.snapshot().get(2), Some(&b"six"[..]));
/// # Ok::<(), atomic_log::Error>(())
/// ```
pub type FixedLog = RecordLog<Fixed>;
/// The writer of a [`FixedLog`].
pub type FixedWriter = RecordWriter<Fixed>;

impl RecordWriter<Fixed> {
    /// Appends records that lie back to back, and publishes them at one instant: no view ever shows only some.
    ///
    /// # Errors
    /// [`Error::Argument`] if the length is no multiple of the record size; [`Error::TooLarge`] for more than a view can
    /// show; [`Error::NoMemory`]; [`Error::SegmentLimit`]. Nothing was appended then.
    pub fn append_batch(&mut self, records: &[u8]) -> Result<(), Error> {
        let size = self.raw.geometry().record_size;
        if records.len() % size != 0 {
            return Err(Error::Argument(Problem::bound(
                "a batch of",
                records.len() as u64,
                " bytes is not a multiple of the record_size",
                size as u64,
                "",
            )));
        }
        if records.is_empty() {
            return Ok(());
        }
        // SAFETY: as many records are readable.
        Ok(unsafe { self.raw.append_fixed_batch(records.as_ptr(), records.len() / size) }?)
    }

    /// Bytes from one record of a segment, or of a reservation, to the next.
    pub fn stride(&self) -> usize {
        self.raw.geometry().stride
    }
}

impl RecordGroup<'_, Fixed> {
    /// Adds records that lie back to back to the group, or none of them.
    ///
    /// # Errors
    /// As the writer's `append_batch`; the group stays open with what it had.
    pub fn append_batch(&mut self, records: &[u8]) -> Result<(), Error> {
        self.writer().append_batch(records)
    }
}
