//! Records of any size.

use crate::records::private::Sealed;
use crate::{Error, RecordGroup, RecordLog, RecordWriter};

/// Records of any size: the kind of a [`ByteLog`].
#[derive(Debug)]
pub enum Bytes {}

impl Sealed for Bytes {
    const ANY_SIZE: bool = true;
}

/// A log of records of any size, each aligned to the log's `record_align`.
///
/// The capacities are bytes of segment space. A record occupies its size rounded up to the alignment; a segment ends when
/// the next record does not fit, or when it can index no more. The largest record is as large as a segment.
///
/// ```
/// use atomic_log::{ByteLog, Options};
///
/// let (mut writer, log) = ByteLog::new_claimed(&Options::new(1 << 16, 1 << 12))?;
/// writer.append(b"started")?;
/// writer.append_batch(&["door opened", "", "lights on"])?; // visible at one instant
/// let view = log.snapshot();
/// assert_eq!(view.latest(), 1..4);
/// assert_eq!(view.get(3), Some(&b"lights on"[..]));
/// # Ok::<(), atomic_log::Error>(())
/// ```
pub type ByteLog = RecordLog<Bytes>;
/// The writer of a [`ByteLog`].
pub type ByteWriter = RecordWriter<Bytes>;

impl RecordWriter<Bytes> {
    /// Appends records, and publishes them at one instant: no view ever shows only some.
    ///
    /// # Errors
    /// [`Error::TooLarge`] if one is larger than a segment or all together more than a view can show;
    /// [`Error::NoMemory`]; [`Error::SegmentLimit`]. Nothing was appended then.
    pub fn append_batch<R: AsRef<[u8]>>(&mut self, records: &[R]) -> Result<(), Error> {
        if records.is_empty() {
            return Ok(());
        }
        // `as_ref` is the caller's code: it may return something else, or panic, at each call.
        let records = records.iter().map(|record| {
            let bytes = record.as_ref();
            (bytes.as_ptr(), bytes.len())
        });
        // SAFETY: the records are readable.
        Ok(unsafe { self.raw.append_bytes_batch(records) }?)
    }
}

impl RecordGroup<'_, Bytes> {
    /// Adds records to the group, or none of them.
    ///
    /// # Errors
    /// As the writer's `append_batch`; the group stays open with what it had.
    pub fn append_batch<R: AsRef<[u8]>>(&mut self, records: &[R]) -> Result<(), Error> {
        self.writer().append_batch(records)
    }
}
