//! A viewer: one connection, with a cursor into each of its rooms and otherwise nothing.
//!
//! Whoever has something for a viewer (a pass, the application, the connection's own task) locks
//! its state and writes as much as the socket takes; so what is written is in order whoever writes
//! it. A socket that would block is left alone until its own task finds it writable again.
//!
//! A viewer begins as a *pull* transport: nothing is written, its waiting body takes what there is.
//! [`Viewer::attach`] turns it into a *push* transport, once and for good.

use std::io;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use atomic_waker::AtomicWaker;
use bytes::Bytes;
use parking_lot::Mutex;
use smallvec::SmallVec;

use crate::counters::CloseReason;
use crate::flow::{self, Aftermath};
use crate::frame::Frame;
use crate::hub::Engine;
use crate::member::Member;
use crate::outbox::Outbox;
use crate::pass::PassCache;
use crate::stream::{AnyStream, Stream};

/// Stands for the rest of a frame that will not be written any more.
const CUT: &[u8] = &[0];

/// One connection. Created by [`Hub::connect`](crate::Hub::connect).
pub struct Viewer {
    pub(crate) engine: Arc<Engine>,
    pub(crate) state: Mutex<State>,
    stream: OnceLock<AnyStream>,
    task: AtomicWaker,
}

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) members: SmallVec<[Member; 1]>,
    pub(crate) outbox: Option<Box<Outbox>>,
    /// What a socket has not taken of the frame that it took a part of.
    pub(crate) rest: Bytes,
    /// Guards that keep events back ([`crate::Hold`]).
    pub(crate) holds: u32,
    /// The newest position of any event that it has been given, or was told of elsewhere.
    pub(crate) given: u64,
    pub(crate) phase: Phase,
    pub(crate) push: bool,
    pub(crate) blocked: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Open,
    /// Out of all rooms; what is in the outbox is still written.
    Ending(CloseReason),
    Closed(CloseReason),
}

impl State {
    pub(crate) fn outbox(&mut self) -> &mut Outbox {
        self.outbox.get_or_insert_default()
    }

    /// Leaves one room. Packets that wait for their place in it need to wait no longer.
    pub(crate) fn leave(&mut self, at: usize, after: &mut Aftermath) {
        let member = self.members.remove(at);
        if let Some(outbox) = &mut self.outbox {
            outbox.leave(&member);
        }
        self.outbox.take_if(|outbox| outbox.is_empty());
        after.left(member);
    }

    fn is_drained(&self) -> bool {
        self.rest.is_empty() && self.outbox.is_none()
    }
}

impl Viewer {
    pub(crate) fn new(engine: Arc<Engine>) -> Arc<Self> {
        let state = State {
            members: SmallVec::new(),
            outbox: None,
            rest: Bytes::new(),
            holds: 0,
            given: 0,
            phase: Phase::Open,
            push: false,
            blocked: false,
        };
        Arc::new(Self {
            engine,
            state: Mutex::new(state),
            stream: OnceLock::new(),
            task: AtomicWaker::new(),
        })
    }

    /// Puts a packet behind everything that was written so far and before all later events. False
    /// if the viewer is closed, or is closed now because too much waits for it.
    pub fn send(self: &Arc<Self>, packet: Frame) -> bool {
        self.send_all([packet])
    }

    /// Like [`Viewer::send`], several packets with nothing between them.
    pub fn send_all(self: &Arc<Self>, packets: impl IntoIterator<Item = Frame>) -> bool {
        self.with(|state, after| {
            if state.phase != Phase::Open {
                return false;
            }
            self.put(state, packets, after)
        })
    }

    /// Sends a packet only if nothing waits before it: no other packet, and no socket that is full.
    /// False if it was not sent.
    pub fn send_if_idle(self: &Arc<Self>, packet: Frame) -> bool {
        self.with(|state, after| {
            let idle = state.phase == Phase::Open && !state.blocked && state.is_drained();
            idle && self.put(state, [packet], after)
        })
    }

