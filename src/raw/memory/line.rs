//! A cache line for one value alone.

use ::core::ops::Deref;

/// A value on a cache line of its own: two lines of 64 bytes, since processors fetch them in pairs.
#[repr(align(128))]
pub(crate) struct Line<T>(pub(in crate::raw) T);

impl<T> Deref for Line<T> {
    type Target = T;
    #[inline(always)]
    fn deref(&self) -> &T {
        &self.0
    }
}
