//! Coming back: a viewer of a new connection goes on in all its rooms exactly where the client of
//! the old one stopped receiving.
//!
//! Whoever keeps [`Stay`]s writes them down before the stay begins, while the viewer's events are
//! held back ([`Hub::hold`]): nothing is given between what was written down and the first event.
//! Coming back is all or nothing: if one room cannot be gone on with exactly, none is.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::frame::Frame;
use crate::history::HistoryError;
use crate::hub::{Engine, Hub};
use crate::join::{JoinError, Pin, Start, enter, reach};
use crate::member::{Kept, View};
use crate::offset::{OFFSET_CURSORS_MAX, Offset};
use crate::place::Place;
use crate::room::Room;
use crate::stay::{Reached, Stay};
use crate::viewer::{Phase, Viewer};

impl Hub {
    /// The place at which [`Start::Head`] would start now.
    pub async fn head(&self, room: &str) -> Result<Place, JoinError> {
        let pin = Pin::open(&self.engine, room).await?;
        let watermark = self.engine.watermark.load(Ordering::Acquire);
        let core = pin.room.core.lock();
        Ok(core.log.visible_head(watermark))
    }

    /// Makes sure that a viewer could start at this place; fails as [`Hub::join`] would.
    pub async fn can_start(&self, room: &str, place: Place) -> Result<(), JoinError> {
        let pin = Pin::open(&self.engine, room).await?;
        reach(&self.engine, &pin.room, place.ordinal).await
    }

    /// Like [`Hub::join`] behind [`Stay::start`], which clients know by this seq, for a stay that can
    /// be come back to.
    pub async fn join_stay<R>(
        &self,
        viewer: &Arc<Viewer>,
        stay: Stay,
        seq: u64,
        view: View,
        reply: impl FnOnce(Place) -> R + Send,
    ) -> Result<Place, JoinError>
    where
        R: IntoIterator<Item = Frame>,
    {
        let pin = Pin::open(&self.engine, &stay.room).await?;
        let start = Place { ordinal: stay.start, seq };
        reach(&self.engine, &pin.room, start.ordinal).await?;
        let kept = Kept { stay, resumed_after: None };
        enter(viewer, &pin.room, Start::After(start), view, Some(kept), reply)
    }

    /// Brings a viewer back into its rooms, each exactly behind what its client has received by the
    /// offset (`None` if it has received no event). The caller holds the viewer's events back, and
    /// releases them when the client has been told. On an error the viewer is in none of them.
    pub async fn resume(
        &self,
        viewer: &Arc<Viewer>,
        stays: &[Stay],
        offset: Option<&Offset>,
        view: View,
    ) -> Result<(), JoinError> {
        if offset.is_some_and(|offset| offset.epoch != self.engine.epoch) {
            return Err(JoinError::OtherEpoch);
        }
        for stay in stays {
            if let Err(error) = self.resume_one(viewer, stay, offset, view).await {
                self.leave_channel(viewer, view.channel);
                return Err(error);
            }
        }
        let told = offset.map_or(0, Offset::given);
        viewer.given_at_least(stays.iter().map(|stay| stay.joined_at).fold(told, u64::max));
        Ok(())
    }

    async fn resume_one(
        &self,
        viewer: &Arc<Viewer>,
        stay: &Stay,
        offset: Option<&Offset>,
        view: View,
    ) -> Result<(), JoinError> {
        let engine = &self.engine;
        let pin = Pin::open(engine, &stay.room).await?;
        let lost = || JoinError::Behind { head: pin.room.core.lock().log.head().ordinal };
        let ordinal = match stay.reached(offset) {
            Reached::Ordinal(ordinal) => ordinal,
            Reached::Position(position) => {
                let place = place_at(engine, &pin.room, position).await?.ok_or_else(lost)?;
                place.ordinal.max(stay.start)
            }
            Reached::Unknown => return Err(lost()),
        };
        reach(engine, &pin.room, ordinal).await?;
        // Only now: what was just read back into the log says it, too.
        let place = place(engine, &pin.room, ordinal).await?.ok_or_else(lost)?;
        let kept = Kept { stay: stay.clone(), resumed_after: Some(place.seq) };
        enter(viewer, &pin.room, Start::After(place), view, Some(kept), |_| []).map(drop)
    }

    /// Makes a room and its log last for as long as this is kept, even if nobody is in it. Only
    /// needed where history could not tell what happened meanwhile.
    pub async fn keep(&self, room: &str) -> Result<KeptRoom, JoinError> {
        Pin::open(&self.engine, room).await.map(KeptRoom)
    }

