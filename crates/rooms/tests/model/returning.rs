//! Clients that lose their connections at any byte, and come back with the one offset that they
//! have: whatever happened, each has got every event of its rooms once and in order.
//!
//! The client does only what a stock one does: it keeps the last offset that came with an event,
//! even into a session that was not recovered. What is kept for it is what a server would write
//! down. The whole engine may be lost at any time; the store is not.

use std::collections::HashMap;
use std::future::poll_fn;
use std::sync::Arc;

use proptest::prelude::*;
use rooms::{AnyStream, Audience, Frame, Hub, Limits, Offset, Place, Presence, Stay, View};
use tokio::task::{JoinHandle, yield_now};

use crate::fakes::{RETURNING, Socket, Store, place};
use crate::world::name;

const ROOMS: usize = 3;
const CLIENTS: usize = 2;
const ENOUGH: usize = 1 << 40;

#[derive(Clone, Debug)]
enum Step {
    Commit(usize),
    Publish(usize),
    /// At the head, or so many events before it.
    Subscribe(usize, usize, Option<u64>),
    /// The same, but what was asked for starts with a snapshot at the head.
    Snapshot(usize, usize),
    Leave(usize, usize),
    Drain(usize, usize),
    /// The connection is lost; what the socket had not taken never arrives.
    Cut(usize),
    /// Comes back, if it was cut; and asks on the way to go on in this room, if there is one.
    Return(usize, Option<usize>),
    /// What was kept for it is lost: it comes back to a new session, with its old offset.
    Forget(usize),
    /// The process dies.
    Crash,
    Run(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let room = || 0..ROOMS;
    let client = || 0..CLIENTS;
    let step = prop_oneof![
        10 => room().prop_map(Step::Commit),
        8 => (1usize..6).prop_map(Step::Publish),
        3 => (client(), room()).prop_map(|(c, r)| Step::Subscribe(c, r, None)),
        3 => (client(), room(), 0u64..8).prop_map(|(c, r, back)| Step::Subscribe(c, r, Some(back))),
        1 => (client(), room()).prop_map(|(c, r)| Step::Snapshot(c, r)),
        1 => (client(), room()).prop_map(|(c, r)| Step::Leave(c, r)),
        5 => (client(), 1usize..60).prop_map(|(c, bytes)| Step::Drain(c, bytes)),
        3 => client().prop_map(Step::Cut),
        5 => (client(), prop::option::of(room())).prop_map(|(c, r)| Step::Return(c, r)),
        1 => client().prop_map(Step::Forget),
        1 => Just(Step::Crash),
        5 => (0usize..12).prop_map(Step::Run),
    ];
    prop::collection::vec(step, 1..100)
}

struct World {
    store: Arc<Store>,
    hub: Hub,
    unpublished: Vec<rooms::Event>,
    clients: Vec<Client>,
    tickets: u64,
}

#[derive(Default)]
struct Client {
    connection: Option<Connection>,
    /// What a server keeps for it: `None` if it was forgotten.
    kept: Option<Vec<Stay>>,
    offset: Option<Offset>,
    /// Room to the last ordinal that it knows.
    map: HashMap<String, u64>,
    /// Rooms that it has asked to start anew in or to leave, and how many confirmations are still to come.
    asking: HashMap<String, usize>,
    recovered: usize,
}

struct Connection {
    presence: Presence,
    socket: Socket,
    read: usize,
    driver: JoinHandle<()>,
}

fn hub(store: &Arc<Store>) -> Hub {
    let limits = Limits {
        log_events_max: 4,
        page_events_max: 3,
        pages_at_once_max: 2,
        waiting_events_max: 3,
        pass_chunk_viewers: 1,
        write_bytes_max: 60,
        ..Limits::default()
    };
    Hub::new(limits, Arc::clone(store) as _, store.end())
}

fn view() -> View {
    View { encoding: RETURNING, audience: Audience::Public, identity: None, channel: 0 }
}

impl World {
    fn new() -> Self {
        let store = Arc::new(Store::default());
        let hub = hub(&store);
        let clients = (0..CLIENTS).map(|_| Client::default()).collect();
        Self { store, hub, unpublished: Vec::new(), clients, tickets: 0 }
    }

