//! Coming into rooms and leaving them, for a client that may come back: every change is written down
//! before the client is told of it, and its events are held back meanwhile.
//!
//! The same calls in the same order as `stays.rs` of `socketio`.

use std::sync::Arc;

use rooms::{Frame, HistoryError, Hub, JoinError, Start, Stay, View, Viewer};

use super::Sessions;
use super::book::Returning;
use crate::mutation::Mutation;

/// How a viewer comes into a room.
pub(crate) struct Plan<'a> {
    pub(crate) room: &'a str,
    pub(crate) start: Start,
    pub(crate) from_snapshot: bool,
    pub(crate) view: View,
}

impl Sessions {
    /// `reply` is told the seq, and whether the client can come back to it.
    pub(crate) async fn join<R: IntoIterator<Item = Frame>>(
        self: &Arc<Self>,
        hub: &Hub,
        viewer: &Arc<Viewer>,
        returning: &Arc<Returning>,
        plan: Plan<'_>,
        reply: impl FnOnce(u64, bool) -> R + Send,
    ) -> Result<u64, JoinError> {
        let _changing = returning.changing.lock().await;
        let Plan { room, start, from_snapshot, view } = plan;
        let channel = view.channel;
        if returning.is_given_up() {
            return hub.join(viewer, room, start, view, |seq| reply(seq, false)).await;
        }
        let before = viewer.stays(channel)?;
        let is_there = before.iter().any(|stay| *stay.room == *room);
        let start = match start {
            Start::Head if is_there => {
                return hub.join(viewer, room, start, view, |seq| reply(seq, true)).await;
            }
            Start::After(seq) if is_there && viewer.was_resumed(room, channel, seq) => {
                self.count("subscriptions that were left where they are");
                return hub.join(viewer, room, Start::Head, view, |seq| reply(seq, true)).await;
            }
            start => start,
        };
        let _hold = hub.hold(viewer, room, channel);
        let start = match start {
            Start::Head => hub.head(room).await?,
            Start::After(seq) => {
                hub.can_start(room, seq).await?;
                seq
            }
        };
        let ticket = self.chance.number();
        let joined_at = viewer.given();
        let stay = Stay { room: room.into(), ticket, start, joined_at, from_snapshot };
        if !is_there && !viewer.has_room_left() {
            return Err(JoinError::TooManyRooms);
        }
        let others = before.iter().filter(|other| *other.room != *room).cloned();
        let stays: Vec<_> = others.chain([stay.clone()]).collect();
        if self.mutation == Some(Mutation::ConfirmBeforeWriting) {
            let joined = hub.join_stay(viewer, stay, view, |seq| reply(seq, true)).await;
            let (sessions, returning) = (Arc::clone(self), Arc::clone(returning));
            tokio::spawn(async move { sessions.write(&returning, stays).await });
            return joined;
        }
        if let Err(error) = self.write(returning, stays).await {
            if returning.is_saved() {
                return Err(error);
            }
            self.give_up(returning);
            let start = Start::After(start);
            return hub.join(viewer, room, start, view, |seq| reply(seq, false)).await;
        }
        let joined = hub.join_stay(viewer, stay, view, |seq| reply(seq, true)).await;
        if let Err(error) = &joined
            && !matches!(error, JoinError::Closed)
        {
            self.count("stays that were taken back");
            self.write(returning, before).await?;
        }
        joined
    }

    /// If it cannot be written, the viewer is in the room still.
    pub(crate) async fn leave(
        &self,
        hub: &Hub,
        viewer: &Arc<Viewer>,
        returning: &Returning,
        room: &str,
        channel: u8,
    ) -> Result<bool, JoinError> {
        let _changing = returning.changing.lock().await;
        if !returning.is_given_up()
            && let Ok(mut stays) = viewer.stays(channel)
            && let Some(at) = stays.iter().position(|stay| *stay.room == *room)
        {
            stays.remove(at);
            self.write(returning, stays).await?;
        }
        Ok(hub.leave(viewer, room, channel))
    }

    async fn write(&self, returning: &Returning, stays: Vec<Stay>) -> Result<(), JoinError> {
        let written = self.save(returning, stays).await;
        written.map_err(|error| JoinError::History(HistoryError::new(error)))
    }
}
