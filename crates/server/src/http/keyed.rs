//! A request with an idempotency key, on its way through its handler: which key, and what the
//! transaction answered.

use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use domain::Refusal;
use http::{HeaderName, HeaderValue};
use parking_lot::Mutex;
use store::{Answers, Done, KeptAnswer, Key, KeyDigests};

use super::answered::Answered;
use super::problem::Problem;
use super::request_id::RequestId;
use crate::identity::key_secrets::KeySecrets;

pub(crate) const IDEMPOTENT_REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

#[derive(Clone)]
pub(crate) struct Keyed {
    pub(super) digests: KeyDigests,
    pub(super) previous: Option<KeyDigests>,
    /// As a problem of this request shows them.
    pub(super) instance: String,
    pub(super) request_id: RequestId,
    pub(super) secrets: Arc<KeySecrets>,
    pub(super) outcome: Arc<Mutex<Outcome>>,
    /// How this address words refusals.
    pub(super) telling: Telling,
}

/// How an address words a refusal: with its own pointers, or with less than the refusal itself
/// says.
pub(crate) type Telling = fn(Problem) -> Problem;

impl std::fmt::Debug for Keyed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keyed").finish_non_exhaustive()
    }
}

/// What the transaction answered; the last time if it ran several times.
#[derive(Debug, Default)]
pub(super) enum Outcome {
    #[default]
    NotAsked,
    First(Answered),
    Repeated(Answered),
    /// The answer of this request is written when its payment ends; the handler's answer is the
    /// same.
    Begun,
}

impl Keyed {
    /// The same at an address that words refusals in its own way.
    pub(crate) fn telling(self, telling: Telling) -> Self {
        Self { telling, ..self }
    }

    /// The key for a write whose answer `show` makes.
    pub(crate) fn key<R: IntoResponse>(
        &self,
        show: impl Fn(Done) -> R + Send + Sync + 'static,
    ) -> Key {
        let show = Box::new(move |done: &Done| show(done.clone()).into_response());
        Key {
            digests: self.digests,
            previous: self.previous,
            answers: Arc::new(Words { keyed: self.clone(), show }),
            until_settled: None,
        }
    }

    pub(super) fn take_outcome(&self) -> Outcome {
        std::mem::take(&mut *self.outcome.lock())
    }
}

impl Outcome {
    /// What is sent in place of the handler's own answer.
    pub(super) fn into_answer(self) -> Option<Response> {
        match self {
            Self::NotAsked | Self::Begun => None,
            Self::First(answer) => Some(answer.into_response()),
            Self::Repeated(answer) => {
                let mut response = answer.into_response();
                let headers = response.headers_mut();
                headers.insert(IDEMPOTENT_REPLAYED, HeaderValue::from_static("true"));
                Some(response)
            }
        }
    }
}

/// How one handler answers one request.
struct Words {
    keyed: Keyed,
    show: Box<dyn Fn(&Done) -> Response + Send + Sync>,
}

impl Answers for Words {
    fn answer(&self, result: Result<&Done, &Refusal>) -> Option<KeptAnswer> {
        let Keyed { instance, request_id, secrets, outcome, telling, .. } = &self.keyed;
        let response = match result {
            Ok(done) => (self.show)(done),
            Err(refusal) => telling(Problem::from(refusal.clone())).into_response(),
        };
        let answered =
            Answered::of(response, instance, request_id.as_str()).filter(Answered::is_final)?;
        let kept = answered.sealed(secrets)?;
        *outcome.lock() = Outcome::First(answered);
        Some(kept)
    }

    fn begun(&self) {
        *self.keyed.outcome.lock() = Outcome::Begun;
    }

    fn repeat(&self, answer: &KeptAnswer) {
        if let Some(answered) = Answered::opened(answer, &self.keyed.secrets) {
            *self.keyed.outcome.lock() = Outcome::Repeated(answered);
        }
    }
}