    async fn step(&mut self, step: Step) -> Result<(), String> {
        match step {
            Step::Commit(room) => self.unpublished.push(self.store.commit(&name(room))),
            Step::Publish(count) => {
                let count = count.min(self.unpublished.len());
                self.hub.publish(self.unpublished.drain(..count).collect());
            }
            Step::Subscribe(client, room, back) => self.subscribe(client, room, back).await,
            Step::Snapshot(client, room) => self.snapshot(client, room).await,
            Step::Leave(client, room) => {
                let Some(connection) = &self.clients[client].connection else { return Ok(()) };
                if self.hub.leave(&connection.presence, &name(room), 0) {
                    connection.presence.send(Frame::bare(format!("L{room}:0;")));
                    self.clients[client].kept = connection.presence.stays(0).ok();
                    *self.clients[client].asking.entry(name(room)).or_default() += 1;
                }
            }
            Step::Drain(client, bytes) => {
                self.clients[client].read(bytes)?;
            }
            Step::Cut(client) => self.clients[client].cut()?,
            Step::Return(client, asks) => self.come_back(client, asks).await?,
            Step::Forget(client) => self.clients[client].kept = None,
            Step::Crash => {
                for client in &mut self.clients {
                    client.cut()?;
                }
                self.unpublished.clear();
                self.hub = hub(&self.store);
            }
            Step::Run(turns) => {
                for _ in 0..turns {
                    yield_now().await;
                }
            }
        }
        Ok(())
    }

    /// As a server does: what is about to be is written down first, while nothing is given.
    async fn join(&mut self, client: usize, room: usize, start: u64, from_snapshot: bool) {
        let Some(connection) = &self.clients[client].connection else { return };
        let viewer = Arc::clone(&connection.presence);
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
        self.hub.join_stay(&viewer, stay, seq, view(), reply).await.unwrap();
    }

    async fn subscribe(&mut self, client: usize, room: usize, back: Option<u64>) {
        let Some(connection) = &self.clients[client].connection else { return };
        let viewer = Arc::clone(&connection.presence);
        if viewer.cursor(&name(room), 0).is_some() && back.is_none() {
            return;
        }
        let _hold = self.hub.hold(&viewer, &name(room), 0);
        let head = self.hub.head(&name(room)).await.unwrap();
        assert_eq!(head, place(head.ordinal), "clients are told their own number");
        self.join(client, room, head.ordinal.saturating_sub(back.unwrap_or(0)), false).await;
    }

    async fn snapshot(&mut self, client: usize, room: usize) {
        let Some(connection) = &self.clients[client].connection else { return };
        let _hold = self.hub.hold(&connection.presence, &name(room), 0);
        self.join(client, room, self.store.last(&name(room)), true).await;
    }

    async fn come_back(&mut self, client: usize, asks: Option<usize>) -> Result<(), String> {
        if self.clients[client].connection.is_some() {
            return Ok(());
        }
        let presence = self.hub.connect().unwrap();
        let socket = Socket::default();
        presence.attach(AnyStream::Boxed(Box::new(socket.clone())));
        let viewer = Arc::clone(&presence);
        let offset = self.clients[client].offset.clone();
        let hold = self.hub.hold(&viewer, "", 0);
        let recovered = match &self.clients[client].kept {
            Some(stays) => self.hub.resume(&viewer, stays, offset.as_ref(), view()).await.is_ok(),
            None => false,
        };
        if !recovered {
            self.clients[client].kept = Some(Vec::new());
            self.clients[client].map.clear();
            let stale = offset.map_or(0, |offset| offset.given());
            viewer.given_at_least(self.hub.position().max(stale));
        }
        self.clients[client].recovered += usize::from(recovered);
        drop(hold);
        for at in (0..ROOMS).filter_map(|room| viewer.cursor(&name(room), 0)) {
            assert_eq!(at, place(at.ordinal), "the number that clients know came back, too");
        }
        if let Some(room) = asks.filter(|_| recovered)
            && let Some(&ordinal) = self.clients[client].map.get(&name(room))
            && viewer.cursor(&name(room), 0).is_some()
            && !viewer.was_resumed(&name(room), 0, place(ordinal).seq)
        {
            return Err(format!("asked for {room}:{ordinal} and was not found level"));
        }
        let driver = tokio::spawn(async move {
            poll_fn(|cx| viewer.poll_drive(cx)).await;
        });
        self.clients[client].connection = Some(Connection { presence, socket, read: 0, driver });
        Ok(())
    }

