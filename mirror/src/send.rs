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
use std::time::Duration;

use async_nats::jetstream::context::{PublishError, PublishErrorKind};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::publish::PublishAck;
use async_nats::jetstream::{self, stream};
use tokio::sync::{mpsc, watch};

use crate::abi::status;
use crate::follow::Packed;
use crate::options::PAUSE;
use crate::stats::{Figures, State, add, set};
use crate::wire::Prefix;
use crate::{Error, Options, Origin};

/// How many messages, and how many bytes of them, may be without an acknowledgement.
const WINDOW: usize = 256;
const WINDOW_BYTES: usize = 32 << 20;
/// How long the headers are at most, and what the protocol adds, which a server counts.
pub(crate) const HEADERS: usize = 512;
/// How long an acknowledgement may take before one asks.
const ACK_TIMEOUT: Duration = Duration::from_secs(3);

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
    /// The base when the stream was asked the last time.
    caught_up_at: Option<u64>,
    /// Whether the stream refused a message since then, as not behind the one before.
    refused: bool,
}

impl Sender {
    /// With a connection and a stream, for which it tries until it has them. Also returns behind which record the
    /// stream ends, if that is of this origin; else 0.
    pub(crate) async fn open(options: Options, origin: Origin, figures: Arc<Figures>) -> (Sender, u64) {
        let client = options.connected(&figures).await;
        let connections = figures.connections.subscribe();
        let mut sender = Sender {
            options,
            origin,
            figures,
            connections,
            jetstream: jetstream::ContextBuilder::new().ack_timeout(ACK_TIMEOUT).build(client),
            in_flight: VecDeque::new(),
            in_flight_bytes: 0,
            base: 0,
            chained: false,
            in_step: true,
            caught_up_at: None,
            refused: false,
        };
        let last = loop {
            match sender.last().await {
                Ok(last) => break last,
                Err(words) => sender.pause(words).await,
            }
        };
        (sender.base, sender.chained) = (last.sequence, last.standalone);
        let ours = last.prefix.filter(|prefix| prefix.origin == origin);
        (sender, ours.map_or(0, |prefix| prefix.end()))
    }

