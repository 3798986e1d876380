//! docs/TESTING.md leads from each promise to the test that fails when it is broken. This test follows each link: every
//! test that a document names exists and is a test; every test file is named; and every promise of the README, every
//! invariant and edge of the protocol and every function of the header has a row. Also, documents do not state a fact
//! twice.
#![cfg(not(any(loom, shuttle)))]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The places of tests: their files by stem, with the content. Rust's have `#[test]`, C's are in `RUN`.
fn test_files() -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for (folder, ending) in [("tests", "rs"), ("src/raw/loom_tests", "rs"), ("src/raw", "rs"), ("c-tests", "c")] {
        for entry in std::fs::read_dir(root().join(folder)).expect("the folder can be listed") {
            let path = entry.expect("the folder can be listed").path();
            let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().to_owned();
            let of_tests = folder != "src/raw" || stem == "tests";
            if of_tests && stem != "mod" && path.extension().is_some_and(|found| found == ending) {
                let before = files.insert(stem, read(&path));
                assert!(before.is_none(), "{}: two files of tests with one name", path.display());
            }
        }
    }
    files
}

fn is_test(source: &str, name: &str) -> bool {
    let (declared, run) = (format!("fn {name}("), format!("({name})"));
    let rust = source.split("#[test]").skip(1).any(|rest| {
        rest.lines().map(str::trim).find(|line| line.starts_with("fn ")).is_some_and(|line| line.starts_with(&declared))
    });
    let c = source.lines().any(|line| line.trim_start().starts_with("RUN") && line.contains(&run));
    rust || c
}

