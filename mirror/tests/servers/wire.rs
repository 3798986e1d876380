//! The messages of docs/WIRE.md, written and read by that page and not by the crate: what a publisher sent is looked
//! at, and what none would send is made.

use crate::admin::Stored;

pub const BEGINS: u16 = 1;
pub const ENDS: u16 = 2;
pub const FIXED: u16 = 4;
pub const FINISHED: u16 = 8;

#[derive(Clone, Debug)]
pub struct Message {
    pub version: u8,
    pub prefix: u8,
    pub flags: u16,
    pub origin: [u8; 16],
    pub first: u64,
    pub count: u32,
    pub record_size: u32,
    pub lost: u64,
    pub newest: u32,
    pub records: Vec<u8>,
}

impl Message {
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = b"alog".to_vec();
        bytes.extend([self.version, self.prefix]);
        bytes.extend(self.flags.to_le_bytes());
        bytes.extend(self.origin);
        bytes.extend(self.first.to_le_bytes());
        bytes.extend(self.count.to_le_bytes());
        bytes.extend(self.record_size.to_le_bytes());
        bytes.extend(self.lost.to_le_bytes());
        bytes.extend(1u64.to_le_bytes());
        bytes.extend(self.newest.to_le_bytes());
        bytes.resize(usize::from(self.prefix).max(60), 0);
        bytes.extend(&self.records);
        bytes
    }

    pub fn read(bytes: &[u8]) -> Message {
        assert!(bytes.len() >= 64 && &bytes[..4] == b"alog" && bytes[60..64] == [0; 4], "a message of a log");
        let array = |at: usize, size: usize| &bytes[at..at + size];
        let u32_at = |at| u32::from_le_bytes(array(at, 4).try_into().expect("4 bytes"));
        let u64_at = |at| u64::from_le_bytes(array(at, 8).try_into().expect("8 bytes"));
        Message {
            version: bytes[4],
            prefix: bytes[5],
            flags: u16::from_le_bytes([bytes[6], bytes[7]]),
            origin: array(8, 16).try_into().expect("16 bytes"),
            first: u64_at(24),
            count: u32_at(32),
            record_size: u32_at(36),
            lost: u64_at(40),
            newest: u32_at(56),
            records: bytes[usize::from(bytes[5])..].to_vec(),
        }
    }

    pub fn has(&self, flag: u16) -> bool {
        self.flags & flag != 0
    }
}

/// What the messages of a stream from its beginning say: the section "How to write" holds. Returns the records and the
/// lost ones.
pub fn check(stored: &[Stored]) -> (u64, u64) {
    check_each(stored, true)
}

/// The same of several publishers of one origin, one of which may have been broken off while its messages were on their
/// way: these cut elsewhere, so messages overlap, and runs are joined.
pub fn check_joined(stored: &[Stored]) -> (u64, u64) {
    check_each(stored, false)
}

fn check_each(stored: &[Stored], one_publisher: bool) -> (u64, u64) {
    let (mut records, mut lost) = (0, 0);
    // The end of what came so far, of this origin.
    let mut reached = 0;
    let mut before: Option<Message> = None;
    for (index, stored) in stored.iter().enumerate() {
        let message = Message::read(&stored.payload);
        let hex: String = message.origin.iter().map(|byte| format!("{byte:02x}")).collect();
        let count = if message.count == 0 { "end".to_owned() } else { message.count.to_string() };
        assert_eq!(stored.id, format!("{hex}-{}-{count}", message.first), "the id");
        assert_eq!(stored.expected, (stored.sequence - 1).to_string(), "the expected sequence");
        assert_eq!((message.version, message.prefix), (1, 64));
        assert_eq!(message.has(FIXED), message.record_size > 0);
        assert!(message.count > 0 || message.flags & !FIXED == FINISHED, "message {index}: {:?}", message.flags);
        let mut rest = message.records.as_slice();
        for _ in 0..message.count {
            let size = if message.record_size > 0 { message.record_size } else { take_size(&mut rest) };
            rest = rest.get(size as usize..).expect("the record is there");
        }
        assert!(rest.is_empty(), "bytes follow the records");
        let end = message.first + u64::from(message.count);
        if before.as_ref().is_none_or(|before| before.origin != message.origin) {
            reached = message.first;
        }
        let next = reached;
        match &before {
            Some(before) if before.origin == message.origin => {
                let first = message.first - message.lost;
                assert!(first == next || first < next && !one_publisher, "message {index}: {first} behind {next}");
                assert!(!before.has(FINISHED), "nothing comes behind the end");
                if one_publisher && message.count > 0 {
                    let begins = before.has(ENDS) || message.lost > 0;
                    assert_eq!(message.has(BEGINS), begins, "message {index} begins a run, or goes on with one");
                }
            }
            Some(_) => assert!(message.has(BEGINS) || message.count == 0),
            None => {}
        }
        if message.newest > 0 {
            assert!(message.has(ENDS), "message {index} names a publication that has not ended");
        }
        records += end.saturating_sub(next.max(message.first));
        reached = reached.max(end);
        lost += message.lost;
        before = Some(message);
    }
    (records, lost)
}

fn take_size(rest: &mut &[u8]) -> u32 {
    let (size, after) = rest.split_first_chunk::<4>().expect("a size");
    *rest = after;
    u32::from_le_bytes(*size)
}
