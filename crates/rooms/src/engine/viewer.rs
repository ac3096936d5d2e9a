//! A viewer: one connection, with a cursor into each of its rooms and otherwise nothing.
//!
//! Every writer to a viewer (a pass, the application, the connection's own task) locks its state
//! and writes as much as the socket takes; so the order is the same for every writer. A socket that
//! would block is left until its own task finds it writable again.
//!
//! A viewer begins as a *pull* transport: nothing is written, and its waiting body takes the
//! frames. [`Viewer::attach`] turns it into a *push* transport, once and for good.

use std::io;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use atomic_waker::AtomicWaker;
use parking_lot::Mutex;

use crate::cursor::batches::Batches;
use crate::cursor::commit::take;
use crate::cursor::effects::{Effects, WantedPage};
use crate::cursor::terms::Terms;
use crate::cursor::viewer_state::{Phase, ViewerState};
use crate::engine::any_stream::AnyStream;
use crate::engine::backfill::{self, NoPage};
use crate::engine::rooms::Rooms;
use crate::engine::stream::Stream;
use crate::engine::writing::write;
use crate::values::counters::CloseReason;
use crate::values::frame::Frame;

/// One connection. Created by [`Hub::connect`](crate::Hub::connect).
pub struct Viewer {
    rooms: Arc<Rooms<Viewer>>,
    /// Private: every change must also carry out its effects.
    state: Mutex<ViewerState>,
    stream: OnceLock<AnyStream>,
    task: AtomicWaker,
}

// There is one for every viewer: a field more must not make it larger unnoticed.
const _: () = assert!(size_of::<Viewer>() <= 272);

impl Viewer {
    pub(crate) fn new(rooms: Arc<Rooms<Self>>) -> Arc<Self> {
        Arc::new(Self {
            rooms,
            state: Mutex::new(ViewerState::new()),
            stream: OnceLock::new(),
            task: AtomicWaker::new(),
        })
    }

    /// Puts a packet after everything that was written so far and before all later events. False if
    /// the viewer is closed, or is closed by this because too much waits for it.
    pub fn send(self: &Arc<Self>, packet: Frame) -> bool {
        self.send_all([packet])
    }

    /// Like [`Viewer::send`], several packets with nothing between them.
    pub fn send_all(self: &Arc<Self>, packets: impl IntoIterator<Item = Frame>) -> bool {
        self.with(|state, effects| {
            if state.phase != Phase::Open {
                return false;
            }
            state.put(packets, &self.terms().limits, effects)
        })
    }

    /// Sends a packet only if nothing waits before it: no other packet, and no socket that is full.
    /// False if it was not sent.
    pub fn send_if_idle(self: &Arc<Self>, packet: Frame) -> bool {
        self.with(|state, effects| {
            let idle = state.phase == Phase::Open && !state.blocked && state.is_drained();
            idle && state.put([packet], &self.terms().limits, effects)
        })
    }

    /// Writes to this stream from now on. False if there was one already, or the viewer is closed.
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
    /// for a pull transport. Pending until there is something; returns the reason once the viewer
    /// is closed and everything was taken. Only one task may wait.
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
        let mut effects = Effects::default();
        let frames = {
            let mut state = self.state.lock();
            let frames = take(&mut state, self.terms(), bytes_max, &mut effects);
            state.close_if_drained(&mut effects);
            frames
        };
        self.carry_out(effects);
        frames
    }

    /// Drives a push transport: writes what a full socket has not taken. Ready with the reason once
    /// nothing more will be written; then the caller ends the connection. Only for the task that
    /// owns the connection, which is woken when another call is useful.
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
        self.with(|state, effects| state.end(packets, reason, &self.terms().limits, effects));
    }

    /// Leaves all rooms and drops everything that waits for this viewer, at once.
    pub fn close(self: &Arc<Self>, reason: CloseReason) {
        self.with(|state, effects| state.close(reason, effects));
    }

    /// Why the viewer is closed, if it is.
    pub fn closed(&self) -> Option<CloseReason> {
        match self.look(|state| state.phase) {
            Phase::Closed(reason) => Some(reason),
            Phase::Open | Phase::Ending(_) => None,
        }
    }

    /// True if the bytes written so far end with a whole frame: a last packet may follow.
    pub fn is_between_frames(&self) -> bool {
        self.look(|state| state.rest.is_empty())
    }

    /// True between [`Viewer::end`] and the moment when its last packets were written.
    pub fn is_ending(&self) -> bool {
        self.look(|state| matches!(state.phase, Phase::Ending(_)))
    }

    /// In how many rooms it is.
    pub fn rooms(&self) -> usize {
        self.look(|state| state.members.len())
    }

    pub(crate) fn terms(&self) -> &Terms {
        &self.rooms.services.terms
    }

    /// Writes the events that a pass has for this viewer.
    pub(crate) fn advance(self: &Arc<Self>, pass: &mut Batches<'_>) {
        let mut effects = Effects::default();
        self.write(&mut self.state.lock(), Some(pass), &mut effects);
        self.carry_out(effects);
    }

    /// Changes the state, then writes what there is to write, and then, without the lock, carries
    /// out the effects.
    pub(crate) fn with<T>(
        self: &Arc<Self>,
        change: impl FnOnce(&mut ViewerState, &mut Effects) -> T,
    ) -> T {
        let mut effects = Effects::default();
        let result = {
            let mut state = self.state.lock();
            let result = change(&mut state, &mut effects);
            self.write(&mut state, None, &mut effects);
            result
        };
        self.carry_out(effects);
        result
    }

    /// For a change that gives nothing to write and has no effects.
    pub(crate) fn note<T>(&self, change: impl FnOnce(&mut ViewerState) -> T) -> T {
        change(&mut self.state.lock())
    }

    pub(crate) fn look<T>(&self, look: impl FnOnce(&ViewerState) -> T) -> T {
        look(&self.state.lock())
    }

    fn write(
        &self,
        state: &mut ViewerState,
        pass: Option<&mut Batches<'_>>,
        effects: &mut Effects,
    ) {
        write(&self.rooms.services, self.stream.get(), state, pass, effects);
    }

    /// Without any lock: rooms have their own, and the task may run at once.
    fn carry_out(self: &Arc<Self>, effects: Effects) {
        for member in effects.left {
            self.rooms.vacate(&member.log, member.slot);
        }
        if let Some(reason) = effects.closed {
            self.rooms.services.disconnected(reason);
        }
        for wanted in effects.pages {
            let viewer = Arc::clone(self);
            self.rooms.services.tasks.spawn(viewer.fetch(wanted));
        }
        if effects.wake {
            self.wake();
        }
    }

    async fn fetch(self: Arc<Self>, wanted: WantedPage) {
        let is_wanted = || self.closed().is_none();
        match backfill::fetch(&self.rooms.services, &wanted, is_wanted).await {
            Ok(page) => self.with(|state, effects| state.take_page(&wanted, page.entries, effects)),
            Err(NoPage::Failed) => self.close(CloseReason::Behind),
            Err(NoPage::Unwanted) => {}
        }
    }

    fn standing(self: &Arc<Self>) -> Standing {
        let mut effects = Effects::default();
        let standing = {
            let mut state = self.state.lock();
            state.close_if_drained(&mut effects);
            match state.phase {
                Phase::Closed(reason) => Standing::Over(reason),
                _ if state.blocked => Standing::Blocked,
                _ => Standing::Waiting,
            }
        };
        // Its own task is the caller, so there is no one to wake.
        effects.wake = false;
        self.carry_out(effects);
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
