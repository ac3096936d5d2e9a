//! A store with a desk in front of it and a listener for everything that it sends.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use domain::RouteEvent;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::audit::{Ledger, audit, groups};
use super::{Desk, Harness};
use crate::{CommittedStream, GroupHead, Store};

/// Long enough for any machine: a case that waits for an event that never comes fails and does not
/// hang.
const PATIENCE: Duration = Duration::from_secs(120);

/// Derefs to its [`Desk`].
#[derive(Debug)]
pub struct World<H> {
    desk: Desk,
    harness: H,
    told: watch::Receiver<Vec<RouteEvent>>,
    teller: watch::Sender<Vec<RouteEvent>>,
    listener: JoinHandle<GroupHead>,
}

impl<H> Deref for World<H> {
    type Target = Desk;

    fn deref(&self) -> &Desk {
        &self.desk
    }
}

/// Reads everything, so that the store never waits for its reader, and checks each group against
/// the one before. Returns the newest.
fn listen(
    mut stream: CommittedStream,
    mut held: GroupHead,
    teller: watch::Sender<Vec<RouteEvent>>,
) -> JoinHandle<GroupHead> {
    tokio::spawn(async move {
        while let Some(group) = stream.next().await {
            assert!(group.continues(&held), "{group:?} is told behind {held:?}");
            groups::check_places(&group);
            held = group.head();
            teller.send_modify(|told| told.extend(group.events));
        }
        held
    })
}

async fn close<H: Harness>(harness: &mut H, store: Arc<dyn Store>) {
    // Another handle would keep the store open, and the case waiting for its end.
    assert_eq!(Arc::strong_count(&store), 1, "every desk but the world's own is closed");
    harness.close(store).await;
}

impl<H: Harness> World<H> {
    /// An empty store and the four people.
    pub async fn new() -> Self {
        let mut harness = H::new().await;
        let (store, stream) = harness.open().await;
        let desk = Desk::at(store, 1_000);
        desk.hire().await;
        let (teller, told) = watch::channel(Vec::new());
        let listener = listen(stream, GroupHead::default(), teller.clone());
        Self { desk, harness, told, teller, listener }
    }

    /// A desk to hand to a task.
    pub fn desk(&self) -> Desk {
        self.desk.clone()
    }

    /// What was sent, once it is at least this many events.
    pub async fn told(&self, count: usize) -> Vec<RouteEvent> {
        let mut told = self.told.clone();
        let enough = told.wait_for(|told| told.len() >= count);
        let told = tokio::time::timeout(PATIENCE, enough).await;
        told.expect("the events are told").unwrap().clone()
    }

    /// Closes the store and opens it again on the same data.
    pub async fn reopened(self) -> Self {
        let Self { desk, mut harness, told, teller, listener } = self;
        let (now, next_id) = (desk.now, desk.id().as_u128().try_into().unwrap());
        close(&mut harness, desk.store).await;
        let held = listener.await.unwrap();
        let (store, stream) = harness.open().await;
        let listener = listen(stream, held, teller.clone());
        let mut desk = Desk::at(store, next_id);
        desk.now = now;
        Self { desk, harness, told, teller, listener }
    }

    /// Closes the store of a case that has deleted what the check of the books needs. Every group
    /// was sent.
    pub async fn close(self) {
        let newest = self.store.newest_group().await.unwrap();
        let Self { desk, mut harness, listener, .. } = self;
        close(&mut harness, desk.store).await;
        assert_eq!(listener.await.unwrap(), newest, "every group is told");
    }

    /// Closes the books: they must balance, and everything that was sent must be what is stored,
    /// each event once and in order. Returns what is stored.
    pub async fn finish(self) -> Ledger {
        let ledger = audit(self.store.as_ref()).await;
        let Self { desk, mut harness, told, listener, .. } = self;
        // The stream ends with the store: what it has sent by then is all that it sends.
        close(&mut harness, desk.store).await;
        let held = listener.await.unwrap();
        assert_eq!(held, ledger.newest, "every group is told");
        ledger.check_told(&told.borrow());
        ledger
    }
}
