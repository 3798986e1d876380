//! Windows 8 and later: `WaitOnAddress`, which compares all 64 bits.

use ::core::ffi::{CStr, c_char, c_void};
use ::core::ptr::from_ref;

use super::deadline::Deadline;
use super::newer::Newer;
use crate::sync::AtomicU64;

type Wait = unsafe extern "system" fn(word: *const c_void, value: *const c_void, size: usize, milliseconds: u32) -> i32;
type Wake = unsafe extern "system" fn(word: *const c_void);

static WAIT: Newer = Newer::new(c"WaitOnAddress");
static WAKE: Newer = Newer::new(c"WakeByAddressAll");

fn find(name: &CStr) -> *mut c_void {
    #[link(name = "kernel32")]
    unsafe extern "system" {
        fn GetModuleHandleA(name: *const c_char) -> *mut c_void;
        fn GetProcAddress(module: *mut c_void, name: *const c_char) -> *mut c_void;
    }
    // SAFETY: both names are strings of C. The module is in every process. If it were not, null has no functions of
    // these names.
    unsafe { GetProcAddress(GetModuleHandleA(c"kernelbase.dll".as_ptr()), name.as_ptr()) }
}

pub(crate) fn prepare() {
    WAIT.look_up(find);
    WAKE.look_up(find);
}

pub(super) fn wait(word: &AtomicU64, value: u64, deadline: &Deadline) -> bool {
    // SAFETY: this is the function's type.
    let Some(wait) = (unsafe { WAIT.get::<Option<Wait>>() }) else { return false };
    // 0 once the deadline has come. The largest number would mean for ever.
    let milliseconds = deadline.left().div_ceil(1_000_000).min(u64::from(u32::MAX - 1));
    // SAFETY: the word and the value outlive the call.
    unsafe { wait(word.as_ptr().cast(), from_ref(&value).cast(), size_of_val(&value), milliseconds as u32) != 0 }
}

pub(crate) fn wake_all(word: &AtomicU64) {
    // SAFETY: this is the function's type.
    if let Some(wake) = unsafe { WAKE.get::<Option<Wake>>() } {
        // SAFETY: the call does not read the word.
        unsafe { wake(word.as_ptr().cast()) };
    }
}
