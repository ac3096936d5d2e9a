//! What happens at the bounds: which viewers are closed, which are refused, and what is shared.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use rooms::{
    AnyStream, Audience, CloseReason, Encoding, Event, Frame, Full, History, HistoryError, Hub,
    JoinError, Limits, Message, Offset, Place, Presence, Start, View,
};

use crate::fakes::{Socket, Store, event, place};

const PUBLIC: View =
    View { encoding: Encoding::new(0), audience: Audience::Public, identity: None, channel: 0 };

fn hub(limits: Limits) -> (Hub, Arc<Store>) {
    let store = Arc::new(Store::default());
    (Hub::new(limits, Arc::clone(&store) as _, 0), store)
}

async fn join(
    hub: &Hub,
    presence: &Presence,
    room: &str,
    start: Start,
) -> Result<Place, JoinError> {
    hub.join(presence, room, start, PUBLIC, |_| []).await
}

/// A viewer whose socket takes nothing yet.
fn stalled(hub: &Hub) -> (Presence, Socket) {
    let presence = hub.connect().unwrap();
    let socket = Socket::default();
    presence.attach(AnyStream::Boxed(Box::new(socket.clone())));
    let viewer = Arc::clone(&presence);
    tokio::spawn(async move { poll_fn(|cx| viewer.poll_drive(cx)).await });
    (presence, socket)
}

async fn settle() {
    tokio::time::sleep(Duration::from_secs(10)).await;
}

#[tokio::test(start_paused = true)]
async fn packets_that_nobody_reads_close_the_viewer() {
    let (hub, _) = hub(Limits { outbox_bytes_max: 10, ..Limits::default() });
    let (presence, _socket) = stalled(&hub);
    assert!(presence.send(Frame::bare("0123456789")));
    assert!(!presence.send(Frame::bare("x")));
    assert_eq!(presence.closed(), Some(CloseReason::Outbox));
    assert_eq!(hub.stats().viewers, 0);
}

#[tokio::test(start_paused = true)]
async fn too_far_behind_is_closed_and_delays_nobody() {
    let (hub, store) = hub(Limits { lag_events_max: 5, ..Limits::default() });
    let (slow, socket) = stalled(&hub);
    let (quick, quick_socket) = stalled(&hub);
    quick_socket.drain(1 << 20);
    for presence in [&slow, &quick] {
        join(&hub, presence, "r", Start::Head).await.unwrap();
    }
    for _ in 0..8 {
        hub.publish(vec![store.commit("r")]);
        settle().await;
    }
    assert_eq!(quick_socket.written().matches(';').count(), 8);
    socket.drain(1);
    settle().await;
    assert_eq!(slow.closed(), Some(CloseReason::Behind));
    assert_eq!(quick.closed(), None);
}

/// Keeps only what comes after a certain ordinal.
struct Forgetful(Arc<Store>, u64, AtomicUsize);

#[async_trait]
impl History for Forgetful {
    async fn head(&self, room: &str) -> Result<Option<Place>, HistoryError> {
        self.2.fetch_add(1, Ordering::Relaxed);
        self.0.head(room).await
    }

    async fn read(&self, room: &str, after: u64, limit: usize) -> Result<Vec<Event>, HistoryError> {
        self.0.read(room, after.max(self.1), limit).await
    }

    async fn place_at(&self, room: &str, position: u64) -> Result<Option<Place>, HistoryError> {
        self.0.place_at(room, position).await
    }

