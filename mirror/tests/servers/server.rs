//! Real servers on ports of this machine, with their stores in temporary folders. They end with the value that stands
//! for them, and with the thread that started them.

use std::fs;
use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::{Duration, Instant};

static COUNT: AtomicU32 = AtomicU32::new(0);

/// A folder that goes when this does.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Folder {
        let name = format!("alog-faults-{}-{}", std::process::id(), COUNT.fetch_add(1, Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir(&path).expect("a temporary folder");
        Folder(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A port that no program listens at. Not one of those that connections are given, so that it stays free while a server
/// is away.
pub fn free_port() -> u16 {
    loop {
        let port =
            10_000 + (std::process::id().wrapping_mul(97).wrapping_add(COUNT.fetch_add(1, Relaxed)) % 20_000) as u16;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

pub struct Server {
    pub port: u16,
    folder: Folder,
    child: Option<Child>,
}

impl Server {
    /// With JetStream, and nothing else out of the ordinary.
    pub fn start() -> Server {
        Server::with("")
    }

    /// With more lines of configuration.
    pub fn with(more: &str) -> Server {
        Server::at(free_port(), more)
    }

    pub fn at(port: u16, more: &str) -> Server {
        let mut server = Server::prepared(port, more);
        server.run();
        server
    }

    /// Not started yet.
    pub fn prepared(port: u16, more: &str) -> Server {
        let folder = Folder::new();
        let store = folder.path().join("store");
        let log = folder.path().join("log");
        let jetstream = format!("jetstream {{ store_dir: {store:?}, max_mem: 2G, max_file: 4G }}");
        let config = format!("listen: \"127.0.0.1:{port}\"\nlogfile: {log:?}\n{jetstream}\n{more}\n");
        fs::write(folder.path().join("config"), config).expect("a file of configuration");
        Server { port, folder, child: None }
    }

    /// Changes its configuration, for when it is started again.
    pub fn reconfigure(&self, more: &str) {
        let path = self.folder.path().join("config");
        let config = fs::read_to_string(&path).expect("it has one");
        fs::write(path, format!("{config}{more}\n")).expect("a file of configuration");
    }

    /// Starts it, again if it was killed, and waits until it answers.
    pub fn run(&mut self) {
        assert!(self.child.is_none(), "it runs");
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "nats-server", "-c"]).arg(self.folder.path().join("config"));
        let errors = fs::File::create(self.folder.path().join("errors")).expect("a file");
        let child = command.stdout(Stdio::null()).stderr(errors).spawn();
        self.child = Some(child.expect("the programs setpriv and nats-server are there"));
        let until = Instant::now() + Duration::from_secs(20);
        while !self.answers() {
            assert!(Instant::now() < until, "the server does not answer:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn answers(&self) -> bool {
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) else { return false };
        let _ = stream.set_read_timeout(Some(Duration::from_secs(1)));
        let mut hello = [0; 4];
        stream.read_exact(&mut hello).is_ok() && &hello == b"INFO"
    }

    /// Ends it as a power cut ends it.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Asks it to end, and waits.
    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            signal(child.id(), "TERM");
            child.wait().expect("it ends");
        }
    }

    /// Where it keeps its streams.
    pub fn store(&self) -> PathBuf {
        self.folder.path().join("store")
    }

    pub fn process(&self) -> u32 {
        self.child.as_ref().expect("it runs").id()
    }

    /// The process stands still.
    pub fn pause(&self) {
        signal(self.process(), "STOP");
    }

    /// And goes on.
    pub fn resume(&self) {
        signal(self.process(), "CONT");
    }

    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// What it wrote about itself.
    pub fn log(&self) -> String {
        let read = |name| fs::read_to_string(self.folder.path().join(name)).unwrap_or_default();
        read("errors") + &read("log")
    }
}

pub fn signal(process: u32, name: &str) {
    let sent = Command::new("sh").args(["-c", &format!("kill -{name} {process}")]).status();
    assert!(sent.is_ok_and(|status| status.success()), "a signal to {process}");
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            let log = self.log();
            let from = log.char_indices().rev().nth(3000).map_or(0, |(at, _)| at);
            eprintln!("The end of the log of the server at {}:\n{}", self.port, &log[from..]);
        }
    }
}

/// Three servers that know each other.
pub struct Cluster(pub Vec<Server>);

impl Cluster {
    pub fn start() -> Cluster {
        let routes: Vec<u16> = (0..3).map(|_| free_port()).collect();
        let list: Vec<String> = routes.iter().map(|port| format!("nats://127.0.0.1:{port}")).collect();
        let list = list.join(", ");
        let one = |index: usize| {
            let route = routes[index];
            let more = format!(
                "server_name: s{index}\ncluster {{ name: three, listen: \"127.0.0.1:{route}\", routes: [{list}] }}"
            );
            Server::prepared(free_port(), &more)
        };
        let mut cluster = Cluster((0..3).map(one).collect());
        cluster.0.iter_mut().for_each(Server::run);
        cluster
    }

    /// All three, with commas between them.
    pub fn urls(&self) -> String {
        let urls: Vec<String> = self.0.iter().map(Server::url).collect();
        urls.join(",")
    }

    /// The one with this name.
    pub fn named(&mut self, name: &str) -> &mut Server {
        let index: usize = name.trim_start_matches('s').parse().expect("a name that the test gave");
        &mut self.0[index]
    }
}
