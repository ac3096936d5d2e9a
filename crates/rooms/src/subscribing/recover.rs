//! Recovery: the viewer of a new connection goes on in all its rooms exactly where the client of
//! the old one stopped receiving.
//!
//! The caller saves [`Stay`]s before they begin, while the viewer's events are held back
//! ([`Hub::hold`]): so nothing is given between the saved place and the first event. Recovery is
//! all or nothing: if one room cannot be recovered exactly, none is.

use std::sync::Arc;

use crate::cursor::member::Kept;
use crate::engine::hub::Hub;
use crate::engine::pin::Pin;
use crate::engine::read_back;
use crate::engine::viewer::Viewer;
use crate::subscribing::join::{Start, enter};
use crate::values::frame::Frame;
use crate::values::join_error::JoinError;
use crate::values::offset::Offset;
use crate::values::place::Place;
use crate::values::stay::{Reached, Stay};
use crate::values::view::View;

impl Hub {
    /// The place at which [`Start::Head`] would start now.
    pub async fn head(&self, room: &str) -> Result<Place, JoinError> {
        let pin = Pin::open(&self.rooms, room).await?;
        let watermark = self.rooms.services.published().through();
        Ok(pin.room.log.lock().visible_head(watermark))
    }

    /// Makes sure that a viewer could start at this place; fails as [`Hub::join`] would.
    pub async fn can_start(&self, room: &str, place: Place) -> Result<(), JoinError> {
        let pin = Pin::open(&self.rooms, room).await?;
        read_back::reach(&self.rooms.services, &pin.room.log, place.ordinal).await
    }

    /// Like [`Hub::join`] at [`Stay::start`], which clients know by this seq, for a stay that can
    /// be recovered.
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
        let pin = Pin::open(&self.rooms, &stay.room).await?;
        let start = Place { ordinal: stay.start, seq };
        read_back::reach(&self.rooms.services, &pin.room.log, start.ordinal).await?;
        let kept = Kept { stay, recovered_after: None };
        enter(viewer, &pin, Start::After(start), view, Some(kept), reply)
    }

    /// Recovers a viewer in its rooms, each exactly behind the last event that its client received
    /// by the offset (`None` if it has received no event). The caller holds the viewer's events
    /// back, and releases them when the client has its answer. On an error the viewer is in none of
    /// them.
    pub async fn recover(
        &self,
        viewer: &Arc<Viewer>,
        stays: &[Stay],
        offset: Option<&Offset>,
        view: View,
    ) -> Result<(), JoinError> {
        if offset.is_some_and(|offset| offset.epoch != self.epoch()) {
            return Err(JoinError::OtherEpoch);
        }
        for stay in stays {
            if let Err(error) = self.recover_stay(viewer, stay, offset, view).await {
                self.leave_channel(viewer, view.channel);
                return Err(error);
            }
        }
        let told = offset.map_or(0, Offset::given);
        viewer.given_at_least(stays.iter().map(|stay| stay.joined_at).fold(told, u64::max));
        Ok(())
    }

    async fn recover_stay(
        &self,
        viewer: &Arc<Viewer>,
        stay: &Stay,
        offset: Option<&Offset>,
        view: View,
    ) -> Result<(), JoinError> {
        let pin = Pin::open(&self.rooms, &stay.room).await?;
        let (services, log) = (&self.rooms.services, &pin.room.log);
        let lost = || JoinError::Behind { head: log.lock().head().ordinal };
        let ordinal = match stay.reached(offset) {
            Reached::Ordinal(ordinal) => ordinal,
            Reached::Position(position) => {
                let place = read_back::place_at(services, log, position).await?.ok_or_else(lost)?;
                place.ordinal.max(stay.start)
            }
            Reached::Unknown => return Err(lost()),
        };
        read_back::reach(services, log, ordinal).await?;
        // Only now: the events just read back into the log show it too.
        let place = read_back::place(services, log, ordinal).await?.ok_or_else(lost)?;
        let kept = Kept { stay: stay.clone(), recovered_after: Some(place.seq) };
        enter(viewer, &pin, Start::After(place), view, Some(kept), |_| []).map(drop)
    }

    /// Keeps a room and its log for as long as the result lives, even if the room is empty. Only
    /// needed where history does not have what happens meanwhile.
    pub async fn keep(&self, room: &str) -> Result<KeptRoom, JoinError> {
        Pin::open(&self.rooms, room).await.map(KeptRoom)
    }

    /// True if events can be read back when no log keeps them.
    pub fn has_history(&self) -> bool {
        self.rooms.services.history.keeps_events()
    }
}

/// Keeps a room and its log; see [`Hub::keep`].
#[derive(Debug)]
pub struct KeptRoom(#[expect(dead_code, reason = "it is there to be dropped")] Pin);
