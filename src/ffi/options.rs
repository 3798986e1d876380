//! `alog_options` and the allocator.

use core::ffi::{c_char, c_void};
use core::ptr::null;

use super::answer::status;
use super::given::{MAX_SIZE, sized, write_text};
use super::malloc::MALLOC;
use super::status::alog_status::{self, ALOG_ERR_ARGUMENT, ALOG_ERR_NULL, ALOG_OK};
use crate::raw::core::Core;
use crate::raw::{Geometry, Kind};
use crate::{Allocator, Error, Options, Problem};

/// Where memory comes from. Both functions are required. They are called from any thread, several at once, never with
/// NULL or size 0; they must not call alog_* functions, nor unwind. They serve until the last handle of the log is gone.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct alog_allocator {
    /// Passed to both; may be NULL.
    pub context: *mut c_void,
    /// Returns `size` bytes aligned to `align` (a power of two), or NULL.
    pub allocate: Option<unsafe extern "C" fn(context: *mut c_void, size: usize, align: usize) -> *mut c_void>,
    /// Takes back what allocate returned, with the same size and alignment.
    pub deallocate: Option<unsafe extern "C" fn(context: *mut c_void, block: *mut c_void, size: usize, align: usize)>,
}

layout!(alog_allocator, size 24, align 8: context 0, allocate 8, deallocate 16);

/// How large a log is, where its memory comes from and how much there may be. With
/// K = ceil(retained_capacity / segment_capacity) + 1, a view holds at most the newest K segments.
///
/// 56 bytes on 64-bit targets. Grows at the end; any struct_size from the first release's to 4096 is
/// accepted, and bytes past the library's own must be zero.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct alog_options {
    /// ALOG_OPTIONS_INIT or alog_options_init sets it.
    pub struct_size: u32,
    /// Any of ALOG_FLAG_*, or 0.
    pub flags: u32,
    /// What stays readable at least. Fixed: records. Bytes: bytes of segment space, of which a record takes its size rounded
    /// up to record_align, and the rest of a segment where the next record does not fit, or that can index no more. Required,
    /// and fewer than 2^32 - 3 segments.
    pub retained_capacity: u64,
    /// The same unit, per segment, at most 2^32 - 1. Required.
    pub segment_capacity: u64,
    /// Fixed: bytes per record, required. Bytes: 0.
    pub record_size: u64,
    /// Power of two, at most 4096; records lie at multiples of it. 0: fixed = the largest power of two that divides record_size, at most 64; bytes = 8.
    pub record_align: u32,
    /// Bytes: how many records a segment can index, in 8 bytes each beside its capacity; 0 = segment_capacity / 32 (or
    /// / record_align, if that is more), at least 16, which adds a quarter. A segment ends when its index is full: say more for
    /// records that take fewer than 32 bytes, and less for records that take many. Fixed: 0.
    pub segment_records: u32,
    /// Taken when the log is created, with as many windows as appending without readers needs, and one more for each segment
    /// beyond K + 1; 0 = just the first.
    pub preallocated_segments: u32,
    /// Bound on the segments alive at once, whoever holds them, pooled ones included (they are reused first): at least
    /// K + 1 and preallocated_segments. A group that begins g segments needs K + g, so 2K take any that fits a view; with V
    /// views (snapshots, cursors, and calls in other threads that take, refresh, drop or only look at one: range, stats,
    /// describe) and p pins, K * (V + 1) + 1 + p never refuse a plain append.
    /// 0 = none.
    pub max_segments: u32,
    /// Copied; NULL = malloc's. Serves every allocation of the log and its handles.
    pub allocator: *const alog_allocator,
}

layout!(alog_options, size 56, align 8: struct_size 0, flags 4, retained_capacity 8, segment_capacity 16,
    record_size 24, record_align 32, segment_records 36, preallocated_segments 40, max_segments 44, allocator 48);

/// Every publication notifies, for those who would rather pay a few nanoseconds than remember alog_writer_notify.
pub const ALOG_FLAG_AUTO_NOTIFY: u32 = 1;
/// Every page of what is allocated is touched there and then, so that a writer that never exceeds what was preallocated
/// makes no page fault.
pub const ALOG_FLAG_PREFAULT: u32 = 2;

const SIZE: u32 = size_of::<alog_options>() as u32;

// What the library copies of an allocator is what options report.
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

    /// The options that the caller gave, whatever version of the header they were compiled with.
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
            // SAFETY: not NULL and aligned: an allocator of the caller's.
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

    /// Writes the options of a log to a struct of the caller's, of whatever version: at most its `struct_size` bytes.
    ///
    /// # Safety
    /// `out` is NULL, or there is room for as many bytes as its `struct_size` says, which nobody else uses.
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
            // What is behind the last member: of a newer caller's struct, and of this one's where pointers have 32 bits.
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

/// Says in words which member of the options is wrong, and what it may be: "record_align 3 is not a power of two".
///
/// @param options  The options, of struct_size bytes.
/// @param bytes    Whether they are for alog_log_create_bytes; else for alog_log_create_fixed.
/// @param text     Receives, whatever is returned, one line of text, cut off if it is longer than that, and a NUL behind it;
///                 an empty one if nothing is wrong. May be NULL if size is 0.
/// @param size     Bytes that there is room for, the NUL's included. 160 are enough.
/// @return ALOG_OK: nothing is wrong, and only memory may lack; ALOG_ERR_NULL: options or text is NULL, or a function of the
///         allocator; ALOG_ERR_ARGUMENT: options is misaligned, or struct_size or another member is not what alog_options
///         says.
///
/// Threads: any. Blocking: never. Allocates: never. Since: 0.1.0.
/// Safety: options must point to as many bytes as its struct_size says; text must have room for size bytes.
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

/// Fills in defaults: struct_size, and zero for the rest.
///
/// @param options  What to initialise; NULL and a misaligned pointer are ignored. Always the first release's 56 bytes
///                 on 64-bit targets, so that it never overruns the struct of a caller who was compiled with an older
///                 header.
///
/// Threads: any. Blocking: never. Allocates: never. Since: 0.1.0.
/// Safety: options must be NULL or point to an alog_options.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_options_init(options: *mut alog_options) {
    if !options.is_null() && options.is_aligned() {
        // SAFETY: not NULL, aligned, and there is room for one.
        unsafe { options.write(alog_options::EMPTY) };
    }
}
