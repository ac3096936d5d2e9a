//! A TCP proxy that breaks connections in the ways in which networks do: it cuts them, or it goes
//! silent and keeps them, so that both ends believe that they are connected.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

const FORWARDING: u8 = 0;
/// Nothing passes, nothing is closed.
const SILENT: u8 = 1;
/// No connection is open, and none is accepted.
const CUT: u8 = 2;
const GONE: u8 = 3;

/// How often a copying thread looks whether it may go on.
const LOOK: Duration = Duration::from_millis(20);

/// It ends when it is dropped.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    mode: Arc<AtomicU8>,
}

impl Proxy {
    /// A proxy in front of a port of this machine.
    pub fn to_port(port: u16) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        let mode = Arc::new(AtomicU8::new(FORWARDING));
        let shared = mode.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                match shared.load(Ordering::Acquire) {
                    GONE => return,
                    CUT => {}
                    _ => connect(&client, port, &shared),
                }
            }
        });
        Ok(Self { address, mode })
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    pub fn forward(&self) {
        self.mode.store(FORWARDING, Ordering::Release);
    }

    /// Connections stay and carry nothing; so do new ones.
    pub fn go_silent(&self) {
        self.mode.store(SILENT, Ordering::Release);
    }

    /// Connections end, and new ones are closed at once.
    pub fn cut(&self) {
        self.mode.store(CUT, Ordering::Release);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.mode.store(GONE, Ordering::Release);
        // So that the listener wakes once more.
        drop(TcpStream::connect(self.address));
    }
}

fn connect(client: &TcpStream, port: u16, mode: &Arc<AtomicU8>) {
    let Ok(server) = TcpStream::connect(("127.0.0.1", port)) else { return };
    let ways = [(client, &server), (&server, client)];
    for (from, to) in ways {
        let (Ok(from), Ok(to)) = (from.try_clone(), to.try_clone()) else { return };
        let mode = Arc::clone(mode);
        std::thread::spawn(move || {
            // If either end is gone, both are closed.
            drop(copy(&from, &to, &mode));
            for end in [&from, &to] {
                drop(end.shutdown(Shutdown::Both));
            }
        });
    }
}

fn copy(mut from: &TcpStream, mut to: &TcpStream, mode: &AtomicU8) -> io::Result<()> {
    from.set_read_timeout(Some(LOOK))?;
    let mut buffer = [0; 16 * 1024];
    loop {
        match mode.load(Ordering::Acquire) {
            FORWARDING => {}
            SILENT => {
                std::thread::sleep(LOOK);
                continue;
            }
            _ => return Ok(()),
        }
        match from.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(length) => {
                // Bytes under way when the network went silent are lost.
                if mode.load(Ordering::Acquire) == FORWARDING {
                    to.write_all(&buffer[..length])?;
                }
            }
            Err(error)
                if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {}
            Err(error) => return Err(error),
        }
    }
}
