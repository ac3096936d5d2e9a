//! A room's history goes back to an older state, as after a failover, while a viewer is joining.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use rooms::recovery::{Arrival, MemoryKeeper, Owner, Plan, Recovery, RecoveryConfig, SessionKey};
use rooms::{
    Audience, Event, History, HistoryError, Hub, JoinError, Limits, Place, Start, View, Viewer,
};

use crate::unfed::ENCODING;

const VIEW: View =
    View { encoding: ENCODING, audience: Audience::Public, identity: None, channel: 0 };

fn place(number: u64) -> Place {
    Place { ordinal: number, seq: number }
}

/// Its room has this many events when it is asked first, second, and from then on.
struct Replaced {
    heads: [u64; 3],
    asked: AtomicUsize,
}

#[async_trait]
impl History for Replaced {
    async fn head(&self, _: &str) -> Result<Option<Place>, HistoryError> {
        let asked = self.asked.fetch_add(1, Ordering::Relaxed);
        Ok(Some(place(self.heads[asked.min(self.heads.len() - 1)])))
    }

    async fn read(&self, _: &str, _: u64, _: usize) -> Result<Vec<Event>, HistoryError> {
        Ok(Vec::new())
    }

    async fn place_at(&self, _: &str, _: u64) -> Result<Option<Place>, HistoryError> {
        Ok(None)
    }

    async fn place(&self, _: &str, ordinal: u64) -> Result<Option<Place>, HistoryError> {
        Ok(Some(place(ordinal)))
    }
}

struct Joined {
    outcome: Result<Place, JoinError>,
    confirmed: Vec<Place>,
    /// Where the saved session says that the viewer began.
    saved: Vec<u64>,
}

async fn join(heads: [u64; 3], start: Start) -> Joined {
    let history = Replaced { heads, asked: AtomicUsize::new(0) };
    let hub = Hub::new(Limits::default(), Arc::new(history), 0);
    let keeper = Arc::new(MemoryKeeper::new(hub.clone()));
    let recovery = Recovery::start(hub.clone(), RecoveryConfig::default(), keeper.clone());
    let viewer = hub.connect().unwrap();
    let connection: std::sync::Weak<Viewer> = Arc::downgrade(&viewer);
    let owner = Owner { user: None, scope: "/".into() };
    let arrival = Arrival { viewer: &viewer, channel: 0, owner, offset: None };
    let session = recovery.begin(connection, &arrival, SessionKey([7; 32]), 1);
    let plan = Plan { room: "r", start, from_snapshot: false, ticket: 1, view: VIEW };
    let mut confirmed = Vec::new();
    let confirm = |at, _| {
        confirmed.push(at);
        []
    };
    let outcome = recovery.join(&session, plan, confirm).await;
    let saved = keeper.sessions().into_iter().flat_map(|session| session.stays);
    Joined { outcome, saved: saved.map(|stay| stay.start).collect(), confirmed }
}

/// The head that is saved is not one of the history that the viewer then joins in.
#[tokio::test]
async fn a_viewer_that_names_no_place_begins_at_the_head_that_is_there() {
    let joined = join([5, 3, 3], Start::Head).await;
    assert_eq!(joined.outcome.unwrap(), place(3));
    assert_eq!((joined.confirmed, joined.saved), (vec![place(3)], vec![3]));
}

/// A place that the viewer named itself is another history's: it is told so.
#[tokio::test]
async fn a_viewer_that_names_a_place_is_told_that_it_is_gone() {
    let joined = join([3, 3, 3], Start::After(place(5))).await;
    assert!(matches!(joined.outcome, Err(JoinError::Ahead { head: 3 })), "{:?}", joined.outcome);
    assert!(joined.confirmed.is_empty());
}
