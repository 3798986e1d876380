//! The readers of mirror/examples, which know docs/WIRE.md alone, beside the mirror and a third reader that is written
//! here: of the same stream all say the same.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Once;
use std::time::{Duration, Instant};

use async_nats::jetstream::stream::{Config, StorageType};
use atomic_log::{ByteRecords, FixedRecords, Options as LogOptions};
use atomic_log_nats::{Mirror, Publisher, State};

use crate::admin::Admin;
use crate::logs::{Kind, Source, record, scramble};
use crate::server::Server;
use crate::wire::{BEGINS, ENDS, FINISHED, FIXED, Message};
use crate::{STREAM, deadline, is, options, stream, until};

/// What a reader has to say of a stream: each record that it showed, and what it counted.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
struct Said {
    records: Vec<(u64, Vec<u8>)>,
    lost: u64,
    repeated: u64,
    garbage: u64,
}

/// Runs a reader over a stream, until it ends.
fn run(program: &str, arguments: &[&str], url: &str) -> Said {
    static READY: Once = Once::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    READY.call_once(|| {
        let made = Command::new(root.join("../scripts/mirror-readers.sh")).status();
        assert!(made.is_ok_and(|status| status.success()), "scripts/mirror-readers.sh makes the readers ready");
    });
    let program = root.join("../build/tools/mirror/bin").join(program);
    let mut child = Command::new("setpriv")
        .args(["--pdeathsig", "KILL"])
        .arg(&program)
        .args(arguments.iter().map(|argument| root.join(argument)))
        .args([url, STREAM])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a process");
    let begin = Instant::now();
    let (mut out, mut error) = (child.stdout.take().expect("piped"), child.stderr.take().expect("piped"));
    let out = std::thread::spawn(move || std::io::read_to_string(&mut out).unwrap_or_default());
    let error = std::thread::spawn(move || std::io::read_to_string(&mut error).unwrap_or_default());
    while child.try_wait().expect("it is our child").is_none() {
        if begin.elapsed() > Duration::from_secs(40) {
            let _ = child.kill();
            let _ = child.wait();
            panic!("{} does not end: {}", program.display(), error.join().expect("read"));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let (out, error) = (out.join().expect("read"), error.join().expect("read"));
    assert!(child.wait().expect("it ended").success(), "{error}");
    let mut said = Said::default();
    for line in out.lines() {
        let (sequence, hex) = line.split_once(' ').expect("a sequence and a record");
        let byte = |at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hexadecimal");
        said.records.push((sequence.parse().expect("a sequence"), (0..hex.len()).step_by(2).map(byte).collect()));
    }
    let counted = error.lines().last().expect("a last line");
    let numbers: Vec<u64> = counted.split(|c: char| !c.is_ascii_digit()).filter_map(|word| word.parse().ok()).collect();
    [said.lost, said.repeated, said.garbage] = numbers.try_into().expect("three numbers");
    let skipped = error.lines().filter(|line| line.starts_with("skipped a message: ")).count();
    assert_eq!(skipped as u64, said.garbage, "each is told");
    said
}

fn python(url: &str) -> Said {
    run("python", &["examples/read.py"], url)
}

fn go(url: &str) -> Said {
    run("read-go", &[], url)
}

/// What a publisher wrote.
fn of_a_publisher<K: Kind>() {
    let _deadline = deadline(120);
    let server = Server::start();
    let mut source = Source::<K>::new(3, 1 << 16);
    let publisher = Publisher::start(&source.log, options(&server.url()).message_size(4096)).expect("a publisher");
    source.publish_all(3_000);
    source.publish(1_000);
    let total = source.finish();
    assert_eq!(publisher.close(Duration::from_secs(20)).unacknowledged, 0);
    for said in [python(&server.url()), go(&server.url())] {
        assert_eq!((said.lost, said.repeated, said.garbage, said.records.len() as u64), (0, 0, 0, total));
        for (index, (sequence, bytes)) in said.records.iter().enumerate() {
            assert_eq!(*sequence, index as u64);
            let number = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().expect("8 bytes"));
            assert_eq!(*bytes, record(3, *sequence, &(number(16)..number(24)), K::SIZE));
        }
    }
}

#[test]
fn of_a_publisher_fixed() {
    of_a_publisher::<FixedRecords>();
}

#[test]
fn of_a_publisher_bytes() {
    of_a_publisher::<ByteRecords>();
}

/// Numbers that look random, and are the same each time.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 += 1;
        scramble(self.0) % limit
    }
}

