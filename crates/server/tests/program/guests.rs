//! Guests: callers without an account who send a booking code and its phone number.

use serde_json::{Value, json};

use crate::support::world::{World, id, text_at};

const PHONE: &str = "0532 123 45 67";

fn pair(ticket: &Value, phone: &str) -> Value {
    json!({"pnrNumber": ticket["pnrNumber"], "phone": phone})
}

fn cancel(ticket: &Value) -> String {
    format!("/tickets/{}/cancel", id(ticket))
}

#[test]
fn a_guest_cancels_by_code_and_phone_and_is_shown_no_more_than_that() {
    let world = World::new();
    let route = world.some_route();
    let sold = world.booked(&world.agent, &route, 1);
    let cancelled = world.nobody.patch(&cancel(&sold), &pair(&sold, PHONE)).ok(200);
    assert_eq!(
        [&cancelled["status"], &cancelled["paymentStatus"], &cancelled["passengerName"]],
        ["CANCELLED", "REFUNDED", "A. Y."]
    );
    for kept in ["userPhoneNumber", "tcKimlikNo", "issuedById", "user"] {
        assert_eq!(cancelled.get(kept), None, "{kept}");
    }
    world.booked(&world.stranger, &route, 1);
    let again = world.nobody.patch(&cancel(&sold), &pair(&sold, PHONE));
    again.problem(409, "invalid_transition");
}

#[test]
fn a_pair_that_does_not_fit_is_answered_alike_and_slowed_down() {
    let world = World::new();
    let route = world.some_route();
    let sold = world.booked(&world.agent, &route, 1);
    let other = world.booked(&world.owner, &route, 2);
    let unknown = json!({"pnrNumber": "VV00ZZZZZ", "phone": PHONE});
    let wrong = [
        (cancel(&sold), pair(&sold, "0532 123 45 68")),
        (cancel(&sold), unknown),
        (cancel(&sold), pair(&other, PHONE)),
        (cancel(&sold), json!({"pnrNumber": "nothing", "phone": PHONE})),
    ];
    let said: Vec<_> = wrong
        .iter()
        .map(|(path, pair)| world.nobody.patch(path, pair).problem(404, "ticket_not_found"))
        .map(|problem| text_at(&problem, "detail").to_owned())
        .collect();
    assert!(said.iter().all(|detail| *detail == said[0]), "{said:?}");
    world.nobody.call("PATCH", &cancel(&sold)).problem(401, "unauthorized");
    let bad = world.nobody.patch(&cancel(&sold), &json!({"pnrNumber": "VV00ZZZZZ"}));
    assert_eq!((bad.status, bad.pointers()), (400, vec!["/phone".to_owned()]));
    let (path, guess) = &wrong[0];
    let slowed =
        (0..20).map(|_| world.nobody.patch(path, guess)).find(|answer| answer.status == 429);
    let slowed = slowed.expect("guessing costs a wait");
    slowed.problem(429, "too_many_wrong_pairs");
    assert!(slowed.header("retry-after").is_some());
    assert_eq!(world.agent.get(&format!("/tickets/{}", id(&sold))).ok(200)["status"], "CONFIRMED");
}
