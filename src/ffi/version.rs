//! The library's version, from `Cargo.toml`. The header's macros are generated from there, too.

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

/// Returns the version of the linked library: MAJOR << 16 | MINOR << 8 | PATCH.
///
/// @return The number that ALOG_VERSION is in the header of the same version.
#[unsafe(no_mangle)]
pub extern "C" fn alog_version() -> u32 {
    VERSION
}

/// Returns the version of the linked library as text, such as "0.1.0".
///
/// @return A string, never NULL.
///
/// Lifetime: static.
#[unsafe(no_mangle)]
pub extern "C" fn alog_version_string() -> *const c_char {
    VERSION_STRING.as_ptr()
}
