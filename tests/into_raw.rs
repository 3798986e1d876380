//! A log that goes from Rust to C and back: a pointer is one count, and the kind of the records is checked.
#![cfg(all(not(any(loom, shuttle)), feature = "capi"))]

mod common {
    pub(crate) mod memory;
}

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::null_mut;

use atomic_log::ffi::log::{alog_log, alog_log_create_bytes, alog_log_release, alog_log_retain};
use atomic_log::ffi::options::{alog_options, alog_options_init};
use atomic_log::ffi::status::alog_status::ALOG_OK;
use atomic_log::ffi::writer::{alog_writer, alog_writer_append, alog_writer_claim, alog_writer_release};
use atomic_log::{ByteLog, Error, FixedLog, Options};

use common::memory::Memory;

#[test]
fn a_pointer_is_one_count_whoever_gives_it_back() -> Result<(), Error> {
    let memory = Memory::new();
    let options = Options::new(8, 4).record_size(2).allocator(memory.allocator());
    let pointer = FixedLog::try_new(&options)?.into_raw();
    // SAFETY: a live handle; two counts, of which each line below ends one.
    let log: FixedLog = unsafe { FixedLog::from_raw(alog_log_retain(pointer)) };
    // SAFETY: as above.
    unsafe { alog_log_release(pointer) };
    log.try_claim_writer()?.append(b"ok")?;
    assert_eq!(log.snapshot().get(0), Some(&b"ok"[..]));
    drop(log);
    memory.assert_all_came_back();
    Ok(())
}

#[test]
fn c_writes_to_a_log_of_rust_and_rust_reads() -> Result<(), Error> {
    let memory = Memory::new();
    let log = ByteLog::try_new(&Options::new(64, 32).first_sequence(1 << 32).allocator(memory.allocator()))?;
    let (pointer, mut writer): (_, *mut alog_writer) = (log.clone().into_raw(), null_mut());
    // SAFETY: live handles, given back once.
    unsafe {
        assert_eq!(alog_writer_claim(pointer, &mut writer), ALOG_OK);
        assert_eq!(alog_writer_append(writer, b"from C".as_ptr().cast(), 6), ALOG_OK);
        alog_writer_release(writer);
        alog_log_release(pointer);
    }
    assert_eq!(log.snapshot().get(1 << 32), Some(&b"from C"[..]));
    Ok(())
}

#[test]
fn a_log_of_c_of_the_other_kind_is_refused_and_stays_the_callers() {
    let mut pointer: *mut alog_log = null_mut();
    // SAFETY: integers and a pointer, for which zero is a value.
    let mut options: alog_options = unsafe { std::mem::zeroed() };
    // SAFETY: there is room for options and pointer.
    unsafe { alog_options_init(&mut options) };
    (options.retained_capacity, options.segment_capacity) = (64, 32);
    // SAFETY: as above.
    assert_eq!(unsafe { alog_log_create_bytes(&options, &mut pointer) }, ALOG_OK);
    // SAFETY: a live handle, whose count is kept only by the call that succeeds.
    let wrong = catch_unwind(AssertUnwindSafe(|| unsafe { FixedLog::from_raw(pointer) }));
    assert!(wrong.is_err());
    // SAFETY: as above.
    assert!(unsafe { ByteLog::from_raw(pointer) }.range().is_empty());
}
