//! One engine, a few viewers, and the steps applied to them.

use std::future::poll_fn;
use std::sync::Arc;

use rooms::{
    AnyStream, Audience, Encoding, Frame, Hold, Hub, Limits, Place, Presence, Start, View,
};
use tokio::task::{JoinHandle, yield_now};

use crate::fakes::{Socket, Store, place};
use crate::row::Row;
use crate::steps::{PULLING, Step, VIEWERS};

const ENOUGH: usize = 1 << 40;

pub(crate) struct World {
    pub(crate) store: Arc<Store>,
    pub(crate) viewers: Vec<Seen>,
    hub: Hub,
    row: Row,
}

/// A viewer and what has reached it.
pub(crate) struct Seen {
    pub(crate) presence: Presence,
    socket: Socket,
    taken: String,
    /// The guard, the room, and the ordinal of the snapshot that was read under it.
    hold: Option<(Hold, usize, u64)>,
    joining: Option<JoinHandle<()>>,
    packets: usize,
    /// A cursor was set by hand since the last hold began.
    rejoined: bool,
    driver: Option<JoinHandle<()>>,
}

pub(crate) fn name(room: usize) -> String {
    room.to_string()
}

fn view() -> View {
    View { encoding: Encoding::new(0), audience: Audience::Public, identity: None, channel: 0 }
}

impl World {
    pub(crate) fn new() -> Self {
        let store = Arc::new(Store::default());
        let limits = Limits {
            log_events_max: 4,
            page_events_max: 3,
            pages_at_once_max: 2,
            waiting_events_max: 3,
            pass_chunk_viewers: 1,
            write_bytes_max: 25,
            ..Limits::default()
        };
        let hub = Hub::new(limits, Arc::clone(&store) as _, 0);
        let viewers = (0..VIEWERS).map(|index| Seen::new(&hub, index)).collect();
        Self { store, viewers, hub, row: Row::behind(0) }
    }

    pub(crate) async fn step(&mut self, step: Step) {
        match step {
            Step::Commit(room) => self.row.told(self.store.commit(&name(room))),
            Step::Publish(count) => self.row.arrive(count, &self.hub),
            Step::Lose => self.row.lose(),
            Step::Repeat => self.row.repeat(),
            Step::Reorder => self.row.reorder(),
            Step::Repair => self.row.repair(&self.store, &self.hub),
            Step::Join(viewer, room, back) => self.join(viewer, room, back).await,
            Step::Leave(viewer, room) => {
                self.viewers[viewer].joined().await;
                let seen = &self.viewers[viewer];
                if self.hub.leave(&seen.presence, &name(room), 0) {
                    seen.presence.send(Frame::bare(format!("L{room}:0;")));
                }
            }
            Step::Send(viewer) => {
                let seen = &mut self.viewers[viewer];
                seen.packets += 1;
                seen.presence.send(Frame::bare(format!("A0:{};", seen.packets)));
            }
            Step::Hold(viewer, room) => {
                let seen = &mut self.viewers[viewer];
                seen.rejoined = seen.joining.as_ref().is_some_and(|joining| !joining.is_finished());
                let hold = self.hub.hold(&seen.presence, &name(room), 0);
                seen.hold = Some((hold, room, self.store.last(&name(room))));
            }
            Step::Release(viewer) => self.release(viewer),
            Step::Drop(viewer) => self.viewers[viewer].hold = None,
            Step::Drain(viewer, bytes) => self.viewers[viewer].drain(bytes),
            Step::Run(turns) => run(turns).await,
        }
    }

    async fn join(&mut self, viewer: usize, room: usize, back: Option<u64>) {
        let seen = &mut self.viewers[viewer];
        // Joins of one viewer come one after the other, as its packets do.
        seen.joined().await;
        seen.rejoined = true;
        let head = self.store.last(&name(room));
        let start = back.map_or(Start::Head, |back| Start::After(place(head.saturating_sub(back))));
        let (hub, viewer) = (self.hub.clone(), Arc::clone(&seen.presence));
        seen.joining = Some(tokio::spawn(async move {
            let reply = |at: Place| {
                assert_eq!(at, place(at.ordinal), "clients are told their own number");
                [Frame::bare(format!("S{room}:{};", at.ordinal))]
            };
            hub.join(&viewer, &name(room), start, view(), reply).await.unwrap();
        }));
    }

    fn release(&mut self, viewer: usize) {
        let Some((hold, room, ordinal)) = self.viewers[viewer].hold.take() else { return };
        let placed = hold.release_at(ordinal, [Frame::bare(format!("P{room}:{ordinal};"))]);
        if let Err(passed) = placed {
            // Only if the application itself has set the cursor ahead under its own hold.
            assert!(self.viewers[viewer].rejoined, "{passed}");
        }
    }

    /// Publishes everything, lets every socket take everything, and waits until nothing moves.
    pub(crate) async fn settle(&mut self) {
        self.row.repair(&self.store, &self.hub);
        for viewer in &mut self.viewers {
            viewer.joined().await;
            viewer.hold = None;
        }
        let (mut before, mut quiet) = (0, 0);
        while quiet < 3 {
            for viewer in &mut self.viewers {
                viewer.drain(ENOUGH);
            }
            // Longer than any pause between two tries; time is not real here.
            tokio::time::sleep(std::time::Duration::from_secs(5)).await;
            let now = self.viewers.iter().map(|viewer| viewer.seen().len()).sum();
            quiet = if now == before { quiet + 1 } else { 0 };
            before = now;
        }
    }
}

impl Seen {
    fn new(hub: &Hub, index: usize) -> Self {
        let presence = hub.connect().unwrap();
        let socket = Socket::default();
        let driver = (index != PULLING).then(|| {
            presence.attach(AnyStream::Boxed(Box::new(socket.clone())));
            let viewer = Arc::clone(&presence);
            tokio::spawn(async move {
                poll_fn(|cx| viewer.poll_drive(cx)).await;
            })
        });
        let taken = String::new();
        Self {
            presence,
            socket,
            taken,
            hold: None,
            joining: None,
            packets: 0,
            rejoined: false,
            driver,
        }
    }

    async fn joined(&mut self) {
        if let Some(joining) = self.joining.take() {
            joining.await.unwrap();
        }
    }

    fn drain(&mut self, bytes: usize) {
        if self.driver.is_some() {
            self.socket.drain(bytes);
            return;
        }
        for frame in self.presence.take(bytes) {
            self.taken.push_str(std::str::from_utf8(&frame.payload()).unwrap());
        }
    }

    pub(crate) fn packets(&self) -> usize {
        self.packets
    }

    pub(crate) fn seen(&self) -> String {
        self.taken.clone() + &self.socket.written()
    }
}

impl Drop for Seen {
    fn drop(&mut self) {
        if let Some(driver) = &self.driver {
            driver.abort();
        }
    }
}

async fn run(turns: usize) {
    for _ in 0..turns {
        yield_now().await;
    }
}
