//! What this needs of `atomic_log.h`: logs are read and written by the C functions alone. So there is one core in a
//! process, the program's, whether that is the crate or the C library.
//!
//! The test below compares what is declared here with the crate.
#![allow(non_camel_case_types, reason = "C names")]

use std::ffi::c_void;
use std::marker::PhantomData;
use std::ops::Range;
use std::ptr::{NonNull, null_mut};
use std::time::Duration;

/// A status of `atomic_log.h`.
pub type Status = i32;

/// Statuses, by their names in `atomic_log.h`.
#[allow(missing_docs, reason = "atomic_log.h says it")]
pub mod status {
    pub const OK: i32 = 0;
    pub const TIMEOUT: i32 = 3;
    pub const ERR_NULL: i32 = -1;
    pub const ERR_ARGUMENT: i32 = -2;
    pub const ERR_HANDLE: i32 = -3;
    pub const ERR_NO_MEMORY: i32 = -4;
    pub const ERR_CLAIMED: i32 = -5;
    pub const ERR_TOO_LARGE: i32 = -6;
    pub const ERR_SEGMENT_LIMIT: i32 = -8;
    pub const ERR_INTERNAL: i32 = -11;
    pub const ERR_IO: i32 = -13;
}
use status::OK;

/// A log, as C has it.
#[repr(C)]
pub struct alog_log {
    opaque: [u8; 0],
}
#[repr(C)]
struct alog_writer {
    opaque: [u8; 0],
}
#[repr(C)]
struct alog_snapshot {
    opaque: [u8; 0],
}

/// `alog_options`.
#[allow(missing_docs, reason = "atomic_log.h says it")]
#[repr(C)]
#[derive(Clone, Copy)]
pub struct alog_options {
    struct_size: u32,
    flags: u32,
    pub(crate) retained_capacity: u64,
    pub(crate) segment_capacity: u64,
    pub(crate) record_size: u64,
    pub(crate) record_align: u32,
    pub(crate) segment_records: u32,
    preallocated_segments: u32,
    max_segments: u32,
    pub(crate) allocator: *const c_void,
}

impl alog_options {
    pub(crate) const EMPTY: alog_options = alog_options {
        struct_size: size_of::<alog_options>() as u32,
        flags: 0,
        retained_capacity: 0,
        segment_capacity: 0,
        record_size: 0,
        record_align: 0,
        segment_records: 0,
        preallocated_segments: 0,
        max_segments: 0,
        allocator: std::ptr::null(),
    };
}

/// `alog_slice`.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct Slice<'a> {
    data: *const u8,
    size: usize,
    bytes: PhantomData<&'a [u8]>,
}

impl<'a> Slice<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Slice<'a> {
        Slice { data: bytes.as_ptr(), size: bytes.len(), bytes: PhantomData }
    }
}

#[repr(C)]
#[derive(Clone, Copy)]
struct alog_span {
    offset: u32,
    size: u32,
}

#[repr(C)]
#[derive(Clone, Copy)]
struct alog_chunk {
    data: *const u8,
    count: usize,
    stride: usize,
    spans: *const alog_span,
    first_sequence: u64,
    segment_sequence: u64,
}

#[repr(C)]
#[derive(Clone, Copy, Default)]
struct alog_range {
    begin: u64,
    end: u64,
}

/// What a refresh brought.
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub(crate) struct alog_delta {
    pub(crate) first_sequence: u64,
    pub(crate) appended: u64,
    pub(crate) lost: u64,
}

