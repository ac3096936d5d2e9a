//! Routes: planned, changed, deleted, listed.

use domain::calendar::TimeRange;
use domain::{BusId, Crew, Kurus, NewFare, Refusal, RouteId, RouteKind, RoutePatch, Seq, Stop};
use jiff::SignedDuration;

use super::desk::{LEG, UNTIL_DEPARTURE, answered};
use super::{EVERYTHING, Harness, World};
use crate::{Page, RouteFilter};

pub async fn a_route_is_kept_as_it_was_planned<H: Harness>() {
    let world = World::<H>::new().await;
    let bus = world.bus(33).await;
    let mut journey = world.journey(bus);
    journey.kind = RouteKind::Luxury;
    journey.rest_stops = vec!["Sapanca".into(), "Gerede \"Tesisleri\"".into()];
    journey.crew = Crew { captain: Some("Şükrü Ağa".into()), ..Crew::default() };
    let fare = |from: &str, to: &str, lira, is_sold| {
        let price = Kurus::from_lira(lira);
        NewFare { from_city: from.into(), to_city: to.into(), price, is_sold }
    };
    journey.prices = vec![fare("Izmit", "Bolu", 90, true), fare("Bolu", "Ankara", 80, false)];
    let plan = journey.plan().unwrap();
    let id = RouteId(world.id());
    let made = world.store.create_route(id, plan.clone(), world.now).await.unwrap();
    let route = &made.route;
    assert_eq!((route.id, route.bus_id, route.seat_count), (id, bus, 33));
    assert_eq!((&*route.stops, &*route.fares), (&*plan.stops, &*plan.fares));
    assert_eq!((&*route.rest_stops, &*route.crew), (&*plan.rest_stops, &plan.crew));
    assert_eq!((route.kind, route.price, route.is_active), (plan.kind, plan.price, true));
    assert_eq!((route.seq, route.created_at, route.updated_at), (Seq::ZERO, world.now, world.now));
    assert_eq!(made.bus.id, bus);
    assert_eq!(world.store.route(id).await.unwrap(), Some(made));
    world.finish().await;
}

pub async fn a_route_needs_its_bus<H: Harness>() {
    let world = World::<H>::new().await;
    let nobodys = BusId(world.id());
    let plan = world.plan(nobodys);
    let made = world.store.create_route(RouteId(world.id()), plan, world.now).await;
    assert_eq!(answered(made).map(drop), Err(Refusal::BusNotFound));
    let route = world.route(10).await;
    let patch = RoutePatch { bus_id: Some(nobodys), ..RoutePatch::default() };
    let moved = world.store.update_route(route, patch, world.now).await;
    assert_eq!(answered(moved).map(drop), Err(Refusal::BusNotFound));
    let unknown = world.store.update_route(RouteId(world.id()), RoutePatch::default(), world.now);
    assert_eq!(answered(unknown.await).map(drop), Err(Refusal::RouteNotFound));
    world.finish().await;
}

pub async fn a_route_is_changed_field_by_field<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(10).await;
    let before = world.store.route(route).await.unwrap().unwrap().route;
    let other_bus = world.bus(20).await;
    let patch = RoutePatch {
        bus_id: Some(other_bus),
        stations: Some(vec![Stop { name: "Düzce".into(), time: before.stops[1].time }]),
        captain: Some(Some("Ali".into())),
        is_active: Some(false),
        ..RoutePatch::default()
    };
    let later = world.now + SignedDuration::from_secs(1);
    let after = world.store.update_route(route, patch, later).await.unwrap().route;
    let names: Vec<&str> = after.stops.iter().map(|stop| stop.name.as_str()).collect();
    assert_eq!(names, ["İstanbul", "Düzce", "Ankara"]);
    assert_eq!((after.bus_id, after.seat_count), (other_bus, 20));
    assert_eq!((after.crew.captain.as_deref(), after.is_active), (Some("Ali"), false));
    assert_eq!((after.price, after.kind), (before.price, before.kind), "the rest stays");
    assert_eq!((after.created_at, after.updated_at), (before.created_at, later));
    assert_eq!(world.store.route(route).await.unwrap().unwrap().route, after);
    let off = RoutePatch { captain: Some(None), ..RoutePatch::default() };
    let off = world.store.update_route(route, off, later).await.unwrap().route;
    assert_eq!(off.crew.captain, None);
    let backwards = RoutePatch { arrival_time: Some(after.stops[0].time), ..RoutePatch::default() };
    let backwards = answered(world.store.update_route(route, backwards, later).await);
    assert!(matches!(backwards, Err(Refusal::Invalid(_))), "{backwards:?}");
    assert_eq!(world.store.route(route).await.unwrap().unwrap().route, off);
    world.finish().await;
}

pub async fn a_route_with_events_keeps_its_bus_and_stops<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(10).await;
    let ticket = world.book(world.customer, route, 1, (0, 3)).await.unwrap();
    // Cancelling does not undo it: a suspended or cancelled ticket still names these stops.
    world.execute(world.cancelling(world.customer, ticket)).await.unwrap();
    let before = world.store.route(route).await.unwrap();
    let other_bus = world.bus(10).await;
    for patch in [
        RoutePatch { bus_id: Some(other_bus), ..RoutePatch::default() },
        RoutePatch { to_city: Some("Konya".into()), ..RoutePatch::default() },
        RoutePatch { stations: Some(Vec::new()), ..RoutePatch::default() },
    ] {
        let changed = world.store.update_route(route, patch, world.now).await;
        assert_eq!(answered(changed).map(drop), Err(Refusal::RouteFixed));
    }
    assert_eq!(world.store.route(route).await.unwrap(), before);
    let price = RoutePatch { price: Some(Kurus::from_lira(1)), ..RoutePatch::default() };
    let changed = world.store.update_route(route, price, world.now).await.unwrap().route;
    assert_eq!((changed.price, changed.seq), (Kurus::from_lira(1), Seq::new(3)));
    world.finish().await;
}

