//! Servers that ask for a user, and show certificates.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use atomic_log::{FixedRecords, Options as LogOptions};
use atomic_log_nats::{Mirror, Options, Publisher, State, status};

use crate::logs::{Kind, Source};
use crate::server::{Folder, Server, free_port};
use crate::{Rig, deadline, is, options, until};

/// Records flow for a user that is let in.
pub fn let_in(good: Options) {
    let mut rig =
        Rig::<FixedRecords>::between(Source::new(1, 1 << 12), good.clone(), good, FixedRecords::options(1 << 12));
    rig.source().publish_all(500);
    rig.arrive(20);
    assert_eq!(rig.finish(20), 0);
}

/// A user that is not let in hears why, from both sides, and is not held up.
pub fn kept_out(bad: &Options, why: &str) {
    let mut source = Source::<FixedRecords>::new(1, 1 << 12);
    source.publish_all(5);
    let publisher = Publisher::start(&source.log, bad.clone()).expect("a publisher");
    let mirror = Mirror::<FixedRecords>::start(bad.clone(), FixedRecords::options(1 << 12)).expect("a mirror");
    until(&format!("both tell: {why}"), 20, || {
        let (publisher, mirror) = (publisher.stats(), mirror.stats());
        let told = |words: &str| words.to_lowercase().contains(why);
        is(told(&publisher.last_error) && told(&mirror.last_error), (publisher, mirror))
    });
    for stats in [publisher.stats(), mirror.stats()] {
        assert!(matches!(stats.state, State::Connecting | State::Stopped), "{stats:?}");
        assert_eq!(stats.records, 0, "{stats:?}");
    }
}

#[test]
fn a_user_and_a_password() {
    let _deadline = deadline(60);
    let server = Server::with("authorization { user: ann, password: secret }");
    let_in(options(&server.url()).user_and_password("ann", "secret"));
    kept_out(&options(&server.url()).user_and_password("ann", "guess"), "authorization");
    kept_out(&options(&server.url()), "authorization");
}

#[test]
fn a_token() {
    let _deadline = deadline(60);
    let server = Server::with("authorization { token: secret }");
    let_in(options(&server.url()).token("secret"));
    kept_out(&options(&server.url()).token("guess"), "authorization");
}

/// A user that may not publish on the subject, nor ask for the stream.
#[test]
fn a_user_without_rights() {
    let _deadline = deadline(60);
    let server = Server::with(
        "authorization { users: [ { user: ann, password: secret, permissions: { publish: [nothing], subscribe: [\"_INBOX.>\"] } } ] }",
    );
    kept_out(&options(&server.url()).user_and_password("ann", "secret"), "permission");
}

/// A user that may look, and not publish: the mirror reads, the publisher tells that it may not.
#[test]
fn a_user_who_may_only_read() {
    let _deadline = deadline(90);
    let server = Server::with(
        "authorization { users: [ { user: ann, password: secret }, \
         { user: bob, password: secret, permissions: { publish: { deny: [ticks] } } } ] }",
    );
    let ann = options(&server.url()).user_and_password("ann", "secret");
    let bob = options(&server.url()).user_and_password("bob", "secret");
    let mut rig =
        Rig::<FixedRecords>::between(Source::new(1, 1 << 12), ann, bob.clone(), FixedRecords::options(1 << 12));
    rig.source().publish_all(100);
    rig.arrive(20);
    let mut source = Source::<FixedRecords>::new(2, 1 << 12);
    source.publish_all(100);
    let publisher = Publisher::start(&source.log, bob).expect("a publisher");
    until("it tells that it may not", 40, || {
        let stats = publisher.stats();
        is(stats.last_error.to_lowercase().contains("permission"), stats)
    });
    assert_eq!(publisher.stats().records, 0);
}

/// A server without JetStream.
#[test]
fn no_jetstream() {
    let _deadline = deadline(60);
    // The last one counts.
    let server = Server::with("jetstream: false");
    kept_out(&options(&server.url()), "stream");
}

