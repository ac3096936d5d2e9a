//! A client that has logged out and in again: an attempt with the other account, whose outcome the
//! store did not tell, takes nothing from the owner of the session.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use async_trait::async_trait;
use rooms::recovery::{
    Arrival, Generation, Held, Keeper, KeeperError, KeeperTime, MemoryKeeper, Owner, Plan,
    Recovery, RecoveryConfig, RecoveryOutcome, SavedSession, SessionKey,
};
use rooms::{Audience, Hub, Place, Start, View, Viewer};
use tokio::sync::Semaphore;

use crate::unfed::{ENCODING, hub};

const KEY: SessionKey = SessionKey([7; 32]);
const OWNER: Option<u128> = Some(1);
const OTHER: Option<u128> = None;
const VIEW: View =
    View { encoding: ENCODING, audience: Audience::Public, identity: None, channel: 0 };

/// Sessions that can be found only when the test allows it.
struct Slow {
    kept: MemoryKeeper,
    finds: Semaphore,
    fails: AtomicBool,
}

#[async_trait]
impl Keeper for Slow {
    async fn find(
        &self,
        key: SessionKey,
    ) -> Result<Option<(Generation, SavedSession)>, KeeperError> {
        self.finds.acquire().await.unwrap().forget();
        match self.fails.load(Ordering::Relaxed) {
            true => Err(KeeperError::new("the store does not answer")),
            false => self.kept.find(key).await,
        }
    }

    async fn save(&self, held: Held, row: &SavedSession, new: bool) -> Result<(), KeeperError> {
        self.kept.save(held, row, new).await
    }

    async fn claim(&self, found: Held) -> Result<Option<SavedSession>, KeeperError> {
        self.kept.claim(found).await
    }

    async fn leave(&self, left: &[Held]) -> Result<(), KeeperError> {
        self.kept.leave(left).await
    }

    async fn forget(&self, held: &[Held]) -> Result<(), KeeperError> {
        self.kept.forget(held).await
    }

    async fn renew(&self, lease: Duration) -> Result<KeeperTime, KeeperError> {
        self.kept.renew(lease).await
    }

    async fn sweep(&self, left_before: KeeperTime) -> Result<bool, KeeperError> {
        self.kept.sweep(left_before).await
    }
}

const OTHERS: [Option<u128>; 2] = [None, Some(2)];

async fn recover(hub: &Hub, node: &Recovery, user: Option<u128>) -> RecoveryOutcome {
    let viewer = hub.connect().unwrap();
    let connection: Weak<Viewer> = Arc::downgrade(&viewer);
    let owner = Owner { user, scope: "/".into() };
    let arrival = Arrival { viewer: &viewer, channel: 0, owner, offset: None };
    node.recover(connection, &arrival, KEY, |_| VIEW).await
}

/// A session that its owner has left, at a node that does not know it.
async fn left_elsewhere() -> (Hub, Arc<Slow>, Arc<Recovery>) {
    left_by(OWNER, false).await
}

/// The same of any user, who may have changed before it left.
async fn left_by(user: Option<u128>, has_changed: bool) -> (Hub, Arc<Slow>, Arc<Recovery>) {
    let hub = hub();
    let kept = MemoryKeeper::new(hub.clone());
    let keeper = Arc::new(Slow { kept, finds: Semaphore::new(0), fails: AtomicBool::new(false) });
    let node = || Recovery::start(hub.clone(), RecoveryConfig::default(), keeper.clone());
    let (here, there) = (node(), node());
    let viewer = hub.connect().unwrap();
    let connection: Weak<Viewer> = Arc::downgrade(&viewer);
    let owner = Owner { user, scope: "/".into() };
    let arrival = Arrival { viewer: &viewer, channel: 0, owner, offset: None };
    let session = there.begin(connection, &arrival, KEY, 1);
    let start = Start::After(Place::START);
    let plan = Plan { room: "r", start, from_snapshot: false, ticket: 1, view: VIEW };
    there.join(&session, plan, |_, _| []).await.unwrap();
    if has_changed {
        there.change_user(&session).await;
    }
    there.left(&session);
    (hub, keeper, here)
}

#[tokio::test]
async fn an_attempt_that_failed_does_not_make_a_session_anothers() {
    let (hub, keeper, here) = left_elsewhere().await;
    keeper.finds.add_permits(10);
    keeper.fails.store(true, Ordering::Relaxed);
    let outcome = recover(&hub, &here, OTHER).await;
    assert!(matches!(outcome, RecoveryOutcome::TryAgain), "{outcome:?}");
    keeper.fails.store(false, Ordering::Relaxed);
    let outcome = recover(&hub, &here, OWNER).await;
    assert!(matches!(outcome, RecoveryOutcome::Recovered(_)), "{outcome:?}");
    let outcome = recover(&hub, &here, OTHER).await;
    assert!(matches!(outcome, RecoveryOutcome::Foreign), "{outcome:?}");
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_is_still_on_its_way_does_not_either() {
    let (hub, keeper, here) = left_elsewhere().await;
    let attempt = |user| {
        let (hub, here) = (hub.clone(), Arc::clone(&here));
        tokio::spawn(async move { recover(&hub, &here, user).await })
    };
    let other = attempt(OTHER);
    tokio::time::sleep(Duration::from_secs(1)).await;
    let owner = attempt(OWNER);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(!owner.is_finished(), "it waits until it is known whose the session is");
    keeper.finds.add_permits(10);
    let (other, owner) = (other.await.unwrap(), owner.await.unwrap());
    assert!(matches!(other, RecoveryOutcome::Foreign), "{other:?}");
    assert!(matches!(owner, RecoveryOutcome::Recovered(_)), "{owner:?}");
    assert_eq!(here.stats().replaced, 0, "neither has closed the other");
}

/// Its client was not known, or has changed its user: it may come back as anybody, again and again,
/// here and elsewhere.
#[tokio::test]
async fn a_session_without_a_user_is_of_whoever_has_its_key() {
    for (user, has_changed) in [(None, false), (OWNER, true)] {
        let (hub, keeper, here) = left_by(user, has_changed).await;
        keeper.finds.add_permits(10);
        let elsewhere = Recovery::start(hub.clone(), RecoveryConfig::default(), keeper.clone());
        for node in [&here, &here, &elsewhere] {
            for next in OTHERS.into_iter().chain([OWNER]) {
                let outcome = recover(&hub, node, next).await;
                assert!(matches!(outcome, RecoveryOutcome::Recovered(_)), "{next:?}: {outcome:?}");
            }
        }
    }
    let (hub, keeper, here) = left_by(OWNER, false).await;
    keeper.finds.add_permits(10);
    for other in OTHERS {
        let outcome = recover(&hub, &here, other).await;
        assert!(matches!(outcome, RecoveryOutcome::Foreign), "the control: {outcome:?}");
    }
}
