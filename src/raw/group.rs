//! What an open group shows: how many records it has. No reader sees the records.

use super::word;
use crate::sync::{AtomicU32, AtomicU64, Ordering, ordering};

/// How many records an open group has, for descriptions. The group's appends store here what they would publish.
///
/// There are two places. They take turns from one segment of the group to the next. So an append stores its index in
/// its segment, and nothing else.
pub(crate) struct Group {
    /// Which place is in use: 1 or 2; 0 while no group is open.
    pub(super) open: AtomicU32,
    pub(super) places: [Place; 2],
}

pub(super) struct Place {
    /// What `published` would be: the count is the index of the next record in its segment.
    pub(super) word: AtomicU64,
    /// The group's records in earlier segments, minus this segment's records from before the group (modulo 2^64).
    pub(super) before: AtomicU64,
}

impl Group {
    pub(super) fn new() -> Group {
        let place = || Place { word: AtomicU64::new(0), before: AtomicU64::new(0) };
        Group { open: AtomicU32::new(0), places: [place(), place()] }
    }

    /// The group begins, or goes on in another segment, at this `word`. Returns where its appends store their words.
    pub(crate) fn go_on(&self, word: u64, before: u64) -> *const AtomicU64 {
        // Relaxed: only the writer stores here.
        let next = if self.open.load(Ordering::Relaxed) == 1 { 2 } else { 1 };
        let [first, second] = &self.places;
        let place = if next == 1 { first } else { second };
        // Relaxed, both: the store below publishes them.
        place.before.store(before, Ordering::Relaxed);
        place.word.store(word, Ordering::Relaxed);
        // E8 Release: pairs with `records`; a thread that sees the place sees what it begins with.
        self.open.store(next, ordering!(E8_GROUP, Release));
        &raw const place.word
    }

    /// The group has ended.
    pub(crate) fn end(&self) {
        // Relaxed: a thread that still sees the group counts what it had.
        self.open.store(0, Ordering::Relaxed);
    }

    /// How many records an open group has; None if no group is open. May be stale on return. It is a figure: while the
    /// group goes on in another segment, it may be wrong.
    pub(crate) fn records(&self) -> Option<u64> {
        // E8 Acquire: pairs with `go_on`.
        let open = self.open.load(ordering!(E8_GROUP_LOOK, Acquire));
        let [first, second] = &self.places;
        let place = match open {
            0 => return None,
            1 => first,
            _ => second,
        };
        // Relaxed: figures. If the place was taken again meanwhile, they may be of two segments. Then their sum is
        // wrong: a new `before` with an old word is too high by up to a segment's records. A negative sum is told as 0.
        let records =
            place.before.load(Ordering::Relaxed).wrapping_add(word::count(place.word.load(Ordering::Relaxed)));
        Some(if records > i64::MAX as u64 { 0 } else { records })
    }
}