/// Certificates that openssl makes: of an authority, of a server at 127.0.0.1, and of a client.
struct Certificates {
    folder: Folder,
}

impl Certificates {
    fn new() -> Certificates {
        let certificates = Certificates { folder: Folder::new() };
        let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
        for authority in ["ca", "other"] {
            let files = [format!("-keyout={authority}.key"), format!("-out={authority}.pem")];
            certificates
                .openssl(&[&["req", "-x509", "-subj", &format!("/CN={authority}")], key.as_slice()].concat(), &files);
        }
        for (name, subject) in [("server", "/CN=server"), ("client", "/CN=client")] {
            let files = [format!("-keyout={name}.key"), format!("-out={name}.csr")];
            certificates.openssl(&[&["req", "-subj", subject], &key[..5]].concat(), &files);
            fs::write(certificates.file(&format!("{name}.ext")), "subjectAltName = IP:127.0.0.1, DNS:localhost\n")
                .expect("a file");
            let sign = ["x509", "-req", "-days", "2", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"];
            let files = [format!("-in={name}.csr"), format!("-extfile={name}.ext"), format!("-out={name}.pem")];
            certificates.openssl(&sign, &files);
        }
        certificates
    }

    /// The files are given as -name=file.
    fn openssl(&self, arguments: &[&str], files: &[String]) {
        let files = files.iter().flat_map(|file| file.split('='));
        let done = Command::new("openssl").current_dir(self.folder.path()).args(arguments).args(files).output();
        let done = done.expect("the program openssl is there");
        assert!(done.status.success(), "openssl {arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What a server is told.
    fn config(&self, verify: bool) -> String {
        let quoted = |name: &str| format!("{:?}", self.file(name));
        let (certificate, key, authority) = (quoted("server.pem"), quoted("server.key"), quoted("ca.pem"));
        format!(
            "tls {{ cert_file: {certificate}, key_file: {key}, ca_file: {authority}, verify: {verify}, timeout: 5 }}"
        )
    }
}

#[test]
fn tls() {
    let _deadline = deadline(90);
    let certificates = Certificates::new();
    let server = Server::with(&certificates.config(false));
    let_in(options(&server.url()).tls_ca(certificates.file("ca.pem")));
    kept_out(&options(&server.url()), "certificate");
    kept_out(&options(&server.url()).tls_ca(certificates.file("other.pem")), "certificate");
    kept_out(&options(&server.url()).tls_ca(certificates.file("missing.pem")), "missing.pem");
    // It has no TLS, and one asks for it.
    let plain = Server::start();
    kept_out(&options(&plain.url()).tls_ca(certificates.file("ca.pem")), "tls");
}

#[test]
fn tls_where_the_client_shows_a_certificate() {
    let _deadline = deadline(90);
    let certificates = Certificates::new();
    let server = Server::with(&certificates.config(true));
    let with_ca = options(&server.url()).tls_ca(certificates.file("ca.pem"));
    let_in(with_ca.clone().tls_certificate(certificates.file("client.pem"), certificates.file("client.key")));
    kept_out(&with_ca, "certificate");
}

/// A file of credentials that is none, or not there.
#[test]
fn wrong_credentials_files() {
    let _deadline = deadline(60);
    let server = Server::start();
    let folder = Folder::new();
    let said =
        |file: &Path| kept_out(&options(&server.url()).credentials(file), &file.display().to_string().to_lowercase());
    said(&folder.path().join("missing.creds"));
    let wrong = folder.path().join("wrong.creds");
    fs::write(&wrong, "nothing of the kind\n").expect("a file");
    said(&wrong);
}

/// A file that gives nothing: it is a pipe that no program writes to. Or a name that takes its time. A close does not
/// wait for them.
#[test]
fn a_close_does_not_wait_for_the_system() {
    let _deadline = deadline(60);
    let folder = Folder::new();
    let pipe = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().is_ok_and(|status| status.success()), "a pipe");
    let source = Source::<FixedRecords>::new(1, 1 << 10);
    let nowhere = || Options::new("nats://127.0.0.1:1", "ticks");
    let key = folder.path().join("key");
    let waits = [
        nowhere().credentials(&pipe),
        nowhere().tls_ca(&pipe),
        nowhere().tls_certificate(&pipe, key),
        Options::new("nats://no-such-host.invalid", "ticks"),
    ];
    for options in waits {
        let publisher = Publisher::start(&source.log, options.clone()).expect("a publisher");
        let mirror = Mirror::<FixedRecords>::start(options, FixedRecords::options(1 << 10)).expect("a mirror");
        std::thread::sleep(Duration::from_millis(200));
        let begin = Instant::now();
        publisher.close(Duration::ZERO);
        drop(mirror);
        assert!(begin.elapsed() < Duration::from_secs(2), "{:?}", begin.elapsed());
    }
}

/// A user and a password in the URL are refused, as the client would not give them to the server. Nothing tells them.
#[test]
fn words_without_passwords() {
    let source = Source::<FixedRecords>::new(1, 1 << 10);
    for url in ["nats://bob:hush@127.0.0.1", "nats://127.0.0.1,bob:hush@127.0.0.1", "nats://bob:hush,hush@127.0.0.1:x"]
    {
        let error = Publisher::start(&source.log, options(url)).err().expect("it is refused");
        let told = format!("{error} {error:?} {:?}", options(url));
        assert!(told.starts_with("url") && !told.contains("bob") && !told.contains("hush"), "{told}");
    }
    let told = format!("{:?}", options("nats://127.0.0.1").user_and_password("bob", "hush").token("quiet"));
    assert!(told.contains("127.0.0.1") && !told.contains("hush") && !told.contains("quiet"), "{told}");
}

/// An address that has no name, and one where something else listens.
#[test]
fn addresses_of_something_else() {
    let _deadline = deadline(60);
    kept_out(&options("nats://no-such-host.invalid:4222"), "no-such-host.invalid");
    let port = free_port();
    let silent = std::net::TcpListener::bind(("127.0.0.1", port)).expect("a port");
    kept_out(&options(&format!("nats://127.0.0.1:{port}")), &port.to_string());
    drop(silent);
}

/// What is wrong is refused at once, in words.
#[test]
fn wrong_options() {
    let source = Source::<FixedRecords>::new(1, 1 << 10);
    let refused = |options: Options, words: &str| {
        let publisher = Publisher::start(&source.log, options.clone()).err().expect("it is refused");
        let mirror =
            Mirror::<FixedRecords>::start(options, FixedRecords::options(1 << 10)).err().expect("it is refused");
        assert!(publisher.words.contains(words) && mirror.words.contains(words), "{publisher:?} {mirror:?}");
        assert_eq!((publisher.status, mirror.status), (status::ERR_ARGUMENT, status::ERR_ARGUMENT));
    };
    refused(Options::new("", "ticks"), "url");
    refused(Options::new("http://[", "ticks"), "url");
    refused(Options::new("nats://127.0.0.1:4222", ""), "stream");
    refused(Options::new("nats://127.0.0.1:4222", "a b"), "stream");
    refused(options("nats://127.0.0.1:4222").subject("a.*"), "subject");
    refused(options("nats://127.0.0.1:4222").message_size(5), "message_size");
    refused(options("nats://127.0.0.1:4222").max_age(Duration::from_nanos(1 << 63)), "max_age_ns 9223372036854775808");
    let no_log = Mirror::<FixedRecords>::start(options("nats://127.0.0.1:4222"), LogOptions::new(0, 0));
    assert_eq!(no_log.err().expect("it is refused").status, status::ERR_ARGUMENT);
}
