//! A stack that many threads push to, and that one thread takes whole. No node is ever popped alone, so there is no ABA
//! problem.

use ::core::ptr::null_mut;

use crate::sync::{AtomicPtr, Ordering, Plain, ordering, spin_hint};

/// A node that carries its own link.
pub(crate) trait Linked: Sized {
    fn link(&self) -> &Plain<*mut Self>;
}

pub(crate) struct Stack<T> {
    top: AtomicPtr<T>,
}

impl<T: Linked> Stack<T> {
    pub(crate) fn new() -> Stack<T> {
        Stack { top: AtomicPtr::new(null_mut()) }
    }

    /// Pushes a node. Lock-free: it tries again only if another thread pushed, or the stack was taken, meanwhile, or if
    /// the exchange failed by itself.
    ///
    /// # Safety
    /// `node` is alive and on no list, and the caller is the only one to touch its link until it is taken.
    pub(crate) unsafe fn push(&self, node: *mut T) {
        // Relaxed: the value is only written into the link. The thread that takes the stack synchronises with the
        // pushes.
        let mut top = self.top.load(Ordering::Relaxed);
        loop {
            // SAFETY: the link is ours until the exchange succeeds.
            unsafe { (*node).link().set(top) };
            // E3 Release: what this thread read through the node happened before the writer takes it. Each push is a
            // read-modify-write, so earlier pushes stay in the release sequence that the taker synchronises with.
            match self.top.compare_exchange_weak(top, node, ordering!(E3_PUSH, Release), Ordering::Relaxed) {
                Ok(_) => return,
                Err(now) => top = now,
            }
            spin_hint();
        }
    }

    /// Whether there is something to take. The answer may be out of date.
    pub(crate) fn has_some(&self) -> bool {
        // Relaxed: nothing is read except the answer.
        !self.top.load(Ordering::Relaxed).is_null()
    }

    /// Takes everything. Returns the newest node, which links to the others, or null.
    pub(crate) fn take(&self) -> *mut T {
        // Relaxed: a null that is out of date only postpones the collecting. The swap reads anything else again.
        if self.top.load(Ordering::Relaxed).is_null() {
            return null_mut();
        }
        // E3 Acquire: pairs with every push's Release; from here the nodes are the writer's alone.
        self.top.swap(null_mut(), ordering!(E3_TAKE, Acquire))
    }
}
