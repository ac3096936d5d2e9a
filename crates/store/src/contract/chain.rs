//! Places without a hole, and groups in one unbroken chain: as sent, as read, and across restarts.

use domain::{Refusal, RoutePatch};
use jiff::SignedDuration;

use super::audit::groups::read_all;
use super::{Harness, World};
use crate::{CommittedGroup, GroupNumber};

pub async fn places_have_no_hole_whatever_is_refused<H: Harness>() {
    let world = World::<H>::new().await;
    let (route, empty) = (world.route(20).await, world.route(20).await);
    let off_sale = || RoutePatch { is_active: Some(false), ..RoutePatch::default() };
    let on_sale = || RoutePatch { is_active: Some(true), ..RoutePatch::default() };
    let mut others = Vec::new();
    for seat in 1..=10 {
        let desk = world.desk();
        others.push(tokio::spawn(async move {
            // A seat sold twice, a seat beyond the bus, and a route that has events.
            desk.book(desk.customer, route, seat, (0, 3)).await.unwrap();
            let taken = desk.book(desk.agent, route, seat, (1, 2)).await;
            assert_eq!(taken, Err(Refusal::SeatTaken));
            assert!(desk.book(desk.agent, route, 21, (0, 3)).await.is_err());
            desk.store.delete_route(route, desk.now).await.unwrap_err();
        }));
        let desk = world.desk();
        others.push(tokio::spawn(async move {
            // Changes of a route take places, too, in groups with sales.
            desk.store.update_route(empty, off_sale(), desk.now).await.unwrap();
            desk.store.update_route(empty, on_sale(), desk.now).await.unwrap();
        }));
    }
    for other in others {
        other.await.unwrap();
    }
    world.store.delete_route(empty, world.now + SignedDuration::from_secs(60)).await.unwrap();
    let groups = read_all(world.store.as_ref()).await;
    let places: u64 = groups.iter().map(|group| group.events.len() as u64).sum();
    let newest = world.store.newest_group().await.unwrap();
    assert_eq!(newest.last_place, places);
    assert!(places >= 11, "ten sales and the end of a route at least: {places}");
    world.finish().await;
}

pub async fn the_chain_goes_on_after_a_reopening<H: Harness>() {
    let mut world = World::<H>::new().await;
    let route = world.route(10).await;
    assert_eq!(world.store.newest_group().await.unwrap().last_place, 0);
    for seat in 1..=3 {
        let before = world.store.newest_group().await.unwrap();
        world.book(world.customer, route, seat, (0, 3)).await.unwrap();
        let groups = world.store.groups(before.number, 10).await.unwrap();
        assert_eq!(groups.len(), 1);
        assert!(groups[0].continues(&before));
        assert_eq!(world.store.newest_group().await.unwrap(), groups[0].head());
        world = world.reopened().await;
        assert_eq!(world.store.newest_group().await.unwrap(), groups[0].head());
    }
    // What was sent before and after the restarts is one chain: `finish` checks that.
    world.finish().await;
}

/// Sales and restarts do not change what a place means; a node that sees a change reports it, once.
pub async fn the_epoch_stays_until_it_is_left<H: Harness>() {
    let world = World::<H>::new().await;
    let epoch = world.store.epoch().await.unwrap();
    let route = world.route(10).await;
    world.book(world.customer, route, 1, (0, 3)).await.unwrap();
    let world = world.reopened().await;
    assert_eq!(world.store.epoch().await.unwrap(), epoch);
    world.store.leave_epoch(epoch).await.unwrap();
    let next = world.store.epoch().await.unwrap();
    assert_ne!(next, epoch);
    world.store.leave_epoch(epoch).await.unwrap();
    assert_eq!(world.store.epoch().await.unwrap(), next, "of two who see it, one does");
    world.finish().await;
}

/// No viewer of the first epoch can come from another one. After the commits that are older than
/// the new epoch's first sight, a viewer of the former epoch may have seen what was lost.
pub async fn what_an_epoch_has_in_common_with_the_one_before_is_known<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(10).await;
    world.book(world.customer, route, 1, (0, 3)).await.unwrap();
    let first = world.store.epoch().await.unwrap();
    for _ in 0..2 {
        assert_eq!(world.store.former_epoch(first, world.now).await.unwrap(), None);
    }
    world.store.leave_epoch(first).await.unwrap();
    let second = world.store.epoch().await.unwrap();
    let former = world.store.former_epoch(second, world.now).await.unwrap().unwrap();
    // A sale of a moment before may belong to either epoch.
    assert_eq!(former.same_up_to, 0);
    let world = world.reopened().await;
    let again = world.store.former_epoch(second, world.now).await.unwrap().unwrap();
    assert_eq!(again.same_up_to, former.same_up_to);
    assert!(again.known_for >= former.known_for);
    assert_eq!(world.store.former_epoch(first, world.now).await.unwrap(), None);
    // A viewer of the first epoch may have slept through the second: the sale of before it is not
    // known to be the same, however old it is by now.
    world.store.leave_epoch(second).await.unwrap();
    let third = world.store.epoch().await.unwrap();
    let later = world.now + SignedDuration::from_hours(1);
    let former = world.store.former_epoch(third, later).await.unwrap().unwrap();
    assert_eq!(former.same_up_to, 0);
    world.finish().await;
}

pub async fn groups_are_read_in_pieces<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(10).await;
    for seat in 1..=7 {
        world.book(world.customer, route, seat, (0, 3)).await.unwrap();
    }
    let whole = read_all(world.store.as_ref()).await;
    let mut pieces: Vec<CommittedGroup> = Vec::new();
    loop {
        let after = pieces.last().map_or(GroupNumber::START, |group| group.number);
        let piece = world.store.groups(after, 3).await.unwrap();
        assert!(piece.len() <= 3);
        if piece.is_empty() {
            break;
        }
        pieces.extend(piece);
    }
    assert_eq!(pieces, whole);
    let newest = world.store.newest_group().await.unwrap().number;
    assert!(world.store.groups(newest.next(), 3).await.unwrap().is_empty(), "ahead of it");
    world.finish().await;
}

/// A write that sells nothing and changes no route makes no event, and takes no place.
pub async fn a_group_without_events_takes_no_place<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(10).await;
    let ticket = world.book(world.customer, route, 1, (0, 3)).await.unwrap();
    let before = world.store.newest_group().await.unwrap();
    world.begin_payment(world.customer, ticket).await.unwrap();
    assert_eq!(world.store.newest_group().await.unwrap().last_place, before.last_place);
    world.book(world.customer, route, 2, (0, 3)).await.unwrap();
    assert_eq!(world.store.newest_group().await.unwrap().last_place, before.last_place + 1);
    world.finish().await;
}
