//! The log beside the structures that a program could use instead: what each takes to publish, look, follow and fan
//! out, and what a reader that stops does to the writer.
//!
//! ```sh
//! cargo bench -p atomic-log-peers --features harness               # half a minute
//! cargo bench -p atomic-log-peers --features harness -- peers/look # one row
//! ```
//!
//! Records have 64 bytes. Every subject is compared with the control of its row, by turns, as in the table
//! (`bench/benches/table.rs`). The file of each row says what is measured, and `peers.rs` what each peer guarantees. A
//! subject holds the newest 16 Ki records, or is a queue of as many, unless its name or its row says otherwise.
//!
//! | row | measures | not in it |
//! |---|---|---|
//! | `peers/publish/64` | one record, the writer alone | |
//! | `peers/look/64` | the newest 1,000 records, of one instant | queues and `arc-swap-newest`: no history |
//! | `peers/follow/64` | publish and receive, one thread | |
//! | `peers/fanout/4` | a writer and 4 readers that see every record | `arc-swap-newest`; times of subjects that lost some |
//! | `peers/stalled` | the writer, while one reader has stopped | |
//!
//! # A reader has stopped
//!
//! | subject | the reader | the writer | the reader, later |
//! |---|---|---|---|
//! | atomic-log | holds a view | goes on; or refuses, if `max_segments` says so | has its view, then the newest |
//! | atomic-log | has a cursor | the same | is told exactly how many it lost |
//! | tokio-broadcast | receives nothing | goes on, over the oldest | is told exactly how many it lost |
//! | arc-swap-* | holds what it loaded | goes on | has what it loaded, then the newest |
//! | crossbeam-unbounded | receives nothing | goes on, and memory grows with each record | gets all |
//! | left-right | holds a guard | publishes once, then waits or piles up | saw the old state, as all did |
//! | bus, disruptor, rtrb, crossbeam | receives nothing | fills it, then waits or refuses | gets all that was taken |
//! | rwlock-deque, mutex-deque | holds the lock | waits | saw the old state |

mod fanout;
mod follow;
mod look;
mod peers;
mod publish;
mod rolling;
mod stalled;

use std::env;

use atomic_log_bench::ratio::Bench;

const OURS: &str = "atomic-log";

/// The capacity of every subject, in records.
const RETAINED: usize = 16 * 1024;

fn given(option: &str) -> bool {
    env::args().any(|argument| argument == option)
}

/// Whether this run is a test of the benchmark instead of a measurement.
fn quick() -> bool {
    !given("--bench") || given("--test")
}

/// Whether the filter asks for a row that criterion does not run. An argument that begins with `peers` is a filter.
fn wanted(row: &str) -> bool {
    let mut filters = env::args().skip(1).filter(|argument| argument.starts_with("peers")).peekable();
    !given("--list") && (filters.peek().is_none() || filters.any(|filter| row.starts_with(&filter)))
}

fn main() {
    let mut bench = Bench::quick("peers");
    publish::rows(&mut bench);
    look::rows(&mut bench);
    follow::rows(&mut bench);
    fanout::rows(&mut bench);
    stalled::rows(&mut bench);
}