    async fn place(&self, room: &str, ordinal: u64) -> Result<Option<Place>, HistoryError> {
        self.0.place(room, ordinal).await
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_no_longer_kept_is_never_skipped_silently() {
    let store = Arc::new(Store::default());
    let history = Forgetful(Arc::clone(&store), 6, AtomicUsize::new(0));
    let limits = Limits { log_events_max: 2, ..Limits::default() };
    let hub = Hub::new(limits, Arc::new(history), 0);
    let (slow, socket) = stalled(&hub);
    join(&hub, &slow, "r", Start::Head).await.unwrap();
    for _ in 0..10 {
        hub.publish(vec![store.commit("r")]);
    }
    socket.drain(5);
    settle().await;
    assert_eq!(slow.closed(), Some(CloseReason::Behind));
    let (other, _) = stalled(&hub);
    join(&hub, &other, "r", Start::Head).await.unwrap();
    let late = join(&hub, &other, "r", Start::After(place(3))).await;
    assert!(matches!(late, Err(JoinError::Behind { head: 10 })), "{late:?}");
    assert_eq!(join(&hub, &other, "r", Start::After(place(6))).await.unwrap(), place(6));
}

#[tokio::test(start_paused = true)]
async fn starts_beyond_the_bounds_are_refused() {
    let (hub, store) = hub(Limits { backlog_events_max: 3, ..Limits::default() });
    for _ in 0..10 {
        store.commit("r");
    }
    hub.published_through(10);
    let (presence, socket) = stalled(&hub);
    socket.drain(1 << 20);
    for start in [11, u64::MAX] {
        let joined = join(&hub, &presence, "r", Start::After(place(start))).await;
        assert!(matches!(joined, Err(JoinError::Ahead { head: 10 })), "{joined:?}");
    }
    let joined = join(&hub, &presence, "r", Start::After(place(6))).await;
    assert!(matches!(joined, Err(JoinError::Behind { head: 10 })), "{joined:?}");
    assert_eq!(hub.stats().rooms, 0);
    assert_eq!(join(&hub, &presence, "r", Start::After(place(7))).await.unwrap(), place(7));
    settle().await;
    assert_eq!(socket.written(), "Er:8;Er:9;Er:10;");
}

#[tokio::test(start_paused = true)]
async fn rooms_and_viewers_are_counted() {
    let limits = Limits { rooms_per_viewer_max: 2, viewers_max: 2, ..Limits::default() };
    let (hub, _) = hub(limits);
    let one = hub.connect().unwrap();
    let two = hub.connect().unwrap();
    assert_eq!(hub.connect().err(), Some(Full));
    for room in ["a", "b", "a"] {
        join(&hub, &one, room, Start::Head).await.unwrap();
    }
    let third = join(&hub, &one, "c", Start::Head).await;
    assert!(matches!(third, Err(JoinError::TooManyRooms)));
    let mut seen = Vec::new();
    hub.each_room(|name, viewers| seen.push((name.to_owned(), viewers)));
    seen.sort();
    assert_eq!(seen, [("a".to_owned(), 1), ("b".to_owned(), 1)]);
    drop(one);
    assert_eq!((hub.stats().rooms, hub.stats().viewers), (0, 1));
    drop(two);
    assert!(hub.connect().is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_crowd_asks_history_once() {
    let store = Arc::new(Store::default());
    let history = Arc::new(Forgetful(Arc::clone(&store), 0, AtomicUsize::new(0)));
    let hub = Hub::new(Limits::default(), Arc::clone(&history) as _, 0);
    let joins: Vec<_> = (0..50)
        .map(|_| {
            let hub = hub.clone();
            tokio::spawn(async move {
                let presence = hub.connect().unwrap();
                join(&hub, &presence, "r", Start::Head).await.unwrap();
                presence
            })
        })
        .collect();
    let mut present = Vec::new();
    for join in joins {
        present.push(join.await.unwrap());
    }
    assert_eq!(history.2.load(Ordering::Relaxed), 1);
    assert_eq!(present.len(), 50);
}

struct Secret;

impl Message for Secret {
    fn encode(&self, _: Encoding, audience: Audience, _: &Offset) -> Frame {
        Frame::bare(if audience == Audience::Full { "full" } else { "public" })
    }
}

#[tokio::test(start_paused = true)]
async fn an_owner_sees_all_of_its_own_events() {
    let (hub, _) = hub(Limits::default());
    let views = [
        (PUBLIC, "publicpublic"),
        (View { identity: Some(7), ..PUBLIC }, "fullpublic"),
        (View { identity: Some(8), ..PUBLIC }, "publicpublic"),
        (View { audience: Audience::Full, ..PUBLIC }, "fullfull"),
    ];
    let mut viewers = Vec::new();
    for (view, want) in views {
        let (presence, socket) = stalled(&hub);
        socket.drain(1 << 20);
        hub.join(&presence, "r", Start::Head, view, |_| []).await.unwrap();
        viewers.push((presence, socket, want));
    }
    let event = |ordinal, owner| event("r", ordinal, ordinal, owner, Arc::new(Secret));
    hub.publish(vec![event(1, Some(7)), event(2, None)]);
    settle().await;
    for (_, socket, want) in viewers {
        assert_eq!(socket.written(), want);
    }
}

#[tokio::test(start_paused = true)]
async fn stopping_ends_everyone_in_a_room() {
    let (hub, _) = hub(Limits::default());
    let presence = hub.connect().unwrap();
    join(&hub, &presence, "r", Start::Head).await.unwrap();
    hub.shutdown().await;
    let end = poll_fn(|cx| presence.poll_take(cx, 100)).await;
    assert_eq!(end, Err(CloseReason::Shutdown));
}

struct Weighty(usize);

impl Message for Weighty {
    fn encode(&self, _: Encoding, _: Audience, _: &Offset) -> Frame {
        Frame::bare(format!("{};", self.0))
    }

    fn weight(&self) -> usize {
        WEIGHT
    }
}

const WEIGHT: usize = 1_000;
/// What an event costs besides its weight, generously.
const OVERHEAD: usize = 500;

fn weighty(room: &str, ordinal: u64) -> Event {
    let message = Arc::new(Weighty(usize::try_from(ordinal).unwrap()));
    event(room, ordinal, ordinal, None, message)
}

#[tokio::test(start_paused = true)]
async fn a_log_keeps_only_so_many_bytes_for_those_who_do_not_read() {
    const LOG_BYTES_MAX: usize = 10_000;
    let limits = Limits { log_bytes_max: LOG_BYTES_MAX, ..Limits::default() };
    let hub = Hub::new(limits, Arc::new(rooms::NoHistory), 0);
    let (slow, socket) = stalled(&hub);
    let (quick, quick_socket) = stalled(&hub);
    quick_socket.drain(1 << 20);
    for presence in [&slow, &quick] {
        join(&hub, presence, "r", Start::Head).await.unwrap();
    }
    for ordinal in 1..=100 {
        hub.publish(vec![weighty("r", ordinal)]);
        settle().await;
        let kept = hub.stats().log_bytes;
        assert!(kept <= LOG_BYTES_MAX + WEIGHT + OVERHEAD, "{kept} after {ordinal}");
    }
    assert_eq!(quick_socket.written().matches(';').count(), 100);
    // The events that it missed are kept nowhere any more, so it has to begin anew.
    socket.drain(1 << 20);
    settle().await;
    assert_eq!((slow.closed(), quick.closed()), (Some(CloseReason::Behind), None));
}

#[tokio::test(start_paused = true)]
async fn all_logs_together_keep_only_so_many_bytes() {
    const LOGS_BYTES_MAX: usize = 50_000;
    let limits =
        Limits { logs_bytes_max: LOGS_BYTES_MAX, rooms_per_viewer_max: 40, ..Limits::default() };
    let hub = Hub::new(limits, Arc::new(rooms::NoHistory), 0);
    let (presence, socket) = stalled(&hub);
    socket.drain(1 << 20);
    let rooms: Vec<String> = (0..40).map(|number| format!("r{number}")).collect();
    for room in &rooms {
        join(&hub, &presence, room, Start::Head).await.unwrap();
    }
    for ordinal in 1..=10 {
        for (position, room) in (ordinal * 40..).zip(&rooms) {
            hub.publish(vec![Event { position, ..weighty(room, ordinal) }]);
            let kept = hub.stats().log_bytes;
            assert!(kept <= LOGS_BYTES_MAX + WEIGHT + OVERHEAD, "{kept} after {position}");
        }
        settle().await;
    }
    assert_eq!(socket.written().matches(';').count(), 400);
    assert_eq!(presence.closed(), None);
}

/// Each starts at another event of its first page.
#[tokio::test(start_paused = true)]
async fn who_catches_up_together_reads_each_page_once() {
    const EVENTS: u64 = 40;
    const PAGE: usize = 4;
    const LOG_EVENTS: usize = 5;
    const LOG_BYTES_MAX: usize = 2_000;
    let (hub, store) = hub(Limits {
        log_events_max: LOG_EVENTS,
        log_bytes_max: LOG_BYTES_MAX,
        page_events_max: PAGE,
        ..Limits::default()
    });
    let viewers: Vec<_> = (0..10).map(|_| stalled(&hub)).collect();
    for (index, (presence, socket)) in viewers.iter().enumerate() {
        join(&hub, presence, "r", Start::Head).await.unwrap();
        socket.drain("Er:1;".len() * (index % PAGE));
    }
    for _ in 0..EVENTS {
        hub.publish(vec![store.commit("r")]);
        settle().await;
    }
    let before = hub.stats();
    for (_, socket) in &viewers {
        socket.drain(1 << 20);
    }
    settle().await;
    let all: String = (1..=EVENTS).map(|ordinal| format!("Er:{ordinal};")).collect();
    for (presence, socket) in &viewers {
        assert_eq!((presence.closed(), socket.written()), (None, all.clone()));
    }
    let after = hub.stats();
    assert_eq!(after.pages - before.pages, (EVENTS - LOG_EVENTS as u64).div_ceil(PAGE as u64));
    // They have read more than a log may hold, and the log has dropped nothing for it.
    assert!(after.page_bytes > LOG_BYTES_MAX, "{after:?}");
    hub.publish(vec![store.commit("r")]);
    let log_bytes = hub.stats().log_bytes;
    assert!((before.log_bytes..=LOG_BYTES_MAX).contains(&log_bytes), "{log_bytes}, {before:?}");
    // With the room, all its pages are freed.
    drop(viewers);
    settle().await;
    assert_eq!((hub.stats().rooms, hub.stats().page_bytes), (0, 0));
}
