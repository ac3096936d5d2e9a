//! Clients that lose their connections at any byte, and are recovered with the one offset that they
//! have, at this node or the other: in every case each has got every event of its rooms once and in
//! order.
//!
//! A client's session is what a server would save. A whole engine may be lost at any time, and so
//! may the messages between nodes; the store is not.

mod client;
mod stories;

use std::future::poll_fn;
use std::sync::Arc;

use proptest::prelude::*;
use rooms::{AnyStream, Audience, Frame, Hub, Limits, Place, Stay, View};
use tokio::task::yield_now;

use crate::fakes::{RETURNING, Socket, Store, place};
use crate::row::Row;
use crate::world::name;
use client::{Client, Connection};

const ROOMS: usize = 3;
const CLIENTS: usize = 2;
const NODES: usize = 2;
const ENOUGH: usize = 1 << 40;

#[derive(Clone, Debug)]
enum Step {
    Commit(usize),
    /// This many of the events on their way arrive at this node.
    Publish(usize, usize),
    /// The oldest event on its way to this node is lost, comes twice, or is overtaken.
    Lose(usize),
    Repeat(usize),
    Reorder(usize),
    /// This node reads the events that it lacks.
    Repair(usize),
    /// At the head, or this many events before it.
    Subscribe(usize, usize, Option<u64>),
    /// The same, but the subscription starts with a snapshot at the head.
    Snapshot(usize, usize),
    Leave(usize, usize),
    Drain(usize, usize),
    /// The connection is lost; bytes that the socket had not taken never arrive.
    Cut(usize),
    /// Connects to this node again, if it was cut; and meanwhile asks to resume in this room, if
    /// one is named.
    Return(usize, usize, Option<usize>),
    /// Its session is lost: it gets a new session, with its old offset.
    Forget(usize),
    /// This node's process dies.
    Crash(usize),
    Run(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let room = || 0..ROOMS;
    let client = || 0..CLIENTS;
    let node = || 0..NODES;
    let step = prop_oneof![
        10 => room().prop_map(Step::Commit),
        12 => (node(), 1usize..6).prop_map(|(node, count)| Step::Publish(node, count)),
        2 => node().prop_map(Step::Lose),
        1 => node().prop_map(Step::Repeat),
        2 => node().prop_map(Step::Reorder),
        2 => node().prop_map(Step::Repair),
        3 => (client(), room()).prop_map(|(c, r)| Step::Subscribe(c, r, None)),
        3 => (client(), room(), 0u64..8).prop_map(|(c, r, back)| Step::Subscribe(c, r, Some(back))),
        1 => (client(), room()).prop_map(|(c, r)| Step::Snapshot(c, r)),
        1 => (client(), room()).prop_map(|(c, r)| Step::Leave(c, r)),
        5 => (client(), 1usize..60).prop_map(|(c, bytes)| Step::Drain(c, bytes)),
        3 => client().prop_map(Step::Cut),
        5 => (client(), node(), prop::option::of(room())).prop_map(|(c, n, r)| Step::Return(c, n, r)),
        1 => client().prop_map(Step::Forget),
        1 => node().prop_map(Step::Crash),
        5 => (0usize..12).prop_map(Step::Run),
    ];
    prop::collection::vec(step, 1..100)
}

struct World {
    store: Arc<Store>,
    nodes: Vec<Node>,
    clients: Vec<Client>,
    tickets: u64,
}

struct Node {
    hub: Hub,
    row: Row,
}

/// One that begins now.
fn node(store: &Arc<Store>) -> Node {
    let limits = Limits {
        log_events_max: 4,
        page_events_max: 3,
        pages_at_once_max: 2,
        waiting_events_max: 3,
        pass_chunk_viewers: 1,
        write_bytes_max: 60,
        ..Limits::default()
    };
    let hub = Hub::new(limits, Arc::clone(store) as _, store.end());
    Node { hub, row: Row::behind(store.end()) }
}

fn view() -> View {
    View { encoding: RETURNING, audience: Audience::Public, identity: None, channel: 0 }
}

impl World {
    fn new() -> Self {
        let store = Arc::new(Store::default());
        let nodes = (0..NODES).map(|_| node(&store)).collect();
        let clients = (0..CLIENTS).map(|_| Client::default()).collect();
        Self { store, nodes, clients, tickets: 0 }
    }

