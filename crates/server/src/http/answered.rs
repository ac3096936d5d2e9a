//! An answer as it is kept under an idempotency key: status, the headers that matter, and the body.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use axum::body::Body;
use axum::response::Response;
use http::{HeaderName, HeaderValue, StatusCode, header};
use http_body_util::BodyExt as _;
use serde::{Deserialize, Serialize};
use store::KeptAnswer;

use super::prefer::PREFERENCE_APPLIED;
use super::problem::Problem;
use crate::identity::key_secrets::KeySecrets;

/// The headers that belong to the answer; the others belong to the connection, or to one request.
const KEPT_HEADERS: [HeaderName; 4] =
    [header::CONTENT_TYPE, header::ETAG, header::LOCATION, PREFERENCE_APPLIED];

/// Of a refusal that is kept: most have less than 1 KiB.
const KEPT_REFUSAL_BYTES_MAX: usize = 4 << 10;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answered {
    status: StatusCode,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Vec<u8>,
}

/// The part that is sealed: headers and body.
#[derive(Serialize, Deserialize)]
struct Content {
    headers: Vec<(String, String)>,
    body: String,
}

impl Answered {
    /// The whole of a response. A problem is written out as the middleware would write it for this
    /// request. `None`: the body is not available, for example because it is an endless stream.
    pub(crate) fn of(mut response: Response, instance: &str, request_id: &str) -> Option<Self> {
        if let Some(problem) = response.extensions_mut().remove::<Problem>() {
            response = problem.render(instance, request_id);
        }
        let (head, body) = response.into_parts();
        let collecting = pin!(body.collect());
        // A body that was written as a whole is there at once; nothing waits here.
        let Poll::Ready(body) = collecting.poll(&mut Context::from_waker(Waker::noop())) else {
            return None;
        };
        let body = body.ok()?.to_bytes().to_vec();
        let headers = KEPT_HEADERS.into_iter().filter_map(|name| {
            let value = head.headers.get(&name)?.clone();
            Some((name, value))
        });
        Some(Self { status: head.status, headers: headers.collect(), body })
    }

    /// Whether it may be kept. After a failure, a 429 or a 401 the caller may try again.
    pub(crate) fn is_final(&self) -> bool {
        is_final(self.status)
    }

    /// `None` if it is not to be kept. A long refusal is not: it has changed nothing, a repeat is
    /// decided again, and anybody can cause one.
    pub(crate) fn sealed(&self, secrets: &KeySecrets) -> Option<KeptAnswer> {
        if self.status.is_client_error() && self.body.len() > KEPT_REFUSAL_BYTES_MAX {
            return None;
        }
        let text = |value: &HeaderValue| value.to_str().ok().map(str::to_owned);
        let headers = self
            .headers
            .iter()
            .map(|(name, value)| Some((name.as_str().to_owned(), text(value)?)))
            .collect::<Option<_>>()?;
        let body = String::from_utf8(self.body.clone()).ok()?;
        let content = serde_json::to_vec(&Content { headers, body }).ok()?;
        let content = secrets.sealed(content)?;
        Some(KeptAnswer { status: self.status.as_u16(), content })
    }

    pub(crate) fn opened(kept: &KeptAnswer, secrets: &KeySecrets) -> Option<Self> {
        let content = secrets.opened(&kept.content)?;
        let Content { headers, body } = serde_json::from_slice(&content).ok()?;
        let headers = headers
            .into_iter()
            .map(|(name, value)| Some((name.parse().ok()?, value.parse().ok()?)))
            .collect::<Option<_>>()?;
        let status = StatusCode::from_u16(kept.status).ok()?;
        Some(Self { status, headers, body: body.into_bytes() })
    }

    pub(crate) fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        response.headers_mut().extend(self.headers);
        response
    }
}

pub(crate) fn is_final(status: StatusCode) -> bool {
    !(status.is_server_error()
        || status == StatusCode::UNAUTHORIZED
        || status == StatusCode::TOO_MANY_REQUESTS)
}
