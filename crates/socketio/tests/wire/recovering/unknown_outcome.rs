//! Recovery where it is unknown whether a session was saved.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rooms::recovery::{Keeper, RecoveryConfig};
use rooms::{Hub, Limits, NoHistory};

use super::keeper::Filling;
use super::{ABLE, Fixture};

/// The save is repeated until its outcome is known; only then the client gets its answer, which
/// matches the saved session.
#[tokio::test]
async fn a_save_whose_outcome_is_unknown_is_repeated_until_it_is_known() {
    let hub = Hub::new(Limits::default(), Arc::new(NoHistory), 0);
    let keeper = Filling::on(&hub, &Arc::new(AtomicBool::new(false)));
    let kept = Arc::clone(&keeper) as Arc<dyn Keeper>;
    let fixture = Fixture::with(RecoveryConfig::default(), hub, kept).await;
    let mut guest = fixture.guest(ABLE).await;
    // A new session, and a changed one; some of the saves done, some not.
    for (rooms, room) in [(1, "r"), (2, "s")] {
        keeper.unknown_saves.store(3, Ordering::Relaxed);
        guest.ask(&format!(r#"["enter","{room}"]"#)).await;
        assert_eq!(keeper.unknown_saves.load(Ordering::Relaxed), 0);
        let sessions = keeper.sessions.sessions();
        assert_eq!((sessions.len(), sessions[0].stays.len()), (1, rooms));
    }
    let (auth, sid) = (guest.returning(None, ""), guest.sid.clone());
    drop(guest);
    fixture.waiting(1).await;
    assert_eq!(fixture.guest(&auth).await.sid, sid);
    assert_eq!(fixture.server.recovery_stats().given_up, 0);
}
