//! MCAP (<https://mcap.dev/spec>), written from front to back: a magic number, records, and the magic number again. A
//! record begins with one byte for its kind and eight for its size. All numbers are little-endian, all texts are UTF-8.
//!
//! A file is: its header; schemas and channels; for each channel that has messages, a chunk of them and their index; and
//! the summary, which repeats schemas and channels, and tells where the chunks are. Many readers need indexes and
//! summary. The chunks are not compressed, and there are no checksums.

use core::mem::MaybeUninit;

const MAGIC: [u8; 8] = *b"\x89MCAP0\r\n";

const HEADER: u8 = 0x01;
const FOOTER: u8 = 0x02;
const SCHEMA: u8 = 0x03;
const CHANNEL: u8 = 0x04;
const MESSAGE: u8 = 0x05;
const CHUNK: u8 = 0x06;
const MESSAGE_INDEX: u8 = 0x07;
const CHUNK_INDEX: u8 = 0x08;
const STATISTICS: u8 = 0x0b;
const DATA_END: u8 = 0x0f;

/// Bytes that an index has for each message: its time, and where it begins in the chunk.
const INDEXED: usize = 16;
/// How many messages a chunk may have: the size of its index has 32 bits.
pub(super) const MESSAGES_MAX: u64 = u32::MAX as u64 / INDEXED as u64;

/// The sink refused bytes.
pub(crate) struct Refused;

/// Takes a file, piece by piece.
pub(crate) type Sink<'s> = dyn FnMut(&[u8]) -> Result<(), Refused> + 's;

/// Passes a text on, part by part.
type Text<'t> = dyn Fn(&mut dyn FnMut(&[u8])) + 't;

/// The buffer's size in bytes: small enough for the stack of a signal handler. With 4 KiB, a recording of 64-byte
/// records took a quarter longer.
const ROOM: usize = 16384;
/// From this many bytes on, the sink gets bytes from where they lie, and not by way of the buffer.
const LARGE: usize = 4096;

pub(super) type Buffer = [MaybeUninit<u8>; ROOM];
pub(super) const BUFFER: Buffer = [MaybeUninit::uninit(); ROOM];

/// A file that is being written.
pub(super) struct File<'s, 'f> {
    sink: &'f mut Sink<'s>,
    refused: bool,
    /// How many bytes the sink was given.
    given: u64,
    used: usize,
    // By reference: a buffer of its own would be copied on the stack.
    buffer: &'f mut Buffer,
}

/// The parts that all messages of a channel have in common.
pub(super) struct Messages {
    pub(super) channel: u16,
    /// The bytes before each record's own bytes.
    pub(super) prefix: [u8; 4],
    /// How many bytes of the prefix are written: 0 or 4.
    pub(super) prefix_size: usize,
}

impl Messages {
    /// Bytes of a message before the record's own.
    fn head(&self) -> usize {
        size_of::<Head>() - 4 + self.prefix_size
    }

    /// Bytes of a message with this many bytes of the record's own.
    pub(super) fn size(&self, size: usize) -> u64 {
        (self.head() + size) as u64
    }
}

/// The messages of a channel: one chunk of the file, or none if there are no messages.
#[derive(Clone, Copy, Default)]
pub(super) struct Chunk {
    pub(super) channel: u16,
    /// How many messages.
    pub(super) count: u64,
    /// Bytes of the messages.
    size: u64,
    earliest: u64,
    latest: u64,
    /// Where the chunk begins in the file.
    begin: u64,
    /// Where its index begins: behind it.
    index: u64,
}

impl Chunk {
    /// The chunk of a channel, without messages yet.
    pub(super) fn of(channel: u16) -> Chunk {
        Chunk { channel, ..Chunk::default() }
    }

    pub(super) fn add(&mut self, time: u64, size: u64) {
        self.earliest = if self.count == 0 { time } else { self.earliest.min(time) };
        self.latest = self.latest.max(time);
        self.count += 1;
        self.size += size;
    }

    /// Bytes of the index, behind its kind and size.
    fn index_size(&self) -> u64 {
        6 + INDEXED as u64 * self.count
    }
}

/// The begin of a message.
#[repr(C)]
struct Head {
    kind: u8,
    size: [u8; 8],
    channel: [u8; 2],
    sequence: [u8; 4],
    log_time: [u8; 8],
    publish_time: [u8; 8],
    prefix: [u8; 4],
}

