//! The hub: all rooms of this process, and the one place where events come in.
//!
//! `publish` is called by one feeder in the order of commits. It appends to the logs of the rooms
//! that exist, then moves the watermark, then starts passes: in this order, so that whoever reads
//! the watermark first finds every event at or below it. Events of rooms that nobody is in cost a
//! look-up.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use parking_lot::Mutex;
use smallvec::SmallVec;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::counters::{CloseReason, Counters, Stats};
use crate::entry::Gauge;
use crate::event::{Audience, Event, Message};
use crate::history::History;
use crate::limits::Limits;
use crate::member::View;
use crate::pages::Pages;
use crate::pass;
use crate::place::Place;
use crate::presence::Presence;
use crate::repair;
use crate::room::Room;
use crate::viewer::Viewer;

/// All rooms and viewers. Cloning gives another handle to the same ones.
#[derive(Clone)]
pub struct Hub {
    pub(crate) engine: Arc<Engine>,
}

/// There are as many viewers as [`Limits::viewers_max`] allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there are too many viewers")]
pub struct Full;

impl Hub {
    /// A hub without rooms. `published_through` is the position of the last commit that the feeder
    /// will not publish because it happened before (0 for an empty store): events up to there that
    /// come from `history` are shown at once, later ones when the feeder has got that far.
    ///
    /// # Panics
    /// Outside a tokio runtime: the hub's tasks run on the one it is made in.
    pub fn new(limits: Limits, history: Arc<dyn History>, published_through: u64) -> Self {
        Self::in_epoch(limits, history, published_through, 0)
    }

    /// [`Hub::new`] on a store that may go back to an older state: `epoch` is another one after that,
    /// and stands in every [`Offset`](crate::Offset).
    ///
    /// # Panics
    /// As [`Hub::new`].
    pub fn in_epoch(
        limits: Limits,
        history: Arc<dyn History>,
        published_through: u64,
        epoch: u32,
    ) -> Self {
        let limits = limits.at_least_one();
        let engine = Engine {
            pages: Pages::new(limits.pages_at_once_max),
            limits,
            epoch,
            history,
            rooms: Mutex::default(),
            watermark: AtomicU64::new(published_through),
            counters: Counters::default(),
            viewers: AtomicUsize::new(0),
            logs: Arc::default(),
            tasks: TaskTracker::new(),
            stopping: CancellationToken::new(),
            runtime: Handle::current(),
        };
        Self { engine: Arc::new(engine) }
    }

    /// A new viewer, in no room, with a pull transport until one is attached.
    pub fn connect(&self) -> Result<Presence, Full> {
        let engine = &self.engine;
        let max = engine.limits.viewers_max;
        let more = |viewers| (viewers < max).then_some(viewers + 1);
        engine.viewers.fetch_update(Ordering::AcqRel, Ordering::Acquire, more).map_err(|_| Full)?;
        Ok(Presence::new(Viewer::new(Arc::clone(engine))))
    }

    /// Takes events in the order of their positions, from one feeder, without waiting.
    pub fn publish(&self, events: Vec<Event>) {
        let engine = &self.engine;
        let Some(through) = events.iter().map(|event| event.position).max() else { return };
        let mut touched = SmallVec::<[Arc<Room>; 4]>::new();
        {
            let rooms = engine.rooms.lock();
            for event in events {
                let Some(room) = rooms.get(&event.room) else { continue };
                room.core.lock().log.offer(event);
                if !touched.iter().rev().any(|seen| Arc::ptr_eq(seen, room)) {
                    touched.push(Arc::clone(room));
                }
            }
        }
        self.published_through(through);
        for room in &touched {
            engine.start_repair(room);
            engine.start_pass(room);
        }
        if engine.logs.bytes() > engine.limits.logs_bytes_max {
            engine.halve_logs();
        }
    }

    /// Puts an event behind the last one of a room, numbered by the hub: for a hub without a feeder
    /// ([`NoHistory`](crate::NoHistory)), from any thread. False if nobody is in the room.
    pub fn append(&self, room: &str, owner: Option<u128>, message: Arc<dyn Message>) -> bool {
        let engine = &self.engine;
        let room = {
            // Held to the end: positions are in the order in which the logs are.
            let rooms = engine.rooms.lock();
            let Some(room) = rooms.get(room) else { return false };
            let position = engine.watermark.load(Ordering::Acquire) + 1;
            let mut core = room.core.lock();
            let (name, place) = (Arc::clone(&room.name), core.log.next_counted());
            let event = Event { room: name, place, is_counted: true, position, owner, message };
            core.log.offer(event);
            drop(core);
            self.published_through(position);
            Arc::clone(room)
        };
        engine.start_pass(&room);
        if engine.logs.bytes() > engine.limits.logs_bytes_max {
            engine.halve_logs();
        }
        true
    }

    /// Tells that everything up to this position has been published, or concerns nobody here.
    pub fn published_through(&self, position: u64) {
        self.engine.watermark.fetch_max(position, Ordering::AcqRel);
    }

    /// Up to which position everything has been published.
    pub fn position(&self) -> u64 {
        self.engine.watermark.load(Ordering::Acquire)
    }

    /// The store's epoch, as offsets tell it.
    pub fn epoch(&self) -> u32 {
        self.engine.epoch
    }

