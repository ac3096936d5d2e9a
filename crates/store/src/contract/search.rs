//! Search by segment: spellings, inner stops, time ranges, and who sits where.

use domain::calendar::TimeRange;
use domain::{CityKey, RouteId, RouteKind, SeatNumber};
use jiff::Timestamp;

use super::desk::{LEG, UNTIL_DEPARTURE};
use super::{Desk, Harness, World};
use crate::SegmentSearch;

/// Of everything that leaves on that day.
fn between(desk: &Desk, from: &str, to: &str) -> SegmentSearch {
    SegmentSearch {
        from_city: CityKey::new(from),
        to_city: CityKey::new(to),
        departs: TimeRange { start: desk.now, end: desk.now + LEG * 24 },
        is_active: None,
        kind: None,
        bus_id: None,
    }
}

async fn found(desk: &Desk, search: SegmentSearch) -> Vec<RouteId> {
    let hits = desk.store.search(search).await.unwrap();
    hits.iter().map(|hit| hit.view.route.id).collect()
}

pub async fn spellings_do_not_matter<H: Harness>() {
    let world = World::<H>::new().await;
    let bus = world.bus(10).await;
    let mut journey = world.journey(bus);
    journey.from_city = "Çanakkale".into();
    journey.to_city = "Iğdır".into();
    let route = world.route_of(journey.plan().unwrap()).await;
    for (from, to) in [
        ("Çanakkale", "Iğdır"),
        ("canakkale", "igdir"),
        ("ÇANAKKALE", "IĞDIR"),
        (" CANAKKALE ", "ığdır"),
        ("c\u{327}anakkale", "İĞDİR"),
        ("izmit", "IZMIT BOLU"),
    ] {
        let expected = if to == "IZMIT BOLU" { Vec::new() } else { vec![route] };
        assert_eq!(found(&world, between(&world, from, to)).await, expected, "{from}–{to}");
    }
    world.finish().await;
}

pub async fn inner_segments_are_found<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(10).await;
    for (from, to, hit) in [
        ("İstanbul", "Ankara", true),
        ("İstanbul", "Bolu", true),
        ("İzmit", "Bolu", true),
        ("Bolu", "Ankara", true),
        ("Bolu", "İzmit", false),
        ("Ankara", "İstanbul", false),
        ("Bolu", "Bolu", false),
        ("Bolu", "Konya", false),
        ("", "", false),
    ] {
        let expected = if hit { vec![route] } else { Vec::new() };
        assert_eq!(found(&world, between(&world, from, to)).await, expected, "{from}–{to}");
    }
    world.finish().await;
}

pub async fn the_range_is_that_of_the_segments_departure<H: Harness>() {
    let world = World::<H>::new().await;
    let bus = world.bus(10).await;
    let first = world.route_of(world.plan(bus)).await;
    let second = world.route_of(world.after(LEG).plan(bus)).await;
    // From İzmit, the second stop: an hour after the route's own departure.
    let departure = world.now + UNTIL_DEPARTURE + LEG;
    let in_range = |start: Timestamp, end: Timestamp| {
        let departs = TimeRange { start, end };
        found(&world, SegmentSearch { departs, ..between(&world, "İzmit", "Ankara") })
    };
    assert_eq!(in_range(departure, departure + LEG * 2).await, [first, second], "soonest first");
    assert_eq!(in_range(departure, departure + LEG).await, [first], "half-open at its end");
    assert_eq!(in_range(departure + LEG, departure + LEG * 2).await, [second]);
    assert!(in_range(departure - LEG, departure).await.is_empty(), "not by the first stop's time");
    world.finish().await;
}

pub async fn filters_narrow_a_search<H: Harness>() {
    let world = World::<H>::new().await;
    let (bus, other_bus) = (world.bus(10).await, world.bus(10).await);
    let plain = world.route_of(world.plan(bus)).await;
    let mut journey = world.journey(other_bus);
    journey.kind = RouteKind::Express;
    journey.is_active = false;
    let express = world.route_of(journey.plan().unwrap()).await;
    let all = || between(&world, "İstanbul", "Ankara");
    assert_eq!(found(&world, all()).await, [plain, express]);
    for (search, expected) in [
        (SegmentSearch { is_active: Some(true), ..all() }, plain),
        (SegmentSearch { is_active: Some(false), ..all() }, express),
        (SegmentSearch { kind: Some(RouteKind::Express), ..all() }, express),
        (SegmentSearch { bus_id: Some(bus), ..all() }, plain),
    ] {
        assert_eq!(found(&world, search).await, [expected]);
    }
    let none = SegmentSearch { bus_id: Some(bus), is_active: Some(false), ..all() };
    assert!(found(&world, none).await.is_empty());
    world.finish().await;
}

pub async fn hits_show_who_sits_where<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(4).await;
    world.book(world.customer, route, 1, (0, 1)).await.unwrap();
    world.book(world.customer, route, 2, (1, 3)).await.unwrap();
    let ticket = world.book(world.customer, route, 3, (0, 3)).await.unwrap();
    world.execute(world.suspending(world.agent, ticket)).await.unwrap();
    let hits = world.store.search(between(&world, "İzmit", "Ankara")).await.unwrap();
    let [hit] = hits.as_slice() else { panic!("one hit: {hits:?}") };
    let snapshot = world.store.seat_snapshot(route).await.unwrap().unwrap();
    assert_eq!(hit.taken, snapshot.taken);
    assert_eq!(Some(&hit.view), world.store.route(route).await.unwrap().as_ref());
    let route = &hit.view.route;
    for (from, to, free) in
        [("İstanbul", "İzmit", [2, 3, 4].as_slice()), ("İzmit", "Ankara", &[1, 3, 4])]
    {
        let segment = route.segment_between(from, to).unwrap();
        let seats: Vec<u16> = hit.free_seats(segment).into_iter().map(SeatNumber::get).collect();
        assert_eq!(seats, free, "{from}–{to}");
        assert_eq!(snapshot.free_seats(segment), hit.free_seats(segment));
    }
    world.finish().await;
}
