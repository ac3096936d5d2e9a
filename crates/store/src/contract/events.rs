//! In order, no hole, no repeat: the events of a route, as read and as sent.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use domain::{Ordinal, Refusal, RouteEvent, RouteId, RoutePlace, SeatEvent, Seq};
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::audit::map_of;
use super::{Desk, Harness, World};
use crate::{COMMITTED_GROUPS_MAX, PlaceBy, StoreError};

async fn all(desk: &Desk, route_id: RouteId) -> Vec<RouteEvent> {
    desk.store.events(route_id, Ordinal::ZERO, 10_000).await.unwrap()
}

/// How far a route is on which only seats were sold.
fn sold(events: u64) -> RoutePlace {
    RoutePlace { ordinal: Ordinal::new(events), seq: Seq::new(events) }
}

pub async fn a_routes_events_have_no_hole_after_refusals<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(20).await;
    for seat in 1..=10 {
        world.book(world.customer, route, seat, (0, 3)).await.unwrap();
        // One booking is refused by the key, one by the rules.
        let taken = world.book(world.agent, route, seat, (1, 2)).await;
        assert_eq!(taken, Err(Refusal::SeatTaken));
        let beyond = world.book(world.agent, route, 21, (0, 3)).await;
        assert!(matches!(beyond, Err(Refusal::SeatBeyondBus { .. })), "{beyond:?}");
    }
    let numbers: Vec<u64> = world.seat_events(route).await.iter().map(|e| e.seq.get()).collect();
    assert_eq!(numbers, (1..=10).collect::<Vec<_>>());
    assert_eq!(world.store.head(route).await.unwrap(), Some(sold(10)));
    world.finish().await;
}

pub async fn routes_count_for_themselves<H: Harness>() {
    let world = World::<H>::new().await;
    let (first, second) = (world.route(10).await, world.route(10).await);
    for seat in 1..=3 {
        world.book(world.customer, first, seat, (0, 3)).await.unwrap();
        world.book(world.customer, second, seat, (0, 3)).await.unwrap();
    }
    for route in [first, second] {
        assert_eq!(world.store.head(route).await.unwrap(), Some(sold(3)));
        assert!(all(&world, route).await.iter().all(|event| event.route_id() == route));
    }
    world.finish().await;
}

pub async fn a_route_is_found_as_it_stood_at_a_position<H: Harness>() {
    let world = World::<H>::new().await;
    let (route, other) = (world.route(10).await, world.route(10).await);
    for seat in 1..=4 {
        world.book(world.customer, route, seat, (0, 3)).await.unwrap();
        world.book(world.customer, other, seat, (0, 3)).await.unwrap();
    }
    let store = &world.store;
    let at = async |position| store.place(route, PlaceBy::Position(position)).await.unwrap();
    assert_eq!(at(0).await, Some(RoutePlace::START));
    for event in all(&world, route).await {
        assert_eq!(at(event.position()).await, Some(event.place()));
        assert_eq!(at(event.position() - 1).await, Some(sold(event.place().seq.get() - 1)));
    }
    assert_eq!(at(u64::MAX).await, Some(sold(4)));
    let nowhere = store.place(RouteId(Uuid::from_u128(1)), PlaceBy::Position(9)).await;
    assert_eq!(nowhere.unwrap(), None);
    world.finish().await;
}

pub async fn events_are_read_in_pieces<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(10).await;
    for seat in 1..=7 {
        world.book(world.customer, route, seat, (0, 3)).await.unwrap();
    }
    let whole = all(&world, route).await;
    let mut pieces = Vec::new();
    loop {
        let after = pieces.last().map_or(Ordinal::ZERO, |event: &RouteEvent| event.place().ordinal);
        let piece = world.store.events(route, after, 3).await.unwrap();
        assert!(piece.len() <= 3);
        if piece.is_empty() {
            break;
        }
        pieces.extend(piece);
    }
    assert_eq!(pieces, whole);
    assert!(
        world.store.events(route, Ordinal::new(99), 3).await.unwrap().is_empty(),
        "ahead of it"
    );
    world.finish().await;
}

pub async fn what_is_told_is_what_is_stored<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(10).await;
    let ticket = world.book(world.customer, route, 1, (0, 3)).await.unwrap();
    world.pay(world.customer, ticket).await.unwrap();
    world.move_to(world.agent, ticket, 2).await.unwrap();
    world.execute(world.suspending(world.agent, ticket)).await.unwrap();
    world.execute(world.confirming(world.customer, ticket)).await.unwrap();
    world.execute(world.cancelling(world.customer, ticket)).await.unwrap();
    assert_eq!(world.told(8).await, all(&world, route).await, "field by field");
    world.finish().await;
}

