//! Requests that are refused, with the status and the body that the protocol's clients know.

use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, Response, StatusCode};

use crate::body::Body;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    TransportUnknown,
    SessionUnknown,
    BadHandshakeMethod,
    BadRequest,
    UnsupportedVersion,
    /// A polling body beyond the payload limit.
    TooLarge,
    /// No more sessions for now, or the server is stopping.
    Unavailable,
}

impl Refusal {
    pub(crate) fn response(self) -> Response<Body> {
        let (status, body) = match self {
            Self::TransportUnknown => (400, r#"{"code":0,"message":"Transport unknown"}"#),
            Self::SessionUnknown => (400, r#"{"code":1,"message":"Session ID unknown"}"#),
            Self::BadHandshakeMethod => (400, r#"{"code":2,"message":"Bad handshake method"}"#),
            Self::BadRequest => (400, r#"{"code":3,"message":"Bad request"}"#),
            Self::UnsupportedVersion => {
                (400, r#"{"code":5,"message":"Unsupported protocol version"}"#)
            }
            Self::TooLarge => (413, ""),
            Self::Unavailable => (503, r#"{"code":4,"message":"Forbidden"}"#),
        };
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if self == Self::Unavailable {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}
