//! The promises of a log, in the plainest code: segments in a queue. It knows nothing of windows, words or pools.

use std::collections::{BTreeSet, VecDeque};
use std::ops::Range;

use atomic_log::{Delta, Error};

pub(crate) type Record = Vec<u8>;

/// The records of one segment, or the end of them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Chunk {
    pub(crate) segment: u64,
    pub(crate) first: u64,
    pub(crate) records: Vec<Record>,
}

impl Chunk {
    pub(crate) fn end(&self) -> u64 {
        self.first + self.records.len() as u64
    }
}

/// What a view shows, and which segments it holds for that.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Picture {
    pub(crate) chunks: Vec<Chunk>,
    pub(crate) range: Range<u64>,
    pub(crate) latest: Range<u64>,
    /// Sequences of the segments.
    pub(crate) held: Range<u64>,
    /// Records that were ever published.
    pub(crate) published: u64,
}

impl Picture {
    pub(crate) fn records(&self) -> impl Iterator<Item = &Record> {
        self.chunks.iter().flat_map(|chunk| &chunk.records)
    }

    /// The chunk in which the record with this sequence lies, and its index there.
    pub(crate) fn find(&self, sequence: u64) -> Option<(usize, usize)> {
        let index = self.chunks.iter().position(|chunk| chunk.first <= sequence && sequence < chunk.end())?;
        Some((index, (sequence - self.chunks[index].first) as usize))
    }

    /// The parts of the chunks in a range of sequences, if the range is in view or empty.
    pub(crate) fn chunks_in(&self, range: &Range<u64>) -> Option<Vec<Chunk>> {
        let in_view = self.range.start <= range.start && range.start < range.end && range.end <= self.range.end;
        let cut = |chunk: &Chunk| {
            let numbered = (chunk.first..).zip(&chunk.records).filter(|(sequence, _)| range.contains(sequence));
            let (sequences, records): (Vec<u64>, Vec<Record>) =
                numbered.map(|(sequence, record)| (sequence, record.clone())).unzip();
            Some(Chunk { segment: chunk.segment, first: *sequences.first()?, records })
        };
        (in_view || range.start == range.end).then(|| self.chunks.iter().filter_map(cut).collect())
    }

    /// The unread part of the segment with this record, if it is in view.
    pub(crate) fn rest_from(&self, sequence: u64) -> Option<Chunk> {
        let chunk = self.chunks.iter().find(|chunk| sequence < chunk.end())?;
        let read = (sequence - chunk.first) as usize;
        Some(Chunk { segment: chunk.segment, first: sequence, records: chunk.records[read..].to_vec() })
    }
}

/// What the report of a refresh must contain.
pub(crate) fn delta(old: u64, now: &Picture) -> Delta {
    let first_sequence = old.max(now.range.start);
    Delta { first_sequence, appended: now.range.end - first_sequence, lost: first_sequence - old }
}

/// How large the log is.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    /// The number of segments from the beginning.
    pub(crate) preallocated: usize,
    /// K: segments in a view, at most.
    pub(crate) window: usize,
    /// Records in a segment, at most.
    pub(crate) records: usize,
    /// Bytes in a segment, at most, and what a record's size is rounded up to. Only of byte logs.
    pub(crate) space: Option<(usize, usize)>,
    pub(crate) max_segments: Option<usize>,
}

/// What readers hold now, so that the writer cannot use it again.
#[derive(Clone, Default, Debug)]
pub(crate) struct Holds {
    pub(crate) segments: BTreeSet<u64>,
    /// The segments of each view, newest last.
    pub(crate) windows: BTreeSet<u64>,
}

/// What the statistics report of segments and windows until the next roll or trim.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Left {
    /// The least number of segments.
    pub(crate) live: u64,
    /// Segments that only readers hold.
    pub(crate) held: u64,
    /// Windows that a reader uses or may use next, and the newest segment of the oldest of them.
    pub(crate) windows: u64,
    pub(crate) oldest_head: u64,
}

#[derive(Clone, Debug)]
struct Segment {
    sequence: u64,
    first: u64,
    records: Vec<Record>,
    used: usize,
}

/// What was appended and not yet published: the head with its additions, and the new segments behind it.
#[derive(Clone, Debug)]
struct Draft {
    segments: Vec<Segment>,
    records: u64,
}

/// The reason why a log does not go on at a sequence.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Skip {
    Refused(Error),
    /// The log could not go on there, whatever readers hold.
    NeverThere,
}

