//! The neighbour rule: where it holds, strangers of different gender do not sit beside each other.
//!
//! The bus of these tests has rows of two seats, the corridor and one seat: 1 2 | 3, 4 5 | 6, …

use serde_json::{Value, json};

use crate::support::api::{Answer, Api};
use crate::support::clock::on_day;
use crate::support::event_reader::watch;
use crate::support::running_server::Launch;
use crate::support::world::{CARD_THAT_PAYS, World, booking, id, pay, route_form};

fn with_rule(launch: Launch) -> Launch {
    launch.setting("NEIGHBOUR_RULE", "same_gender")
}

fn on_seat(route: &Value, seat: u16, gender: &str) -> Value {
    let mut form = booking(route, seat);
    form["gender"] = json!(gender);
    form
}

fn book(by: &Api, route: &Value, seat: u16, gender: &str) -> Answer {
    by.post("/tickets", &on_seat(route, seat, gender))
}

fn of(ticket: &Value, what: &str) -> String {
    format!("/tickets/{}{what}", id(ticket))
}

/// What a map shows of free seats that are not for every passenger.
fn offers(world: &World, route: &Value) -> Value {
    // With a `since` that is too high, the stream begins with the whole map.
    let mut stream = watch(&world.nobody, id(route), Some(1_000));
    assert_eq!(stream.next().name, "subscribed");
    stream.next().data["offers"].take()
}

#[test]
fn a_seat_beside_a_stranger_of_another_gender_is_refused_and_others_are_named() {
    let world = World::with(with_rule);
    let route = world.some_route();
    book(&world.owner, &route, 1, "FEMALE").ok(201);
    let refused = book(&world.stranger, &route, 2, "MALE").problem(409, "neighbour_rule");
    let would_do = refused["seatsThatWouldDo"].as_array().unwrap();
    assert!(!would_do.contains(&json!(2)) && would_do.len() == 38, "{refused}");
    assert_eq!(would_do[0], 3);
    // Staff are bound too, and may insist.
    book(&world.agent, &route, 2, "MALE").problem(409, "neighbour_rule");
    let mut form = on_seat(&route, 2, "MALE");
    form["ignoreNeighbourRule"] = json!(true);
    world.stranger.post("/tickets", &form).problem(403, "role_required");
    world.agent.post("/tickets", &form).ok(201);
    // Beside their own gender, across the corridor, or, with any gender, beside OTHER.
    book(&world.stranger, &route, 3, "MALE").ok(201);
    book(&world.owner, &route, 4, "OTHER").ok(201);
    book(&world.stranger, &route, 5, "MALE").ok(201);
    // A taken seat is refused as taken.
    book(&world.owner, &route, 2, "FEMALE").problem(409, "seat_taken");
}

#[test]
fn it_is_kept_when_a_ticket_moves_changes_or_comes_back() {
    let world = World::with(with_rule);
    let route = world.some_route();
    let hers = world.paid(&route, 1);
    let his = book(&world.stranger, &route, 5, "MALE").ok(201);
    let change = |by: &Api, ticket: &Value, change: Value| by.patch(&of(ticket, ""), &change);
    change(&world.stranger, &his, json!({"seatNumber": 2})).problem(409, "neighbour_rule");
    change(&world.agent, &his, json!({"seatNumber": 2})).problem(409, "neighbour_rule");
    // A change of gender does not get around it.
    change(&world.stranger, &his, json!({"gender": "FEMALE"})).ok(200);
    change(&world.stranger, &his, json!({"seatNumber": 2})).ok(200);
    let refused = change(&world.stranger, &his, json!({"gender": "MALE"}));
    refused.problem(409, "neighbour_rule");
    change(&world.stranger, &his, json!({"seatNumber": 8})).ok(200);
    change(&world.stranger, &his, json!({"gender": "MALE"})).ok(200);

    // She is suspended, a man takes the next seat, and she cannot return to hers.
    world.agent.call("PATCH", &of(&hers, "/suspend")).ok(200);
    change(&world.stranger, &his, json!({"seatNumber": 2})).ok(200);
    let confirm = of(&hers, "/confirm");
    world.owner.call("PATCH", &confirm).problem(409, "neighbour_rule");
    // Staff are bound when they confirm, too, and may insist.
    let insisting = json!({"ignoreNeighbourRule": true});
    world.agent.patch(&confirm, &json!({})).problem(409, "neighbour_rule");
    let no = json!({"ignoreNeighbourRule": false});
    world.agent.patch(&confirm, &no).problem(409, "neighbour_rule");
    world.owner.patch(&confirm, &insisting).problem(403, "role_required");
    let misspelt = world.agent.patch(&confirm, &json!({"ignoreNeighborRule": true}));
    assert_eq!((misspelt.status, misspelt.pointers()), (400, vec!["/ignoreNeighborRule".into()]));
    assert_eq!(world.agent.patch(&confirm, &insisting).ok(200)["status"], "CONFIRMED");
    world.agent.call("PATCH", &of(&hers, "/suspend")).ok(200);
    change(&world.agent, &his, json!({"seatNumber": 7})).ok(200);
    world.owner.call("PATCH", &of(&hers, "/confirm")).ok(200);
    let insisting = json!({"seatNumber": 2, "ignoreNeighbourRule": true});
    change(&world.agent, &his, insisting).ok(200);
    // A passenger who sits there already keeps the seat, however the ticket changes.
    change(&world.stranger, &his, json!({"passengerName": "Can"})).ok(200);
    pay(&world.stranger, id(&his), CARD_THAT_PAYS).ok(200);
}

