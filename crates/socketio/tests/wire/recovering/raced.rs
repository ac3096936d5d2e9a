//! Recovery while another connection of the same client is recovered at another node.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rooms::recovery::{Keeper, RecoveryConfig};
use rooms::{Hub, Limits, NoHistory};

use super::keeper::Filling;
use super::{ABLE, Fixture};
use crate::fixture::wait_until;

/// A client stops waiting for one node and goes to another, while the first is still working on its
/// session: the node that it waits for must win, not the one that it has left.
#[tokio::test]
async fn whoever_comes_last_has_the_session_also_if_another_node_was_faster() {
    let hub = Hub::new(Limits::default(), Arc::new(NoHistory), 0);
    let keeper = Filling::on(&hub, &Arc::new(AtomicBool::new(false)));
    let kept = Arc::clone(&keeper) as Arc<dyn Keeper>;
    let before = Fixture::with(RecoveryConfig::default(), hub.clone(), Arc::clone(&kept)).await;
    let mut guest = before.guest(ABLE).await;
    guest.ask(r#"["enter","r"]"#).await;
    let (auth, sid) = (guest.returning(None, ""), guest.sid.clone());
    drop(guest);
    before.waiting(1).await;

    keeper.late_claims.store(2, Ordering::Relaxed);
    let after = Fixture::with(RecoveryConfig::default(), hub, kept).await;
    after.server.enter_node().await.unwrap();
    let mut guest = after.guest(&auth).await;
    assert_eq!(guest.sid, sid);
    assert_eq!(keeper.late_claims.load(Ordering::Relaxed), 0);
    // It has the session: its requests are saved.
    guest.ask(r#"["enter","s"]"#).await;
    wait_until(|| keeper.sessions.sessions()[0].stays.len() == 2).await;
}