pub async fn an_event_is_told_before_its_command_is_answered<H: Harness>() {
    let mut harness = H::new().await;
    let (store, mut stream) = harness.open().await;
    let desk = Desk::at(store, 1_000);
    desk.hire().await;
    let route = desk.route(10).await;
    for seat in 1..=10 {
        desk.book(desk.customer, route, seat, (0, 3)).await.unwrap();
        // Ready without waiting: when a caller has its answer, the events are already in the
        // stream.
        let group = loop {
            let group = tokio::select! {
                biased;
                group = stream.next() => group.unwrap(),
                () = std::future::ready(()) => panic!("answered, but not told"),
            };
            // Some drivers also send the groups of the people and the route.
            if !group.events.is_empty() {
                break group;
            }
        };
        let seats = group.events.iter().filter_map(RouteEvent::seat);
        let seats = seats.map(|event| event.draft.seat.get());
        assert_eq!(seats.collect::<Vec<_>>(), [seat]);
    }
    harness.close(desk.store).await;
    assert_eq!(stream.next().await, None, "the stream ends with the store");
}

/// How often a query is asked again that nobody has answered.
const QUERY_TRIES_MAX: usize = 100;

/// What a query beside many writes answers. A machine that has no time for it may end one: that is
/// no wrong answer, and it is asked again.
async fn answer<T>(query: impl AsyncFn() -> Result<T, StoreError>) -> T {
    for _ in 1..QUERY_TRIES_MAX {
        match query().await {
            Err(StoreError::Unavailable(_)) => {}
            answered => return answered.unwrap(),
        }
    }
    query().await.unwrap()
}

/// A late event is allowed, a lost one is not: a reader that sleeps can at most hold commits back.
pub async fn a_reader_that_sleeps_misses_nothing<H: Harness>() {
    let mut harness = H::new().await;
    let (store, mut stream) = harness.open().await;
    let desk = Desk::at(store, 1_000);
    desk.hire().await;
    let route = desk.route(1).await;
    // Each commit is a group of its own; a round of two sends one event, then two.
    let rounds = COMMITTED_GROUPS_MAX / 2 + 20;
    let seller = desk.clone();
    let selling = tokio::spawn(async move {
        for _ in 0..rounds {
            let ticket = seller.book(seller.customer, route, 1, (0, 3)).await.unwrap();
            seller.execute(seller.cancelling(seller.customer, ticket)).await.unwrap();
        }
    });
    // A few groups were sent before the first sale.
    let asleep = Seq::new(u64::try_from((COMMITTED_GROUPS_MAX / 2 - 20) * 3).unwrap());
    while answer(async || desk.store.head(route).await).await.unwrap().seq < asleep {
        assert!(!selling.is_finished(), "nobody sells any more");
    }
    let mut told = Vec::new();
    while told.len() < rounds * 3 {
        told.extend(stream.next().await.expect("the store is open").events);
    }
    selling.await.unwrap();
    assert_eq!(told, all(&desk, route).await);
    harness.close(desk.store).await;
    assert_eq!(stream.next().await, None);
}

/// Buys and cancels until it is stopped, so that snapshots are taken while the map changes.
async fn churn(desk: Desk, route: RouteId, seat: u16, stop: Arc<AtomicBool>) {
    while !stop.load(Ordering::Relaxed) {
        let ticket = desk.book(desk.customer, route, seat, (0, 2)).await.unwrap();
        desk.execute(desk.suspending(desk.agent, ticket)).await.unwrap();
        desk.execute(desk.confirming(desk.agent, ticket)).await.unwrap();
        desk.execute(desk.cancelling(desk.customer, ticket)).await.unwrap();
    }
}

pub async fn snapshots_and_events_agree_under_concurrent_writes<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(10).await;
    let stop = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (1..=6)
        .map(|seat| tokio::spawn(churn(world.desk(), route, seat, Arc::clone(&stop))))
        .collect();
    let mut snapshots = Vec::new();
    // Fifty different ones: the case is about a map that changes.
    while snapshots.len() < 50 {
        assert!(!writers.iter().any(JoinHandle::is_finished), "the map moves no more");
        let snapshot = answer(async || world.store.seat_snapshot(route).await).await.unwrap();
        if snapshots.last().is_none_or(|last: &domain::SeatSnapshot| last.seq < snapshot.seq) {
            snapshots.push(snapshot);
        }
    }
    stop.store(true, Ordering::Relaxed);
    for writer in writers {
        writer.await.unwrap();
    }
    let events = world.seat_events(route).await;
    for pair in snapshots.windows(2) {
        let mut folded = map_of(&pair[0]);
        let between = |event: &&SeatEvent| event.seq > pair[0].seq && event.seq <= pair[1].seq;
        for event in events.iter().filter(between) {
            folded.apply(event).unwrap();
        }
        assert_eq!(folded, map_of(&pair[1]), "seats and number of a snapshot are of one moment");
    }
    world.finish().await;
}

pub async fn an_unknown_route_has_no_events<H: Harness>() {
    let world = World::<H>::new().await;
    let nowhere = RouteId(Uuid::from_u128(77));
    assert_eq!(world.store.head(nowhere).await.unwrap(), None);
    assert_eq!(world.store.seat_snapshot(nowhere).await.unwrap(), None);
    assert!(all(&world, nowhere).await.is_empty());
    let booked = world.book(world.customer, nowhere, 1, (0, 3)).await;
    assert_eq!(booked, Err(Refusal::RouteNotFound));
    world.finish().await;
}
