//! The layouts of the public structs are written down three times: as assertions beside the Rust types, as assertions
//! in c-tests/test_layout.c, and as a table in docs/ABI.md. They are one set of numbers.
#![cfg(all(not(loom), feature = "capi", target_pointer_width = "64"))]

use std::collections::{BTreeMap, BTreeSet};
use std::mem::offset_of;
use std::path::Path;

use atomic_log::ffi::cursor::alog_start;
use atomic_log::ffi::hot::{alog_follower, alog_glance, alog_hot};
use atomic_log::ffi::options::{alog_allocator, alog_options};
use atomic_log::ffi::recorder::{alog_channel, alog_field, alog_recorder, alog_recording, alog_sink};
use atomic_log::ffi::stats::{alog_stats, alog_view_stats};
use atomic_log::ffi::status::alog_status;
use atomic_log::ffi::types::{alog_chunk, alog_delta, alog_range, alog_reservation, alog_slice, alog_span};

/// A struct's size, its alignment, and its members with where they are, in order.
#[derive(Debug, Default, PartialEq)]
struct Layout {
    size: usize,
    align: usize,
    members: Vec<(String, usize)>,
}

type Layouts = BTreeMap<String, Layout>;

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path))
        .unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The layouts that the compiler makes. A member that is not named here does not compile.
fn in_rust() -> Layouts {
    let mut layouts = Layouts::new();
    macro_rules! layout {
        ($name:ident { $($member:ident),* }) => {
            let _every_member = |it: $name| {
                let $name { $($member: _),* } = it;
            };
            layouts.insert(stringify!($name).to_owned(), Layout {
                size: size_of::<$name>(),
                align: align_of::<$name>(),
                members: vec![$((stringify!($member).trim_start_matches("r#").to_owned(), offset_of!($name, $member))),*],
            });
        };
    }
    layout!(alog_allocator { context, allocate, deallocate });
    layout!(alog_options {
        struct_size,
        flags,
        retained_capacity,
        segment_capacity,
        record_size,
        record_align,
        segment_records,
        preallocated_segments,
        max_segments,
        allocator
    });
    layout!(alog_hot {
        slot,
        word,
        limit,
        target,
        record_size,
        stride,
        offset,
        space,
        spans,
        align,
        notify_limit,
        epoch,
        waiters
    });
    layout!(alog_glance { published, word });
    layout!(alog_follower { glance, first_sequence, kept, position, records, stride });
    layout!(alog_slice { data, size });
    layout!(alog_span { offset, size });
    layout!(alog_chunk { data, count, stride, spans, first_sequence, segment_sequence });
    layout!(alog_range { begin, end });
    layout!(alog_delta { first_sequence, appended, lost });
    layout!(alog_reservation { data, capacity, stride });
    layout!(alog_stats {
        struct_size,
        reserved,
        records_appended,
        segments_created,
        segments_live,
        segments_pooled,
        segments_held_by_readers,
        windows_live,
        snapshots_live,
        segment_pins_live,
        bytes_allocated,
        rolls,
        segment_limit_hits,
        allocation_failures,
        oldest_view_age
    });
    layout!(alog_view_stats { struct_size, reserved, segments, segments_held, bytes_held, age });
    layout!(alog_field { name, r#type, offset, count });
    layout!(alog_channel {
        struct_size,
        flags,
        topic,
        schema_name,
        fields,
        field_count,
        time_offset,
        message_encoding,
        schema_encoding,
        schema,
        schema_size,
        max_records,
        max_age
    });
    layout!(alog_sink { context, write });
    layout!(alog_recorder { private_ });
    layout!(alog_recording { records, bytes, older, left_out, ranges });
    layouts
}

fn number(text: &str) -> usize {
    text.parse().unwrap_or_else(|_| panic!("{text} is no number"))
}

/// `SIZE(type, size)`, `ALIGN(type, align)` and `FIELD(type, member, offset)`, one on each line. For a struct that has
/// grown, the last size counts.
fn in_c() -> Layouts {
    let mut layouts = Layouts::new();
    for line in read("c-tests/test_layout.c").lines() {
        let Some((what, rest)) = line.strip_suffix(");").and_then(|line| line.split_once('(')) else { continue };
        let words: Vec<&str> = rest.split(", ").collect();
        match (what, words.as_slice()) {
            ("SIZE", ["alog_status", size]) => assert_eq!(number(size), size_of::<alog_status>()),
            ("SIZE", ["alog_start", size]) => assert_eq!(number(size), size_of::<alog_start>()),
            ("SIZE", [name, size]) => layouts.entry((*name).to_owned()).or_default().size = number(size),
            ("ALIGN", [name, align]) => layouts.entry((*name).to_owned()).or_default().align = number(align),
            ("FIELD", [name, member, offset]) => {
                layouts.entry((*name).to_owned()).or_default().members.push(((*member).to_owned(), number(offset)));
            }
            _ => {}
        }
    }
    layouts
}

/// The rows of the table: struct, bytes, alignment, members with where they are.
fn in_the_document() -> Layouts {
    let document = read("docs/ABI.md");
    let rows = document.lines().skip_while(|line| !line.starts_with("| struct |")).skip(2);
    let mut layouts = Layouts::new();
    for row in rows.take_while(|line| line.starts_with('|')) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [name, size, align, members] = cells.as_slice() else { panic!("not a row of four cells: {row}") };
        let name = name.split('`').nth(1).unwrap_or_else(|| panic!("no name in {row}"));
        let members = members.split(", ").map(|member| {
            let (member, offset) = member.split_once(' ').unwrap_or_else(|| panic!("{member} is nowhere, in {row}"));
            (member.to_owned(), number(offset))
        });
        let members = members.collect();
        layouts.insert(name.to_owned(), Layout { size: number(size), align: number(align), members });
    }
    layouts
}

fn assert_same(place: &str, written: &Layouts) {
    let rust = in_rust();
    assert!(written.keys().eq(rust.keys()), "structs in {place}: {:?}, in Rust: {:?}", written.keys(), rust.keys());
    for (name, layout) in written {
        assert_eq!(*layout, rust[name], "{name} in {place} on the left, in Rust on the right");
    }
}

#[test]
fn every_struct_of_the_header_has_a_layout() {
    let header = read("include/atomic_log.h");
    let structs = header.lines().filter_map(|line| line.strip_prefix("typedef struct ")?.strip_suffix(" {"));
    assert_eq!(structs.collect::<BTreeSet<_>>(), in_rust().keys().map(String::as_str).collect());
}

#[test]
fn layouts_asserted_in_c_are_those_of_rust() {
    assert_same("c-tests/test_layout.c", &in_c());
}

#[test]
fn layouts_in_the_document_are_those_of_rust() {
    assert_same("docs/ABI.md", &in_the_document());
}
