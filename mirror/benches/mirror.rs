//! What mirroring costs and how fast it is, against a raw client in the same run. `make mirror-bench` runs it.
//!
//! Prints a table, and writes `target/bench/mirror.tsv` and `target/bench/mirror.svg`.

#[allow(unreachable_pub, reason = "a module of a program")]
mod picture;
#[allow(unreachable_pub, reason = "a module of a program")]
mod processor;
#[allow(dead_code, unreachable_pub, reason = "a module of the tests, too")]
#[path = "../tests/servers/server.rs"]
mod server;

use std::collections::VecDeque;
use std::future::IntoFuture;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use async_nats::jetstream::{self, message::PublishMessage, stream};
use atomic_log::{FixedLog, FixedRecords, FixedWriter, Options as LogOptions};
use atomic_log_nats::{Mirror, Options, Publisher};
use picture::{Picture, Series};
use server::Server;

/// How many bytes of records a measurement carries.
const BYTES: u64 = 512 << 20;
/// How often each pair of measurements is made.
const ROUNDS: usize = 3;

fn main() {
    let mut report = Report::default();
    append(&mut report);
    latency(&mut report);
    let memory = throughput(&mut report, true);
    let file = throughput(&mut report, false);
    report.goal("records/s of 64 B, memory, end to end", memory.0, 4e6);
    report.goal("of raw publishing, memory", memory.1, 0.8);
    report.goal("records/s of 64 B, file, end to end", file.0, 2e6);
    report.goal("of raw publishing, file", file.1, 0.8);
    growth(&mut report);
    report.write();
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Waits for what must come.
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !holds() {
        assert!(begin.elapsed() < Duration::from_secs(30), "it does not come: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn shape(record_size: usize) -> LogOptions {
    let records = (64 << 20) / record_size as u64;
    LogOptions::new(records, records / 16).record_size(record_size as u64).preallocated_segments(20)
}

fn stream_options(server: &Server, memory: bool) -> Options {
    Options::new(server.url(), "bench").create(true).memory(memory).max_bytes(1 << 30)
}

/// How fast, and at what cost.
struct Carried {
    bytes_a_second: f64,
    /// Of ours and the server's together.
    processor_seconds: f64,
}

/// A measurement that has begun.
struct Meter<'a> {
    server: &'a Server,
    begin: Instant,
    used: f64,
}

impl<'a> Meter<'a> {
    fn start(server: &'a Server) -> Meter<'a> {
        Meter { server, begin: Instant::now(), used: Meter::used(server) }
    }

    fn used(server: &Server) -> f64 {
        processor::seconds("self") + processor::seconds(&server.process().to_string())
    }

    fn stop(self, bytes: u64) -> Carried {
        let bytes_a_second = bytes as f64 / self.begin.elapsed().as_secs_f64();
        Carried { bytes_a_second, processor_seconds: Meter::used(self.server) - self.used }
    }
}

/// What one does without us: the same bytes in messages of one size, 256 of them without an acknowledgement.
fn raw(memory: bool, message_size: usize, bytes: u64) -> Carried {
    let server = Server::start();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let client = async_nats::connect(server.url()).await.expect("a connection");
        let jetstream = jetstream::new(client);
        let storage = if memory { stream::StorageType::Memory } else { stream::StorageType::File };
        let config = stream::Config { name: "bench".into(), storage, max_bytes: 1 << 30, ..Default::default() };
        jetstream.create_stream(config).await.expect("a stream");
        let payload: bytes::Bytes = vec![7; message_size].into();
        let meter = Meter::start(&server);
        let mut acks = VecDeque::new();
        for _ in 0..bytes / message_size as u64 {
            if acks.len() == 256 {
                let ack: async_nats::jetstream::context::PublishAckFuture = acks.pop_front().expect("there are some");
                ack.into_future().await.expect("it is acknowledged");
            }
            let message = PublishMessage::build().payload(payload.clone());
            acks.push_back(jetstream.send_publish("bench", message).await.expect("it is sent"));
        }
        for ack in acks {
            ack.into_future().await.expect("it is acknowledged");
        }
        meter.stop(bytes)
    })
}

