//! Where buses are, and which device may report it.

use domain::bus_position::POSITION_KEPT;
use domain::calendar::TimeRange;
use domain::{
    BusId, BusPosition, CityKey, Kurus, Latitude, Longitude, NewFare, Refusal, RouteId, Speed,
};
use jiff::{SignedDuration, Timestamp};

use super::desk::{LEG, UNTIL_DEPARTURE, answered};
use super::{Harness, World};
use crate::{TokenDigest, TripSearch};

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

/// Who waits at a stop wants to know where the bus is, whoever may still buy a seat of it.
pub async fn a_bus_goes_where_no_seat_is_sold_too<H: Harness>() {
    let world = World::<H>::new().await;
    let bus = world.bus(4).await;
    let mut unsold = world.journey(bus);
    let not_sold = |from: &str, to: &str| NewFare {
        from_city: from.into(),
        to_city: to.into(),
        price: Kurus::from_lira(1),
        is_sold: false,
    };
    unsold.prices = vec![not_sold("İstanbul", "Ankara"), not_sold("İzmit", "Bolu")];
    let unsold = world.route_of(unsold.plan().unwrap()).await;
    let later = world.after(LEG);
    let sold = later.route_of(later.plan(bus)).await;
    drop(later);
    let mut off_sale = world.after(LEG * 2).journey(bus);
    off_sale.is_active = false;
    let off_sale = world.route_of(off_sale.plan().unwrap()).await;
    // They leave the first stop ten, eleven and twelve hours from now.
    let first = world.now + UNTIL_DEPARTURE;
    let (all, none) = (vec![unsold, sold, off_sale], Vec::new());
    let day = TimeRange { start: first, end: first + LEG * 24 };
    for (from, to, departs, expected) in [
        (None, None, day, all.clone()),
        (None, None, TimeRange { start: first, end: first + LEG * 2 }, vec![unsold, sold]),
        (None, None, TimeRange { start: first + LEG, ..day }, vec![sold, off_sale]),
        (Some("IZMIT"), Some("bolu"), day, all.clone()),
        (Some("İzmit"), Some("Bolu"), TimeRange { start: first, end: first + LEG }, none.clone()),
        (Some("İzmit"), None, TimeRange { start: first, end: first + LEG * 2 }, vec![unsold]),
        (None, Some("Bolu"), TimeRange { start: first, end: first + LEG }, vec![unsold]),
        (Some("Bolu"), Some("İzmit"), day, none.clone()),
        (Some("Ankara"), None, day, none.clone()),
        (None, Some("İstanbul"), day, none.clone()),
        (Some("Konya"), None, day, none),
    ] {
        let key = |city: Option<&str>| city.map(CityKey::new);
        let search = TripSearch { from_city: key(from), to_city: key(to), departs };
        let ids = |trips: Vec<crate::RouteView>| -> Vec<_> {
            trips.into_iter().map(|view| view.route.id).collect()
        };
        let found = ids(world.store.trips(search.clone(), 10).await.unwrap());
        assert_eq!(found, expected, "{from:?}–{to:?}");
        let one = ids(world.store.trips(search, 1).await.unwrap());
        assert_eq!(one, expected.into_iter().take(1).collect::<Vec<_>>(), "{from:?}–{to:?}");
    }
    world.finish().await;
}
