//! Writes of viewers' sessions that wait together are committed together, outside the clock.
//!
//! Ten thousand viewers that come at one moment are ten thousand sessions: one commit for each
//! would take longer than they wait. Invariants: an answer leaves after the commit; no session
//! stands twice in one commit; the queue is bounded; where a commit was sent and not answered, the
//! answer says that its outcome is unknown.

use std::collections::BTreeMap;

use store::{HeldSession, NodeId, SaveError, SessionKey, StoreError};
use tokio::sync::{mpsc, oneshot};

use crate::fault::Result as Inner;
use crate::reads::{Ended, Reached};
use crate::table::viewer_session::{self, Saved};

/// Sessions that may wait; more are refused as busy.
const WAITING_MAX: usize = 4_096;

/// Sessions that are committed together at the most.
const TOGETHER_MAX: usize = 256;

type Saving = oneshot::Sender<Result<(), SaveError>>;
type Claiming = oneshot::Sender<Result<Option<Vec<u8>>, StoreError>>;

#[derive(Debug)]
enum Work {
    Begin(Saved, Saving),
    Replace(Saved, Saving),
    Claim(HeldSession, Claiming),
}

#[derive(Debug)]
struct Job {
    node: NodeId,
    work: Work,
}

/// The callers' end. The writer ends with the last caller.
#[derive(Clone, Debug)]
pub(crate) struct SessionWriter(mpsc::Sender<Job>);

impl SessionWriter {
    pub(crate) fn start(asides: Reached) -> Self {
        let (sender, waiting) = mpsc::channel(WAITING_MAX);
        tokio::spawn(write(asides, waiting));
        Self(sender)
    }

    pub(crate) async fn save(
        &self,
        node: NodeId,
        saved: Saved,
        is_new: bool,
    ) -> Result<(), SaveError> {
        let (reply, answer) = oneshot::channel();
        let work = if is_new { Work::Begin(saved, reply) } else { Work::Replace(saved, reply) };
        self.put(Job { node, work })?;
        // Only at the end of the process: the write may have been done.
        answer.await.unwrap_or(Err(SaveError::Unknown(StoreError::Closed)))
    }

    pub(crate) async fn claim(
        &self,
        node: NodeId,
        from: HeldSession,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let (reply, answer) = oneshot::channel();
        self.put(Job { node, work: Work::Claim(from, reply) })?;
        answer.await.unwrap_or(Err(StoreError::Closed))
    }

    fn put(&self, job: Job) -> Result<(), StoreError> {
        Ok(self.0.try_send(job)?)
    }
}

impl Job {
    fn key(&self) -> SessionKey {
        match &self.work {
            Work::Begin(saved, _) | Work::Replace(saved, _) => saved.held.key,
            Work::Claim(from, _) => from.key,
        }
    }
}

async fn write(asides: Reached, mut waiting: mpsc::Receiver<Job>) {
    // A job whose session is already in this commit waits for the next one.
    let mut next = None;
    loop {
        let Some(first) = (match next.take() {
            Some(job) => Some(job),
            None => waiting.recv().await,
        }) else {
            return;
        };
        let node = first.node;
        // By key: two nodes that write the same sessions lock them in the same order.
        let mut together = BTreeMap::from([(first.key(), first)]);
        while together.len() < TOGETHER_MAX
            && let Ok(job) = waiting.try_recv()
        {
            if job.node != node || together.contains_key(&job.key()) {
                next = Some(job);
                break;
            }
            together.insert(job.key(), job);
        }
        commit(&asides, node, Together::of(together.into_values())).await;
    }
}

/// The writes of one commit, each kind with the callers that wait for it.
#[derive(Debug, Default)]
struct Together {
    begin: (Vec<Saved>, Vec<Saving>),
    replace: (Vec<Saved>, Vec<Saving>),
    claim: (Vec<HeldSession>, Vec<Claiming>),
}

/// The results, before the commit.
#[derive(Debug, Default)]
struct Written {
    begun: Vec<SessionKey>,
    replaced: Vec<SessionKey>,
    claimed: Vec<(SessionKey, Vec<u8>)>,
}

impl Together {
    fn of(jobs: impl Iterator<Item = Job>) -> Self {
        let mut together = Self::default();
        for job in jobs {
            match job.work {
                Work::Begin(saved, reply) => {
                    together.begin.0.push(saved);
                    together.begin.1.push(reply);
                }
                Work::Replace(saved, reply) => {
                    together.replace.0.push(saved);
                    together.replace.1.push(reply);
                }
                Work::Claim(from, reply) => {
                    together.claim.0.push(from);
                    together.claim.1.push(reply);
                }
            }
        }
        together
    }

    async fn write(&self, asides: &Reached, node: NodeId) -> Result<Written, Ended> {
        let aside = asides.aside().await.map_err(Ended::Undone)?;
        let db = aside.db();
        let written = async {
            let mut written = Written::default();
            if !self.begin.0.is_empty() {
                written.begun = viewer_session::begin(db, node, &self.begin.0).await?;
            }
            if !self.replace.0.is_empty() {
                written.replaced = viewer_session::replace(db, &self.replace.0).await?;
            }
            if !self.claim.0.is_empty() {
                written.claimed = viewer_session::claim(db, node, &self.claim.0).await?;
            }
            Inner::Ok(written)
        };
        let written = written.await;
        aside.ended(written).await
    }
}

async fn commit(asides: &Reached, node: NodeId, together: Together) {
    let written = together.write(asides, node).await;
    let Together { begin, replace, claim } = together;
    let (written, ended) = match written {
        Ok(written) => (written, None),
        Err(ended) => (Written::default(), Some(ended)),
    };
    let kinds = [(begin, &written.begun), (replace, &written.replaced)];
    for ((saved, replies), kept) in kinds {
        for (saved, reply) in saved.iter().zip(replies) {
            let answer = match &ended {
                Some(ended) => Err(ended.of_a_save()),
                None if kept.contains(&saved.held.key) => Ok(()),
                None => Err(SaveError::Superseded),
            };
            // The caller may have stopped waiting.
            drop(reply.send(answer));
        }
    }
    let (from, replies) = claim;
    let mut claimed: BTreeMap<_, _> = written.claimed.into_iter().collect();
    for (from, reply) in from.iter().zip(replies) {
        let answer = match &ended {
            Some(ended) => Err(ended.told()),
            None => Ok(claimed.remove(&from.key)),
        };
        drop(reply.send(answer));
    }
}
