//! **Ticket** in each of its states, and the free seats.

use serde_json::{Value, json};

use super::shape;
use crate::support::world::{CARD_THAT_PAYS, World, booking, id, pay};

/// The ticket without its route, which has snapshots of its own.
fn ticket_shape(name: &str, ticket: &Value) {
    let mut ticket = ticket.clone();
    let route = ticket["route"].take();
    assert_eq!(route["id"], ticket["routeId"], "the route stands in the ticket");
    assert_eq!(route["bus"]["id"], route["busId"], "and its bus in the route");
    ticket["route"] = json!("(the route)");
    shape(name, &ticket);
}

#[test]
fn a_customer_reserves() {
    let world = World::new();
    let route = world.some_route();
    let ticket = world.booked(&world.owner, &route, 5);
    ticket_shape("ticket_reserved", &ticket);
    shape("ticket_route", &ticket["route"]);
    let path = format!("/tickets/{}", id(&ticket));
    assert_eq!(world.owner.get(&path).ok(200), ticket);
    let expires_at: jiff::Timestamp = ticket["expiresAt"].as_str().unwrap().parse().unwrap();
    let created_at: jiff::Timestamp = ticket["createdAt"].as_str().unwrap().parse().unwrap();
    assert_eq!(expires_at.duration_since(created_at).as_secs(), 900);
}

#[test]
fn staff_sell() {
    let world = World::new();
    let route = world.some_route();
    ticket_shape("ticket_sold_by_staff", &world.booked(&world.agent, &route, 5));
}

#[test]
fn a_segment_is_sold_at_its_fare_and_without_an_identity_number() {
    let world = World::new();
    let route = world.some_route();
    let mut form = booking(&route, 5);
    form["toCity"] = json!(" BOLU ");
    form["gender"] = json!("OTHER");
    form.as_object_mut().unwrap().remove("tcKimlikNo");
    ticket_shape("ticket_of_a_segment", &world.owner.post("/tickets", &form).ok(201));
}

#[test]
fn a_ticket_is_suspended_confirmed_and_cancelled() {
    let world = World::new();
    let route = world.some_route();
    let ticket = world.paid(&route, 5);
    let path = |what: &str| format!("/tickets/{}/{what}", id(&ticket));
    ticket_shape("ticket_paid", &ticket);
    let suspended = world.agent.call("PUT", &path("suspend")).ok(200);
    ticket_shape("ticket_suspended", &suspended);
    let confirmed = world.owner.call("PATCH", &path("confirm")).ok(200);
    assert_eq!(confirmed["status"], "CONFIRMED");
    assert_eq!(confirmed["suspendedAt"], Value::Null);
    let cancelled = world.owner.call("PATCH", &path("cancel")).ok(200);
    ticket_shape("ticket_cancelled_and_refunded", &cancelled);
    world.owner.call("PATCH", &path("cancel")).problem(409, "invalid_transition");
}

#[test]
fn a_reservation_is_cancelled_without_a_refund() {
    let world = World::new();
    let route = world.some_route();
    let ticket = world.booked(&world.owner, &route, 5);
    let path = format!("/tickets/{}", id(&ticket));
    ticket_shape("ticket_cancelled_unpaid", &world.owner.call("DELETE", &path).ok(200));
}

#[test]
fn a_ticket_moves_to_another_seat() {
    let world = World::new();
    let route = world.some_route();
    let ticket = world.booked(&world.owner, &route, 5);
    let change = json!({
        "seatNumber": 6, "gender": "MALE", "userPhoneNumber": "0533 123 45 67",
        "passengerName": "Mehmet Öz",
    });
    let path = format!("/tickets/{}", id(&ticket));
    ticket_shape("ticket_moved", &world.agent.patch(&path, &change).ok(200));
}

#[test]
fn the_seats_that_are_left_depend_on_the_segment() {
    let world = World::new();
    let route = world.some_route();
    let mut form = booking(&route, 5);
    form["toCity"] = json!("bolu");
    let ticket = world.owner.post("/tickets", &form).ok(201);
    let path = format!("/tickets/available-seats/{}", id(&route));
    let free = |query: &str| world.nobody.get(&format!("{path}{query}")).ok(200);
    shape("available_seats", &free(""));
    let all: Vec<u16> = (1..=40).collect();
    assert_eq!(free("?fromCity=BOLU&toCity=ankara"), json!(all));
    assert_eq!(free("?fromCity=izmit&toCity=ankara").as_array().unwrap().len(), 39);
    // The same seat again, where the legs do not overlap.
    let mut rest = booking(&route, 5);
    rest["fromCity"] = json!("Bolu");
    world.stranger.post("/tickets", &rest).ok(201);
    assert_eq!(free("?fromCity=BOLU").as_array().unwrap().len(), 39);
    pay(&world.owner, id(&ticket), CARD_THAT_PAYS).ok(200);
    assert_eq!(free("?toCity=izmit").as_array().unwrap().len(), 39);
}
