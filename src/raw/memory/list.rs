//! A list of nodes that only the writer touches.

use ::core::ptr::{NonNull, null_mut};

use super::stack::Linked;

/// A list of nodes that only the writer touches, in order.
pub(crate) struct List<T> {
    pub(crate) first: *mut T,
    pub(crate) last: *mut T,
}

impl<T> Clone for List<T> {
    fn clone(&self) -> List<T> {
        *self
    }
}
impl<T> Copy for List<T> {}

impl<T: Linked> List<T> {
    pub(crate) const EMPTY: List<T> = List { first: null_mut(), last: null_mut() };

    /// # Safety
    /// The node is alive, on no list, and the writer's. The other functions demand the same of nodes.
    pub(crate) unsafe fn push(&mut self, node: *mut T) {
        // SAFETY: the node is alive and the writer's, as is the list's last one, so both links are the writer's alone.
        unsafe {
            (*node).link().set(null_mut());
            if self.first.is_null() {
                self.first = node;
            } else {
                (*self.last).link().set(node);
            }
        }
        self.last = node;
    }

    pub(crate) unsafe fn push_front(&mut self, node: *mut T) {
        // SAFETY: the node is alive and the writer's, so its link is the writer's alone.
        unsafe { (*node).link().set(self.first) };
        if self.first.is_null() {
            self.last = node;
        }
        self.first = node;
    }

    pub(crate) unsafe fn pop(&mut self) -> Option<NonNull<T>> {
        let node = NonNull::new(self.first)?;
        // SAFETY: a node on the list is alive and the writer's.
        self.first = unsafe { node.as_ref().link().get() };
        Some(node)
    }

    /// Takes off everything behind `node`, or the whole list if `node` is null.
    pub(crate) unsafe fn split_after(&mut self, node: *mut T) -> List<T> {
        if node.is_null() {
            return ::core::mem::replace(self, List::EMPTY);
        }
        // SAFETY: a node on the list is alive and the writer's.
        let rest = List { first: unsafe { (*node).link().get() }, last: self.last };
        // SAFETY: the node's link is the writer's alone.
        unsafe { (*node).link().set(null_mut()) };
        self.last = node;
        rest
    }
}
