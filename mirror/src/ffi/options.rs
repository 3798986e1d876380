//! `alog_nats_options`.

use std::ffi::c_char;
use std::ptr::null;
use std::time::Duration;

use super::alog_status;
use super::handle::{guard, sized, text, write_text};
use crate::abi::status;
use crate::{Error, Options, Origin, Start};

/// The publisher makes the stream if it is not there, as the other members tell.
pub const ALOG_NATS_CREATE: u32 = 1;
/// A stream that is made lies in the servers' memory. Without this flag it lies in files.
pub const ALOG_NATS_MEMORY: u32 = 2;

/// Which server, which stream, and as which user. All texts are UTF-8, and copied. Mirrors ignore what is for
/// publishers.
///
/// 144 bytes on 64-bit targets. Later versions may add members at the end. struct_size may be anything from the first
/// release's size to 4096. Bytes that the library does not know must be zero.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct alog_nats_options {
    /// Set by ALOG_NATS_OPTIONS_INIT or alog_nats_options_init.
    pub struct_size: u32,
    /// ALOG_NATS_CREATE and ALOG_NATS_MEMORY combined by |, or 0. For publishers.
    pub flags: u32,
    /// The server, such as "nats://127.0.0.1:4222", without a user. Several servers of a cluster have commas between
    /// them. Required.
    pub url: *const c_char,
    /// The stream's name. It carries one log. Required.
    pub stream: *const c_char,
    /// The subject of the messages. NULL: the stream's name. For publishers.
    pub subject: *const c_char,
    /// What the server calls the connection where it lists connections, or NULL.
    pub name: *const c_char,
    /// A file of credentials, which has a JWT and the seed of an NKey; or NULL.
    pub credentials: *const c_char,
    /// A user, with a password; or NULL.
    pub user: *const c_char,
    /// The user's password, or NULL.
    pub password: *const c_char,
    /// A token, or NULL.
    pub token: *const c_char,
    /// TLS: a file of the certificates of those that may sign the server's. NULL: those that the system has.
    pub tls_ca: *const c_char,
    /// TLS: the file of the certificate that the server is shown, with tls_key; or NULL.
    pub tls_cert: *const c_char,
    /// TLS: the file of its key, or NULL.
    pub tls_key: *const c_char,
    /// Most bytes of a message's payload, 1024 to 8388608. A larger record has a message of its own. The server's own
    /// limit holds, too. 0: 65536. For publishers.
    pub message_size: u32,
    /// One of ALOG_START_*. A publisher begins at the oldest record that the log retains, or at the next that is
    /// published. A mirror begins at the stream's oldest message, or at its next.
    pub start: u32,
    /// A stream that is made: how many servers of a cluster have each message, at most 5. 0: 1.
    pub replicas: u32,
    /// 0.
    pub reserved: u32,
    /// A stream that is made: how old a message may become, in nanoseconds, at most 2^63 - 1. 0: any age.
    pub max_age_ns: u64,
    /// A stream that is made: how many bytes it may have, at most 2^63 - 1, beyond which its oldest messages go. 0: any
    /// number.
    pub max_bytes: u64,
    /// All zero: a new life of a log. If the log had a publisher before: the origin of its stats. The publisher then
    /// goes on behind what the stream has. For publishers.
    pub origin: [u8; 16],
}

layout!(alog_nats_options, size 144: struct_size 0, flags 4, url 8, stream 16, subject 24, name 32, credentials 40,
    user 48, password 56, token 64, tls_ca 72, tls_cert 80, tls_key 88, message_size 96, start 100, replicas 104,
    reserved 108, max_age_ns 112, max_bytes 120, origin 128);

const SIZE: usize = size_of::<alog_nats_options>();

fn error(status: alog_status, words: impl Into<String>) -> Error {
    Error { status, words: words.into() }
}

