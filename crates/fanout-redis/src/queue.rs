//! The messages that wait to be sent. It is bounded, and a sender never waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use metrics::counter;
use tokio::sync::mpsc;

use crate::metrics::DROPPED;

/// How many messages may wait for Redis; a second of the busiest sale. The other nodes read dropped
/// groups from the store.
pub(crate) const QUEUE_MESSAGES_MAX: usize = 1_024;

#[derive(Clone, Debug)]
pub(crate) struct Outgoing {
    queue: mpsc::Sender<Bytes>,
    is_up: Arc<AtomicBool>,
}

/// The sending end.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) queue: mpsc::Receiver<Bytes>,
    is_up: Arc<AtomicBool>,
}

pub(crate) fn outgoing() -> (Outgoing, Waiting) {
    let (sender, receiver) = mpsc::channel(QUEUE_MESSAGES_MAX);
    let is_up = Arc::new(AtomicBool::new(false));
    (Outgoing { queue: sender, is_up: is_up.clone() }, Waiting { queue: receiver, is_up })
}

impl Outgoing {
    pub(crate) fn is_up(&self) -> bool {
        self.is_up.load(Ordering::Acquire)
    }

    /// Puts in the message that `message` makes; it makes none while there is no link.
    pub(crate) fn put(&self, message: impl FnOnce() -> Bytes) {
        if !self.is_up() {
            counter!(DROPPED, "reason" => "down").increment(1);
        } else if self.queue.try_send(message()).is_err() {
            counter!(DROPPED, "reason" => "queue").increment(1);
        }
    }
}

impl Waiting {
    pub(crate) fn is_up(&self) -> bool {
        self.is_up.load(Ordering::Acquire)
    }

    /// Also drops the waiting messages: the other nodes have read those groups from the store long
    /// ago.
    pub(crate) fn set_up(&mut self, is_up: bool) {
        self.is_up.store(is_up, Ordering::Release);
        if !is_up {
            while self.queue.try_recv().is_ok() {
                counter!(DROPPED, "reason" => "down").increment(1);
            }
        }
    }
}
