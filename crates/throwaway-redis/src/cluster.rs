//! A Cluster of three, each with a replica: the smallest that survives the loss of one node.

use std::io;

use crate::server::{Server, free_port};
use crate::waiting::wait_for;

const MASTERS: usize = 3;
const SLOTS: usize = 16_384;

/// After this long without an answer a node counts as gone, and its replica takes over.
const NODE_GONE_MILLIS: &str = "1000";

#[derive(Debug)]
pub struct Cluster {
    nodes: Vec<Server>,
}

impl Cluster {
    /// All slots are served when this returns.
    pub fn start() -> io::Result<Self> {
        let mut nodes = Vec::new();
        for _ in 0..2 * MASTERS {
            let bus = free_port()?.to_string();
            nodes.push(Server::start_with(&[
                "--cluster-enabled",
                "yes",
                "--cluster-node-timeout",
                NODE_GONE_MILLIS,
                "--cluster-port",
                &bus,
            ])?);
        }
        let cluster = Self { nodes };
        cluster.join()?;
        Ok(cluster)
    }

    fn join(&self) -> io::Result<()> {
        let (masters, replicas) = self.nodes.split_at(MASTERS);
        for (at, node) in masters.iter().enumerate() {
            let first = (SLOTS * at / MASTERS).to_string();
            let last = (SLOTS * (at + 1) / MASTERS - 1).to_string();
            node.ask(&["cluster", "addslotsrange", &first, &last])?;
            node.ask(&["cluster", "set-config-epoch", &(at + 1).to_string()])?;
        }
        let first = self.nodes[0].port().to_string();
        // `ip:port@bus`, in its own line.
        let own = self.nodes[0].ask(&["cluster", "nodes"])?;
        let bus = own.split(['@', ' ', ',']).nth(2).unwrap_or_default().to_owned();
        for node in &self.nodes[1..] {
            node.ask(&["cluster", "meet", "127.0.0.1", &first, &bus])?;
        }
        wait_for("the nodes to know each other", || {
            self.nodes.iter().all(|node| {
                let known = node.ask(&["cluster", "nodes"]).unwrap_or_default();
                known.lines().count() == self.nodes.len() && !known.contains("handshake")
            })
        })?;
        for (master, replica) in masters.iter().zip(replicas) {
            let id = master.ask(&["cluster", "myid"])?;
            let told = replica.ask(&["cluster", "replicate", id.trim()])?;
            if !told.starts_with("OK") {
                return Err(io::Error::other(format!("cannot be a replica: {told}")));
            }
        }
        wait_for("the Cluster to be whole", || self.is_whole() && self.has_replicas())
    }

    /// Two of its nodes are enough to find it.
    pub fn url(&self) -> String {
        let [first, second] = [&self.nodes[0], &self.nodes[1]].map(Server::port);
        format!("redis+cluster://127.0.0.1:{first},127.0.0.1:{second}")
    }

    pub fn nodes(&mut self) -> &mut [Server] {
        &mut self.nodes
    }

    /// The node that serves a channel now.
    pub fn owner_of(&self, channel: &str) -> io::Result<usize> {
        let slot = number(&self.living()?.ask(&["cluster", "keyslot", channel])?)?;
        let is_owner = |node: &Server| {
            let told = node.ask(&["cluster", "nodes"]).unwrap_or_default();
            let own = told.lines().find(|line| line.contains("myself")).unwrap_or_default();
            own.contains("master") && own.split_whitespace().skip(8).any(|range| holds(range, slot))
        };
        let owner = self.nodes.iter().position(|node| node.is_running() && is_owner(node));
        owner.ok_or_else(|| io::Error::other("no node serves the channel"))
    }

    /// Kills the node that serves a channel; returns when its replica has taken over.
    pub fn kill_owner_of(&mut self, channel: &str) -> io::Result<usize> {
        let owner = self.owner_of(channel)?;
        self.nodes[owner].kill()?;
        wait_for("a replica to take over", || {
            self.is_whole() && self.owner_of(channel).is_ok_and(|now| now != owner)
        })?;
        Ok(owner)
    }

    /// Gives a channel's slot to another living master, as an operator who adds a node does. Its
    /// old owner goes on running.
    pub fn move_slot_of(&self, channel: &str) -> io::Result<()> {
        let from = self.owner_of(channel)?;
        let slot = self.nodes[from].ask(&["cluster", "keyslot", channel])?;
        let is_master =
            |node: &Server| node.ask(&["role"]).is_ok_and(|role| role.starts_with("master"));
        let mut others = (0..self.nodes.len()).filter(|at| *at != from);
        let to = others.find(|at| is_master(&self.nodes[*at]));
        let Some(to) = to else { return Err(io::Error::other("no other master")) };
        let id = self.nodes[to].ask(&["cluster", "myid"])?;
        let words = ["cluster", "setslot", slot.trim(), "node", id.trim()];
        // The new owner gets the command first, so that the slot always has an owner.
        for at in [to, from] {
            self.nodes[at].ask(&words)?;
        }
        wait_for("the slot to be known as moved", || {
            self.is_whole() && self.owner_of(channel).is_ok_and(|owner| owner == to)
        })
    }

    fn living(&self) -> io::Result<&Server> {
        let living = self.nodes.iter().find(|node| node.is_running());
        living.ok_or_else(|| io::Error::other("no node lives"))
    }

    fn is_whole(&self) -> bool {
        self.nodes.iter().filter(|node| node.is_running()).all(|node| {
            node.ask(&["cluster", "info"]).is_ok_and(|info| info.contains("cluster_state:ok"))
        })
    }

    fn has_replicas(&self) -> bool {
        self.nodes[MASTERS..].iter().all(|node| {
            let told = node.ask(&["info", "replication"]).unwrap_or_default();
            told.contains("master_link_status:up")
        })
    }
}

fn holds(range: &str, slot: usize) -> bool {
    let (first, last) = range.split_once('-').unwrap_or((range, range));
    let within = |first, last| (first..=last).contains(&slot);
    match (first.parse(), last.parse()) {
        (Ok(first), Ok(last)) => within(first, last),
        _ => false,
    }
}

fn number(text: &str) -> io::Result<usize> {
    text.trim().parse().map_err(|_| io::Error::other(format!("no number: {text}")))
}