unsafe extern "C" {
    fn alog_log_create_fixed(options: *const alog_options, out: *mut *mut alog_log) -> Status;
    fn alog_log_create_bytes(options: *const alog_options, out: *mut *mut alog_log) -> Status;
    fn alog_log_retain(log: *mut alog_log) -> *mut alog_log;
    fn alog_log_release(log: *mut alog_log);
    fn alog_log_options(log: *const alog_log, out: *mut alog_options) -> Status;
    fn alog_log_range(log: *const alog_log, out: *mut alog_range) -> Status;
    fn alog_log_is_finished(log: *const alog_log) -> bool;
    fn alog_writer_claim(log: *mut alog_log, out: *mut *mut alog_writer) -> Status;
    fn alog_writer_release(writer: *mut alog_writer);
    fn alog_writer_finish(writer: *mut alog_writer) -> Status;
    fn alog_writer_skip(writer: *mut alog_writer, sequence: u64) -> Status;
    fn alog_writer_append_batch(writer: *mut alog_writer, records: *const c_void, count: usize) -> Status;
    fn alog_writer_append_slices(writer: *mut alog_writer, records: *const Slice<'_>, count: usize) -> Status;
    fn alog_writer_begin(writer: *mut alog_writer) -> Status;
    fn alog_writer_publish(writer: *mut alog_writer) -> Status;
    fn alog_writer_abandon(writer: *mut alog_writer) -> Status;
    fn alog_writer_next_sequence(writer: *const alog_writer) -> u64;
    fn alog_writer_notify(writer: *mut alog_writer) -> Status;
    fn alog_snapshot_create(log: *const alog_log, out: *mut *mut alog_snapshot) -> Status;
    fn alog_snapshot_destroy(snapshot: *mut alog_snapshot);
    fn alog_snapshot_refresh(snapshot: *mut alog_snapshot, out: *mut alog_delta) -> Status;
    fn alog_snapshot_wait(snapshot: *const alog_snapshot, timeout_ns: u64) -> Status;
    fn alog_snapshot_range(snapshot: *const alog_snapshot, out: *mut alog_range) -> Status;
    fn alog_snapshot_latest(snapshot: *const alog_snapshot, out: *mut alog_range) -> Status;
    fn alog_snapshot_chunks_in(
        snapshot: *const alog_snapshot,
        range: alog_range,
        max: usize,
        out: *mut alog_chunk,
        written: *mut usize,
    ) -> Status;
}

fn ok(status: Status) -> Result<(), Status> {
    if status < OK { Err(status) } else { Ok(()) }
}

/// A log as the options say: of records of one size, if they have one.
///
/// # Safety
/// As `alog_log_create_fixed`.
pub(crate) unsafe fn create_log(options: *const alog_options) -> Result<Log, Status> {
    let mut log = null_mut();
    // SAFETY: the caller's contract.
    unsafe {
        if (*options).record_size == 0 {
            ok(alog_log_create_bytes(options, &mut log))?;
        } else {
            ok(alog_log_create_fixed(options, &mut log))?;
        }
        Log::from_raw(log).ok_or(status::ERR_INTERNAL)
    }
}

/// A counted handle on a log.
pub(crate) struct Log(NonNull<alog_log>);

// SAFETY: `alog_log` is for any thread.
unsafe impl Send for Log {}
// SAFETY: as above.
unsafe impl Sync for Log {}

impl Log {
    /// Takes over one count of the caller's.
    ///
    /// # Safety
    /// A live log, with a count of the caller's.
    pub(crate) unsafe fn from_raw(log: *mut alog_log) -> Option<Log> {
        NonNull::new(log).map(Log)
    }

    /// A handle with a count of its own.
    ///
    /// # Safety
    /// NULL, or points to 8 readable bytes; if they are a log's tag, it is a live log.
    pub(crate) unsafe fn retain(log: *mut alog_log) -> Result<Log, Status> {
        let mut options = alog_options::EMPTY;
        // SAFETY: the caller's contract; this refuses NULL and what is no log, which would be retained uncounted.
        unsafe {
            ok(alog_log_options(log, &mut options))?;
            Ok(Log(NonNull::new_unchecked(alog_log_retain(log))))
        }
    }

    /// The pointer, whose count is now the caller's.
    pub(crate) fn into_raw(self) -> *mut alog_log {
        let log = self.0.as_ptr();
        std::mem::forget(self);
        log
    }

    /// As the log was made, defaults filled in.
    pub(crate) fn options(&self) -> alog_options {
        let mut options = alog_options::EMPTY;
        // SAFETY: a live log; there is room.
        unsafe { alog_log_options(self.0.as_ptr(), &mut options) };
        options
    }

    /// The sequences of what a snapshot taken now would hold. Their end is a publication's end.
    pub(crate) fn range(&self) -> Range<u64> {
        let mut range = alog_range::default();
        // SAFETY: a live log; there is room.
        unsafe { alog_log_range(self.0.as_ptr(), &mut range) };
        range.begin..range.end
    }

    pub(crate) fn is_finished(&self) -> bool {
        // SAFETY: a live log.
        unsafe { alog_log_is_finished(self.0.as_ptr()) }
    }
}

impl Clone for Log {
    fn clone(&self) -> Log {
        // SAFETY: a live log.
        Log(unsafe { NonNull::new_unchecked(alog_log_retain(self.0.as_ptr())) })
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        // SAFETY: the handle's count.
        unsafe { alog_log_release(self.0.as_ptr()) }
    }
}

/// Records of one segment.
pub(crate) struct Chunk<'a> {
    chunk: alog_chunk,
    record_size: usize,
    view: PhantomData<&'a View>,
}

