//! `alog_options` and the allocator.

use core::ffi::{c_char, c_void};
use core::ptr::null;

use super::given::{MAX_SIZE, sized, write_text};
use super::malloc::MALLOC;
use super::status::alog_status::{self, ALOG_ERR_ARGUMENT, ALOG_ERR_NULL, ALOG_OK};
use super::status::status;
use crate::raw::core::Core;
use crate::raw::{Geometry, Kind};
use crate::{Allocator, Error, Options, Problem};

/// Where memory comes from. Both functions are required. The library calls them from any thread, several at once,
/// never with NULL or size 0. They must not call alog_* functions and must not unwind. They must work until the last
/// handle of the log is gone.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct alog_allocator {
    /// Passed to both functions; may be NULL.
    pub context: *mut c_void,
    /// Returns size bytes aligned to align (a power of two), or NULL.
    pub allocate: Option<unsafe extern "C" fn(context: *mut c_void, size: usize, align: usize) -> *mut c_void>,
    /// Takes back what allocate returned, with the same size and align.
    pub deallocate: Option<unsafe extern "C" fn(context: *mut c_void, block: *mut c_void, size: usize, align: usize)>,
}

layout!(alog_allocator, size 24, align 8: context 0, allocate 8, deallocate 16);

/// How large a log is, where its memory comes from, and how much memory it may use. A log keeps records in segments. A
/// view shows at most the newest K segments, where K = ceil(retained_capacity / segment_capacity) + 1.
///
/// "Fixed" means a log of alog_log_create_fixed, "Bytes" a log of alog_log_create_bytes.
///
/// 56 bytes on 64-bit targets. Later versions may add members at the end. struct_size may be anything from the first
/// release's size to 4096. Bytes that the library does not know must be zero.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct alog_options {
    /// Set by ALOG_OPTIONS_INIT or alog_options_init.
    pub struct_size: u32,
    /// ALOG_FLAG_* combined by |, or 0.
    pub flags: u32,
    /// Minimum history kept readable. Required. Fixed: records. Bytes: bytes of segment space; each record takes its
    /// size rounded up to record_align, and an unusable segment end counts as used. At most 2^32 - 4 segments.
    pub retained_capacity: u64,
    /// Size of one segment, in the same unit. Required. At most 2^32 - 1.
    pub segment_capacity: u64,
    /// Fixed: bytes per record. Required. Bytes: 0.
    pub record_size: u64,
    /// Records lie at multiples of it. A power of two, at most 4096. 0: for fixed, the largest power of two that
    /// divides record_size, at most 64; for bytes, 8.
    pub record_align: u32,
    /// Bytes: how many records a segment can index. Each takes 8 bytes beside segment_capacity. A segment ends when its
    /// index is full, so set more for small records, and less for large ones. 0: segment_capacity / 32, or /
    /// record_align if that is more than 32; at least 16. The default adds a quarter to the memory. Fixed: 0.
    pub segment_records: u32,
    /// Segments allocated at creation. They come with two windows, plus one per segment beyond K + 1. 0: one segment.
    /// There is no upper limit: if memory does not suffice, creating the log gives all of it back and returns
    /// ALOG_ERR_NO_MEMORY.
    pub preallocated_segments: u32,
    /// Most segments that may be alive at once, pooled ones included. At least K + 1, and at least
    /// preallocated_segments. 0: no limit. With V views and p pins, K * (V + 1) + 1 + p never refuses a plain append. A
    /// view is a snapshot, a cursor, or a call in another thread that takes, refreshes, drops or looks at one, such as
    /// alog_log_range, alog_log_stats and alog_log_describe. A group that begins g segments needs K + g, so 2K is
    /// enough for any group that fits a view.
    pub max_segments: u32,
    /// Serves every allocation of the log and its handles. Copied. NULL: malloc and free.
    pub allocator: *const alog_allocator,
}

layout!(alog_options, size 56, align 8: struct_size 0, flags 4, retained_capacity 8, segment_capacity 16,
    record_size 24, record_align 32, segment_records 36, preallocated_segments 40, max_segments 44, allocator 48);

