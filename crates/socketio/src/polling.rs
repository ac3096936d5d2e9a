//! A poll: the request that waits until there is something for its client. Where the host can hold
//! an answer's head back, it waits in the body, so that everything around the request is freed
//! meanwhile.
//!
//! One poll per session: a second one is an error of the client and ends the session, as the
//! protocol says. So does a client that closes the connection while its poll waits.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::Response;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use rooms::{CloseReason, Frame};

use crate::body::{Body, Waits};
use crate::decision::Transport;
use crate::engine_packet::SEPARATOR;
use crate::refusal::Refusal;
use crate::session::Session;

/// How long a poll may wait while a websocket takes over: the client needs its answer to go on.
const UPGRADING_WAIT: Duration = Duration::from_millis(100);

const NOOP: &str = "6";
const CLOSE: &str = "1";
/// Opcode of a binary frame, in a frame's first byte.
const BINARY: u8 = 0x2;

pub(crate) async fn poll(session: Arc<Session>, may_wait_in_body: bool) -> Response<Body> {
    let Some(mut waiting) = Waiting::begin(&session) else {
        session.close(CloseReason::Protocol);
        return Refusal::BadRequest.response();
    };
    if session.state.lock().upgrading {
        let payload = tokio::time::timeout(UPGRADING_WAIT, payload(&session)).await;
        let payload = payload.unwrap_or(NOOP.to_owned());
        waiting.answered = true;
        let taken_over = session.state.lock().transport == Transport::Websocket;
        if taken_over && payload == NOOP {
            // The poll was sent when the client had already moved to its websocket.
            return Refusal::BadRequest.response();
        }
        return text(payload);
    }
    if !may_wait_in_body {
        return text(waiting.payload().await);
    }
    let mut payload = Box::pin(waiting.payload());
    // Packets that are there already need no waiting.
    if let Poll::Ready(payload) = poll_fn(|cx| Poll::Ready(payload.as_mut().poll(cx))).await {
        return text(payload);
    }
    let mut response = text(Body::later(payload));
    response.extensions_mut().insert(Waits);
    response
}

/// A response with packets in it.
pub(crate) fn text(payload: impl Into<Body>) -> Response<Body> {
    let mut response = Response::new(payload.into());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=UTF-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

async fn payload(session: &Session) -> String {
    let bytes_max = session.shared.config.poll_bytes_max;
    poll_fn(|cx| match session.viewer().poll_take(cx, bytes_max) {
        Poll::Ready(Ok(frames)) => Poll::Ready(encode(&frames)),
        Poll::Ready(Err(CloseReason::Peer)) => Poll::Ready(NOOP.to_owned()),
        Poll::Ready(Err(_)) => Poll::Ready(CLOSE.to_owned()),
        Poll::Pending => {
            let mut state = session.state.lock();
            let taken_over = state.transport == Transport::Websocket;
            if std::mem::take(&mut state.noop) || taken_over {
                Poll::Ready(NOOP.to_owned())
            } else {
                Poll::Pending
            }
        }
    })
    .await
}

/// The body of packets that are sent together.
pub(crate) fn encode(frames: &[Frame]) -> String {
    let len = frames.iter().map(|frame| frame.len() + 1).sum();
    let mut body = String::with_capacity(len);
    for frame in frames {
        if !body.is_empty() {
            body.push(SEPARATOR);
        }
        let payload = frame.payload();
        let binary = frame.header().first().is_some_and(|first| first & 0x0f == BINARY);
        match std::str::from_utf8(&payload) {
            Ok(text) if !binary => body.push_str(text),
            _ => {
                body.push('b');
                STANDARD.encode_string(&payload, &mut body);
            }
        }
    }
    body
}

/// The place of the one poll that may wait.
struct Waiting {
    session: Arc<Session>,
    answered: bool,
}

impl Waiting {
    fn begin(session: &Arc<Session>) -> Option<Self> {
        let mut state = session.state.lock();
        if state.polling {
            return None;
        }
        state.polling = true;
        state.noop = false;
        Some(Self { session: Arc::clone(session), answered: false })
    }

    async fn payload(mut self) -> Bytes {
        let payload = payload(&self.session).await;
        self.answered = true;
        payload.into()
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.session.state.lock().polling = false;
        if !self.answered {
            self.session.close(CloseReason::Transport);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encode::{binary_frame, text_frame};

    #[test]
    fn packets_are_separated_and_binary_ones_are_base64() {
        let frames = [text_frame("4a"), binary_frame(&[1, 2, 3, 4]), text_frame("2")];
        assert_eq!(encode(&frames), "4a\u{1e}bAQIDBA==\u{1e}2");
    }
}
