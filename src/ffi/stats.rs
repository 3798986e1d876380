//! `alog_stats` and `alog_view_stats`: what a log and a view hold, and for whom.

use super::handle::{Tagged, get};
use super::log::{alog_log, with};
use super::snapshot::alog_snapshot;
use super::status::alog_status::{self, ALOG_ERR_ARGUMENT, ALOG_ERR_NULL, ALOG_OK};
use super::status::status;
use crate::raw::View;
use crate::{Stats, ViewStats};

/// What a log holds, and for whom. Numbers of segments and windows, and oldest_view_age, are from the writer's last
/// roll or trim. All others are current; what other threads do at the moment may not be counted yet. A roll begins a
/// new segment.
///
/// Later versions may add members at the end.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct alog_stats {
    /// Set by ALOG_STATS_INIT.
    pub struct_size: u32,
    /// 0.
    pub reserved: u32,
    /// Records ever published.
    pub records_appended: u64,
    /// Segments ever allocated, except those that a call allocated and, when it failed, gave back.
    pub segments_created: u64,
    /// Segments allocated now, pooled ones included.
    pub segments_live: u64,
    /// Segments in the writer's pool, ready to be used again.
    pub segments_pooled: u64,
    /// Segments that live only because a snapshot, cursor or pin holds them.
    pub segments_held_by_readers: u64,
    /// Windows that views may use, the current one included. A window lists the segments of a view.
    pub windows_live: u64,
    /// Snapshots and cursors. Exact while no other thread is in a call. A pin or a writer that just comes or goes may
    /// count as one.
    pub snapshots_live: u64,
    /// Pins on single segments.
    pub segment_pins_live: u64,
    /// Bytes that were taken from the allocator and not given back.
    pub bytes_allocated: u64,
    /// How many segments were published after the first.
    pub rolls: u64,
    /// Calls that failed because readers held all that max_segments allows.
    pub segment_limit_hits: u64,
    /// Allocator calls that returned NULL.
    pub allocation_failures: u64,
    /// How many segments the oldest view is behind the newest.
    pub oldest_view_age: u64,
}

layout!(alog_stats, size 112, align 8: struct_size 0, reserved 4, records_appended 8, segments_created 16,
    segments_live 24, segments_pooled 32, segments_held_by_readers 40, windows_live 48, snapshots_live 56,
    segment_pins_live 64, bytes_allocated 72, rolls 80, segment_limit_hits 88, allocation_failures 96,
    oldest_view_age 104);

/// What one view holds. Later versions may add members at the end.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct alog_view_stats {
    /// Set by ALOG_VIEW_STATS_INIT.
    pub struct_size: u32,
    /// 0.
    pub reserved: u32,
    /// Segments in view.
    pub segments: u64,
    /// Segments in view that the log no longer retains. Only this view and other readers keep them alive.
    pub segments_held: u64,
    /// The bytes of these segments, headers included.
    pub bytes_held: u64,
    /// How many segments the view is behind the newest.
    pub age: u64,
}

layout!(alog_view_stats, size 40, align 8: struct_size 0, reserved 4, segments 8, segments_held 16, bytes_held 24,
    age 32);

const MAX_SIZE: usize = 4096;

/// Writes a report to the caller's struct, which may be of any version of the header: at most its `struct_size` bytes,
/// and zeros for members that this library does not know.
///
/// # Safety
/// `T` begins with its size in bytes as a `u32`, and is made of integers. `out` is NULL, or there is room for as many
/// bytes as its `struct_size` says, which no other thread uses.
unsafe fn write<T>(out: *mut T, least: usize, report: impl FnOnce(u32) -> T) -> Result<alog_status, alog_status> {
    if out.is_null() {
        return Err(ALOG_ERR_NULL);
    }
    if !out.is_aligned() {
        return Err(ALOG_ERR_ARGUMENT);
    }
    // SAFETY: there is room for as many bytes as the struct's first member, its size, says; it is aligned, as checked
    // above.
    unsafe {
        let size = out.cast::<u32>().read();
        let room = size as usize;
        if !(least..=MAX_SIZE).contains(&room) {
            return Err(ALOG_ERR_ARGUMENT);
        }
        let report = report(size);
        let known = room.min(size_of::<T>());
        out.cast::<u8>().copy_from_nonoverlapping((&raw const report).cast(), known);
        out.cast::<u8>().add(known).write_bytes(0, room - known);
    }
    Ok(ALOG_OK)
}