/// Every publication notifies, so that no alog_writer_notify is needed. Each publication then costs a few
/// nanoseconds more, has the progress of alog_writer_notify, and may make its system call.
pub const ALOG_FLAG_AUTO_NOTIFY: u32 = 1;
/// The library touches every page that it allocates at once. A writer that stays within the preallocated memory
/// then causes no page fault.
pub const ALOG_FLAG_PREFAULT: u32 = 2;

const SIZE: u32 = size_of::<alog_options>() as u32;

// The copy of an allocator that the library keeps is what options report.
const _: () = assert!(size_of::<alog_allocator>() == size_of::<Allocator>());

impl alog_options {
    const EMPTY: alog_options = alog_options {
        struct_size: SIZE,
        flags: 0,
        retained_capacity: 0,
        segment_capacity: 0,
        record_size: 0,
        record_align: 0,
        segment_records: 0,
        preallocated_segments: 0,
        max_segments: 0,
        allocator: null(),
    };

    /// Reads the caller's options, which may be of any version of the header.
    ///
    /// # Safety
    /// `options` points to as many readable bytes as its `struct_size` says.
    pub(super) unsafe fn read(options: *const alog_options) -> Result<(Options, Allocator), Refusal> {
        if !options.is_aligned() {
            return Err(argument(Problem::said("the options are not aligned")));
        }
        // SAFETY: aligned; it has as many readable bytes as its `struct_size` says, and its allocator is NULL or points
        // to one.
        unsafe {
            let why = " is not the size of alog_options (ALOG_OPTIONS_INIT sets it): it is at least";
            sized(options, why).map_err(argument)?.resolve()
        }
    }

    /// # Safety
    /// The allocator is NULL or points to one.
    unsafe fn resolve(&self) -> Result<(Options, Allocator), Refusal> {
        if self.flags & !(ALOG_FLAG_AUTO_NOTIFY | ALOG_FLAG_PREFAULT) != 0 {
            let why = " has a bit that this library does not know; it knows";
            let known = ALOG_FLAG_AUTO_NOTIFY | ALOG_FLAG_PREFAULT;
            return Err(argument(Problem::bound("flags", self.flags.into(), why, known.into(), "")));
        }
        let mut options = Options::new(self.retained_capacity, self.segment_capacity)
            .record_size(self.record_size)
            .record_align(self.record_align)
            .segment_records(self.segment_records)
            .preallocated_segments(self.preallocated_segments)
            .max_segments(self.max_segments)
            .auto_notify(self.flags & ALOG_FLAG_AUTO_NOTIFY != 0)
            .prefault(self.flags & ALOG_FLAG_PREFAULT != 0);
        if !self.allocator.is_null() {
            if !self.allocator.is_aligned() {
                return Err(argument(Problem::said("allocator is not aligned")));
            }
            // SAFETY: not NULL and aligned: the caller's allocator.
            let given = unsafe { *self.allocator };
            let (Some(allocate), Some(deallocate)) = (given.allocate, given.deallocate) else {
                let problem = Problem::said("allocator has no allocate, or no deallocate: it needs both");
                return Err(Refusal { status: ALOG_ERR_NULL, problem });
            };
            // SAFETY: what `alog_allocator` demands of the caller.
            options = options.allocator(unsafe { Allocator::new(given.context, allocate, deallocate) });
        }
        Ok((options, options.allocator.unwrap_or(MALLOC)))
    }

