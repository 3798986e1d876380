//! A log that Rust and C share: from a handle to a pointer, and back. The functions that C calls are in `log`.

use core::mem::ManuallyDrop;
use core::ptr::NonNull;

use super::log::alog_log;
use crate::raw::{Kind, LogRef};
use crate::{RecordKind, RecordLog};

/// For a log that a Rust program shares with C code.
impl<K: RecordKind> RecordLog<K> {
    /// Hands this handle to C. Its count becomes the pointer's: give it back once, by `alog_log_release` or by
    /// [`RecordLog::from_raw`]. Code that has the pointer may call every function of `atomic_log.h` on it, also while
    /// Rust has other handles on the same log.
    ///
    /// ```
    /// use atomic_log::ffi::log::{alog_log, alog_log_range, alog_log_release};
    /// use atomic_log::ffi::types::alog_range;
    /// use atomic_log::{FixedLog, Options};
    ///
    /// // Stands for a plugin in C that gets a log and may keep it.
    /// unsafe fn plugin(log: *mut alog_log) -> u64 {
    ///     let mut range = alog_range { begin: 0, end: 0 };
    ///     // SAFETY: the host's count is the plugin's now, and ends here.
    ///     unsafe {
    ///         alog_log_range(log, &mut range);
    ///         alog_log_release(log);
    ///     }
    ///     range.end - range.begin
    /// }
    ///
    /// let (mut writer, log) = FixedLog::try_new_claimed(&Options::new(1024, 256).record_size(3))?;
    /// writer.append_batch(b"onetwo")?;
    /// // SAFETY: a count of its own goes with the pointer.
    /// assert_eq!(unsafe { plugin(log.clone().into_raw()) }, 2);
    /// # Ok::<(), atomic_log::Error>(())
    /// ```
    #[must_use = "the count is leaked if nobody gives it back"]
    pub fn into_raw(self) -> *mut alog_log {
        self.into_core().into_raw().cast()
    }

    /// Takes a handle over from C, with one of the caller's counts. [`RecordLog::into_raw`] handed out the log, or C
    /// created it.
    ///
    /// ```
    /// use atomic_log::{ByteLog, Options};
    ///
    /// let pointer = ByteLog::try_new(&Options::new(4096, 1024))?.into_raw();
    /// // SAFETY: the count that came with the pointer, which is not used again.
    /// let log = unsafe { ByteLog::from_raw(pointer) };
    /// assert!(log.range().is_empty());
    /// # Ok::<(), atomic_log::Error>(())
    /// ```
    ///
    /// # Panics
    /// If the pointer is NULL, or the log's records are of the other kind. The count stays the caller's.
    ///
    /// # Safety
    /// `log` is a live handle, with a count of the caller's. That count ends here: the returned handle takes it over.
    pub unsafe fn from_raw(log: *mut alog_log) -> RecordLog<K> {
        let core = NonNull::new(log.cast()).expect("a log's pointer is not NULL");
        // SAFETY: a live log, with a count of the caller's, which is kept only if the kind is right.
        let core = ManuallyDrop::new(unsafe { LogRef::from_raw(core) });
        let kind = if K::ANY_SIZE { Kind::Bytes } else { Kind::Fixed };
        assert_eq!(core.geometry.kind, kind, "the log's records are of the other kind");
        RecordLog::from_core(ManuallyDrop::into_inner(core))
    }
}
