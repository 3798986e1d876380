//! One message: its prefix and its records, as `docs/WIRE.md` says.

use std::fmt;

/// Bytes before the first record.
pub(crate) const PREFIX: usize = 64;
const MAGIC: &[u8; 4] = b"alog";
const VERSION: u8 = 1;

const BEGINS: u16 = 1;
const ENDS: u16 = 2;
const FIXED: u16 = 4;
const FINISHED: u16 = 8;

/// What stands for one life of a log.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Origin(pub [u8; 16]);

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What lies before the records of a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Prefix {
    pub(crate) origin: Origin,
    pub(crate) begins: bool,
    pub(crate) ends: bool,
    pub(crate) finished: bool,
    pub(crate) first: u64,
    pub(crate) count: u32,
    /// Bytes of each record; 0: each says how many it has.
    pub(crate) record_size: u32,
    pub(crate) lost: u64,
    pub(crate) time: u64,
    pub(crate) newest: u32,
    /// Where the records lie in the payload.
    pub(crate) records: usize,
}

impl Prefix {
    /// Behind the last record.
    pub(crate) fn end(&self) -> u64 {
        self.first + u64::from(self.count)
    }

    /// Messages of one origin are in order by this.
    pub(crate) fn place(&self) -> (u64, bool) {
        (self.end(), self.count == 0)
    }

    /// What the server recognises this message by, if it comes twice.
    pub(crate) fn id(&self) -> String {
        match self.count {
            0 => format!("{}-{}-end", self.origin, self.first),
            count => format!("{}-{}-{count}", self.origin, self.first),
        }
    }

    pub(crate) fn write(&self) -> [u8; PREFIX] {
        let mut flags = 0;
        for (flag, is) in [(BEGINS, self.begins), (ENDS, self.ends), (FINISHED, self.finished)] {
            flags |= if is { flag } else { 0 };
        }
        if self.record_size != 0 {
            flags |= FIXED;
        }
        let mut out = [0; PREFIX];
        out[0..4].copy_from_slice(MAGIC);
        out[4] = VERSION;
        out[5] = PREFIX as u8;
        out[6..8].copy_from_slice(&flags.to_le_bytes());
        out[8..24].copy_from_slice(&self.origin.0);
        out[24..32].copy_from_slice(&self.first.to_le_bytes());
        out[32..36].copy_from_slice(&self.count.to_le_bytes());
        out[36..40].copy_from_slice(&self.record_size.to_le_bytes());
        out[40..48].copy_from_slice(&self.lost.to_le_bytes());
        out[48..56].copy_from_slice(&self.time.to_le_bytes());
        out[56..60].copy_from_slice(&self.newest.to_le_bytes());
        out
    }

    /// The prefix of a message, all of which obeys the format; or what does not.
    pub(crate) fn read(payload: &[u8]) -> Result<Prefix, &'static str> {
        if payload.len() < PREFIX {
            return Err("it is shorter than a prefix");
        }
        if &payload[0..4] != MAGIC {
            return Err("it does not begin with the magic");
        }
        if payload[4] != VERSION {
            return Err("it is of another version of the format");
        }
        let records = usize::from(payload[5]);
        if records < PREFIX || records > payload.len() {
            return Err("its prefix has a wrong size");
        }
        let u32_at = |at: usize| u32::from_le_bytes(payload[at..at + 4].try_into().expect("4 bytes"));
        let u64_at = |at: usize| u64::from_le_bytes(payload[at..at + 8].try_into().expect("8 bytes"));
        let flags = u16::from_le_bytes([payload[6], payload[7]]);
        let prefix = Prefix {
            origin: Origin(payload[8..24].try_into().expect("16 bytes")),
            begins: flags & BEGINS != 0,
            ends: flags & ENDS != 0,
            finished: flags & FINISHED != 0,
            first: u64_at(24),
            count: u32_at(32),
            record_size: u32_at(36),
            lost: u64_at(40),
            time: u64_at(48),
            newest: u32_at(56),
            records,
        };
        if flags & !(BEGINS | ENDS | FIXED | FINISHED) != 0 {
            return Err("it has a flag without a meaning");
        }
        if prefix.origin == Origin::default() {
            return Err("it has no origin");
        }
        if (flags & FIXED != 0) != (prefix.record_size != 0) {
            return Err("its flags and its record size do not agree");
        }
        if (prefix.count == 0) != prefix.finished {
            return Err("it has no records, or has records and says that the log ended");
        }
        if prefix.first.checked_add(prefix.count.into()).is_none() || prefix.lost > prefix.first {
            return Err("its sequences are none");
        }
        if prefix.newest != 0 && !prefix.ends {
            return Err("it names a newest publication, and ends none");
        }
        let mut bytes = &payload[records..];
        let filled = if prefix.record_size != 0 {
            bytes.len() as u64 == u64::from(prefix.count) * u64::from(prefix.record_size)
        } else {
            (0..prefix.count).all(|_| next_record(&mut bytes).is_some()) && bytes.is_empty()
        };
        if filled { Ok(prefix) } else { Err("its records do not fill it") }
    }
}

