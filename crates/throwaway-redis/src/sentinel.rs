//! A server with a replica, and three Sentinels that watch them.

use std::io;

use crate::server::Server;
use crate::wait_for;

const SENTINELS: usize = 3;

/// After so long without an answer a Sentinel takes the server for dead.
const DEAD_AFTER_MILLIS: u64 = 1_000;

#[derive(Debug)]
pub struct Sentinels {
    sentinels: Vec<Server>,
    servers: Vec<Server>,
}

impl Sentinels {
    /// What they call what they watch.
    pub const SERVICE: &str = "seats";

    /// The Sentinels know each other and the replica when this returns.
    pub fn start() -> io::Result<Self> {
        let first = Server::start()?;
        let port = first.port();
        let of = port.to_string();
        let replica = Server::start_with(&["--replicaof", "127.0.0.1", &of])?;
        let service = Self::SERVICE;
        let configuration = format!(
            "bind 127.0.0.1\nsentinel monitor {service} 127.0.0.1 {port} 2\n\
             sentinel down-after-milliseconds {service} {DEAD_AFTER_MILLIS}\n\
             sentinel failover-timeout {service} 3000\n"
        );
        let mut sentinels = Vec::new();
        for _ in 0..SENTINELS {
            sentinels.push(Server::start_sentinel(&configuration)?);
        }
        let all = Self { sentinels, servers: vec![first, replica] };
        wait_for("the Sentinels to know each other", || {
            all.sentinels.iter().all(|sentinel| {
                let told = sentinel.ask(&["sentinel", "master", service]).unwrap_or_default();
                let others = format!("num-other-sentinels\n{}", SENTINELS - 1);
                told.contains("num-slaves\n1") && told.contains(&others)
            })
        })?;
        Ok(all)
    }

    pub fn url(&self) -> String {
        let ports = self.sentinels.iter().map(|sentinel| format!("127.0.0.1:{}", sentinel.port()));
        format!("redis+sentinel://{}/{}", ports.collect::<Vec<_>>().join(","), Self::SERVICE)
    }

    /// The port of the server that they mean now.
    pub fn master_port(&self) -> Option<u16> {
        let words = ["sentinel", "get-master-addr-by-name", Self::SERVICE];
        self.sentinels[0].ask(&words).ok()?.lines().nth(1)?.parse().ok()
    }

    /// Kills the server that they mean; returns when they mean the other.
    pub fn kill_master(&mut self) -> io::Result<()> {
        let before = self.master_port();
        for server in &mut self.servers {
            if Some(server.port()) == before {
                server.kill()?;
            }
        }
        wait_for("the Sentinels to promote the replica", || {
            self.master_port().is_some_and(|port| Some(port) != before)
        })
    }
}
