//! The C library, built as the test is, and the C compiler for programs that use it.

use std::env::consts::{ARCH, OS};
use std::path::Path;
use std::process::Command;

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Puts both libraries into the directory, as `make lib` does.
pub(crate) fn build(directory: &Path) {
    let target_directory = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("c");
    let mut script = Command::new(root().join("scripts/c-library.sh"));
    script.arg(directory).env("CARGO_TARGET_DIR", &target_directory).env("CC", compiler().path());
    // Where cargo was told the target, in any way, the directory has its name.
    if target_directory.parent().is_some_and(|place| place.ends_with(target())) {
        script.args(["--target", &target()]);
    }
    if let Some(cargo) = std::env::var_os("CARGO") {
        script.env("CARGO", cargo);
    }
    if !cfg!(debug_assertions) {
        script.arg("--release");
    }
    if cfg!(feature = "checked") {
        script.args(["--features", "checked"]);
    }
    let output = script.output().unwrap_or_else(|error| panic!("{script:?} does not run: {error}"));
    assert!(output.status.success(), "{script:?} failed\n{}", String::from_utf8_lossy(&output.stderr));
}

/// The C compiler for the machine that the test was built for: from CC and the other usual variables.
pub(crate) fn compiler() -> cc::Tool {
    let target = target();
    let mut build = cc::Build::new();
    build.cargo_metadata(false).target(&target).host(&target).opt_level(1).debug(false).warnings(false);
    build.try_get_compiler().unwrap_or_else(|error| panic!("no C compiler for {target}: {error}"))
}

fn target() -> String {
    let environment = if cfg!(target_env = "musl") { "musl" } else { "gnu" };
    match OS {
        "macos" => format!("{ARCH}-apple-darwin"),
        "windows" => format!("{ARCH}-pc-windows-{}", if cfg!(target_env = "msvc") { "msvc" } else { "gnu" }),
        _ => format!("{ARCH}-unknown-{OS}-{environment}"),
    }
}
