//! Fills in the template of a header with what cbindgen makes of `src/ffi`, and compares the committed header with the
//! result. `mirror/tests/header.rs` uses this, too.

#![allow(dead_code, unreachable_pub, reason = "two programs use it")]

use std::path::Path;

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

/// The template, in which a line `@name@` stands for what cbindgen declares by that name. Blank lines are between its
/// declarations.
pub fn fill(template: &str, declarations: &str) -> String {
    let mut items: Vec<Item> =
        declarations.trim().split("\n\n").filter(|text| !text.is_empty()).map(|text| Item::new(text.trim())).collect();
    let (mut header, mut types) = (String::new(), Vec::new());
    for line in template.lines() {
        if let Some(name) = line.strip_prefix('@').and_then(|line| line.strip_suffix('@')) {
            let found = items.iter().position(|item| item.name == name);
            let found = found.unwrap_or_else(|| panic!("the template: src/ffi has no {name}, or it stands here twice"));
            let item = items.remove(found);
            header += &item.written(&types);
            types.push(item.name);
        } else {
            header += line;
        }
        header += "\n";
    }
    let left: Vec<_> = items.iter().map(|item| &item.name).collect();
    assert!(left.is_empty(), "no place in the template: write a line @name@ where it belongs, for {left:?}");
    for line in header.lines() {
        assert!(line.chars().count() <= WIDTH, "the header has a line of more than {WIDTH} characters: {line}");
    }
    header
}

/// Writes the header on request, with `ATOMIC_LOG_WRITE_HEADER=1`. Then the committed one must be the generated one.
pub fn assert_committed(path: &Path, generated: &str, how: &str) {
    if std::env::var_os("ATOMIC_LOG_WRITE_HEADER").is_some() {
        std::fs::write(path, generated).expect("include/ can be written");
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    let difference = committed.lines().zip(generated.lines()).position(|(old, new)| old != new);
    assert!(
        committed == generated,
        "{} is not what src/ffi says (first difference near line {}): {how} and commit it",
        path.display(),
        difference.unwrap_or(committed.lines().count().min(generated.lines().count())) + 1
    );
}

pub fn declared_functions(header: &str) -> usize {
    let lines = header.lines().map(|line| line.strip_prefix("ALOG_NODISCARD ").unwrap_or(line));
    lines.filter(|line| line.starts_with("ALOG_API ")).count()
}

/// cbindgen silently drops functions that a macro makes. So every exported function is counted.
pub fn assert_declared(ffi: &Path, header: &str) {
    let mut exported = 0;
    for file in std::fs::read_dir(ffi).expect("src/ffi is there") {
        let source = std::fs::read_to_string(file.expect("src/ffi can be listed").path()).unwrap_or_default();
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
    assert_eq!(exported, declared_functions(header), "functions exported, functions declared");
}

/// Writes a program with a function for each example of the introduction and of the sections. Returns their number.
pub fn write_examples(path: &Path, header: &str, before: &str, parameters: &str) -> usize {
    let (mut program, mut examples) = (before.to_owned(), 0);
    for comment in header.split("\n/* ==") {
        // Later the introduction has lists, whose lines are indented like code.
        let comment = comment.split("*/").next().and_then(|comment| comment.split("\n * Contents").next());
        let code = comment.unwrap_or_default().lines().filter_map(|line| line.strip_prefix(" *   "));
        let code: Vec<&str> = code.filter(|line| *line != "...").collect();
        if !code.is_empty() {
            examples += 1;
            program +=
                &format!("int example_{examples}({parameters}) {{\n{{\n{}\n}}\nreturn 0;\n}}\n", code.join("\n"));
        }
    }
    std::fs::write(path, program).expect("the target directory can be written");
    examples
}

pub fn assert_compiles(program: &Path, includes: &[&str]) {
    let mut compiler = std::process::Command::new("cc");
    compiler.args(["-std=c11", "-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-Wno-missing-prototypes"]);
    compiler.arg("-Wno-unused-parameter").args(includes.iter().map(|place| format!("-I{place}"))).arg(program);
    assert!(compiler.status().expect("cc runs").success(), "{} does not compile", program.display());
}
