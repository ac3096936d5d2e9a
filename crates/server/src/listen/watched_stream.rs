//! The stream of one connection while it speaks HTTP: every wait for the peer is here, with a
//! bound, and bytes are handed to hyper when their time has come ([`super::conversation`]).
//!
//! A websocket takes over the bare stream, and nothing of this is left.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use rooms::AnyStream;
use socketio::Served;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::conversation::{Conversation, Over, Wanted};
use super::deadlines::Deadlines;
use super::head_bounds::HEAD_TIMEOUT;
use super::idle_connections::{IdleConnections, IdlePlace, Kind};
use super::refusal;
use super::transport::Transport;
use crate::metrics::count_unreadable;

/// How long a peer may take nothing of its answer before it is given up.
const STALLED_MAX: Duration = Duration::from_secs(15);

/// The same for a viewer, whose phone may be in a tunnel.
const STALLED_VIEWER_MAX: Duration = Duration::from_secs(30);

/// The same when the server stops or has no room: no one should wait for a peer that does not read.
const STALLED_IN_A_HURRY_MAX: Duration = Duration::from_secs(1);

/// Given to the parser in place of a bare LF: it refuses every head that ends like this.
const NO_HEAD: &[u8] = b"\0\r\n\r\n";

pub(super) struct WatchedStream {
    transport: Transport,
    conversation: Arc<Conversation>,
    idle: Arc<IdleConnections>,
    keep_alive: Duration,
    stop: CancellationToken,
    /// Bytes that were read but may not be handed on yet. Never more than one read's bytes.
    ahead: Vec<u8>,
    /// The body of our refusal in place of hyper's own, as far as it is not written yet.
    refusal: Vec<u8>,
    /// Held while the connection can be spared.
    idle_place: Option<IdlePlace>,
    deadlines: Deadlines,
    /// Something was written that may still lie in a buffer.
    is_unflushed: bool,
}

impl WatchedStream {
    pub(super) fn new(
        transport: Transport,
        conversation: Arc<Conversation>,
        idle: Arc<IdleConnections>,
        keep_alive: Duration,
        stop: CancellationToken,
    ) -> Self {
        Self {
            transport,
            conversation,
            idle,
            keep_alive,
            stop,
            ahead: Vec::new(),
            refusal: Vec::new(),
            idle_place: None,
            // The first request is on its way already, or the connection would not be here.
            deadlines: Deadlines::reading_by(Instant::now() + HEAD_TIMEOUT),
            is_unflushed: false,
        }
    }

