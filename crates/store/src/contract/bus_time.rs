//! One bus on one departure at a time, decided in the transaction that plans it.

use domain::{BusId, Refusal, RouteId, RoutePatch, RoutePlan};
use jiff::SignedDuration;

use super::desk::{LEG, answered};
use super::{Desk, EVERYTHING, Harness, World};
use crate::RouteFilter;

/// Plans a departure that leaves so much later than [`Desk::journey`], as staff do without
/// insisting.
async fn plan(desk: &Desk, bus: BusId, later: SignedDuration) -> Result<RouteId, Refusal> {
    let plan = desk.after(later).plan(bus);
    let made = desk.store.create_route(RouteId(desk.id()), plan, desk.now).await;
    answered(made).map(|view| view.route.id)
}

/// The departure that stands in the way.
fn busy<T>(result: Result<T, Refusal>) -> Option<RouteId> {
    match result {
        Err(Refusal::BusBusy { route_id, .. }) => Some(route_id),
        Err(other) => panic!("{other:?}"),
        Ok(_) => None,
    }
}

pub async fn a_bus_is_on_one_departure_at_a_time<H: Harness>() {
    let world = World::<H>::new().await;
    let (bus, other_bus) = (world.bus(10).await, world.bus(10).await);
    // A journey takes three hours. A bus that has never driven is free.
    let first = plan(&world, bus, SignedDuration::ZERO).await.unwrap();
    let millisecond = SignedDuration::from_millis(1);
    for (later, blocked) in [
        (SignedDuration::ZERO, true),
        (LEG, true),
        (-LEG, true),
        (LEG * 3 - millisecond, true),
        (LEG * -3 + millisecond, true),
        (LEG * 3, false),
        (LEG * -3, false),
    ] {
        let found = busy(plan(&world, bus, later).await);
        assert_eq!(found, blocked.then_some(first), "{later} later");
    }
    plan(&world, other_bus, LEG).await.expect("it is another bus");
    let insists = RoutePlan { allow_overlap: true, ..world.plan(bus) };
    let insists = world.store.create_route(RouteId(world.id()), insists, world.now).await;
    answered(insists).expect("staff insist");
    world.finish().await;
}

/// However long ago a departure began: what counts is when it arrives.
pub async fn a_long_journey_keeps_its_bus<H: Harness>() {
    let world = World::<H>::new().await;
    let bus = world.bus(10).await;
    let mut journey = world.journey(bus);
    journey.arrival_time = journey.departure_time + LEG * 24 * 9;
    let long = world.store.create_route(RouteId(world.id()), journey.plan().unwrap(), world.now);
    let long = long.await.unwrap().route.id;
    // Short ones beside it, closer to what is asked for.
    for days in 1..8 {
        let day = world.after(LEG * 24 * days);
        day.route_of(day.plan(bus)).await;
    }
    assert_eq!(busy(plan(&world, bus, LEG * 24 * 9 - LEG).await), Some(long));
    plan(&world, bus, LEG * 24 * 9).await.expect("it has arrived");
    world.finish().await;
}

pub async fn a_change_of_bus_or_time_finds_the_bus_free<H: Harness>() {
    let world = World::<H>::new().await;
    let (bus, other_bus) = (world.bus(10).await, world.bus(10).await);
    let first = plan(&world, bus, SignedDuration::ZERO).await.unwrap();
    let second = plan(&world, bus, LEG * 3).await.unwrap();
    let third = plan(&world, other_bus, LEG).await.unwrap();
    let change = async |route, patch| {
        answered(world.store.update_route(route, patch, world.now).await).map(drop)
    };
    let none = RoutePatch::default;
    let departs = |later: SignedDuration| Some(world.journey(bus).departure_time + later);
    let earlier = RoutePatch { departure_time: departs(LEG * 2), ..none() };
    assert_eq!(busy(change(second, earlier.clone()).await), Some(first));
    let to_bus = RoutePatch { bus_id: Some(bus), ..none() };
    assert_eq!(busy(change(third, to_bus.clone()).await), Some(first));
    // Off sale or not: its passengers still travel.
    change(first, RoutePatch { is_active: Some(false), ..none() }).await.unwrap();
    assert_eq!(busy(change(third, to_bus.clone()).await), Some(first));
    let before = world.store.route(third).await.unwrap();
    assert_eq!(before.unwrap().route.bus_id, other_bus, "a refusal changes nothing");
    // Its own time is not in its way, and a later arrival is a change of time too.
    let within = RoutePatch { departure_time: departs(LEG / 2), ..none() };
    change(first, within).await.unwrap();
    let arrives = Some(world.journey(bus).arrival_time + LEG);
    let later = RoutePatch { arrival_time: arrives, ..none() };
    assert_eq!(busy(change(first, later.clone()).await), Some(second));
    change(first, RoutePatch { allow_overlap: true, ..later }).await.unwrap();
    change(third, RoutePatch { allow_overlap: true, ..to_bus }).await.unwrap();
    // Now they overlap, and everything but bus and time may still change.
    let price = RoutePatch { price: Some(domain::Kurus::from_lira(1)), ..none() };
    change(third, price).await.unwrap();
    assert_eq!(busy(change(third, RoutePatch { bus_id: Some(other_bus), ..none() }).await), None);
    assert_eq!(busy(change(second, earlier).await), Some(first));
    world.finish().await;
}

pub async fn of_many_departures_of_a_bus_one_is_planned<H: Harness>() {
    let world = World::<H>::new().await;
    let bus = world.bus(10).await;
    let planners: Vec<_> = (0..20)
        .map(|minutes| {
            let desk = world.desk();
            tokio::spawn(async move {
                plan(&desk, bus, SignedDuration::from_mins(minutes)).await.is_ok()
            })
        })
        .collect();
    let mut planned = 0;
    for planner in planners {
        planned += u32::from(planner.await.unwrap());
    }
    assert_eq!(planned, 1);
    let filter = RouteFilter { bus_id: Some(bus), ..RouteFilter::default() };
    assert_eq!(world.store.routes(filter, EVERYTHING).await.unwrap().total, 1);
    world.finish().await;
}