    /// From now on writes to this stream. False if there was one already, or the viewer is closed.
    pub fn attach(self: &Arc<Self>, stream: impl Into<AnyStream>) -> bool {
        self.with(|state, _| {
            if state.phase != Phase::Open || self.stream.set(stream.into()).is_err() {
                return false;
            }
            state.push = true;
            true
        })
    }

    /// The stream that was attached.
    pub fn stream(&self) -> Option<&AnyStream> {
        self.stream.get()
    }

    /// Takes at most `bytes_max` bytes of packets and events (but at least one, if there is one):
    /// the way of a pull transport. Pending until there is something; the reason once the viewer is
    /// closed and everything was taken. Only one task may wait.
    pub fn poll_take(
        self: &Arc<Self>,
        cx: &mut Context<'_>,
        bytes_max: usize,
    ) -> Poll<Result<Vec<Frame>, CloseReason>> {
        self.task.register(cx.waker());
        let frames = self.take(bytes_max);
        if !frames.is_empty() {
            return Poll::Ready(Ok(frames));
        }
        self.closed().map_or(Poll::Pending, |reason| Poll::Ready(Err(reason)))
    }

    /// Like [`Viewer::poll_take`], without waiting: nothing if there is nothing.
    pub fn take(self: &Arc<Self>, bytes_max: usize) -> Vec<Frame> {
        let mut after = Aftermath::default();
        let frames = {
            let mut state = self.state.lock();
            let frames = flow::take(self, &mut state, bytes_max, &mut after);
            if let Phase::Ending(reason) = state.phase
                && state.is_drained()
            {
                self.close_state(&mut state, reason, &mut after);
            }
            frames
        };
        after.settle(self);
        frames
    }

    /// Drives a push transport: finishes what a full socket has left. Ready with the reason once
    /// nothing more will be written; then the caller ends the connection. Only for the task that
    /// owns the connection, which is woken whenever this is worth another call.
    pub fn poll_drive(self: &Arc<Self>, cx: &mut Context<'_>) -> Poll<CloseReason> {
        self.task.register(cx.waker());
        loop {
            let blocked = match self.standing() {
                Standing::Over(reason) => return Poll::Ready(reason),
                Standing::Blocked => true,
                Standing::Waiting => false,
            };
            let Some(stream) = self.stream.get() else { return Poll::Pending };
            let mut ready = stream.poll_flush(cx);
            if blocked && !matches!(ready, Poll::Ready(Err(_))) {
                ready = stream.poll_write_ready(cx);
            }
            match ready {
                Poll::Ready(Ok(())) if blocked => {
                    self.with(|state, _| state.blocked = false);
                }
                Poll::Ready(Err(_)) => self.close(CloseReason::Transport),
                Poll::Ready(Ok(())) | Poll::Pending => return Poll::Pending,
            }
        }
    }