/// The size in the file of a text, or of bytes that are written like a text.
fn sized(bytes: &[u8]) -> u64 {
    4 + bytes.len() as u64
}

impl<'s, 'f> File<'s, 'f> {
    /// Begins a file.
    pub(super) fn begin(sink: &'f mut Sink<'s>, buffer: &'f mut Buffer, profile: &str) -> File<'s, 'f> {
        let library = concat!("atomic-log ", env!("CARGO_PKG_VERSION")).as_bytes();
        let mut file = File { sink, refused: false, given: 0, used: 0, buffer };
        file.bytes(&MAGIC);
        file.record(HEADER, sized(profile.as_bytes()) + sized(library));
        file.text(profile.as_bytes());
        file.text(library);
        file
    }

    /// Whether the sink refused bytes. It gets no more of them then, and the rest need not be written.
    pub(super) fn is_refused(&self) -> bool {
        self.refused
    }

    /// Writes a schema. Its `text` is written twice: the first time to find the size.
    pub(super) fn schema(&mut self, id: u16, name: &str, encoding: &str, text: &Text<'_>) {
        let mut size = 0;
        text(&mut |part| size += part.len());
        self.record(SCHEMA, 2 + sized(name.as_bytes()) + sized(encoding.as_bytes()) + 4 + size as u64);
        self.bytes(&id.to_le_bytes());
        self.text(name.as_bytes());
        self.text(encoding.as_bytes());
        self.bytes(&(size as u32).to_le_bytes());
        text(&mut |part| self.bytes(part));
    }

    /// Writes a channel. With `schema` 0 it has no schema.
    pub(super) fn channel(&mut self, id: u16, schema: u16, topic: &str, encoding: &str) {
        self.record(CHANNEL, 2 + 2 + sized(topic.as_bytes()) + sized(encoding.as_bytes()) + 4);
        self.bytes(&id.to_le_bytes());
        self.bytes(&schema.to_le_bytes());
        self.text(topic.as_bytes());
        self.text(encoding.as_bytes());
        self.bytes(&0_u32.to_le_bytes()); // no metadata
    }

    /// Begins a message. The record's `size` bytes must follow.
    #[inline]
    pub(super) fn message(&mut self, of: &Messages, sequence: u64, time: u64, size: usize) {
        // In one piece, because there may be millions of messages.
        let head = Head {
            kind: MESSAGE,
            size: (of.size(size) - 9).to_le_bytes(),
            channel: of.channel.to_le_bytes(),
            sequence: (sequence as u32).to_le_bytes(),
            log_time: time.to_le_bytes(),
            publish_time: time.to_le_bytes(),
            prefix: of.prefix,
        };
        // SAFETY: all members are bytes, and they are initialised. The prefix is the last member.
        self.bytes(unsafe { core::slice::from_raw_parts((&raw const head).cast::<u8>(), of.head()) });
    }

    /// Begins a chunk. Its messages follow.
    pub(super) fn chunk(&mut self, chunk: &mut Chunk) {
        chunk.begin = self.position();
        self.record(CHUNK, 40 + chunk.size);
        self.numbers(&[chunk.earliest, chunk.latest, chunk.size, 0]); // no checksum, no compression
        self.numbers(&[chunk.size]);
    }

    /// Begins the index of the chunk that was just written. An `indexed` for each of its messages follows.
    pub(super) fn index(&mut self, chunk: &mut Chunk) {
        chunk.index = self.position();
        self.record(MESSAGE_INDEX, chunk.index_size());
        self.bytes(&chunk.channel.to_le_bytes());
        self.bytes(&(INDEXED as u32 * chunk.count as u32).to_le_bytes());
    }

    /// Writes the time of a message, and where it begins in its chunk.
    #[inline]
    pub(super) fn indexed(&mut self, time: u64, offset: u64) {
        // In one piece, as a message's head.
        let entry = [time.to_le_bytes(), offset.to_le_bytes()];
        self.bytes(entry.as_flattened());
    }

    /// Ends the data. The summary begins, with schemas and channels; returns where.
    pub(super) fn end_data(&mut self) -> u64 {
        self.record(DATA_END, 4);
        self.bytes(&[0; 4]); // no checksum
        self.position()
    }