    /// Writes the options of a log to the caller's struct, which may be of any version of the header: at most its
    /// `struct_size` bytes.
    ///
    /// # Safety
    /// `out` is NULL, or there is room for as many bytes as its `struct_size` says, which no other thread uses.
    pub(super) unsafe fn write(core: &Core, out: *mut alog_options) -> Result<(), alog_status> {
        if out.is_null() {
            return Err(ALOG_ERR_NULL);
        }
        if !out.is_aligned() {
            return Err(ALOG_ERR_ARGUMENT);
        }
        let geometry = &core.geometry;
        let given = &geometry.options;
        // SAFETY: not NULL, aligned, and there is room for as many bytes as the first member says.
        unsafe {
            let size = (&raw const (*out).struct_size).read();
            if !(SIZE..=MAX_SIZE).contains(&size) {
                return Err(ALOG_ERR_ARGUMENT);
            }
            out.write(alog_options {
                struct_size: size,
                flags: if given.auto_notify { ALOG_FLAG_AUTO_NOTIFY } else { 0 }
                    | if given.prefault { ALOG_FLAG_PREFAULT } else { 0 },
                retained_capacity: given.retained_capacity,
                segment_capacity: given.segment_capacity,
                record_size: given.record_size,
                record_align: geometry.record_align as u32,
                segment_records: if geometry.kind == Kind::Bytes { geometry.capacity.get() } else { 0 },
                preallocated_segments: given.preallocated_segments,
                max_segments: given.max_segments,
                allocator: given.allocator.as_ref().map_or(null(), |own| core::ptr::from_ref(own).cast()),
            });
            // The bytes behind the last member: members of a newer caller's struct, and padding of this one if pointers
            // have 32 bits.
            let end = core::mem::offset_of!(alog_options, allocator) + size_of::<*const alog_allocator>();
            out.cast::<u8>().add(end).write_bytes(0, (size as usize).saturating_sub(end));
        }
        Ok(())
    }
}

/// Why options are refused.
pub(super) struct Refusal {
    pub(super) status: alog_status,
    problem: Problem,
}

fn argument(problem: Problem) -> Refusal {
    Refusal { status: ALOG_ERR_ARGUMENT, problem }
}

/// Tells in words which member of the options is wrong and what is allowed: "record_align 3 is not a power of two".
///
/// @param options  The options, of struct_size bytes.
/// @param bytes    True: for alog_log_create_bytes. False: for alog_log_create_fixed.
/// @param text     Receives one line of text, whatever is returned. The text is cut to size, always ends with a NUL,
///                 and is empty if nothing is wrong. May be NULL if size is 0.
/// @param size     Room in bytes, including the NUL. 160 are enough.
/// @return ALOG_OK: the options are right, and creating the log can only fail for memory; ALOG_ERR_NULL: options or
///         text is NULL, or a function of the allocator; ALOG_ERR_ARGUMENT: a member is not what alog_options allows.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_options_problem(
    options: *const alog_options,
    bytes: bool,
    text: *mut c_char,
    size: usize,
) -> alog_status {
    status(|| {
        if text.is_null() && size > 0 {
            return Err(ALOG_ERR_NULL);
        }
        let geometry = if bytes { Geometry::bytes } else { Geometry::fixed };
        let read = if options.is_null() {
            Err(Refusal { status: ALOG_ERR_NULL, problem: Problem::said("the options are NULL") })
        } else {
            // SAFETY: not NULL; it has as many readable bytes as its `struct_size` says.
            unsafe { alog_options::read(options) }
        };
        let refusal = read.and_then(|(options, _)| match geometry(&options) {
            Err(Error::Argument(problem)) => Err(argument(problem)),
            _ => Ok(()),
        });
        // SAFETY: the buffer is not NULL unless `size` is 0, and has room for `size` bytes.
        unsafe {
            write_text(text, size, |out| match &refusal {
                Ok(()) => Ok(()),
                Err(refusal) => refusal.problem.write(out),
            })
        };
        refusal.map(|()| ALOG_OK).map_err(|refusal| refusal.status)
    })
}

/// Sets struct_size, and everything else to zero. For languages that cannot use ALOG_OPTIONS_INIT.
///
/// @param options  What to initialise. The function writes the first release's 56 bytes (on 64-bit targets) in every
///                 version, so it never overruns the struct of a program that was compiled with an older header.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_options_init(options: *mut alog_options) {
    if !options.is_null() && options.is_aligned() {
        // SAFETY: not NULL, aligned, and there is room for one.
        unsafe { options.write(alog_options::EMPTY) };
    }
}