    async fn step(&mut self, step: Step) -> Result<(), String> {
        match step {
            Step::Commit(room) => {
                let event = self.store.commit(&name(room));
                self.nodes.iter_mut().for_each(|node| node.row.told(event.clone()));
            }
            Step::Publish(node, count) => {
                let Node { hub, row } = &mut self.nodes[node];
                row.arrive(count, hub);
            }
            Step::Lose(node) => self.nodes[node].row.lose(),
            Step::Repeat(node) => self.nodes[node].row.repeat(),
            Step::Reorder(node) => self.nodes[node].row.reorder(),
            Step::Repair(node) => self.repair(node),
            Step::Subscribe(client, room, back) => self.subscribe(client, room, back).await,
            Step::Snapshot(client, room) => self.snapshot(client, room).await,
            Step::Leave(client, room) => {
                let Some(connection) = &self.clients[client].connection else { return Ok(()) };
                if connection.hub.leave(&connection.presence, &name(room), 0) {
                    connection.presence.send(Frame::bare(format!("L{room}:0;")));
                    self.clients[client].kept = connection.presence.stays(0).ok();
                    *self.clients[client].asking.entry(name(room)).or_default() += 1;
                }
            }
            Step::Drain(client, bytes) => {
                self.clients[client].read(bytes)?;
            }
            Step::Cut(client) => self.clients[client].cut()?,
            Step::Return(client, node, asks) => self.recover(client, node, asks).await?,
            Step::Forget(client) => self.clients[client].kept = None,
            Step::Crash(crashed) => {
                let is_there = |client: &&mut Client| {
                    client.connection.as_ref().is_some_and(|connection| connection.node == crashed)
                };
                for client in self.clients.iter_mut().filter(is_there) {
                    client.cut()?;
                }
                self.nodes[crashed] = node(&self.store);
            }
            Step::Run(turns) => {
                for _ in 0..turns {
                    yield_now().await;
                }
            }
        }
        Ok(())
    }

    fn repair(&mut self, node: usize) {
        let Node { hub, row } = &mut self.nodes[node];
        row.repair(&self.store, hub);
    }

    /// As a server does: the new stay is saved first, while nothing is given.
    async fn join(&mut self, client: usize, room: usize, start: u64, from_snapshot: bool) {
        let Some(connection) = &self.clients[client].connection else { return };
        let (viewer, hub) = (Arc::clone(&connection.presence), connection.hub.clone());
        self.tickets += 1;
        let joined_at = viewer.given();
        let room_name = name(room);
        let stay =
            Stay { room: room_name.into(), ticket: self.tickets, start, joined_at, from_snapshot };
        let mut stays = viewer.stays(0).unwrap();
        stays.retain(|other| other.room != stay.room);
        stays.push(stay.clone());
        self.clients[client].kept = Some(stays);
        *self.clients[client].asking.entry(name(room)).or_default() += 1;
        let word = if from_snapshot { 'P' } else { 'S' };
        let reply = |at: Place| [Frame::bare(format!("{word}{room}:{};", at.ordinal))];
        let Place { seq, .. } = place(start);
        hub.join_stay(&viewer, stay, seq, view(), reply).await.unwrap();
    }

    async fn subscribe(&mut self, client: usize, room: usize, back: Option<u64>) {
        let Some(connection) = &self.clients[client].connection else { return };
        let (viewer, hub) = (Arc::clone(&connection.presence), connection.hub.clone());
        if viewer.cursor(&name(room), 0).is_some() && back.is_none() {
            return;
        }
        let _hold = hub.hold(&viewer, &name(room), 0);
        let head = hub.head(&name(room)).await.unwrap();
        assert_eq!(head, place(head.ordinal), "clients are told their own number");
        self.join(client, room, head.ordinal.saturating_sub(back.unwrap_or(0)), false).await;
    }

