//! Sends messages to a stream, many at once, and takes their acknowledgements.
//!
//! Each message names the stream's sequence of the one before. So the stream takes them in order and without gaps, and
//! takes none when somebody else wrote to it. Whatever goes wrong is mended in one way: ask what the stream has, and
//! send the rest again.

use std::collections::VecDeque;
use std::future::{Future, IntoFuture};
use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use async_nats::jetstream::context::{PublishError, PublishErrorKind};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::publish::PublishAck;
use async_nats::jetstream::{self, stream};
use tokio::sync::{mpsc, watch};

use crate::abi::status;
use crate::follow::{Begin, Packed};
use crate::options::PAUSE;
use crate::stats::{Figures, State, add, raise, set};
use crate::wire::Prefix;
use crate::{Error, Options, Origin};

/// How many messages, and how many bytes of them, may be without an acknowledgement.
const WINDOW: usize = 256;
const WINDOW_BYTES: usize = 32 << 20;
/// How long the headers are at most, and what the protocol adds, which a server counts.
const HEADERS: usize = 512;
/// How long an acknowledgement may take before one asks.
const ACK_TIMEOUT: Duration = Duration::from_secs(3);
/// How long it waits, at most, before it sends again what a stream refuses.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// How often it takes the stream from the publisher before, whose messages may arrive after that publisher has ended.
const TAKE_OVERS: u32 = 10;
/// How many messages it looks at, from the newest one backwards, that are none of its log.
const GARBAGE: u64 = 1000;

type Ack = Pin<Box<dyn Future<Output = Result<PublishAck, PublishError>> + Send>>;

struct Sent {
    message: Packed,
    ack: Option<Ack>,
}

pub(crate) struct Sender {
    options: Options,
    origin: Origin,
    figures: Arc<Figures>,
    connections: watch::Receiver<u64>,
    client: async_nats::Client,
    jetstream: jetstream::Context,
    /// Sent, and not acknowledged, in order.
    in_flight: VecDeque<Sent>,
    in_flight_bytes: usize,
    /// The stream's sequence of the message before the first of these.
    base: u64,
    /// Whether messages also name the one before by its id: on a standalone server. Not in a cluster, whatever the
    /// number of replicas is now: a replica of server 2.9 that was started again knows no id, refuses what the others
    /// take, and stays behind.
    chained: bool,
    /// Whether nothing went wrong since the stream was asked what it has.
    in_step: bool,
    /// How often the stream was asked since it took a message.
    tries: u32,
    /// Whether the stream refused a message since it was asked, as not behind the one before.
    refused: bool,
    /// The publisher that wrote to the stream before this one, and how often the stream was taken from it.
    before: Option<Origin>,
    take_overs: u32,
}

impl Sender {
    /// With a connection and a stream, for which it tries until it has them. Also returns how to begin.
    pub(crate) async fn open(options: Options, origin: Origin, figures: Arc<Figures>) -> (Sender, Begin) {
        let client = options.connected(&figures).await;
        let connections = figures.connections.subscribe();
        let mut begin = Begin { client: client.clone(), next: 0, amid: false };
        let mut sender = Sender {
            options,
            origin,
            figures,
            connections,
            client: client.clone(),
            jetstream: jetstream::ContextBuilder::new().ack_timeout(ACK_TIMEOUT).build(client),
            in_flight: VecDeque::new(),
            in_flight_bytes: 0,
            base: 0,
            chained: false,
            in_step: true,
            tries: 0,
            refused: false,
            before: None,
            take_overs: 0,
        };
        let last = sender.look().await;
        (sender.base, sender.chained) = (last.sequence, last.standalone);
        match last.prefix {
            Some(prefix) if prefix.origin == origin => {
                (begin.next, begin.amid) = (prefix.end(), !prefix.ends && !prefix.finished);
                raise(&sender.figures.next, begin.next);
            }
            other => sender.before = other.map(|prefix| prefix.origin),
        }
        (sender, begin)
    }