    /// Reads from the attached stream. Pending until there is something; 0 at the end.
    pub fn poll_read(&self, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        let Some(stream) = self.stream.get() else {
            return Poll::Ready(Err(io::ErrorKind::NotConnected.into()));
        };
        loop {
            match stream.poll_read_ready(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Ready(Ok(())) => {}
            }
            match stream.try_read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => return Poll::Ready(read),
            }
        }
    }

    /// Wakes the task that waits in [`Viewer::poll_take`] or [`Viewer::poll_drive`].
    pub fn wake(&self) {
        self.task.wake();
    }

    /// Leaves all rooms at once and lets the connection end when these last packets have been
    /// written.
    pub fn end(self: &Arc<Self>, packets: impl IntoIterator<Item = Frame>, reason: CloseReason) {
        self.with(|state, after| {
            if state.phase != Phase::Open {
                return;
            }
            self.leave_all(state, after);
            if let Some(outbox) = &mut state.outbox {
                outbox.drop_what_waits();
            }
            if self.put(state, packets, after) {
                state.phase = Phase::Ending(reason);
                state.outbox.take_if(|outbox| outbox.is_empty());
                after.wake = true;
            }
        });
    }

    /// Leaves all rooms and drops everything kept for this viewer, at once.
    pub fn close(self: &Arc<Self>, reason: CloseReason) {
        self.with(|state, after| self.close_state(state, reason, after));
    }

    /// Why the viewer is closed, if it is.
    pub fn closed(&self) -> Option<CloseReason> {
        match self.state.lock().phase {
            Phase::Closed(reason) => Some(reason),
            Phase::Open | Phase::Ending(_) => None,
        }
    }

    /// True if what was written so far ends with a whole frame: a goodbye may follow.
    pub fn is_between_frames(&self) -> bool {
        self.state.lock().rest.is_empty()
    }

    /// True between [`Viewer::end`] and the moment when its last packets were written.
    pub fn is_ending(&self) -> bool {
        matches!(self.state.lock().phase, Phase::Ending(_))
    }

    /// In how many rooms it is.
    pub fn rooms(&self) -> usize {
        self.state.lock().members.len()
    }

    /// Writes what a pass has for this viewer.
    pub(crate) fn advance(self: &Arc<Self>, pass: &mut PassCache<'_>) {
        let mut after = Aftermath::default();
        flow::write(self, &mut self.state.lock(), Some(pass), &mut after);
        after.settle(self);
    }

    /// Changes the state and then writes what there is to write.
    pub(crate) fn with<T>(
        self: &Arc<Self>,
        change: impl FnOnce(&mut State, &mut Aftermath) -> T,
    ) -> T {
        let mut after = Aftermath::default();
        let result = {
            let mut state = self.state.lock();
            let result = change(&mut state, &mut after);
            flow::write(self, &mut state, None, &mut after);
            result
        };
        after.settle(self);
        result
    }

    /// Adds packets to the outbox; closes the viewer, and says so, if they are too many.
    pub(crate) fn put(
        &self,
        state: &mut State,
        packets: impl IntoIterator<Item = Frame>,
        after: &mut Aftermath,
    ) -> bool {
        for packet in packets {
            state.outbox().push(packet);
        }
        self.check_outbox(state, after)
    }

    pub(crate) fn check_outbox(&self, state: &mut State, after: &mut Aftermath) -> bool {
        let waiting = state.outbox.as_ref().map_or(0, |outbox| outbox.bytes());
        let fits = waiting <= self.engine.limits.outbox_bytes_max;
        if !fits {
            self.close_state(state, CloseReason::Outbox, after);
        }
        fits
    }

    pub(crate) fn leave_all(&self, state: &mut State, after: &mut Aftermath) {
        for member in state.members.drain(..) {
            after.left(member);
        }
        state.members.shrink_to_fit();
    }

    pub(crate) fn close_state(
        &self,
        state: &mut State,
        reason: CloseReason,
        after: &mut Aftermath,
    ) {
        if matches!(state.phase, Phase::Closed(_)) {
            return;
        }
        state.phase = Phase::Closed(reason);
        self.leave_all(state, after);
        state.outbox = None;
        // What is left of a frame is not kept, only that it was cut.
        state.rest = if state.rest.is_empty() { Bytes::new() } else { Bytes::from_static(CUT) };
        self.engine.disconnected(reason);
        after.wake = true;
    }

    fn standing(self: &Arc<Self>) -> Standing {
        let mut after = Aftermath::default();
        let standing = {
            let mut state = self.state.lock();
            if let Phase::Ending(reason) = state.phase
                && state.is_drained()
            {
                self.close_state(&mut state, reason, &mut after);
            }
            match state.phase {
                Phase::Closed(reason) => Standing::Over(reason),
                _ if state.blocked => Standing::Blocked,
                _ => Standing::Waiting,
            }
        };
        // Its own task is the one that asks, so nobody has to be woken.
        after.wake = false;
        after.settle(self);
        standing
    }
}

enum Standing {
    Over(CloseReason),
    Blocked,
    Waiting,
}

impl std::fmt::Debug for Viewer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Viewer").field("stream", &self.stream.get()).finish_non_exhaustive()
    }
}