pub async fn a_route_with_events_cannot_be_deleted<H: Harness>() {
    let world = World::<H>::new().await;
    let (sold, unsold) = (world.route(10).await, world.route(10).await);
    world.book(world.customer, sold, 1, (0, 3)).await.unwrap();
    let result = answered(world.store.delete_route(sold, world.now).await);
    assert_eq!(result, Err(Refusal::RouteHasEvents));
    world.store.delete_route(unsold, world.now).await.unwrap();
    assert_eq!(world.store.route(unsold).await.unwrap(), None);
    let again = answered(world.store.delete_route(unsold, world.now).await);
    assert_eq!(again, Err(Refusal::RouteNotFound));
    let booked = world.book(world.customer, unsold, 1, (0, 3)).await;
    assert_eq!(booked, Err(Refusal::RouteNotFound));
    world.finish().await;
}

/// A driver that remembers routes must not sell by what it remembers.
pub async fn a_booking_sees_the_changed_route<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(10).await;
    let book = |seat| world.book(world.customer, route, seat, (0, 3));
    book(1).await.unwrap();
    let change = |patch| world.store.update_route(route, patch, world.now);
    let (price, active) = (Some(Kurus::from_lira(77)), Some(false));
    change(RoutePatch { price, ..RoutePatch::default() }).await.unwrap();
    let ticket = book(2).await.unwrap();
    let ticket = world.store.ticket(ticket).await.unwrap().unwrap().ticket;
    assert_eq!(ticket.price, Kurus::from_lira(77));
    change(RoutePatch { is_active: active, ..RoutePatch::default() }).await.unwrap();
    assert_eq!(book(3).await, Err(Refusal::RouteInactive));
    world.finish().await;
}

pub async fn every_filter_narrows_the_list_of_routes<H: Harness>() {
    let world = World::<H>::new().await;
    let (bus, other_bus) = (world.bus(10).await, world.bus(10).await);
    let standard = world.route_of(world.plan(bus)).await;
    let mut journey = world.journey(other_bus);
    journey.kind = RouteKind::Vip;
    journey.is_active = false;
    let vip = world.route_of(journey.plan().unwrap()).await;
    let mut journey = world.journey(bus);
    journey.to_city = "Konya".into();
    journey.stations.clear();
    journey.departure_time += LEG;
    let konya = world.route_of(journey.plan().unwrap()).await;

    let departure = world.now + UNTIL_DEPARTURE;
    let range = |start, end| Some(TimeRange { start: departure + start, end: departure + end });
    let all = RouteFilter::default;
    let cases: [(&str, RouteFilter, &[RouteId]); 8] = [
        ("all", all(), &[standard, vip, konya]),
        ("active", RouteFilter { is_active: Some(true), ..all() }, &[standard, konya]),
        ("inactive", RouteFilter { is_active: Some(false), ..all() }, &[vip]),
        ("kind", RouteFilter { kind: Some(RouteKind::Vip), ..all() }, &[vip]),
        ("bus", RouteFilter { bus_id: Some(bus), ..all() }, &[standard, konya]),
        // Half-open: the first hour ends where the second begins.
        (
            "hour",
            RouteFilter { departs: range(SignedDuration::ZERO, LEG), ..all() },
            &[standard, vip],
        ),
        ("next hour", RouteFilter { departs: range(LEG, LEG * 2), ..all() }, &[konya]),
        (
            "kind and activity",
            RouteFilter { kind: Some(RouteKind::Vip), is_active: Some(true), ..all() },
            &[],
        ),
    ];
    for (name, filter, expected) in cases {
        let found = world.store.routes(filter, EVERYTHING).await.unwrap();
        let mut ids: Vec<RouteId> = found.items.iter().map(|view| view.route.id).collect();
        let mut expected = expected.to_vec();
        ids.sort();
        expected.sort();
        assert_eq!(ids, expected, "{name}");
        assert_eq!(found.total, expected.len() as u64, "{name}");
    }
    world.finish().await;
}

pub async fn routes_page_by_departure<H: Harness>() {
    let world = World::<H>::new().await;
    let bus = world.bus(10).await;
    let mut by_hour = Vec::new();
    for hours in [3, 0, 4, 1, 2] {
        let later = world.after(LEG * hours);
        by_hour.push((hours, later.route_of(later.plan(bus)).await));
    }
    by_hour.sort();
    let mut read = Vec::new();
    for offset in [0, 2, 4, 6] {
        let page = Page { offset, limit: 2 };
        let page = world.store.routes(RouteFilter::default(), page).await.unwrap();
        assert_eq!(page.total, 5);
        read.extend(page.items.into_iter().map(|view| view.route.id));
    }
    assert_eq!(read, by_hour.into_iter().map(|(_, id)| id).collect::<Vec<_>>());
    world.finish().await;
}
