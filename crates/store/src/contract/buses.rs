//! Buses, and when their seats may change.

use domain::{BusId, BusPatch, BusSpecs, LayoutType, Refusal};
use jiff::SignedDuration;

use super::desk::{LEG, UNTIL_DEPARTURE, answered};
use super::{EVERYTHING, Harness, World};
use crate::{BusFilter, Page};

fn seats(seat_count: u16) -> BusPatch {
    BusPatch { seat_count: Some(seat_count), ..BusPatch::default() }
}

pub async fn a_bus_is_kept_as_it_was_described<H: Harness>() {
    let world = World::<H>::new().await;
    let mut details = world.bus_details("34 ABC 123", 41);
    details.layout_type = LayoutType::TwoTwo;
    details.specs = BusSpecs {
        brand: Some("Mercedes \"O\"".into()),
        year: Some(2024),
        has_wifi: true,
        features: vec!["USB".into(), "Çay".into()],
        ..BusSpecs::default()
    };
    details.owner = Some("Şahin Turizm".into());
    let id = BusId(world.id());
    let bus = world.store.create_bus(id, details.clone(), world.now).await.unwrap();
    assert_eq!((bus.id, &bus.details), (id, &details));
    assert_eq!(world.store.bus(id).await.unwrap(), Some(bus.clone()));
    assert_eq!(world.store.bus_by_plate("34 ABC 123").await.unwrap(), Some(bus.clone()));
    for typed in ["34ABC123", "34-abc-123", "34 abc\u{a0}123"] {
        assert_eq!(world.store.bus_by_plate(typed).await.unwrap(), Some(bus.clone()), "{typed}");
    }
    assert_eq!(world.store.bus_by_plate("34 ABC 124").await.unwrap(), None);

    let later = world.now + SignedDuration::from_secs(1);
    let patch =
        BusPatch { model: Some("Tourismo".into()), owner: Some(None), ..BusPatch::default() };
    let changed = world.store.update_bus(id, patch, later).await.unwrap();
    assert_eq!((changed.details.model.as_str(), &changed.details.owner), ("Tourismo", &None));
    assert_eq!(changed.details.specs, details.specs, "the rest stays");
    assert_eq!((changed.created_at, changed.updated_at), (world.now, later));
    assert_eq!(world.store.bus(id).await.unwrap(), Some(changed));

    world.store.delete_bus(id, world.now).await.unwrap();
    assert_eq!(world.store.bus(id).await.unwrap(), None);
    let gone = answered(world.store.delete_bus(id, world.now).await);
    assert_eq!(gone, Err(Refusal::BusNotFound));
    let gone = answered(world.store.update_bus(id, seats(3), later).await);
    assert_eq!(gone.map(drop), Err(Refusal::BusNotFound));
    world.finish().await;
}

pub async fn a_plate_is_unique<H: Harness>() {
    let world = World::<H>::new().await;
    let make = |plate: &str| {
        let (id, details) = (BusId(world.id()), world.bus_details(plate, 10));
        world.store.create_bus(id, details, world.now)
    };
    make("34 A 1").await.unwrap();
    let second = make("34 A 2").await.unwrap();
    assert_eq!(answered(make("34 A 1").await).map(drop), Err(Refusal::PlateTaken));
    let patch = BusPatch { plate: Some("34 A 1".into()), ..BusPatch::default() };
    let renamed = world.store.update_bus(second.id, patch, world.now).await;
    assert_eq!(answered(renamed).map(drop), Err(Refusal::PlateTaken));
    assert_eq!(world.store.bus(second.id).await.unwrap(), Some(second));
    world.finish().await;
}

pub async fn a_bus_with_routes_stays<H: Harness>() {
    let world = World::<H>::new().await;
    let bus = world.bus(10).await;
    let route = world.route_of(world.plan(bus)).await;
    let deleted = answered(world.store.delete_bus(bus, world.now).await);
    assert_eq!(deleted, Err(Refusal::BusHasRoutes));
    assert!(world.store.bus(bus).await.unwrap().is_some());
    world.store.delete_route(route, world.now).await.unwrap();
    world.store.delete_bus(bus, world.now).await.unwrap();
    world.finish().await;
}