impl Chunk<'_> {
    pub(crate) fn first(&self) -> u64 {
        self.chunk.first_sequence
    }

    pub(crate) fn len(&self) -> usize {
        self.chunk.count
    }

    /// The records of a fixed log, if they lie back to back.
    pub(crate) fn packed(&self) -> Option<&[u8]> {
        let fixed = self.chunk.spans.is_null() && self.chunk.stride == self.record_size;
        // SAFETY: `count` records lie at `stride`, which is their size; the view covers them.
        fixed.then(|| unsafe { std::slice::from_raw_parts(self.chunk.data, self.chunk.count * self.record_size) })
    }

    pub(crate) fn record(&self, index: usize) -> &[u8] {
        assert!(index < self.chunk.count, "a record of the chunk");
        // SAFETY: the chunk has the record; the view covers it.
        unsafe {
            if self.chunk.spans.is_null() {
                return std::slice::from_raw_parts(self.chunk.data.add(index * self.chunk.stride), self.record_size);
            }
            let span = *self.chunk.spans.add(index);
            std::slice::from_raw_parts(self.chunk.data.add(span.offset as usize), span.size as usize)
        }
    }

    /// About how many bytes the records have.
    pub(crate) fn bytes(&self) -> usize {
        if self.chunk.spans.is_null() {
            return self.chunk.count * self.record_size;
        }
        // SAFETY: a chunk is never empty.
        let (first, last) = unsafe { (*self.chunk.spans, *self.chunk.spans.add(self.chunk.count - 1)) };
        (last.offset - first.offset + last.size) as usize
    }
}

/// A stable view of a log, which is refreshed by its owner.
pub(crate) struct View {
    snapshot: NonNull<alog_snapshot>,
    record_size: usize,
}

// SAFETY: a snapshot may move between threads.
unsafe impl Send for View {}

impl View {
    pub(crate) fn new(log: &Log) -> Result<View, Status> {
        let mut snapshot = null_mut();
        // SAFETY: a live log; there is room.
        unsafe { ok(alog_snapshot_create(log.0.as_ptr(), &mut snapshot))? };
        let snapshot = NonNull::new(snapshot).ok_or(status::ERR_INTERNAL)?;
        Ok(View { snapshot, record_size: log.options().record_size as usize })
    }

    pub(crate) fn refresh(&mut self) -> alog_delta {
        let mut delta = alog_delta::default();
        // SAFETY: a live snapshot of ours; there is room.
        unsafe { alog_snapshot_refresh(self.snapshot.as_ptr(), &mut delta) };
        delta
    }

    /// Until there is something newer, or it was finished, or the time is over.
    pub(crate) fn wait(&self, timeout: Duration) {
        // SAFETY: a live snapshot of ours.
        unsafe { alog_snapshot_wait(self.snapshot.as_ptr(), timeout.as_nanos() as u64) };
    }

    pub(crate) fn range(&self) -> Range<u64> {
        let mut range = alog_range::default();
        // SAFETY: a live snapshot of ours; there is room.
        unsafe { alog_snapshot_range(self.snapshot.as_ptr(), &mut range) };
        range.begin..range.end
    }

