//! The newest records in a `VecDeque`, for the peers that guard a structure and bring none of their own.

use std::collections::VecDeque;

use left_right::Absorb;

use crate::peers::{Record, Tally};

/// The newest `capacity` records. `end`: how many there ever were.
#[derive(Clone)]
pub struct Rolling {
    records: VecDeque<Record>,
    capacity: usize,
    end: u64,
}

impl Rolling {
    pub fn new(capacity: usize) -> Rolling {
        Rolling { records: VecDeque::with_capacity(capacity), capacity, end: 0 }
    }

    #[inline]
    pub fn push(&mut self, record: Record) {
        if self.records.len() == self.capacity {
            self.records.pop_front();
        }
        self.records.push_back(record);
        self.end += 1;
    }

    /// The newest `count` records, or as many as there are: two slices, the second of which is often empty.
    #[inline]
    pub fn newest(&self, count: usize) -> [&[Record]; 2] {
        let (older, newer) = self.records.as_slices();
        let from = |slice: usize, count: usize| slice.saturating_sub(count);
        let newer = &newer[from(newer.len(), count)..];
        [&older[from(older.len(), count - newer.len())..], newer]
    }

    /// Shows a follower the records after the first `position`, and tells it how many of these are gone.
    #[inline]
    pub fn follow(&self, position: &mut u64, tally: &mut Tally) {
        let unread = self.end - *position;
        let kept = self.newest(unread as usize);
        tally.lost += unread - (kept[0].len() + kept[1].len()) as u64;
        kept.iter().for_each(|records| tally.see_all(*records));
        *position = self.end;
    }
}

/// The operation that left-right applies to both copies.
pub struct Push(pub Record);

impl Absorb<Push> for Rolling {
    fn absorb_first(&mut self, push: &mut Push, _: &Rolling) {
        self.push(push.0);
    }

    fn sync_with(&mut self, first: &Rolling) {
        self.clone_from(first);
    }
}
