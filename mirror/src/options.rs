//! Where a log is published to, or mirrored from.

use std::fmt;
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::stream::{self, StorageType};
use async_nats::{ConnectOptions, Event, ServerAddr};
use tokio::task::spawn_blocking;

use crate::abi::status;
use crate::stats::Figures;
use crate::{Error, Origin};

/// How long a publisher or a mirror waits before it tries again what went wrong.
pub(crate) const PAUSE: Duration = Duration::from_millis(100);
/// Bytes of a message's payload by default.
const MESSAGE_SIZE: u32 = 64 << 10;
/// No message has fewer, nor more, than these.
const MESSAGE_SIZES: std::ops::RangeInclusive<u32> = 1024..=8 << 20;

/// Where a publisher or a mirror begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Start {
    /// At the oldest record that the log retains, or the oldest message of the stream.
    #[default]
    Oldest,
    /// At what comes next.
    Next,
}

/// Which server, which stream, and as which user. Mirrors ignore what is for publishers.
#[derive(Clone, Default)]
pub struct Options {
    pub(crate) url: String,
    pub(crate) stream: String,
    pub(crate) subject: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) start: Start,
    pub(crate) credentials: Option<PathBuf>,
    pub(crate) user: Option<String>,
    pub(crate) password: Option<String>,
    pub(crate) token: Option<String>,
    pub(crate) tls_ca: Option<PathBuf>,
    pub(crate) tls_cert: Option<PathBuf>,
    pub(crate) tls_key: Option<PathBuf>,
    pub(crate) message_size: u32,
    pub(crate) origin: Origin,
    pub(crate) create: bool,
    pub(crate) memory: bool,
    pub(crate) replicas: u32,
    pub(crate) max_age: Duration,
    pub(crate) max_bytes: u64,
}

impl fmt::Debug for Options {
    /// The server and the stream alone: what is secret stays so.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = if self.url.contains('@') { "" } else { &self.url };
        f.debug_struct("Options").field("url", &url).field("stream", &self.stream).finish_non_exhaustive()
    }
}

impl Options {
    /// A stream of the server at a URL, such as "nats://127.0.0.1:4222", without a user. Several servers of a cluster
    /// have commas between them.
    pub fn new(url: impl Into<String>, stream: impl Into<String>) -> Options {
        Options { url: url.into(), stream: stream.into(), ..Options::default() }
    }

    /// The subject of the messages. By default the stream's name.
    pub fn subject(mut self, subject: impl Into<String>) -> Options {
        self.subject = Some(subject.into());
        self
    }

    /// What the server calls the connection where it lists connections.
    pub fn name(mut self, name: impl Into<String>) -> Options {
        self.name = Some(name.into());
        self
    }

    /// Where to begin.
    pub fn start(mut self, start: Start) -> Options {
        self.start = start;
        self
    }

    /// A file of credentials, which has a JWT and the seed of an NKey.
    pub fn credentials(mut self, file: impl Into<PathBuf>) -> Options {
        self.credentials = Some(file.into());
        self
    }

    /// A user, and the password.
    pub fn user_and_password(mut self, user: impl Into<String>, password: impl Into<String>) -> Options {
        self.user = Some(user.into());
        self.password = Some(password.into());
        self
    }

    /// A token.
    pub fn token(mut self, token: impl Into<String>) -> Options {
        self.token = Some(token.into());
        self
    }

    /// TLS, and a file of the certificates of those that may sign the server's.
    pub fn tls_ca(mut self, file: impl Into<PathBuf>) -> Options {
        self.tls_ca = Some(file.into());
        self
    }

