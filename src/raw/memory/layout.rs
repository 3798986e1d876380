//! Sizes and offsets. They are validated and computed once, with checked arithmetic. Nothing below checks them again.

use ::core::alloc::Layout;
use ::core::num::NonZero;

use super::segment::{Segment, Span};
use super::table::Table;
use crate::sync::Plain;
use crate::{Error, Options, Problem};

/// What the records of a log are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum Kind {
    /// Values of one Rust type.
    Typed,
    /// Records of one size, known at run time.
    Fixed,
    /// Records of any size, behind an index of spans.
    Bytes,
}

/// Drops `count` values that lie one stride apart.
pub(crate) type DropValues = unsafe fn(values: *mut u8, count: usize);

#[derive(Clone, Copy)]
pub(crate) struct Geometry {
    pub(crate) kind: Kind,
    /// K: how many segments a window lists at most.
    pub(crate) window_segments: NonZero<u32>,
    /// Records that a segment can hold or, for bytes, index.
    pub(crate) capacity: NonZero<u32>,
    /// Bytes: bytes of records that a segment can hold. Otherwise 0.
    pub(crate) space: usize,
    /// Bytes of a record; 0 for byte logs.
    pub(crate) record_size: usize,
    pub(crate) record_align: usize,
    /// Bytes from one record to the next; 0 for byte logs.
    pub(crate) stride: usize,
    /// Bytes from a segment's header to its first record.
    pub(crate) data_offset: usize,
    /// Bytes from a segment's header to its first span.
    pub(crate) spans_offset: usize,
    pub(crate) segment: Layout,
    pub(crate) table: Layout,
    /// A table's slots, less one.
    pub(crate) table_mask: usize,
    /// The budget. `u32::MAX`: no bound.
    pub(crate) max_segments: u32,
    /// The options as they were given.
    pub(crate) options: Options,
    /// For typed values that need a drop.
    pub(crate) drop_values: Option<DropValues>,
}

const MAX_ALIGN: u32 = 4096;
/// The first record of a segment is aligned at least to this.
const MIN_DATA_ALIGN: usize = 64;

impl Geometry {
    /// Whether segments of values of type `T` have a scratch slot: one slot more than they hold values. Then an append
    /// may write its value before it knows whether there is room. Segments of values that fit in registers have none.
    /// Segments of large values have none either, since they may hold few values.
    pub(crate) const fn has_scratch_slot<T>() -> bool {
        size_of::<T>() > 16 && !Self::is_large::<T>()
    }

    /// Whether values of type `T` are too large for a scratch slot.
    pub(crate) const fn is_large<T>() -> bool {
        size_of::<T>() > 256
    }

    /// Whether a segment that nobody can see any more may hold values to drop or, in checked builds, memory to
    /// overwrite, before it is used again.
    #[inline(always)]
    pub(crate) fn cleans_segments(&self) -> bool {
        self.drop_values.is_some() || cfg!(feature = "checked")
    }

    /// Bytes from a segment's header to its first record, for records of this alignment.
    #[inline(always)]
    pub(crate) const fn data_offset(align: usize) -> usize {
        size_of::<Segment>().next_multiple_of(if align < MIN_DATA_ALIGN { MIN_DATA_ALIGN } else { align })
    }

    /// Where a segment's records begin.
    #[inline(always)]
    pub(crate) fn data(&self, segment: *const Segment) -> *mut u8 {
        segment.cast_mut().cast::<u8>().wrapping_add(self.data_offset)
    }

    /// Where the spans of a byte log's segment begin.
    #[inline(always)]
    pub(crate) fn spans(&self, segment: *const Segment) -> *mut Span {
        segment.cast_mut().cast::<u8>().wrapping_add(self.spans_offset).cast()
    }

