//! The service behind one connection: it answers with the routes, and reports to the conversation
//! what hyper has parsed and how far the answer is.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, StatusCode, Version, header};
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;
use hyper::{Request, Response};
use parking_lot::Mutex;
use socketio::{HoldsHeadBack, Remote, Waits};
use tower::ServiceExt as _;

use super::conversation::Conversation;

const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");

/// In an answer's extensions: it is a stream for a viewer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Watched;

/// An answer that stays open, on its way from the service out of hyper.
pub(super) type HandedOver = Arc<Mutex<Option<Response<AnswerBody>>>>;

pub(super) struct Answering {
    pub(super) routes: Router,
    pub(super) remote: SocketAddr,
    /// The value of `Keep-Alive`.
    pub(super) keep_alive: HeaderValue,
    pub(super) conversation: Arc<Conversation>,
    pub(super) handed_over: HandedOver,
}

impl hyper::service::Service<Request<Incoming>> for Answering {
    type Response = Response<AnswerBody>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    /// hyper calls this as soon as it has parsed a head, before it reads on: only so does the
    /// conversation learn of it in time.
    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let body_bytes = http_body::Body::size_hint(request.body()).exact();
        self.conversation.request(body_bytes);
        let may_stay_open = may_stay_open(&request, body_bytes);
        let handed_over = Arc::clone(&self.handed_over);
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(Remote(self.remote));
        if may_stay_open {
            request.extensions_mut().insert(HoldsHeadBack);
        }
        let answer = self.routes.clone().oneshot(request);
        let conversation = Arc::clone(&self.conversation);
        let keep_alive = self.keep_alive.clone();
        Box::pin(async move {
            let mut answer = answer.await?;
            if answer.status() == StatusCode::SWITCHING_PROTOCOLS {
                conversation.upgrade();
            } else if body_bytes.is_none() {
                answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            } else if !answer.headers().contains_key(header::CONNECTION) {
                answer.headers_mut().insert(KEEP_ALIVE, keep_alive);
            }
            let is_watched = answer.extensions().get::<Watched>().is_some();
            if is_watched {
                conversation.watch();
            }
            let stays_open = is_watched || answer.extensions().get::<Waits>().is_some();
            let answer = answer.map(|body| AnswerBody { body, conversation });
            if stays_open && may_stay_open {
                *handed_over.lock() = Some(answer);
                // The connection is taken out of hyper now, and this future is dropped with it.
                return std::future::pending().await;
            }
            Ok(answer)
        })
    }
}

/// Whether the request is complete, and its answer has the form that `open_answer` writes.
fn may_stay_open<B>(request: &Request<B>, body_bytes: Option<u64>) -> bool {
    let is_last = request.headers().get_all(header::CONNECTION).iter().any(|value| {
        let mut words = value.as_bytes().split(|byte| *byte == b',');
        words.any(|word| word.trim_ascii().eq_ignore_ascii_case(b"close"))
    });
    let is_plain = request.version() == Version::HTTP_11 && request.method() == Method::GET;
    is_plain && body_bytes == Some(0) && !is_last
}

/// The body of an answer. hyper drops it as soon as it has taken all of it.
pub(super) struct AnswerBody {
    body: Body,
    conversation: Arc<Conversation>,
}

impl http_body::Body for AnswerBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for AnswerBody {
    fn drop(&mut self) {
        self.conversation.answered();
    }
}
