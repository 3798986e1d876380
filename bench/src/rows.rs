//! The rows of the table: what is measured, against what, and to what purpose.

/// A row: `id` as the programs name it.
pub struct Row {
    pub id: &'static str,
    pub what: &'static str,
    /// What one operation is in this row.
    pub control: &'static str,
    /// The goal: the most, or the least for rows of `AT_LEAST`.
    pub goal: f64,
    /// What the library took that this one was written to replace, in its own words or numbers.
    pub original: &'static str,
}

const fn row(id: &'static str, what: &'static str, control: &'static str, goal: f64, original: &'static str) -> Row {
    Row { id, what, control, goal, original }
}

/// A ratio below this is suspect: nothing can be so much better than a control that is its limit. Then the control is
/// no limit, or it stalled.
pub const SUSPECT: f64 = 0.9;

/// Compared with another program's work or an earlier state. Such a control may be beaten.
pub const BEATABLE: &[&str] =
    &["made/1024", "follow/8", "follow/64", "c/snapshot", "c/publish/64", "c/follow/64", "c/look/64"];

/// Bigger is better in these.
pub const AT_LEAST: &[&str] = &["readers/8", "readers/64"];

pub const ROWS: &[Row] = &[
    row("append/8", "append, 8 B", "ring + store", 1.1, "4.4"),
    row("append/64", "append, 64 B", "ring + store", 1.1, "5.3"),
    row("append/1024", "append, 1 KiB", "ring + store", 1.2, "5.1"),
    row("made/1024", "append of 1 KiB made in registers", "append_with", 1.2, "none"),
    row("group/64", "group of 256 appends, 64 B, per record", "ring + store", 1.2, "none"),
    row("batch/8", "batch of 256, 8 B, per record", "memcpy", 1.25, "6.4"),
    row("batch/64", "batch of 256, 64 B, per record", "memcpy", 1.2, "1.9"),
    row("batch/1024", "batch of 256, 1 KiB, per record", "memcpy", 1.2, "1.9"),
    row("each/8", "batch of 256 from an iterator, 8 B, per record", "memcpy", 3.0, "none"),
    row("refresh/unchanged", "refresh, nothing new", "load", 3.0, "32"),
    row("refresh/append", "append + refresh", "ring + store + load", 2.0, "3.3"),
    row("follow/8", "append and receive on one thread, 8 B", "best queue", 1.0, "none"),
    row("follow/64", "append and receive on one thread, 64 B", "best queue", 1.0, "none"),
    row("refresh/1", "refresh across 1 roll", "pin", 4.0, "40 ns"),
    row("refresh/16", "refresh across 16 rolls", "pin", 4.0, "300 ns"),
    row("refresh/64", "refresh across 64 rolls", "pin", 4.0, "1060 ns"),
    row("snapshot/17", "snapshot + drop, 17 segments", "pin", 3.0, "79"),
    row("snapshot/257", "snapshot + drop, 257 segments", "pin", 3.0, "1100"),
    row("snapshot/4097", "snapshot + drop, 4097 segments", "pin", 3.0, "-"),
    row("sum/chunks", "sum over a view, chunk by chunk", "slice", 1.1, "1.2"),
    row("sum/fold", "sum over a view, iter().fold", "slice", 1.2, "5-7"),
    row("sum/for", "sum over a view, for over iter()", "slice", 3.0, "5-7"),
    row("roll/17", "a roll and the refresh that crosses it, 17 segments", "pin", 8.0, "110 ns"),
    row("roll/257", "a roll and the refresh that crosses it, 257 segments", "pin", 13.0, "-"),
    row("roll/p999", "p99.9 of single appends", "ring's p99.9", 2.0, "-"),
    row("bytes/16-256", "append of 16 to 256 B to a byte log", "ring + store", 1.8, "11-12"),
    row("hot/8", "writer with one hot reader, 8 B", "ring's slowdown", 1.2, "3.3"),
    row("hot/64", "writer with one hot reader, 64 B", "ring's slowdown", 1.2, "3.3"),
    row("observe/p50", "publish to observe, p50", "ring's p50", 1.15, "2.0-2.3"),
    row("observe/p99", "publish to observe, p99", "ring's p99", 1.3, "2"),
    row("readers/8", "writer's rate with 16 readers, 8 B", "ring's rate", 0.8, "0.2"),
    row("readers/64", "writer's rate with 16 readers, 64 B", "ring's rate", 0.8, "0.2"),
    row("c/append/8", "C: append, 8 B", "call + ring", 1.4, "none"),
    row("c/append/64", "C: append, 64 B", "call + ring", 1.4, "none"),
    row("c/append/1024", "C: append, 1 KiB", "call + ring", 1.4, "none"),
    row("c/reserve", "C: reserve + commit of one record, 64 B", "call + ring", 3.0, "none"),
    row("c/refresh", "C: refresh, nothing new", "call", 1.4, "none"),
    row("c/snapshot", "C: snapshot create + destroy", "malloc + free + 4 pins", 1.0, "none"),
    row("c/inline/append/8", "C, inline: append, 8 B", "ring + store", 1.15, "none"),
    row("c/inline/append/64", "C, inline: append, 64 B", "ring + store", 1.1, "none"),
    row("c/inline/append/256", "C, inline: append, 256 B", "ring + store", 1.1, "none"),
    row("c/inline/bytes/16-256", "C, inline: append of 16 to 256 B to a byte log", "ring + store", 1.3, "none"),
    row("c/inline/newest", "C, inline: nothing new", "load", 3.0, "none"),
    row("c/publish/64", "C, inline: publish, 64 B", "best of ck and liburcu", 1.0, "none"),
    row("c/follow/64", "C, inline: publish and receive on one thread, 64 B", "best of ck and liburcu", 1.0, "none"),
    row("c/record/64", "C: recording of 64 MiB in records of 64 B", "one write", 3.5, "none"),
    row("c/record/beside", "C, inline: append beside a recording", "append alone", 1.1, "none"),
    row("c/look/64", "C, inline: look for something new, read the newest", "best of ck and liburcu", 1.0, "none"),
    row("zig/append/8", "Zig: append, 8 B", "ring + store", 1.2, "none"),
    row("zig/append/64", "Zig: append, 64 B", "ring + store", 1.2, "none"),
    row("memory", "bytes held / payload, 8 B records, 17 segments", "payload", 1.05, "1.07"),
];
