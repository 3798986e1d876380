//! Reads a stream, message by message, and from where it was if anything goes wrong.

use std::sync::Arc;
use std::time::Duration;

use async_nats::datetime::DateTime;
use async_nats::jetstream::consumer::pull::MessagesErrorKind;
use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, pull};
use async_nats::jetstream::{self, consumer::PullConsumer};
use futures_util::StreamExt;

use crate::options::{PAUSE, Start};
use crate::replay::Replay;
use crate::send::told;
use crate::stats::{Figures, State, set};
use crate::wire::Prefix;
use crate::{Options, abi::status};

/// How many messages a pull asks for, and how many bytes of them. The next pull is sent when half of one has arrived,
/// so one and a half are on their way, or wait here, at most.
const PULL: usize = 256;
const PULL_BYTES: usize = 16 << 20;
/// How often the server shows that it is there, while there are no messages. If two of these do not come, something is
/// wrong, or a message takes that long: then it is given more time, up to the second.
const HEARTBEAT: Duration = Duration::from_secs(1);
const SLOW_HEARTBEAT: Duration = Duration::from_secs(8);
/// How long it waits for readers to give back memory.
const NO_ROOM: Duration = Duration::from_millis(1);

/// Without end.
pub(crate) async fn run(options: Options, replay: Replay, figures: Arc<Figures>) {
    let jetstream = jetstream::new(options.connected(&figures).await);
    let mut receiver = Receiver {
        options,
        replay,
        figures,
        jetstream,
        next: None,
        stored: None,
        made: None,
        heartbeat: HEARTBEAT,
        alone: false,
    };
    loop {
        if let Err(words) = receiver.read().await {
            receiver.figures.tell(words);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

struct Receiver {
    options: Options,
    replay: Replay,
    figures: Arc<Figures>,
    jetstream: jetstream::Context,
    /// The stream's sequence of the next message, unless the stream went back.
    next: Option<u64>,
    /// When the stream got the last message that was read.
    stored: Option<DateTime>,
    /// When the stream was made: another one begins from its beginning.
    made: Option<i128>,
    heartbeat: Duration,
    /// Whether the next message is asked for alone: it does not come with others.
    alone: bool,
}

impl Receiver {
    /// A consumer of what was not read yet.
    async fn consumer(&mut self) -> Result<PullConsumer, String> {
        let failed = |error: &dyn std::error::Error| format!("stream {}: {}", self.options.stream, told(error));
        let stream = self.jetstream.get_stream(&self.options.stream).await.map_err(|error| failed(&error))?;
        let info = stream.cached_info();
        let (made, last) = (info.created.unix_timestamp_nanos(), info.state.last_sequence);
        if self.made.replace(made).is_some_and(|before| before != made) {
            (self.next, self.stored, self.options.start) = (None, None, Start::Oldest);
        }
        let deliver_policy = match (self.next, self.stored) {
            (Some(next), _) if next <= last + 1 => DeliverPolicy::ByStartSequence { start_sequence: next },
            (_, Some(stored)) => {
                // What it still has was read: it may be of earlier lives, which have ended.
                self.figures.tell(format!("stream {} went back to its message {last}", self.options.stream));
                self.next = None;
                DeliverPolicy::ByStartTime { start_time: stored }
            }
            _ => {
                let next = self.options.start == Start::Next;
                let begin = if next { last + 1 } else { info.state.first_sequence.max(1) };
                self.next = Some(begin);
                DeliverPolicy::ByStartSequence { start_sequence: begin }
            }
        };
        let config = pull::Config {
            deliver_policy,
            ack_policy: AckPolicy::None,
            memory_storage: true,
            num_replicas: 1,
            inactive_threshold: Duration::from_secs(30),
            ..pull::Config::default()
        };
        stream.create_consumer(config).await.map_err(|error| failed(&error))
    }

    /// Reads until something goes wrong.
    async fn read(&mut self) -> Result<(), String> {
        let mut connections = self.figures.connections.subscribe();
        let consumer = self.consumer().await?;
        let (count, bytes) = if self.alone { (1, 0) } else { (PULL, PULL_BYTES) };
        let pulls =
            consumer.stream().max_messages_per_batch(count).max_bytes_per_batch(bytes).heartbeat(self.heartbeat);
        let mut messages = pulls.messages().await.map_err(|error| told(&error))?;
        if self.figures.state() == State::Connecting {
            self.figures.set_state(State::Running);
        }
        let (mut delivered, mut pending) = (0, consumer.cached_info().num_pending);
        loop {
            let message = tokio::select! {
                biased;
                // What was asked for on the connection before may never come, and the client does not tell.
                _ = connections.changed() => return Ok(()),
                message = messages.next() => message,
                // The server never sends a message that is larger than a pull may be, and the client does not tell.
                () = tokio::time::sleep(3 * self.heartbeat), if pending > 0 => {
                    self.alone = true;
                    return Ok(());
                }
            };
            let Some(message) = message else { return Ok(()) };
            let message = message.map_err(|error| {
                if error.kind() == MessagesErrorKind::MissingHeartbeat {
                    // What was asked for is still on its way, and the next try waits behind it. So it asks for less.
                    (self.heartbeat, self.alone) = ((2 * self.heartbeat).min(SLOW_HEARTBEAT), true);
                }
                told(&error)
            })?;
            let info = message.info().map_err(|error| error.to_string())?;
            delivered += 1;
            if info.consumer_sequence != delivered {
                return Err("messages of the stream got lost on the way, and are read again".to_owned());
            }
            (self.next, self.stored) = (Some(info.stream_sequence + 1), Some(info.published));
            pending = info.pending;
            if pending == 0 {
                self.heartbeat = HEARTBEAT;
            }
            let records = Prefix::read(&message.payload).map_or(0, |prefix| prefix.count);
            set(&self.figures.lag_records, info.pending * u64::from(records));
            self.replay.take(&message.payload);
            while let Err(status) = self.replay.show() {
                self.figures.tell(match status {
                    status::ERR_SEGMENT_LIMIT => {
                        "the mirror's log has no room: readers hold all that max_segments allows".to_owned()
                    }
                    status::ERR_NO_MEMORY => "the mirror's log has no memory".to_owned(),
                    other => format!("no log can be made for the mirror, with the status {other}"),
                });
                tokio::time::sleep(NO_ROOM).await;
            }
            if self.alone && message.length <= PULL_BYTES {
                self.alone = false;
                return Ok(());
            }
        }
    }
}