    /// Until the queue has ended and all is acknowledged; or another publisher has the stream.
    pub(crate) async fn run(&mut self, mut queue: mpsc::Receiver<Packed>) -> Result<(), Error> {
        self.figures.set_state(State::Running);
        let mut open = true;
        loop {
            if !self.in_step {
                self.catch_up().await?;
            }
            let oldest = self.in_flight.front().map_or(0, |sent| sent.message.prefix.time);
            set(&self.figures.oldest, oldest);
            if !open && self.in_flight.is_empty() {
                return Ok(());
            }
            let all_sent = self.in_flight.back().is_none_or(|sent| sent.ack.is_some());
            let room = all_sent && self.in_flight.len() < WINDOW && self.in_flight_bytes < WINDOW_BYTES;
            tokio::select! {
                biased;
                _ = self.connections.changed() => self.in_step = false,
                acked = first(&mut self.in_flight), if !self.in_flight.is_empty() => self.acked(acked),
                message = queue.recv(), if open && room => match message {
                    Some(message) => self.send(message).await,
                    None => open = false,
                },
            }
        }
    }

    async fn send(&mut self, message: Packed) {
        let from = self.in_flight.len();
        self.keep(message);
        self.publish_from(from, usize::MAX).await;
    }

    /// Adds a message to those in flight, or several if the server takes only smaller ones by now.
    fn keep(&mut self, message: Packed) {
        let limit = max_payload(&self.client);
        let parts = if message.payload.len() <= limit { Some(vec![message]) } else { self.split(message, limit) };
        for message in parts.into_iter().flatten() {
            self.in_flight_bytes += message.payload.len();
            self.in_flight.push_back(Sent { message, ack: None });
        }
    }

    fn split(&self, message: Packed, limit: usize) -> Option<Vec<Packed>> {
        let parts = message.split(limit);
        if parts.is_none() {
            add(&self.figures.lost, message.prefix.count.into());
            self.figures.tell(format!(
                "a record of a message of {} bytes is larger than the server takes by now (max_payload {})",
                message.payload.len(),
                self.client.max_payload()
            ));
        }
        parts
    }

    /// Sends so many of the messages in flight, from one on, unless something goes wrong.
    async fn publish_from(&mut self, from: usize, count: usize) {
        let end = from.saturating_add(count).min(self.in_flight.len());
        for index in from..end {
            if !self.in_step {
                break;
            }
            let Sent { message, .. } = &self.in_flight[index];
            let message = Packed { prefix: message.prefix, payload: message.payload.clone() };
            self.in_flight[index].ack = self.publish(&message, index).await;
        }
    }

    /// Sends the message that is so many behind the first in flight.
    async fn publish(&mut self, message: &Packed, index: usize) -> Option<Ack> {
        let mut publish = PublishMessage::build()
            .payload(message.payload.clone())
            .message_id(message.prefix.id())
            .expected_stream(&self.options.stream)
            .expected_last_sequence(self.base + index as u64);
        // If another message takes the place of one in flight, the sequences of those behind it would still be right.
        let before = index.checked_sub(1).and_then(|before| self.in_flight.get(before)).filter(|_| self.chained);
        if let Some(before) = before {
            publish = publish.expected_last_message_id(before.message.prefix.id());
        }
        match self.jetstream.send_publish(self.options.on_subject().to_owned(), publish).await {
            Ok(ack) => Some(ack.into_future()),
            Err(error) => {
                self.figures.tell(format!("a message was not sent: {}", told(&error)));
                self.in_step = false;
                None
            }
        }
    }

    fn acked(&mut self, acked: Option<Result<PublishAck, PublishError>>) {
        match acked {
            // It was not sent, and is to be.
            None => self.in_step = false,
            Some(Ok(ack)) if ack.sequence == self.base + 1 => {
                self.base += 1;
                self.stored();
            }
            // The stream had it before, and not as the next one. So it refuses the one behind, which is sent again.
            Some(Ok(ack)) if ack.duplicate => self.stored(),
            Some(Ok(ack)) => {
                self.figures.tell(format!("the stream has stored {} where {} was due", ack.sequence, self.base + 1));
                self.in_step = false;
            }
            Some(Err(error)) => {
                self.refused |=
                    matches!(error.kind(), PublishErrorKind::WrongLastSequence | PublishErrorKind::WrongLastMessageId);
                self.figures.tell(format!("a message was not acknowledged: {}", told(&error)));
                self.in_step = false;
            }
        }
    }

    /// The stream has the first of the messages in flight.
    fn stored(&mut self) {
        if let Some(Sent { message, .. }) = self.in_flight.pop_front() {
            self.tries = 0;
            self.in_flight_bytes -= message.payload.len();
            add(&self.figures.records, message.prefix.count.into());
            add(&self.figures.bytes, message.payload.len() as u64);
            add(&self.figures.messages, 1);
            raise(&self.figures.next, message.prefix.end());
            if message.prefix.finished {
                self.figures.set_state(State::Finished);
            }
        }
    }