#[test]
fn only_legs_that_are_shared_count() {
    let world = World::with(with_rule);
    let route = world.some_route();
    let on = |by: &Api, seat, gender, [from, to]: [&str; 2]| {
        let mut form = on_seat(&route, seat, gender);
        (form["fromCity"], form["toCity"]) = (json!(from), json!(to));
        by.post("/tickets", &form)
    };
    on(&world.owner, 1, "FEMALE", ["İstanbul", "İzmit"]).ok(201);
    on(&world.owner, 1, "MALE", ["Bolu", "Ankara"]).ok(201);
    on(&world.stranger, 2, "MALE", ["İzmit", "Ankara"]).ok(201);
    on(&world.stranger, 4, "FEMALE", ["İstanbul", "Ankara"]).ok(201);
    on(&world.owner, 2, "MALE", ["İstanbul", "İzmit"]).problem(409, "neighbour_rule");
    on(&world.owner, 2, "FEMALE", ["İstanbul", "İzmit"]).ok(201);
}

#[test]
fn a_route_has_its_own_rule() {
    let world = World::new();
    let free = world.some_route();
    book(&world.owner, &free, 1, "FEMALE").ok(201);
    book(&world.stranger, &free, 2, "MALE").ok(201);
    assert_eq!(free["neighbourRule"], Value::Null);
    book(&world.stranger, &free, 7, "MALE").ok(201);
    assert_eq!(offers(&world, &free), Value::Null, "nothing is said where no rule holds");
    // Who watches is told that the map has changed, and who asks gets the new one.
    let mut watching = watch(&world.nobody, id(&free), None);
    assert_eq!(watching.next().name, "subscribed");
    assert_eq!(offers(&world, &free), Value::Null);
    let path = format!("/routes/{}", id(&free));
    world.agent.patch(&path, &json!({"neighbourRule": "same_gender"})).ok(200);
    let told = watching.next();
    assert_eq!((&*told.name, &told.data["change"]), ("route_update", &json!("bus")));
    assert_eq!(offers(&world, &free), json!([{"seatNumber": 8, "offeredTo": "MALE"}]));

    let bound = world.some_route();
    let path = format!("/routes/{}", id(&bound));
    let changed = world.agent.patch(&path, &json!({"neighbourRule": "same_gender"})).ok(200);
    assert_eq!(changed["neighbourRule"], "same_gender");
    book(&world.owner, &bound, 1, "FEMALE").ok(201);
    book(&world.stranger, &bound, 6, "MALE").ok(201);
    book(&world.stranger, &bound, 7, "MALE").ok(201);
    book(&world.stranger, &bound, 2, "MALE").problem(409, "neighbour_rule");
    let offered = |seat: u16, gender: &str| json!({"seatNumber": seat, "offeredTo": gender});
    assert_eq!(offers(&world, &bound), json!([offered(2, "FEMALE"), offered(8, "MALE")]));
    // What was read can be sent back, and null removes it.
    let sent_back = json!({"neighbourRule": changed["neighbourRule"]});
    world.agent.patch(&path, &sent_back).ok(200);
    world.agent.patch(&path, &json!({"neighbourRule": null})).ok(200);
    book(&world.stranger, &bound, 2, "MALE").ok(201);
    world.agent.patch(&path, &json!({"neighbourRule": "on"})).problem(400, "validation_failed");
    world.stranger.patch(&path, &json!({"neighbourRule": "off"})).problem(403, "role_required");
}

#[test]
fn a_route_that_is_free_of_the_houses_rule_says_so() {
    let world = World::with(with_rule);
    let bus = world.bus("34 NR 1");
    let mut form = route_form(id(&bus), on_day(4, 9, 0));
    form["neighbourRule"] = json!("off");
    let route = world.agent.post("/routes", &form).ok(201);
    assert_eq!(route["neighbourRule"], "off");
    book(&world.owner, &route, 1, "FEMALE").ok(201);
    book(&world.stranger, &route, 2, "MALE").ok(201);
}
