//! The header is `src/ffi/atomic_log.h.in`, filled in with what cbindgen makes of `src/ffi` today. `make header` writes
//! it (with `ATOMIC_LOG_WRITE_HEADER=1`).
#![cfg(not(any(loom, shuttle)))]

use std::path::Path;

/// What cbindgen can only write in a way that not every compiler takes, and what stands there instead.
const REWRITTEN: [(&str, &str); 4] = [
    // The template has it once around all.
    ("#ifdef __cplusplus\nextern \"C\" {\n#endif // __cplusplus\n", ""),
    ("#ifdef __cplusplus\n}  // extern \"C\"\n#endif  // __cplusplus\n", ""),
    // In C before C23 `alog_status` would be the name of two types. `__STDC_VERSION__` is looked at where it may not be
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

/// The widest line of the header.
const WIDTH: usize = 120;

/// A declaration of the header, and its comment.
struct Item {
    name: String,
    comment: String,
    declaration: String,
}

impl Item {
    fn new(text: &str) -> Item {
        let (comment, declaration) = text.split_once(" */\n").expect("what the header declares has a comment");
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let before = match declaration {
            // The enum and its type.
            _ if declaration.contains("enum alog_status") => "alog_status",
            _ if declaration.starts_with("#define ") => declaration.split(' ').nth(1).expect("a macro has a name"),
            _ if declaration.starts_with("typedef ") => declaration.trim_end_matches(';'),
            _ => declaration.split('(').next().expect("a function has parameters"),
        };
        let name = before.rsplit(|c| !is_part(c)).next().expect("it has a name").to_owned();
        Item { name, comment: format!("{comment} */\n"), declaration: declaration.to_owned() }
    }

    /// As the header has it, after the declarations of `types`: these need no `struct`.
    fn written(&self, types: &[String]) -> String {
        let mut declaration = self.declaration.clone();
        for name in types {
            declaration = declaration.replace(&format!("struct {name} "), &format!("{name} "));
        }
        if declaration.contains("ALOG_API") {
            declaration = function(&declaration);
        }
        short_comments(&format!("{}{declaration}", self.comment))
    }
}

/// A function's declaration; broken between parameters if it is too long. `[[nodiscard]]` must come before
/// `__declspec(dllimport)`.
fn function(declaration: &str) -> String {
    let words = declaration.split_whitespace();
    let words: Vec<_> = words.filter(|word| !["ALOG_API", "ALOG_NODISCARD"].contains(word)).collect();
    let checked = if declaration.contains("ALOG_NODISCARD") { "ALOG_NODISCARD " } else { "" };
    let whole = format!("{checked}ALOG_API {}", words.join(" "));
    let column = whole.find('(').expect("a function has parameters") + 1;
    let (mut lines, mut line) = (String::new(), String::new());
    for parameter in whole.split_inclusive(", ") {
        if line.len() + parameter.trim_end().len() > WIDTH {
            lines += &format!("{}\n", line.trim_end());
            line = " ".repeat(column);
        }
        line += parameter;
    }
    lines + &line
}

/// Comments of one line that fit on one line do not take three.
fn short_comments(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let (mut short, mut at) = (Vec::new(), 0);
    while at < lines.len() {
        let one = match lines[at..] {
            [open, line, close, ..] if open.trim() == "/**" && close.trim() == "*/" => {
                Some(line.replacen(" * ", "/** ", 1) + " */").filter(|one| one.len() <= WIDTH)
            }
            _ => None,
        };
        at += if one.is_some() { 3 } else { 1 };
        short.push(one.unwrap_or_else(|| lines[at - 1].to_owned()));
    }
    short.join("\n")
}

/// What cbindgen makes of `src/ffi`: declarations, with a blank line between any two.
fn items(root: &Path) -> Vec<Item> {
    let config = cbindgen::Config::from_file(root.join("cbindgen.toml")).expect("cbindgen.toml is valid");
    let bindings = cbindgen::Builder::new().with_crate(root).with_config(config).generate().expect("src/ffi parses");
    let mut declarations = Vec::new();
    bindings.write(&mut declarations);
    let mut declarations = String::from_utf8(declarations).expect("the declarations are text");
    for (written, wanted) in REWRITTEN {
        assert!(declarations.contains(written), "cbindgen no longer writes what is rewritten here: {written}");
        declarations = declarations.replace(written, wanted);
    }
    declarations.trim().split("\n\n").filter(|text| !text.is_empty()).map(|text| Item::new(text.trim())).collect()
}

/// The template `src/ffi/atomic_log.h.in`, in which a line `@name@` stands for what cbindgen declares by that name.
fn generated() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let template = std::fs::read_to_string(root.join("src/ffi/atomic_log.h.in")).expect("the template is there");
    let version = [
        ("@MAJOR@", env!("CARGO_PKG_VERSION_MAJOR")),
        ("@MINOR@", env!("CARGO_PKG_VERSION_MINOR")),
        ("@PATCH@", env!("CARGO_PKG_VERSION_PATCH")),
    ];
    let template = version.iter().fold(template, |text, (word, number)| text.replace(word, number));
    let mut items = items(root);
    let (mut header, mut types) = (String::new(), Vec::new());
    for line in template.lines() {
        if let Some(name) = line.strip_prefix('@').and_then(|line| line.strip_suffix('@')) {
            let found = items.iter().position(|item| item.name == name);
            let found =
                found.unwrap_or_else(|| panic!("atomic_log.h.in: src/ffi has no {name}, or it stands here twice"));
            let item = items.remove(found);
            header += &item.written(&types);
            types.push(item.name);
        } else {
            header += line;
        }
        header += "\n";
    }
    let left: Vec<_> = items.iter().map(|item| &item.name).collect();
    assert!(left.is_empty(), "no place in src/ffi/atomic_log.h.in: write a line @name@ where it belongs, for {left:?}");
    for line in header.lines() {
        assert!(line.chars().count() <= WIDTH, "the header has a line of more than {WIDTH} characters: {line}");
    }
    header
}

