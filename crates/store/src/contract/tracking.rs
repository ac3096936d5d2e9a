//! Where buses are, and which device may report it.

use domain::bus_position::POSITION_KEPT;
use domain::{BusId, BusPosition, Latitude, Longitude, Refusal, RouteId, Speed};
use jiff::{SignedDuration, Timestamp};

use super::desk::answered;
use super::{Harness, World};
use crate::TokenDigest;

const SECOND: SignedDuration = SignedDuration::from_secs(1);

fn position(lat: f64, at: Timestamp) -> BusPosition {
    BusPosition {
        lat: Latitude::from_degrees(lat).unwrap(),
        lng: Longitude::from_degrees(29.25).unwrap(),
        speed: Speed::from_kmh(88.5),
        at,
    }
}

pub async fn the_newest_position_is_kept_for_a_while<H: Harness>() {
    let world = World::<H>::new().await;
    let (store, now) = (&world.store, world.now);
    let bus = world.bus(10).await;
    let route = world.route_of(world.plan(bus)).await;
    let other = world.route(10).await;
    let report =
        |route, at: Timestamp, lat, now| store.report_position(route, bus, position(lat, at), now);
    assert_eq!(store.position(route, now).await.unwrap(), None);
    assert!(report(route, now, 41.0, now).await.unwrap());
    assert_eq!(store.position(route, now).await.unwrap(), Some(position(41.0, now)));
    assert_eq!(store.position(other, now).await.unwrap(), None);
    // A late report changes nothing.
    assert!(!report(route, now - SECOND, 40.0, now).await.unwrap());
    let without = BusPosition { speed: None, ..position(41.5, now + SECOND) };
    assert!(store.report_position(route, bus, without, now + SECOND).await.unwrap());
    assert_eq!(store.position(route, now + SECOND).await.unwrap(), Some(without));
    let known = store.bus(bus).await.unwrap().unwrap();
    assert_eq!(
        (known.details.test_lat, known.details.test_lng),
        (Some(without.lat), Some(without.lng))
    );
    assert_eq!(known.updated_at, now, "nobody has changed the bus");

    let old = now + SECOND + POSITION_KEPT;
    assert_eq!(store.position(route, old).await.unwrap(), None);
    assert!(!report(route, now + SECOND * 2, 42.0, old + SECOND).await.unwrap());
    // The newest report was deleted, so an older one is the newest now.
    assert!(report(other, old, 39.0, old).await.unwrap());
    assert_eq!(store.position(route, now).await.unwrap(), None);
    assert!(!report(RouteId(world.id()), old, 39.0, old).await.unwrap(), "there is no such route");
    store.delete_route(other, old).await.unwrap();
    assert_eq!(store.position(other, old).await.unwrap(), None);
    world.finish().await;
}

pub async fn a_bus_has_one_token<H: Harness>() {
    let world = World::<H>::new().await;
    let (store, now) = (&world.store, world.now);
    let (bus, other) = (world.bus(4).await, world.bus(4).await);
    let [first, second, third] = [1, 2, 3].map(|byte| TokenDigest([byte; 32]));
    store.save_bus_token(bus, first, now).await.unwrap();
    store.save_bus_token(other, third, now).await.unwrap();
    store.save_bus_token(bus, second, now).await.unwrap();
    let bus_of = |digest| async move { store.bus_of_token(digest).await.unwrap() };
    assert_eq!((bus_of(first).await, bus_of(second).await), (None, Some(bus)));
    store.revoke_bus_token(bus, now).await.unwrap();
    store.revoke_bus_token(bus, now).await.unwrap();
    assert_eq!((bus_of(second).await, bus_of(third).await), (None, Some(other)));
    store.delete_bus(other, now).await.unwrap();
    assert_eq!(bus_of(third).await, None);
    let unknown = BusId(world.id());
    let refused = Err(Refusal::BusNotFound);
    assert_eq!(answered(store.save_bus_token(unknown, first, now).await), refused);
    assert_eq!(answered(store.revoke_bus_token(unknown, now).await), refused);
    world.finish().await;
}
