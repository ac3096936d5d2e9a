//! The one place where committed groups are put into the order of their chain, before the hub:
//! those of this node, as its store commits them, and those of other nodes, as they are sent or
//! read.
//!
//! Invariants: the hub gets every group once, in order; nothing waits for the database while groups
//! come that do not need it; at most one query to the database is under way. If no other node
//! commits, groups pass straight through.

use std::future::pending;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use domain::{BusPosition, RouteId};
use metrics::counter;
use store::metrics::KnownAt;
use store::{
    Ask, CommittedGroup, CommittedStream, Epoch, FanOut, FanOutState, GROUPS_READ_MAX, GroupHead,
    GroupOrder, Heard, HeardStream, Inventory, OrderError, StoreError,
};
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use crate::metrics::{GROUPS, HOLES};

/// A query to the database that has no answer by then is sent again.
const ANSWER_SECONDS: u64 = 5;

/// How often the epoch of the database is checked. A chain that continues may be that of another
/// history: when the place at which the other history begins is ahead of this node.
const EPOCH_SECONDS: u64 = 2;

/// Why the order cannot continue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Ended {
    #[error(transparent)]
    Order(#[from] OrderError),
    /// Another database has taken over: it may lack what other nodes have already sent to their
    /// viewers.
    #[error("the database is of another epoch")]
    OtherEpoch,
}

/// Where groups come from, and the store to query.
pub(crate) struct Sources {
    pub(crate) store: Arc<dyn Inventory>,
    pub(crate) committed: CommittedStream,
    pub(crate) fan_out: Arc<dyn FanOut>,
    pub(crate) heard: HeardStream,
}

/// Where groups go, in order.
pub(crate) trait Released: Send {
    fn group(&mut self, group: CommittedGroup);
    fn position(&mut self, route_id: RouteId, position: BusPosition);
}

enum Answer {
    Newest(GroupHead),
    Groups(Vec<CommittedGroup>),
}

type Question<T> = Pin<Box<dyn Future<Output = Option<T>> + Send>>;

impl Sources {
    /// Whether there may be groups that no one sends to this node.
    fn follows_others(&self) -> bool {
        self.fan_out.state() != FanOutState::Alone
    }

    /// The database's epoch, when it is time to look again.
    fn epoch_later(&self) -> Question<Epoch> {
        let store = Arc::clone(&self.store);
        Box::pin(async move {
            sleep(Duration::from_secs(EPOCH_SECONDS)).await;
            let limit = Duration::from_secs(ANSWER_SECONDS);
            timeout(limit, store.epoch()).await.ok().and_then(Result::ok)
        })
    }

    /// Releases the groups after `held`, until the server stops or the store is gone, or until the
    /// order cannot continue.
    pub(crate) async fn release_behind(
        &mut self,
        (held, epoch): (GroupHead, Epoch),
        released: &mut impl Released,
        stop: &CancellationToken,
    ) -> Result<(), Ended> {
        let begun = Instant::now();
        let mut order = GroupOrder::behind(held, self.follows_others());
        let mut question: Option<Question<Answer>> = None;
        let mut epoch_question: Option<Question<Epoch>> =
            self.follows_others().then(|| self.epoch_later());
        let (mut hears, mut repairs) = (true, false);
        loop {
            if question.is_none()
                && let Some(ask) = order.ask(begun.elapsed())
            {
                repairs = order.has_hole();
                question = Some(Box::pin(asked(Arc::clone(&self.store), ask)));
            }
            let wakes_at = order.wakes_at().map(|at| begun + at);
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                answer = answered(&mut question) => {
                    question = None;
                    let (now, mut release) = (begun.elapsed(), |group| released.group(group));
                    match answer {
                        Some(Answer::Newest(newest)) => order.newest(newest, now)?,
                        Some(Answer::Groups(mut groups)) => {
                            came("read", groups.len() as u64);
                            let known_at = KnownAt::now();
                            groups.iter_mut().for_each(|group| group.known_at = known_at);
                            // If all announced groups have come meanwhile, nothing was missing.
                            if repairs && !groups.is_empty() {
                                counter!(HOLES).increment(1);
                            }
                            order.groups(groups, now, &mut release)?;
                        }
                        None => order.unanswered(now),
                    }
                }
                known = answered(&mut epoch_question) => {
                    if known.is_some_and(|known| known != epoch) {
                        return Err(Ended::OtherEpoch);
                    }
                    epoch_question = Some(self.epoch_later());
                }
                group = self.committed.next() => {
                    let Some(group) = group else { return Ok(()) };
                    came("own", 1);
                    // Before it is put in order: others may be waiting for exactly this group.
                    self.fan_out.group(&group);
                    order.take(group, begun.elapsed(), &mut |group| released.group(group));
                }
                heard = self.heard.next(), if hears => match heard {
                    Some(Heard::Group(mut group)) => {
                        came("told", 1);
                        group.known_at = KnownAt::now();
                        order.take(group, begun.elapsed(), &mut |group| released.group(group));
                    }
                    Some(Heard::Number(number)) => {
                        came("named", 1);
                        order.hint(number, begun.elapsed());
                    }
                    Some(Heard::Position { route_id, position }) => {
                        released.position(route_id, position);
                    }
                    Some(Heard::Lost) => order.look(begun.elapsed()),
                    None => hears = false,
                },
                () = sleep_until(wakes_at.unwrap_or(begun)), if wakes_at.is_some() => {}
            }
        }
    }
}

/// Counts received groups by the way on which they came; some come twice.
fn came(way: &'static str, count: u64) {
    counter!(GROUPS, "way" => way).increment(count);
}

async fn answered<T>(question: &mut Option<Question<T>>) -> Option<T> {
    match question {
        Some(question) => question.await,
        None => pending().await,
    }
}

/// `None` if the database did not answer; the query is sent again, so nothing is lost.
async fn asked(store: Arc<dyn Inventory>, ask: Ask) -> Option<Answer> {
    let answer = async {
        Ok::<_, StoreError>(match ask {
            Ask::Newest => Answer::Newest(store.newest_group().await?),
            Ask::Groups { after } => Answer::Groups(store.groups(after, GROUPS_READ_MAX).await?),
        })
    };
    match timeout(Duration::from_secs(ANSWER_SECONDS), answer).await {
        Ok(Ok(answer)) => Some(answer),
        Ok(Err(error)) => {
            tracing::debug!(%error, "other nodes' groups cannot be read");
            None
        }
        Err(_) => None,
    }
}