    /// The stream does not have the first of the messages in flight, and has later ones.
    fn missed(&mut self) {
        if let Some(Sent { message, .. }) = self.in_flight.pop_front() {
            self.in_flight_bytes -= message.payload.len();
            add(&self.figures.lost, message.prefix.count.into());
            raise(&self.figures.next, message.prefix.end());
            self.figures.tell(format!(
                "somebody else wrote to the stream {}, amid records, which are lost",
                self.options.stream
            ));
        }
    }

    /// Asks what the stream has, until it answers, and sends the rest again. If that did not help the last time, sends
    /// one message alone, after a pause.
    async fn catch_up(&mut self) -> Result<(), Error> {
        if self.in_flight.is_empty() {
            self.tries = 0;
        }
        if self.tries > 0 {
            tokio::time::sleep((PAUSE * 2_u32.pow(self.tries.min(5) - 1)).min(LONGEST_PAUSE)).await;
        }
        let count = if self.tries > 0 { 1 } else { usize::MAX };
        self.tries += 1;
        // Earlier acknowledgements say nothing any more.
        self.in_flight.iter_mut().for_each(|sent| sent.ack = None);
        let last = self.look().await;
        self.in_step = true;
        // In a cluster, what is not of this format may have taken the place of one of ours, and those behind that one
        // were stored.
        let there = if std::mem::take(&mut self.refused) && !self.chained && last.at > self.base + 1 {
            loop {
                match self.there(last.at).await {
                    Ok(there) => break Some(there),
                    Err(words) => self.pause(words).await,
                }
            }
        } else {
            None
        };
        self.take_overs += u32::from(last.of_before);
        if last.prefix.is_some_and(|prefix| prefix.origin != self.origin) || self.take_overs > TAKE_OVERS {
            let words = format!("another publisher writes to the stream {}", self.options.stream);
            return Err(Error { status: status::ERR_CLAIMED, words });
        }
        if last.sequence < self.base {
            self.figures.tell(format!("the stream {} has lost what it had", self.options.stream));
        }
        // Without one of this origin nothing is known: some may be stored, and expired. Their ids tell.
        if let Some(prefix) = last.prefix {
            while let Some(Sent { message, .. }) = self.in_flight.front()
                && message.prefix.place() <= prefix.place()
            {
                let reached = self.figures.next.load(Relaxed);
                if there.as_ref().is_none_or(|there| covers(there, reached, &message.prefix)) {
                    self.stored();
                } else {
                    self.missed();
                }
            }
            raise(&self.figures.next, prefix.end());
        }
        (self.base, self.chained) = (last.sequence, last.standalone);
        self.in_flight_bytes = 0;
        for Sent { message, .. } in std::mem::take(&mut self.in_flight) {
            self.keep(message);
        }
        self.publish_from(0, count).await;
        for Sent { message, .. } in self.in_flight.iter().filter(|sent| sent.ack.is_some()) {
            add(&self.figures.repeated, message.prefix.count.into());
        }
        Ok(())
    }

    async fn pause(&self, words: String) {
        self.figures.tell(words);
        tokio::time::sleep(PAUSE).await;
    }

    /// What the stream has last, of what this sender does not know of. Asks until it is told.
    async fn look(&mut self) -> Last {
        loop {
            // A connection that comes later is another reason to ask.
            self.connections.mark_unchanged();
            match self.last().await {
                Ok(last) => return last,
                Err(words) => self.pause(words).await,
            }
        }
    }

