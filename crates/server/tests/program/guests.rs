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

#[test]
fn a_guest_reads_and_deletes_a_ticket_at_its_own_address() {
    let world = World::new();
    let route = world.some_route();
    let [sold, other] = [1, 2].map(|seat| world.booked(&world.agent, &route, seat));
    let ticket = format!("/tickets/{}", id(&sold));
    let read = |of: &Value, phone: &str| {
        let query = format!("pnrNumber={}&phone={phone}", text_at(of, "pnrNumber"));
        world.nobody.get(&format!("{ticket}?{query}"))
    };
    let shown = read(&sold, "05321234567");
    let by_code = format!("/tickets/pnr/{}?phone=05321234567", text_at(&sold, "pnrNumber"));
    assert_eq!(shown.ok(200), world.nobody.get(&by_code).ok(200), "the public ticket");
    assert_eq!(shown.header("etag"), None);
    // Code and phone of another ticket do not show this one.
    read(&other, "05321234567").problem(404, "ticket_not_found");
    world.nobody.get(&ticket).problem(401, "unauthorized");
    let half = world.nobody.get(&format!("{ticket}?phone=05321234567"));
    assert_eq!((half.status, half.pointers()), (400, vec!["/pnrNumber".to_owned()]));
    let whole = world.agent.get(&ticket).ok(200);
    assert_eq!(whole["tcKimlikNo"], sold["tcKimlikNo"], "staff need no code");

    let delete = |body: Option<&Value>| {
        let body = body.map(ToString::to_string);
        world.nobody.send("DELETE", &ticket, &[], body.as_deref().map(str::as_bytes))
    };
    delete(None).problem(401, "unauthorized");
    delete(Some(&pair(&other, PHONE))).problem(404, "ticket_not_found");
    let deleted = delete(Some(&pair(&sold, PHONE))).ok(200);
    assert_eq!([&deleted["status"], &deleted["passengerName"]], ["CANCELLED", "A. Y."]);
    delete(Some(&pair(&sold, PHONE))).problem(409, "invalid_transition");
}

#[test]
fn wrong_pairs_are_slowed_down_at_a_tickets_own_address_too() {
    let world = World::new();
    let route = world.some_route();
    let sold = world.booked(&world.agent, &route, 1);
    let ticket = format!("/tickets/{}", id(&sold));
    let guess = format!("{ticket}?pnrNumber={}&phone=05321234568", text_at(&sold, "pnrNumber"));
    let wrong = pair(&sold, "0532 123 45 68").to_string();
    let read = || world.nobody.get(&guess);
    let delete = || world.nobody.send("DELETE", &ticket, &[], Some(wrong.as_bytes()));
    let asks: [&dyn Fn() -> _; 2] = [&read, &delete];
    for ask in asks {
        let slowed = (0..20).map(|_| ask()).find(|answer| answer.status != 404);
        let slowed = slowed.expect("guessing costs a wait");
        slowed.problem(429, "too_many_wrong_pairs");
        assert!(slowed.header("retry-after").is_some());
    }
}
