//! Packets that a polling client sends: one body at a time, handled before it is answered.
//!
//! The payload limit is checked on the claimed length and on the bytes that arrive. The packets are
//! handled in a task of the server's, so a client that closes the connection does not leave half a
//! subscription.

use std::sync::Arc;

use bytes::Buf;
use http::header::CONTENT_LENGTH;
use http::{HeaderMap, Response};
use http_body_util::BodyExt;
use rooms::CloseReason;

use crate::body::Body;
use crate::engine_packet::{Part, split};
use crate::polling;
use crate::refusal::Refusal;
use crate::session::Session;
use crate::websocket::connection::Received;

pub(crate) async fn post<B: http_body::Body>(
    session: Arc<Session>,
    headers: &HeaderMap,
    body: B,
) -> Response<Body> {
    let Some(posting) = Posting::begin(&session) else {
        session.close(CloseReason::Protocol);
        return Refusal::BadRequest.response();
    };
    let max = session.shared.config.max_payload;
    let claimed = headers.get(CONTENT_LENGTH).and_then(|len| len.to_str().ok()?.parse().ok());
    if claimed.is_some_and(|len: usize| len > max) {
        return Refusal::TooLarge.response();
    }
    let bytes = match read(body, max).await {
        Ok(bytes) => bytes,
        Err(refusal) => return refusal.response(),
    };
    let text = simdutf8::basic::from_utf8(&bytes).map(str::to_owned);
    let handled = session.shared.tasks.spawn(async move {
        // The place is kept until the last packet is handled.
        let posting = posting;
        let fine = match text {
            Ok(text) => take(&posting.0, &text).await,
            Err(_) => false,
        };
        if !fine {
            posting.0.close(CloseReason::Protocol);
        }
        fine
    });
    match handled.await {
        Ok(true) => polling::text("ok"),
        Ok(false) | Err(_) => Refusal::BadRequest.response(),
    }
}

async fn read<B: http_body::Body>(body: B, max: usize) -> Result<Vec<u8>, Refusal> {
    let mut body = std::pin::pin!(body);
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let Ok(mut data) = frame.map_err(|_| Refusal::BadRequest)?.into_data() else { continue };
        if bytes.len() + data.remaining() > max {
            return Err(Refusal::TooLarge);
        }
        while data.has_remaining() {
            let chunk = data.chunk();
            let len = chunk.len();
            bytes.extend_from_slice(chunk);
            data.advance(len);
        }
    }
    Ok(bytes)
}

/// Handles the packets of a body in order. False if one breaks the protocol.
async fn take(session: &Arc<Session>, body: &str) -> bool {
    for packet in split(body) {
        let received = match packet {
            Ok(Part::Text(text)) => session.receive(text.to_owned()),
            Ok(Part::Binary(bytes)) => session.receive_binary(bytes),
            Err(_) => return false,
        };
        match received {
            Received::Done => {}
            Received::Busy(handling) => handling.await,
            Received::Close(..) => return false,
        }
        if let Some(reason) = session.viewer().closed() {
            // The engine may have closed the viewer because of the packets just sent.
            session.close(reason);
            return reason != CloseReason::Protocol;
        }
    }
    true
}

/// The place of the one body that may be handled.
struct Posting(Arc<Session>);

impl Posting {
    fn begin(session: &Arc<Session>) -> Option<Self> {
        let mut state = session.state.lock();
        if state.posting {
            return None;
        }
        state.posting = true;
        Some(Self(Arc::clone(session)))
    }
}

impl Drop for Posting {
    fn drop(&mut self) {
        self.0.state.lock().posting = false;
    }
}
