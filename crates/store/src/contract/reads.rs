//! Reading the same thing again: a driver may remember departures and buses, but every answer is of
//! its own moment.

use domain::calendar::TimeRange;
use domain::{BusPatch, CityKey, Kurus, RouteId, RoutePatch, TicketId};

use super::desk::{LEG, UNTIL_DEPARTURE};
use super::{Desk, EVERYTHING, Harness, World};
use crate::{RouteFilter, RouteView, SegmentSearch, TicketFilter};

/// A departure as every answer that holds it shows it.
async fn shown(desk: &Desk, route: RouteId, ticket: TicketId) -> Vec<(&'static str, RouteView)> {
    let store = &desk.store;
    let departure = desk.now + UNTIL_DEPARTURE;
    let search = SegmentSearch {
        from_city: Some(CityKey::new("istanbul")),
        to_city: Some(CityKey::new("ankara")),
        departs: TimeRange { start: departure, end: departure + LEG },
        is_active: None,
        kind: None,
        bus_id: None,
        min_price: None,
        max_price: None,
    };
    let by_id = store.ticket(ticket).await.unwrap().unwrap();
    let listed = store.tickets(TicketFilter::default(), EVERYTHING).await.unwrap().items.remove(0);
    let by_pnr = store.ticket_by_pnr(&by_id.ticket.pnr).await.unwrap().unwrap();
    let agent = desk.agent.user_id;
    let paid = store.payment_history(agent, EVERYTHING).await.unwrap().items.remove(0).ticket;
    let found = store.search(search, EVERYTHING).await.unwrap().items.remove(0);
    let routes = store.routes(RouteFilter::default(), EVERYTHING).await.unwrap();
    let snapshot = store.seat_snapshot(route).await.unwrap().unwrap();
    let itself = store.route(route).await.unwrap().unwrap();
    vec![
        ("a ticket", by_id.route),
        ("a list of tickets", listed.route),
        ("a ticket by its code", by_pnr.route),
        ("a payment", paid.route),
        ("a search", found.view),
        ("a list of routes", routes.items[0].clone()),
        // A seat map shows no bus.
        ("a seat map", RouteView { route: snapshot.route, bus: itself.bus.clone() }),
        ("the route", itself),
    ]
}

pub async fn no_answer_is_older_than_the_last_change<H: Harness>() {
    let world = World::<H>::new().await;
    let bus = world.bus(10).await;
    let route = world.route_of(world.plan(bus)).await;
    let ticket = world.book(world.agent, route, 1, (0, 3)).await.unwrap();
    // Twice: what is read once may be remembered.
    for _ in 0..2 {
        for (answer, view) in shown(&world, route, ticket).await {
            assert_eq!(view.bus.details.model, "Travego", "{answer}");
            assert_eq!(view.route.seq.get(), 1, "{answer}");
        }
    }
    // All of it at one and the same time: so no time can show one change from another.
    for step in 1..4_u8 {
        let model = Some(format!("Travego {step}"));
        let patch = BusPatch { model: model.clone(), ..BusPatch::default() };
        world.store.update_bus(bus, patch, world.now).await.unwrap();
        let price = Some(Kurus::from_lira(u32::from(step)));
        let patch = RoutePatch { price, ..RoutePatch::default() };
        world.store.update_route(route, patch, world.now).await.unwrap();
        world.book(world.agent, route, u16::from(step) + 1, (0, 3)).await.unwrap();
        for (answer, view) in shown(&world, route, ticket).await {
            assert_eq!(Some(&view.bus.details.model), model.as_ref(), "{answer} {step}");
            assert_eq!(Some(view.route.price), price, "{answer} {step}");
            assert_eq!(view.route.seq.get(), u64::from(step) + 1, "{answer} {step}");
        }
    }
    world.finish().await;
}

pub async fn other_seats_and_another_bus_are_seen_in_every_answer<H: Harness>() {
    let world = World::<H>::new().await;
    let (first, second) = (world.bus(10).await, world.bus(12).await);
    let route = world.route_of(world.plan(first)).await;
    let seats = async || {
        let itself = world.store.route(route).await.unwrap().unwrap();
        let snapshot = world.store.seat_snapshot(route).await.unwrap().unwrap();
        let listed = world.store.routes(RouteFilter::default(), EVERYTHING).await.unwrap();
        assert_eq!(itself.bus.details.seat_count, itself.route.seat_count);
        [itself.route.seat_count, snapshot.route.seat_count, listed.items[0].route.seat_count]
    };
    assert_eq!(seats().await, [10; 3]);
    let more = BusPatch { seat_count: Some(11), ..BusPatch::default() };
    world.store.update_bus(first, more, world.now).await.unwrap();
    assert_eq!(seats().await, [11; 3]);
    let other = RoutePatch { bus_id: Some(second), ..RoutePatch::default() };
    world.store.update_route(route, other, world.now).await.unwrap();
    assert_eq!(seats().await, [12; 3]);
    world.store.delete_route(route, world.now).await.unwrap();
    assert_eq!(world.store.route(route).await.unwrap(), None);
    world.finish().await;
}
