//! The library's version. `Cargo.toml` says it; the header's macros are generated from there too.

use std::ffi::{CStr, c_char};

const fn number(text: &str) -> u32 {
    let mut number = 0;
    let mut digits = text.as_bytes();
    while let [digit, rest @ ..] = digits {
        number = number * 10 + (*digit - b'0') as u32;
        digits = rest;
    }
    number
}

const VERSION: u32 = number(env!("CARGO_PKG_VERSION_MAJOR")) << 16
    | number(env!("CARGO_PKG_VERSION_MINOR")) << 8
    | number(env!("CARGO_PKG_VERSION_PATCH"));

const VERSION_STRING: &CStr = match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
    Ok(version) => version,
    Err(_) => unreachable!(),
};

/// The version of the library that is linked: MAJOR << 16 | MINOR << 8 | PATCH.
///
/// @return The same number as ALOG_VERSION of the header that belongs to the library.
///
/// Threads: any. Blocking: never. Allocates: never. Since: 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn alog_version() -> u32 {
    VERSION
}

/// The version of the library that is linked, as text: "0.1.0".
///
/// @return A static string, never NULL.
///
/// Threads: any. Blocking: never. Allocates: never. Lifetime: static. Since: 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn alog_version_string() -> *const c_char {
    VERSION_STRING.as_ptr()
}
