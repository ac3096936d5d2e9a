//! A delay: the times of a departure on which seats have been sold.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::support::api::Api;
use crate::support::clock::{minutes, now, on_day, text, wait_until};
use crate::support::event_reader::watch;
use crate::support::running_server::Launch;
use crate::support::world::{World, id, route_form, text_at};

fn time(value: &Value) -> Timestamp {
    value.as_str().expect("a time").parse().expect("a time")
}

/// What staff send to move the stops from this one on.
fn moved(route: &Value, from: usize, by: SignedDuration) -> Value {
    let stops = route["stops"].as_array().expect("stops");
    let at = |index: usize| {
        let sold = time(&stops[index]["time"]);
        text(if index < from { sold } else { sold + by })
    };
    json!({
        "departureTime": at(0),
        "stations": [
            {"station": stops[1]["city"], "time": at(1)},
            {"station": stops[2]["city"], "time": at(2)},
        ],
        "arrivalTime": at(3),
    })
}

fn delay(by: &Api, route: &Value, from: usize, hours: i64) -> crate::support::api::Answer {
    let form = moved(route, from, SignedDuration::from_hours(hours));
    by.patch(&format!("/routes/{}", id(route)), &form)
}

#[test]
fn tickets_show_the_new_times_and_viewers_are_told_between_the_sales() {
    let world = World::new();
    let route = world.some_route();
    let route_id = id(&route);
    let mut viewer = watch(&world.nobody, route_id, None);
    assert_eq!(viewer.next().name, "subscribed");
    let ticket = world.booked(&world.owner, &route, 1);
    let delayed = delay(&world.agent, &route, 1, 2).ok(200);
    world.booked(&world.agent, &route, 2);
    assert_eq!(viewer.seat_update()["seq"], 1);
    let told = viewer.next();
    assert_eq!(told.name, "route_update");
    assert_eq!(told.data, json!({"routeId": route_id, "seq": 1, "change": "delayed"}));
    assert_eq!(viewer.seat_update()["seq"], 2);
    // The first stop has stayed, the others have moved.
    let stop = |route: &Value, index: usize| time(&route["stops"][index]["time"]);
    assert_eq!(stop(&delayed, 0), stop(&route, 0));
    assert_eq!(stop(&delayed, 1), stop(&route, 1) + SignedDuration::from_hours(2));
    let ticket = world.owner.get(&format!("/tickets/{}", id(&ticket))).ok(200);
    for field in ["departureTime", "arrivalTime", "stops", "routeStations"] {
        assert_eq!(ticket["route"][field], delayed[field], "{field}");
    }
    let pnr = text_at(&ticket, "pnrNumber");
    let public = world.nobody.get(&format!("/tickets/pnr/{pnr}?phone=5321234567")).ok(200);
    assert_eq!(public["departureTime"], delayed["departureTime"]);
    // A search finds the departure at its new time.
    let hit = world.nobody.get("/routes/search?fromCity=bolu&toCity=ankara").ok(200);
    assert_eq!(hit["data"][0]["departureTime"], delayed["stops"][2]["time"]);
    // The same times again are no change, and viewers get no event.
    let form = moved(&delayed, 0, SignedDuration::ZERO);
    world.agent.patch(&format!("/routes/{route_id}"), &form).ok(200);
    world.booked(&world.agent, &route, 3);
    assert_eq!(viewer.seat_update()["seq"], 3);
}

#[test]
fn an_agent_delays_by_three_hours_in_all_and_an_administrator_by_any() {
    let world = World::new();
    let route = world.some_route();
    world.booked(&world.owner, &route, 1);
    delay(&world.agent, &route, 0, 4).problem(403, "delay_too_long");
    delay(&world.agent, &route, 3, 4).problem(403, "delay_too_long");
    delay(&world.agent, &route, 0, 2).ok(200);
    // Counted from the times first sold: also by another process, after the first has ended.
    let World { server, folder, admin, agent, owner, .. } = world;
    assert_eq!(server.terminate().exit_code, Some(0));
    let server = Launch::own(folder.path()).run();
    let again = |by: &Api| Api::new(server.url()).with_token(by.token.clone().expect("a token"));
    let (admin, agent, owner) = (again(&admin), again(&agent), again(&owner));
    let problem = delay(&agent, &route, 0, 4).problem(403, "delay_too_long");
    assert!(text_at(&problem, "detail").contains("3 hours in all"), "{problem}");
    delay(&agent, &route, 0, 3).ok(200);
    delay(&owner, &route, 0, 3).problem(403, "role_required");
    let late = delay(&admin, &route, 0, 30).ok(200);
    assert_eq!(time(&late["departureTime"]), time(&route["departureTime"]) + minutes(30 * 60));
    // Passengers have been informed: the delay cannot be taken back, and an agent cannot extend it.
    for by in [&agent, &admin] {
        delay(by, &route, 0, 29).problem(409, "only_later");
    }
    delay(&agent, &route, 0, 31).problem(403, "delay_too_long");
    let past = moved(&route, 3, SignedDuration::from_hours(-1));
    admin.patch(&format!("/routes/{}", id(&route)), &past).problem(409, "only_later");
}

#[test]
fn before_the_first_sale_times_move_as_they_like() {
    let world = World::new();
    let route = world.some_route();
    delay(&world.agent, &route, 0, 20).ok(200);
    delay(&world.agent, &route, 0, -5).ok(200);
    let sold = delay(&world.agent, &route, 0, 0).ok(200);
    world.booked(&world.owner, &sold, 1);
    // By the times first sold, not by those planned before.
    delay(&world.agent, &route, 0, 3).ok(200);
}

#[test]
fn where_the_bus_has_been_nothing_moves() {
    let world = World::new();
    let leaves = now() + SignedDuration::from_secs(6);
    let route = world.route(leaves);
    world.agent.post("/tickets", &crate::support::world::booking(&route, 1)).ok(201);
    wait_until(leaves);
    for by in [&world.agent, &world.admin] {
        let problem = delay(by, &route, 0, 1).problem(409, "stop_is_over");
        assert!(text_at(&problem, "detail").contains("İstanbul"), "{problem}");
    }
    let delayed = delay(&world.agent, &route, 1, 1).ok(200);
    assert_eq!(delayed["stops"][0], route["stops"][0]);
    assert_eq!(time(&delayed["arrivalTime"]), time(&route["arrivalTime"]) + minutes(60));
}

#[test]
fn a_late_bus_is_not_on_its_next_departure_unless_staff_insist() {
    let world = World::new();
    let leaves = on_day(3, 9, 0);
    let route = world.route(leaves);
    let next = leaves + minutes(7 * 60);
    let mut form = route_form(text_at(&route, "busId"), next);
    form["prices"] = json!([]);
    world.agent.post("/routes", &form).ok(201);
    world.booked(&world.owner, &route, 1);
    delay(&world.agent, &route, 0, 1).ok(200);
    delay(&world.agent, &route, 0, 2).problem(409, "bus_busy");
    let mut insisting = moved(&route, 0, SignedDuration::from_hours(2));
    insisting["allowOverlap"] = json!(true);
    world.agent.patch(&format!("/routes/{}", id(&route)), &insisting).ok(200);
}