#[derive(Clone, Debug)]
pub(crate) struct Reference {
    pub(crate) shape: Shape,
    /// The first sequence.
    first: u64,
    /// What a view shows, oldest first.
    retained: VecDeque<Segment>,
    latest: u64,
    /// The open group.
    group: Option<Draft>,
    /// Segments that were opened for a reservation that was forgotten.
    room: usize,
    /// Whether there is such a reservation.
    reserved: bool,
    /// Sequences that no record ever had.
    pub(crate) skipped: u64,
    /// The most segments that were needed at once since the last trim: so many exist. More may exist where calls failed
    /// for lack of memory, but not more than those calls needed.
    least_segments: usize,
    pub(crate) most_segments: usize,
    /// The most segments and windows that were ever needed at once.
    pub(crate) most_segments_ever: usize,
    pub(crate) most_windows: usize,
    /// Calls that failed for `max_segments`.
    pub(crate) limit_hits: u64,
}

impl Reference {
    pub(crate) fn new(shape: Shape, first: u64) -> Reference {
        let preallocated = shape.preallocated;
        let head = Segment { sequence: 0, first, records: Vec::new(), used: 0 };
        let most_windows = if preallocated > 0 { 2 + preallocated.saturating_sub(shape.window + 1) } else { 1 };
        Reference {
            shape,
            first,
            retained: VecDeque::from([head]),
            latest: 0,
            group: None,
            room: 0,
            reserved: false,
            skipped: 0,
            least_segments: preallocated.max(1),
            most_segments: preallocated.max(1),
            most_segments_ever: preallocated.max(1),
            most_windows,
            limit_hits: 0,
        }
    }

    fn head(&self) -> &Segment {
        self.retained.back().expect("there is always a head")
    }

    /// What a snapshot taken now shows.
    pub(crate) fn picture(&self) -> Picture {
        let chunks: Vec<Chunk> = self
            .retained
            .iter()
            .filter(|segment| !segment.records.is_empty())
            .map(|segment| Chunk { segment: segment.sequence, first: segment.first, records: segment.records.clone() })
            .collect();
        let (oldest, head) = (&self.retained[0], self.head());
        let end = head.first + head.records.len() as u64;
        Picture {
            chunks,
            range: oldest.first..end,
            latest: end - self.latest..end,
            held: oldest.sequence..head.sequence + 1,
            published: end - self.first - self.skipped,
        }
    }

    /// Segments that became visible after the first.
    pub(crate) fn rolls(&self) -> u64 {
        self.head().sequence
    }

    fn tail(&self) -> &Segment {
        self.group.as_ref().map_or(self.head(), |draft| &draft.segments[draft.segments.len() - 1])
    }

    pub(crate) fn next_sequence(&self) -> u64 {
        self.tail().first + self.tail().records.len() as u64
    }

    /// The most records for which a reservation has room.
    #[cfg(shuttle)]
    pub(crate) fn room(&self) -> usize {
        match self.shape.records - self.tail().records.len() {
            0 => self.shape.records,
            left => left,
        }
    }

    fn end_reservation(&mut self) {
        (self.room, self.reserved) = (0, false);
    }

    fn draft(&self) -> Draft {
        self.group.clone().unwrap_or_else(|| Draft { segments: vec![self.head().clone()], records: 0 })
    }

    fn keep(&mut self, draft: Draft) {
        if self.group.is_some() {
            self.group = Some(draft);
        } else {
            self.publish_draft(draft);
        }
    }

    fn publish_draft(&mut self, draft: Draft) {
        if draft.records == 0 {
            return;
        }
        self.retained.pop_back();
        self.retained.extend(draft.segments);
        while self.retained.len() > self.shape.window {
            self.retained.pop_front();
        }
        self.latest = draft.records;
    }

    /// Adds a record for which `reserved` bytes were asked. `holds`: None checks only what can ever fit.
    fn add(&mut self, draft: &mut Draft, record: Record, reserved: usize, holds: Option<&Holds>) -> Result<(), Error> {
        let (space, align) = self.shape.space.unwrap_or((usize::MAX, 1));
        if self.shape.space.is_some() && reserved > space {
            return Err(Error::TooLarge);
        }
        let tail = &draft.segments[draft.segments.len() - 1];
        let fits = self.shape.space.is_none() || tail.used + reserved <= space;
        if tail.records.len() == self.shape.records || !fits {
            self.open(draft, holds)?;
        }
        let tail = draft.segments.last_mut().expect("a draft has a tail");
        tail.used += if self.shape.space.is_some() { record.len().next_multiple_of(align) } else { 0 };
        tail.records.push(record);
        draft.records += 1;
        Ok(())
    }

