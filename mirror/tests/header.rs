//! The header is `src/ffi/atomic_log_nats.h.in`, filled in with what cbindgen makes of `src/ffi` today. `make
//! mirror-header` writes it (with `ATOMIC_LOG_WRITE_HEADER=1`).

#[path = "../../tests/template/mod.rs"]
mod template;

use std::path::Path;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn generated() -> String {
    let root = Path::new(ROOT);
    let config = cbindgen::Config::from_file(root.join("cbindgen.toml")).expect("cbindgen.toml is valid");
    let mut builder = cbindgen::Builder::new().with_config(config);
    for noun in ["options", "publisher", "mirror", "stats"] {
        builder = builder.with_src(root.join(format!("src/ffi/{noun}.rs")));
    }
    let mut declarations = Vec::new();
    builder.generate().expect("src/ffi parses").write(&mut declarations);
    let template = std::fs::read_to_string(root.join("src/ffi/atomic_log_nats.h.in")).expect("the template is there");
    template::fill(&template, &String::from_utf8(declarations).expect("the declarations are text"))
}

#[test]
fn committed_header_is_the_generated_one() {
    template::assert_committed(
        &Path::new(ROOT).join("include/atomic_log_nats.h"),
        &generated(),
        "run `make mirror-header`",
    );
}

#[test]
fn every_exported_function_is_declared() {
    template::assert_declared(&Path::new(ROOT).join("src/ffi"), &generated());
}

/// The examples of the introduction and of the sections are C, and call functions as these are declared.
#[test]
#[cfg(target_os = "linux")]
fn examples_in_the_header_compile() {
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join("header_examples.c");
    let parameters =
        "alog_log *log, alog_options log_options, alog_nats_options options, alog_nats_publisher *publisher";
    let before = "#include <atomic_log_nats.h>\n#include <stdio.h>\n";
    let examples = template::write_examples(&program, &generated(), before, parameters);
    assert_eq!(examples, 3, "examples in the header");
    let core = concat!(env!("CARGO_MANIFEST_DIR"), "/../include");
    template::assert_compiles(&program, &[concat!(env!("CARGO_MANIFEST_DIR"), "/include"), core]);
}
