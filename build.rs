//! Gives cargo's shared library its SONAME: `libatomic_log.so.0`, the number being the part of the version that breaks
//! the ABI when it changes. Plain cargo cdylibs have none, and whoever links them would record the path they were found
//! at.
//!
//! Its symbols have no versions, for which there is no room beside the version script that rustc makes. The shared
//! library that programs are given has them: `scripts/link-shared.sh` links it.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let major = std::env::var("CARGO_PKG_VERSION_MAJOR").expect("cargo sets the version");
    match std::env::var("CARGO_CFG_TARGET_OS").as_deref() {
        Ok("linux" | "android" | "freebsd" | "netbsd" | "openbsd" | "dragonfly") => {
            println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libatomic_log.so.{major}");
        }
        Ok("macos" | "ios") => {
            println!("cargo:rustc-cdylib-link-arg=-Wl,-install_name,@rpath/libatomic_log.{major}.dylib");
        }
        _ => {}
    }
}
