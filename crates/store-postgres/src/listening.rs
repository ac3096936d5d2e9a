//! Receives notices of other nodes' groups by `LISTEN`, on a connection of its own, and sends where
//! buses are.
//!
//! A group's own transaction sends its notice (see `writer`): the group's number, and the node that
//! wrote it. Invariants: a notice is only a reason to ask the database, so any may be lost; whether
//! notices arrive at all is tested, by a notice to oneself now and then (a pooler accepts a
//! `LISTEN` and passes nothing on).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use domain::{BusPosition, RouteId};
use store::{CommittedGroup, Ears, Epoch, FanOut, FanOutState, Heard};
use tokio::sync::mpsc;
use tokio::time::{Duration, Instant, MissedTickBehavior, interval, sleep, sleep_until, timeout};
use tokio_postgres::{Client, Notification};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::connection::Address;
use crate::fault::told;
use crate::notice::{GROUPS, Notice, POSITIONS};

/// The most notices that were received and not read yet; more are dropped.
const NOTICES_WAITING_MAX: usize = 1_024;

/// The most places of buses that were not sent yet; more are dropped.
const POSITIONS_WAITING_MAX: usize = 256;

/// How often the connection is tested, and how long one's own notice may take.
const TRIED_SECONDS: u64 = 15;
const HEARD_WITHIN_SECONDS: u64 = 5;

/// Between two tries to listen.
const AGAIN: Duration = Duration::from_millis(500);

/// The way to other nodes through the database. It ends with the token that it was started with.
#[derive(Debug)]
pub struct Listening {
    is_heard: Arc<AtomicBool>,
    positions: mpsc::Sender<Notice>,
}

impl Listening {
    /// Listens from now on, again after every loss. `address` must be of the database itself, not
    /// of a pooler in front of it; `node` is the id that this node's own groups have.
    pub(crate) fn start(address: Address, node: Uuid, ears: Ears, stop: CancellationToken) -> Self {
        let is_heard = Arc::new(AtomicBool::new(false));
        let (positions, to_tell) = mpsc::channel(POSITIONS_WAITING_MAX);
        let task = Task { address, node, ears, to_tell, is_heard: Arc::clone(&is_heard) };
        tokio::spawn(async move { stop.run_until_cancelled(task.run()).await });
        Self { is_heard, positions }
    }
}

impl FanOut for Listening {
    /// Its own transaction has sent the notice.
    fn group(&self, _: &CommittedGroup) {}

    fn position(&self, route_id: RouteId, position: &BusPosition) {
        let notice = Notice::Position { route_id, position: *position };
        if self.positions.try_send(notice).is_err() {
            tracing::debug!(%route_id, "where a bus is was not told to other servers");
        }
    }

    /// A notice is a number, and its receiver asks the database.
    fn begin_anew(&self, _: Epoch) {}

    fn state(&self) -> FanOutState {
        if self.is_heard.load(Ordering::Acquire) { FanOutState::Up } else { FanOutState::Down }
    }
}

struct Task {
    address: Address,
    node: Uuid,
    ears: Ears,
    to_tell: mpsc::Receiver<Notice>,
    is_heard: Arc<AtomicBool>,
}

impl Task {
    async fn run(mut self) {
        // One loss is logged once, however long it lasts.
        let mut was_heard = true;
        loop {
            let cause = self.listen(&mut was_heard).await;
            self.is_heard.store(false, Ordering::Release);
            if was_heard {
                was_heard = false;
                tracing::warn!(
                    cause,
                    "other servers' sales are looked for only, not heard of at once \
                     (behind a pooler SEATWIRE_DATABASE_DIRECT must name the database itself)"
                );
            }
            sleep(AGAIN).await;
        }
    }

    /// Runs until the connection is lost, or nothing comes through it; returns why.
    async fn listen(&mut self, was_heard: &mut bool) -> String {
        let (sender, mut notices) = mpsc::channel(NOTICES_WAITING_MAX);
        let client = match self.address.connect_to_listen(sender).await {
            Ok(client) => client,
            Err(error) => return told(&error),
        };
        if let Err(cause) = self.say(&client, &format!("LISTEN {GROUPS}; LISTEN {POSITIONS}")).await
        {
            return cause;
        }
        let mut tries = interval(Duration::from_secs(TRIED_SECONDS));
        tries.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut heard_by: Option<Instant> = None;
        loop {
            tokio::select! {
                notice = notices.recv() => match notice {
                    Some(notice) => {
                        if self.heard(&notice) {
                            heard_by = None;
                            self.is_well(was_heard);
                        }
                    }
                    None => return "the connection was lost".to_owned(),
                },
                _ = tries.tick() => {
                    if let Err(cause) = self.tell(&client, Notice::Here).await {
                        return cause;
                    }
                    let within = Duration::from_secs(HEARD_WITHIN_SECONDS);
                    heard_by.get_or_insert(Instant::now() + within);
                }
                Some(notice) = self.to_tell.recv() => {
                    if let Err(cause) = self.tell(&client, notice).await {
                        return cause;
                    }
                }
                () = sleep_until(heard_by.unwrap_or_else(Instant::now)), if heard_by.is_some() => {
                    return "nothing is heard through it".to_owned();
                }
            }
        }
    }

    /// True if it is one's own notice.
    fn heard(&self, notice: &Notification) -> bool {
        let Some((node, notice)) = Notice::read(notice.channel(), notice.payload()) else {
            return false;
        };
        if node != self.node {
            if let Some(heard) = notice.heard() {
                self.ears.hear(heard);
            }
            return false;
        }
        true
    }

    fn is_well(&self, was_heard: &mut bool) {
        if !self.is_heard.swap(true, Ordering::AcqRel) {
            if !*was_heard {
                tracing::info!("other servers' sales are heard of again");
            }
            *was_heard = true;
            // Notices from before this were not received.
            self.ears.hear(Heard::Lost);
        }
    }

    async fn tell(&self, client: &Client, notice: Notice) -> Result<(), String> {
        let (channel, text) = (notice.channel(), notice.text(self.node));
        self.say(client, &format!("SELECT pg_notify('{channel}', '{text}')")).await
    }

    async fn say(&self, client: &Client, sql: &str) -> Result<(), String> {
        match timeout(Duration::from_secs(HEARD_WITHIN_SECONDS), client.batch_execute(sql)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(told(&error)),
            Err(_) => Err("the database did not answer in time".to_owned()),
        }
    }
}
