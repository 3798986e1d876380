//! macOS 14.4, iOS 17.4 and later: `os_sync_wait_on_address_with_timeout`, which compares all 64 bits.

use ::core::ffi::{CStr, c_int, c_void};

use super::deadline::Deadline;
use super::newer::Newer;
use crate::errno::errno;
use crate::sync::AtomicU64;

type Wait = unsafe extern "C" fn(
    word: *mut c_void,
    value: u64,
    size: usize,
    flags: u32,
    clock: libc::os_clockid_t,
    nanoseconds: u64,
) -> c_int;
type Wake = unsafe extern "C" fn(word: *mut c_void, size: usize, flags: u32) -> c_int;

static WAIT: Newer = Newer::new(c"os_sync_wait_on_address_with_timeout");
static WAKE: Newer = Newer::new(c"os_sync_wake_by_address_all");

/// The longest sleep. A longer time might not fit in the kernel's own units.
const HOUR: u64 = 3_600_000_000_000;

fn find(name: &CStr) -> *mut c_void {
    // SAFETY: the name is a string of C.
    unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) }
}

pub(crate) fn prepare() {
    WAIT.look_up(find);
    WAKE.look_up(find);
}

pub(super) fn wait(word: &AtomicU64, value: u64, deadline: &Deadline) -> bool {
    // SAFETY: this is the function's type.
    let Some(wait) = (unsafe { WAIT.get::<Option<Wait>>() }) else { return false };
    let flags = libc::OS_SYNC_WAIT_ON_ADDRESS_NONE;
    let nanoseconds = deadline.left().min(HOUR);
    // SAFETY: the word outlives the call.
    let sleepers = unsafe {
        wait(word.as_ptr().cast(), value, size_of_val(&value), flags, libc::OS_CLOCK_MACH_ABSOLUTE_TIME, nanoseconds)
    };
    sleepers != -1 || errno() == libc::EINTR
}

pub(crate) fn wake_all(word: &AtomicU64) {
    // SAFETY: this is the function's type.
    if let Some(wake) = unsafe { WAKE.get::<Option<Wake>>() } {
        // SAFETY: the call does not read the word.
        unsafe { wake(word.as_ptr().cast(), size_of::<u64>(), libc::OS_SYNC_WAKE_BY_ADDRESS_NONE) };
    }
}
