//! The header is what cbindgen makes of `src/ffi` today. `ATOMIC_LOG_WRITE_HEADER=1` writes it.

use std::path::Path;

fn generated() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let config = cbindgen::Config::from_file(root.join("cbindgen.toml")).expect("cbindgen.toml is valid");
    let mut builder = cbindgen::Builder::new().with_config(config);
    for noun in ["options", "stats", "publisher", "mirror"] {
        builder = builder.with_src(root.join(format!("src/ffi/{noun}.rs")));
    }
    let mut header = Vec::new();
    builder.generate().expect("src/ffi parses").write(&mut header);
    let header = String::from_utf8(header).expect("the header is text");
    // `[[nodiscard]]` must come before `__declspec(dllimport)`.
    header.replace("ALOG_API\nALOG_NODISCARD\n", "ALOG_NODISCARD\nALOG_API\n")
}

#[test]
fn committed_header_is_the_generated_one() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("include/atomic_log_nats.h");
    let generated = generated();
    if std::env::var_os("ATOMIC_LOG_WRITE_HEADER").is_some() {
        std::fs::write(&path, &generated).expect("include/ can be written");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == generated,
        "include/atomic_log_nats.h is not what src/ffi says: ATOMIC_LOG_WRITE_HEADER=1 and this test write it; commit it"
    );
}

/// cbindgen drops functions that it does not understand, and does so silently: so every exported function is counted.
#[test]
fn every_exported_function_is_declared() {
    let header = generated();
    let mut exported = 0;
    for file in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/ffi")).expect("src/ffi is there") {
        let source = std::fs::read_to_string(file.expect("src/ffi can be listed").path()).expect("a source file");
        for after in source.split("#[unsafe(no_mangle)]\n").skip(1) {
            let name = after.split("fn ").nth(1).and_then(|rest| rest.split('(').next()).expect("a function follows");
            assert!(header.contains(&format!("{name}(")), "{name} is exported, and not in the header");
            exported += 1;
        }
    }
    assert_eq!(exported, header.matches("ALOG_API").count(), "functions exported, functions declared");
}
