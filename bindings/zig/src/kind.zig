//! The differences between logs of values of a type and logs of bytes.

const std = @import("std");
const c = @import("c.zig");
const inlined = @import("inlined.zig");

/// Records that are values of a type.
pub fn Fixed(comptime T: type) type {
    return struct {
        pub const is_fixed = true;
        /// What append takes: a pointer, so that the library's copy into the log is the only copy.
        pub const Record = *const T;
        /// A record in the log.
        pub const Shown = *const T;
        /// Records that are appended together.
        pub const Batch = []const T;
        pub const Value = T;
        /// Room for records in the log.
        pub const Room = []T;

        /// How large a log is, where its memory comes from, and how much memory it may use. See alog_options.
        pub const Options = struct {
            /// Minimum history kept readable, in records.
            retained_capacity: u64,
            /// Size of one segment, in records.
            segment_capacity: u64,
            /// Segments allocated at creation. 0: only the first.
            preallocated_segments: u32 = 0,
            /// Most segments that may be alive at once. 0: no limit.
            max_segments: u32 = 0,
            /// Every publication notifies, so that no `notify` is needed.
            auto_notify: bool = false,
            /// The library touches every page that it allocates at once.
            prefault: bool = false,
            /// Serves every allocation of the log and its handles, from any thread. Null: malloc. What it refers to
            /// must exist until the last handle is gone.
            allocator: ?std.mem.Allocator = null,

            pub fn raw(options: Options) c.alog_options {
                var out = common(options);
                out.record_size = @sizeOf(T);
                // Up to 64, the library takes the alignment from the record's size. The alignment of a type divides its
                // size.
                out.record_align = if (@alignOf(T) > 64) @alignOf(T) else 0;
                return out;
            }
        };

        /// Records of one segment, in order. Valid while a handle that covers the segment exists and is not refreshed.
        pub const Chunk = struct {
            records: []const T,
            /// Sequence of the chunk's first record.
            first_sequence: u64,
            /// 0, 1, 2, ... in order of creation.
            segment_sequence: u64,

            pub fn of(raw: c.alog_chunk) Chunk {
                const records: [*]const T = @ptrCast(@alignCast(raw.data.?));
                return .{
                    .records = records[0..raw.count],
                    .first_sequence = raw.first_sequence,
                    .segment_sequence = raw.segment_sequence,
                };
            }

            pub fn len(chunk: Chunk) usize {
                return chunk.records.len;
            }

            /// One more than the sequence of the last record.
            pub fn end(chunk: Chunk) u64 {
                return chunk.first_sequence + chunk.records.len;
            }

            pub fn at(chunk: Chunk, index: usize) *const T {
                return &chunk.records[index];
            }

            /// The chunk without its first records.
            pub fn from(chunk: Chunk, index: usize) Chunk {
                var rest = chunk;
                rest.records = chunk.records[index..];
                rest.first_sequence += index;
                return rest;
            }

            /// The chunk's first records alone.
            pub fn first(chunk: Chunk, count: usize) Chunk {
                var some = chunk;
                some.records = chunk.records[0..count];
                return some;
            }
        };

        pub fn shown(raw: c.alog_slice) *const T {
            return @ptrCast(@alignCast(raw.data.?));
        }

        pub fn room(raw: c.alog_reservation) []T {
            const records: [*]T = @ptrCast(@alignCast(raw.data.?));
            return records[0..raw.capacity];
        }

        pub inline fn append(writer: ?*c.alog_writer, hot: *c.alog_hot, record: *const T) c.Status {
            return inlined.append(T, writer, hot, record);
        }

        pub fn appendBatch(writer: ?*c.alog_writer, records: []const T) c.Status {
            return c.alog_writer_append_batch(writer, records.ptr, records.len);
        }

        pub const create = c.alog_log_create_fixed;

        /// Whether the records of a log are values of this type, one behind the other.
        pub fn check(options: c.alog_options) error{ WrongKind, InvalidArgument }!void {
            if (options.record_size == 0) return error.WrongKind;
            if (options.record_size != @sizeOf(T)) return error.InvalidArgument;
            if (@sizeOf(T) % options.record_align != 0) return error.InvalidArgument;
            if (options.record_align % @alignOf(T) != 0) return error.InvalidArgument;
        }
    };
}

