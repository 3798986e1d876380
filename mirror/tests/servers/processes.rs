//! A mirror in a process of its own, which is killed.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use atomic_log::{ByteRecords, FixedRecords};
use atomic_log_nats::{Mirror, Options, Publisher};

use crate::logs::{Feeder, Kind, Reader, Source};
use crate::server::Server;
use crate::{STREAM, deadline, is, options, until};

/// What the child is told.
const URL: &str = "ALOG_FAULTS_URL";
const KIND: &str = "ALOG_FAULTS_KIND";

/// Not a test, but the other process: it mirrors until the log ends, and says after each look what it has.
#[test]
fn child() {
    let Ok(url) = std::env::var(URL) else { return };
    if std::env::var(KIND).as_deref() == Ok("bytes") {
        mirror::<ByteRecords>(&url)
    } else {
        mirror::<FixedRecords>(&url)
    }
}

fn mirror<K: Kind>(url: &str) {
    let mirror = Mirror::<K>::start(Options::new(url, STREAM), K::options(1 << 20)).expect("a mirror");
    let mut reader = Reader::new(mirror.log());
    let begin = Instant::now();
    while !reader.finished {
        reader.look().unwrap_or_else(|fault| panic!("{fault}; {:?}", mirror.stats()));
        println!("has {} {} {}", reader.next, reader.seen, reader.lost);
        assert!(begin.elapsed() < Duration::from_secs(120), "the log does not end: {:?}", mirror.stats());
    }
    println!("ended");
}

struct Process {
    child: Child,
    /// Its last line of each kind: next, seen and lost; and whether it said that it ended.
    has: Arc<Mutex<([u64; 3], bool)>>,
}

impl Process {
    fn start<K: Kind>(url: &str) -> Process {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL"]).arg(std::env::current_exe().expect("this program"));
        command.args(["processes::child", "--exact", "--nocapture"]).env(URL, url);
        command.env(KIND, if K::SIZE == 0 { "bytes" } else { "fixed" });
        let mut child = command.stdout(Stdio::piped()).spawn().expect("a process");
        let lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        let has = Arc::new(Mutex::new(([0; 3], false)));
        let heard = has.clone();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let mut has = heard.lock().expect("nobody panics");
                if let Some(numbers) = line.split("has ").nth(1) {
                    let mut numbers = numbers.split(' ').filter_map(|number| number.parse().ok());
                    has.0 = std::array::from_fn(|_| numbers.next().unwrap_or(u64::MAX));
                }
                has.1 |= line.contains("ended");
            }
        });
        Process { child, has }
    }

    fn has(&self) -> ([u64; 3], bool) {
        *self.has.lock().expect("nobody panics")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Killed at moments that nobody chose, and started again: it begins with what the stream retains, and has all.
fn a_mirror_is_killed<K: Kind>(kills: u64) {
    let _deadline = deadline(120 + 2 * kills);
    let server = Server::start();
    let source = Source::<K>::new(1, 1 << 20);
    let publisher = Publisher::start(&source.log, options(&server.url())).expect("a publisher");
    let feeder = Feeder::start(source, 50_000);
    for kill in 0..kills {
        let process = Process::start::<K>(&server.url());
        until("it reads", 30, || is(process.has().0[1] > 1_000 * kill, process.has()));
        std::thread::sleep(Duration::from_millis(37 * kill % 100));
        drop(process);
    }
    let mut process = Process::start::<K>(&server.url());
    until("it reads", 30, || is(process.has().0[1] > 1_000, process.has()));
    let total = feeder.stop().finish();
    until("it ends", 60, || is(process.has().1, (total, process.has(), publisher.stats())));
    assert!(process.child.wait().expect("it ends").success());
    assert_eq!(process.has().0, [total, total, 0]);
}

#[test]
fn a_mirror_is_killed_fixed() {
    a_mirror_is_killed::<FixedRecords>(4);
}

#[test]
fn a_mirror_is_killed_bytes() {
    a_mirror_is_killed::<ByteRecords>(2);
}

#[test]
#[ignore = "takes a minute"]
fn a_mirror_is_killed_many_times() {
    a_mirror_is_killed::<ByteRecords>(40);
}
