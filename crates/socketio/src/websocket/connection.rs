//! The task of one websocket: all input goes to its owner; output that its viewer could not write
//! at once is finished here.
//!
//! Hand-written as one future so that an idle connection is a few words. Messages are passed on one
//! at a time; while one is being handled nothing is read, which is the only backpressure. In every
//! case the owner is told of the task's end exactly once.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use rooms::{AnyStream, CloseReason, Frame, Stream as _, Viewer};
use tokio::time::Sleep;

use super::close::{CloseCode, close_echo, close_frame};
use super::message::{Assembler, Message, Step};
use crate::encode::{Opcode, frame};
use crate::pace::{TOO_MANY_MESSAGES, Verdict};

/// A message being handled.
pub(crate) type Handling = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What a websocket belongs to.
pub(crate) trait Driven: Send + Sync + 'static {
    fn viewer(&self) -> &Arc<Viewer>;
    fn payload_max(&self) -> usize;
    fn close_timeout(&self) -> Duration;
    /// Bytes of any kind have come from the peer.
    fn alive(&self) {}
    /// Decides what to do with one more frame that is answered, or costs a lock.
    fn paced(&self) -> Verdict;
    fn text(self: &Arc<Self>, text: String) -> Received;
    fn binary(self: &Arc<Self>, bytes: Vec<u8>) -> Received;
    /// The connection is over; called once.
    fn over(self: &Arc<Self>, reason: CloseReason);
}

/// The result of a message.
pub(crate) enum Received {
    Done,
    /// It is being handled; nothing more is read until then.
    Busy(Handling),
    /// The peer has broken the protocol, in this way.
    Close(CloseCode, &'static str),
}

/// How often one wake-up may repeat its loop before other tasks get their turn.
const ROUNDS_MAX: usize = 64;
/// Bytes that one read takes at most.
const READ_BYTES: usize = 16 << 10;

thread_local! {
    /// Input is first read into this buffer: no connection has a read buffer of its own.
    static READ: RefCell<Vec<u8>> = RefCell::new(vec![0; READ_BYTES]);
}

pub(crate) struct Connection<D: Driven> {
    driven: Arc<D>,
    assembler: Assembler,
    /// Bytes that were read and not yet taken: a part of a header or of a control frame, or frames
    /// after a busy message.
    input: Vec<u8>,
    /// How much of `input` has been taken.
    taken: usize,
    busy: Option<Handling>,
    /// The deadline of a closing connection.
    deadline: Option<Pin<Box<Sleep>>>,
    phase: Phase,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Open,
    /// Nothing more is written; waiting for the peer to see it.
    Lingering,
    /// Only a handler is still to be waited for.
    Over,
}

enum Read {
    /// Some input was taken, or the viewer was closed: run the loop again.
    Progress,
    Pending,
}

impl<D: Driven> Connection<D> {
    /// The viewer must have its stream. `input` was read after the handshake.
    pub(crate) fn new(driven: Arc<D>, assembler: Assembler, input: Vec<u8>) -> Self {
        Self { driven, assembler, input, taken: 0, busy: None, deadline: None, phase: Phase::Open }
    }

