//! Coming into a room: the cursor is set and the confirmation stands before the first event.
//!
//! A room is put into the hub before history is asked for its head; what is published meanwhile
//! waits in the log. Everyone who joins while it opens shares that one answer. Events before the
//! log's tail are read back into the log once for everyone, as long as it has room for them.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::entry::Gauge;
use crate::frame::Frame;
use crate::history::HistoryError;
use crate::hub::{Engine, Hub};
use crate::member::{Kept, Member, View};
use crate::place::Place;
use crate::room::{Opening, Room};
use crate::viewer::{Phase, Viewer};

/// A longer name cannot be the name of a room.
const ROOM_NAME_BYTES_MAX: usize = 256;

/// Where a viewer starts in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// At the head: the next event is the next one that is published. If the viewer is already in
    /// the room, where it is.
    Head,
    /// At this place, also if the viewer is already in the room.
    After(Place),
}

/// Why a viewer is not in a room.
#[derive(Clone, Debug, thiserror::Error)]
pub enum JoinError {
    /// History knows no such room.
    #[error("there is no such room")]
    UnknownRoom,
    /// The viewer is in as many rooms as it may be.
    #[error("the viewer is in too many rooms")]
    TooManyRooms,
    /// The viewer claims to have seen events that do not exist.
    #[error("the room's last event is {head}, before the asked-for start")]
    Ahead {
        /// The ordinal of the room's last event.
        head: u64,
    },
    /// The events behind the asked-for start are too many, or no longer kept.
    #[error("the asked-for start is too far before the room's last event {head}")]
    Behind {
        /// The ordinal of the room's last event.
        head: u64,
    },
    /// The offset was given before the store went back to an older state.
    #[error("the offset is of another epoch of the store")]
    OtherEpoch,
    /// History did not answer.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// The viewer was closed.
    #[error("the viewer is closed")]
    Closed,
}

impl Hub {
    /// Brings a viewer into a room. `reply` makes the packets that confirm it from the place where the
    /// viewer starts: they are written before the next event, and nothing of this room is written
    /// between the cursor being set and them. It is called under locks: it must only encode. Returns
    /// that place.
    pub async fn join<R>(
        &self,
        viewer: &Arc<Viewer>,
        room: &str,
        start: Start,
        view: View,
        reply: impl FnOnce(Place) -> R + Send,
    ) -> Result<Place, JoinError>
    where
        R: IntoIterator<Item = Frame>,
    {
        if viewer.state.lock().phase != Phase::Open {
            return Err(JoinError::Closed);
        }
        let pin = Pin::open(&self.engine, room).await?;
        if let Start::After(place) = start {
            reach(&self.engine, &pin.room, place.ordinal).await?;
        }
        enter(viewer, &pin.room, start, view, None, reply)
    }
}

/// Sets the cursor and puts the confirmation behind everything that was written before.
pub(crate) fn enter<R: IntoIterator<Item = Frame>>(
    viewer: &Arc<Viewer>,
    room: &Arc<Room>,
    start: Start,
    view: View,
    kept: Option<Kept>,
    reply: impl FnOnce(Place) -> R,
) -> Result<Place, JoinError> {
    let engine = &viewer.engine;
    viewer.with(|state, after| {
        if state.phase != Phase::Open {
            return Err(JoinError::Closed);
        }
        let is_full = state.members.len() >= engine.limits.rooms_per_viewer_max;
        let present = state.members.iter_mut().find(|member| member.is(room, view.channel));
        let kept = kept.map(Box::new);
        let at = match (present, start) {
            (Some(member), Start::Head) => member.at,
            (Some(member), Start::After(place)) => {
                if let Some(outbox) = &mut state.outbox {
                    outbox.open_fences_of(member);
                }
                member.restart_at(place, kept);
                place
            }
            (None, _) if is_full => return Err(JoinError::TooManyRooms),
            (None, _) => {
                let mut core = room.core.lock();
                if core.log.has_ended() {
                    return Err(JoinError::UnknownRoom);
                }
                let slot = core.slots.insert(viewer).ok_or(JoinError::TooManyRooms)?;
                let at = match start {
                    // Read under the core's lock: a pass that began later finds the place taken.
                    Start::Head => core.log.visible_head(engine.watermark.load(Ordering::Acquire)),
                    Start::After(place) => place,
                };
                let room = Arc::clone(room);
                drop(core);
                let (paging, page) = (false, None);
                state.members.push(Member { room, at, slot, view, paging, page, kept });
                at
            }
        };
        if viewer.put(state, reply(at), after) { Ok(at) } else { Err(JoinError::Closed) }
    })
}

