//! Search by segment: spellings, inner stops, time ranges, what is sold, and how many seats are
//! free.

use domain::calendar::TimeRange;
use domain::{CityKey, Kurus, NewFare, RouteId, RouteKind, RoutePatch, RoutePlan};
use jiff::Timestamp;

use super::desk::{LEG, UNTIL_DEPARTURE};
use super::{Desk, EVERYTHING, Harness, World};
use crate::{Page, SegmentSearch};

/// Of everything that leaves on that day.
fn between(desk: &Desk, from: &str, to: &str) -> SegmentSearch {
    SegmentSearch {
        from_city: Some(CityKey::new(from)),
        to_city: Some(CityKey::new(to)),
        departs: TimeRange { start: desk.now, end: desk.now + LEG * 24 },
        is_active: None,
        kind: None,
        bus_id: None,
        min_price: None,
        max_price: None,
    }
}

async fn found(desk: &Desk, search: SegmentSearch) -> Vec<RouteId> {
    let hits = desk.store.search(search, EVERYTHING).await.unwrap();
    assert_eq!(hits.total, hits.items.len() as u64);
    assert!(!hits.is_limited);
    hits.items.iter().map(|hit| hit.view.route.id).collect()
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
    // What a route is now.
    let of = |kind, bus_id| {
        let (kind, bus_id) = (Some(kind), Some(bus_id));
        RoutePatch { kind, bus_id, ..RoutePatch::default() }
    };
    let swaps = [
        (express, of(RouteKind::Express, world.bus(10).await)),
        (plain, of(RouteKind::Vip, other_bus)),
    ];
    for (route, patch) in swaps {
        world.store.update_route(route, patch, world.now).await.unwrap();
    }
    for (search, expected) in [
        (SegmentSearch { kind: Some(RouteKind::Vip), ..all() }, plain),
        (SegmentSearch { bus_id: Some(other_bus), ..all() }, plain),
    ] {
        assert_eq!(found(&world, search).await, [expected]);
    }
    world.finish().await;
}

pub async fn hits_count_the_segments_free_seats<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(4).await;
    world.book(world.customer, route, 1, (0, 1)).await.unwrap();
    world.book(world.customer, route, 2, (1, 3)).await.unwrap();
    let ticket = world.book(world.customer, route, 3, (0, 3)).await.unwrap();
    world.execute(world.suspending(world.agent, ticket)).await.unwrap();
    let snapshot = world.store.seat_snapshot(route).await.unwrap().unwrap();
    for (from, to, free) in
        [("İstanbul", "İzmit", 3), ("İzmit", "Ankara", 3), ("İstanbul", "Ankara", 2)]
    {
        let hits = world.store.search(between(&world, from, to), EVERYTHING).await.unwrap();
        let [hit] = hits.items.as_slice() else { panic!("one hit: {hits:?}") };
        assert_eq!(hit.free_seats, free, "{from}–{to}");
        assert_eq!(snapshot.free_seats(hit.segment).len(), usize::from(free));
        assert_eq!(hit.segment, hit.view.route.segment_between(from, to).unwrap());
        assert_eq!(Some(&hit.view), world.store.route(route).await.unwrap().as_ref());
    }
    world.finish().await;
}

/// A journey on which some segments have a fare of their own and one is not sold.
async fn priced(world: &World<impl Harness>) -> RouteId {
    let bus = world.bus(4).await;
    let mut journey = world.journey(bus);
    let fare = |from: &str, to: &str, lira, is_sold| NewFare {
        from_city: from.into(),
        to_city: to.into(),
        price: Kurus::from_lira(lira),
        is_sold,
    };
    journey.prices = vec![fare("İzmit", "Ankara", 90, true), fare("İstanbul", "İzmit", 30, false)];
    world.route_of(journey.plan().unwrap()).await
}

pub async fn what_is_not_sold_is_not_found<H: Harness>() {
    let world = World::<H>::new().await;
    let route = priced(&world).await;
    assert!(found(&world, between(&world, "İstanbul", "İzmit")).await.is_empty());
    assert_eq!(found(&world, between(&world, "İstanbul", "Bolu")).await, [route]);
    // A new fare puts it on sale.
    let patch = RoutePatch { prices: Some(Vec::new()), ..RoutePatch::default() };
    world.store.update_route(route, patch, world.now).await.unwrap();
    assert_eq!(found(&world, between(&world, "İstanbul", "İzmit")).await, [route]);
    world.store.delete_route(route, world.now).await.unwrap();
    assert!(found(&world, between(&world, "İstanbul", "Bolu")).await.is_empty());
    world.finish().await;
}

