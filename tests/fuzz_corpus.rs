//! The inputs that fuzzing has found (`make fuzz`), run once more. This needs neither a fuzzer nor a sanitizer.
//! `ATOMIC_LOG_FUZZ_INPUT=FILE cargo test --test fuzz_corpus TARGET -- --nocapture` runs one input, and prints its
//! program.
#![cfg(all(feature = "capi", not(any(loom, shuttle))))]

mod common {
    pub(crate) mod c_subject;
    pub(crate) mod memory;
    pub(crate) mod programs;
    pub(crate) mod reference;
    pub(crate) mod subject;
    pub(crate) mod world;
}

#[path = "../fuzz/programs/calls/mod.rs"]
mod calls;
#[path = "../fuzz/programs/model.rs"]
mod model;

use std::collections::BTreeSet;
use std::env::var_os;
use std::fs::{read, read_dir, read_to_string};
use std::path::{Path, PathBuf};

use atomic_log::ffi::status::alog_status::*;

use calls::promises::FUNCTIONS;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Names the input if one fails.
struct Running<'a>(&'a Path);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the input is {}", self.0.display());
        }
    }
}

fn one_input() -> Option<PathBuf> {
    var_os("ATOMIC_LOG_FUZZ_INPUT").map(PathBuf::from)
}

/// Runs the inputs of a target, in the order of their names, or the requested one.
fn replay(target: &str, mut run: impl FnMut(&[u8], bool)) {
    let mut inputs = Vec::from_iter(one_input());
    if inputs.is_empty() {
        let files = read_dir(root().join("fuzz/corpus").join(target)).expect("there is a corpus");
        inputs.extend(files.map(|file| file.expect("a corpus can be listed").path()));
        inputs.sort();
    }
    assert!(!inputs.is_empty());
    for input in &inputs {
        let running = Running(input);
        run(&read(running.0).expect("an input can be read"), one_input().is_some());
    }
}

/// Also checks that the corpus is worth keeping: every function in it returns everything that it promises.
#[test]
fn calls_of_the_corpus() {
    let mut seen = BTreeSet::new();
    replay("calls", |bytes, trace| {
        seen.extend(calls::run(bytes, trace).iter().map(|(function, status)| (*function, *status as i32)));
    });
    // Elsewhere the programs have no descriptor to write to.
    let called = |name: &str| cfg!(unix) || name != "alog_recorder_write_fd";
    for function in FUNCTIONS.iter().filter(|function| one_input().is_none() && called(function.name)) {
        let unseen = function.promised.iter().filter(|status| !seen.contains(&(function.index, **status as i32)));
        // To interrupt these takes another thread, at the right moment: tests/waiting.rs.
        let by_another = ["alog_snapshot_wait", "alog_cursor_wait"].contains(&function.name);
        let unseen: Vec<_> = unseen.filter(|status| !(by_another && **status == ALOG_INTERRUPTED)).collect();
        assert!(unseen.is_empty(), "no input makes {} answer {unseen:?}", function.name);
    }
}

#[test]
fn models_of_the_corpus() {
    replay("model", model::run);
}

/// What the header's introduction promises of every function that returns a status, so that its comment need not. The
/// `parameters` are the declaration's, as `const alog_log *log, alog_range *out`.
fn promised_of_all(comment: &str, parameters: &str) -> BTreeSet<String> {
    const HANDLES: [&str; 5] = ["alog_log", "alog_writer", "alog_snapshot", "alog_cursor", "alog_segment"];
    let mut promised = BTreeSet::new();
    for parameter in parameters.split(", ").filter(|parameter| parameter.contains('*')) {
        let (pointee, name) = parameter.rsplit_once('*').expect("a pointer");
        let pointee = pointee.trim().trim_start_matches("const ");
        let of_it = comment.split("@p").find(|part| part.starts_with(&format!("aram {name} "))).unwrap_or_default();
        if !of_it.contains("ay be NULL.") && !of_it.contains("ay be NULL:") {
            promised.insert("ALOG_ERR_NULL".to_owned());
        }
        if HANDLES.contains(&pointee) {
            promised.insert("ALOG_ERR_HANDLE".to_owned());
        } else if !["void", "char"].contains(&pointee) {
            promised.insert("ALOG_ERR_ARGUMENT".to_owned());
        }
    }
    promised
}

/// The programs hold the functions to the comments of the header.
#[test]
fn promises_are_those_of_the_header() {
    let header = read_to_string(root().join("include/atomic_log.h")).expect("the header is there");
    let mut declared = Vec::new();
    for (comment, rest) in header.split("/**").filter_map(|part| part.split_once("*/")) {
        let rest = rest.split_whitespace().filter(|word| !["ALOG_API", "ALOG_NODISCARD"].contains(word));
        let rest = rest.collect::<Vec<_>>().join(" ");
        let Some((function, _)) = rest.split_once(");") else { continue };
        let Some((name, parameters)) = function.strip_prefix("alog_status ").and_then(|rest| rest.split_once('('))
        else {
            continue;
        };
        if name.is_empty() {
            continue; // a function that a struct points to
        }
        let (_, answers) = comment.split_once("@return").expect("a comment says what its function returns");
        let answers = answers.split("\n *\n").next().unwrap_or_default();
        let is_part = |c: char| c.is_ascii_uppercase() || c == '_';
        let words = answers.split(|c| !is_part(c)).filter(|word| word.starts_with("ALOG_"));
        let mut promised = promised_of_all(comment, parameters);
        promised.extend(words.map(str::to_string));
        declared.push((name.to_owned(), promised));
    }
    declared.sort();
    let ours =
        FUNCTIONS.iter().map(|f| (f.name.to_owned(), BTreeSet::from_iter(f.promised.iter().map(|s| format!("{s:?}")))));
    let mut ours: Vec<_> = ours.collect();
    ours.sort();
    for (ours, declared) in ours.iter().zip(&declared) {
        assert_eq!(ours, declared, "fuzz/programs/calls/promises.rs, and the header");
    }
    assert_eq!(ours.len(), declared.len(), "functions that answer with a status");
}

/// `docs/ABI.md`: a bad flag is found before half an allocator. Once it was not.
#[test]
fn an_unknown_flag_is_told_before_half_an_allocator() {
    calls::run(include_bytes!("../fuzz/found/flag_and_half_an_allocator"), false);
}

/// `docs/ABI.md`: a misaligned out is found before a count of zero. Once it was not, with room for no chunk.
#[test]
fn a_misaligned_out_is_told_before_room_for_no_chunk() {
    calls::run(include_bytes!("../fuzz/found/misaligned_and_no_chunk"), false);
}

/// A refresh that brings something ends what a cursor may pin. With that taken out of `src/raw/read/cursor.rs`, no
/// input of `calls` failed, and the fuzzer needed thousands of programs to find one that does.
#[test]
fn the_current_chunk_ends_with_a_refresh_that_brings_something() {
    calls::run(include_bytes!("../fuzz/found/pin_after_a_refresh"), false);
}

/// What a recording reports as older was published. Skipped sequences never were, but they were counted.
#[test]
fn skipped_records_are_no_older_ones() {
    calls::run(include_bytes!("../fuzz/found/skipped_records_are_no_older_ones"), false);
}
