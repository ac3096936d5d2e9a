//! What comes with every request that writes: its id, and the version that it is based on
//! (`If-Match`, RFC 9110, section 13.1.1).

use axum::extract::FromRequestParts;
use axum::response::IntoResponse;
use domain::{Actor, Expected};
use http::HeaderMap;
use http::header::IF_MATCH;
use http::request::Parts;
use store::{Done, Sender};

use super::entity_tag;
use super::keyed::{Keyed, Telling};
use super::problem::Problem;
use super::request_id::RequestId;
use crate::error_codes::ErrorCode;

#[derive(Clone, Debug)]
pub(crate) struct Asking {
    request_id: RequestId,
    expected: Option<Expected>,
    keyed: Option<Keyed>,
}

impl Asking {
    /// What is handed to the store, once the caller is known. If the request has a key, the answer
    /// is kept under it when the handler has returned ([`super::idempotency`]): a request of many
    /// writes has none earlier.
    pub(crate) fn by(self, actor: impl Into<Actor>) -> Sender {
        let Self { request_id, expected, keyed: _ } = self;
        let request_id = Some(request_id.as_str().to_owned());
        Sender { request_id, expected, ..Sender::from(actor.into()) }
    }

    /// The same, with the answer to be made of what the write did. If the request has a key, the
    /// answer is kept under it, in the transaction of the write.
    pub(crate) fn answered<R: IntoResponse>(
        self,
        actor: impl Into<Actor>,
        show: impl Fn(Done) -> R + Send + Sync + 'static,
    ) -> Sender {
        let key = self.keyed.as_ref().map(|keyed| keyed.key(show));
        Sender { key, ..self.by(actor) }
    }

    /// The same at an address that words refusals in its own way. The wording is the same with a
    /// key and without one.
    pub(crate) fn telling(self, telling: Telling) -> Self {
        Self { keyed: self.keyed.map(|keyed| keyed.telling(telling)), ..self }
    }

    /// Drops the condition of `If-Match`. Only for a write whose thing has no version: it is made by
    /// the write, or it has no `ETag` (a hold, a block, a session, a token). Not for an operation to
    /// which `openapi/conditions.rs` gives `If-Match`.
    pub(crate) fn without_version(self) -> Self {
        Self { expected: None, ..self }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Asking {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let request_id = RequestId::of(&parts.extensions);
        let keyed = parts.extensions.get::<Keyed>().cloned();
        Ok(Self { request_id, expected: expected(&parts.headers)?, keyed })
    }
}

/// Several header lines are one list.
fn expected(headers: &HeaderMap) -> Result<Option<Expected>, Problem> {
    let malformed = || {
        let detail = "If-Match must be * or a list of entity tags, such as \"18f2\"";
        Problem::new(ErrorCode::MALFORMED_IF_MATCH, detail)
    };
    let lines: Vec<&str> = headers
        .get_all(IF_MATCH)
        .iter()
        .map(|line| line.to_str().map_err(|_| malformed()))
        .collect::<Result<_, _>>()?;
    if lines.is_empty() {
        return Ok(None);
    }
    entity_tag::expected(&lines.join(",")).map(Some).ok_or_else(malformed)
}
