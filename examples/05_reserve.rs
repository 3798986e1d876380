//! Write records where readers will read them, without a copy.
//!
//! Shows: `reserve` hands out unpublished room in the log; `commit` publishes the part that was used; dropping the
//! reservation gives the room back, as if nothing had happened. The same for records of one size and for records of any
//! size.
//!
//! Run: cargo run --example 05_reserve

use std::error::Error;
use std::fmt::{self, Write};
use std::mem::MaybeUninit;

use atomic_log::{ByteLog, ByteWriter, Error as LogError, FixedLog, FixedWriter, Options};

const WAVE: usize = 1000;
const LONGEST_LINE: usize = 120;

/// A reservation is not initialised, so this writes it byte by byte, which compiles to a copy.
fn write_bytes(room: &mut [MaybeUninit<u8>], bytes: &[u8]) {
    for (to, from) in room.iter_mut().zip(bytes) {
        to.write(*from);
    }
}

/// Computes a wave directly into the log. A reservation lies in one segment, so this needs a loop.
fn write_wave(writer: &mut FixedWriter) -> Result<(), LogError> {
    let mut done = 0;
    while done < WAVE {
        let mut room = writer.reserve(WAVE - done)?;
        let capacity = room.capacity(); // at most what was asked for
        for (index, sample) in room.bytes().chunks_exact_mut(size_of::<f32>()).enumerate() {
            let value = ((done + index) as f32 * 0.01).sin();
            write_bytes(sample, &value.to_ne_bytes());
        }
        println!("  room for {capacity:3} of {:4} samples, written in place", WAVE - done);
        // SAFETY: every sample of the reservation was written.
        unsafe { room.commit(capacity) }?;
        done += capacity;
    }
    Ok(())
}

/// Formats into memory that is not initialised, and counts how many bytes it wrote.
struct Line<'r> {
    room: &'r mut [MaybeUninit<u8>],
    used: usize,
}

impl Write for Line<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let place = self.room.get_mut(self.used..self.used + text.len()).ok_or(fmt::Error)?;
        write_bytes(place, text.as_bytes());
        self.used += text.len();
        Ok(())
    }
}

/// Formats a line directly into the log: reserves room for the longest line, and commits what was used.
fn write_line(writer: &mut ByteWriter, id: u32, celsius: Option<f32>) -> Result<(), Box<dyn Error>> {
    let mut room = writer.reserve(LONGEST_LINE)?;
    let mut line = Line { room: room.bytes(), used: 0 };
    write!(line, "sensor {id}: ")?;
    let Some(celsius) = celsius else {
        println!("  sensor {id} has no reading: cancelled");
        return Ok(()); // drops the reservation
    };
    write!(line, "{celsius:.1} C")?;
    let used = line.used;
    println!("  {used} of {} bytes used", room.capacity());
    // SAFETY: the line has written `used` bytes.
    Ok(unsafe { room.commit(used) }?)
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("fixed records");
    let options = Options::new(2048, 512).record_size(size_of::<f32>() as u64);
    let (mut writer, log) = FixedLog::try_new_claimed(&options)?;
    write_wave(&mut writer)?;
    println!("  committed: #{:?} are visible", log.range());
    // Reserved room is invisible until it is committed, and may be given back.
    writer.reserve(10)?.bytes()[0].write(1);
    println!("  reserved, written and dropped: #{:?} are visible", log.range());

    println!("byte records");
    let (mut writer, lines) = ByteLog::try_new_claimed(&Options::new(4096, 1024))?;
    write_line(&mut writer, 1, Some(21.5))?;
    write_line(&mut writer, 2, None)?;
    write_line(&mut writer, 3, Some(-4.25))?;
    for (sequence, line) in (0..).zip(lines.snapshot().iter()) {
        println!("  #{sequence} {}", std::str::from_utf8(line)?);
    }
    if (log.range(), lines.range()) == (0..WAVE as u64, 0..2) { Ok(()) } else { Err("not what was committed".into()) }
}
