//! The id of a request: it is in the request's log lines, in its answer, in a problem, and in
//! whatever the request writes.

use std::sync::Arc;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use booking::{Chance as _, SystemChance};
use http::{Extensions, HeaderName, HeaderValue};
use uuid::Uuid;

pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Letters and digits. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct RequestId(Arc<str>);

impl RequestId {
    /// Always made here: an id from outside could be any text.
    pub(crate) fn fresh() -> Self {
        let mut random = [0; 16];
        match SystemChance.fill(&mut random) {
            Ok(()) => Self(Uuid::from_bytes(random).simple().to_string().into()),
            Err(_) => Self("unknown".into()),
        }
    }

    /// The id of the request with these extensions.
    pub(crate) fn of(extensions: &Extensions) -> Self {
        match extensions.get() {
            Some(Self(id)) => Self(Arc::clone(id)),
            None => unreachable!("the outermost layer gives every request an id"),
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The same as a number; `None` if no random id could be drawn.
    pub(super) fn number(&self) -> Option<u128> {
        u128::from_str_radix(&self.0, 16).ok()
    }
}

/// Gives every request an id, and sends it with the answer.
pub(super) async fn give(mut request: Request, next: Next) -> Response {
    let id = RequestId::fresh();
    request.extensions_mut().insert(id.clone());
    let mut response = next.run(request).await;
    if let Ok(id) = HeaderValue::from_str(id.as_str()) {
        response.headers_mut().insert(X_REQUEST_ID, id);
    }
    response
}