/// The next record, and its size before it, taken off the front of a message's records of any size.
pub(crate) fn next_record<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (size, rest) = bytes.split_first_chunk::<4>()?;
    let (record, rest) = rest.split_at_checked(u32::from_le_bytes(*size) as usize)?;
    *bytes = rest;
    Some(record)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of `docs/WIRE.md`, read out of the page.
    fn example() -> Vec<u8> {
        let page = include_str!("../docs/WIRE.md");
        let block = page.split("## An example").nth(1).expect("the page has one").split("```").nth(1).expect("a block");
        let mut bytes = Vec::new();
        for line in block.lines().skip(1) {
            bytes.extend(
                line.split_whitespace()
                    .skip(1)
                    .map_while(|word| u8::from_str_radix(word, 16).ok().filter(|_| word.len() == 2)),
            );
        }
        bytes
    }

    fn prefix() -> Prefix {
        let mut origin = Origin::default();
        (0..16).for_each(|i| origin.0[usize::from(i)] = i);
        Prefix {
            origin,
            begins: true,
            ends: true,
            finished: false,
            first: 0,
            count: 3,
            record_size: 0,
            lost: 0,
            time: 1_812_759_304_489_205_760,
            newest: 2,
            records: PREFIX,
        }
    }

    #[test]
    fn the_pages_example_is_read_and_written() {
        let bytes = example();
        assert_eq!(Prefix::read(&bytes), Ok(prefix()));
        assert_eq!(prefix().write(), bytes[..PREFIX]);
        assert_eq!(prefix().id(), "000102030405060708090a0b0c0d0e0f-0-3");
        let mut records = &bytes[PREFIX..];
        let read: Vec<_> = std::iter::from_fn(|| next_record(&mut records)).collect();
        assert_eq!(read, [b"a".as_slice(), b"bc", b""]);
    }

    #[test]
    fn what_does_not_obey_is_refused() {
        let good = example();
        let spoil = |at: usize, to: &[u8]| {
            let mut bytes = good.clone();
            bytes[at..at + to.len()].copy_from_slice(to);
            Prefix::read(&bytes)
        };
        assert!(spoil(0, b"blog").is_err());
        assert!(spoil(4, &[2]).is_err());
        assert!(spoil(5, &[63]).is_err());
        assert!(spoil(5, &[200]).is_err());
        assert!(spoil(6, &[0x13]).is_err(), "an unknown flag");
        assert!(spoil(6, &[7]).is_err(), "FIXED without a size");
        assert!(spoil(6, &[1]).is_err(), "newest without ENDS");
        assert!(spoil(8, &[0; 16]).is_err());
        assert!(spoil(24, &[0xff; 8]).is_err(), "beyond 2^64");
        assert!(spoil(32, &[0]).is_err(), "no records");
        assert!(spoil(32, &[2]).is_err(), "bytes too many");
        assert!(spoil(32, &[4]).is_err(), "a record too many");
        assert!(spoil(36, &[4]).is_err(), "a size without FIXED");
        assert!(spoil(40, &[1]).is_err(), "more lost than there were");
        assert!(spoil(PREFIX, &[0xff; 4]).is_err(), "a record beyond the end");
        for size in 0..good.len() {
            assert!(Prefix::read(&good[..size]).is_err(), "cut to {size}");
        }
    }

    #[test]
    fn a_longer_prefix_of_a_later_writer_is_read() {
        let mut bytes = example();
        bytes[5] = 72;
        bytes.splice(PREFIX..PREFIX, [1; 8]);
        assert_eq!(Prefix::read(&bytes), Ok(Prefix { records: 72, ..prefix() }));
    }
}
