//! Acknowledgements that the server waits for: an event goes out with a number, the client's answer
//! comes back with the same one, or it does not come in time.
//!
//! A number is never used twice by one server, so a late answer cannot be taken for another. What a
//! session waits for is bounded, and forgotten when nobody waits for it any more.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use serde_json::value::RawValue;
use tokio::sync::oneshot;

use crate::attachments::behind;
use crate::packet::AckId;
use crate::session::Session;
use crate::socket::Socket;

/// A client's answer.
#[derive(Debug)]
pub struct Acknowledged {
    /// Its arguments, each a JSON value.
    pub args: Vec<Box<RawValue>>,
    /// Bytes that it carries; see [`ClientEvent::attachments`](crate::ClientEvent).
    pub attachments: Vec<Bytes>,
}

impl Acknowledged {
    /// The bytes of an argument that is an attachment.
    pub fn bytes(&self, argument: usize) -> Option<&Bytes> {
        behind(self.args.get(argument)?, &self.attachments)
    }
}

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

/// An answer that is waited for.
pub(crate) struct Awaited {
    id: AckId,
    pub(crate) namespace: u8,
    answer: oneshot::Sender<Acknowledged>,
}

/// Someone waits for an answer; dropping it takes the place back.
struct Question {
    session: Arc<Session>,
    id: AckId,
    answer: oneshot::Receiver<Acknowledged>,
}

/// Sends an event, made by `send` from its number, and waits for the answer.
pub(crate) fn ask(
    socket: &Socket,
    timeout: Duration,
    send: impl FnOnce(AckId) -> bool,
) -> Pin<Box<dyn Future<Output = Result<Acknowledged, AckError>> + Send>> {
    let asked = Question::begin(socket).and_then(|question| {
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

/// Hands an answer to whoever waits for it, if there is someone.
pub(crate) fn answered(session: &Session, namespace: u8, id: AckId, answer: Acknowledged) {
    let awaited = session.state.lock().aside.with(|aside| {
        let is = |awaited: &Awaited| awaited.id == id && awaited.namespace == namespace;
        let at = aside.awaited.iter().position(is)?;
        Some(aside.awaited.swap_remove(at))
    });
    if let Some(awaited) = awaited {
        // Whoever has waited may have stopped at this very moment.
        let _ = awaited.answer.send(answer);
    }
}

impl Question {
    fn begin(socket: &Socket) -> Result<Self, AckError> {
        let session = &socket.session;
        let id = AckId(session.shared.asked.fetch_add(1, Ordering::Relaxed));
        let (sender, answer) = oneshot::channel();
        let mut state = session.state.lock();
        if !state.has_socket(socket.namespace, socket.sid) {
            return Err(AckError::Disconnected);
        }
        let max = session.shared.config.acks_max;
        let awaited = Awaited { id, namespace: socket.namespace, answer: sender };
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
