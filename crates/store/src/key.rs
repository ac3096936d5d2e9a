//! Idempotency keys: a write that is repeated under its key acts once, and gets the first answer
//! (contract.md, "Conventions": `Idempotency-Key`).
//!
//! Invariant: what stands under a key was written in the transaction of the write's effect,
//! refusals included. The store knows nothing of HTTP: [`Answers`] makes the answer. It travels
//! with the envelope and is called inside the transaction. So what is kept is what is answered.

use std::fmt;
use std::sync::Arc;

use domain::{PaymentId, Refusal};
use jiff::{SignedDuration, Timestamp};

use crate::Done;

/// How long an answer is kept.
pub const KEY_HOURS: i64 = 24;

/// The most older rows that are deleted with every new one: more than one, so that they become
/// fewer, and so few that a sale does not notice.
pub const KEYS_FORGOTTEN_AT_ONCE_MAX: usize = 4;

/// Whose key, and which: a digest, so that what is stored shows neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub [u8; 32]);

/// A digest of all that matters in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint(pub [u8; 32]);

/// A request and its key, as digests by one secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyDigests {
    /// Whose key it is, and which.
    pub id: KeyId,
    /// Of the request that it came with.
    pub fingerprint: Fingerprint,
}

/// A key, with what goes with its request.
#[derive(Clone)]
pub struct Key {
    /// As they are written.
    pub digests: KeyDigests,
    /// By the secret before: what was written under it counts too.
    pub previous: Option<KeyDigests>,
    /// Writes down how the request is answered.
    pub answers: Arc<dyn Answers>,
    /// The write only begins something: the answer comes with the end of this payment.
    pub until_settled: Option<PaymentId>,
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").field("id", &self.digests.id).finish_non_exhaustive()
    }
}

impl Key {
    /// All under which the store may know the request, the newest first.
    pub fn known_as(&self) -> impl Iterator<Item = KeyDigests> {
        std::iter::once(self.digests).chain(self.previous)
    }
}

/// What a request is answered with, as its caller reads it.
pub trait Answers: Send + Sync {
    /// The answer to what was decided just now; `None` if it is of a kind that is never kept.
    fn answer(&self, result: Result<&Done, &Refusal>) -> Option<KeptAnswer>;

    /// The request has begun something, and its answer is written later.
    fn begun(&self);

    /// Gives the first answer again.
    fn repeat(&self, answer: &KeptAnswer);
}

/// An answer as it is kept. A write is about no more than one booking, so it is bounded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptAnswer {
    /// The status of HTTP.
    pub status: u16,
    /// Head and body, in a form that only its writer reads.
    pub content: Vec<u8>,
}

/// What stands under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRow {
    /// Whose it is, and which.
    pub id: KeyId,
    /// Of the request that it came with first.
    pub fingerprint: Fingerprint,
    /// How far that request is.
    pub state: KeyState,
    /// When it was written; its age decides when it is forgotten.
    pub created_at: Timestamp,
}

/// How far the request under a key is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// The answer comes with the end of this payment.
    Running(PaymentId),
    /// The answer.
    Answered(KeptAnswer),
}

impl KeyRow {
    /// Rows made before this are forgotten.
    pub fn forgotten_before(now: Timestamp) -> Timestamp {
        now - SignedDuration::from_hours(KEY_HOURS)
    }

    /// The refusal that a request under this key gets from the row; `None`: nothing here counts any
    /// more.
    pub fn meet(&self, key: &Key, now: Timestamp) -> Option<Refusal> {
        let known = key.known_as().find(|known| known.id == self.id)?;
        if self.created_at < Self::forgotten_before(now) {
            return None;
        }
        if self.fingerprint != known.fingerprint {
            return Some(Refusal::KeyReused);
        }
        Some(match &self.state {
            KeyState::Running(_) => Refusal::KeyInFlight,
            KeyState::Answered(answer) => {
                key.answers.repeat(answer);
                Refusal::KeyAnswered
            }
        })
    }

    /// What is to stand under the key once its request was decided; `None`: nothing.
    pub fn after(key: &Key, result: Result<&Done, &Refusal>, now: Timestamp) -> Option<Self> {
        let state = match (result, key.until_settled) {
            (Ok(_), Some(payment_id)) => {
                key.answers.begun();
                KeyState::Running(payment_id)
            }
            (result, _) => KeyState::Answered(key.answers.answer(result)?),
        };
        let KeyDigests { id, fingerprint } = key.digests;
        Some(Self { id, fingerprint, state, created_at: now })
    }

    /// The same row when the payment has ended without an answer that may be kept: the key is free
    /// again, for the next request under it.
    #[must_use]
    pub fn released(&self) -> Self {
        // Older than any row that counts.
        Self { created_at: Timestamp::UNIX_EPOCH, ..self.clone() }
    }

    /// The same row once the payment that it waited for has ended.
    pub fn settled(&self, answers: &dyn Answers, done: &Done) -> Option<Self> {
        let state = KeyState::Answered(answers.answer(Ok(done))?);
        Some(Self { state, ..self.clone() })
    }
}