/// The options that the caller gave.
///
/// # Safety
/// `options` is NULL or points to as many readable bytes as its `struct_size` says; its texts are NULL or end with NUL.
pub(super) unsafe fn read(options: *const alog_nats_options) -> Result<Options, Error> {
    let wrong = |words: String| error(status::ERR_ARGUMENT, words);
    if options.is_null() {
        return Err(error(status::ERR_NULL, "the options are NULL"));
    }
    if !options.is_aligned() {
        return Err(error(status::ERR_ARGUMENT, "the options are not aligned"));
    }
    // SAFETY: the caller's contract.
    let given = unsafe {
        sized(options, SIZE, SIZE).map_err(|why| wrong(why.to_owned()))?;
        *options
    };
    if given.url.is_null() || given.stream.is_null() {
        let member = if given.url.is_null() { "url" } else { "stream" };
        return Err(error(status::ERR_NULL, format!("{member} is NULL")));
    }
    if given.flags & !(ALOG_NATS_CREATE | ALOG_NATS_MEMORY) != 0 {
        return Err(wrong(format!("flags {} has a bit that this library does not know; it knows 3", given.flags)));
    }
    if given.reserved != 0 {
        return Err(wrong(format!("reserved {} is not 0", given.reserved)));
    }
    let start = match given.start {
        0 => Start::Oldest,
        1 => Start::Next,
        other => return Err(wrong(format!("start {other} is none of ALOG_START_*"))),
    };
    // SAFETY: the caller's contract.
    let text = |given, member| unsafe { text(given, member) }.map_err(wrong);
    Ok(Options {
        url: text(given.url, "url")?.unwrap_or_default(),
        stream: text(given.stream, "stream")?.unwrap_or_default(),
        subject: text(given.subject, "subject")?,
        name: text(given.name, "name")?,
        start,
        credentials: text(given.credentials, "credentials")?.map(Into::into),
        user: text(given.user, "user")?,
        password: text(given.password, "password")?,
        token: text(given.token, "token")?,
        tls_ca: text(given.tls_ca, "tls_ca")?.map(Into::into),
        tls_cert: text(given.tls_cert, "tls_cert")?.map(Into::into),
        tls_key: text(given.tls_key, "tls_key")?.map(Into::into),
        message_size: given.message_size,
        origin: Origin(given.origin),
        create: given.flags & ALOG_NATS_CREATE != 0,
        memory: given.flags & ALOG_NATS_MEMORY != 0,
        replicas: given.replicas,
        max_age: Duration::from_nanos(given.max_age_ns),
        max_bytes: given.max_bytes,
    })
}

/// Sets struct_size, and everything else to zero. For languages that cannot use ALOG_NATS_OPTIONS_INIT.
///
/// @param options  What to initialise. The function writes the first release's 144 bytes (on 64-bit targets) in every
///                 version, so it never overruns the struct of a program that was compiled with an older header.
///
/// Allocates: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_nats_options_init(options: *mut alog_nats_options) {
    let defaults = alog_nats_options {
        struct_size: SIZE as u32,
        flags: 0,
        url: null(),
        stream: null(),
        subject: null(),
        name: null(),
        credentials: null(),
        user: null(),
        password: null(),
        token: null(),
        tls_ca: null(),
        tls_cert: null(),
        tls_key: null(),
        message_size: 0,
        start: 0,
        replicas: 0,
        reserved: 0,
        max_age_ns: 0,
        max_bytes: 0,
        origin: [0; 16],
    };
    if !options.is_null() && options.is_aligned() {
        // SAFETY: the caller's contract.
        unsafe { options.write(defaults) }
    }
}

/// Tells in words which option is wrong and what is allowed: "replicas 6 is more than 5". Does not look whether a
/// server is there.
///
/// @param options  The options, of struct_size bytes.
/// @param text     Receives one line of text, whatever is returned. The text is cut to size, always ends with a NUL,
///                 and is empty if nothing is wrong. May be NULL if size is 0.
/// @param size     Bytes at text, with the NUL. 256 hold every text, except for the texts of the caller that it
///                 repeats.
/// @return ALOG_OK: nothing is wrong; ALOG_ERR_NULL: also if url or stream is NULL; ALOG_ERR_ARGUMENT: a member is not
///         allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn alog_nats_options_problem(
    options: *const alog_nats_options,
    text: *mut c_char,
    size: usize,
) -> alog_status {
    guard(|| {
        if text.is_null() && size > 0 {
            return Err(status::ERR_NULL);
        }
        // SAFETY: the caller's contract.
        let problem = unsafe { read(options) }.and_then(Options::resolve).err();
        // SAFETY: as above.
        unsafe { write_text(problem.as_ref().map_or("", |problem| &problem.words), text, size) };
        problem.map_or(Ok(status::OK), |problem| Err(problem.status))
    })
}
