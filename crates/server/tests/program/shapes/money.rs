//! Payments: paid, declined and refunded, and their history.

use serde_json::Value;

use super::shape;
use crate::support::world::{CARD_THAT_PAYS, World, id, pay};

#[test]
fn a_card_pays() {
    let world = World::new();
    let route = world.some_route();
    let ticket = world.booked(&world.owner, &route, 1);
    shape("payment_paid", &pay(&world.owner, id(&ticket), CARD_THAT_PAYS).ok(200));
    pay(&world.owner, id(&ticket), CARD_THAT_PAYS).problem(409, "already_paid");
}

#[test]
fn a_declined_card_is_an_answer_and_leaves_the_hold() {
    let world = World::new();
    let route = world.some_route();
    let ticket = world.booked(&world.owner, &route, 1);
    let declined = |card| pay(&world.owner, id(&ticket), card).ok(200);
    shape("payment_insufficient_funds", &declined("4111 1111 1111 1111"));
    shape("payment_invalid_card", &declined("4000000000002222"));
    let after = world.owner.get(&format!("/tickets/{}", id(&ticket))).ok(200);
    assert_eq!(after, ticket);
    assert_eq!(pay(&world.owner, id(&ticket), CARD_THAT_PAYS).ok(200)["success"], true);
}

#[test]
fn a_refund_and_the_history_of_it() {
    let world = World::new();
    let route = world.some_route();
    let ticket = world.booked(&world.owner, &route, 1);
    pay(&world.owner, id(&ticket), "4111111111111111").ok(200);
    pay(&world.owner, id(&ticket), CARD_THAT_PAYS).ok(200);
    let history = |by: &crate::support::api::Api| by.get("/payments/history").ok(200);
    shape("payment_history", &history(&world.owner));
    assert_eq!(history(&world.stranger), Value::Array(Vec::new()));
    let path = format!("/payments/refund/{}", id(&ticket));
    shape("refund", &world.owner.call("POST", &path).ok(200));
    assert_eq!(history(&world.owner)[0]["status"], "REFUNDED");
    world.owner.call("POST", &path).problem(409, "invalid_transition");
}

#[test]
fn cash_that_staff_take_is_in_their_history_and_can_be_given_back() {
    let world = World::new();
    let route = world.some_route();
    let ticket = world.booked(&world.agent, &route, 1);
    shape("payment_history_cash", &world.agent.get("/payments/history").ok(200));
    let path = format!("/payments/refund/{}", id(&ticket));
    let refund = world.admin.call("POST", &path).ok(200);
    assert_eq!(refund["refundAmount"], 750);
    let after = world.agent.get(&format!("/tickets/{}", id(&ticket))).ok(200);
    assert_eq!(
        (&after["status"], &after["paymentStatus"]),
        (&"CANCELLED".into(), &"REFUNDED".into())
    );
}

#[test]
fn an_unpaid_ticket_has_nothing_to_give_back() {
    let world = World::new();
    let route = world.some_route();
    let ticket = world.booked(&world.owner, &route, 1);
    let path = format!("/payments/refund/{}", id(&ticket));
    world.owner.call("POST", &path).problem(409, "not_paid");
    assert_eq!(world.seq(id(&route)), 1);
}