/// Records of one size, through a publisher, a server and so many mirrors. The writer waits for the
/// publisher, so that nothing is lost.
fn carried(memory: bool, message_size: u32, record_size: usize, mirrors: usize, bytes: u64) -> Carried {
    let server = Server::start();
    let (mut writer, log) = FixedLog::try_new_claimed(&shape(record_size)).expect("there is memory");
    let options = || stream_options(&server, memory).message_size(message_size);
    let publisher = Publisher::start(&log, options()).expect("the options are right");
    let readers: Vec<_> = (0..mirrors)
        .map(|_| Mirror::<FixedRecords>::start(options(), shape(record_size)).expect("the options are right"))
        .collect();
    let record = vec![7; record_size];
    // Until all are there.
    writer.append(&record).expect("there is memory");
    writer.notify();
    until("the first record", || {
        publisher.stats().records == 1 && readers.iter().all(|mirror| mirror.stats().next_sequence == 1)
    });
    let total = bytes / record_size as u64;
    let ahead = log.retained_capacity() / 2;
    let meter = Meter::start(&server);
    let mut acknowledged = 0;
    while writer.next_sequence() < total {
        if writer.next_sequence() - acknowledged > ahead {
            std::thread::sleep(Duration::from_micros(200));
            acknowledged = publisher.stats().next_sequence;
            continue;
        }
        for _ in 0..1000 {
            writer.append(&record).expect("there is memory");
        }
        writer.notify();
    }
    let total = writer.next_sequence();
    until("all of it", || {
        publisher.stats().next_sequence == total && readers.iter().all(|mirror| mirror.stats().next_sequence == total)
    });
    let carried = meter.stop(bytes);
    assert_eq!(publisher.stats().lost, 0, "{:?}", publisher.stats());
    for mirror in &readers {
        assert_eq!((mirror.stats().lost, mirror.stats().records), (0, total), "{:?}", mirror.stats());
    }
    carried
}

/// Records of 64 B a second end to end, and the ratio to raw publishing of messages of the same size.
fn throughput(report: &mut Report, memory: bool) -> (f64, f64) {
    let place = if memory { "memory" } else { "file" };
    let (mut raws, mut alone, mut through) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        raws.push(raw(memory, 64 << 10, BYTES));
        alone.push(carried(memory, 64 << 10, 64, 0, BYTES));
        through.push(carried(memory, 64 << 10, 64, 1, BYTES));
    }
    let ratio = |values: &[Carried], of: fn(&Carried) -> f64| {
        median(values.iter().zip(&raws).map(|(ours, raw)| of(ours) / of(raw)).collect())
    };
    let records = |values: &[Carried]| median(values.iter().map(|value| value.bytes_a_second / 64.0).collect());
    let cost = |values: &[Carried]| {
        median(values.iter().map(|value| value.processor_seconds * 1e9 / (BYTES / 64) as f64).collect())
    };
    for (what, values) in [("raw publishing", &raws), ("log to stream", &alone), ("log to stream to log", &through)] {
        report.row(&format!("{what}, {place}, records/s of 64 B"), records(values));
        report.row(&format!("{what}, {place}, processor ns a record"), cost(values));
    }
    for (what, values) in [("log to stream", &alone), ("log to stream to log", &through)] {
        report.row(&format!("{what} / raw, {place}, records/s"), ratio(values, |value| value.bytes_a_second));
        report.row(&format!("{what} / raw, {place}, processor time"), ratio(values, |value| value.processor_seconds));
    }
    (records(&through), ratio(&through, |value| value.bytes_a_second))
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("it is later").as_nanos() as u64
}

/// From just before the append to a reader of the mirror that sleeps, at a thousand records a second.
fn latency(report: &mut Report) {
    let server = Server::start();
    let (mut writer, log) = FixedLog::try_new_claimed(&shape(64)).expect("there is memory");
    let publisher = Publisher::start(&log, stream_options(&server, true)).expect("the options are right");
    let mirror =
        Mirror::<FixedRecords>::start(stream_options(&server, true), shape(64)).expect("the options are right");
    let mirrored = mirror.log();
    let reader = std::thread::spawn(move || {
        let mut cursor = mirrored.cursor();
        let mut took = Vec::new();
        while cursor.wait(Duration::from_secs(10)) == atomic_log::Wait::Ready {
            cursor.refresh();
            while let Some(chunk) = cursor.next_chunk() {
                for record in chunk.iter() {
                    let sent = u64::from_le_bytes(record[..8].try_into().expect("8 bytes"));
                    took.push(now().saturating_sub(sent) as f64);
                }
            }
        }
        took
    });
    for _ in 0..8000 {
        let mut record = [0; 64];
        record[..8].copy_from_slice(&now().to_le_bytes());
        writer.append(&record).expect("there is memory");
        writer.notify();
        std::thread::sleep(Duration::from_micros(1000));
    }
    writer.finish();
    let mut took = reader.join().expect("it reads");
    publisher.close(Duration::from_secs(10));
    assert_eq!(took.len(), 8000);
    // Without the first, which wait for connections.
    took.drain(..1000);
    took.sort_by(f64::total_cmp);
    report.row("latency from append to a mirror's reader, p50, us", took[took.len() / 2] / 1e3);
    report.row("latency from append to a mirror's reader, p99, us", took[took.len() * 99 / 100] / 1e3);
}

