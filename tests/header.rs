//! The header is what cbindgen makes of `src/ffi` today. `make header` writes it (with `ATOMIC_LOG_WRITE_HEADER=1`).
#![cfg(not(any(loom, shuttle)))]

use std::path::Path;

/// What cbindgen can only write in a way that not every compiler takes, and what stands there instead.
const REWRITTEN: [(&str, &str); 3] = [
    // `[[nodiscard]]` must come before `__declspec(dllimport)`.
    ("ALOG_API\nALOG_NODISCARD\n", "ALOG_NODISCARD\nALOG_API\n"),
    // In C before C23 `alog_status` would be the name of two types; and `__STDC_VERSION__` is looked at where it may not be
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

fn generated() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut config = cbindgen::Config::from_file(root.join("cbindgen.toml")).expect("cbindgen.toml is valid");
    let (major, minor, patch) =
        (env!("CARGO_PKG_VERSION_MAJOR"), env!("CARGO_PKG_VERSION_MINOR"), env!("CARGO_PKG_VERSION_PATCH"));
    let version = format!(
        "/** Version of this header; alog_version() tells that of the library. */\n\
         #define ALOG_VERSION_MAJOR {major}\n\
         /** See ALOG_VERSION_MAJOR. */\n\
         #define ALOG_VERSION_MINOR {minor}\n\
         /** See ALOG_VERSION_MAJOR. */\n\
         #define ALOG_VERSION_PATCH {patch}\n\
         /** The three as one number, in which later versions are larger; as alog_version(). */\n\
         #define ALOG_VERSION \\\n  ((ALOG_VERSION_MAJOR << 16) | (ALOG_VERSION_MINOR << 8) | ALOG_VERSION_PATCH)\n\
         /** The same as text; as alog_version_string(). */\n\
         #define ALOG_VERSION_STRING \"{major}.{minor}.{patch}\"\n"
    );
    config.after_includes = config.after_includes.map(|text| text.replace("@VERSION@", &version));
    let bindings = cbindgen::Builder::new().with_crate(root).with_config(config).generate().expect("src/ffi parses");
    let mut header = Vec::new();
    bindings.write(&mut header);
    let mut header = String::from_utf8(header).expect("the header is text");
    for (written, wanted) in REWRITTEN {
        assert!(header.contains(written), "cbindgen no longer writes what is rewritten here: {written}");
        header = header.replace(written, wanted);
    }
    assert!(!header.contains("ALOG_API ALOG_NODISCARD"), "the two are in the wrong order on one line");
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
    assert_eq!(exported, header.matches("ALOG_API").count() - 5, "functions exported, functions declared");
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
