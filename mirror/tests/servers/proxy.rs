//! What lies between a client and a server, and can be cut.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

#[derive(Default)]
struct Wire {
    cut: AtomicBool,
    frozen: AtomicBool,
    ended: AtomicBool,
    /// Bytes a second towards the client; 0: any number.
    rate: AtomicU64,
    streams: Mutex<Vec<TcpStream>>,
}

pub struct Proxy {
    port: u16,
    wire: Arc<Wire>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Proxy {
    /// In front of a server's port.
    pub fn start(server: u16) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("it is bound").port();
        let wire = Arc::new(Wire::default());
        let thread = thread::spawn({
            let wire = wire.clone();
            move || {
                for client in listener.incoming().flatten() {
                    if wire.ended.load(Relaxed) {
                        break;
                    }
                    // While it is cut, a client that comes is sent away.
                    if wire.cut.load(Relaxed) {
                        continue;
                    }
                    if let Ok(server) = TcpStream::connect(("127.0.0.1", server)) {
                        connect(&wire, &client, &server, false);
                        connect(&wire, &server, &client, true);
                        wire.streams.lock().expect("nobody panics").extend([client, server]);
                    }
                }
            }
        });
        Proxy { port, wire, thread: Some(thread) }
    }

    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// All connections break, and no new one comes about.
    pub fn cut(&self) {
        self.wire.cut.store(true, Relaxed);
        for stream in self.wire.streams.lock().expect("nobody panics").drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// As before.
    pub fn mend(&self) {
        self.wire.cut.store(false, Relaxed);
        self.wire.frozen.store(false, Relaxed);
    }

    /// Nothing is carried any more, and neither side is told.
    pub fn freeze(&self) {
        self.wire.frozen.store(true, Relaxed);
    }

    /// Carries no more than so many bytes a second towards the client; 0: any number.
    pub fn slow(&self, bytes: u64) {
        self.wire.rate.store(bytes, Relaxed);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.wire.ended.store(true, Relaxed);
        self.cut();
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Carries bytes in one direction, in a thread that ends when one of the two ends.
fn connect(wire: &Arc<Wire>, from: &TcpStream, to: &TcpStream, towards_client: bool) {
    let (Ok(mut from), Ok(mut to)) = (from.try_clone(), to.try_clone()) else { return };
    let wire = wire.clone();
    thread::spawn(move || {
        let mut bytes = vec![0; 64 << 10];
        loop {
            let rate = if towards_client { wire.rate.load(Relaxed) } else { 0 };
            let room = if rate == 0 { bytes.len() } else { (rate / 100).clamp(1, bytes.len() as u64) as usize };
            let Ok(count @ 1..) = from.read(&mut bytes[..room]) else { break };
            while wire.frozen.load(Relaxed) && !wire.ended.load(Relaxed) {
                thread::sleep(Duration::from_millis(1));
            }
            if to.write_all(&bytes[..count]).is_err() {
                break;
            }
            if rate > 0 {
                thread::sleep(Duration::from_secs_f64(count as f64 / rate as f64));
            }
        }
        let _ = from.shutdown(Shutdown::Both);
        let _ = to.shutdown(Shutdown::Both);
    });
}
