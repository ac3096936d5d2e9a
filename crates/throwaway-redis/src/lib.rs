//! Redis for tests: servers of their own in folders of their own, on free ports of this machine, gone
//! with whoever started them. One server, a Cluster, a server with a replica and Sentinels, and a
//! proxy in between that loses what it is told to.
//!
//! It keeps nothing on disk: a server that is started again has lost all that it knew.

mod cluster;
mod proxy;
mod sentinel;
mod server;

pub use cluster::Cluster;
pub use proxy::Proxy;
pub use sentinel::Sentinels;
pub use server::{Server, is_installed};

use std::io;
use std::net::TcpListener;
use std::time::{Duration, Instant};

/// How long anything of this may take before a test fails; a full machine is slow.
const PATIENCE_SECONDS: u64 = 60;

/// Free at this moment. Whoever takes it in between is told of when the server does not start.
fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// Looks again and again, as often as is good for a full machine.
fn wait_for(what: &str, mut is_so: impl FnMut() -> bool) -> io::Result<()> {
    let until = Instant::now() + Duration::from_secs(PATIENCE_SECONDS);
    while !is_so() {
        if Instant::now() > until {
            return Err(io::Error::other(format!("waited {PATIENCE_SECONDS} s for {what}")));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}
