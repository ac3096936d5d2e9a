//! Seats that staff take off the sale: travellers see them as sold, staff as blocked.

use serde_json::{Value, json};

use crate::support::event_reader::watch;
use crate::support::world::{World, booking, id, text_at};

fn block(seats: &[i64]) -> Value {
    json!({"seatNumbers": seats, "reason": "Broken belt"})
}

#[test]
fn blocked_seats_are_sold_to_travellers_and_blocked_to_staff() {
    let world = World::new();
    let route = world.some_route();
    let path = format!("/routes/{}/blocks", id(&route));
    let mut events = watch(&world.nobody, id(&route), None);
    assert_eq!(events.next().name, "subscribed");

    let made = world.agent.post(&path, &block(&[2, 1])).ok(201);
    assert_eq!((&made["seatNumbers"], &made["reason"]), (&json!([1, 2]), &json!("Broken belt")));
    assert_eq!((&made["fromStopIndex"], &made["toStopIndex"]), (&json!(0), &json!(3)));
    assert_eq!(made["routeId"], route["id"]);
    for seat in [1, 2] {
        let told = events.seat_update();
        assert_eq!(
            (&told["eventType"], &told["seatNumber"]),
            (&json!("seat_confirmed"), &json!(seat))
        );
        assert_eq!(told["metadata"]["reason"], "blocked");
        assert_eq!((told.get("ticketId"), told["metadata"].get("gender")), (None, None), "{told}");
    }
    let map = |status: &str| {
        let seat = |number| json!({"seatNumber": number, "status": status, "fromStopIndex": 0, "toStopIndex": 3});
        json!([seat(1), seat(2)])
    };
    for (viewer, status) in [
        (&world.nobody, "CONFIRMED"),
        (&world.owner, "CONFIRMED"),
        (&world.agent, "BLOCKED"),
        (&world.admin, "BLOCKED"),
    ] {
        let shown = viewer.get(&format!("/routes/{}", id(&route))).ok(200);
        assert_eq!(shown["tickets"], map(status));
        // In the stream too: a `since` that is too high gets the whole map.
        let mut watched = watch(viewer, id(&route), Some(1_000));
        assert_eq!(watched.next().name, "subscribed");
        let snapshot = watched.next();
        assert_eq!(
            (snapshot.name.as_str(), &snapshot.data["seats"]),
            ("seat_snapshot", &map(status))
        );
        let free = format!("/tickets/available-seats/{}", id(&route));
        let free = viewer.get(&free).ok(200);
        assert_eq!(free.as_array().unwrap().len(), 38);
    }
    world.owner.post("/tickets", &booking(&route, 1)).problem(409, "seat_taken");
    world.admin.post("/tickets", &booking(&route, 2)).problem(409, "seat_taken");

    assert_eq!(world.admin.get(&path).ok(200), json!([made]));
    let lift = format!("{path}/{}", id(&made));
    assert_eq!(world.admin.call("DELETE", &lift).status, 204);
    for seat in [1, 2] {
        let told = events.seat_update();
        assert_eq!(
            (&told["eventType"], &told["seatNumber"]),
            (&json!("seat_available"), &json!(seat))
        );
    }
    assert_eq!(world.admin.get(&path).ok(200), json!([]));
    world.admin.call("DELETE", &lift).problem(404, "block_not_found");
    world.owner.post("/tickets", &booking(&route, 1)).ok(201);
    let told = events.seat_update();
    assert_eq!((&told["eventType"], &told["seq"]), (&json!("seat_reserved"), &json!(5)));
}

#[test]
fn only_free_seats_are_blocked_on_the_legs_that_are_meant() {
    let world = World::new();
    let route = world.some_route();
    let path = format!("/routes/{}/blocks", id(&route));
    world.booked(&world.owner, &route, 1);
    world.agent.post(&path, &block(&[1])).problem(409, "seat_taken");
    world.agent.post(&path, &block(&[2, 1])).problem(409, "seat_taken");
    assert_eq!(world.seq(id(&route)), 1, "all or none");
    let mut part = block(&[3]);
    (part["fromCity"], part["toCity"]) = (json!("İzmit"), json!("bolu"));
    let made = world.agent.post(&path, &part).ok(201);
    assert_eq!((&made["fromStopIndex"], &made["toStopIndex"]), (&json!(1), &json!(2)));
    let mut behind = booking(&route, 3);
    behind["fromCity"] = json!("Bolu");
    world.owner.post("/tickets", &behind).ok(201);
    world.owner.post("/tickets", &booking(&route, 3)).problem(409, "seat_taken");
    // A route with events has a fixed bus and fixed stops.
    world.admin.call("DELETE", &format!("/routes/{}", id(&route))).problem(409, "route_has_events");

    for (form, pointer) in [
        (json!({"seatNumbers": [], "reason": "x"}), "/seatNumbers"),
        (json!({"seatNumbers": [1, 1], "reason": "x"}), "/seatNumbers/1"),
        (json!({"seatNumbers": [4], "reason": " "}), "/reason"),
        (json!({"seatNumbers": [4]}), "/reason"),
        (json!({"seatNumbers": [4], "reason": "x", "until": "later"}), "/until"),
    ] {
        let answer = world.agent.post(&path, &form);
        answer.problem(400, "validation_failed");
        assert_eq!(answer.pointers(), [pointer], "{form}");
    }
    world.agent.post(&path, &block(&[41])).problem(400, "seat_beyond_bus");
    part["toCity"] = json!("İzmir");
    world.agent.post(&path, &part).problem(400, "unknown_city");
    let nowhere = "/routes/0199c0de-0000-7000-8000-000000000001/blocks";
    world.agent.post(nowhere, &block(&[1])).problem(404, "route_not_found");
    world.agent.get(nowhere).problem(404, "route_not_found");
    world.agent.call("DELETE", &format!("{path}/x")).problem(400, "validation_failed");
}

#[test]
fn a_block_is_staffs_business_and_belongs_to_its_route() {
    let world = World::new();
    let (route, other) = (world.some_route(), world.some_route());
    let path = |route: &Value| format!("/routes/{}/blocks", id(route));
    let made = world.agent.post(&path(&route), &block(&[1])).ok(201);
    let lift = format!("{}/{}", path(&route), id(&made));
    for (who, status, code) in
        [(&world.nobody, 401, "unauthorized"), (&world.owner, 403, "role_required")]
    {
        who.post(&path(&route), &block(&[2])).problem(status, code);
        who.get(&path(&route)).problem(status, code);
        who.call("DELETE", &lift).problem(status, code);
    }
    let elsewhere = format!("{}/{}", path(&other), text_at(&made, "id"));
    world.agent.call("DELETE", &elsewhere).problem(404, "block_not_found");
    assert_eq!(world.agent.get(&path(&route)).ok(200), json!([made]));
}
