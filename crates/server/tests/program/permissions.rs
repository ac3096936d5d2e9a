//! Who may do what (contract.md, "Roles"): every action, tried by every kind of caller.

use serde_json::{Value, json};

use crate::support::api::{Answer, Api};
use crate::support::clock::on_day;
use crate::support::world::{CARD_THAT_PAYS, World, id, pay};

/// A ticket of the owner, made anew for each caller, in the state that the action needs.
type Prepare = fn(&World, &Value, u16) -> Value;
/// The request about the ticket, on its route.
type Ask = fn(&Api, &Value) -> Answer;

fn reserved(world: &World, route: &Value, seat: u16) -> Value {
    world.booked(&world.owner, route, seat)
}

fn paid(world: &World, route: &Value, seat: u16) -> Value {
    world.paid(route, seat)
}

fn suspended(world: &World, ticket: &Value) -> Value {
    world.agent.call("PATCH", &format!("/tickets/{}/suspend", id(ticket))).ok(200)
}

fn of(ticket: &Value, what: &str) -> String {
    format!("/tickets/{}{what}", id(ticket))
}

/// In the order anonymous, another customer, the owner, an agent, an administrator.
pub fn everybody(world: &World) -> [(&'static str, &Api); 5] {
    [
        ("anonymous", &world.nobody),
        ("another customer", &world.stranger),
        ("the owner", &world.owner),
        ("an agent", &world.agent),
        ("an administrator", &world.admin),
    ]
}

#[test]
fn what_is_done_with_a_ticket_depends_on_whose_it_is() {
    const OWN: [u16; 5] = [401, 403, 200, 200, 200];
    const STAFF: [u16; 5] = [401, 403, 403, 200, 200];
    let table: [(&str, Prepare, Ask, [u16; 5]); 15] = [
        ("read", reserved, |by, ticket| by.get(&of(ticket, "")), OWN),
        (
            "find by code alone",
            reserved,
            |by, ticket| by.get(&format!("/tickets/pnr/{}", ticket["pnrNumber"].as_str().unwrap())),
            // A caller that may not see it does not learn that it exists.
            [401, 404, 200, 200, 200],
        ),
        (
            "rename",
            reserved,
            |by, ticket| by.patch(&of(ticket, ""), &json!({"passengerName": "X"})),
            OWN,
        ),
        ("move", paid, |by, ticket| by.patch(&of(ticket, ""), &json!({"seatNumber": 40})), OWN),
        ("pay", reserved, |by, ticket| pay(by, id(ticket), CARD_THAT_PAYS), OWN),
        ("cancel", reserved, |by, ticket| by.call("PATCH", &of(ticket, "/cancel")), OWN),
        ("cancel by PUT", paid, |by, ticket| by.call("PUT", &of(ticket, "/cancel")), OWN),
        ("delete", reserved, |by, ticket| by.call("DELETE", &of(ticket, "")), OWN),
        (
            "refund",
            paid,
            |by, ticket| by.call("POST", &format!("/payments/refund/{}", id(ticket))),
            OWN,
        ),
        ("confirm", reserved, |by, ticket| by.call("PATCH", &of(ticket, "/confirm")), STAFF),
        ("confirm by PUT", reserved, |by, ticket| by.call("PUT", &of(ticket, "/confirm")), STAFF),
        ("suspend", reserved, |by, ticket| by.call("PATCH", &of(ticket, "/suspend")), STAFF),
        ("suspend by PUT", paid, |by, ticket| by.call("PUT", &of(ticket, "/suspend")), STAFF),
        (
            "confirm again what was paid",
            |world, route, seat| suspended(world, &paid(world, route, seat)),
            |by, ticket| by.call("PATCH", &of(ticket, "/confirm")),
            OWN,
        ),
        (
            "confirm again what was not paid",
            |world, route, seat| suspended(world, &reserved(world, route, seat)),
            |by, ticket| by.call("PATCH", &of(ticket, "/confirm")),
            STAFF,
        ),
    ];
    let world = World::new();
    for (row, (action, prepare, ask, statuses)) in (1..).zip(table) {
        let route = world.route(on_day(3, 9, row));
        for (seat, ((who, by), status)) in (1..).zip(everybody(&world).into_iter().zip(statuses)) {
            let ticket = prepare(&world, &route, seat);
            let seq = world.seq(id(&route));
            let answer = ask(by, &ticket);
            assert_eq!(answer.status, status, "{action} by {who}: {}", answer.text());
            if status >= 400 {
                answer.problem(status, answer.json()["code"].as_str().unwrap());
                assert_eq!(world.seq(id(&route)), seq, "{action} by {who} left an event");
                let after = world.admin.get(&of(&ticket, "")).ok(200);
                assert_eq!(after["updatedAt"], ticket["updatedAt"], "{action} by {who}");
            }
            // So that the next caller that moves finds seat 40 free.
            if action == "move" && status == 200 {
                world.admin.call("DELETE", &of(&ticket, "")).ok(200);
            }
        }
    }
}

/// Who may change the company's own data. Each caller writes a thing of its own, so that no result
/// depends on another caller's.
#[test]
fn what_staff_do_for_a_customer_is_recorded_and_stays_the_customers() {
    let world = World::new();
    let route = world.some_route();
    let ticket = world.booked(&world.owner, &route, 1);
    let confirmed = world.agent.call("PATCH", &of(&ticket, "/confirm")).ok(200);
    assert_eq!(confirmed["userId"], ticket["userId"]);
    assert_eq!(confirmed["paymentStatus"], "PAID");
    let cash = &world.agent.get("/payments/history").ok(200)[0];
    assert_eq!(cash["ticketId"], ticket["id"], "the cashier is the one who took the cash");
    assert_eq!(world.owner.get("/payments/history").ok(200)[0]["ticketId"], ticket["id"]);
}