    /// The newest publication.
    pub(crate) fn latest(&self) -> Range<u64> {
        let mut range = alog_range::default();
        // SAFETY: a live snapshot of ours; there is room.
        unsafe { alog_snapshot_latest(self.snapshot.as_ptr(), &mut range) };
        range.begin..range.end
    }

    /// Each chunk of these records, which are in view.
    pub(crate) fn chunks(&self, range: Range<u64>, mut each: impl FnMut(&Chunk<'_>)) {
        let mut from = range.start;
        while from < range.end {
            let mut chunk = alog_chunk {
                data: null_mut(),
                count: 0,
                stride: 0,
                spans: null_mut(),
                first_sequence: 0,
                segment_sequence: 0,
            };
            let mut written = 0;
            let rest = alog_range { begin: from, end: range.end };
            // SAFETY: a live snapshot of ours; there is room for one.
            let status = unsafe { alog_snapshot_chunks_in(self.snapshot.as_ptr(), rest, 1, &mut chunk, &mut written) };
            assert!(status == OK && written == 1, "the records are in view");
            from += chunk.count as u64;
            each(&Chunk { chunk, record_size: self.record_size, view: PhantomData });
        }
    }
}

impl Drop for View {
    fn drop(&mut self) {
        // SAFETY: a live snapshot of ours, which ends here.
        unsafe { alog_snapshot_destroy(self.snapshot.as_ptr()) }
    }
}

/// The writer of a log.
pub(crate) struct Sink {
    writer: NonNull<alog_writer>,
    record_size: usize,
}

// SAFETY: a writer may move between threads.
unsafe impl Send for Sink {}

impl Sink {
    pub(crate) fn claim(log: &Log) -> Result<Sink, Status> {
        let mut writer = null_mut();
        // SAFETY: a live log; there is room.
        unsafe { ok(alog_writer_claim(log.0.as_ptr(), &mut writer))? };
        let writer = NonNull::new(writer).ok_or(status::ERR_INTERNAL)?;
        Ok(Sink { writer, record_size: log.options().record_size as usize })
    }

    pub(crate) fn next(&self) -> u64 {
        // SAFETY: a live writer of ours.
        unsafe { alog_writer_next_sequence(self.writer.as_ptr()) }
    }

    /// The next record has this sequence, which is not an earlier one.
    pub(crate) fn skip_to(&mut self, sequence: u64) -> Result<(), Status> {
        // SAFETY: a live writer of ours.
        ok(unsafe { alog_writer_skip(self.writer.as_ptr(), sequence) })
    }

    /// What `append` appends becomes visible at one instant, or not at all.
    pub(crate) fn group(&mut self, append: impl FnOnce(&mut Sink) -> Result<(), Status>) -> Result<(), Status> {
        // SAFETY: a live writer of ours.
        ok(unsafe { alog_writer_begin(self.writer.as_ptr()) })?;
        let appended = append(self);
        // SAFETY: as above.
        unsafe {
            if appended.is_err() {
                alog_writer_abandon(self.writer.as_ptr());
                return appended;
            }
            ok(alog_writer_publish(self.writer.as_ptr()))
        }
    }

    /// Records of the one size, back to back.
    pub(crate) fn append_packed(&mut self, records: &[u8]) -> Result<(), Status> {
        let count = records.len() / self.record_size.max(1);
        // SAFETY: a live writer of ours, and as many records; a log of another kind refuses them.
        ok(unsafe { alog_writer_append_batch(self.writer.as_ptr(), records.as_ptr().cast(), count) })
    }

