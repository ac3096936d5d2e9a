//! Changes of a route that are no sale stand in one order with its sales, and do not make it a sold
//! route.

use domain::{
    BusPatch, Command, Ordinal, Refusal, RouteChange, RouteEvent, RouteId, RoutePatch, RoutePlace,
    Seq,
};
use jiff::SignedDuration;

use super::desk::{LEG, UNTIL_DEPARTURE, answered};
use super::{Desk, Harness, World};
use crate::{Envelope, PlaceBy};

async fn patch(desk: &Desk, route: RouteId, patch: RoutePatch) {
    desk.store.update_route(route, patch, desk.now).await.unwrap();
}

fn on_sale(is_active: bool) -> RoutePatch {
    RoutePatch { is_active: Some(is_active), ..RoutePatch::default() }
}

/// The route's changes, each with its two numbers; a sale is `None`.
async fn told(desk: &Desk, route: RouteId) -> Vec<(u64, u64, Option<RouteChange>)> {
    let events = desk.store.events(route, Ordinal::ZERO, 1_000).await.unwrap();
    let told = events.iter().map(|event| {
        let change = match event {
            RouteEvent::Seat(_) => None,
            RouteEvent::Update(update) => Some(update.change),
        };
        (event.place().ordinal.get(), event.place().seq.get(), change)
    });
    told.collect()
}

pub async fn a_change_stands_between_the_sales<H: Harness>() {
    use RouteChange::{Active, Inactive};
    let world = World::<H>::new().await;
    let route = world.route(10).await;
    patch(&world, route, on_sale(false)).await;
    patch(&world, route, on_sale(true)).await;
    // It is so already: nothing has changed, and no event is sent.
    patch(&world, route, on_sale(true)).await;
    world.book(world.customer, route, 1, (0, 3)).await.unwrap();
    world.book(world.customer, route, 2, (0, 3)).await.unwrap();
    patch(&world, route, on_sale(false)).await;
    patch(&world, route, on_sale(true)).await;
    world.book(world.customer, route, 3, (0, 3)).await.unwrap();
    let order = [
        (1, 0, Some(Inactive)),
        (2, 0, Some(Active)),
        (3, 1, None),
        (4, 2, None),
        (5, 2, Some(Inactive)),
        (6, 2, Some(Active)),
        (7, 3, None),
    ];
    assert_eq!(told(&world, route).await, order);

    let store = &world.store;
    let at = async |by| store.place(route, by).await.unwrap();
    let place =
        |ordinal, seq| Some(RoutePlace { ordinal: Ordinal::new(ordinal), seq: Seq::new(seq) });
    let by_seq = [0, 1, 2, 3, 4, u64::MAX].map(|seq| PlaceBy::Seq(Seq::new(seq)));
    let right_behind = [place(0, 0), place(3, 1), place(4, 2), place(7, 3), None, None];
    for (by, expected) in by_seq.into_iter().zip(right_behind) {
        assert_eq!(at(by).await, expected, "{by:?}: before the changes that follow it");
    }
    for (event, (ordinal, seq, _)) in
        store.events(route, Ordinal::ZERO, 10).await.unwrap().iter().zip(order)
    {
        assert_eq!(at(PlaceBy::Ordinal(Ordinal::new(ordinal))).await, place(ordinal, seq));
        assert_eq!(at(PlaceBy::Position(event.position())).await, place(ordinal, seq));
    }
    assert_eq!(store.head(route).await.unwrap(), place(7, 3));
    let snapshot = store.seat_snapshot(route).await.unwrap().unwrap();
    assert_eq!((Some(snapshot.route.head()), snapshot.seq), (place(7, 3), Seq::new(3)));
    world.finish().await;
}

pub async fn changes_alone_fix_nothing_on_a_route<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(10).await;
    let bus = world.bus(12).await;
    patch(&world, route, on_sale(false)).await;
    let earlier = world.now + UNTIL_DEPARTURE - LEG;
    let both = RoutePatch {
        bus_id: Some(bus),
        departure_time: Some(earlier),
        is_active: Some(true),
        ..RoutePatch::default()
    };
    patch(&world, route, both).await;
    let changes = told(&world, route).await.into_iter().map(|(_, _, change)| change.unwrap());
    let expected =
        [RouteChange::Inactive, RouteChange::Bus, RouteChange::Delayed, RouteChange::Active];
    assert_eq!(changes.collect::<Vec<_>>(), expected);
    // A change that no map shows makes no event.
    let crew = RoutePatch { captain: Some(Some("Ali".into())), ..RoutePatch::default() };
    patch(&world, route, crew).await;
    assert_eq!(told(&world, route).await.len(), expected.len());

    world.store.delete_route(route, world.now).await.unwrap();
    assert_eq!(told(&world, route).await.last(), Some(&(5, 0, Some(RouteChange::Deleted))));
    assert_eq!(world.store.head(route).await.unwrap(), None);
    for by in [PlaceBy::Seq(Seq::ZERO), PlaceBy::Position(u64::MAX)] {
        assert_eq!(world.store.place(route, by).await.unwrap(), None, "{by:?}");
    }
    assert_eq!(world.told(5).await.len(), 5);
    world.finish().await;
}

