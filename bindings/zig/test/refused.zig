//! Must not compile.

const atomic_log = @import("atomic_log");

const Named = extern struct { number: u64, name: [*]const u8 };

comptime {
    _ = atomic_log.Log(Named);
}