#[test]
fn committed_header_is_the_generated_one() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("include/atomic_log.h");
    let generated = generated();
    if std::env::var_os("ATOMIC_LOG_WRITE_HEADER").is_some() {
        std::fs::write(&path, &generated).expect("include/ can be written");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    let difference = committed.lines().zip(generated.lines()).position(|(old, new)| old != new);
    assert!(
        committed == generated,
        "include/atomic_log.h is not what src/ffi says (first difference near line {}): run `make header` and commit it",
        difference.unwrap_or(committed.lines().count().min(generated.lines().count())) + 1
    );
}

fn declared_functions(header: &str) -> usize {
    let lines = header.lines().map(|line| line.strip_prefix("ALOG_NODISCARD ").unwrap_or(line));
    lines.filter(|line| line.starts_with("ALOG_API ")).count()
}

/// cbindgen drops functions that a macro makes, and does so silently: so every exported function is counted.
#[test]
fn every_exported_function_is_declared() {
    let header = generated();
    let mut exported = 0;
    for file in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/ffi")).expect("src/ffi is there") {
        let source = std::fs::read_to_string(file.expect("src/ffi can be listed").path()).expect("a source file");
        let mut lines = source.lines();
        while let Some(line) = lines.next() {
            if line != "#[unsafe(no_mangle)]" {
                continue;
            }
            let declaration = lines.next().expect("a function follows");
            let name = declaration.split("fn ").nth(1).and_then(|rest| rest.split('(').next()).expect("it has a name");
            assert!(header.contains(&format!("{name}(")), "{name} is exported, and not in the header");
            exported += 1;
        }
    }
    assert_eq!(exported, declared_functions(&header), "functions exported, functions declared");
}

/// The C library is a package of its own, in `capi/`: its version and the compiler that it asks for are the crate's.
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
    assert_eq!(compared, declared_functions(&header), "functions compared, functions declared");
}

/// The examples of the introduction and of the sections are C, and call functions as these are declared.
#[test]
#[cfg(target_os = "linux")]
fn examples_in_the_header_compile() {
    let header = generated();
    let mut program = String::from(
        "#include <atomic_log.h>\n#include <stdatomic.h>\n#include <stdio.h>\n\
         typedef struct tick { uint64_t time; double price; } tick;\n\
         void use(const void *), use_all(const alog_chunk *), report_lost(uint64_t);\n\
         extern atomic_bool stop;\nextern int fd;\n",
    );
    let mut examples = 0;
    for comment in header.split("\n/* ==") {
        // Later the introduction has lists, whose lines are indented like code.
        let comment = comment.split("*/").next().and_then(|comment| comment.split("\n * Contents").next());
        let code = comment.unwrap_or_default().lines().filter_map(|line| line.strip_prefix(" *   "));
        let code: Vec<&str> = code.filter(|line| *line != "...").collect();
        if !code.is_empty() {
            examples += 1;
            program += &format!(
                "int example_{examples}(alog_log *log, alog_writer *writer, alog_cursor *cursor,\n\
                 alog_options options, tick now, alog_chunk chunk) {{\n{{\n{}\n}}\nreturn 0;\n}}\n",
                code.join("\n")
            );
        }
    }
    assert_eq!(examples, 4, "examples in the header");
    let source = Path::new(env!("CARGO_TARGET_TMPDIR")).join("header_examples.c");
    std::fs::write(&source, program).expect("the target directory can be written");
    let mut compiler = std::process::Command::new("cc");
    compiler.args(["-std=c11", "-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-Wno-missing-prototypes"]);
    compiler.args(["-Wno-unused-parameter", "-I", concat!(env!("CARGO_MANIFEST_DIR"), "/include")]).arg(&source);
    assert!(compiler.status().expect("cc runs").success(), "{} does not compile", source.display());
}
