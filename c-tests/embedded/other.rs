//! Another library in Rust, with std and all that std brings. An engine may have several of these.

use std::collections::HashMap;
use std::panic::catch_unwind;
use std::thread;

/// Returns 42, by way of a panic that is caught on another thread.
#[unsafe(no_mangle)]
pub extern "C" fn other_run() -> i32 {
    std::panic::set_hook(Box::new(|_| {}));
    let halves: HashMap<&str, i32> = [("the half", 21)].into();
    let caught = thread::spawn(|| catch_unwind(|| panic!("as planned")).is_err()).join();
    if caught.is_ok_and(|caught| caught) { halves["the half"] * 2 } else { 0 }
}