    /// TLS, and the files of the certificate that the server is shown, and of its key.
    pub fn tls_certificate(mut self, certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Options {
        self.tls_cert = Some(certificate.into());
        self.tls_key = Some(key.into());
        self
    }

    /// Most bytes of a message's payload, 1 KiB to 8 MiB. A larger record has a message of its own. The server's own
    /// limit holds, too. By default 64 KiB. For publishers.
    pub fn message_size(mut self, bytes: u32) -> Options {
        self.message_size = bytes;
        self
    }

    /// The origin of the stats of an earlier publisher of the same log. The publisher then goes on behind what the
    /// stream has. By default a new one. For publishers.
    pub fn origin(mut self, origin: Origin) -> Options {
        self.origin = origin;
        self
    }

    /// The publisher makes the stream if it is not there, as the options below tell.
    pub fn create(mut self, create: bool) -> Options {
        self.create = create;
        self
    }

    /// The stream lies in the servers' memory. By default in files.
    pub fn memory(mut self, memory: bool) -> Options {
        self.memory = memory;
        self
    }

    /// How many servers of a cluster have each message: 1 by default.
    pub fn replicas(mut self, replicas: u32) -> Options {
        self.replicas = replicas;
        self
    }

    /// How old a message of the stream may become. By default any age.
    pub fn max_age(mut self, age: Duration) -> Options {
        self.max_age = age;
        self
    }

    /// How many bytes the stream may have, beyond which its oldest messages go. By default any number.
    pub fn max_bytes(mut self, bytes: u64) -> Options {
        self.max_bytes = bytes;
        self
    }

    /// The same with every default filled in, if they are such that something may come of them.
    pub(crate) fn resolve(mut self) -> Result<Options, Error> {
        let wrong = |words: String| Err(Error { status: status::ERR_ARGUMENT, words });
        if let Err(problem) = self.servers() {
            return wrong(problem);
        }
        if self.stream.is_empty() || self.stream.contains(|c: char| c.is_whitespace() || ".*>/\\".contains(c)) {
            return wrong(format!("stream \"{}\" is not a name: no spaces, and none of . * > / \\", self.stream));
        }
        let subject = self.subject.get_or_insert_with(|| self.stream.clone());
        let token = |token: &str| token.is_empty() || token.contains(|c: char| c.is_whitespace() || "*>".contains(c));
        if subject.split('.').any(token) {
            return wrong(format!(
                "subject \"{subject}\" is not one: words with . between them, without spaces, * and >"
            ));
        }
        if self.message_size == 0 {
            self.message_size = MESSAGE_SIZE;
        }
        if !MESSAGE_SIZES.contains(&self.message_size) {
            return wrong(format!("message_size {} is not between 1024 and 8388608", self.message_size));
        }
        if self.replicas > 5 {
            return wrong(format!("replicas {} is more than 5", self.replicas));
        }
        if self.max_age.as_nanos() > i64::MAX as u128 {
            return wrong(format!("max_age_ns {} is more than 2^63 - 1", self.max_age.as_nanos()));
        }
        if self.max_bytes > i64::MAX as u64 {
            return wrong(format!("max_bytes {} is more than 2^63 - 1", self.max_bytes));
        }
        if self.tls_cert.is_some() != self.tls_key.is_some() {
            return wrong("tls_cert and tls_key are given together, or not at all".to_owned());
        }
        if self.user.is_some() != self.password.is_some() {
            return wrong("user and password are given together, or not at all".to_owned());
        }
        Ok(self)
    }

    fn servers(&self) -> Result<Vec<ServerAddr>, String> {
        let parse = |url: &str| {
            let url = url.trim();
            // What parses this takes it for a host without a name.
            let parsed = if url.is_empty() {
                Err("it is empty".to_owned())
            } else {
                url.parse().map_err(|error: std::io::Error| error.to_string())
            };
            parsed.map_err(|why| format!("url \"{url}\": {why}"))
        };
        // The client would leave it out. It is not told: words go into logs.
        if self.url.contains('@') {
            return Err("url has an @: the user and the password, or the token, have options of their own".to_owned());
        }
        self.url.split(',').map(parse).collect()
    }

    /// A connection, which comes back by itself when it is lost. `tell` hears of each event.
    async fn connect(
        &self,
        tell: impl Fn(Event) + Clone + Send + Sync + 'static,
    ) -> Result<async_nats::Client, String> {
        let mut options = ConnectOptions::new()
            .connection_timeout(Duration::from_secs(2))
            .request_timeout(Some(Duration::from_secs(5)))
            .ping_interval(Duration::from_secs(5))
            .max_reconnects(None)
            .reconnect_delay_callback(|attempts| Duration::from_millis(50 * attempts.min(20) as u64))
            .event_callback(move |event| {
                tell(event);
                async {}
            });
        if let Some(name) = &self.name {
            options = options.name(name);
        }
        if let Some(file) = &self.credentials {
            let said = |error| format!("credentials file {}: {error}", file.display());
            options = options.credentials_file(file).await.map_err(said)?;
        }
        if let (Some(user), Some(password)) = (&self.user, &self.password) {
            options = options.user_and_password(user.clone(), password.clone());
        }
        if let Some(token) = &self.token {
            options = options.token(token.clone());
        }
        for file in [&self.tls_ca, &self.tls_cert, &self.tls_key].into_iter().flatten() {
            // What is said of it later has no name. A pipe may take any time.
            let opened = spawn_blocking({
                let file = file.clone();
                move || File::open(file).map(drop)
            });
            let opened = opened.await.unwrap_or_else(|error| Err(error.into()));
            opened.map_err(|error| format!("TLS file {}: {error}", file.display()))?;
        }
        if let Some(file) = &self.tls_ca {
            options = options.add_root_certificates(file.clone()).require_tls(true);
        }
        if let (Some(certificate), Some(key)) = (&self.tls_cert, &self.tls_key) {
            options = options.add_client_certificate(certificate.clone(), key.clone()).require_tls(true);
        }
        let servers = self.servers()?;
        let how = if self.tls_ca.is_some() || self.tls_cert.is_some() { " by TLS" } else { "" };
        options.connect(servers).await.map_err(|error| format!("cannot connect to {}{how}: {error}", self.url))
    }

    /// A connection, which is tried for until there is one. The figures hear of all that happens to it.
    pub(crate) async fn connected(&self, figures: &Arc<Figures>) -> async_nats::Client {
        loop {
            let hear = figures.clone();
            match self.connect(move |event| hear.hear(event)).await {
                Ok(client) => {
                    // This is told a moment later, and would be taken for another connection.
                    let mut connections = figures.connections.subscribe();
                    let _ = tokio::time::timeout(PAUSE, connections.wait_for(|count| *count > 0)).await;
                    return client;
                }
                Err(words) => figures.tell(words),
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// What the stream is if it is to be made.
    pub(crate) fn stream_config(&self) -> stream::Config {
        stream::Config {
            name: self.stream.clone(),
            subjects: vec![self.on_subject().to_owned()],
            storage: if self.memory { StorageType::Memory } else { StorageType::File },
            num_replicas: self.replicas.max(1) as usize,
            max_age: self.max_age,
            max_bytes: if self.max_bytes == 0 { -1 } else { self.max_bytes as i64 },
            max_messages: -1,
            max_messages_per_subject: -1,
            max_consumers: -1,
            ..stream::Config::default()
        }
    }

    pub(crate) fn on_subject(&self) -> &str {
        self.subject.as_deref().unwrap_or(&self.stream)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> Options {
        Options::new("nats://127.0.0.1:4222", "ticks")
    }

    #[test]
    fn defaults_are_filled_in() {
        let resolved = good().resolve().expect("nothing is wrong");
        assert_eq!((resolved.on_subject(), resolved.message_size), ("ticks", 65536));
    }

    #[test]
    fn what_is_wrong_is_said() {
        let said = |options: Options| options.resolve().expect_err("it is wrong").words;
        assert!(said(Options::new("127.0.0.1:port", "ticks")).starts_with("url \"127.0.0.1:port\""));
        assert!(said(Options::new("nats://one,,nats://two", "ticks")).starts_with("url \"\""));
        assert!(said(Options::new("nats://one", "")).starts_with("stream \"\""));
        assert!(said(Options::new("nats://one", "a.b")).starts_with("stream \"a.b\""));
        assert!(said(good().subject("a..b")).starts_with("subject \"a..b\""));
        assert!(said(good().subject("a.>")).starts_with("subject \"a.>\""));
        assert!(said(good().message_size(1023)).starts_with("message_size 1023"));
        assert!(said(good().replicas(6)).starts_with("replicas 6"));
        assert!(said(good().max_bytes(u64::MAX)).starts_with("max_bytes"));
        assert!(said(good().max_age(Duration::from_nanos(u64::MAX))).starts_with("max_age_ns"));
        assert!(said(Options::new("nats://me:secret@one", "ticks")).starts_with("url has an @"));
        let mut half = good();
        half.tls_cert = Some("file".into());
        assert!(said(half).starts_with("tls_cert and tls_key"));
        let mut half = good();
        half.user = Some("me".into());
        assert!(said(half).starts_with("user and password"));
    }
}