    async fn snapshot(&mut self, client: usize, room: usize) {
        let Some(connection) = &self.clients[client].connection else { return };
        let _hold = connection.hub.hold(&connection.presence, &name(room), 0);
        self.join(client, room, self.store.last(&name(room)), true).await;
    }

    async fn recover(
        &mut self,
        client: usize,
        node: usize,
        asks: Option<usize>,
    ) -> Result<(), String> {
        if self.clients[client].connection.is_some() {
            return Ok(());
        }
        let hub = self.nodes[node].hub.clone();
        let presence = hub.connect().unwrap();
        let socket = Socket::default();
        presence.attach(AnyStream::Boxed(Box::new(socket.clone())));
        let viewer = Arc::clone(&presence);
        let offset = self.clients[client].offset.clone();
        let hold = hub.hold(&viewer, "", 0);
        let recovered = match &self.clients[client].kept {
            Some(stays) => hub.recover(&viewer, stays, offset.as_ref(), view()).await.is_ok(),
            None => false,
        };
        if !recovered {
            self.clients[client].kept = Some(Vec::new());
            self.clients[client].map.clear();
            let stale = offset.map_or(0, |offset| offset.given());
            viewer.given_at_least(hub.position().max(stale));
        }
        self.clients[client].recovered += usize::from(recovered);
        drop(hold);
        for at in (0..ROOMS).filter_map(|room| viewer.cursor(&name(room), 0)) {
            assert_eq!(at, place(at.ordinal), "the number that clients know came back, too");
        }
        if let Some(room) = asks.filter(|_| recovered)
            && let Some(&ordinal) = self.clients[client].map.get(&name(room))
            && viewer.cursor(&name(room), 0).is_some()
            && !viewer.take_recovered(&name(room), 0, place(ordinal).seq)
        {
            return Err(format!("asked for {room}:{ordinal} and was not found level"));
        }
        let driver = tokio::spawn(async move {
            poll_fn(|cx| viewer.poll_drive(cx)).await;
        });
        self.clients[client].connection =
            Some(Connection { node, hub, presence, socket, read: 0, driver });
        Ok(())
    }

    /// All clients connect again, everything is published and taken; then every map is the store's.
    async fn settle(&mut self) -> Result<(), String> {
        (0..NODES).for_each(|node| self.repair(node));
        for client in 0..CLIENTS {
            self.recover(client, client % NODES, None).await?;
        }
        let (mut before, mut quiet) = (0, 0);
        while quiet < 3 {
            tokio::time::sleep(std::time::Duration::from_secs(5)).await;
            let mut now = 0;
            for client in &mut self.clients {
                now += client.read(ENOUGH)?;
            }
            quiet = if now == before { quiet + 1 } else { 0 };
            before = now;
        }
        for client in &self.clients {
            let connection = client.connection.as_ref().unwrap();
            if let Some(reason) = connection.presence.closed() {
                return Err(format!("was closed: {reason:?}"));
            }
            for (room, ordinal) in &client.map {
                if *ordinal != self.store.last(room) {
                    return Err(format!("ends at {room}:{ordinal} of {}", self.store.last(room)));
                }
            }
        }
        Ok(())
    }
}

fn run(steps: Vec<Step>) -> Result<usize, TestCaseError> {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime = builder.enable_time().start_paused(true).build();
    let runtime = runtime.map_err(|error| TestCaseError::fail(error.to_string()))?;
    runtime.block_on(async {
        let mut world = World::new();
        for step in steps {
            world.step(step).await.map_err(TestCaseError::fail)?;
        }
        world.settle().await.map_err(TestCaseError::fail)?;
        Ok(world.clients.iter().map(|client| client.recovered).sum())
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn whoever_comes_back_goes_on_exactly(steps in steps()) {
        run(steps)?;
    }
}