    /// The largest payload that the server takes.
    pub(crate) fn max_payload(&self) -> usize {
        self.jetstream.client().max_payload().saturating_sub(HEADERS)
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
            let room = self.in_flight.len() < WINDOW && self.in_flight_bytes < WINDOW_BYTES;
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
        self.in_flight_bytes += message.payload.len();
        let ack = self.publish(&message, self.in_flight.len()).await;
        self.in_flight.push_back(Sent { message, ack });
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
                self.figures.tell(format!("a message was not sent: {error}"));
                self.in_step = false;
                None
            }
        }
    }

    fn acked(&mut self, acked: Result<PublishAck, PublishError>) {
        match acked {
            Ok(ack) if ack.sequence == self.base + 1 => self.stored(),
            Ok(ack) if ack.duplicate => {
                // An earlier publisher of this origin sent it: the stream has it, and not as the next one.
                let base = self.base;
                self.stored();
                (self.base, self.in_step) = (base, false);
            }
            Ok(ack) => {
                self.figures.tell(format!("the stream has stored {} where {} was due", ack.sequence, self.base + 1));
                self.in_step = false;
            }
            Err(error) => {
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
            self.base += 1;
            self.in_flight_bytes -= message.payload.len();
            add(&self.figures.records, message.prefix.count.into());
            add(&self.figures.bytes, message.payload.len() as u64);
            add(&self.figures.messages, 1);
            set(&self.figures.next, message.prefix.end());
        }
    }

    /// The stream does not have the first of the messages in flight, and has later ones.
    fn missed(&mut self) {
        if let Some(Sent { message, .. }) = self.in_flight.pop_front() {
            self.in_flight_bytes -= message.payload.len();
            add(&self.figures.lost, message.prefix.count.into());
            set(&self.figures.next, message.prefix.end());
            self.figures.tell(format!(
                "somebody else wrote to the stream {}, amid records, which are lost",
                self.options.stream
            ));
        }
    }

    /// Asks what the stream has, until it answers, and sends the rest again.
    async fn catch_up(&mut self) -> Result<(), Error> {
        if self.caught_up_at == Some(self.base) {
            // It did not help the last time.
            tokio::time::sleep(PAUSE).await;
        }
        self.caught_up_at = Some(self.base);
        // Earlier acknowledgements say nothing any more.
        self.in_flight.iter_mut().for_each(|sent| sent.ack = None);
        let last = loop {
            match self.last().await {
                Ok(last) => break last,
                Err(words) => self.pause(words).await,
            }
        };
        self.in_step = true;
        // What is not of this format may have taken the place of one of ours, and those behind that one were stored.
        let there = if std::mem::take(&mut self.refused) && last.at > self.base + 1 {
            loop {
                match self.there(last.at).await {
                    Ok(there) => break Some(there),
                    Err(words) => self.pause(words).await,
                }
            }
        } else {
            None
        };
        let ours = match last.prefix {
            Some(prefix) => prefix.origin == self.origin,
            // Another publisher's messages would have to have come and expired meanwhile.
            None => last.gone <= self.in_flight.len() as u64,
        };
        if !ours {
            let words = format!("another publisher writes to the stream {}", self.options.stream);
            return Err(Error { status: status::ERR_CLAIMED, words });
        }
        if last.sequence < self.base {
            self.figures.tell(format!("the stream {} has lost what it had", self.options.stream));
        }
        if let Some(prefix) = last.prefix {
            while let Some(Sent { message, .. }) = self.in_flight.front()
                && message.prefix.place() <= prefix.place()
            {
                if there.as_ref().is_none_or(|there| covers(there, &message.prefix)) {
                    self.stored();
                } else {
                    self.missed();
                }
            }
        } else {
            (0..last.gone).for_each(|_| self.stored());
        }
        (self.base, self.chained) = (last.sequence, last.standalone);
        for index in 0..self.in_flight.len() {
            let Sent { message, .. } = &self.in_flight[index];
            let message = Packed { prefix: message.prefix, payload: message.payload.clone() };
            add(&self.figures.repeated, message.prefix.count.into());
            self.in_flight[index].ack = self.publish(&message, index).await;
            if !self.in_step {
                break;
            }
        }
        Ok(())
    }

    async fn pause(&self, words: String) {
        self.figures.tell(words);
        tokio::time::sleep(PAUSE).await;
    }

    /// What the stream has last, of what this sender does not know of.
    async fn last(&self) -> Result<Last, String> {
        let stream = stream_of(&self.jetstream, &self.options).await?;
        let state = &stream.cached_info().state;
        let standalone = stream.cached_info().cluster.is_none();
        let mut last = Last { sequence: state.last_sequence, standalone, prefix: None, at: 0, gone: 0 };
        // Backwards over what is garbage.
        for sequence in (self.base + 1..=state.last_sequence).rev() {
            match stream.get_raw_message(sequence).await {
                Ok(message) => last.prefix = Prefix::read(&message.payload).ok(),
                Err(error) if error.kind() == stream::RawMessageErrorKind::NoMessageFound => {
                    // It expired, and so did those before it.
                    last.gone = sequence - self.base;
                    break;
                }
                Err(error) => return Err(format!("stream {}: {}", self.options.stream, told(&error))),
            }
            if last.prefix.is_some() {
                last.at = sequence;
                break;
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

/// Whether all records of a message are there: an earlier publisher of this origin may have cut its messages elsewhere.
fn covers(there: &[Range<u64>], prefix: &Prefix) -> bool {
    let mut next = prefix.first;
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
    /// The newest message behind the sender's base that is of our format, and its sequence.
    prefix: Option<Prefix>,
    at: u64,
    /// How many messages behind the base expired, if none of our format is left.
    gone: u64,
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

/// The acknowledgement of the first message in flight.
async fn first(in_flight: &mut VecDeque<Sent>) -> Result<PublishAck, PublishError> {
    match in_flight.front_mut().and_then(|sent| sent.ack.as_mut()) {
        Some(ack) => ack.await,
        // It was not sent.
        None => Err(PublishError::new(jetstream::context::PublishErrorKind::BrokenPipe)),
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
