//! Separate threads bring events to viewers, and do not answer requests: so a rush of requests does
//! not slow them down.
//!
//! Seen from outside: how often the system has let these threads run, and how long they worked. No
//! duration is asserted: a thread that brings an event, and then waits for the next, runs once more
//! for it, and the more viewers it writes to, the longer it has a core.

use serde_json::Value;

use crate::privileges_end::plain;
use crate::support::api::Api;
use crate::support::event_reader::{EventReader, watch};
use crate::support::world::{World, booking, id};

/// The threads' name in the system.
const DELIVERY: &str = "delivery";

/// One after another, each seen by a viewer before the next.
const EVENTS: u16 = 15;

/// Viewers that the passes write to.
const CROWD: usize = 300;

/// So many that the work done once a second does not matter beside them.
const REQUESTS: u64 = 2_000;

/// Sells these seats; the viewer sees each.
fn sell(
    seats: impl Iterator<Item = u16>,
    route: &Value,
    agent: &Api,
    viewer: &mut EventReader<impl std::io::BufRead>,
) {
    for seat in seats {
        agent.post("/tickets", &booking(route, seat)).ok(201);
        assert_eq!(viewer.seat_update()["seq"], u64::from(seat));
    }
}

#[test]
fn events_are_brought_by_threads_of_their_own() {
    let world = World::new();
    let runs = || world.server.runs_of_threads(DELIVERY);
    let work = || world.server.work_of_threads(DELIVERY);
    let route = world.some_route();
    let mut viewer = watch(&world.nobody, id(&route), None);
    assert_eq!(viewer.next().name, "subscribed");
    // What only the first one needs is not measured.
    sell(1..=1, &route, &world.agent, &mut viewer);

    let before = (runs(), work());
    sell(2..=EVENTS, &route, &world.agent, &mut viewer);
    let (for_events, for_one) = (runs() - before.0, work() - before.1);
    // The feed.
    assert!(
        for_events >= u64::from(EVENTS - 1),
        "{EVENTS} events, and they ran {for_events} times"
    );

    let token = world.owner.token.as_deref().unwrap();
    let _crowd: Vec<_> = (0..CROWD).map(|_| plain(&world, &route, token)).collect();
    let before = work();
    sell(EVENTS + 1..=2 * EVENTS, &route, &world.agent, &mut viewer);
    let for_crowd = work() - before;
    // The hub's passes.
    assert!(for_crowd > 3 * for_one, "{for_crowd} ns for {CROWD} viewers, {for_one} ns for one");

    let before = runs();
    for _ in 0..REQUESTS {
        world.nobody.get("/health/live").ok(200);
    }
    let for_requests = runs() - before;
    assert!(for_requests < REQUESTS / 4, "{REQUESTS} requests, and they ran {for_requests} times");
}
