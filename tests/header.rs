//! The header is `src/ffi/atomic_log.h.in`, filled in with what cbindgen makes of `src/ffi` today. `make header` writes
//! it (with `ATOMIC_LOG_WRITE_HEADER=1`).
#![cfg(not(any(loom, shuttle)))]

mod template;

use std::path::Path;

/// Text that cbindgen can only write in a way that not every compiler accepts, and its replacement.
const REWRITTEN: [(&str, &str); 4] = [
    // The template has it once around all.
    ("#ifdef __cplusplus\nextern \"C\" {\n#endif // __cplusplus\n", ""),
    ("#ifdef __cplusplus\n}  // extern \"C\"\n#endif  // __cplusplus\n", ""),
    // In C before C23 `alog_status` would be the name of two types. `__STDC_VERSION__` is used where it may not be
    // defined.
    (
        "enum alog_status\n\
         #if defined(__cplusplus) || __STDC_VERSION__ >= 202311L\n  \
           : int32_t\n\
         #endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L\n {\n",
        "#if defined(__cplusplus) || (defined(__STDC_VERSION__) && __STDC_VERSION__ >= 202311L)\n\
         enum alog_status : int32_t\n\
         #else\n\
         typedef int32_t alog_status;\n\
         enum alog_status_value\n\
         #endif\n\
         {\n",
    ),
    (
        "#ifndef __cplusplus\n\
         #if __STDC_VERSION__ >= 202311L\n\
         typedef enum alog_status alog_status;\n\
         #else\n\
         typedef int32_t alog_status;\n\
         #endif // __STDC_VERSION__ >= 202311L\n\
         #endif // __cplusplus\n",
        "#if !defined(__cplusplus) && defined(__STDC_VERSION__) && __STDC_VERSION__ >= 202311L\n\
         typedef enum alog_status alog_status;\n\
         #endif\n",
    ),
];

/// The template `src/ffi/atomic_log.h.in`, filled in.
fn generated() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let config = cbindgen::Config::from_file(root.join("cbindgen.toml")).expect("cbindgen.toml is valid");
    let bindings = cbindgen::Builder::new().with_crate(root).with_config(config).generate().expect("src/ffi parses");
    let mut declarations = Vec::new();
    bindings.write(&mut declarations);
    let mut declarations = String::from_utf8(declarations).expect("the declarations are text");
    for (written, wanted) in REWRITTEN {
        assert!(declarations.contains(written), "cbindgen no longer writes what is rewritten here: {written}");
        declarations = declarations.replace(written, wanted);
    }
    let template = std::fs::read_to_string(root.join("src/ffi/atomic_log.h.in")).expect("the template is there");
    let version = [
        ("@MAJOR@", env!("CARGO_PKG_VERSION_MAJOR")),
        ("@MINOR@", env!("CARGO_PKG_VERSION_MINOR")),
        ("@PATCH@", env!("CARGO_PKG_VERSION_PATCH")),
    ];
    let template = version.iter().fold(template, |text, (word, number)| text.replace(word, number));
    template::fill(&template, &declarations)
}

#[test]
fn committed_header_is_the_generated_one() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("include/atomic_log.h");
    template::assert_committed(&path, &generated(), "run `make header`");
}

#[test]
fn every_exported_function_is_declared() {
    template::assert_declared(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/ffi"), &generated());
}

/// The C library is a package of its own, in `capi/`. Its version and its minimum Rust version are the crate's.
#[test]
fn the_c_library_has_the_version_of_the_crate() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let said = |manifest: &str, key: &str| {
        let text = std::fs::read_to_string(root.join(manifest)).expect("the manifest is there");
        text.lines().find(|line| line.starts_with(&format!("{key} = "))).expect("the manifest says it").to_owned()
    };
    for key in ["version", "rust-version", "edition"] {
        assert_eq!(said("Cargo.toml", key), said("capi/Cargo.toml", key));
    }
}

/// `docs/REALTIME.md` and the comments agree on which functions allocate, and which are lock-free and not wait-free.
#[test]
fn progress_and_allocation_are_those_of_the_table() {
    let table =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/REALTIME.md")).expect("a page");
    let rows: Vec<Vec<&str>> = table.lines().map(|line| line.split(" | ").collect()).collect();
    let header = generated();
    let mut compared = 0;
    for (comment, declaration) in header.split("/**\n").filter_map(|part| part.split_once("*/\n")) {
        let declaration = declaration.strip_prefix("ALOG_NODISCARD ").unwrap_or(declaration);
        let Some(function) = declaration.strip_prefix("ALOG_API ").and_then(|text| text.split('(').next()) else {
            continue;
        };
        let name = function.rsplit([' ', '*']).next().expect("it has a name");
        let named = format!("`{name}`");
        let row =
            rows.iter().find(|row| row[0].contains(&named)).unwrap_or_else(|| panic!("{name} is not in the table"));
        let lock_free = comment.contains("\n * Progress: lock-free");
        assert_eq!(
            lock_free,
            row[3].contains("lock-free"),
            "{name}: the header's progress, and the table's: {}",
            row[3]
        );
        let allocates = comment.contains("\n * Allocates: ") && !comment.contains("\n * Allocates: never");
        assert_eq!(allocates, !row[1].starts_with("no"), "{name}: what the header and the table allocate: {}", row[1]);
        compared += 1;
    }
    assert_eq!(compared, template::declared_functions(&header), "functions compared, functions declared");
}

/// The examples of the introduction and of the sections are C, and call functions as these are declared.
#[test]
#[cfg(target_os = "linux")]
fn examples_in_the_header_compile() {
    let before = "#include <atomic_log.h>\n#include <stdatomic.h>\n#include <stdio.h>\n\
         typedef struct tick { uint64_t time; double price; } tick;\n\
         void use(const void *), use_all(const alog_chunk *), report_lost(uint64_t);\n\
         extern atomic_bool stop;\nextern int fd;\n";
    let parameters = "alog_log *log, alog_writer *writer, alog_cursor *cursor, alog_options options, tick now, \
                      alog_chunk chunk";
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join("header_examples.c");
    let examples = template::write_examples(&program, &generated(), before, parameters);
    assert_eq!(examples, 4, "examples in the header");
    template::assert_compiles(&program, &[concat!(env!("CARGO_MANIFEST_DIR"), "/include")]);
}
