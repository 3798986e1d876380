//! The programs in README.md, docs/C.md and docs/RUST.md compile, and print what these documents say. The C programs
//! are compiled here as readers of the documents would compile them, linked with the static library and run. The Rust
//! programs are doctests, through items in src/lib.rs. And the documents name only what exists: files, make's targets,
//! orderings.
// Not on Windows: its programs are linked with the library that a script for Unix makes.
#![cfg(not(any(loom, shuttle, windows)))]

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output};

mod common {
    pub(crate) mod c_library;
}

use common::c_library::{self, root};

/// A fenced block: its language, where it begins, and what is in it.
struct Fence {
    language: String,
    line: usize,
    text: String,
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn fences(document: &str) -> Vec<Fence> {
    let text = read(document);
    let mut fences = Vec::new();
    let mut open: Option<Fence> = None;
    for (index, line) in text.lines().enumerate() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(language)) => {
                open = Some(Fence { language: language.to_owned(), line: index + 1, text: String::new() });
            }
            (Some(_), Some("")) => fences.extend(open.take()),
            (Some(fence), _) => fence.text.extend([line, "\n"]),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "{document}: the fence in line {} is never closed", open.map_or(0, |fence| fence.line));
    fences
}

/// Fails with the command's output, unless the command succeeded.
fn succeed(what: &str, command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{what}: {command:?} does not run: {error}"));
    assert!(
        output.status.success(),
        "{what}: {command:?} ended with {}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

#[test]
fn c_programs_compile_without_warnings_and_print_what_the_readme_says() {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("readme");
    c_library::build(&place);
    for document in ["README.md", "docs/C.md"] {
        c_programs_work(document, &place.join("libatomic_log.a"));
    }
}

fn c_programs_work(document: &str, library: &Path) {
    let fences = fences(document);
    let mut printed = 0;
    for (index, fence) in fences.iter().enumerate().filter(|(_, fence)| fence.language == "c") {
        let what = format!("{document}, line {}", fence.line);
        let name = format!("{}_line_{}", document.replace(['/', '.'], "_"), fence.line);
        let stem = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let source = stem.with_extension("c");
        std::fs::write(&source, &fence.text).expect("the target directory can be written");

        let mut compiler = c_library::compiler().to_command();
        compiler.args(["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror"]);
        compiler.arg("-I").arg(root().join("include")).arg(&source).arg(library);
        succeed(&what, compiler.args(["-lpthread", "-o"]).arg(&stem));

        let output = succeed(&what, &mut Command::new(&stem));
        if let Some(expected) = fences.get(index + 1).filter(|next| next.language == "text") {
            let actual = String::from_utf8_lossy(&output.stdout);
            assert_eq!(actual, expected.text, "{what}: what it prints, and line {} says", expected.line);
            printed += 1;
        }
    }
    assert!(printed > 0, "{document} shows no C program with what it prints in a ```text fence behind it");
}

/// `cargo test --doc` runs the Rust programs if an item of the crate has the README as its documentation.
#[test]
fn rust_programs_are_doctests() {
    let crate_root = read("src/lib.rs");
    for document in ["README.md", "docs/RUST.md"] {
        assert!(fences(document).iter().any(|fence| fence.language == "rust"), "{document} shows no Rust program");
        let hook = format!("#[doc = include_str!(\"../{document}\")]");
        assert!(
            crate_root.lines().any(|line| line.trim() == hook),
            "src/lib.rs does not say {hook} on an item for #[cfg(doctest)], so nothing runs {document}'s Rust programs"
        );
    }
}

const DOCUMENTS: [&str; 27] = [
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "docs/ABI.md",
    "docs/PROTOCOL.md",
    "docs/TESTING.md",
    "docs/INSTALL.md",
    "docs/PROCESS.md",
    "docs/C.md",
    "docs/CPP.md",
    "docs/RUST.md",
    "docs/DEBUGGING.md",
    "docs/RECORDER.md",
    "docs/EXAMPLES.md",
    "docs/PLATFORMS.md",
    "docs/REALTIME.md",
    "docs/CAPACITIES.md",
    "docs/PERFORMANCE.md",
    "docs/RELEASING.md",
    "docs/testing/runs.md",
    "examples-c/README.md",
    "bindings/go/README.md",
    "bindings/zig/README.md",
    "SECURITY.md",
    "mirror/README.md",
    "mirror/docs/WIRE.md",
    "mirror/docs/FROM_ONE_TO_MANY.md",
];

#[test]
fn links_between_files_lead_somewhere() {
    let mut links = 0;
    for document in DOCUMENTS {
        let text = read(document);
        // A lambda of C++'s looks like a link.
        let text: String = text.split("```").step_by(2).collect();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let path = link.split('#').next().unwrap_or_default();
            if link.contains("://") || path.is_empty() {
                continue;
            }
            let target = root().join(document).with_file_name(path);
            assert!(target.exists(), "{document} links to {link}, which is not there");
            links += 1;
        }
    }
    assert!(links > 0, "the documents link to nothing");
}

/// An example must be reachable from a document.
#[test]
fn every_example_is_in_the_table() {
    let table = read("docs/EXAMPLES.md");
    let folders = [
        ("examples", "rs"),
        ("examples-c", "c"),
        ("examples-cpp", "cpp"),
        ("examples-py", "py"),
        ("bindings/go/examples/follow", "go"),
        ("bindings/zig/examples", "zig"),
    ];
    for (folder, ending) in folders {
        let mut found = 0;
        for entry in std::fs::read_dir(root().join(folder)).expect("it can be listed") {
            let path = entry.expect("it can be listed").path();
            if path.extension().is_none_or(|extension| extension != ending) {
                continue;
            }
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            assert!(
                table.contains(&format!("](../{folder}/{name})")),
                "docs/EXAMPLES.md does not link to {folder}/{name}"
            );
            if ending == "rs" {
                let run = format!("cargo run --example {}", name.trim_end_matches(".rs"));
                assert!(table.contains(&run), "docs/EXAMPLES.md does not say `{run}`");
            }
            found += 1;
        }
        assert!(found > 0, "{folder} has no example that ends with .{ending}");
    }
}

#[test]
fn make_targets_named_in_the_documents_exist() {
    let makefile = read("Makefile");
    let targets: BTreeSet<&str> = makefile
        .lines()
        .filter(|line| line.starts_with(|first: char| first.is_ascii_lowercase()))
        .filter_map(|line| line.split_once(':').map(|(targets, _)| targets))
        .flat_map(str::split_whitespace)
        .collect();
    let mut named = 0;
    for document in DOCUMENTS {
        let text = read(document);
        let after = |quote| text.split(quote).skip(1);
        for rest in after("`make ").chain(after("\nmake ")) {
            let target = rest
                .split(|end: char| end != '-' && !end.is_ascii_lowercase() && !end.is_ascii_digit())
                .next()
                .unwrap_or_default();
            assert!(targets.contains(target), "{document} names `make {target}`, which the Makefile does not know");
            named += 1;
        }
    }
    assert!(named > 0, "the documents name no target");
}

/// Every ordering and step of the protocol that a search can weaken or break is in the protocol's document, which names
/// no other. And the models that fail then, according to it, exist.
#[test]
fn protocol_names_every_ordering_and_mutant() {
    let mut in_source = BTreeSet::new();
    let mut folders = vec![root().join("src/raw")];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("it can be listed") {
            let path = entry.expect("it can be listed").path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    for path in files {
        let source = read(&path);
        for invocation in ["ordering!(", "mutant!("] {
            let names = source.split(invocation).skip(1);
            in_source.extend(names.filter_map(|rest| rest.split([',', ')']).next().map(str::to_owned)));
        }
    }
    let document = read("docs/PROTOCOL.md");
    let in_document: BTreeSet<String> = document
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
        .filter(|name| {
            name.contains('_') && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
        })
        .map(str::to_owned)
        .collect();
    assert_eq!(in_document, in_source, "docs/PROTOCOL.md (left) and src/raw (right)");

    let models: Vec<(&str, &str)> = document.split('`').filter_map(|quoted| quoted.split_once("::")).collect();
    let in_models = |(file, _): &&(&str, &str)| root().join(format!("src/raw/loom_tests/{file}.rs")).exists();
    assert!(models.iter().filter(in_models).count() >= in_source.len(), "each name has a model");
    for (file, model) in models.iter().filter(in_models) {
        let source = read(format!("src/raw/loom_tests/{file}.rs"));
        assert!(
            source.contains(&format!("fn {model}()")),
            "docs/PROTOCOL.md names {file}::{model}, which is not there"
        );
    }
}
