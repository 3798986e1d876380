//! What `cargo publish` would send is what a Rust program needs, and no more.
#![cfg(not(any(loom, shuttle)))]

use std::path::Path;
use std::process::Command;

#[test]
fn the_crate_is_small_and_whole() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new(env!("CARGO"))
        .args(["package", "--list", "--allow-dirty", "--offline"])
        .current_dir(root)
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "cargo package --list: {}", String::from_utf8_lossy(&output.stderr));
    let listed = String::from_utf8(output.stdout).expect("names are UTF-8");
    let files: Vec<&str> = listed.lines().collect();
    assert!(files.len() <= 100, "{} files, and at most 100 are to go into the crate: {files:?}", files.len());

    // The files there, uncompressed. cargo itself makes some of them.
    let bytes: u64 = files.iter().filter_map(|file| root.join(file).metadata().ok()).map(|file| file.len()).sum();
    assert!(
        bytes <= 800_000,
        "{bytes} bytes before compression, which makes about a quarter of them: 250 KB is the aim"
    );

    for needed in ["src/lib.rs", "README.md", "LICENSE-MIT", "LICENSE-APACHE", "docs/PROTOCOL.md"] {
        assert!(files.contains(&needed), "the crate lacks {needed}");
    }
    let strange = files
        .iter()
        .find(|file| ["c-tests", "mirror", "src/raw/loom_tests"].iter().any(|folder| file.starts_with(folder)));
    assert_eq!(strange, None, "this is nothing that a Rust program needs");
}
