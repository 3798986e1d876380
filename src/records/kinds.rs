//! The two kinds of records: of one size, and of any size.

use super::cursor::RecordCursor;
use super::kind::private::Sealed;
use super::log::RecordLog;
use super::snapshot::RecordSnapshot;
use super::writer::{RecordGroup, RecordWriter};
use crate::{Error, Problem};

/// Records of one size, known at run time: the kind of a [`FixedLog`].
#[derive(Debug)]
pub enum FixedRecords {}

impl Sealed for FixedRecords {
    const ANY_SIZE: bool = false;
}

/// A log of records of one size, known at run time.
///
/// ```
/// use atomic_log::{FixedLog, Options};
///
/// let (mut writer, log) = FixedLog::try_new_claimed(&Options::new(1024, 256).record_size(3))?;
/// writer.append(b"one")?;
/// writer.append_batch(b"twosix")?; // visible at one instant
/// assert_eq!(log.snapshot().get(2), Some(&b"six"[..]));
/// # Ok::<(), atomic_log::Error>(())
/// ```
pub type FixedLog = RecordLog<FixedRecords>;
/// The writer of a [`FixedLog`].
pub type FixedWriter = RecordWriter<FixedRecords>;
/// A stable view of a [`FixedLog`].
pub type FixedSnapshot = RecordSnapshot<FixedRecords>;
/// A reader that follows a [`FixedLog`].
pub type FixedCursor = RecordCursor<FixedRecords>;

impl RecordWriter<FixedRecords> {
    /// Appends records that lie back to back, and publishes them at one instant: no view ever shows only some of them.
    /// Returns how many records were appended.
    ///
    /// # Errors
    /// [`Error::Argument`] if the length is not a multiple of the record size; [`Error::TooLarge`] for more than a view
    /// can show; [`Error::NoMemory`]; [`Error::SegmentLimit`]. Then nothing was appended.
    pub fn append_batch(&mut self, records: &[u8]) -> Result<usize, Error> {
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
            return Ok(0);
        }
        let count = records.len() / size;
        // SAFETY: `count` records are readable, back to back.
        unsafe { self.raw.append_fixed_batch(records.as_ptr(), count)? };
        Ok(count)
    }

    /// Bytes from one record of a segment, or of a reservation, to the next.
    pub fn stride(&self) -> usize {
        self.raw.geometry().stride
    }
}

impl RecordGroup<'_, FixedRecords> {
    /// Adds records that lie back to back to the group, or none of them.
    ///
    /// # Errors
    /// The same as the writer's `append_batch`; the group stays open with what it had.
    pub fn append_batch(&mut self, records: &[u8]) -> Result<usize, Error> {
        self.writer().append_batch(records)
    }
}

/// Records of any size: the kind of a [`ByteLog`].
#[derive(Debug)]
pub enum ByteRecords {}

impl Sealed for ByteRecords {
    const ANY_SIZE: bool = true;
}

/// A log of records of any size, each aligned to the log's `record_align`.
///
/// The capacities are bytes of segment space. A record takes its size rounded up to the alignment. A segment ends when
/// the next record does not fit, or when its index is full. The largest record is as large as a segment.
///
/// ```
/// use atomic_log::{ByteLog, Options};
///
/// let (mut writer, log) = ByteLog::try_new_claimed(&Options::new(1 << 16, 1 << 12))?;
/// writer.append(b"started")?;
/// writer.append_batch(&["door opened", "", "lights on"])?; // visible at one instant
/// let view = log.snapshot();
/// assert_eq!(view.latest(), 1..4);
/// assert_eq!(view.get(3), Some(&b"lights on"[..]));
/// # Ok::<(), atomic_log::Error>(())
/// ```
pub type ByteLog = RecordLog<ByteRecords>;
/// The writer of a [`ByteLog`].
pub type ByteWriter = RecordWriter<ByteRecords>;
/// A stable view of a [`ByteLog`].
pub type ByteSnapshot = RecordSnapshot<ByteRecords>;
/// A reader that follows a [`ByteLog`].
pub type ByteCursor = RecordCursor<ByteRecords>;

impl RecordWriter<ByteRecords> {
    /// Appends records, and publishes them at one instant: no view ever shows only some of them. Returns how many
    /// records were appended.
    ///
    /// # Errors
    /// [`Error::TooLarge`] if a record is larger than a segment, or all together are more than a view can show;
    /// [`Error::NoMemory`]; [`Error::SegmentLimit`]. Then nothing was appended.
    pub fn append_batch<R: AsRef<[u8]>>(&mut self, records: &[R]) -> Result<usize, Error> {
        if records.is_empty() {
            return Ok(0);
        }
        // `as_ref` is the caller's code: each call may return something else, or panic.
        let count = records.len();
        let records = records.iter().map(|record| {
            let bytes = record.as_ref();
            (bytes.as_ptr(), bytes.len())
        });
        // SAFETY: the records are readable.
        unsafe { self.raw.append_bytes_batch(records)? };
        Ok(count)
    }
}

impl RecordGroup<'_, ByteRecords> {
    /// Adds records to the group, or none of them.
    ///
    /// # Errors
    /// The same as the writer's `append_batch`; the group stays open with what it had.
    pub fn append_batch<R: AsRef<[u8]>>(&mut self, records: &[R]) -> Result<usize, Error> {
        self.writer().append_batch(records)
    }
}
