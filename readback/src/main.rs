//! Reads the files of `c-tests/recording/record.c` with the crate `mcap`, and compares each message with what was
//! appended.
//!
//! Usage: readback DIRECTORY

use std::collections::BTreeMap;
use std::path::Path;

use mcap::{MessageStream, Summary};

type Failure = Box<dyn std::error::Error>;

/// As in `c-tests/random.h`.
fn mix(x: u64) -> u64 {
    let step = |x: u64| (x ^ (x >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    let x = step(step(x));
    x ^ (x >> 32)
}

/// As in `c-tests/sample.h`, up to the last member, and zeros between members.
fn sample(sequence: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    let put = |bytes: &mut Vec<u8>, align: usize, value: &[u8]| {
        bytes.resize(bytes.len().next_multiple_of(align), 0);
        bytes.extend_from_slice(value);
    };
    put(&mut bytes, 8, &(1000 + 10 * sequence).to_ne_bytes());
    put(&mut bytes, 4, &(mix(sequence) as u32).to_ne_bytes());
    put(&mut bytes, 1, &[sequence as u8]);
    for i in 1..=3 {
        put(&mut bytes, 8, &(sequence as f64 / f64::from(i)).to_ne_bytes());
    }
    put(&mut bytes, 1, b"sample\0");
    put(&mut bytes, 2, &(sequence as i16).to_ne_bytes());
    put(&mut bytes, 2, &(-7_i16).to_ne_bytes());
    put(&mut bytes, 4, &0.5_f32.to_ne_bytes());
    put(&mut bytes, 1, &[(sequence % 2) as u8]);
    put(&mut bytes, 1, &(-1_i8).to_ne_bytes());
    put(&mut bytes, 2, &u16::MAX.to_ne_bytes());
    put(&mut bytes, 4, &(-1_000_000_i32).to_ne_bytes());
    put(&mut bytes, 8, &i64::MIN.to_ne_bytes());
    put(&mut bytes, 4, &(sequence as u32).to_ne_bytes());
    bytes
}

/// What comes before each record of fields: CDR of this byte order.
const ENCAPSULATION: [u8; 4] = [0, cfg!(target_endian = "little") as u8, 0, 0];

/// What a message of a topic with this sequence should be: its time, and its bytes.
fn expected(topic: &str, sequence: u64, ordered: bool) -> Result<(u64, Vec<u8>), Failure> {
    Ok(match topic {
        "/samples" | "/more" => (1000 + 10 * sequence, [&ENCAPSULATION[..], &sample(sequence)].concat()),
        "/texts" => (sequence, format!("{{\"sequence\":{sequence}}}").into_bytes()),
        "/pairs" => {
            let (time, value) =
                (if ordered { sequence * 1000 } else { u64::from(mix(sequence) as u32) }, mix(sequence));
            (time, [&ENCAPSULATION[..], &time.to_ne_bytes(), &value.to_ne_bytes()].concat())
        }
        topic => return Err(format!("no messages are expected under {topic}").into()),
    })
}

/// Returns how many messages a file has under each topic. Each must be what it should be, and follow the one before it.
fn read(path: &Path) -> Result<BTreeMap<String, u64>, Failure> {
    let file = std::fs::read(path)?;
    let ordered = path.file_stem() != Some("unordered".as_ref());
    let mut counts = BTreeMap::new();
    let mut next: BTreeMap<String, u64> = BTreeMap::new();
    for message in MessageStream::new(&file)? {
        let message = message?;
        let topic = &message.channel.topic;
        let sequence = u64::from(message.sequence);
        if next.insert(topic.clone(), sequence + 1).is_some_and(|next| next != sequence) {
            return Err(format!("{topic}: {sequence} does not follow").into());
        }
        let (time, bytes) = expected(topic, sequence, ordered)?;
        if (message.log_time, message.publish_time) != (time, time) || *message.data != bytes {
            return Err(format!("{topic}: message {sequence} is not what was appended").into());
        }
        let schema = message.channel.schema.as_ref().ok_or("there is no schema")?;
        let described = (schema.name.as_str(), schema.encoding.as_str(), message.channel.message_encoding.as_str());
        let wanted = match topic.as_str() {
            "/texts" => ("Text", "jsonschema", "json"),
            "/pairs" => ("test/msg/Pair", "ros2msg", "cdr"),
            _ => ("test/msg/Sample", "ros2msg", "cdr"),
        };
        if described != wanted {
            return Err(format!("{topic} is described as {described:?}").into());
        }
        *counts.entry(topic.clone()).or_default() += 1;
    }
    check_summary(&file, &counts)?;
    Ok(counts)
}

/// Checks that the summary leads to the messages: these in chunks, and the first and the last of a chunk by its index.
fn check_summary(file: &[u8], counts: &BTreeMap<String, u64>) -> Result<(), Failure> {
    let summary = Summary::read(file)?.ok_or("there is no summary")?;
    let statistics = summary.stats.as_ref().ok_or("there are no statistics")?;
    let mut found = BTreeMap::new();
    for chunk in &summary.chunk_indexes {
        let indexes = summary.read_message_indexes(file, chunk)?;
        let (channel, entries) = indexes.iter().next().ok_or("a chunk has no index")?;
        let mut indexed = entries.iter();
        for message in summary.stream_chunk(file, chunk)? {
            let message = message?;
            if indexed.next().map(|entry| entry.log_time) != Some(message.log_time) {
                return Err(format!("{}: message {} is not in the index", channel.topic, message.sequence).into());
            }
            *found.entry(message.channel.topic.clone()).or_default() += 1;
        }
        for entry in entries.first().into_iter().chain(entries.last()) {
            let message = summary.seek_message(file, chunk, entry)?;
            if (message.log_time, message.channel.id) != (entry.log_time, channel.id) {
                return Err(format!("{}: the index leads to another message", channel.topic).into());
            }
        }
        if indexes.len() != 1 || indexed.next().is_some() {
            return Err(format!("{}: the index has too many entries", channel.topic).into());
        }
    }
    let told: BTreeMap<String, u64> = statistics
        .channel_message_counts
        .iter()
        .filter(|(_, count)| **count > 0)
        .map(|(id, count)| (summary.channels[id].topic.clone(), *count))
        .collect();
    if found != *counts || told != *counts || statistics.message_count != counts.values().sum::<u64>() {
        return Err(format!("{counts:?} were read, {found:?} are in chunks, and the statistics are {told:?}").into());
    }
    Ok(())
}

fn main() -> Result<(), Failure> {
    let directory = std::env::args().nth(1).ok_or("which directory?")?;
    let least = [
        ("samples", vec![("/samples", 1000)]),
        ("several", vec![("/samples", 1000), ("/texts", 500)]),
        ("overlapping", vec![("/more", 1000), ("/samples", 1000)]),
        ("unordered", vec![("/pairs", 1000)]),
        ("empty", vec![]),
        ("rolling", vec![("/samples", 20_000)]),
        ("large", vec![("/pairs", 10_000_000)]),
    ];
    for (name, topics) in least {
        let counts = read(&Path::new(&directory).join(name).with_extension("mcap"))
            .map_err(|error| format!("{name}: {error}"))?;
        let found: Vec<&str> = counts.keys().map(String::as_str).collect();
        let wanted: Vec<&str> = topics.iter().map(|(topic, _)| *topic).collect();
        if found != wanted || topics.iter().any(|(topic, least)| counts[*topic] < *least) {
            return Err(format!("{name}: {counts:?}, and at least {topics:?} are expected").into());
        }
        println!("  {name}.mcap: {} messages by the crate mcap", counts.values().sum::<u64>());
    }
    // Shows that a fault would be found.
    let path = Path::new(&directory).join("samples.mcap");
    let mut spoiled = std::fs::read(&path)?;
    let middle = spoiled.len() / 2;
    spoiled[middle] ^= 1;
    let copy = Path::new(&directory).join("spoiled.mcap");
    std::fs::write(&copy, spoiled)?;
    match read(&copy) {
        Ok(_) => Err("a spoiled file was not found out".into()),
        Err(_) => Ok(()),
    }
}
