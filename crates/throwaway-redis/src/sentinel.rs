//! A server with two replicas, and three Sentinels that watch them.

use std::io;

use crate::server::Server;
use crate::waiting::wait_for;

const SENTINELS: usize = 3;

/// So that there is one still when the first has taken over.
const REPLICAS: usize = 2;

/// After so long without an answer a Sentinel takes the server for dead. On a busy machine a living
/// server may be silent for a second.
const DEAD_AFTER_MILLIS: u64 = 2_000;

#[derive(Debug)]
pub struct Sentinels {
    sentinels: Vec<Server>,
    servers: Vec<Server>,
}

impl Sentinels {
    /// What they call what they watch.
    pub const SERVICE: &str = "seats";

    /// The Sentinels know each other and the replicas when this returns.
    pub fn start() -> io::Result<Self> {
        let first = Server::start()?;
        let port = first.port();
        let of = port.to_string();
        let mut servers = vec![first];
        for _ in 0..REPLICAS {
            servers.push(Server::start_with(&["--replicaof", "127.0.0.1", &of])?);
        }
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
        let all = Self { sentinels, servers };
        wait_for("the Sentinels to know each other", || {
            all.sentinels.iter().all(|sentinel| {
                let told = sentinel.ask(&["sentinel", "master", service]).unwrap_or_default();
                let others = format!("num-other-sentinels\n{}", SENTINELS - 1);
                let replicas = format!("num-slaves\n{REPLICAS}");
                told.contains(&replicas) && told.contains(&others)
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
        let dead = self.kill_master_unnoticed()?;
        self.mean_another_than(dead)
    }

    /// Kills the server that they mean, and waits for nothing. Its port.
    pub fn kill_master_unnoticed(&mut self) -> io::Result<u16> {
        let (port, master) = self.master()?;
        master.kill()?;
        Ok(port)
    }

    /// Lets the server that they mean do nothing, while its connections stay. Its port.
    pub fn pause_master(&mut self) -> io::Result<u16> {
        let (port, master) = self.master()?;
        master.pause()?;
        Ok(port)
    }

    /// Returns when the server that they mean is followed by another one. On a busy machine they may take a
    /// living server for dead, so which one they mean is asked each time.
    pub fn has_replica(&self) -> io::Result<()> {
        wait_for("a replica to follow", || {
            let port = self.master_port();
            let master = self.servers.iter().find(|server| Some(server.port()) == port);
            let replication = master.map(|server| server.ask(&["info", "replication"]));
            replication.is_some_and(|told| told.is_ok_and(|told| told.contains("state=online")))
        })
    }

    /// Returns when the Sentinels have promoted another server than the one with this port.
    pub fn mean_another_than(&self, port: u16) -> io::Result<()> {
        wait_for("the Sentinels to promote the replica", || {
            self.master_port().is_some_and(|now| now != port)
        })
    }

    /// Starts a server again that was killed: empty, and in the belief that it is the master, until the
    /// Sentinels tell it otherwise.
    pub fn start_again(&mut self, port: u16) -> io::Result<()> {
        self.server(port)?.start_again()
    }

    /// Lets a server go on that was paused, in the same belief.
    pub fn go_on(&mut self, port: u16) -> io::Result<()> {
        self.server(port)?.go_on()
    }

    fn master(&mut self) -> io::Result<(u16, &mut Server)> {
        let port = self.master_port();
        let port = port.ok_or_else(|| io::Error::other("the Sentinels name no server"))?;
        Ok((port, self.server(port)?))
    }

    fn server(&mut self, port: u16) -> io::Result<&mut Server> {
        let found = self.servers.iter_mut().find(|server| server.port() == port);
        found.ok_or_else(|| io::Error::other("no server with this port"))
    }
}