    /// Records of any size.
    pub(crate) fn append_slices(&mut self, records: &[Slice<'_>]) -> Result<(), Status> {
        // SAFETY: a live writer of ours; the slices are readable.
        ok(unsafe { alog_writer_append_slices(self.writer.as_ptr(), records.as_ptr().cast(), records.len()) })
    }

    pub(crate) fn notify(&mut self) {
        // SAFETY: a live writer of ours.
        unsafe { alog_writer_notify(self.writer.as_ptr()) };
    }

    /// Ends the log.
    pub(crate) fn finish(self) {
        // SAFETY: a live writer of ours, which ends here.
        unsafe { alog_writer_finish(self.writer.as_ptr()) };
        std::mem::forget(self);
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        // SAFETY: a live writer of ours, which ends here.
        unsafe { alog_writer_release(self.writer.as_ptr()) }
    }
}

#[cfg(all(test, feature = "rust"))]
mod tests {
    use std::mem::offset_of;

    use super::*;
    use atomic_log::ffi::{log, options, snapshot, types, writer};

    /// A function's type, without the paths of its types, and with what stands for the same.
    fn shape<T>(_: T) -> String {
        let mut shape = String::new();
        for word in std::any::type_name::<T>().split_inclusive(|c: char| !c.is_alphanumeric() && c != '_' && c != ':') {
            shape += word.rsplit("::").next().unwrap_or(word);
        }
        shape.replace("alog_status", "i32").replace("Slice<'_>", "alog_slice").replace("Slice", "alog_slice")
    }

    #[test]
    fn functions_are_declared_as_the_core_defines_them() {
        macro_rules! same {
            ($($module:ident::$name:ident($($any:tt),*);)*) => {$(
                assert_eq!(
                    shape($name as unsafe extern "C" fn($($any),*) -> _),
                    shape($module::$name as unsafe extern "C" fn($($any),*) -> _),
                    stringify!($name)
                );
            )*};
        }
        same! {
            log::alog_log_create_fixed(_, _);
            log::alog_log_create_bytes(_, _);
            log::alog_log_retain(_);
            log::alog_log_release(_);
            log::alog_log_options(_, _);
            log::alog_log_range(_, _);
            log::alog_log_is_finished(_);
            writer::alog_writer_claim(_, _);
            writer::alog_writer_release(_);
            writer::alog_writer_finish(_);
            writer::alog_writer_skip(_, _);
            writer::alog_writer_append_batch(_, _, _);
            writer::alog_writer_append_slices(_, _, _);
            writer::alog_writer_begin(_);
            writer::alog_writer_publish(_);
            writer::alog_writer_abandon(_);
            writer::alog_writer_next_sequence(_);
            writer::alog_writer_notify(_);
            snapshot::alog_snapshot_create(_, _);
            snapshot::alog_snapshot_destroy(_);
            snapshot::alog_snapshot_refresh(_, _);
            snapshot::alog_snapshot_wait(_, _);
            snapshot::alog_snapshot_range(_, _);
            snapshot::alog_snapshot_latest(_, _);
            snapshot::alog_snapshot_chunks_in(_, _, _, _, _);
        }
        let declared =
            include_str!("abi.rs").split("unsafe extern \"C\" {").nth(1).and_then(|rest| rest.split("\n}").next());
        let declared = declared.expect("there is a block").matches("fn alog_").count();
        assert_eq!(declared, 25, "each function that is declared is compared above");
    }

    #[test]
    fn structs_lie_as_the_cores_do() {
        macro_rules! same {
            ($($ours:ty, $theirs:ty: $($member:ident),*;)*) => {$(
                assert_eq!(size_of::<$ours>(), size_of::<$theirs>());
                $(assert_eq!(offset_of!($ours, $member), offset_of!($theirs, $member), stringify!($member));)*
            )*};
        }
        same! {
            alog_options, options::alog_options: struct_size, flags, retained_capacity, segment_capacity, record_size,
                record_align, segment_records, preallocated_segments, max_segments, allocator;
            alog_range, types::alog_range: begin, end;
            alog_delta, types::alog_delta: first_sequence, appended, lost;
            alog_chunk, types::alog_chunk: data, count, stride, spans, first_sequence, segment_sequence;
            alog_span, types::alog_span: offset, size;
            Slice<'static>, types::alog_slice: data, size;
        }
        assert_eq!(size_of::<[usize; 3]>(), size_of::<options::alog_allocator>());
    }
}
