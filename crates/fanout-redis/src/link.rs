//! The link to Redis: kept for as long as the program runs, also when Redis fails.
//!
//! Every loss is handled alike: the connection is dropped, Redis is searched again, the channel is
//! subscribed to again. Only one thing shows that a subscription works: this node's own messages
//! come back to it; when they do not, the link is lost. Errors, ended connections and moved slots
//! only show it sooner.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::{BusPosition, RouteId};
use metrics::counter;
use store::{CommittedGroup, Ears, Epoch, FanOut, FanOutState, Heard};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep, timeout_at};

use crate::address::Address;
use crate::connection::{Connection, Finder, LinkError, Push, Pushes};
use crate::message::{self, Content, Message, Sender};
use crate::metrics::{DROPPED, LOST, PUBLISHED};
use crate::queue::{Outgoing, Waiting, outgoing};

/// How often a node sends a message only to receive it.
const PROOF_EVERY_MILLIS: u64 = 1_000;

/// After this long without its own message, a node counts the link as lost.
const PROOF_LATE_MILLIS: u64 = 3_000;

/// How often Sentinels are asked whether they still name the same server.
const SENTINELS_ASKED_EVERY_SECONDS: u64 = 5;

/// The pause between two attempts, doubled with each.
const RETRY_MILLIS_MIN: u64 = 50;
const RETRY_MILLIS_MAX: u64 = 2_000;

/// Messages that are passed to Redis at once.
const BATCH_MESSAGES_MAX: usize = 64;

/// This node's end. It gets what was committed here; what other nodes have committed goes into the
/// ears that [`start`] was given.
#[derive(Debug)]
pub struct RedisFanOut {
    sender: Sender,
    outgoing: Outgoing,
    channel: watch::Sender<Arc<str>>,
    name: String,
}

/// A node's end, and the future that keeps it linked until it is dropped: the caller must run it.
///
/// `name` and the epoch separate the databases on one Redis.
pub fn start(
    address: &Address,
    name: &str,
    epoch: Epoch,
    ears: Ears,
) -> Result<(RedisFanOut, impl Future<Output = ()> + Send + 'static), redis::RedisError> {
    let mut sender = [0; 16];
    // Two nodes with one id would take each other's messages for their own.
    getrandom::fill(&mut sender).map_err(std::io::Error::other)?;
    let sender = Sender(sender);
    let (outgoing, waiting) = outgoing();
    let (channel, channels) = watch::channel(channel_of(name, epoch));
    let finder = Finder::of(address)?;
    let link = Link {
        finder,
        sender,
        waiting,
        channels,
        ears,
        shown: address.to_string(),
        is_told: false,
    };
    Ok((RedisFanOut { sender, outgoing, channel, name: name.to_owned() }, link.keep()))
}

/// One for each epoch of a database: after it was set back, no node receives events that do not
/// exist any more.
fn channel_of(name: &str, epoch: Epoch) -> Arc<str> {
    format!("seatwire:{name}:{:x}", epoch.0).into()
}

impl FanOut for RedisFanOut {
    fn group(&self, group: &CommittedGroup) {
        self.outgoing.put(|| message::group(self.sender, group));
    }

    fn position(&self, route_id: RouteId, position: &BusPosition) {
        self.outgoing.put(|| message::position(self.sender, route_id, position));
    }

    fn begin_anew(&self, epoch: Epoch) {
        self.channel.send_replace(channel_of(&self.name, epoch));
    }

    fn state(&self) -> FanOutState {
        match self.outgoing.is_up() {
            true => FanOutState::Up,
            false => FanOutState::Down,
        }
    }
}

struct Link {
    finder: Finder,
    sender: Sender,
    waiting: Waiting,
    channels: watch::Receiver<Arc<str>>,
    ears: Ears,
    shown: String,
    /// Whether the log knows that there is no link.
    is_told: bool,
}

impl Link {
    async fn keep(mut self) {
        let mut wait = RETRY_MILLIS_MIN;
        loop {
            let lost = match self.finder.open().await {
                Err(error) => error,
                Ok((connection, pushes)) => match self.serve(connection, pushes).await {
                    Ok(()) => return,
                    Err(error) => error,
                },
            };
            if self.waiting.is_up() {
                counter!(LOST).increment(1);
                wait = RETRY_MILLIS_MIN;
            }
            self.waiting.set_up(false);
            if !self.is_told {
                self.is_told = true;
                tracing::warn!(
                    redis = %self.shown, error = %lost,
                    "no link to Redis: what other nodes commit is read from the database, some 250 ms \
                     later; trying again"
                );
            }
            // Nodes that lost it together must not connect again together.
            sleep(Duration::from_millis(wait / 2 + fastrand::u64(..=wait / 2))).await;
            wait = (wait * 2).min(RETRY_MILLIS_MAX);
            if self.channels.has_changed().is_err() {
                return;
            }
        }
    }

