//! An attempt to recover a client that has given it up, and has gone on with another connection.

use std::sync::{Arc, Weak};

use rooms::recovery::{
    Arrival, MemoryKeeper, Owner, Plan, Recovery, RecoveryConfig, RecoveryOutcome, SessionKey,
};
use rooms::{Audience, Hub, Place, Presence, Start, View, Viewer};

use crate::unfed::{ENCODING, Gossip, hub};

const KEY: SessionKey = SessionKey([7; 32]);
const VIEW: View =
    View { encoding: ENCODING, audience: Audience::Public, identity: None, channel: 0 };

fn arrival<'a>(viewer: &'a Arc<Viewer>, offset: Option<&'a str>) -> Arrival<'a> {
    let owner = Owner { user: None, scope: "/".into() };
    Arrival { viewer, channel: 0, owner, offset }
}

fn weak(viewer: &Presence) -> Weak<Viewer> {
    Arc::downgrade(viewer)
}

async fn recovered(hub: &Hub, node: &Recovery, offset: Option<&str>) -> RecoveryOutcome {
    let viewer = hub.connect().unwrap();
    let connection: Weak<Viewer> = weak(&viewer);
    node.recover(connection, &arrival(&viewer, offset), KEY, |_| VIEW).await
}

/// The client has begun with a map, and with the offset from before the map it cannot be recovered:
/// but that offset is an old one, which is still on its way by another node.
#[tokio::test]
async fn an_old_attempt_does_not_end_the_session_of_the_newest_connection() {
    let hub = hub();
    let keeper = Arc::new(MemoryKeeper::new(hub.clone()));
    let node = || Recovery::start(hub.clone(), RecoveryConfig::default(), keeper.clone());
    let (here, there) = (node(), node());
    let viewer = hub.connect().unwrap();
    let connection: Weak<Viewer> = weak(&viewer);
    let session = here.begin(connection, &arrival(&viewer, None), KEY, 1);
    let start = Start::After(Place::START);
    let plan = Plan { room: "r", start, from_snapshot: true, ticket: 1, view: VIEW };
    here.join(&session, plan, |_, _| []).await.unwrap();
    assert!(hub.append("r", None, Arc::new(Gossip(1))));

    let old = recovered(&hub, &there, None).await;
    assert!(matches!(old, RecoveryOutcome::Unrecoverable), "{old:?}");
    drop(viewer);
    here.left(&session);
    let newest = recovered(&hub, &here, Some("0.1")).await;
    assert!(matches!(newest, RecoveryOutcome::Recovered(_)), "{newest:?}");
}
