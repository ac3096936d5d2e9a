//! Acknowledgements that the server waits for: an event goes out with a number, and the client's
//! answer has the same one, or it does not come in time.
//!
//! A number is never used twice by one server, so a late answer cannot be taken for another. The
//! questions of a session are bounded, and forgotten when no task waits for them any more.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::oneshot;

use crate::acknowledged::{Acknowledged, Awaited};
use crate::packet::AckId;
use crate::session::Session;
use crate::sid::Sid;

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AckError {
    /// It has not come in time.
    #[error("the client has not answered in time")]
    TimedOut,
    /// The client has left.
    #[error("the client is not connected")]
    Disconnected,
    /// The client owes as many answers as it may.
    #[error("too many answers are waited for")]
    TooMany,
}

/// A question that waits for its answer; dropping it frees its place.
struct Question {
    session: Arc<Session>,
    id: AckId,
    answer: oneshot::Receiver<Acknowledged>,
}

/// Sends an event, made by `send` from its number, and waits for the answer.
pub(crate) fn ask(
    session: &Arc<Session>,
    (namespace, sid): (u8, Sid),
    timeout: Duration,
    send: impl FnOnce(AckId) -> bool,
) -> Pin<Box<dyn Future<Output = Result<Acknowledged, AckError>> + Send>> {
    let asked = Question::begin(session, namespace, sid).and_then(|question| {
        let sent = send(question.id);
        if sent { Ok(question) } else { Err(AckError::Disconnected) }
    });
    Box::pin(async move {
        let mut question = asked?;
        match tokio::time::timeout(timeout, &mut question.answer).await {
            Ok(answer) => answer.map_err(|_| AckError::Disconnected),
            Err(_) => Err(AckError::TimedOut),
        }
    })
}

/// Whether a question waits for this answer.
pub(crate) fn is_awaited(session: &Session, namespace: Option<u8>, id: Option<AckId>) -> bool {
    let (Some(namespace), Some(id)) = (namespace, id) else { return false };
    let is = |awaited: &Awaited| awaited.id == id && awaited.namespace == namespace;
    session.state.lock().aside.with(|aside| aside.awaited.iter().any(is))
}

/// Passes an answer to the question that waits for it, if there is one.
pub(crate) fn answered(session: &Session, namespace: u8, id: AckId, answer: Acknowledged) {
    let awaited = session.state.lock().aside.with(|aside| {
        let is = |awaited: &Awaited| awaited.id == id && awaited.namespace == namespace;
        let at = aside.awaited.iter().position(is)?;
        Some(aside.awaited.swap_remove(at))
    });
    if let Some(awaited) = awaited {
        // The waiting task may have stopped at this very moment.
        let _ = awaited.answer.send(answer);
    }
}

impl Question {
    fn begin(session: &Arc<Session>, namespace: u8, sid: Sid) -> Result<Self, AckError> {
        let id = AckId(session.shared.asked.fetch_add(1, Ordering::Relaxed));
        let (sender, answer) = oneshot::channel();
        let mut state = session.state.lock();
        if !state.has_socket(namespace, sid) {
            return Err(AckError::Disconnected);
        }
        let max = session.shared.config.acks_max;
        let awaited = Awaited { id, namespace, answer: sender };
        let has_place = state.aside.with(|aside| {
            let has_place = aside.awaited.len() < max;
            if has_place {
                aside.awaited.push(awaited);
            }
            has_place
        });
        if !has_place {
            return Err(AckError::TooMany);
        }
        Ok(Self { session: Arc::clone(session), id, answer })
    }
}

impl Drop for Question {
    fn drop(&mut self) {
        let id = self.id;
        let mut state = self.session.state.lock();
        state.aside.with(|aside| aside.awaited.retain(|awaited| awaited.id != id));
    }
}