/// Reads what a log holds, and for whom. It answers "which readers hold my memory?". It costs appends nothing.
///
/// @param log  The log.
/// @param out  Its struct_size must be set: use ALOG_STATS_INIT. At most struct_size bytes are written.
/// @return ALOG_OK; ALOG_ERR_ARGUMENT: bad struct_size.
///
/// Progress: lock-free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_log_stats(log: *const alog_log, out: *mut alog_stats) -> alog_status {
    // SAFETY: the log is NULL or a live handle; there is room at `out` for its `struct_size`. The first release's
    // struct is the least.
    status(|| unsafe {
        with(log, |core| {
            write(out, size_of::<alog_stats>(), |struct_size| {
                let stats = Stats::of(core);
                alog_stats {
                    struct_size,
                    reserved: 0,
                    records_appended: stats.records_appended,
                    segments_created: stats.segments_created,
                    segments_live: stats.segments_live,
                    segments_pooled: stats.segments_pooled,
                    segments_held_by_readers: stats.segments_held_by_readers,
                    windows_live: stats.windows_live,
                    snapshots_live: stats.snapshots_live,
                    segment_pins_live: stats.segment_pins_live,
                    bytes_allocated: stats.bytes_allocated,
                    rolls: stats.rolls,
                    segment_limit_hits: stats.segment_limit_hits,
                    allocation_failures: stats.allocation_failures,
                    oldest_view_age: stats.oldest_view_age,
                }
            })
        })
    })
}

/// Sets struct_size, and everything else to zero. For languages that cannot use ALOG_STATS_INIT.
///
/// @param stats  What to initialise: always the first release's 112 bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_stats_init(stats: *mut alog_stats) {
    // SAFETY: NULL, or there is room for the first release's struct, which is integers.
    unsafe { init(stats, 112) };
}

/// Sets struct_size, and everything else to zero. For languages that cannot use ALOG_VIEW_STATS_INIT.
///
/// @param stats  What to initialise: always the first release's 40 bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_view_stats_init(stats: *mut alog_view_stats) {
    // SAFETY: NULL, or there is room for the first release's struct, which is integers.
    unsafe { init(stats, 40) };
}

/// # Safety
/// `T` begins with its size in bytes as a `u32`, and is made of integers. `out` is NULL, or there is room for `size`
/// bytes, as many as its first release had.
unsafe fn init<T>(out: *mut T, size: u32) {
    if !out.is_null() && out.is_aligned() {
        // SAFETY: not NULL, aligned, and there is room for `size` bytes.
        unsafe {
            out.cast::<u8>().write_bytes(0, size as usize);
            out.cast::<u32>().write(size);
        }
    }
}

/// Reads what one view holds: the segments and bytes that the log no longer needs.
///
/// @param snapshot  The snapshot.
/// @param out       Its struct_size must be set: use ALOG_VIEW_STATS_INIT. At most struct_size bytes are written.
/// @return ALOG_OK; ALOG_ERR_ARGUMENT: bad struct_size.
///
/// Progress: lock-free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_snapshot_stats(snapshot: *const alog_snapshot, out: *mut alog_view_stats) -> alog_status {
    // SAFETY: the snapshot is NULL or a live handle, which no other call changes meanwhile.
    status(|| unsafe {
        let view = &get::<Tagged<View>>(snapshot)?.inner;
        write(out, size_of::<alog_view_stats>(), |struct_size| {
            let stats = ViewStats::of(view);
            alog_view_stats {
                struct_size,
                reserved: 0,
                segments: stats.segments,
                segments_held: stats.segments_held,
                bytes_held: stats.bytes_held,
                age: stats.age,
            }
        })
    })
}