async fn opened(engine: &Arc<Engine>, room: &Arc<Room>) -> Opening {
    let ask = || async {
        match engine.history.head(&room.name).await {
            Ok(None) => Opening::Unknown,
            Err(error) => Opening::Failed(error),
            Ok(Some(head)) => {
                room.core.lock().log.open(head);
                engine.start_repair(room);
                Opening::Open
            }
        }
    };
    room.opening.get_or_init(ask).await.clone()
}

/// Makes sure that a viewer can start behind the event with this ordinal.
pub(crate) async fn reach(engine: &Engine, room: &Room, ordinal: u64) -> Result<(), JoinError> {
    if ordinal == u64::MAX {
        return Err(JoinError::Ahead { head: bounds(room).0 });
    }
    let (head, first) = bounds(room);
    if ordinal > head {
        // The store may be ahead of what has been published here.
        let stored = engine.history.head(&room.name).await?.map_or(0, |head| head.ordinal);
        return if ordinal > stored { Err(JoinError::Ahead { head: stored }) } else { Ok(()) };
    }
    if head - ordinal > engine.limits.backlog_events_max {
        return Err(JoinError::Behind { head });
    }
    if ordinal + 1 >= first {
        return Ok(());
    }
    let _alone = room.reaching.lock().await;
    let (head, first) = bounds(room);
    if ordinal + 1 >= first {
        return Ok(());
    }
    let missing = usize::try_from(first - ordinal - 1).unwrap_or(usize::MAX);
    let room_left = engine.limits.log_events_max.saturating_sub(room.core.lock().log.len());
    // If it does not fit into the log, the viewer reads it page by page for itself; here it is only
    // made sure that the first page is still kept.
    let wanted = if missing <= room_left { missing } else { 1 };
    let mut older = Vec::new();
    while older.len() < wanted {
        let after = ordinal + older.len() as u64;
        let limit = (wanted - older.len()).min(engine.limits.page_events_max);
        let page = engine.history.read(&room.name, after, limit).await?;
        if page.first().is_none_or(|event| event.place.ordinal != after + 1) {
            return Err(JoinError::Behind { head });
        }
        older.extend(page.into_iter().take(limit));
    }
    if wanted == missing {
        room.core.lock().log.prepend(older);
    }
    Ok(())
}

fn bounds(room: &Room) -> (u64, u64) {
    let core = room.core.lock();
    (core.log.head().ordinal, core.log.first())
}

/// Keeps a room while someone is on the way into it.
pub(crate) struct Pin {
    engine: Arc<Engine>,
    pub(crate) room: Arc<Room>,
}

impl Pin {
    /// The room, once it is known how far it is.
    pub(crate) async fn open(engine: &Arc<Engine>, name: &str) -> Result<Self, JoinError> {
        if name.len() > ROOM_NAME_BYTES_MAX {
            return Err(JoinError::UnknownRoom);
        }
        let pin = Self::new(engine, name);
        match opened(engine, &pin.room).await {
            // Somebody slow may still be on the way to its end.
            Opening::Open if pin.room.core.lock().log.has_ended() => Err(JoinError::UnknownRoom),
            Opening::Open => Ok(pin),
            Opening::Unknown => Err(JoinError::UnknownRoom),
            Opening::Failed(error) => Err(error.into()),
        }
    }

    fn new(engine: &Arc<Engine>, name: &str) -> Self {
        let mut rooms = engine.rooms.lock();
        let all_logs: &Arc<Gauge> = &engine.logs;
        let room = match rooms.get(name) {
            Some(room) => Arc::clone(room),
            None => {
                let room = Room::new(name, &engine.limits, all_logs);
                rooms.insert(Arc::clone(&room.name), Arc::clone(&room));
                room
            }
        };
        room.core.lock().pins += 1;
        drop(rooms);
        Self { engine: Arc::clone(engine), room }
    }
}

impl std::fmt::Debug for Pin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pin({})", self.room.name)
    }
}

impl Drop for Pin {
    fn drop(&mut self) {
        let deserted = {
            let mut core = self.room.core.lock();
            core.pins -= 1;
            core.is_deserted()
        };
        if deserted {
            self.engine.forget(&self.room);
        }
    }
}
