const std = @import("std");
const atomic_log = @import("atomic_log");
const header = @import("header");
const c = atomic_log.c;
const same = std.testing.expectEqual;

/// Types that C does not distinguish: the type behind an optional pointer, or bytes and void behind a pointer.
fn plain(comptime T: type) type {
    return switch (@typeInfo(T)) {
        .optional => |info| info.child,
        .@"opaque" => anyopaque,
        else => if (T == u8) anyopaque else T,
    };
}

fn alike(comptime Ours: type, comptime Theirs: type) bool {
    const A, const B = .{ plain(Ours), plain(Theirs) };
    if (std.meta.activeTag(@typeInfo(A)) != std.meta.activeTag(@typeInfo(B))) return false;
    switch (@typeInfo(A)) {
        .pointer => |ours| {
            const theirs = @typeInfo(B).pointer;
            const named = @typeInfo(ours.child) == .@"opaque" and ours.child != anyopaque;
            if (named and !std.mem.endsWith(u8, @typeName(theirs.child), lastName(ours.child))) return false;
            return ours.is_const == theirs.is_const and
                (plain(ours.child) == anyopaque or alike(ours.child, theirs.child));
        },
        .@"struct" => |ours| {
            const theirs = @typeInfo(B).@"struct";
            if (@sizeOf(A) != @sizeOf(B) or @alignOf(A) != @alignOf(B)) return false;
            if (ours.fields.len != theirs.fields.len) return false;
            inline for (ours.fields, theirs.fields) |our, their| {
                if (!std.mem.eql(u8, our.name, their.name)) return false;
                if (@offsetOf(A, our.name) != @offsetOf(B, their.name)) return false;
                if (!alike(our.type, their.type)) return false;
            }
            return true;
        },
        .@"fn" => |ours| {
            const theirs = @typeInfo(B).@"fn";
            if (ours.params.len != theirs.params.len) return false;
            inline for (ours.params, theirs.params) |our, their| {
                if (!alike(our.type.?, their.type.?)) return false;
            }
            return alike(ours.return_type.?, theirs.return_type.?);
        },
        .array => |ours| {
            const theirs = @typeInfo(B).array;
            return ours.len == theirs.len and alike(ours.child, theirs.child);
        },
        .int => return @typeInfo(A).int.signedness == @typeInfo(B).int.signedness and @sizeOf(A) == @sizeOf(B),
        else => return A == B,
    }
}

fn lastName(comptime T: type) []const u8 {
    const name = @typeName(T);
    return name[std.mem.lastIndexOfScalar(u8, name, '.').? + 1 ..];
}

fn isFunction(comptime module: type, comptime name: []const u8) bool {
    return std.mem.startsWith(u8, name, "alog_") and @typeInfo(@TypeOf(@field(module, name))) == .@"fn";
}

test "every function, struct and number is as the header declares it" {
    @setEvalBranchQuota(200_000);
    comptime var functions = 0;
    inline for (@typeInfo(c).@"struct".decls) |decl| {
        const ours = @field(c, decl.name);
        if (comptime isFunction(c, decl.name)) {
            functions += 1;
            if (!comptime alike(@TypeOf(ours), @TypeOf(@field(header, decl.name)))) {
                std.debug.print("{s} is declared otherwise in the header\n", .{decl.name});
                return error.Differs;
            }
        } else if (comptime std.mem.startsWith(u8, decl.name, "ALOG_")) {
            try same(ours, @field(header, decl.name));
        } else if (@TypeOf(ours) == type and comptime std.mem.startsWith(u8, decl.name, "alog_")) {
            if (!comptime alike(ours, @field(header, decl.name))) {
                std.debug.print("{s} is another struct in the header\n", .{decl.name});
                return error.Differs;
            }
        }
    }
    try std.testing.expect(functions > 60);
}

