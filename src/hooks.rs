//! Panics that tests plant (cargo feature `hooks`). No call can provoke what the boundary is there to catch, a bug in the
//! library; so a test says where a panic is to come, and sees what becomes of it. Never in a build that is shipped.

use std::cell::Cell;
use std::panic::resume_unwind;

/// Where a panic can come.
#[derive(Clone, Copy)]
pub(crate) enum Place {
    /// The body of an exported function begins.
    Entry = 1,
    /// Its work is done, and it is about to write its outs, or to answer.
    Answer = 2,
    /// In the middle of it: memory is about to be taken from the allocator.
    Allocate = 3,
    /// In the middle of it: memory is about to be given back.
    Free = 4,
}

struct Planted;

thread_local! {
    /// Where this thread's next panic comes, and at the how many-th pass from now; 0 for none.
    static NEXT: Cell<(u32, u64)> = const { Cell::new((0, 0)) };
}

/// Whether this thread's next panic is still to come.
pub(crate) fn armed() -> bool {
    NEXT.get().1 > 0
}

/// Panics, if it is time to.
pub(crate) fn pass(place: Place) {
    let (at, left) = NEXT.get();
    if left == 0 || at != place as u32 {
        return;
    }
    NEXT.set((at, left - 1));
    if left == 1 {
        #[allow(clippy::disallowed_methods, reason = "of no size: nothing is allocated")]
        let payload = Box::new(Planted);
        // Unwinds as a panic does, and prints nothing.
        resume_unwind(payload);
    }
}

/// Plants a panic at the `countdown`-th pass of this thread through `place`; none with 0. Returns how many passes the last
/// one was short of: 0 if it came.
///
/// The test that calls it declares it, since it is not in the header:
/// cbindgen:ignore
#[unsafe(no_mangle)]
pub(crate) extern "C" fn alog_hook_panic(place: u32, countdown: u64) -> u64 {
    NEXT.replace((place, countdown)).1
}
