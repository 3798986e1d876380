//! A client beside the publisher and the mirror: it makes, deletes, spoils and reads streams.

use std::time::{Duration, Instant};

use async_nats::jetstream::context::GetStreamErrorKind;
use async_nats::jetstream::{self, stream};
use futures_util::StreamExt;
use tokio::runtime::{Builder, Runtime};

pub struct Admin {
    runtime: Runtime,
    jetstream: jetstream::Context,
}

/// A message as it lies in a stream.
pub struct Stored {
    pub sequence: u64,
    pub id: String,
    pub expected: String,
    /// The id of the message before, as the publisher named it.
    pub behind: String,
    pub payload: Vec<u8>,
}

impl Admin {
    /// Connects when JetStream answers.
    pub fn connect(url: &str) -> Admin {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let until = Instant::now() + Duration::from_secs(30);
        let addresses: Vec<String> = url.split(',').map(str::to_owned).collect();
        loop {
            let connected = runtime.block_on(async {
                let client = async_nats::ConnectOptions::new().connect(&addresses).await.ok()?;
                let jetstream = jetstream::new(client);
                // That there is no such stream is an answer.
                let asked = jetstream.get_stream("none").await.err()?;
                let answered = matches!(asked.kind(), GetStreamErrorKind::JetStream(error) if error.code() == 404);
                answered.then_some(jetstream)
            });
            if let Some(jetstream) = connected {
                return Admin { runtime, jetstream };
            }
            assert!(Instant::now() < until, "JetStream does not answer at {url}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn run<T>(&self, what: impl Future<Output = T>) -> T {
        let limited = async { tokio::time::timeout(Duration::from_secs(20), what).await };
        self.runtime.block_on(limited).expect("the server answers within 20 seconds")
    }

    pub fn create(&self, config: stream::Config) {
        let until = Instant::now() + Duration::from_secs(30);
        while let Err(error) = self.run(self.jetstream.create_stream(config.clone())) {
            // A cluster may still be choosing its leader.
            assert!(Instant::now() < until, "the stream cannot be made: {error}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    pub fn update(&self, config: stream::Config) {
        self.run(self.jetstream.update_stream(config)).expect("the stream is changed");
    }

    pub fn delete(&self, stream: &str) {
        self.run(self.jetstream.delete_stream(stream)).expect("the stream is deleted");
    }

    pub fn publish(&self, subject: &str, payload: Vec<u8>) -> u64 {
        let acked = self.run(async { self.jetstream.publish(subject.to_owned(), payload.into()).await?.await });
        acked.expect("the message is stored").sequence
    }

    pub fn info(&self, stream: &str) -> Option<stream::Info> {
        self.run(async { self.jetstream.get_stream(stream).await.ok()?.info().await.ok().cloned() })
    }

    /// The name of the server that leads a stream.
    pub fn leader(&self, stream: &str) -> Option<String> {
        self.info(stream)?.cluster?.leader.filter(|leader| !leader.is_empty())
    }

    /// The sequence of the last message of a stream that the server sent to a consumer.
    pub fn delivered(&self, stream: &str) -> u64 {
        self.run(async {
            let stream = self.jetstream.get_stream(stream).await.expect("it is there");
            let sent = stream.consumers().map(|consumer| consumer.expect("it is told").delivered.stream_sequence);
            sent.fold(0, |last, sequence| std::future::ready(last.max(sequence))).await
        })
    }

    pub fn messages(&self, stream: &str) -> Vec<Stored> {
        let state = self.info(stream).expect("the stream is there").state;
        let mut messages = Vec::new();
        for sequence in state.first_sequence..=state.last_sequence {
            let got =
                self.run(async { self.jetstream.get_stream(stream).await.ok()?.get_raw_message(sequence).await.ok() });
            if let Some(message) = got {
                let header = |name: &str| message.headers.get(name).map(|value| value.to_string()).unwrap_or_default();
                messages.push(Stored {
                    sequence,
                    id: header("Nats-Msg-Id"),
                    expected: header("Nats-Expected-Last-Sequence"),
                    behind: header("Nats-Expected-Last-Msg-Id"),
                    payload: message.payload.to_vec(),
                });
            }
        }
        messages
    }
}