/// The page's steps, a third time.
#[derive(Default)]
struct Third {
    said: Said,
    origin: [u8; 16],
    next: u64,
    open: Vec<(u64, Vec<u8>)>,
    /// How many of the records are of the last origin.
    of_the_last: usize,
}

impl Third {
    fn take(&mut self, message: &Message) {
        if message.origin != self.origin {
            self.forget();
            self.origin = message.origin;
            self.next = message.first - message.lost;
            self.of_the_last = self.said.records.len();
        }
        let mut records: Vec<_> = (message.first..).zip(split(message)).collect();
        let before = records.len();
        records.retain(|(sequence, _)| *sequence >= self.next);
        self.said.repeated += (before - records.len()) as u64;
        if before > 0 && records.is_empty() {
            return;
        }
        if message.first > self.next {
            self.forget();
            self.said.lost += message.first - self.next;
            self.next = message.first;
        }
        if before > 0 {
            self.next = message.first + before as u64;
        }
        if !message.has(BEGINS) && self.open.is_empty() {
            self.said.lost += records.len() as u64;
        } else {
            self.open.extend(records);
        }
        if message.has(ENDS) {
            self.said.records.append(&mut self.open);
        }
        if message.has(FINISHED) {
            self.forget();
        }
    }

    fn forget(&mut self) {
        self.said.lost += self.open.drain(..).len() as u64;
    }
}

fn split(message: &Message) -> Vec<Vec<u8>> {
    let mut rest = message.records.as_slice();
    let mut take = |size: usize| {
        let (record, after) = rest.split_at(size);
        rest = after;
        record.to_vec()
    };
    (0..message.count)
        .map(|_| {
            let size = match message.record_size {
                0 => u32::from_le_bytes(take(4).try_into().expect("4 bytes")),
                size => size,
            };
            take(size as usize)
        })
        .collect()
}

/// Messages that a stream might have after many misfortunes: each is one of the format, or surely none.
struct Misfortunes {
    random: Random,
    record_size: u32,
    origin: [u8; 16],
    next: u64,
}

impl Misfortunes {
    fn record(&mut self) -> Vec<u8> {
        let size = if self.record_size > 0 { u64::from(self.record_size) } else { self.random.below(5) };
        (0..size).map(|_| self.random.below(256) as u8).collect()
    }

    fn message(&mut self, flags: u16, first: u64, count: u64) -> Message {
        let mut records = Vec::new();
        for _ in 0..count {
            let record = self.record();
            if self.record_size == 0 {
                records.extend((record.len() as u32).to_le_bytes());
            }
            records.extend(record);
        }
        let prefix = if self.random.below(4) == 0 { 64 + self.random.below(192) as u8 } else { 64 };
        let newest =
            if flags & ENDS > 0 && self.random.below(2) == 0 { 1 + self.random.below(count) as u32 } else { 0 };
        Message {
            version: 1,
            prefix,
            flags: flags | if self.record_size > 0 { FIXED } else { 0 },
            origin: self.origin,
            first,
            count: count as u32,
            record_size: self.record_size,
            lost: 0,
            newest,
            records,
        }
    }

    /// A run of a few messages.
    fn run(&mut self) -> Vec<Message> {
        let messages = 1 + self.random.below(4);
        (0..messages)
            .map(|index| {
                let flags = if index == 0 { BEGINS } else { 0 } | if index + 1 == messages { ENDS } else { 0 };
                let count = 1 + self.random.below(5);
                let message = self.message(flags, self.next, count);
                self.next += count;
                message
            })
            .collect()
    }

    fn another_origin(&mut self) {
        self.origin = std::array::from_fn(|_| self.random.below(255) as u8 + 1);
        self.next = self.random.below(3) * self.random.below(1 << 40);
    }

    /// None of the format, made of one that is.
    fn garbage(&mut self, good: &Message) -> Vec<u8> {
        let mut bad = good.clone();
        let mut bytes = good.bytes();
        match self.random.below(13) {
            0 => bad.version = 2 + self.random.below(200) as u8,
            1 => bad.flags |= 16 << self.random.below(12),
            2 => bad.flags ^= FIXED,
            3 => bad.origin = [0; 16],
            4 => bad.count += 1 + self.random.below(1 << 31) as u32,
            5 => bad.count = 0,
            6 => bad.first = u64::MAX,
            7 => bad.lost = bad.first + 1,
            8 => (bad.flags, bad.newest) = (bad.flags & !ENDS, 1),
            9 => bad.records.push(0),
            10 => {
                bytes.truncate(self.random.below(bytes.len() as u64) as usize);
                return bytes;
            }
            11 => {
                bytes[self.random.below(4) as usize] ^= 0x40;
                return bytes;
            }
            _ => {
                bytes[5] = self.random.below(64) as u8;
                return bytes;
            }
        }
        bad.bytes()
    }
}

