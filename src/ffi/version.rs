//! The library's version. `Cargo.toml` says it; the header's macros are generated from there too.

use core::ffi::{CStr, c_char};

const fn number(text: &str) -> u8 {
    match u8::from_str_radix(text, 10) {
        Ok(number) => number,
        Err(_) => panic!("a part of the version has no place in eight bits"),
    }
}

const VERSION: u32 = u32::from_be_bytes([
    0,
    number(env!("CARGO_PKG_VERSION_MAJOR")),
    number(env!("CARGO_PKG_VERSION_MINOR")),
    number(env!("CARGO_PKG_VERSION_PATCH")),
]);

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
