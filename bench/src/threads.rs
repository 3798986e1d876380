//! Threads beside the thread that is measured.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use crate::controls::Line;

/// Keeps the calling thread, and the threads that it starts, on one processor. Does nothing where the system does not
/// allow it.
pub fn pin(processor: usize) {
    #[cfg(target_os = "linux")]
    // SAFETY: a set of bits without pointers, of which zero is a value; the calling thread is 0.
    unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        libc::CPU_SET(processor, &mut set);
        libc::sched_setaffinity(0, size_of::<libc::cpu_set_t>(), &set);
    }
    #[cfg(not(target_os = "linux"))]
    let _ = processor;
}

/// The processor time that the calling thread has used, in nanoseconds; 0 where the system does not tell.
pub fn processor_time() -> f64 {
    #[cfg(unix)]
    // SAFETY: the clock writes where it is told to.
    unsafe {
        let mut time: libc::timespec = std::mem::zeroed();
        if libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) == 0 {
            return time.tv_sec as f64 * 1e9 + time.tv_nsec as f64;
        }
    }
    0.0
}

/// Runs `measured` on a thread of its own, on the first processor.
pub fn alone<R: Send>(measured: impl FnOnce() -> R + Send) -> R {
    thread::scope(|scope| {
        let thread = scope.spawn(|| {
            pin(0);
            measured()
        });
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// Runs `measured` on this thread. Meanwhile each of `others` is called again and again on a thread of its own: on
/// `processor`, if one is named. The others have begun when `measured` begins, and have ended when this function
/// returns.
pub fn beside<R>(processor: Option<usize>, others: Vec<impl FnMut() + Send>, measured: impl FnOnce() -> R) -> R {
    /// The others end even if `measured` panics.
    struct Stop<'a>(&'a AtomicU64);
    impl Drop for Stop<'_> {
        fn drop(&mut self) {
            // Relaxed: they need not see anything else.
            self.0.store(1, Ordering::Relaxed);
        }
    }
    let (begun, stop) = (Line::default(), Line::default());
    let (begun, stop) = (&begun.0, &stop.0);
    thread::scope(|scope| {
        let _stop = Stop(stop);
        let count = others.len() as u64;
        for mut other in others {
            scope.spawn(move || {
                if let Some(processor) = processor {
                    pin(processor);
                }
                begun.fetch_add(1, Ordering::Relaxed);
                while stop.load(Ordering::Relaxed) == 0 {
                    other();
                }
            });
        }
        while begun.load(Ordering::Relaxed) < count {
            thread::yield_now();
        }
        measured()
    })
}