/// A stream of many misfortunes, and what there is to say of it.
fn misfortunes(seed: u64, record_size: u32) -> (Vec<Vec<u8>>, Third) {
    let mut made = Misfortunes { random: Random(scramble(seed)), record_size, origin: [1; 16], next: 0 };
    let (mut third, mut stream, mut earlier) = (Third::default(), Vec::new(), Vec::new());
    let mut lost = 0;
    for _ in 0..300 {
        match made.random.below(40) {
            0 => {
                made.another_origin();
                earlier.clear();
            }
            // What the publisher lost, and says so.
            1 => {
                lost = made.random.below(1000);
                made.next += lost;
            }
            _ => {}
        }
        let mut run = made.run();
        run[0].lost = std::mem::take(&mut lost);
        for message in run {
            if made.random.below(8) == 0 {
                third.said.garbage += 1;
                stream.push(made.garbage(&message));
            }
            if made.random.below(15) == 0 {
                // It expired.
                continue;
            }
            if made.random.below(10) == 0 && !earlier.is_empty() {
                let again: Message = Message::clone(&earlier[made.random.below(earlier.len() as u64) as usize]);
                third.take(&again);
                stream.push(again.bytes());
            }
            third.take(&message);
            stream.push(message.bytes());
            earlier.push(message);
        }
        // What was shown last comes again, in one message with what is new.
        if made.random.below(15) == 0 && third.open.is_empty() && third.origin == made.origin && third.next == made.next
        {
            let back = made.random.below(3).min(made.next);
            let count = back + 1 + made.random.below(4);
            let mut message = made.message(BEGINS | ENDS, made.next - back, count);
            // What was shown is no part of a publication that is newer.
            message.newest = message.newest.min((count - back) as u32);
            made.next += count - back;
            third.take(&message);
            stream.push(message.bytes());
        }
    }
    let end = made.message(FINISHED, made.next, 0);
    third.take(&end);
    stream.push(end.bytes());
    (stream, third)
}

fn all_readers_agree<K: Kind>(seed: u64, record_size: u32, log: LogOptions) {
    let _deadline = deadline(180);
    let server = Server::start();
    let admin = Admin::connect(&server.url());
    admin.create(Config { storage: StorageType::Memory, ..stream() });
    let (stream, third) = misfortunes(seed, record_size);
    for message in stream {
        admin.publish(STREAM, message);
    }
    let said = &third.said;
    assert!(
        said.records.len() > 500 && said.lost > 100 && said.repeated > 20 && said.garbage > 50,
        "a stream that has all"
    );
    assert_eq!(python(&server.url()), *said, "Python");
    assert_eq!(go(&server.url()), *said, "Go");
    let mirror = Mirror::<K>::start(options(&server.url()), log).expect("a mirror");
    until("the end arrives", 30, || {
        let stats = mirror.stats();
        let last = stats.origin.0 == third.origin && stats.state == State::Finished;
        is(last, stats)
    });
    let stats = mirror.stats();
    assert_eq!((stats.lost, stats.repeated, stats.garbage), (said.lost, said.repeated, said.garbage), "{stats:?}");
    assert_eq!(stats.records, said.records.len() as u64, "{stats:?}");
    // What the log retains is the end of the last origin's records.
    let snapshot = mirror.log().snapshot();
    let shown: Vec<_> = snapshot.range().zip(snapshot.iter().map(<[u8]>::to_vec)).collect();
    let of_the_last = &said.records[third.of_the_last..];
    assert!(of_the_last.ends_with(&shown) && !shown.is_empty(), "{shown:?}");
}

#[test]
fn all_readers_agree_fixed() {
    all_readers_agree::<FixedRecords>(1, 3, LogOptions::new(1 << 12, 1 << 8).record_size(3));
}

#[test]
fn all_readers_agree_bytes() {
    all_readers_agree::<ByteRecords>(2, 0, LogOptions::new(1 << 16, 1 << 13));
}

#[test]
#[ignore = "takes a minute"]
fn all_readers_agree_many_times() {
    for seed in 10..20 {
        all_readers_agree::<FixedRecords>(
            seed,
            1 + seed as u32,
            LogOptions::new(1 << 12, 1 << 8).record_size(1 + seed),
        );
        all_readers_agree::<ByteRecords>(100 + seed, 0, LogOptions::new(1 << 16, 1 << 13));
    }
}