/// Nanoseconds an append, the median of bursts.
fn bursts(writer: &mut FixedWriter) -> f64 {
    let record = [7; 64];
    let mut each = Vec::new();
    for _ in 0..1000 {
        let begin = Instant::now();
        for _ in 0..256 {
            writer.append(&record).expect("there is memory");
        }
        each.push(begin.elapsed().as_nanos() as f64 / 256.0);
        writer.notify();
        std::thread::sleep(Duration::from_micros(300));
    }
    median(each)
}

/// What an append costs beside a publisher, and alone, by turns.
fn append(report: &mut Report) {
    let server = Server::start();
    let (mut lone, _log) = FixedLog::try_new_claimed(&shape(64)).expect("there is memory");
    let (mut published, log) = FixedLog::try_new_claimed(&shape(64)).expect("there is memory");
    let publisher = Publisher::start(&log, stream_options(&server, true)).expect("the options are right");
    let (mut alone, mut beside) = (Vec::new(), Vec::new());
    for round in 0..11 {
        let (without, with) = (bursts(&mut lone), bursts(&mut published));
        // The first fills caches and finds the server.
        if round > 0 {
            alone.push(without);
            beside.push(with);
        }
    }
    assert!(publisher.stats().records > 0, "{:?}", publisher.stats());
    let ratio = median(beside.iter().zip(&alone).map(|(beside, alone)| beside / alone).collect());
    report.row("append alone, ns", median(alone));
    report.row("append beside a publisher, ns", median(beside));
    report.limit("append beside a publisher / alone", ratio, 1.1);
}

/// How it grows with the sizes of messages and records, and the number of mirrors.
fn growth(report: &mut Report) {
    let bytes = BYTES / 2;
    let mb = |carried: Carried| carried.bytes_a_second / 1e6;
    let mut raws = Series::new("raw");
    let mut ours = Series::new("log to log");
    for message_size in [4 << 10, 16 << 10, 64 << 10, 256 << 10] {
        raws.point(f64::from(message_size) / 1024.0, mb(raw(true, message_size as usize, bytes)));
        ours.point(f64::from(message_size) / 1024.0, mb(carried(true, message_size, 64, 1, bytes)));
    }
    report.picture.panel("KiB a message, records of 64 B, memory", "MB/s", vec![raws, ours]);
    let mut sizes = Series::new("log to log");
    for record_size in [8, 64, 512, 4096] {
        sizes.point(record_size as f64, mb(carried(true, 64 << 10, record_size, 1, bytes)));
    }
    report.picture.panel("bytes a record, 64 KiB a message, memory", "MB/s", vec![sizes]);
    let mut each = Series::new("each mirror");
    let mut together = Series::new("all together");
    for mirrors in [1, 2, 4, 8, 16] {
        let rate = mb(carried(true, 64 << 10, 64, mirrors, bytes / 2));
        each.point(mirrors as f64, rate);
        together.point(mirrors as f64, rate * mirrors as f64);
    }
    report.picture.panel("mirrors of one stream, memory", "MB/s", vec![each, together]);
}

#[derive(Default)]
struct Report {
    rows: Vec<(String, f64)>,
    picture: Picture,
}

impl Report {
    fn row(&mut self, what: &str, value: f64) {
        println!("{what:60} {value:>14.2}");
        self.rows.push((what.to_owned(), value));
    }

    fn goal(&mut self, what: &str, value: f64, least: f64) {
        println!("  goal: {what}: {value:.2}, at least {least}: {}", if value >= least { "met" } else { "NOT MET" });
    }

    fn limit(&mut self, what: &str, value: f64, most: f64) {
        self.row(what, value);
        println!("  goal: at most {most}: {}", if value <= most { "met" } else { "NOT MET" });
    }

    fn write(&self) {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench");
        let mut table = String::new();
        for (what, value) in &self.rows {
            table += &format!("{what}\t{value}\n");
        }
        for (panel, _, series) in &self.picture.panels {
            for line in series {
                for (x, y) in &line.points {
                    println!("{:60} {y:>14.2}", format!("{panel}: {x}, {}, MB/s", line.name));
                    table += &format!("{panel}: {x}, {}, MB/s\t{y}\n", line.name);
                }
            }
        }
        std::fs::create_dir_all(&folder).expect("target can be written");
        std::fs::write(folder.join("mirror.tsv"), table).expect("target can be written");
        std::fs::write(folder.join("mirror.svg"), self.picture.svg()).expect("target can be written");
        println!("{}", folder.join("mirror.svg").display());
    }
}