    /// `Ok`: the link is not needed any more.
    async fn serve(
        &mut self,
        mut connection: Connection,
        mut pushes: Pushes,
    ) -> Result<(), LinkError> {
        let channel = self.channels.borrow_and_update().clone();
        connection.subscribe(&channel).await?;
        let Self { finder, sender, waiting, channels, ears, shown, is_told } = self;
        // Before anything else: when this comes back, it is the first proof.
        connection.publish(&channel, &[message::proof(*sender)]).await?;
        first_proof(&mut pushes, *sender, ears).await?;
        waiting.set_up(true);
        if std::mem::take(is_told) {
            tracing::info!(redis = %shown, "linked to Redis again");
        }
        // This node did not receive messages from before this moment.
        tell(ears, Heard::Lost);
        tokio::select! {
            error = hear(&mut pushes, *sender, ears) => Err(error),
            error = speak(&mut connection, &channel, *sender, &mut waiting.queue) => Err(error),
            error = watch_sentinels(finder) => Err(error),
            changed = channels.changed() => match changed {
                Ok(()) => Err(LinkError::ChannelChanged),
                Err(_) => Ok(()),
            },
        }
    }
}

async fn first_proof(pushes: &mut Pushes, sender: Sender, ears: &Ears) -> Result<(), LinkError> {
    let late = Instant::now() + Duration::from_millis(PROOF_LATE_MILLIS);
    loop {
        match timeout_at(late, pushes.next()).await {
            Err(_) => return Err(LinkError::Silent),
            Ok(Push::Lost(error)) => return Err(error),
            Ok(Push::Message(message)) if take(&message, sender, ears) => return Ok(()),
            Ok(Push::Message(_)) => {}
        }
    }
}

async fn hear(pushes: &mut Pushes, sender: Sender, ears: &Ears) -> LinkError {
    let proof_late = Duration::from_millis(PROOF_LATE_MILLIS);
    let mut late = Instant::now() + proof_late;
    loop {
        match timeout_at(late, pushes.next()).await {
            Err(_) => return LinkError::Silent,
            Ok(Push::Lost(error)) => return error,
            Ok(Push::Message(message)) => {
                if take(&message, sender, ears) {
                    late = Instant::now() + proof_late;
                }
            }
        }
    }
}

/// Passes on another node's message. Returns whether it was this node's own.
fn take(message: &[u8], me: Sender, ears: &Ears) -> bool {
    let Ok(Message { sender, content }) = message::decode(message) else {
        counter!(DROPPED, "reason" => "unreadable").increment(1);
        return false;
    };
    if sender == me {
        return true;
    }
    match content {
        Content::Group(group) => tell(ears, Heard::Group(group)),
        Content::Hint(number) => tell(ears, Heard::Number(number)),
        Content::Position(route_id, position) => {
            tell(ears, Heard::Position { route_id, position });
        }
        Content::Proof => {}
    }
    false
}

/// This never waits for the reader that puts groups in order: what that does not take, it reads
/// from the store.
fn tell(ears: &Ears, what: Heard) {
    if !ears.hear(what) {
        counter!(DROPPED, "reason" => "unheard").increment(1);
    }
}

async fn speak(
    connection: &mut Connection,
    channel: &str,
    sender: Sender,
    queue: &mut mpsc::Receiver<Bytes>,
) -> LinkError {
    let every = Duration::from_millis(PROOF_EVERY_MILLIS);
    let mut proof_at = Instant::now() + every;
    let mut batch: Vec<Bytes> = Vec::with_capacity(BATCH_MESSAGES_MAX + 1);
    loop {
        batch.clear();
        let taken = timeout_at(proof_at, queue.recv_many(&mut batch, BATCH_MESSAGES_MAX)).await;
        if taken == Ok(0) {
            // The sender is gone; the link ends when the channel's owner ends it.
            std::future::pending::<()>().await;
        }
        let count = batch.len() as u64;
        if Instant::now() >= proof_at {
            batch.push(message::proof(sender));
            proof_at = Instant::now() + every;
        }
        if let Err(error) = connection.publish(channel, &batch).await {
            return error;
        }
        counter!(PUBLISHED).increment(count);
    }
}

async fn watch_sentinels(finder: &mut Finder) -> LinkError {
    loop {
        sleep(Duration::from_secs(SENTINELS_ASKED_EVERY_SECONDS)).await;
        if !finder.still_means_the_same().await {
            return LinkError::Moved;
        }
    }
}
