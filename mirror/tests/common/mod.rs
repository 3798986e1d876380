//! A server of a test's own, and readers that check what a mirror shows.
#![allow(dead_code, unreachable_pub, reason = "each test uses some")]

use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use atomic_log::{ByteRecords, FixedLog, FixedRecords, Options as LogOptions, RecordCursor, RecordKind, RecordLog};
use atomic_log_nats::{Mirror, Options, Stats};

/// A nats-server on loopback with JetStream, whose store is a folder that goes with it.
pub struct Server {
    child: Option<Child>,
    pub port: u16,
    folder: PathBuf,
    arguments: Vec<String>,
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port is free").port()
}

impl Server {
    pub fn start() -> Server {
        Server::start_with(&[])
    }

    pub fn start_with(arguments: &[&str]) -> Server {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("alog-nats-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder can be made");
        let arguments = arguments.iter().map(ToString::to_string).collect();
        let mut server = Server { child: None, port: free_port(), folder, arguments };
        server.again();
        server
    }

    pub fn process(&self) -> String {
        self.child.as_ref().expect("it runs").id().to_string()
    }

    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// As if the machine lost its power.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().and_then(|()| child.wait()).expect("it can be killed");
        }
    }

    /// With the port and the store that it had.
    pub fn again(&mut self) {
        let log = std::fs::File::create(self.folder.join("log")).expect("a file can be made");
        let child = Command::new("nats-server")
            .args(["-js", "-a", "127.0.0.1", "-p", &self.port.to_string(), "-sd"])
            .arg(self.folder.join("store"))
            .args(&self.arguments)
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("nats-server is installed");
        self.child = Some(child);
        until("the server listens", || TcpStream::connect(("127.0.0.1", self.port)).is_ok());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// What the stream's messages say was lost before them, added up.
pub fn lost_by_the_messages(server: &Server) -> u64 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        // On a busy machine the defaults are too short.
        let patient = async_nats::ConnectOptions::new().connection_timeout(Duration::from_secs(30));
        let client = patient.connect(server.url()).await.expect("a connection");
        let mut jetstream = async_nats::jetstream::new(client);
        jetstream.set_timeout(Duration::from_secs(30));
        let stream = jetstream.get_stream("ticks").await.expect("it is there");
        let mut lost = 0;
        for sequence in 1..=stream.cached_info().state.last_sequence {
            let payload = stream.get_raw_message(sequence).await.expect("it is there").payload;
            lost += u64::from_le_bytes(payload[40..48].try_into().expect("8 bytes"));
        }
        lost
    })
}

/// Waits for what must come.
#[track_caller]
pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !holds() {
        assert!(begin.elapsed() < Duration::from_secs(30), "it does not come: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The stream of the tests, made if it is not there.
pub fn options(server: &Server) -> Options {
    Options::new(server.url(), "ticks").create(true)
}

pub fn numbers(retained: u64) -> LogOptions {
    LogOptions::new(retained, (retained / 8).max(8)).record_size(8)
}

pub fn record(sequence: u64) -> [u8; 8] {
    sequence.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes()
}

/// A record of a bytes log: its size hangs on its sequence, 0 among them.
pub fn any_record(sequence: u64) -> Vec<u8> {
    record(sequence).iter().copied().cycle().take((sequence % 37) as usize).collect()
}

/// Reads a mirror's log, and checks that each record is the one that its sequence says.
pub struct Reader<K> {
    log: RecordLog<K>,
    cursor: RecordCursor<K>,
    expected: fn(u64) -> Vec<u8>,
    pub seen: u64,
    pub lost: u64,
}

impl Reader<FixedRecords> {
    pub fn numbers(mirror: &Mirror<FixedRecords>) -> Reader<FixedRecords> {
        Reader::new(mirror.log(), |sequence| record(sequence).to_vec())
    }
}

impl Reader<ByteRecords> {
    pub fn bytes(mirror: &Mirror<ByteRecords>) -> Reader<ByteRecords> {
        Reader::new(mirror.log(), any_record)
    }
}

impl<K: RecordKind> Reader<K> {
    pub fn new(log: RecordLog<K>, expected: fn(u64) -> Vec<u8>) -> Reader<K> {
        let cursor = log.cursor();
        Reader { log, cursor, expected, seen: 0, lost: 0 }
    }

    /// Reads what is there; returns the sequence that comes next.
    pub fn read(&mut self) -> u64 {
        self.lost += self.cursor.refresh().lost;
        let mut next = None;
        while let Some(chunk) = self.cursor.next_chunk() {
            let first = chunk.first_sequence();
            assert!(next.is_none_or(|next| next == first), "a view has no gaps");
            for (index, bytes) in chunk.iter().enumerate() {
                let sequence = first + index as u64;
                assert_eq!(bytes, (self.expected)(sequence), "record {sequence}");
            }
            self.seen += chunk.len() as u64;
            next = Some(first + chunk.len() as u64);
        }
        self.cursor.position()
    }

    /// Reads until a sequence was read, which comes in time.
    #[track_caller]
    pub fn read_to(&mut self, end: u64, stats: impl Fn() -> Stats) {
        let begin = Instant::now();
        while self.read() < end {
            assert!(
                begin.elapsed() < Duration::from_secs(60),
                "{} of {end} came: {:?}",
                self.cursor.position(),
                stats()
            );
            self.cursor.wait(Duration::from_millis(20));
        }
        assert_eq!(self.cursor.position(), end, "no more than that was published");
    }

    pub fn is_finished(&self) -> bool {
        self.log.is_finished()
    }
}

/// Appends records up to a sequence.
pub fn append_to(writer: &mut atomic_log::FixedWriter, end: u64) {
    while writer.next_sequence() < end {
        writer.append(&record(writer.next_sequence())).expect("there is memory");
    }
    writer.notify();
}

pub fn new_log(retained: u64) -> (atomic_log::FixedWriter, FixedLog) {
    FixedLog::try_new_claimed(&numbers(retained)).expect("there is memory")
}
