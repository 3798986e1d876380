//! The only file that imports atomics and `UnsafeCell`. They are `core`'s. When models are searched, they are loom's.
//! When random programs run on several threads, the atomics are shuttle's.
#![allow(clippy::disallowed_types, reason = "this is the file that they are to come from")]

#[cfg(not(any(loom, shuttle)))]
pub(crate) use core::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, Ordering};
#[cfg(loom)]
pub(crate) use loom::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, Ordering};
#[cfg(shuttle)]
pub(crate) use shuttle::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, Ordering};

#[cfg(not(loom))]
use core::cell::UnsafeCell;
#[cfg(loom)]
use loom::cell::UnsafeCell;

/// A value on a cache line of its own: two lines of 64 bytes, since processors fetch them in pairs.
#[repr(align(128))]
pub(crate) struct Line<T>(pub(crate) T);

impl<T> core::ops::Deref for Line<T> {
    type Target = T;
    #[inline(always)]
    fn deref(&self) -> &T {
        &self.0
    }
}

/// A plain field that several threads reach. The protocol says which thread may touch it when, and loom checks that.
#[repr(transparent)]
pub(crate) struct Plain<T>(UnsafeCell<T>);

// A panic comes only from places where the protocol's state is whole: see `typed::unwind`.
impl<T> core::panic::RefUnwindSafe for Plain<T> {}

impl<T: Copy> Plain<T> {
    #[inline(always)]
    pub(crate) fn new(value: T) -> Plain<T> {
        Plain(UnsafeCell::new(value))
    }

    /// # Safety
    /// No thread writes the field at the same time, and its last write happened before.
    #[inline(always)]
    pub(crate) unsafe fn get(&self) -> T {
        #[cfg(not(loom))]
        // SAFETY: no thread writes it meanwhile, and the last write happened before.
        return unsafe { *self.0.get() };
        #[cfg(loom)]
        // SAFETY: as above, which loom checks.
        return self.0.with(|value| unsafe { *value });
    }

    /// # Safety
    /// No other thread touches the field at the same time, and every earlier access happened before.
    #[inline(always)]
    pub(crate) unsafe fn set(&self, value: T) {
        #[cfg(not(loom))]
        // SAFETY: no other thread touches it meanwhile, and earlier accesses happened before.
        unsafe {
            *self.0.get() = value
        };
        #[cfg(loom)]
        // SAFETY: as above, which loom checks.
        self.0.with_mut(|field| unsafe { *field = value });
    }
}

/// Called in a loop that repeats because another thread made progress.
#[inline(always)]
pub(crate) fn spin_hint() {
    #[cfg(not(any(loom, shuttle)))]
    core::hint::spin_loop();
    #[cfg(loom)]
    loom::thread::yield_now();
    #[cfg(shuttle)]
    shuttle::hint::spin_loop();
}

/// An ordering with a name. `ordering!(E1_PUBLISH, Release)` is `Ordering::Release`. A search under loom can weaken it
/// by its name (`make loom-mutants`), to show that a model then fails.
macro_rules! ordering {
    ($name:ident, $ordering:ident) => {{
        #[cfg(not(loom))]
        {
            $crate::sync::Ordering::$ordering
        }
        #[cfg(loom)]
        {
            $crate::sync::mutants::ordering(stringify!($name), $crate::sync::Ordering::$ordering)
        }
    }};
}

/// Whether loom or shuttle searches with the named step of the protocol broken. False in all other builds.
macro_rules! mutant {
    ($name:ident) => {{
        #[cfg(not(any(loom, shuttle)))]
        {
            false
        }
        #[cfg(any(loom, shuttle))]
        {
            $crate::sync::mutants::is(stringify!($name))
        }
    }};
}

pub(crate) use {mutant, ordering};

/// One fault at a time, which `ATOMIC_LOG_MUTANT` names: `E1_PUBLISH=Relaxed` weakens an ordering, `NO_SECOND_LOOK`
/// breaks a step. Under shuttle only steps can be broken: it runs one thread at a time, and takes every ordering for
/// the strongest.
#[cfg(any(loom, shuttle))]
pub(crate) mod mutants {
    use std::string::String;
    use std::sync::OnceLock;

    #[cfg(loom)]
    use super::Ordering;

    fn chosen() -> Option<&'static str> {
        static CHOSEN: OnceLock<Option<String>> = OnceLock::new();
        CHOSEN.get_or_init(|| std::env::var("ATOMIC_LOG_MUTANT").ok()).as_deref()
    }

    pub(crate) fn is(name: &str) -> bool {
        chosen() == Some(name)
    }

    #[cfg(loom)]
    pub(crate) fn ordering(name: &str, ordering: Ordering) -> Ordering {
        match chosen().and_then(|chosen| chosen.split_once('=')) {
            Some((weakened, "Relaxed")) if weakened == name => Ordering::Relaxed,
            Some((weakened, "Acquire")) if weakened == name => Ordering::Acquire,
            Some((weakened, "Release")) if weakened == name => Ordering::Release,
            Some((weakened, other)) if weakened == name => panic!("{other} is not an ordering to weaken to"),
            _ => ordering,
        }
    }
}
