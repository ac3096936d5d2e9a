//! Joins and leaves of a client that may be recovered: every change is saved before it is confirmed
//! to the client.
//!
//! While it is being saved, the client's events are held back: so the saved stay says exactly which
//! event is the first one. If it cannot be saved (a full disk), a client without a saved session
//! watches all the same, and begins anew when it connects again.

use super::client_session::ClientSession;
use super::keeper::KeeperError;
use super::sessions::Recovery;
use super::stats::count;
use crate::subscribing::join::Start;
use crate::values::counters::CloseReason;
use crate::values::frame::Frame;
use crate::values::history::HistoryError;
use crate::values::join_error::JoinError;
use crate::values::place::Place;
use crate::values::stay::Stay;
use crate::values::view::View;

/// How often a client that joins at the head is brought there. Once is enough unless the history is
/// replaced by an older one meanwhile, or more happens than the room keeps.
const HEAD_ATTEMPTS_MAX: u32 = 4;

/// How a client joins a room.
#[derive(Clone, Copy, Debug)]
pub struct Plan<'a> {
    /// The room's name.
    pub room: &'a str,
    /// Where its events start.
    pub start: Start,
    /// See [`Stay::from_snapshot`].
    pub from_snapshot: bool,
    /// See [`Stay::ticket`]: drawn for this stay.
    pub ticket: u64,
    /// How it sees the room; the channel is that of its session.
    pub view: View,
}

impl Recovery {
    /// Like [`Hub::join`](crate::Hub::join), for a client that may be recovered. `reply` gets the
    /// place, and whether the stay can be recovered.
    pub async fn join<R: IntoIterator<Item = Frame>>(
        &self,
        client_session: &ClientSession,
        plan: Plan<'_>,
        reply: impl FnOnce(Place, bool) -> R + Send,
    ) -> Result<Place, JoinError> {
        let _changing = client_session.changing.lock().await;
        // Nothing is confirmed by an attempt that fails, so it is called once at most.
        let mut reply = Some(reply);
        let mut attempt = 1;
        loop {
            let joined = self
                .join_once(client_session, plan, |place, is_kept| {
                    reply.take().map(|reply| reply(place, is_kept)).into_iter().flatten()
                })
                .await;
            // A client that named no place named none that could be gone.
            let is_gone = matches!(joined, Err(JoinError::Ahead { .. } | JoinError::Behind { .. }));
            if plan.start != Start::Head || !is_gone || attempt == HEAD_ATTEMPTS_MAX {
                return joined;
            }
            attempt += 1;
        }
    }

    /// The client is another user's from now on. It may come back as either of the two: so any
    /// client with its key can recover the session.
    pub async fn change_user(&self, client_session: &ClientSession) {
        let _changing = client_session.changing.lock().await;
        if !client_session.note_anybodys()
            || client_session.is_given_up()
            || !client_session.is_saved()
        {
            return;
        }
        let Ok(viewer) = client_session.viewer() else { return };
        let Ok(stays) = viewer.stays(client_session.channel) else { return };
        if let Err(error) = self.write(client_session, &viewer, stays).await {
            // What is kept is the first user's still, or the connection is closed.
            client_session.take_back_anybodys();
            tracing::debug!(%error, "a session stays with its first user");
        }
    }

    async fn join_once<R: IntoIterator<Item = Frame>>(
        &self,
        client_session: &ClientSession,
        plan: Plan<'_>,
        reply: impl FnOnce(Place, bool) -> R + Send,
    ) -> Result<Place, JoinError> {
        let viewer = &client_session.viewer()?;
        let Plan { room, start, from_snapshot, ticket, view } = plan;
        let (hub, channel) = (&self.hub, client_session.channel);
        let view = View { channel, ..view };
        if client_session.is_given_up() {
            return hub.join(viewer, room, start, view, |place| reply(place, false)).await;
        }
        // All from one moment at which the viewer was in its rooms: a closed viewer has left them.
        let before = viewer.stays(channel)?;
        let is_there = before.iter().any(|stay| *stay.room == *room);
        let start = match start {
            Start::Head if is_there => {
                return hub.join(viewer, room, start, view, |place| reply(place, true)).await;
            }
            // Not with a snapshot: events that it shows must not come again, not even those that
            // clients do not count.
            Start::After(place)
                if is_there
                    && !from_snapshot
                    && viewer.take_recovered(room, channel, place.seq) =>
            {
                count(&self.counters.left_in_place);
                return hub.join(viewer, room, Start::Head, view, |place| reply(place, true)).await;
            }
            start => start,
        };
        let _hold = hub.hold(viewer, room, channel);
        let start = match start {
            Start::Head => hub.head(room).await?,
            Start::After(place) => {
                hub.can_start(room, place).await?;
                place
            }
        };
        let joined_at = viewer.given();
        let Place { ordinal, seq } = start;
        let stay = Stay { room: room.into(), ticket, start: ordinal, joined_at, from_snapshot };
        if !is_there && !viewer.has_room_left() {
            return Err(JoinError::TooManyRooms);
        }
        let others = before.iter().filter(|other| *other.room != *room).cloned();
        let stays = others.chain([stay.clone()]).collect();
        if let Err(error) = self.write(client_session, viewer, stays).await {
            if viewer.closed().is_some() {
                return Err(JoinError::Closed);
            }
            if client_session.is_saved() {
                return Err(not_kept(error));
            }
            self.give_up(client_session);
            let start = Start::After(start);
            return hub.join(viewer, room, start, view, |place| reply(place, false)).await;
        }
        let joined = hub.join_stay(viewer, stay, seq, view, |place| reply(place, true)).await;
        if let Err(error) = &joined
            && !matches!(error, JoinError::Closed)
        {
            count(&self.counters.taken_back);
            if let Err(error) = self.write(client_session, viewer, before).await {
                // The saved session still has it in the room. If the client got a refusal, a
                // recovery would bring it there; without an answer, it does not know, and asks
                // again.
                tracing::warn!(%error, "a stay cannot be taken back; its client is sent away");
                viewer.close(CloseReason::Transport);
                return Err(JoinError::Closed);
            }
        }
        joined
    }

    /// Leaves a room once that is saved: a recovery never brings a client back to a room after a
    /// confirmed leave. False if it was not in it. If it cannot be saved, the client is still in
    /// the room.
    pub async fn leave(
        &self,
        client_session: &ClientSession,
        room: &str,
    ) -> Result<bool, KeeperError> {
        let _changing = client_session.changing.lock().await;
        let Ok(viewer) = client_session.viewer() else { return Ok(false) };
        let channel = client_session.channel;
        // A closed viewer has left its rooms, and that must not be saved.
        if !client_session.is_given_up()
            && let Ok(mut stays) = viewer.stays(channel)
            && let Some(at) = stays.iter().position(|stay| *stay.room == *room)
        {
            stays.remove(at);
            self.write(client_session, &viewer, stays).await?;
        }
        Ok(self.hub.leave(&viewer, room, channel))
    }
}

fn not_kept(error: KeeperError) -> JoinError {
    JoinError::History(HistoryError::new(error))
}
