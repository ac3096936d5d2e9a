//! Packets of the application that wait for one viewer's socket, packets that wait for their place
//! among the events, and glimpses that wait until nothing else is left.
//!
//! An idle viewer has no outbox. Its bytes are counted, fenced packets included, and the caller
//! closes the viewer when they exceed the bound. Glimpses do not count: they close no viewer, and
//! there is at most one for each of the viewer's rooms.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::cursor::member::Member;
use crate::log::shared_log::SharedLog;
use crate::values::frame::Frame;

#[derive(Debug, Default)]
pub(crate) struct Outbox {
    packets: VecDeque<Frame>,
    fences: Vec<Fence>,
    glimpses: Vec<Glimpsed>,
    bytes: usize,
}

/// Packets that stand directly behind one event of a room: nothing later of that room passes them.
#[derive(Debug)]
pub(crate) struct Fence {
    pub(crate) log: Arc<SharedLog>,
    pub(crate) channel: u8,
    pub(crate) ordinal: u64,
    pub(crate) packets: Vec<Frame>,
}

/// The newest glimpse of one room.
#[derive(Debug)]
struct Glimpsed {
    log: Arc<SharedLog>,
    channel: u8,
    frame: Frame,
}

impl Outbox {
    /// Replaces an older one of the room that was not written yet.
    pub(crate) fn show(&mut self, log: &Arc<SharedLog>, channel: u8, frame: Frame) {
        let same = |old: &&mut Glimpsed| old.channel == channel && Arc::ptr_eq(&old.log, log);
        match self.glimpses.iter_mut().find(same) {
            Some(old) => old.frame = frame,
            None => self.glimpses.push(Glimpsed { log: Arc::clone(log), channel, frame }),
        }
    }

    pub(crate) fn glimpses(&self) -> impl Iterator<Item = &Frame> {
        self.glimpses.iter().map(|glimpsed| &glimpsed.frame)
    }

    /// Removes the first one, which was written.
    pub(crate) fn pop_glimpse(&mut self) {
        if !self.glimpses.is_empty() {
            self.glimpses.remove(0);
        }
    }

    pub(crate) fn push(&mut self, packet: Frame) {
        self.bytes += packet.len();
        self.packets.push_back(packet);
    }

    pub(crate) fn fence(&mut self, fence: Fence) {
        self.bytes += fence.packets.iter().map(Frame::len).sum::<usize>();
        self.fences.push(fence);
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.packets.is_empty() && self.fences.is_empty() && self.glimpses.is_empty()
    }

    pub(crate) fn packets(&self) -> impl Iterator<Item = &Frame> {
        self.packets.iter()
    }

    pub(crate) fn pop(&mut self) {
        if let Some(packet) = self.packets.pop_front() {
            self.bytes -= packet.len();
        }
    }

    /// Lets through the packets whose place has come: their event was given, or the room was left.
    pub(crate) fn open_fences(&mut self, members: &[Member]) {
        let waits = |fence: &Fence| {
            members.iter().any(|member| {
                member.is(&fence.log, fence.channel) && member.at.ordinal < fence.ordinal
            })
        };
        self.open(|fence| !waits(fence));
    }

    /// A room was left: packets that wait in it need not wait, and its glimpses are not shown any
    /// more.
    pub(crate) fn leave(&mut self, member: &Member) {
        self.open_fences_of(member);
        self.glimpses.retain(|glimpsed| !member.is(&glimpsed.log, glimpsed.channel));
    }

    /// Lets through the packets that wait in a room whose cursor is about to move.
    pub(crate) fn open_fences_of(&mut self, member: &Member) {
        self.open(|fence| member.is(&fence.log, fence.channel));
    }

    fn open(&mut self, goes: impl Fn(&Fence) -> bool) {
        while let Some(at) = self.fences.iter().position(&goes) {
            let fence = self.fences.remove(at);
            self.packets.extend(fence.packets);
        }
    }

    /// The last event of this member's room that may be written before a fenced packet.
    pub(crate) fn barrier(&self, member: &Member) -> Option<u64> {
        self.fences
            .iter()
            .filter(|fence| member.is(&fence.log, fence.channel))
            .map(|fence| fence.ordinal)
            .min()
    }

    /// Forgets the fences and glimpses; they will not be sent.
    pub(crate) fn drop_what_waits(&mut self) {
        self.glimpses.clear();
        for fence in self.fences.drain(..) {
            self.bytes -= fence.packets.iter().map(Frame::len).sum::<usize>();
        }
    }
}
