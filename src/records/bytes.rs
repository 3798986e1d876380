//! Records of any size.

use super::cursor::RecordCursor;
use super::kind::private::Sealed;
use super::log::RecordLog;
use super::snapshot::RecordSnapshot;
use super::writer::{RecordGroup, RecordWriter};
use crate::Error;

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