    /// The geometry of a log of values of type `T`.
    pub(crate) fn typed<T>(options: &Options) -> Result<Geometry, Error> {
        for (member, value) in [("record_size", options.record_size), ("record_align", options.record_align.into())] {
            if value != 0 {
                return Err(refused(member, value, " is not 0, and comes from the type"));
            }
        }
        unsafe fn drop_values<T>(values: *mut u8, count: usize) {
            // SAFETY: the caller passes `count` initialised values, which it never touches again.
            unsafe { ::core::ptr::slice_from_raw_parts_mut(values.cast::<T>(), count).drop_in_place() };
        }
        let drops: Option<DropValues> = if ::core::mem::needs_drop::<T>() { Some(drop_values::<T>) } else { None };
        // The scratch slot is not one of `capacity`.
        let scratch = if Self::has_scratch_slot::<T>() { size_of::<T>() } else { 0 };
        records(Kind::Typed, options, size_of::<T>(), align_of::<T>(), scratch, drops)
    }

    /// The geometry of a log of records of `options.record_size` bytes.
    pub(crate) fn fixed(options: &Options) -> Result<Geometry, Error> {
        let size = usize::try_from(options.record_size).map_err(|_| OVERFLOW)?;
        if size == 0 {
            return Err(refused("record_size", 0, " is no size: say how many bytes a record has"));
        }
        let align = match check_align(options.record_align)? {
            0 => 1 << size.trailing_zeros().min(6),
            align => align,
        };
        records(Kind::Fixed, options, size, align, 0, None)
    }

    /// The geometry of a log of records of any size.
    pub(crate) fn bytes(options: &Options) -> Result<Geometry, Error> {
        if options.record_size != 0 {
            return Err(refused(
                "record_size",
                options.record_size,
                " is not 0: records of a byte log have sizes of their own",
            ));
        }
        let align = match check_align(options.record_align)? {
            0 => 8,
            align => align,
        };
        let (window_segments, space) = window(options)?;
        let by_default = NonZero::<u32>::MIN.saturating_add((space.get() / align.max(32) as u32).max(16) - 1);
        let capacity = NonZero::new(options.segment_records).unwrap_or(by_default);
        // The space is rounded up, so that an empty record at its end points inside the block.
        let data_offset = Self::data_offset(align);
        let space = space.get() as usize;
        let data = space.checked_next_multiple_of(align.max(align_of::<Span>())).ok_or(OVERFLOW)?;
        let spans_offset = data_offset.checked_add(data).ok_or(OVERFLOW)?;
        let spans = (capacity.get() as usize).checked_mul(size_of::<Span>()).ok_or(OVERFLOW)?;
        let size = spans_offset.checked_add(spans).ok_or(OVERFLOW)?;
        Ok(Geometry {
            kind: Kind::Bytes,
            capacity,
            space,
            record_align: align,
            data_offset,
            spans_offset,
            segment: segment_layout(size, align)?,
            ..common(options, window_segments)?
        })
    }
}

const OVERFLOW: Error = Error::Argument(Problem::said(
    "retained_capacity, segment_capacity and record_size are together more than this machine can address",
));

fn refused(member: &'static str, value: u64, why: &'static str) -> Error {
    Error::Argument(Problem::with(member, value, why))
}

fn records(
    kind: Kind,
    options: &Options,
    size: usize,
    align: usize,
    scratch: usize,
    drop_values: Option<DropValues>,
) -> Result<Geometry, Error> {
    if options.segment_records != 0 {
        return Err(refused("segment_records", options.segment_records.into(), " is not 0: it is for byte logs"));
    }
    let (window_segments, capacity) = window(options)?;
    let stride = size.checked_next_multiple_of(align).ok_or(OVERFLOW)?;
    let data_offset = Geometry::data_offset(align);
    let data = stride.checked_mul(capacity.get() as usize).ok_or(OVERFLOW)?;
    let size_in_all = data_offset.checked_add(data).and_then(|size| size.checked_add(scratch)).ok_or(OVERFLOW)?;
    Ok(Geometry {
        kind,
        capacity,
        record_size: size,
        record_align: align,
        stride,
        data_offset,
        segment: segment_layout(size_in_all, align)?,
        drop_values,
        ..common(options, window_segments)?
    })
}

