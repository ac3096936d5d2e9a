//! A request's body: it has to arrive in time, and the part that no handler read is taken off the
//! connection.
//!
//! A request can be answered before its body was read: when a login is missing, for example. If the
//! rest were left, the connection would be closed while the client sends its next request, or even
//! before it has read the answer. So the rest is read and dropped, within bounds; beyond them the
//! client learns that the connection ends.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderValue, header};
use http_body::{Body as _, Frame};
use http_body_util::BodyExt;
use tokio::time::Sleep;

/// A body has to arrive within this time, like a head.
const BODY_TIMEOUT: Duration = Duration::from_secs(15);

/// How much of a rest is read to save the connection. Most bodies that are too large are smaller.
const REST_BYTES_MAX: usize = 1024 * 1024;
const REST_TIMEOUT: Duration = Duration::from_secs(2);

#[derive(Debug, thiserror::Error)]
#[error("the body did not arrive in time")]
struct TooSlow;

/// The body as handlers see it. If it is dropped early, the unread part is left in `rest`.
struct RequestBody {
    body: Option<Body>,
    too_late: Pin<Box<Sleep>>,
    rest: Arc<Mutex<Option<Body>>>,
}

/// The part of a body that is unread when the handler has answered.
#[derive(Debug, Default)]
struct Rest {
    rest: Arc<Mutex<Option<Body>>>,
    /// The client sends its body only when the server asks for it.
    is_waited_for: bool,
}

/// Watches a request's body, if there is one, until the request is answered.
pub(super) async fn guarded(request: Request, next: Next) -> Response {
    let (request, rest) = guard(request);
    let mut response = next.run(request).await;
    if !rest.taken().await {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

fn guard(request: Request) -> (Request, Rest) {
    if request.body().is_end_stream() {
        return (request, Rest::default());
    }
    let is_waited_for = request.headers().contains_key(header::EXPECT);
    let rest = Rest { rest: Arc::default(), is_waited_for };
    let request = request.map(|body| {
        let too_late = Box::pin(tokio::time::sleep(BODY_TIMEOUT));
        Body::new(RequestBody { body: Some(body), too_late, rest: Arc::clone(&rest.rest) })
    });
    (request, rest)
}

impl Rest {
    /// Takes the rest off the connection; false when it has to be closed.
    async fn taken(self) -> bool {
        let rest = self.rest.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(mut body) = rest else { return true };
        if self.is_waited_for {
            return false;
        }
        let reading = async {
            let mut left = REST_BYTES_MAX;
            while let Some(frame) = body.frame().await {
                let length = frame.ok()?.data_ref().map_or(0, Bytes::len);
                left = left.checked_sub(length)?;
            }
            Some(())
        };
        matches!(tokio::time::timeout(REST_TIMEOUT, reading).await, Ok(Some(())))
    }
}

impl http_body::Body for RequestBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        let polled = Pin::new(body).poll_frame(cx);
        if polled.is_pending() && self.too_late.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Some(Err(axum::Error::new(TooSlow))));
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.body.as_ref().map(Body::size_hint).unwrap_or_default()
    }
}

impl Drop for RequestBody {
    fn drop(&mut self) {
        let rest = self.body.take().filter(|body| !body.is_end_stream());
        *self.rest.lock().unwrap_or_else(PoisonError::into_inner) = rest;
    }
}