pub async fn a_delay_stands_among_the_sales_and_counts_from_the_first<H: Harness>() {
    let world = World::<H>::new().await;
    let route = world.route(10).await;
    let before = world.store.route(route).await.unwrap().unwrap().route;
    let moved = |by| {
        let mut stations = before.stops[1..3].to_vec();
        stations.iter_mut().for_each(|stop| stop.time += by);
        RoutePatch {
            departure_time: Some(before.stops[0].time + by),
            stations: Some(stations),
            arrival_time: Some(before.stops[3].time + by),
            ..RoutePatch::default()
        }
    };
    // Before the first sale times move freely, and the old ones are not kept.
    patch(&world, route, moved(LEG)).await;
    patch(&world, route, moved(SignedDuration::ZERO)).await;
    let ticket = world.book(world.customer, route, 1, (1, 3)).await.unwrap();
    let delay = |by, is_by_admin| {
        let patch = RoutePatch { is_by_admin, ..moved(by) };
        world.store.update_route(route, patch, world.now)
    };
    delay(LEG * 2, false).await.unwrap();
    let city = before.stops[0].name.clone();
    let too_long = Err(Refusal::DelayTooLong { city: city.clone() });
    assert_eq!(answered(delay(LEG * 4, false).await).map(drop), too_long);
    assert_eq!(answered(delay(LEG, true).await).map(drop), Err(Refusal::OnlyLater { city }));
    let view = delay(LEG * 5, true).await.unwrap();
    let sold: std::sync::Arc<[_]> = before.stops.iter().map(|stop| stop.time).collect();
    assert_eq!(view.route.sold_times, Some(sold));
    // The route in the driver's memory has it too: the sale is open until the new departure.
    let after = before.stops[0].time + LEG * 4;
    let booking = Command::Book(world.booking(route, 2, (0, 3)));
    world.execute(Envelope::new(booking, world.agent, after)).await.unwrap();
    let ticket = world.store.ticket(ticket).await.unwrap().unwrap();
    assert_eq!(ticket.route.route.stops[1].time, before.stops[1].time + LEG * 5);
    let delayed = Some(RouteChange::Delayed);
    let order = [
        (1, 0, delayed),
        (2, 0, delayed),
        (3, 1, None),
        (4, 1, delayed),
        (5, 1, delayed),
        (6, 2, None),
    ];
    assert_eq!(told(&world, route).await, order);
    world.finish().await;
}

pub async fn other_seats_are_a_change_of_every_unfinished_route<H: Harness>() {
    let world = World::<H>::new().await;
    let bus = world.bus(10).await;
    let (first, second) =
        (world.route_of(world.plan(bus)).await, world.route_of(world.plan(bus)).await);
    let elsewhere = world.route(10).await;
    let seats = |seat_count| BusPatch { seat_count: Some(seat_count), ..BusPatch::default() };
    world.store.update_bus(bus, seats(12), world.now).await.unwrap();
    let named = BusPatch { model: Some("Travego".into()), ..BusPatch::default() };
    world.store.update_bus(bus, named, world.now).await.unwrap();
    for route in [first, second] {
        assert_eq!(told(&world, route).await, [(1, 0, Some(RouteChange::Bus))]);
    }
    assert!(told(&world, elsewhere).await.is_empty());
    world.book(world.customer, first, 12, (0, 3)).await.unwrap();
    // A refused change makes no event.
    let fixed = answered(world.store.update_bus(bus, seats(5), world.now).await);
    assert_eq!(fixed, Err(Refusal::BusSeatsFixed));
    let arrived = world.now + UNTIL_DEPARTURE + LEG * 3;
    world.store.update_bus(bus, seats(5), arrived).await.unwrap();
    assert_eq!(told(&world, first).await.len(), 2);
    assert_eq!(told(&world, second).await.len(), 1);
    world.finish().await;
}