    fn poll_open(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        for _ in 0..ROUNDS_MAX {
            let viewer = self.driven.viewer();
            if let Poll::Ready(reason) = viewer.poll_drive(cx) {
                self.finish(reason);
                return Poll::Ready(());
            }
            if viewer.is_ending() {
                // The last packets wait for a full socket, but only up to the deadline.
                ready!(self.poll_deadline(cx));
                self.driven.viewer().close(CloseReason::Transport);
                continue;
            }
            if let Some(busy) = &mut self.busy {
                ready!(busy.as_mut().poll(cx));
                self.busy = None;
            }
            if self.take_input() {
                continue;
            }
            if let Read::Pending = self.read(cx) {
                return Poll::Pending;
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Takes the bytes in the connection's own buffer. True if that changed anything.
    fn take_input(&mut self) -> bool {
        if self.taken == self.input.len() {
            return false;
        }
        let mut input = std::mem::take(&mut self.input);
        let taken = self.take(&mut input[self.taken..]);
        self.taken += taken;
        if self.taken < input.len() {
            self.input = input;
        } else {
            self.taken = 0;
        }
        taken > 0 || self.is_stopped()
    }

    fn is_stopped(&self) -> bool {
        let viewer = self.driven.viewer();
        viewer.is_ending() || viewer.closed().is_some()
    }

    fn read(&mut self, cx: &mut Context<'_>) -> Read {
        READ.with_borrow_mut(|buffer| {
            let read = match self.driven.viewer().poll_read(cx, buffer) {
                Poll::Pending => return Read::Pending,
                Poll::Ready(read) => read,
            };
            match read {
                Ok(0) => self.driven.viewer().close(CloseReason::Peer),
                Err(_) => self.driven.viewer().close(CloseReason::Transport),
                Ok(len) => {
                    self.driven.alive();
                    self.take_or_keep(&mut buffer[..len]);
                }
            }
            Read::Progress
        })
    }

    fn take_or_keep(&mut self, bytes: &mut [u8]) {
        if self.input.is_empty() {
            let taken = self.take(bytes);
            self.input = bytes[taken..].to_vec();
        } else {
            self.input.drain(..self.taken);
            self.taken = 0;
            self.input.extend_from_slice(bytes);
        }
    }

    /// Takes frames until one is incomplete, or its message has to be awaited. Returns how many
    /// bytes were taken.
    fn take(&mut self, input: &mut [u8]) -> usize {
        let mut at = 0;
        while self.busy.is_none() {
            match self.assembler.step(&mut input[at..], self.driven.payload_max()) {
                Ok(Step::Incomplete) => break,
                Ok(Step::Consumed(len)) => at += len,
                Ok(Step::Complete(len, message)) => {
                    at += len;
                    if !self.receive(message) {
                        // Input after the end does not count.
                        return input.len();
                    }
                }
                Err(code) => {
                    self.refuse(code, code.meaning());
                    return input.len();
                }
            }
        }
        at
    }

    fn receive(&mut self, message: Message) -> bool {
        let received = match message {
            Message::Text(text) => self.driven.text(text),
            Message::Binary(bytes) => self.driven.binary(bytes),
            Message::Pong => self.control(None),
            Message::Ping(payload) => self.control(Some(frame(Opcode::Pong, &payload))),
            Message::Close(payload) => {
                self.driven.viewer().end([close_echo(&payload)], CloseReason::Peer);
                return false;
            }
        };
        match received {
            Received::Done => {}
            Received::Busy(handling) => self.busy = Some(handling),
            Received::Close(code, why) => {
                self.refuse(code, why);
                return false;
            }
        }
        !self.is_stopped()
    }

    /// A ping is answered also beyond the pace, or its client would give a good connection up. The
    /// pace ends the connection of whoever goes on.
    fn control(&self, answer: Option<Frame>) -> Received {
        if self.driven.paced() == Verdict::Close {
            return Received::Close(CloseCode::Policy, TOO_MANY_MESSAGES);
        }
        if let Some(answer) = answer {
            self.driven.viewer().send(answer);
        }
        Received::Done
    }

    fn refuse(&self, code: CloseCode, why: &str) {
        self.driven.viewer().end([close_frame(code, why)], CloseReason::Protocol);
    }

    fn finish(&mut self, reason: CloseReason) {
        self.input = Vec::new();
        self.taken = 0;
        self.deadline = None;
        let polite = match reason {
            CloseReason::Peer
            | CloseReason::Protocol
            | CloseReason::Application
            | CloseReason::Shutdown => true,
            CloseReason::Timeout => self.say_why("nothing was heard from this client in time"),
            CloseReason::Outbox | CloseReason::Behind => {
                self.say_why("this client reads too slowly; come again")
            }
            CloseReason::Transport | CloseReason::Replaced => false,
        };
        self.phase = if polite { Phase::Lingering } else { Phase::Over };
        if let Some(stream) = self.driven.viewer().stream() {
            if polite { stream.shutdown_write() } else { stream.shutdown() }
        }
        self.driven.over(reason);
    }

    /// Sends a client that was closed for being too far behind the code to try again, if its socket
    /// takes that now. It does not wait: the client was closed because it does not read.
    fn say_why(&self, why: &str) -> bool {
        let viewer = self.driven.viewer();
        let goodbye = close_frame(CloseCode::TryAgainLater, why);
        let says = |stream: &AnyStream| stream.try_write(goodbye.bytes());
        viewer.is_between_frames()
            && viewer.stream().is_some_and(|stream| says(stream).is_ok_and(|n| n == goodbye.len()))
    }

    /// Reads on until the peer has closed too: closing a socket with unread bytes could destroy the
    /// close frame on its way.
    fn poll_linger(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        for _ in 0..ROUNDS_MAX {
            if self.poll_deadline(cx).is_ready() {
                break;
            }
            let read = READ.with_borrow_mut(|buffer| self.driven.viewer().poll_read(cx, buffer));
            match ready!(read) {
                Ok(0) | Err(_) => break,
                Ok(_) => {}
            }
        }
        if let Some(stream) = self.driven.viewer().stream() {
            stream.shutdown();
        }
        self.phase = Phase::Over;
        Poll::Ready(())
    }

    fn poll_deadline(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let timeout = self.driven.close_timeout();
        let sleep = self.deadline.get_or_insert_with(|| Box::pin(tokio::time::sleep(timeout)));
        sleep.as_mut().poll(cx)
    }
}

impl<D: Driven> Future for Connection<D> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        if this.phase == Phase::Open {
            ready!(this.poll_open(cx));
        }
        if this.phase == Phase::Lingering {
            ready!(this.poll_linger(cx));
        }
        // A running handler finishes: half a subscription is of no use.
        if let Some(busy) = &mut this.busy {
            ready!(busy.as_mut().poll(cx));
            this.busy = None;
        }
        Poll::Ready(())
    }
}

impl<D: Driven> Drop for Connection<D> {
    fn drop(&mut self) {
        if self.phase == Phase::Open {
            self.finish(CloseReason::Transport);
        }
    }
}