    /// Hands on the bytes that belong to the head.
    fn poll_head(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
        was_idle: bool,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(self.poll_read_on(cx, buffer))?;
        match self.conversation.wanted() {
            Wanted::Head { .. } => {
                if was_idle && buffer.filled().len() > before {
                    self.is_idle_no_more();
                    self.deadlines.read_by = Some(Instant::now() + HEAD_TIMEOUT);
                }
            }
            Wanted::Nothing(_) => {
                // What comes after a bare LF no longer counts.
                self.ahead = NO_HEAD.to_vec();
                self.hand_on_ahead(buffer);
            }
            _ => {
                self.is_idle_no_more();
                self.deadlines.read_by = None;
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Hands on the bytes that the conversation admits.
    fn poll_read_on(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.ahead.is_empty() {
            let before = buffer.filled().len();
            match Pin::new(&mut self.transport).poll_read(cx, buffer) {
                Poll::Pending => return self.poll_late(cx),
                read => ready!(read)?,
            }
            let read = &buffer.filled()[before..];
            let admitted = self.conversation.admit(read);
            self.ahead.extend_from_slice(&read[admitted..]);
            buffer.set_filled(before + admitted);
        } else {
            let length = self.ahead.len().min(buffer.remaining());
            let admitted = self.conversation.admit(&self.ahead[..length]);
            buffer.put_slice(&self.ahead[..admitted]);
            self.drop_ahead(admitted);
        }
        Poll::Ready(Ok(()))
    }

    fn hand_on_ahead(&mut self, buffer: &mut ReadBuf<'_>) {
        let length = self.ahead.len().min(buffer.remaining());
        buffer.put_slice(&self.ahead[..length]);
        self.drop_ahead(length);
    }

    fn drop_ahead(&mut self, length: usize) {
        self.ahead.drain(..length);
        if self.ahead.is_empty() {
            // Most connections never have any.
            self.ahead = Vec::new();
        }
    }

    /// Nothing has come. If no request has begun, this is the end of the stream; otherwise it is an
    /// error, once it is late.
    fn poll_late(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.rest();
        let Wanted::Head { is_idle } = self.conversation.wanted() else { return Poll::Pending };
        ready!(self.deadlines.poll(cx, self.patience()));
        if !self.deadlines.is_read_late() {
            return Poll::Pending;
        }
        Poll::Ready(if is_idle { Ok(()) } else { Err(io::ErrorKind::TimedOut.into()) })
    }

    /// Marks the connection as idle from now on, if it is.
    fn rest(&mut self) {
        let is_idle = self.conversation.wanted() == Wanted::Head { is_idle: true };
        if is_idle && !self.is_unflushed && self.ahead.is_empty() {
            self.deadlines.read_by.get_or_insert_with(|| Instant::now() + self.keep_alive);
            self.idle_place.get_or_insert_with(|| self.idle.enter(Kind::Idle, &self.conversation));
        }
    }

    /// A request has come. The answer to one before it may still wait for the peer: then the
    /// connection can be spared as before.
    fn is_idle_no_more(&mut self) {
        if !self.deadlines.is_stalled() {
            self.idle_place = None;
        }
    }

    /// An answer is under way: only the end of the stream matters. hyper has to learn of it, to
    /// give up an answer for which no client waits.
    fn poll_hung_up(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.ahead.is_empty() {
            let before = buffer.filled().len();
            ready!(Pin::new(&mut self.transport).poll_read(cx, buffer))?;
            self.ahead.extend_from_slice(&buffer.filled()[before..]);
            buffer.set_filled(before);
            if self.ahead.is_empty() {
                return Poll::Ready(Ok(()));
            }
        }
        self.conversation.wake_when_answered(cx.waker());
        Poll::Pending
    }

    /// Everything was written. If that was the end of an answer, there may be no further read
    /// before the next request comes: so the time for it begins here.
    fn flushed(&mut self, cx: &mut Context<'_>) {
        self.is_unflushed = false;
        self.took(None);
        self.rest();
        // This only sets the timer: the read that follows checks the time.
        let _ = self.deadlines.poll(cx, self.patience());
    }

    /// A write that cannot continue: an error when that has lasted too long.
    fn poll_stalled<T>(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        if self.deadlines.stall() && !self.conversation.is_watched() {
            self.idle_place = Some(self.idle.enter(Kind::Stalled, &self.conversation));
        }
        let patience = self.patience();
        ready!(self.deadlines.poll(cx, patience));
        if self.deadlines.is_write_late(patience) {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        Poll::Pending
    }

    /// How long to wait for a peer that takes nothing.
    fn patience(&self) -> Duration {
        if self.stop.is_cancelled() || self.conversation.is_asked_to_hang_up() {
            STALLED_IN_A_HURRY_MAX
        } else if self.conversation.is_watched() {
            STALLED_VIEWER_MAX
        } else {
            STALLED_MAX
        }
    }

    /// Notes that this many bytes were taken; `None` is all that there were.
    fn took(&mut self, bytes: Option<usize>) {
        // A viewer is sent events as they happen: it can be behind, but its rate does not count.
        let bytes = bytes.filter(|_| !self.conversation.is_watched());
        if self.deadlines.take(bytes) {
            self.idle_place = None;
        }
    }

    fn poll_written(
        &mut self,
        cx: &mut Context<'_>,
        write: impl FnOnce(Pin<&mut Transport>, &mut Context<'_>) -> Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        match write(Pin::new(&mut self.transport), cx) {
            Poll::Pending => self.poll_stalled(cx),
            Poll::Ready(Ok(length)) => {
                self.took(Some(length));
                Poll::Ready(Ok(length))
            }
            failed => failed,
        }
    }

    /// True if hyper is about to refuse a request itself; then the client gets our refusal.
    fn is_refused(&mut self, answer: &[u8]) -> bool {
        if self.is_unflushed || !self.conversation.owes_nothing() {
            return false;
        }
        let is_bare_line_feed = self.conversation.wanted() == Wanted::Nothing(Over::BareLineFeed);
        let refused = refusal::in_our_words(answer, is_bare_line_feed);
        let Some((status, refusal)) = refused else { return false };
        count_unreadable(status);
        self.refusal = refusal;
        true
    }

    fn poll_refusal(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.refusal.is_empty() {
            let refusal = std::mem::take(&mut self.refusal);
            let written = self.poll_written(cx, |stream, cx| stream.poll_write(cx, &refusal));
            self.refusal = refusal;
            let length = ready!(written)?;
            if length == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.refusal.drain(..length);
        }
        Poll::Ready(Ok(()))
    }
}

impl Served for WatchedStream {
    fn into_bare(self: Box<Self>) -> (AnyStream, Vec<u8>) {
        (self.transport.into_bare(), self.ahead)
    }
}

impl AsyncRead for WatchedStream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        match this.conversation.wanted() {
            Wanted::Head { is_idle } => this.poll_head(cx, buffer, is_idle),
            Wanted::Body => this.poll_read_on(cx, buffer),
            Wanted::Answer => this.poll_hung_up(cx, buffer),
            // A parser that wants more of a head that has ended disagrees with us about its end.
            Wanted::Understanding => Poll::Ready(Err(io::ErrorKind::InvalidData.into())),
            // The new protocol reads from the bare stream.
            Wanted::Nothing(Over::Upgraded) => Poll::Pending,
            Wanted::Nothing(Over::BareLineFeed) => {
                this.hand_on_ahead(buffer);
                Poll::Ready(Ok(()))
            }
        }
    }
}

impl AsyncWrite for WatchedStream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        ready!(this.poll_refusal(cx))?;
        if slices.first().is_some_and(|first| this.is_refused(first)) {
            return Poll::Ready(Ok(slices.iter().map(|slice| slice.len()).sum()));
        }
        this.is_unflushed = true;
        this.poll_written(cx, |stream, cx| stream.poll_write_vectored(cx, slices))
    }

    fn is_write_vectored(&self) -> bool {
        self.transport.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_refusal(cx))?;
        match Pin::new(&mut this.transport).poll_flush(cx) {
            Poll::Pending => return this.poll_stalled(cx),
            flushed => ready!(flushed)?,
        }
        this.flushed(cx);
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_refusal(cx))?;
        match Pin::new(&mut this.transport).poll_shutdown(cx) {
            Poll::Pending => this.poll_stalled(cx),
            ended => ended,
        }
    }
}

impl std::fmt::Debug for WatchedStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WatchedStream")
            .field("conversation", &self.conversation)
            .finish_non_exhaustive()
    }
}