    async fn last(&self) -> Result<Last, String> {
        let stream = stream_of(&self.jetstream, &self.options).await?;
        let (state, cluster) = (&stream.cached_info().state, &stream.cached_info().cluster);
        let standalone = cluster.is_none();
        let mut last = Last { sequence: state.last_sequence, standalone, prefix: None, at: 0, of_before: false };
        // Backwards over what is garbage.
        let behind = (self.base + 1).max(state.first_sequence)..=state.last_sequence;
        for (sequence, looked_at) in behind.rev().zip(1..=GARBAGE) {
            match stream.get_raw_message(sequence).await.map(|message| Prefix::read(&message.payload)) {
                Ok(Ok(prefix)) if self.before == Some(prefix.origin) => last.of_before = true,
                Ok(Ok(prefix)) => {
                    (last.prefix, last.at) = (Some(prefix), sequence);
                    break;
                }
                Ok(Err(_)) => {}
                Err(error) if error.kind() == stream::RawMessageErrorKind::NoMessageFound => {}
                Err(error) => return Err(format!("stream {}: {}", self.options.stream, told(&error))),
            }
            if looked_at % 100 == 0 {
                let end = if looked_at == GARBAGE { ", and it looks at no more" } else { "" };
                let stream = &self.options.stream;
                self.figures
                    .tell(format!("stream {stream}: none of its newest {looked_at} messages is of this log{end}"));
            }
        }
        Ok(last)
    }

    /// The records of this origin that the stream has behind the base, up to one of its messages.
    async fn there(&self, at: u64) -> Result<Vec<Range<u64>>, String> {
        let stream = stream_of(&self.jetstream, &self.options).await?;
        let mut there = Vec::new();
        for sequence in self.base + 1..=at {
            match stream.get_raw_message(sequence).await {
                Ok(message) => {
                    let ours = Prefix::read(&message.payload).ok().filter(|prefix| prefix.origin == self.origin);
                    there.extend(ours.map(|prefix| prefix.first..prefix.end()));
                }
                Err(error) if error.kind() == stream::RawMessageErrorKind::NoMessageFound => {}
                Err(error) => return Err(format!("stream {}: {}", self.options.stream, told(&error))),
            }
        }
        Ok(there)
    }
}

/// Whether all records of a message are there, or were before some sequence: an earlier publisher of this origin may
/// have cut its messages elsewhere.
fn covers(there: &[Range<u64>], before: u64, prefix: &Prefix) -> bool {
    let mut next = prefix.first.max(before);
    while let Some(part) = there.iter().find(|part| part.contains(&next)) {
        next = part.end;
    }
    next >= prefix.end()
}

/// What a stream has last.
struct Last {
    /// The stream's last sequence.
    sequence: u64,
    /// Whether the server is not of a cluster.
    standalone: bool,
    /// The newest message behind the sender's base that is of our format, and not of the publisher before; and the
    /// stream's sequence of it.
    prefix: Option<Prefix>,
    at: u64,
    /// Whether a message of the publisher before lies behind that.
    of_before: bool,
}

/// The largest payload that the server takes. It may be another after each connection.
pub(crate) fn max_payload(client: &async_nats::Client) -> usize {
    client.max_payload().saturating_sub(HEADERS)
}

/// The stream, which is made if that is wanted.
async fn stream_of(jetstream: &jetstream::Context, options: &Options) -> Result<stream::Stream, String> {
    if options.create {
        let made = jetstream.get_or_create_stream(options.stream_config()).await;
        made.map_err(|error| format!("stream {}: {}", options.stream, told(&error)))
    } else {
        let found = jetstream.get_stream(&options.stream).await;
        found.map_err(|error| format!("stream {}: {}", options.stream, told(&error)))
    }
}

/// The acknowledgement of the first message in flight, if that was sent.
async fn first(in_flight: &mut VecDeque<Sent>) -> Option<Result<PublishAck, PublishError>> {
    match in_flight.front_mut().and_then(|sent| sent.ack.as_mut()) {
        Some(ack) => Some(ack.await),
        None => None,
    }
}

/// An error and what is behind it.
pub(crate) fn told(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(deeper) = source {
        let more = deeper.to_string();
        if !words.contains(&more) {
            words = format!("{words}: {more}");
        }
        source = deeper.source();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::PREFIX;

    #[test]
    fn a_message_may_be_there_in_parts() {
        let prefix = Prefix {
            origin: Origin([1; 16]),
            begins: true,
            ends: true,
            finished: false,
            first: 100,
            count: 100,
            record_size: 8,
            lost: 0,
            time: 0,
            newest: 0,
            records: PREFIX,
        };
        assert!(covers(&[150..200, 90..150], 0, &prefix));
        assert!(!covers(&[150..200, 90..149], 0, &prefix));
        // An earlier part, which the stream was known to have.
        assert!(covers(&[150..180, 180..200], 150, &prefix));
        assert!(!covers(&[151..180, 180..200], 150, &prefix));
    }
}