test "nothing of the header is missing" {
    @setEvalBranchQuota(400_000);
    // Names that C spells otherwise, or has for its preprocessor alone.
    const left_out: std.StaticStringMap(void) = .initComptime(.{
        .{"alog_status"},        .{"alog_start"},           .{"ALOG_ATOMIC_LOG_H"},     .{"ALOG_API"},
        .{"ALOG_NODISCARD"},     .{"ALOG_VERSION"},         .{"ALOG_VERSION_MAJOR"},    .{"ALOG_VERSION_MINOR"},
        .{"ALOG_VERSION_PATCH"}, .{"ALOG_VERSION_STRING"},  .{"ALOG_VERSION_AT_LEAST"}, .{"ALOG_OPTIONS_INIT"},
        .{"ALOG_STATS_INIT"},    .{"ALOG_VIEW_STATS_INIT"}, .{"alog_status_value"},     .{"ALOG_CHANNEL_INIT"},
        .{"ALOG_FIELD"},
    });
    comptime var found = 0;
    inline for (@typeInfo(header).@"struct".decls) |decl| {
        if (comptime !std.ascii.startsWithIgnoreCase(decl.name, "alog_")) continue;
        found += 1;
        if (comptime !left_out.has(decl.name) and !@hasDecl(c, decl.name)) {
            std.debug.print("{s} is not in src/c.zig\n", .{decl.name});
            return error.Missing;
        }
    }
    try std.testing.expect(found > 100);
}

test "each struct that tells its size is initialised with it, and with zeros, as by C's function" {
    @setEvalBranchQuota(100_000);
    comptime var found = 0;
    inline for (@typeInfo(header).@"struct".decls) |decl| {
        if (comptime !std.mem.startsWith(u8, decl.name, "alog_")) continue;
        const Struct = @field(header, decl.name);
        if (@TypeOf(Struct) != type or @typeInfo(Struct) != .@"struct") continue;
        if (!@hasField(Struct, "struct_size") or Struct == header.alog_channel) continue;
        found += 1;
        const Ours = @field(c, decl.name);
        var initialised: Ours = .{};
        var by_c: Ours = undefined;
        @memset(std.mem.asBytes(&by_c), 0xff);
        @field(c, decl.name ++ "_init")(&by_c);
        // C's function stays that of the first release, whatever becomes of the struct.
        const first = by_c.struct_size;
        by_c.struct_size = @sizeOf(Ours);
        try std.testing.expectEqualSlices(u8, std.mem.asBytes(&initialised)[0..first], std.mem.asBytes(&by_c)[0..first]);
        try same(@sizeOf(Struct), initialised.struct_size);
        initialised.struct_size = 0;
        for (std.mem.asBytes(&initialised)) |byte| try same(0, byte);
    }
    try std.testing.expect(found >= 3); // options, and the statistics of a log and of a view
}

test "a channel is initialised as by C's macro, which has no function" {
    var initialised: c.alog_channel = .{};
    try same(@sizeOf(header.alog_channel), initialised.struct_size);
    try same(header.ALOG_NO_TIME, initialised.time_offset);
    initialised.struct_size = 0;
    initialised.time_offset = 0;
    inline for (@typeInfo(c.alog_channel).@"struct".fields) |field| {
        for (std.mem.asBytes(&@field(initialised, field.name))) |byte| try same(0, byte);
    }
}

test "each error is that of one status, which C names" {
    inline for (.{
        .{ error.NullPointer, "ALOG_ERR_NULL" },
        .{ error.InvalidArgument, "ALOG_ERR_ARGUMENT" },
        .{ error.InvalidHandle, "ALOG_ERR_HANDLE" },
        .{ error.OutOfMemory, "ALOG_ERR_NO_MEMORY" },
        .{ error.Claimed, "ALOG_ERR_CLAIMED" },
        .{ error.TooLarge, "ALOG_ERR_TOO_LARGE" },
        .{ error.WrongKind, "ALOG_ERR_KIND" },
        .{ error.SegmentLimit, "ALOG_ERR_SEGMENT_LIMIT" },
        .{ error.WrongState, "ALOG_ERR_STATE" },
        .{ error.OutOfRange, "ALOG_ERR_OUT_OF_RANGE" },
        .{ error.Finished, "ALOG_ERR_FINISHED" },
        .{ error.WriteFailed, "ALOG_ERR_IO" },
    }) |pair| try std.testing.expectEqualStrings(pair[1], atomic_log.statusName(pair[0]));
    try std.testing.expect(std.mem.indexOf(u8, atomic_log.message(error.Claimed), "writer") != null);
}

test "package, header and library are of one version" {
    try std.testing.expectEqualStrings(header.ALOG_VERSION_STRING, atomic_log.version());
    try std.testing.expectEqualStrings(@import("package").version, atomic_log.version());
}
