//! How far a viewer has got in its rooms, and which of its stays can be recovered.

use crate::cursor::viewer_state::Phase;
use crate::engine::viewer::Viewer;
use crate::values::join_error::JoinError;
use crate::values::offset::OFFSET_CURSORS_MAX;
use crate::values::place::Place;
use crate::values::stay::Stay;

impl Viewer {
    /// The newest position of any event that the viewer was given.
    pub fn given(&self) -> u64 {
        self.look(|state| state.given)
    }

    /// Notes that its client may already know offsets up to this position.
    pub fn given_at_least(&self, position: u64) {
        self.note(|state| state.given = state.given.max(position));
    }

    /// How far it was given a room's events; `None` if it is not in it on this channel.
    pub fn cursor(&self, room: &str, channel: u8) -> Option<Place> {
        self.look(|state| state.member_in(room, channel).map(|member| member.at))
    }

    /// True if it may be in one more room.
    pub fn has_room_left(&self) -> bool {
        self.rooms() < self.terms().limits.rooms_per_viewer_max
    }

    /// True, once, if this connection was recovered in the room and has since given, or will give,
    /// everything behind `seq`: a client that asks to resume from there gets nothing twice if it
    /// stays where it is. It asked before it saw what recovery sent to it. The place is the number
    /// that clients know: it does not cover events that they do not count, and need not.
    pub fn take_recovered(&self, room: &str, channel: u8, seq: u64) -> bool {
        self.note(|state| {
            let found = state.members.iter_mut().find(|member| member.is_in(room, channel));
            let Some(member) = found else { return false };
            let given = member.at.seq;
            let recovered_after = member.kept.as_mut().and_then(|kept| kept.recovered_after.take());
            recovered_after.is_some_and(|after| (after..=given).contains(&seq))
        })
    }

    /// Like [`Self::take_recovered`], but changes nothing.
    pub fn is_recovered_behind(&self, room: &str, channel: u8, seq: u64) -> bool {
        self.look(|state| {
            let member = state.members.iter().find(|member| member.is_in(room, channel));
            let recovered_after =
                member.and_then(|member| Some((member.kept.as_ref()?.recovered_after?, member.at)));
            recovered_after.is_some_and(|(after, given)| (after..=given.seq).contains(&seq))
        })
    }

    /// The stays of a channel that can be recovered. Fails if they are too many for one offset, and
    /// once the viewer is closed: it has left its rooms then, and that must not be saved.
    pub fn stays(&self, channel: u8) -> Result<Vec<Stay>, JoinError> {
        let stays = self.look(|state| {
            let of_channel = state.members.iter().filter(|member| member.view.channel == channel);
            let kept = of_channel.filter_map(|member| member.kept.as_ref());
            let stays = || kept.map(|kept| kept.stay.clone()).collect::<Vec<_>>();
            (state.phase == Phase::Open).then(stays)
        });
        let stays = stays.ok_or(JoinError::Closed)?;
        if stays.len() <= OFFSET_CURSORS_MAX { Ok(stays) } else { Err(JoinError::TooManyRooms) }
    }
}
