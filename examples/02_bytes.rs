//! Records of any length, here the lines of a trace.
//!
//! Shows: appending one record, or several at one instant; reading them in place; reading one by its sequence; what the
//! log returns for an evicted one. Capacities are bytes here.
//!
//! Run: cargo run --example 02_bytes

use std::error::Error;
use std::str;

use atomic_log::{ByteLog, ByteSnapshot, Options};

fn print(view: &ByteSnapshot) -> Result<(), Box<dyn Error>> {
    for chunk in view.chunks() {
        println!("segment {}", chunk.sequence());
        for (sequence, line) in (chunk.first_sequence()..).zip(chunk.iter()) {
            println!("  #{sequence:<3} {}", str::from_utf8(line)?);
        }
    }
    Ok(())
}

fn print_record(view: &ByteSnapshot, sequence: u64) -> Result<(), Box<dyn Error>> {
    match view.get(sequence) {
        Some(line) => println!("  #{sequence:<3} {}", str::from_utf8(line)?),
        None => println!("  #{sequence:<3} is not in this view"),
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    // About 256 bytes of lines stay readable, in segments of 128.
    let (mut writer, log) = ByteLog::try_new_claimed(&Options::new(256, 128))?;
    writer.append(b"boot: three lines will follow together")?;
    // Readers see all three, or none.
    writer.append_batch(&["net: link up", "net: address 192.0.2.7", "net: ready"])?;
    writer.append_batch(&["job 1: started", "job 2: started", "job 1: done"])?;

    let mut view = log.snapshot();
    print(&view)?;

    println!("\ntwelve more lines, then a refresh");
    for job in 1..=12 {
        writer.append(format!("job {}: {}% of the work is done", 2 + job % 3, 8 * job).as_bytes())?;
    }
    let delta = view.refresh();
    println!("{} lines are new, {} of them were evicted unseen", delta.appended + delta.lost, delta.lost);
    let range = view.range();
    println!("{} were written, the view holds #{} to #{}", writer.next_sequence(), range.start, range.end - 1);
    print_record(&view, 0)?;
    print_record(&view, range.start)?;
    print_record(&view, range.end - 1)?;
    Ok(())
}