pub async fn a_search_knows_the_segments_price<H: Harness>() {
    let world = World::<H>::new().await;
    let route = priced(&world).await;
    let izmit = || between(&world, "İzmit", "Ankara");
    let hits = world.store.search(izmit(), EVERYTHING).await.unwrap();
    assert_eq!(hits.items[0].price, Kurus::from_lira(90));
    let lira = |lira| Some(Kurus::from_lira(lira));
    for (min_price, max_price, is_hit) in
        [(lira(90), lira(90), true), (lira(91), None, false), (None, lira(89), false)]
    {
        let search = SegmentSearch { min_price, max_price, ..izmit() };
        assert_eq!(found(&world, search).await, if is_hit { vec![route] } else { vec![] });
    }
    world.finish().await;
}

pub async fn an_end_that_is_not_named_is_the_routes_own<H: Harness>() {
    let world = World::<H>::new().await;
    let bus = world.bus(4).await;
    let early = world.route_of(world.plan(bus)).await;
    let mut journey = world.after(LEG).journey(bus);
    journey.to_city = "Konya".into();
    let late = world.route_of(journey.plan().unwrap()).await;
    let key = |name| Some(CityKey::new(name));
    let of = |from_city, to_city| SegmentSearch { from_city, to_city, ..between(&world, "", "") };
    assert_eq!(found(&world, of(None, None)).await, [early, late]);
    assert_eq!(found(&world, of(key("bolu"), None)).await, [early, late]);
    assert_eq!(found(&world, of(None, key("konya"))).await, [late]);
    assert!(found(&world, of(key("Konya"), None)).await.is_empty(), "nothing goes on from there");
    // By the departure of that segment: İzmit is an hour further.
    let departs = TimeRange {
        start: world.now + UNTIL_DEPARTURE + LEG,
        end: world.now + UNTIL_DEPARTURE + LEG * 2,
    };
    let search = SegmentSearch { departs, ..of(key("İzmit"), None) };
    assert_eq!(found(&world, search).await, [early]);
    let search = SegmentSearch { departs, ..of(None, None) };
    assert_eq!(found(&world, search).await, [late]);
    world.finish().await;
}

pub async fn on_and_off_sale_are_one_list_by_departure<H: Harness>() {
    let world = World::<H>::new().await;
    let bus = world.bus(4).await;
    let mut all = Vec::new();
    for hours in 0..6 {
        let mut journey = world.after(LEG * hours).journey(bus);
        // Off sale in between, so that neither kind stands before the other.
        journey.is_active = hours % 3 != 1;
        journey.kind = if hours % 2 == 0 { RouteKind::Vip } else { RouteKind::Standard };
        all.push(
            world.route_of(RoutePlan { allow_overlap: true, ..journey.plan().unwrap() }).await,
        );
    }
    let ever = TimeRange { start: Timestamp::MIN, end: Timestamp::MAX };
    for (from_city, to_city) in [("Bolu", "Ankara"), ("", "Ankara"), ("Bolu", ""), ("", "")] {
        let named = |city: &str| (!city.is_empty()).then(|| CityKey::new(city));
        let (from_city, to_city) = (named(from_city), named(to_city));
        let search = SegmentSearch { from_city, to_city, departs: ever, ..between(&world, "", "") };
        assert_eq!(found(&world, search.clone()).await, all);
        let mut read = Vec::new();
        for offset in [0, 2, 4] {
            let page = Page { offset, limit: 2 };
            let page = world.store.search(search.clone(), page).await.unwrap();
            assert_eq!(page.total, 6);
            read.extend(page.items.into_iter().map(|hit| hit.view.route.id));
        }
        assert_eq!(read, all);
        let vip = SegmentSearch { kind: Some(RouteKind::Vip), ..search };
        assert_eq!(found(&world, vip.clone()).await, [all[0], all[2], all[4]]);
        let second = world.store.search(vip, Page { offset: 1, limit: 1 }).await.unwrap();
        assert_eq!((second.total, second.items[0].view.route.id), (3, all[2]));
    }
    world.finish().await;
}

pub async fn searches_page_by_departure<H: Harness>() {
    let world = World::<H>::new().await;
    let bus = world.bus(4).await;
    let mut by_hour = Vec::new();
    for hours in [3, 0, 4, 1, 2] {
        let later = world.after(LEG * hours);
        by_hour.push((hours, later.route_of(later.plan(bus)).await));
    }
    by_hour.sort();
    let mut read = Vec::new();
    for offset in [0, 2, 4, 6] {
        let search = between(&world, "Bolu", "Ankara");
        let page = world.store.search(search, Page { offset, limit: 2 }).await.unwrap();
        assert_eq!(page.total, 5);
        read.extend(page.items.into_iter().map(|hit| hit.view.route.id));
    }
    assert_eq!(read, by_hour.into_iter().map(|(_, id)| id).collect::<Vec<_>>());
    world.finish().await;
}
