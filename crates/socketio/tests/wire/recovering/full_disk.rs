//! Recovery where a client's session cannot be saved.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_trait::async_trait;
use rooms::recovery::{Keeper, RecoveryConfig};
use rooms::{Event, History, HistoryError, Hub, Limits, NoHistory, Place};

use super::keeper::Filling;
use super::{ABLE, Fixture};
use crate::client::{Got, text};
use crate::fixture::wait_until;

#[tokio::test]
async fn who_cannot_be_written_down_watches_all_the_same_and_begins_anew() {
    let hub = Hub::new(Limits::default(), Arc::new(NoHistory), 0);
    let keeper = Filling::on(&hub, &Arc::new(AtomicBool::new(true)));
    let fixture = Fixture::with(RecoveryConfig::default(), hub, keeper).await;
    let mut guest = fixture.guest(ABLE).await;
    guest.ask(r#"["enter","r"]"#).await;
    fixture.server.broadcast("/", "r", ("said", "1"), None);
    assert!(
        matches!(guest.client.packet().await, Got::Text(said) if said.starts_with("42[\"said\""))
    );
    guest.ask(r#"["exit","r"]"#).await;
    guest.ask(r#"["enter","r"]"#).await;
    let (auth, sid) = (guest.returning(None, ""), guest.sid.clone());
    drop(guest);
    wait_until(|| fixture.hub.stats().rooms == 0).await;
    assert_ne!(fixture.guest(&auth).await.sid, sid);
    assert_eq!(fixture.server.recovery_stats().unknown, 1);
}

/// The saved session and the answers agree, so a process that knows only the saved session recovers
/// no client in a room after a confirmed leave.
#[tokio::test]
async fn a_room_is_left_only_when_that_is_written_down() {
    let hub = Hub::new(Limits::default(), Arc::new(NoHistory), 0);
    let is_full = Arc::new(AtomicBool::new(false));
    let keeper = Filling::on(&hub, &is_full);
    let kept = Arc::clone(&keeper) as Arc<dyn Keeper>;
    let fixture = Fixture::with(RecoveryConfig::default(), hub, kept).await;
    let rooms_kept = || keeper.sessions.sessions()[0].stays.len();
    let mut guest = fixture.guest(ABLE).await;
    guest.ask(r#"["enter","r"]"#).await;

    is_full.store(true, Ordering::Relaxed);
    let told = guest.ask(r#"["exit","r"]"#).await;
    assert_eq!(told, [r#"42["not left","sessions cannot be kept"]"#]);
    assert_eq!(rooms_kept(), 1);
    fixture.server.broadcast("/", "r", ("said", "1"), None);
    assert_eq!(guest.client.packet().await, text(r#"42["said",1,"0.1"]"#));

    // Its session was not given up: it is recovered in its room.
    let (auth, sid) = (guest.returning(Some("0.1"), ""), guest.sid.clone());
    drop(guest);
    fixture.waiting(1).await;
    let mut guest = fixture.guest(&auth).await;
    assert_eq!(guest.sid, sid);

    is_full.store(false, Ordering::Relaxed);
    assert_eq!(guest.ask(r#"["exit","r"]"#).await, Vec::<String>::new());
    assert_eq!(rooms_kept(), 0);
    fixture.server.broadcast("/", "r", ("said", "2"), None);
    assert_eq!(guest.ask(r#"["say","r",3]"#).await, Vec::<String>::new());
}

/// A history that fails at the second question, and the disk with it.
struct Breaking {
    asked: AtomicUsize,
    is_full: Arc<AtomicBool>,
}

#[async_trait]
impl History for Breaking {
    async fn head(&self, room: &str) -> Result<Option<Place>, HistoryError> {
        if self.asked.fetch_add(1, Ordering::Relaxed) == 1 {
            self.is_full.store(true, Ordering::Relaxed);
            return Err(HistoryError::new("the disk is broken"));
        }
        NoHistory.head(room).await
    }

    async fn read(&self, room: &str, after: u64, max: usize) -> Result<Vec<Event>, HistoryError> {
        NoHistory.read(room, after, max).await
    }

    async fn place_at(&self, room: &str, at: u64) -> Result<Option<Place>, HistoryError> {
        NoHistory.place_at(room, at).await
    }

    async fn place(&self, room: &str, ordinal: u64) -> Result<Option<Place>, HistoryError> {
        NoHistory.place(room, ordinal).await
    }
}

/// Its saved session has a room that it could not enter. After a refusal, a recovery would still
/// bring it there.
#[tokio::test]
async fn who_may_be_in_a_room_is_never_told_that_it_is_not() {
    let is_full = Arc::new(AtomicBool::new(false));
    let history = Breaking { asked: AtomicUsize::new(0), is_full: Arc::clone(&is_full) };
    let hub = Hub::new(Limits::default(), Arc::new(history), 0);
    let keeper = Filling::on(&hub, &is_full);
    let fixture = Fixture::with(RecoveryConfig::default(), hub, keeper).await;
    let mut guest = fixture.guest(ABLE).await;
    guest.client.text(r#"42["enter","r"]"#).await;
    assert_eq!(guest.client.rest().await, [], "sent away, and told nothing");
}