/// What does not depend on the kind of records.
#[inline(never)]
fn common(options: &Options, window_segments: NonZero<u32>) -> Result<Geometry, Error> {
    let max_segments = match options.max_segments {
        0 => u32::MAX,
        max if max <= window_segments.get() => {
            let least = u64::from(window_segments.get()) + 1;
            let note = ", which is K + 1: retained_capacity / segment_capacity, rounded up, + 2";
            return Err(Error::Argument(Problem::bound("max_segments", max.into(), " is less than", least, note)));
        }
        max if max < options.preallocated_segments => {
            let least = options.preallocated_segments.into();
            let note = ", which is preallocated_segments";
            return Err(Error::Argument(Problem::bound("max_segments", max.into(), " is less than", least, note)));
        }
        max => max,
    };
    if options.first_sequence > 1 << 63 {
        return Err(refused("first_sequence", options.first_sequence, " is more than 2^63"));
    }
    let slots = Table::slots(window_segments.get() as usize).ok_or(OVERFLOW)?;
    let slots_layout = Layout::array::<Plain<*mut Segment>>(slots).map_err(|_| OVERFLOW)?;
    let (table, slots_offset) = Layout::new::<Table>().extend(slots_layout).map_err(|_| OVERFLOW)?;
    debug_assert_eq!(slots_offset, size_of::<Table>());
    Ok(Geometry {
        kind: Kind::Fixed,
        window_segments,
        capacity: NonZero::<u32>::MIN,
        space: 0,
        record_size: 0,
        record_align: 0,
        stride: 0,
        data_offset: 0,
        spans_offset: 0,
        segment: Layout::new::<Segment>(),
        table: table.pad_to_align(),
        table_mask: slots - 1,
        max_segments,
        options: *options,
        drop_values: None,
    })
}

/// K and the segment capacity.
fn window(options: &Options) -> Result<(NonZero<u32>, NonZero<u32>), Error> {
    if options.retained_capacity == 0 {
        return Err(refused("retained_capacity", 0, " keeps nothing: say how much stays readable"));
    }
    let Ok(capacity) = u32::try_from(options.segment_capacity) else {
        return Err(refused("segment_capacity", options.segment_capacity, " is more than 4294967295"));
    };
    let Some(capacity) = NonZero::new(capacity) else {
        return Err(refused("segment_capacity", 0, " holds nothing: say how much a segment has room for"));
    };
    // Segments are counted in 32 bits, and there are K + 1 of them at least.
    match u32::try_from(div_ceil(options.retained_capacity, capacity)) {
        Ok(segments) if segments < u32::MAX - 2 => Ok((NonZero::<u32>::MIN.saturating_add(segments), capacity)),
        _ => Err(refused("retained_capacity", options.retained_capacity, " is 2^32 - 3 segments or more")),
    }
}

/// The space that a record of `size` bytes takes. It cannot overflow, since a record lies in memory. It needs no
/// division, since an alignment is a power of two.
#[inline(always)]
pub(crate) fn occupied(size: usize, align: usize) -> usize {
    (size + align - 1) & !(align - 1)
}

/// A quotient, rounded up.
pub(crate) fn div_ceil(dividend: u64, divisor: NonZero<u32>) -> u64 {
    let divisor = NonZero::<u64>::from(divisor);
    dividend / divisor + u64::from(dividend % divisor != 0)
}

/// Checks a record's alignment. 0 stays 0, for which the caller has a default.
fn check_align(align: u32) -> Result<usize, Error> {
    if align != 0 && !align.is_power_of_two() {
        return Err(refused("record_align", align.into(), " is not a power of two"));
    }
    if align > MAX_ALIGN {
        return Err(refused("record_align", align.into(), " is more than 4096"));
    }
    Ok(align as usize)
}

fn segment_layout(size: usize, align: usize) -> Result<Layout, Error> {
    Layout::from_size_align(size, align.max(align_of::<Segment>())).map_err(|_| OVERFLOW)
}