    /// True if events can be read back when no log keeps them.
    pub fn has_history(&self) -> bool {
        self.engine.history.keeps_events()
    }
}

/// Keeps a room and its log; see [`Hub::keep`].
#[derive(Debug)]
pub struct KeptRoom(#[expect(dead_code, reason = "it is there to be dropped")] Pin);

impl Viewer {
    /// The newest position of any event that the viewer has been given.
    pub fn given(&self) -> u64 {
        self.state.lock().given
    }

    /// Notes that its client may already know offsets up to this position.
    pub fn given_at_least(&self, position: u64) {
        let mut state = self.state.lock();
        state.given = state.given.max(position);
    }

    /// How far it has been given a room's events; `None` if it is not in it on this channel.
    pub fn cursor(&self, room: &str, channel: u8) -> Option<Place> {
        let state = self.state.lock();
        let member = state.members.iter().find(|member| member.is_in(room, channel));
        member.map(|member| member.at)
    }

    /// True if it may be in one more room.
    pub fn has_room_left(&self) -> bool {
        self.rooms() < self.engine.limits.rooms_per_viewer_max
    }

    /// True, once, if this connection came back to the room and has since given, or will give,
    /// everything behind `seq`: a client that asks to go on from there gets nothing twice if it is
    /// left where it is. It asked before it saw what it was sent on coming back. Told by the number
    /// that clients know: it says nothing of events that they do not count, and need not.
    pub fn was_resumed(&self, room: &str, channel: u8, seq: u64) -> bool {
        let mut state = self.state.lock();
        let found = state.members.iter_mut().find(|member| member.is_in(room, channel));
        let Some(member) = found else { return false };
        let given = member.at.seq;
        let resumed_after = member.kept.as_mut().and_then(|kept| kept.resumed_after.take());
        resumed_after.is_some_and(|after| (after..=given).contains(&seq))
    }

    /// The stays of a channel that can be come back to. Fails if they are too many for one offset, and
    /// once the viewer is closed: it has left its rooms then, and that is not what is to be kept.
    pub fn stays(&self, channel: u8) -> Result<Vec<Stay>, JoinError> {
        let state = self.state.lock();
        if state.phase != Phase::Open {
            return Err(JoinError::Closed);
        }
        let of_channel = state.members.iter().filter(|member| member.view.channel == channel);
        let stays: Vec<_> = of_channel
            .filter_map(|member| member.kept.as_ref().map(|kept| kept.stay.clone()))
            .collect();
        if stays.len() <= OFFSET_CURSORS_MAX { Ok(stays) } else { Err(JoinError::TooManyRooms) }
    }
}

/// The place in a room at or before a position. What history has to be asked for is read back
/// into the log, so that everyone who comes back to about the same point shares one read.
async fn place_at(
    engine: &Engine,
    room: &Room,
    position: u64,
) -> Result<Option<Place>, HistoryError> {
    // Read before the log: whatever is at or below it lies in the log already. A client that was on
    // another node may be ahead of it, and then the log does not know yet how far it got.
    let is_published = position <= engine.watermark.load(Ordering::Acquire);
    let known = || is_published.then(|| room.core.lock().log.place_at(position)).flatten();
    if let Some(place) = known() {
        return Ok(Some(place));
    }
    let _alone = room.reaching.lock().await;
    if let Some(place) = known() {
        return Ok(Some(place));
    }
    let (first, empty) = {
        let core = room.core.lock();
        (core.log.first(), core.log.len() == 0)
    };
    if empty && first > 1 {
        let after = (first - 1).saturating_sub(engine.limits.page_events_max as u64);
        let older = engine.history.read(&room.name, after, engine.limits.page_events_max).await?;
        let older = older.into_iter().take_while(|event| event.place.ordinal < first).collect();
        room.core.lock().log.prepend(older);
        if let Some(place) = known() {
            return Ok(Some(place));
        }
    }
    engine.history.place_at(&room.name, position).await
}

/// The place behind the event with this ordinal.
async fn place(engine: &Engine, room: &Room, ordinal: u64) -> Result<Option<Place>, HistoryError> {
    let known = room.core.lock().log.place(ordinal);
    match known {
        Some(place) => Ok(Some(place)),
        None => engine.history.place(&room.name, ordinal).await,
    }
}