pub async fn seats_of_a_sold_future_route_are_fixed<H: Harness>() {
    let world = World::<H>::new().await;
    let bus = world.bus(20).await;
    let route = world.route_of(world.plan(bus)).await;
    world.book(world.customer, route, 20, (0, 3)).await.unwrap();
    let layout = BusPatch { layout_type: Some(LayoutType::OneTwo), ..BusPatch::default() };
    // Until the last stop is reached, also while the bus is on its way.
    let under_way = world.now + UNTIL_DEPARTURE + LEG;
    for (patch, now) in [
        (seats(19), world.now),
        (seats(30), world.now),
        (layout, world.now),
        (seats(19), under_way),
    ] {
        let changed = answered(world.store.update_bus(bus, patch, now).await);
        assert_eq!(changed.map(drop), Err(Refusal::BusSeatsFixed));
    }
    let name = BusPatch { model: Some("Neoplan".into()), ..BusPatch::default() };
    let named = world.store.update_bus(bus, name, world.now).await.unwrap();
    assert_eq!((named.details.model.as_str(), named.details.seat_count), ("Neoplan", 20));
    world.finish().await;
}

pub async fn seats_may_change_after_the_last_stop<H: Harness>() {
    let world = World::<H>::new().await;
    let bus = world.bus(20).await;
    let route = world.route_of(world.plan(bus)).await;
    world.book(world.customer, route, 20, (0, 3)).await.unwrap();
    let arrived = world.now + UNTIL_DEPARTURE + LEG * 3;
    let changed = world.store.update_bus(bus, seats(10), arrived).await.unwrap();
    assert_eq!(changed.details.seat_count, 10);
    world.finish().await;
}

pub async fn a_seat_change_reaches_the_routes<H: Harness>() {
    let world = World::<H>::new().await;
    let bus = world.bus(2).await;
    let route = world.route_of(world.plan(bus)).await;
    let beyond = world.book(world.agent, route, 3, (0, 3)).await;
    assert!(matches!(beyond, Err(Refusal::SeatBeyondBus { seat_count: 2, .. })), "{beyond:?}");
    // Nothing has been sold on it: the refused booking left no event.
    world.store.update_bus(bus, seats(3), world.now).await.unwrap();
    assert_eq!(world.store.route(route).await.unwrap().unwrap().route.seat_count, 3);
    world.book(world.agent, route, 3, (0, 3)).await.unwrap();
    world.finish().await;
}

pub async fn buses_are_filtered_and_paged<H: Harness>() {
    let world = World::<H>::new().await;
    for (plate, brand, layout) in [
        ("06 C 3", Some("Setra"), LayoutType::TwoOne),
        ("06 A 1", Some("SETRA"), LayoutType::TwoTwo),
        ("06 B 2", Some("Isuzu"), LayoutType::TwoOne),
        ("06 D 4", None, LayoutType::OneTwo),
    ] {
        let mut details = world.bus_details(plate, 9);
        details.specs.brand = brand.map(str::to_owned);
        details.layout_type = layout;
        world.store.create_bus(BusId(world.id()), details, world.now).await.unwrap();
    }
    let find = |brand: Option<&str>, layout_type, page| {
        let filter = BusFilter { brand: brand.map(str::to_owned), layout_type };
        let store = &world.store;
        async move {
            let found = store.buses(filter, page).await.unwrap();
            let plates = found.items.into_iter().map(|bus| bus.details.plate);
            (plates.collect::<Vec<_>>().join(", "), found.total)
        }
    };
    let two_one = Some(LayoutType::TwoOne);
    for (found, plates, total) in [
        (find(None, None, EVERYTHING).await, "06 A 1, 06 B 2, 06 C 3, 06 D 4", 4),
        (find(Some("setra"), None, EVERYTHING).await, "06 A 1, 06 C 3", 2),
        (find(Some("ISUZU"), None, EVERYTHING).await, "06 B 2", 1),
        (find(None, two_one, EVERYTHING).await, "06 B 2, 06 C 3", 2),
        (find(Some("Setra"), two_one, EVERYTHING).await, "06 C 3", 1),
        (find(None, None, Page { offset: 1, limit: 2 }).await, "06 B 2, 06 C 3", 4),
        (find(None, None, Page { offset: 9, limit: 2 }).await, "", 4),
    ] {
        assert_eq!(found, (plates.to_owned(), total));
    }
    world.finish().await;
}
