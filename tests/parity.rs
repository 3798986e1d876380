//! The two faces have the same members under the same names: what a type of `src/typed` has, its namesake of
//! `src/records` has, and the other way round. The members that only one of them has stand here, with the reason.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Namesakes.
const TYPES: [(&str, &str); 9] = [
    ("AtomicLog", "RecordLog"),
    ("Writer", "RecordWriter"),
    ("Group", "RecordGroup"),
    ("Snapshot", "RecordSnapshot"),
    ("Cursor", "RecordCursor"),
    ("Chunk", "RecordChunk"),
    ("Chunks", "RecordChunks"),
    ("Iter", "RecordIter"),
    ("Segment", "RecordSegment"),
];

/// Members of one face alone, and the reason.
const ALONE: &[(&str, &[&str])] = &[
    // They panic, and exist because the library that the names come from has them.
    ("AtomicLog", &["new", "new_claimed", "is_writer_claimed"]),
    // Its records have an alignment and a stride of their own, so the answer is known only at run time.
    ("RecordLog", &["record_align"]),
    ("RecordWriter", &["stride"]),
    // A closure constructs a value in place; a reservation, a record.
    ("Writer", &["append_with", "append_slice"]),
    ("Group", &["append_with", "append_slice"]),
    ("RecordWriter", &["reserve"]),
    ("RecordGroup", &["reserve"]),
    // C has only logs of records.
    ("RecordLog", &["into_raw", "from_raw"]),
    // A chunk of values is a slice, with all methods of slices.
    ("Chunk", &["values", "Deref"]),
    ("RecordChunk", &["len", "get", "iter"]),
    ("Segment", &["Deref"]),
    // The type of the values decides this: whether handles cross threads, and survive a panic.
    ("AtomicLog", MARKERS),
    ("Writer", MARKERS),
    ("Snapshot", MARKERS),
    ("Cursor", MARKERS),
    ("Segment", MARKERS),
    ("RecordChunk", MARKERS),
];
const MARKERS: &[&str] = &["Send", "Sync", "UnwindSafe", "RefUnwindSafe"];

#[test]
fn typed_and_record_faces_have_the_same_members() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut typed, mut records) = (members(&source.join("typed")), members(&source.join("records")));
    // Shared by C and Rust.
    read(&source.join("ffi/shared.rs"), &mut records);
    let mut faults = Vec::new();
    for (of_values, of_records) in TYPES {
        let of_values = (of_values, typed.remove(of_values).unwrap_or_default());
        let of_records = (of_records, records.remove(of_records).unwrap_or_default());
        assert!(of_values.1.len() > 2 && of_records.1.len() > 2, "{of_values:?} {of_records:?}");
        for ((name, has), (other, others)) in [(&of_values, &of_records), (&of_records, &of_values)] {
            let alone = || ALONE.iter().filter(|(of, _)| of == name).flat_map(|(_, members)| *members);
            let missing =
                has.iter().filter(|member| !others.contains(*member) && !alone().any(|alone| alone == *member));
            faults.extend(missing.map(|member| format!("{name} has {member}, and {other} has not")));
            let gone =
                alone().filter(|alone| others.contains(**alone) || !(has.contains(**alone) || MARKERS.contains(alone)));
            faults.extend(gone.map(|alone| format!("{name} is said to have {alone} alone, and it is not so")));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The public methods and the traits of each type.
type Members = BTreeMap<String, BTreeSet<String>>;

fn members(folder: &Path) -> Members {
    let mut members = Members::new();
    for entry in fs::read_dir(folder).unwrap() {
        read(&entry.unwrap().path(), &mut members);
    }
    members
}

/// rustfmt puts each `impl` and each method at the beginning of a line.
fn read(file: &Path, members: &mut Members) {
    let mut of: Option<String> = None;
    for line in fs::read_to_string(file).unwrap().lines() {
        if let Some(head) = line.strip_prefix("impl").or_else(|| line.strip_prefix("unsafe impl")) {
            let head = without_angles(head.trim_end_matches(['{', '}', ' ']));
            let (implemented, name) = match head.split_once(" for ") {
                Some((implemented, name)) => (Some(implemented), name),
                None => (None, head.as_str()),
            };
            // For a reference, it counts for the type.
            let name = last_name(name.split(" where ").next().unwrap().trim().trim_start_matches('&'));
            match implemented {
                Some(implemented) => {
                    members.entry(name).or_default().insert(same_words(&last_name(implemented.trim())));
                    of = None;
                }
                None => of = Some(name),
            }
        } else if line == "}" {
            of = None;
        } else if let (Some(of), Some(function)) = (&of, line.strip_prefix("    pub ")) {
            let function = function.trim_start_matches("const ").trim_start_matches("unsafe ");
            if let Some(function) = function.strip_prefix("fn ") {
                let name = function.split(['(', '<']).next().unwrap();
                members.entry(of.clone()).or_default().insert(same_words(name));
            }
        } else if let Some(derived) = line.strip_prefix("#[derive(").and_then(|line| line.strip_suffix(")]")) {
            of = Some(format!("derives {derived}"));
        } else if let Some(name) = line.strip_prefix("pub struct ") {
            let name = name.split(['<', ' ', '{']).next().unwrap().to_owned();
            if let Some(derived) = of.take().as_deref().and_then(|of| of.strip_prefix("derives ")) {
                members.entry(name).or_default().extend(derived.split(", ").map(str::to_owned));
            }
        }
    }
}

/// Values are records, where one face has this word and the other has that.
fn same_words(name: &str) -> String {
    if name == "records" { "values".to_owned() } else { name.to_owned() }
}

fn last_name(path: &str) -> String {
    path.rsplit("::").next().unwrap().trim_start_matches("'a ").to_owned()
}

fn without_angles(text: &str) -> String {
    let mut depth = 0;
    text.chars()
        .filter(|letter| {
            depth += i32::from(*letter == '<');
            let outside = depth == 0;
            depth -= i32::from(*letter == '>');
            outside
        })
        .collect()
}