    /// Everybody comes back, everything is published and taken; then every map is the store's.
    async fn settle(&mut self) -> Result<(), String> {
        self.hub.publish(std::mem::take(&mut self.unpublished));
        for client in 0..CLIENTS {
            self.come_back(client, None).await?;
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

impl Client {
    /// Lets the socket take so many bytes and reads what has come. How much that is in all.
    fn read(&mut self, bytes: usize) -> Result<usize, String> {
        let Some(connection) = &mut self.connection else { return Ok(0) };
        connection.socket.drain(bytes);
        let written = connection.socket.written();
        while let Some(end) = written[connection.read..].find(';') {
            let frame = &written[connection.read..connection.read + end];
            connection.read += end + 1;
            understand(frame, &mut self.map, &mut self.asking, &mut self.offset)
                .map_err(|fault| format!("{fault} in {written}"))?;
        }
        Ok(written.len())
    }

    fn cut(&mut self) -> Result<(), String> {
        // What the socket has taken is on its way and may still be read.
        self.read(0)?;
        if let Some(connection) = self.connection.take() {
            connection.driver.abort();
        }
        // Who was cut before the confirmation came does not know where it starts.
        for (room, _) in self.asking.drain().filter(|(_, pending)| *pending > 0) {
            self.map.remove(&room);
        }
        Ok(())
    }
}

fn understand(
    frame: &str,
    map: &mut HashMap<String, u64>,
    asking: &mut HashMap<String, usize>,
    offset: &mut Option<Offset>,
) -> Result<(), String> {
    let torn = || format!("torn {frame}");
    let (kind, rest) = frame.split_at(1);
    let (rest, with) = rest.split_once('@').unwrap_or((rest, ""));
    let (room, ordinal) = rest.split_once(':').ok_or_else(torn)?;
    let ordinal: u64 = ordinal.parse().map_err(|_| torn())?;
    match kind {
        "S" | "P" => {
            *asking.entry(room.to_owned()).or_default() -= 1;
            map.insert(room.to_owned(), ordinal);
        }
        "L" => {
            *asking.entry(room.to_owned()).or_default() -= 1;
            map.remove(room);
        }
        "E" => {
            let expected = map.insert(room.to_owned(), ordinal).map(|last| last + 1);
            if expected.is_some_and(|expected| expected != ordinal) {
                return Err(format!("{frame} instead of {expected:?}"));
            }
            *offset = Some(with.parse().map_err(|_| torn())?);
        }
        _ => return Err(torn()),
    }
    Ok(())
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

/// The traps, one by one. Every client is recovered each time that it comes back.
#[test]
#[rustfmt::skip]
fn small_stories() {
    use Step::*;
    let stories: [(&[Step], usize); 6] = [
        // No event yet, so no offset.
        (&[Return(0, None), Subscribe(0, 0, None), Drain(0, 99), Cut(0), Commit(0), Publish(9),
           Return(0, None)], 1),
        // What was written was not received.
        (&[Return(0, None), Subscribe(0, 0, None), Drain(0, 13), Commit(0), Commit(0), Publish(9), Run(9),
           Drain(0, 3), Cut(0), Return(0, None)], 1),
        // Back in one room while ahead in another: one position cannot say both.
        (&[Commit(1), Commit(1), Commit(1), Publish(9), Return(0, None), Subscribe(0, 0, None), Commit(0),
           Publish(9), Run(9), Drain(0, 99), Subscribe(0, 1, Some(3)), Run(9), Drain(0, 25), Cut(0),
           Return(0, None), Run(9), Drain(0, 30), Cut(0)], 2),
        // An old offset in a session that was not recovered, and a start before it.
        (&[Return(0, None), Subscribe(0, 0, None), Commit(0), Commit(0), Publish(9), Run(9), Drain(0, 99), Cut(0),
           Forget(0), Return(0, None), Subscribe(0, 0, Some(2)), Drain(0, 4), Cut(0)], 1),
        // The client asks to go on from what it knew before it saw what was sent on coming back.
        (&[Return(0, None), Subscribe(0, 0, None), Commit(0), Publish(9), Run(9), Drain(0, 99), Cut(0), Commit(0),
           Publish(9), Return(0, Some(0)), Run(9)], 1),
        // The process dies between the commit and the telling.
        (&[Return(0, None), Subscribe(0, 0, None), Run(9), Drain(0, 99), Commit(0), Crash], 1),
    ];
    for (story, recovered) in stories {
        // The other client comes once, at the end.
        assert_eq!(run(story.to_vec()).unwrap(), recovered, "{story:?}");
    }
}
