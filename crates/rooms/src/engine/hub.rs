//! The hub: all rooms of this process, and the one place where events come in.
//!
//! `publish` is called by one feeder in the order of commits. It appends to the logs of the rooms
//! that exist, then moves the watermark, then starts passes: in this order, so that a reader that
//! reads the watermark first finds every event at or below it. Events of empty rooms cost a
//! look-up.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use crate::engine::pass;
use crate::engine::presence::Presence;
use crate::engine::repair;
use crate::engine::rooms::Rooms;
use crate::engine::services::Services;
use crate::engine::viewer::Viewer;
use crate::log::published::Published;
use crate::values::counters::{CloseReason, Stats};
use crate::values::event::{Audience, Event, Message};
use crate::values::history::History;
use crate::values::limits::Limits;
use crate::values::place::Place;
use crate::values::view::View;

/// All rooms and viewers. Cloning gives another handle to the same ones.
#[derive(Clone)]
pub struct Hub {
    pub(crate) rooms: Arc<Rooms<Viewer>>,
}

/// There are as many viewers as [`Limits::viewers_max`] allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there are too many viewers")]
pub struct Full;

impl Hub {
    /// A hub without rooms. `published_through` is the position of the last commit that the feeder
    /// will not publish because it happened before (0 for an empty store): events up to there that
    /// come from `history` are shown at once, later ones when the feeder has reached them.
    ///
    /// # Panics
    /// Outside a tokio runtime: the hub's tasks run on the one it is made in.
    pub fn new(limits: Limits, history: Arc<dyn History>, published_through: u64) -> Self {
        Self::in_epoch(limits, history, published_through, 0)
    }

    /// [`Hub::new`] on a store that may go back to an older state: `epoch` changes with that, and
    /// stands in every [`Offset`](crate::Offset).
    ///
    /// # Panics
    /// As [`Hub::new`].
    pub fn in_epoch(
        limits: Limits,
        history: Arc<dyn History>,
        published_through: u64,
        epoch: u32,
    ) -> Self {
        let published = Published::new(epoch, published_through);
        Self { rooms: Rooms::new(Services::new(limits, history, published)) }
    }

    /// A new viewer, in no room, with a pull transport until one is attached.
    pub fn connect(&self) -> Result<Presence, Full> {
        if !self.rooms.services.connected() {
            return Err(Full);
        }
        Ok(Presence::new(Viewer::new(Arc::clone(&self.rooms))))
    }

    /// Takes events in the order of their positions, from one feeder, without waiting.
    pub fn publish(&self, events: Vec<Event>) {
        let Some(through) = events.iter().map(|event| event.position).max() else { return };
        let touched = self.rooms.offer(events);
        self.published_through(through);
        for room in &touched {
            repair::start_if_needed(&self.rooms, room);
            pass::start(&self.rooms, room);
        }
        self.rooms.trim_logs();
    }

    /// Puts an event behind the last one of a room, numbered by the hub: for a hub without a feeder
    /// ([`NoHistory`](crate::NoHistory)), from any thread. False if the room is empty.
    pub fn append(&self, room: &str, owner: Option<u128>, message: Arc<dyn Message>) -> bool {
        let room = self.rooms.append(room, |room, log, position| {
            let (name, place) = (Arc::clone(&room.name), log.next_counted());
            let known_at = Some(Instant::now());
            Event { room: name, place, is_counted: true, position, owner, message, known_at }
        });
        let Some(room) = room else { return false };
        pass::start(&self.rooms, &room);
        self.rooms.trim_logs();
        true
    }

    /// Notes that everything up to this position was published, or concerns no viewer here.
    pub fn published_through(&self, position: u64) {
        self.rooms.services.published().has_got_to(position);
    }

    /// The position up to which everything was published.
    pub fn position(&self) -> u64 {
        self.rooms.services.published().through()
    }

    /// The store's epoch, as in offsets.
    pub fn epoch(&self) -> u32 {
        self.rooms.services.published().epoch
    }

    /// The place behind the last event in a room's log, if the room has viewers.
    pub fn head_if_open(&self, room: &str) -> Option<Place> {
        let room = self.rooms.find(room)?;
        let log = room.log.lock();
        (room.log.is_open() && !log.has_hole()).then(|| log.head())
    }

    /// Leaves a room. False if the viewer was not in it on this channel.
    pub fn leave(&self, viewer: &Arc<Viewer>, room: &str, channel: u8) -> bool {
        viewer.with(|state, effects| {
            let at = state.members.iter().position(|member| member.is_in(room, channel));
            at.map(|at| state.leave(at, effects)).is_some()
        })
    }

    /// Leaves all rooms that were joined on this channel.
    pub fn leave_channel(&self, viewer: &Arc<Viewer>, channel: u8) {
        viewer.with(|state, effects| {
            while let Some(at) =
                state.members.iter().position(|member| member.view.channel == channel)
            {
                state.leave(at, effects);
            }
        });
    }

    /// From now on shows a viewer its rooms on this channel in another view: as a token ends, a
    /// role changes. The encoding stays, and so do the cursors.
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
        Stats { rooms: self.rooms.len(), ..self.rooms.services.stats() }
    }

    /// Calls `see` with every room's name and number of viewers.
    pub fn each_room(&self, mut see: impl FnMut(&str, usize)) {
        for room in self.rooms.all() {
            see(&room.log.name, room.viewers());
        }
    }

    /// Ends every viewer that is in a room, stops the hub's tasks and waits for them.
    pub async fn shutdown(&self) {
        let tasks = &self.rooms.services.tasks;
        tasks.stopping.cancel();
        for room in self.rooms.all() {
            let mut viewers = Vec::new();
            room.chunk(0, usize::MAX, &mut viewers);
            for viewer in viewers {
                viewer.end([], CloseReason::Shutdown);
            }
        }
        tasks.ended().await;
    }
}

impl fmt::Debug for Hub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hub").field("stats", &self.stats()).finish_non_exhaustive()
    }
}
