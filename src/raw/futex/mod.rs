//! Sleeping in the kernel while a word has a value, and waking the sleepers.
//!
//! docs/PROTOCOL.md names the calls of each system. Where there are none, and where the kernel or a sandbox refuses
//! them, sleepers look again every millisecond.

#[cfg_attr(windows, path = "windows_clock.rs")]
#[cfg(not(any(loom, shuttle)))]
mod clock;
#[cfg(not(any(loom, shuttle)))]
mod deadline;
#[cfg(any(loom, shuttle))]
mod model;
#[cfg(all(not(any(loom, shuttle, alog_polls)), any(windows, target_vendor = "apple")))]
mod newer;
#[cfg(not(any(loom, shuttle)))]
mod sleep;

#[cfg(any(loom, shuttle))]
pub(crate) use model::{Deadline, prepare, wait, wake_all};
#[cfg(not(any(loom, shuttle)))]
pub(crate) use {
    deadline::Deadline,
    sleep::{prepare, wait, wake_all},
};

// The kernel's part. `prepare` is called before the others. `wait` returns whether the call succeeded or a signal ended
// it.
#[cfg_attr(all(any(target_os = "linux", target_os = "android"), not(alog_polls)), path = "linux.rs")]
#[cfg_attr(all(target_os = "freebsd", not(alog_polls)), path = "freebsd.rs")]
#[cfg_attr(all(target_vendor = "apple", not(alog_polls)), path = "apple.rs")]
#[cfg_attr(all(windows, not(alog_polls)), path = "windows.rs")]
#[cfg(not(any(loom, shuttle)))]
mod kernel;