    fn open(&mut self, draft: &mut Draft, holds: Option<&Holds>) -> Result<(), Error> {
        let new = draft.segments.len();
        let in_head = draft.segments[0].records.len() > self.head().records.len();
        let max = self.shape.max_segments.unwrap_or(usize::MAX);
        // The newest publication lies whole in the view, and in the budget beside what is retained.
        if new + usize::from(in_head) > self.shape.window || self.retained.len() + new > max {
            return Err(Error::TooLarge);
        }
        if let Some(holds) = holds {
            let current = self.head().sequence + 1;
            let windows = holds.windows.len() + usize::from(!holds.windows.contains(&current));
            self.most_windows = self.most_windows.max(windows + 1);
            let mut alive = holds.segments.clone();
            alive.extend(self.retained.iter().map(|segment| segment.sequence));
            if alive.len() + new > max {
                return Err(Error::SegmentLimit);
            }
            self.least_segments = self.least_segments.max(alive.len() + new);
            self.most_segments = self.most_segments.max(alive.len() + new);
            self.most_segments_ever = self.most_segments_ever.max(self.most_segments);
        }
        let tail = &draft.segments[new - 1];
        let next = Segment {
            sequence: tail.sequence + 1,
            first: tail.first + tail.records.len() as u64,
            records: Vec::new(),
            used: 0,
        };
        draft.segments.push(next);
        Ok(())
    }

    pub(crate) fn append(&mut self, record: Record, holds: &Holds) -> Result<(), Error> {
        let reserved = record.len();
        self.commit(reserved, [record], holds)
    }

    /// All or nothing. `foresees`: of two reasons to refuse, the permanent one is reported, before anything is
    /// allocated. A batch of none does nothing, not even to a reservation.
    pub(crate) fn batch(&mut self, records: &[Record], foresees: bool, holds: &Holds) -> Result<(), Error> {
        if records.is_empty() {
            return Ok(());
        }
        self.end_reservation();
        if foresees {
            let mut draft = self.draft();
            for record in records {
                self.add(&mut draft, record.clone(), record.len(), None)?;
            }
        }
        let mut draft = self.draft();
        for record in records {
            self.add(&mut draft, record.clone(), record.len(), Some(holds))?;
        }
        self.keep(draft);
        Ok(())
    }

    /// Whether there is room for a record of this many bytes.
    pub(crate) fn reserve(&mut self, bytes: usize, holds: &Holds) -> Result<(), Error> {
        self.end_reservation();
        let mut draft = self.draft();
        let before = draft.segments.len();
        self.add(&mut draft, Vec::new(), bytes, Some(holds))?;
        self.room = draft.segments.len() - before;
        self.reserved = true;
        Ok(())
    }

    /// The reservation publishes nothing.
    pub(crate) fn cancel(&mut self) {
        self.end_reservation();
    }

    /// One publication of records. Room for `reserved` bytes was asked for the first of them.
    pub(crate) fn commit(
        &mut self,
        reserved: usize,
        records: impl IntoIterator<Item = Record>,
        holds: &Holds,
    ) -> Result<(), Error> {
        self.end_reservation();
        let mut draft = self.draft();
        for record in records {
            self.add(&mut draft, record, reserved, Some(holds))?;
        }
        self.keep(draft);
        Ok(())
    }

    pub(crate) fn begin(&mut self) {
        self.abandon();
        self.group = Some(self.draft());
    }

    pub(crate) fn publish(&mut self) {
        self.end_reservation();
        let draft = self.group.take().expect("a group is open");
        self.publish_draft(draft);
    }

    pub(crate) fn abandon(&mut self) {
        self.end_reservation();
        self.group = None;
    }

    /// Goes on at a later sequence, with nothing in view.
    pub(crate) fn skip_to(&mut self, sequence: u64, holds: &Holds) -> Result<(), Skip> {
        let next = self.next_sequence();
        if sequence < next || sequence > next && sequence > u64::MAX - self.shape.records as u64 {
            return Err(Skip::NeverThere);
        }
        if self.group.is_some() {
            return Err(Skip::Refused(Error::State));
        }
        if sequence > next {
            self.end_reservation();
            let mut draft = self.draft();
            self.open(&mut draft, Some(holds)).map_err(Skip::Refused)?;
            let new = draft.segments.pop().expect("one was opened");
            self.retained = VecDeque::from([Segment { first: sequence, ..new }]);
            self.latest = 0;
            self.skipped += sequence - next;
        }
        Ok(())
    }

    /// Pooled segments are freed, except those that the window and the preallocated ones need.
    pub(crate) fn trim(&mut self, holds: &Holds) {
        let open = self.group.as_ref().map_or(0, |draft| draft.segments.len() - 1) + self.room;
        let needed = (self.shape.window + 1).max(self.shape.preallocated);
        let kept = needed.max(self.retained.len() + open) + self.left(holds).held as usize;
        self.least_segments = self.least_segments.min(kept);
        self.most_segments = self.most_segments.min(kept);
    }

    /// A call was refused: nothing that it would have taken exists, and the reservation has ended.
    pub(crate) fn took_nothing(&mut self) {
        self.end_reservation();
    }

    pub(crate) fn left(&self, holds: &Holds) -> Left {
        let mut windows = holds.windows.clone();
        windows.insert(self.head().sequence + 1);
        Left {
            live: self.least_segments as u64,
            held: holds.segments.range(..self.retained[0].sequence).count() as u64,
            windows: windows.len() as u64,
            oldest_head: windows.first().map_or(0, |end| end - 1),
        }
    }
}