/// Records that are bytes, of any size.
pub const Bytes = struct {
    pub const is_fixed = false;
    pub const Value = []const u8;
    /// What append takes.
    pub const Record = []const u8;
    /// A record in the log.
    pub const Shown = []const u8;
    /// Records that are appended together.
    pub const Batch = []const c.alog_slice;
    /// Room for a record in the log.
    pub const Room = []u8;

    /// How large a log is, where its memory comes from, and how much memory it may use. See alog_options.
    pub const Options = struct {
        /// Minimum history kept readable, in bytes of segment space.
        retained_capacity: u64,
        /// Size of one segment, in bytes.
        segment_capacity: u64,
        /// Records lie at multiples of it. A power of two, at most 4096. 0: 8.
        record_align: u32 = 0,
        /// How many records a segment can index. 0: segment_capacity / 32, at least 16.
        segment_records: u32 = 0,
        /// Segments allocated at creation. 0: only the first.
        preallocated_segments: u32 = 0,
        /// Most segments that may be alive at once. 0: no limit.
        max_segments: u32 = 0,
        /// Every publication notifies, so that no `notify` is needed.
        auto_notify: bool = false,
        /// The library touches every page that it allocates at once.
        prefault: bool = false,
        /// Serves every allocation of the log and its handles, from any thread. Null: malloc. What it refers to must
        /// exist until the last handle is gone.
        allocator: ?std.mem.Allocator = null,

        pub fn raw(options: Options) c.alog_options {
            var out = common(options);
            out.record_align = options.record_align;
            out.segment_records = options.segment_records;
            return out;
        }
    };

    /// Records of one segment, in order. Valid while a handle that covers the segment exists and is not refreshed.
    pub const Chunk = struct {
        /// What the spans' offsets count from.
        base: [*]const u8,
        /// One per record.
        spans: []const c.alog_span,
        /// Sequence of the chunk's first record.
        first_sequence: u64,
        /// 0, 1, 2, ... in order of creation.
        segment_sequence: u64,

        pub fn of(raw: c.alog_chunk) Chunk {
            return .{
                .base = raw.data.?,
                .spans = raw.spans.?[0..raw.count],
                .first_sequence = raw.first_sequence,
                .segment_sequence = raw.segment_sequence,
            };
        }

        pub fn len(chunk: Chunk) usize {
            return chunk.spans.len;
        }

        /// One more than the sequence of the last record.
        pub fn end(chunk: Chunk) u64 {
            return chunk.first_sequence + chunk.spans.len;
        }

        pub fn at(chunk: Chunk, index: usize) []const u8 {
            const span = chunk.spans[index];
            return chunk.base[span.offset..][0..span.size];
        }

        /// The chunk without its first records.
        pub fn from(chunk: Chunk, index: usize) Chunk {
            var rest = chunk;
            rest.spans = chunk.spans[index..];
            rest.first_sequence += index;
            return rest;
        }

        /// The chunk's first records alone.
        pub fn first(chunk: Chunk, count: usize) Chunk {
            var some = chunk;
            some.spans = chunk.spans[0..count];
            return some;
        }
    };

    pub fn shown(raw: c.alog_slice) []const u8 {
        return if (raw.data) |data| data[0..raw.size] else &.{};
    }

    pub fn room(raw: c.alog_reservation) []u8 {
        return if (raw.data) |data| data[0..raw.capacity] else &.{};
    }

    pub inline fn append(writer: ?*c.alog_writer, hot: *c.alog_hot, record: []const u8) c.Status {
        return inlined.appendBytes(writer, hot, record);
    }

    pub fn appendBatch(writer: ?*c.alog_writer, records: []const c.alog_slice) c.Status {
        return c.alog_writer_append_slices(writer, records.ptr, records.len);
    }

    pub const create = c.alog_log_create_bytes;

    /// Whether the records of a log are bytes of any size.
    pub fn check(options: c.alog_options) error{ WrongKind, InvalidArgument }!void {
        if (options.record_size != 0) return error.WrongKind;
    }
};

fn common(options: anytype) c.alog_options {
    return .{
        .flags = (if (options.auto_notify) c.ALOG_FLAG_AUTO_NOTIFY else 0) |
            (if (options.prefault) c.ALOG_FLAG_PREFAULT else 0),
        .retained_capacity = options.retained_capacity,
        .segment_capacity = options.segment_capacity,
        .preallocated_segments = options.preallocated_segments,
        .max_segments = options.max_segments,
    };
}

/// Returns why a type cannot be the type of a log's records. Null: it can.
pub fn refusal(comptime T: type) ?[:0]const u8 {
    comptime {
        const why = reason(T, "") orelse switch (@sizeOf(T)) {
            0 => "it has no size",
            else => if (@alignOf(T) <= 4096) return null else "it asks for more than 4096 bytes of alignment",
        };
        return "no log of " ++ @typeName(T) ++ ": " ++ why;
    }
}

/// Returns what is wrong with a type, or with a part of it. The path leads to the part: "a.b" for field b of field a.
fn reason(comptime T: type, comptime path: []const u8) ?[:0]const u8 {
    const subject = if (path.len == 0) "it" else "field '" ++ path ++ "'";
    switch (@typeInfo(T)) {
        .bool, .int, .float, .@"enum" => return null,
        inline .array, .vector => |info| return reason(info.child, path),
        inline .@"struct", .@"union" => |info| {
            if (info.layout == .auto) {
                return subject ++ " is neither extern nor packed, so its layout is the compiler's affair";
            }
            for (info.fields) |field| {
                const inner = if (path.len == 0) field.name else path ++ "." ++ field.name;
                if (reason(field.type, inner)) |why| return why;
            }
            return null;
        },
        .pointer, .@"fn" => return subject ++ " is a pointer",
        else => return subject ++ " has no layout that is defined",
    }
}
