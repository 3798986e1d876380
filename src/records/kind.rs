//! What the records of a log are: of one size, or of any.

/// What the records of a [`RecordLog`](crate::RecordLog) are: [`FixedRecords`](crate::FixedRecords) or
/// [`ByteRecords`](crate::ByteRecords).
pub trait RecordKind: private::Sealed {}

impl<K: private::Sealed> RecordKind for K {}

pub(crate) mod private {
    pub trait Sealed {
        /// Whether each record has its own size.
        const ANY_SIZE: bool;
    }
}