fn is_name(word: &str) -> bool {
    !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// What stands between backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

#[test]
fn tests_that_documents_name_exist() {
    let files = test_files();
    let (mut named, mut faults) = (0, Vec::new());
    for document in ["docs/TESTING.md", "docs/PROTOCOL.md", "docs/ABI.md", "docs/REALTIME.md", "docs/PROCESS.md"] {
        let text = read(document);
        for (stem, name) in quoted(&text).filter_map(|words| words.split_once("::")) {
            let Some(source) = files.get(stem) else {
                if is_name(stem) && is_name(name) {
                    faults.push(format!("{document} names {stem}::{name}, and there is no file {stem}"));
                }
                continue;
            };
            if !is_test(source, name) {
                faults.push(format!("{document} names {stem}::{name}, which is no test"));
            }
            named += 1;
        }
        // Programs that stand for one claim.
        let programs = quoted(&text).filter(|word| {
            is_name(word) && ["test_", "stress_", "canary_"].iter().any(|prefix| word.starts_with(prefix))
        });
        faults.extend(
            programs
                .filter(|program| !files.contains_key(*program))
                .map(|program| format!("{document} names {program}, which is no program of c-tests")),
        );
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(named > 100, "the documents name {named} tests, which is too few to be true");
}

#[test]
fn every_file_of_tests_is_named() {
    let text = read("docs/TESTING.md");
    let named: BTreeSet<&str> = quoted(&text).map(|words| words.split("::").next().unwrap_or(words)).collect();
    let files = test_files();
    let unnamed: Vec<&String> = files.keys().filter(|stem| !named.contains(stem.as_str())).collect();
    assert!(unnamed.is_empty(), "docs/TESTING.md does not say what these are for: {unnamed:?}");
}

/// The first cells of the rows that name something in another cell.
fn rows(text: &str) -> Vec<&str> {
    let cells = text.lines().filter_map(|line| line.strip_prefix("| ")?.split_once(" | "));
    cells.filter(|(_, rest)| rest.contains('`')).map(|(first, _)| first.trim()).collect()
}

#[test]
fn every_promise_invariant_and_edge_has_a_row() {
    let text = read("docs/TESTING.md");
    let rows = rows(&text);

    let readme = read("README.md");
    let section = readme.split("\n## What you can rely on\n").nth(1).and_then(|rest| rest.split("\n## ").next());
    let promises: Vec<&str> = section
        .expect("README.md has the section")
        .lines()
        .filter_map(|line| line.strip_prefix("* **")?.split("**").next())
        .collect();
    assert!(promises.len() >= 10, "{promises:?} are all that README.md promises");
    for promise in promises {
        assert!(rows.contains(&promise), "README.md promises «{promise}», and docs/TESTING.md has no row for it");
    }

    let protocol = read("docs/PROTOCOL.md");
    let edges_and_invariants: Vec<&str> = self::rows(&protocol)
        .into_iter()
        .filter(|cell| cell.len() >= 2 && cell.starts_with(['I', 'E']) && cell[1..].chars().all(|c| c.is_ascii_digit()))
        .collect();
    assert_eq!(edges_and_invariants.len(), 18, "I1 to I10 and E1 to E8: {edges_and_invariants:?}");
    for name in edges_and_invariants {
        assert!(rows.contains(&name), "docs/PROTOCOL.md has {name}, and docs/TESTING.md has no row for it");
    }
}

#[test]
fn every_function_of_the_header_has_a_row() {
    let text = read("docs/TESTING.md");
    let named: BTreeSet<&str> = rows(&text).into_iter().flat_map(quoted).collect();
    let symbols = read("abi/atomic_log.map");
    let functions: Vec<&str> = symbols
        .lines()
        .filter_map(|line| line.trim().strip_suffix(';'))
        .filter(|name| name.starts_with("alog_"))
        .collect();
    assert!(functions.len() >= 68, "{} functions are listed", functions.len());
    for function in functions {
        assert!(named.contains(function), "docs/TESTING.md has no row for {function}");
    }
}

/// docs/REALTIME.md states progress and allocation twice: of operations, for any language, and of each function of C.
#[test]
fn operations_agree_with_the_functions() {
    let text = read("docs/REALTIME.md");
    let section = |title: &str| {
        let rest = text.split(&format!("\n## {title}\n")).nth(1).unwrap_or_else(|| panic!("{title} is a section"));
        let lines = rest.split("\n## ").next().unwrap_or(rest).lines();
        lines.filter(|line| line.starts_with("| ")).map(|line| line.split(" | ").collect()).collect::<Vec<Vec<&str>>>()
    };
    let functions = section("Each function");
    let mut compared = 0;
    for row in section("Each operation").iter().skip(1) {
        let [operation, allocates, progress, _, in_c] = row[..] else { panic!("five cells: {row:?}") };
        let rows: Vec<&Vec<&str>> = quoted(in_c)
            .map(|name| {
                let found = functions.iter().find(|row| quoted(row[0]).any(|other| other == name));
                found.unwrap_or_else(|| panic!("{operation}: {name} is none of the functions"))
            })
            .collect();
        assert_eq!(
            !allocates.starts_with("never"),
            rows.iter().any(|row| !row[1].starts_with("no")),
            "{operation}: what it allocates, and its functions: {rows:?}"
        );
        assert_eq!(
            progress.contains("lock-free"),
            rows.iter().any(|row| row[3].contains("lock-free")),
            "{operation}: its progress, and its functions': {rows:?}"
        );
        compared += rows.len();
    }
    assert!(compared > 30, "{compared} functions are compared, which is too few to be true");
}

/// A fact that many documents need stands in one, and the others link to it. Spaces do not count.
#[test]
fn facts_have_one_home() {
    let mut documents = vec![
        "README.md".to_owned(),
        "CONTRIBUTING.md".to_owned(),
        "examples-c/README.md".to_owned(),
        "bindings/go/README.md".to_owned(),
        "bindings/zig/README.md".to_owned(),
    ];
    for entry in std::fs::read_dir(root().join("docs")).expect("the folder can be listed") {
        let name = entry.expect("the folder can be listed").file_name().into_string().expect("names are UTF-8");
        if name.ends_with(".md") {
            documents.push(format!("docs/{name}"));
        }
    }
    let facts = [
        ("docs/CAPACITIES.md", "K(V+1)+1+p", "segments that stuck views and pins need"),
        ("docs/CAPACITIES.md", "/segment_capacity\u{2309}", "how K follows from the capacities"),
        ("docs/CAPACITIES.md", "K+g|", "segments that a group needs"),
        ("docs/CAPACITIES.md", "V+2", "how many windows there can be"),
        ("docs/PROTOCOL.md", "2+2\u{2308}n/K\u{2309}", "how many tables there can be"),
        ("docs/REALTIME.md", "**wait-free**:", "what the word means"),
        ("docs/REALTIME.md", "**lock-free**:", "what the word means"),
    ];
    for (home, fact, what) in facts {
        let told: Vec<&String> = documents
            .iter()
            .filter(|document| read(document).split_whitespace().collect::<String>().contains(fact))
            .collect();
        assert_eq!(told, [home], "{what}, {fact}: one document tells it, and the others link there");
    }
}
