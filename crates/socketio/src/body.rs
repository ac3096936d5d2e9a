//! The body of every answer: a few bytes that are known at once, or those of a waiting poll.
//!
//! A poll waits before it answers, and so does everything around the request. A host that puts
//! [`HoldsHeadBack`] into a request gets its answer at once, with a body that waits ([`Waits`]).

use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Frame, SizeHint};

/// A complete response body.
#[derive(Debug, Default)]
pub struct Body(State);

/// In the extensions of a request: the host can hold back the head of an answer that [`Waits`]
/// until its body is there, and then send its length.
#[derive(Clone, Copy, Debug)]
pub struct HoldsHeadBack;

/// In the extensions of an answer: its body comes later, and all at once. If it is dropped before,
/// its client has closed the connection.
#[derive(Clone, Copy, Debug)]
pub struct Waits;

enum State {
    Whole(Bytes),
    Waiting(Pin<Box<dyn Future<Output = Bytes> + Send>>),
}

impl Body {
    pub(crate) fn empty() -> Self {
        Self::default()
    }

    /// All of it, once this is ready.
    pub(crate) fn later(bytes: Pin<Box<dyn Future<Output = Bytes> + Send>>) -> Self {
        Self(State::Waiting(bytes))
    }
}

impl<T: Into<Bytes>> From<T> for Body {
    fn from(bytes: T) -> Self {
        Self(State::Whole(bytes.into()))
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let bytes = match &mut self.0 {
            State::Whole(bytes) => std::mem::take(bytes),
            State::Waiting(bytes) => ready!(bytes.as_mut().poll(cx)),
        };
        self.0 = State::default();
        Poll::Ready((!bytes.is_empty()).then(|| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        matches!(&self.0, State::Whole(bytes) if bytes.is_empty())
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            State::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            State::Waiting(_) => SizeHint::default(),
        }
    }
}

impl Default for State {
    fn default() -> Self {
        Self::Whole(Bytes::new())
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(bytes) => bytes.fmt(f),
            Self::Waiting(_) => f.write_str("Waiting"),
        }
    }
}