    /// The place behind the last event in a room's log, if somebody is in the room.
    pub fn head_if_open(&self, room: &str) -> Option<Place> {
        let room = self.engine.rooms.lock().get(room).cloned()?;
        let core = room.core.lock();
        (room.is_open() && !core.log.has_hole()).then(|| core.log.head())
    }

    /// Leaves a room. False if the viewer was not in it on this channel.
    pub fn leave(&self, viewer: &Arc<Viewer>, room: &str, channel: u8) -> bool {
        viewer.with(|state, after| {
            let at = state.members.iter().position(|member| member.is_in(room, channel));
            at.map(|at| state.leave(at, after)).is_some()
        })
    }

    /// Leaves all rooms that were joined on this channel.
    pub fn leave_channel(&self, viewer: &Arc<Viewer>, channel: u8) {
        viewer.with(|state, after| {
            while let Some(at) =
                state.members.iter().position(|member| member.view.channel == channel)
            {
                state.leave(at, after);
            }
        });
    }

    /// Shows its rooms on this channel to a viewer in another way from now on: as a token ends, a role
    /// changes. The encoding stays, and so do the cursors.
    pub fn show_as(
        &self,
        viewer: &Arc<Viewer>,
        channel: u8,
        audience: Audience,
        identity: Option<u128>,
    ) {
        viewer.with(|state, _| {
            for member in state.members.iter_mut().filter(|member| member.view.channel == channel) {
                member.view = View { audience, identity, ..member.view };
            }
        });
    }

    /// The counters now.
    pub fn stats(&self) -> Stats {
        let mut stats = Stats {
            viewers: self.engine.viewers.load(Ordering::Relaxed),
            rooms: self.engine.rooms.lock().len(),
            log_bytes: self.engine.logs.bytes(),
            page_bytes: self.engine.pages.bytes(),
            ..Stats::default()
        };
        self.engine.counters.fill(&mut stats);
        stats
    }

    /// Shows every room's name and number of viewers.
    pub fn each_room(&self, mut see: impl FnMut(&str, usize)) {
        for room in self.engine.all_rooms() {
            let viewers = room.core.lock().slots.len();
            see(&room.name, viewers);
        }
    }

    /// Ends every viewer that is in a room, stops the hub's tasks and waits for them.
    pub async fn shutdown(&self) {
        self.engine.stopping.cancel();
        for room in self.engine.all_rooms() {
            let mut viewers = Vec::new();
            room.core.lock().slots.chunk(0, usize::MAX, &mut viewers);
            for viewer in viewers {
                viewer.end([], CloseReason::Shutdown);
            }
        }
        self.engine.tasks.close();
        self.engine.tasks.wait().await;
    }
}

impl fmt::Debug for Hub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hub").field("stats", &self.stats()).finish_non_exhaustive()
    }
}

/// What all handles, viewers and tasks of one hub share.
pub(crate) struct Engine {
    pub(crate) limits: Limits,
    pub(crate) epoch: u32,
    pub(crate) history: Arc<dyn History>,
    pub(crate) rooms: Mutex<HashMap<Arc<str>, Arc<Room>>>,
    pub(crate) watermark: AtomicU64,
    pub(crate) counters: Counters,
    pub(crate) logs: Arc<Gauge>,
    pub(crate) pages: Pages,
    pub(crate) stopping: CancellationToken,
    viewers: AtomicUsize,
    tasks: TaskTracker,
    runtime: Handle,
}

impl Engine {
    /// Runs a task of the hub's own, unless the hub is stopping. The feeder may be any thread.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        if !self.stopping.is_cancelled() {
            self.tasks.spawn_on(task, &self.runtime);
        }
    }

    pub(crate) fn start_pass(self: &Arc<Self>, room: &Arc<Room>) {
        if room.request_pass() {
            self.spawn(pass::run(Arc::clone(self), Arc::clone(room)));
        }
    }

    pub(crate) fn start_repair(self: &Arc<Self>, room: &Arc<Room>) {
        let needed = {
            let mut core = room.core.lock();
            let needed = core.log.has_hole() && !core.repairing;
            core.repairing |= needed;
            needed
        };
        if needed {
            self.spawn(repair::run(Arc::clone(self), Arc::clone(room)));
        }
    }

    /// Frees a viewer's place; the room goes with its last viewer.
    pub(crate) fn vacate(&self, room: &Arc<Room>, slot: u32) {
        let deserted = {
            let mut core = room.core.lock();
            core.slots.remove(slot);
            core.is_deserted()
        };
        if deserted {
            self.forget(room);
        }
    }

    /// Removes a room if still nobody is in it or on the way into it.
    pub(crate) fn forget(&self, room: &Arc<Room>) {
        let mut rooms = self.rooms.lock();
        let same = rooms.get(&room.name).is_some_and(|found| Arc::ptr_eq(found, room));
        if same && room.core.lock().is_deserted() {
            rooms.remove(&room.name);
            self.pages.forget(room);
            if rooms.len() * 4 < rooms.capacity() {
                rooms.shrink_to_fit();
            }
        }
    }

    pub(crate) fn disconnected(&self, reason: CloseReason) {
        self.viewers.fetch_sub(1, Ordering::AcqRel);
        self.counters.closed(reason);
    }

    fn all_rooms(&self) -> Vec<Arc<Room>> {
        self.rooms.lock().values().cloned().collect()
    }

    fn halve_logs(&self) {
        for room in self.all_rooms() {
            room.core.lock().log.halve();
        }
    }
}
