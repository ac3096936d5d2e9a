//! Old rows are deleted, oldest first; the rest is complete.

use domain::{Ordinal, RouteEvent, RouteId, RoutePlace, Seq, TicketId};
use jiff::{SignedDuration, Timestamp};

use super::audit::{groups, rows};
use super::{Desk, Harness, World};
use crate::{AuditFilter, Envelope, GroupNumber, PlaceBy, PruneWrite};

/// Between what is old and what is not.
const LONG: SignedDuration = SignedDuration::from_secs(3_600);

/// Later than any clock: a database that has one of its own takes the later of both for its groups.
const FUTURE: Timestamp = Timestamp::constant(4_102_444_800, 0);

/// Steps that a small database needs at the most.
const STEPS_MAX: usize = 64;

/// A step at a time, until there is nothing older; returns how many rows were deleted.
async fn prune(desk: &Desk, write: PruneWrite) -> u64 {
    let mut gone = 0;
    for _ in 0..STEPS_MAX {
        let envelope = Envelope::new(write, domain::Actor::System, desk.now);
        match desk.store.send(envelope).await.unwrap().pruned() {
            0 => return gone,
            rows => gone += rows,
        }
    }
    panic!("it does not end: {gone}")
}

async fn left(desk: &Desk, route_id: RouteId) -> Vec<RouteEvent> {
    desk.store.events(route_id, Ordinal::ZERO, usize::MAX >> 1).await.unwrap()
}

/// Each route keeps the end of its events, and its newest event in every case; the chain keeps its
/// end, and each group whole.
async fn check_the_end(desk: &Desk, told: &[RouteEvent], routes: &[RouteId]) {
    for route_id in routes {
        let told: Vec<_> =
            told.iter().filter(|event| event.route_id() == *route_id).cloned().collect();
        let left = left(desk, *route_id).await;
        assert!(!left.is_empty() && told.ends_with(&left), "{left:#?} of {told:#?}");
        let head = told.last().map(RouteEvent::place);
        assert_eq!(desk.store.head(*route_id).await.unwrap(), head);
        assert_eq!(
            desk.store.seat_snapshot(*route_id).await.unwrap().unwrap().route.head(),
            head.unwrap()
        );
        let by_ordinal = |ordinal| desk.store.place(*route_id, PlaceBy::Ordinal(ordinal));
        let by_seq = |seq| desk.store.place(*route_id, PlaceBy::Seq(seq));
        for event in &told {
            let (RoutePlace { ordinal, seq }, is_left) = (event.place(), left.contains(event));
            let place = Some(event.place()).filter(|_| is_left);
            assert_eq!(by_ordinal(ordinal).await.unwrap(), place, "{event:?}");
            if event.seat().is_some() {
                assert_eq!(by_seq(seq).await.unwrap(), place, "{event:?}");
            }
            let at =
                desk.store.place(*route_id, PlaceBy::Position(event.position())).await.unwrap();
            assert_eq!(at, place, "{event:?}");
        }
        let start = by_seq(Seq::ZERO).await.unwrap();
        assert_eq!(start, Some(RoutePlace::START), "whoever begins there finds what is missing");
    }
    let groups = groups::read_all(desk.store.as_ref()).await;
    groups::check_the_end(&groups, desk.store.newest_group().await.unwrap());
    let events: Vec<_> = groups.iter().flat_map(|group| group.events.clone()).collect();
    assert!(told.ends_with(&events), "whole groups, up to the newest");
}

pub async fn events_go_from_the_oldest_and_each_routes_newest_stays<H: Harness>() {
    let world = World::<H>::new().await;
    let first = world.at_time(FUTURE);
    let (busy, idle) = (first.route(20).await, first.route(20).await);
    for seat in 1..=5 {
        first.book(first.agent, busy, seat, (0, 3)).await.unwrap();
        first.book(first.agent, idle, seat, (0, 3)).await.unwrap();
    }
    let later = first.after(LONG);
    for seat in 6..=8 {
        later.book(later.agent, busy, seat, (0, 3)).await.unwrap();
    }
    let stats = later.store.ticket_stats().await.unwrap();
    let snapshots = async || {
        let [busy, idle] = [busy, idle].map(|id| world.store.seat_snapshot(id));
        (busy.await.unwrap(), idle.await.unwrap())
    };
    let seats = snapshots().await;
    let none = prune(&later, PruneWrite::Events { before: world.now - LONG }).await;
    assert_eq!(none, 0);
    let old = PruneWrite::Events { before: first.now + LONG / 2 };
    assert!(prune(&later, old).await > 9);
    let told = world.told(13).await;
    check_the_end(&later, &told, &[busy, idle]).await;
    assert_eq!((left(&later, busy).await.len(), left(&later, idle).await.len()), (3, 1));
    assert_eq!(later.store.ticket_stats().await.unwrap(), stats);
    assert_eq!(snapshots().await, seats);
    assert!(
        later.store.groups(GroupNumber::START, 1).await.unwrap()[0].number > GroupNumber::new(9)
    );
    // An idle route goes on: its newest event is old now, and leaves no hole when it goes.
    let latest = first.after(LONG * 2);
    for seat in 6..=7 {
        latest.book(latest.agent, idle, seat, (0, 3)).await.unwrap();
    }
    check_the_end(&latest, &world.told(15).await, &[busy, idle]).await;
    // A group that a step itself adds to the chain is not old: else there would always be one more.
    let end = first.after(LONG * 3);
    prune(&end, PruneWrite::Events { before: latest.now + LONG / 2 }).await;
    check_the_end(&latest, &world.told(15).await, &[busy, idle]).await;
    assert_eq!((left(&latest, busy).await.len(), left(&latest, idle).await.len()), (1, 1));
    drop((first, later, latest, end));
    let world = world.reopened().await;
    world.book(world.agent, busy, 9, (0, 3)).await.unwrap();
    check_the_end(&world, &world.told(16).await, &[busy, idle]).await;
    world.close().await;
}

pub async fn the_audit_goes_from_the_oldest_and_its_newest_row_stays<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(20).await;
    let mut made: Vec<TicketId> = Vec::new();
    for seat in 1..=4 {
        made.push(world.book(world.agent, route, seat, (0, 3)).await.unwrap());
    }
    let later = world.after(LONG);
    for (ticket, seat) in made.iter().zip([11, 12]) {
        later.execute(later.moving(later.agent, *ticket, seat)).await.unwrap();
    }
    let store = later.store.as_ref();
    let all = async || rows::rows(store, AuditFilter::default()).await;
    let before = all().await;
    let none = prune(&later, PruneWrite::Audit { before: Timestamp::UNIX_EPOCH }).await;
    assert_eq!((none, all().await), (0, before.clone()));
    let gone = prune(&later, PruneWrite::Audit { before: later.now }).await;
    let left = all().await;
    assert_eq!(gone, (before.len() - left.len()) as u64);
    assert!(before.ends_with(&left) && left.iter().all(|row| row.at >= later.now));
    for ticket in &made {
        let ticket = store.ticket(*ticket).await.unwrap().unwrap().ticket;
        rows::must_tell_the_end(store, &ticket).await;
    }
    prune(&later, PruneWrite::Audit { before: Timestamp::MAX }).await;
    let newest = all().await;
    assert!(!newest.is_empty() && left.ends_with(&newest), "by which a clock that jumps is known");
    drop(later);
    world.close().await;
}
