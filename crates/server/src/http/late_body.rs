//! A body that comes long after its head: its sender is looked up again when it is there.
//!
//! Meanwhile the account may have been disabled, or have lost its role. A request that was held back
//! must not be carried out with the rights that its sender had at the head.

use std::time::{Duration, Instant};

use axum::extract::Request;

use super::problem::Problem;
use crate::identity::callers::Callers;
use crate::identity::tokens::Holder;

/// Whoever sends the body within this time after the head is not looked up a second time.
const AT_ONCE: Duration = Duration::from_millis(100);

/// In the extensions of a request with a body whose bearer was looked up.
#[derive(Clone)]
pub(super) struct BodySender {
    callers: Callers,
    holder: Holder,
    at: Instant,
}

impl BodySender {
    pub(super) fn found_now(callers: Callers, holder: Holder) -> Self {
        Self { callers, holder, at: Instant::now() }
    }

    pub(super) fn of(request: &Request) -> Option<Self> {
        request.extensions().get().cloned()
    }

    /// To be asked when the body is there.
    pub(super) async fn may_still_send(&self) -> Result<(), Problem> {
        if self.at.elapsed() < AT_ONCE {
            return Ok(());
        }
        let now = self.callers.stands(self.holder).await?;
        if now.actor == self.holder.actor {
            return Ok(());
        }
        Err(Problem::unauthorized(
            "the account of this token was changed while the request was sent; send it again",
        ))
    }
}
