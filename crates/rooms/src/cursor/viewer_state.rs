//! The mutable state of a viewer: its cursors, what waits for it, whether it is open.
//!
//! It has one lock, and the owner of a `&mut` of it holds that lock. A change outside the viewer (a
//! place in a room, the task of the connection, the counts of the hub) is not made here, but
//! returned as [`Effects`].

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use smallvec::SmallVec;

use crate::cursor::effects::{Effects, WantedPage};
use crate::cursor::member::{Member, Page};
use crate::cursor::outbox::Outbox;
use crate::log::entry::Entry;
use crate::log::shared_log::SharedLog;
use crate::values::counters::CloseReason;
use crate::values::frame::Frame;
use crate::values::glimpse::Shown;
use crate::values::limits::Limits;

/// Stands for the rest of a frame that will not be written any more.
const CUT: &[u8] = &[0];

#[derive(Debug)]
pub(crate) struct ViewerState {
    pub(crate) members: SmallVec<[Member; 1]>,
    pub(crate) outbox: Option<Box<Outbox>>,
    /// The rest of a frame of which the socket took only a part.
    pub(crate) rest: Bytes,
    /// Guards that keep events back ([`crate::Hold`]).
    pub(crate) holds: u32,
    /// The newest position of any event that it was given, or got on another connection.
    pub(crate) given: u64,
    pub(crate) phase: Phase,
    pub(crate) push: bool,
    pub(crate) blocked: bool,
}

// There is one for every viewer: a field more must not make it larger unnoticed.
const _: () = assert!(size_of::<ViewerState>() <= 176);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Open,
    /// Out of all rooms; what is in the outbox is still written.
    Ending(CloseReason),
    Closed(CloseReason),
}

impl ViewerState {
    /// In no room; a pull transport until a socket is attached.
    pub(crate) fn new() -> Self {
        Self {
            members: SmallVec::new(),
            outbox: None,
            rest: Bytes::new(),
            holds: 0,
            given: 0,
            phase: Phase::Open,
            push: false,
            blocked: false,
        }
    }

    pub(crate) fn outbox(&mut self) -> &mut Outbox {
        self.outbox.get_or_insert_default()
    }

    /// Its member of a room by that name, on this channel.
    pub(crate) fn member_in(&self, room: &str, channel: u8) -> Option<&Member> {
        self.members.iter().find(|member| member.is_in(room, channel))
    }

    /// Nothing is half written, and no packet waits.
    pub(crate) fn is_drained(&self) -> bool {
        self.rest.is_empty() && self.outbox.is_none()
    }

    /// How many events of this room, up to this head, it was not given, and the bytes that wait for
    /// it; the latter only in the first of its rooms, so that a sum over all rooms has them once.
    pub(crate) fn waiting_in(&self, log: &Arc<SharedLog>, head: u64) -> (u64, usize) {
        let here = self.members.iter().filter(|member| Arc::ptr_eq(&member.log, log));
        let lag = here.map(|member| head.saturating_sub(member.at.ordinal)).max();
        let is_first = self.members.first().is_some_and(|first| Arc::ptr_eq(&first.log, log));
        let outbox = self.outbox.as_ref().map_or(0, |outbox| outbox.bytes());
        (lag.unwrap_or(0), if is_first { outbox + self.rest.len() } else { 0 })
    }

    /// Adds packets to the outbox; closes the viewer if they are too many, and returns false.
    pub(crate) fn put(
        &mut self,
        packets: impl IntoIterator<Item = Frame>,
        limits: &Limits,
        effects: &mut Effects,
    ) -> bool {
        for packet in packets {
            self.outbox().push(packet);
        }
        self.check_outbox(limits, effects)
    }

    pub(crate) fn check_outbox(&mut self, limits: &Limits, effects: &mut Effects) -> bool {
        let waiting = self.outbox.as_ref().map_or(0, |outbox| outbox.bytes());
        let fits = waiting <= limits.outbox_bytes_max;
        if !fits {
            self.close(CloseReason::Outbox, effects);
        }
        fits
    }

    /// Puts the newest glimpse of a room behind all else, for each of its members there.
    pub(crate) fn show(&mut self, log: &Arc<SharedLog>, shown: &Shown) {
        if self.phase != Phase::Open {
            return;
        }
        for at in 0..self.members.len() {
            let view = self.members[at].view;
            if !self.members[at].is(log, view.channel) {
                continue;
            }
            let frame = shown.frame(view.encoding);
            if !frame.is_empty() {
                self.outbox().show(log, view.channel, frame);
            }
        }
    }

    /// Takes the page that a member has waited for.
    pub(crate) fn take_page(
        &mut self,
        wanted: &WantedPage,
        entries: VecDeque<Arc<Entry>>,
        effects: &mut Effects,
    ) {
        let member = self.members.iter_mut().find(|member| member.is(&wanted.log, wanted.channel));
        let Some(member) = member else { return };
        member.paging = false;
        if member.at.ordinal != wanted.after {
            // The application has moved the cursor meanwhile: if the member still needs a page, it
            // asks again.
            return;
        }
        if entries.front().is_none_or(|entry| entry.ordinal() != member.next()) {
            // Events that the viewer needs are not kept any more: never skip them silently.
            self.close(CloseReason::Behind, effects);
            return;
        }
        member.page = Some(Box::new(Page { entries }));
    }

    /// Leaves one room. Packets that wait for their place in it need to wait no longer.
    pub(crate) fn leave(&mut self, at: usize, effects: &mut Effects) {
        let member = self.members.remove(at);
        if let Some(outbox) = &mut self.outbox {
            outbox.leave(&member);
        }
        self.outbox.take_if(|outbox| outbox.is_empty());
        effects.left.push(member);
    }

    /// Leaves all rooms; what is in the outbox and these packets are still written.
    pub(crate) fn end(
        &mut self,
        packets: impl IntoIterator<Item = Frame>,
        reason: CloseReason,
        limits: &Limits,
        effects: &mut Effects,
    ) {
        if self.phase != Phase::Open {
            return;
        }
        self.leave_all(effects);
        if let Some(outbox) = &mut self.outbox {
            outbox.drop_what_waits();
        }
        if self.put(packets, limits, effects) {
            self.phase = Phase::Ending(reason);
            self.outbox.take_if(|outbox| outbox.is_empty());
            effects.wake = true;
        }
    }

    /// Closes a viewer that is ending, once nothing is left to write.
    pub(crate) fn close_if_drained(&mut self, effects: &mut Effects) {
        if let Phase::Ending(reason) = self.phase
            && self.is_drained()
        {
            self.close(reason, effects);
        }
    }

    /// Leaves all rooms and drops everything that waits.
    pub(crate) fn close(&mut self, reason: CloseReason, effects: &mut Effects) {
        if matches!(self.phase, Phase::Closed(_)) {
            return;
        }
        self.phase = Phase::Closed(reason);
        self.leave_all(effects);
        self.outbox = None;
        // The rest of a frame is not kept, only that it was cut.
        self.rest = if self.rest.is_empty() { Bytes::new() } else { Bytes::from_static(CUT) };
        effects.closed = Some(reason);
        effects.wake = true;
    }

    fn leave_all(&mut self, effects: &mut Effects) {
        effects.left.extend(self.members.drain(..));
        self.members.shrink_to_fit();
    }
}