    /// Ends the file, whose summary began at `summary`. `chunks` has one for each channel. Returns the size of the file
    /// in bytes.
    pub(super) fn end(mut self, summary: u64, schemas: u16, chunks: &[Chunk]) -> Result<u64, Refused> {
        let (mut messages, mut filled, mut earliest, mut latest) = (0, 0_u32, 0, 0);
        for chunk in chunks.iter().filter(|chunk| chunk.count > 0) {
            earliest = if filled == 0 { chunk.earliest } else { chunk.earliest.min(earliest) };
            latest = chunk.latest.max(latest);
            messages += chunk.count;
            filled += 1;
        }
        let counts = 10 * chunks.len() as u32;
        self.record(STATISTICS, 46 + u64::from(counts));
        self.numbers(&[messages]);
        self.bytes(&schemas.to_le_bytes());
        self.bytes(&(chunks.len() as u32).to_le_bytes());
        self.numbers(&[0]); // no attachments, no metadata
        self.bytes(&filled.to_le_bytes());
        self.numbers(&[earliest, latest]);
        self.bytes(&counts.to_le_bytes());
        for chunk in chunks {
            self.bytes(&chunk.channel.to_le_bytes());
            self.numbers(&[chunk.count]);
        }
        for chunk in chunks.iter().filter(|chunk| chunk.count > 0) {
            self.record(CHUNK_INDEX, 74);
            self.numbers(&[chunk.earliest, chunk.latest, chunk.begin, chunk.index - chunk.begin]);
            self.bytes(&10_u32.to_le_bytes());
            self.bytes(&chunk.channel.to_le_bytes());
            self.numbers(&[chunk.index, 9 + chunk.index_size()]);
            self.bytes(&[0; 4]); // no compression
            self.numbers(&[chunk.size, chunk.size]);
        }
        self.record(FOOTER, 20);
        self.numbers(&[summary, 0]); // no offsets of the summary's parts
        self.bytes(&[0; 4]); // no checksum
        self.bytes(&MAGIC);
        self.flush();
        if self.refused { Err(Refused) } else { Ok(self.given) }
    }

    /// How many bytes the file has so far.
    fn position(&self) -> u64 {
        self.given + self.used as u64
    }

    #[inline(never)]
    fn record(&mut self, kind: u8, size: u64) {
        self.bytes(&[kind]);
        self.numbers(&[size]);
    }

    #[inline(never)]
    fn numbers(&mut self, numbers: &[u64]) {
        for number in numbers {
            self.bytes(&number.to_le_bytes());
        }
    }

    #[inline(never)]
    fn text(&mut self, text: &[u8]) {
        self.bytes(&(text.len() as u32).to_le_bytes());
        self.bytes(text);
    }

    /// Writes bytes. The sink gets whole buffers, which are whole pages of a file as long as no large record comes
    /// between.
    #[inline(never)]
    pub(super) fn bytes(&mut self, mut bytes: &[u8]) {
        if bytes.len() >= LARGE {
            self.flush();
            return self.give(bytes);
        }
        if let Some((first, rest)) = bytes.split_at_checked(ROOM - self.used) {
            self.put(first);
            self.flush();
            bytes = rest;
        }
        self.put(bytes);
    }

    /// Copies bytes to the buffer, which has room for them.
    #[inline(always)]
    fn put(&mut self, bytes: &[u8]) {
        // SAFETY: at most ROOM bytes are used, and `bytes` made sure that there is room for these.
        unsafe {
            let place = self.buffer.as_mut_ptr().cast::<u8>().add(self.used);
            place.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
        }
        self.used += bytes.len();
    }

    #[cold]
    #[inline(never)]
    fn flush(&mut self) {
        // SAFETY: the first `used` bytes were written. The sink does not reach the buffer otherwise.
        let bytes = unsafe { core::slice::from_raw_parts(self.buffer.as_ptr().cast::<u8>(), self.used) };
        self.used = 0;
        // A large record may come when the buffer is empty.
        if !bytes.is_empty() {
            self.give(bytes);
        }
    }

    fn give(&mut self, bytes: &[u8]) {
        self.given += bytes.len() as u64;
        self.refused = self.refused || (self.sink)(bytes).is_err();
    }
}
