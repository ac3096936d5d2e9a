//! Coming into rooms and leaving them, for a client that may come back: every change is written
//! down before the client is told of it.
//!
//! While it is being written, the client's events are held back: what is written says exactly which
//! event is the first one. If it cannot be written (a full disk), a client of which nothing is known
//! yet watches all the same, and begins anew when it comes back.

use rooms::{Frame, HistoryError, JoinError, Start, Stay, View};

use crate::recovery::Returning;
use crate::session::Session;
use crate::session_keeper::KeeperError;
use crate::sid::Sid;

/// How a socket comes into a room.
pub(crate) struct Plan<'a> {
    pub(crate) room: &'a str,
    pub(crate) start: Start,
    pub(crate) from_snapshot: bool,
    pub(crate) view: View,
}

impl Returning {
    pub(crate) async fn join<R: IntoIterator<Item = Frame>>(
        &self,
        session: &Session,
        plan: Plan<'_>,
        reply: impl FnOnce(u64) -> R + Send,
    ) -> Result<u64, JoinError> {
        let _changing = self.changing.lock().await;
        let Plan { room, start, from_snapshot, view } = plan;
        let (hub, viewer) = (session.hub(), session.viewer());
        let channel = view.channel;
        if self.is_given_up() {
            return hub.join(viewer, room, start, view, reply).await;
        }
        // From one moment, at which the viewer was in its rooms: one that is closed has left them.
        let before = viewer.stays(channel)?;
        let is_there = before.iter().any(|stay| *stay.room == *room);
        let start = match start {
            Start::Head if is_there => return hub.join(viewer, room, start, view, reply).await,
            Start::After(seq) if is_there && viewer.was_resumed(room, channel, seq) => {
                return hub.join(viewer, room, Start::Head, view, reply).await;
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
        let stay = Stay {
            room: room.into(),
            ticket: ticket()?,
            start,
            joined_at: viewer.given(),
            from_snapshot,
        };
        if !is_there && !viewer.has_room_left() {
            return Err(JoinError::TooManyRooms);
        }
        let others = before.iter().filter(|other| *other.room != *room).cloned();
        if let Err(error) = self.write(session, others.chain([stay.clone()]).collect()).await {
            if self.is_saved() {
                return Err(not_kept(error));
            }
            self.give_up(session);
            return hub.join(viewer, room, Start::After(start), view, reply).await;
        }
        let joined = hub.join_stay(viewer, stay, view, reply).await;
        if let Err(error) = &joined
            && !matches!(error, JoinError::Closed)
        {
            self.write(session, before).await.map_err(not_kept)?;
        }
        joined
    }

    /// Leaves a room once that is written down: what is kept never brings a client back to a room of
    /// which it was told that it has left it. If it cannot be written, it is in the room still.
    pub(crate) async fn leave(&self, session: &Session, room: &str) -> Result<bool, KeeperError> {
        let _changing = self.changing.lock().await;
        let (viewer, channel) = (session.viewer(), self.channel());
        // One that is closed has left its rooms, and that is not what is to be kept.
        if !self.is_given_up()
            && let Ok(mut stays) = viewer.stays(channel)
            && let Some(at) = stays.iter().position(|stay| *stay.room == *room)
        {
            stays.remove(at);
            self.write(session, stays).await?;
        }
        Ok(session.hub().leave(viewer, room, channel))
    }

    fn give_up(&self, session: &Session) {
        if let Some(recovery) = &session.shared.recovery {
            recovery.give_up(self);
        }
    }

    async fn write(&self, session: &Session, stays: Vec<Stay>) -> Result<(), KeeperError> {
        let Some(recovery) = &session.shared.recovery else { return Ok(()) };
        let name = session.namespace_name(self.channel());
        recovery.save(self, name, stays).await
    }
}

fn ticket() -> Result<u64, JoinError> {
    let sid = Sid::random().map_err(|error| not_kept(KeeperError::new(error)))?;
    // The lower half of the random bits.
    Ok(u64::try_from(sid.number() & u128::from(u64::MAX)).unwrap_or_default())
}

fn not_kept(error: KeeperError) -> JoinError {
    JoinError::History(HistoryError::new(error))
}
