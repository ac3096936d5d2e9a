//! A client's answer to an event, and the place that waits for it.

use bytes::Bytes;
use serde_json::value::RawValue;
use tokio::sync::oneshot;

use crate::attachments::behind;
use crate::packet::AckId;

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

/// An answer that the server waits for.
pub(crate) struct Awaited {
    pub(crate) id: AckId,
    pub(crate) namespace: u8,
    pub(crate) answer: oneshot::Sender<Acknowledged>,
}
