//! `GET /audit`: the rows that each kind of write adds, through the real port (contract.md,
//! `GET /audit`).

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::support::api::{Answer, Api};
use crate::support::clock::{minutes, on_day, text};
use crate::support::event_reader::watch;
use crate::support::running_server::Launch;
use crate::support::world::{
    CARD_THAT_PAYS, World, booking, id, pay, payment, registration, route_form, text_at,
};

/// Everything that ends by its time has ended within this.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks whether it has ended.
const LOOK: Duration = Duration::from_millis(20);

/// Newest first.
pub fn rows(world: &World, query: &str) -> Vec<Value> {
    let answer = world.admin.get(&format!("/audit?limit=100{query}"));
    let rows = answer.ok(200);
    rows.as_array().expect("a bare array").clone()
}

/// `TICKET booked` and so on.
pub fn told(rows: &[Value]) -> Vec<String> {
    let one =
        |row: &Value| format!("{} {}", text_at(&row["subject"], "type"), text_at(row, "action"));
    rows.iter().map(one).collect()
}

/// The rows of one request, in the order in which they were written within it.
#[track_caller]
fn of(world: &World, answer: &Answer) -> Vec<Value> {
    assert!((200..300).contains(&answer.status), "{}", answer.text());
    let request = answer.header("x-request-id").expect("an id");
    let mut rows = rows(world, "");
    rows.retain(|row| row["requestId"] == request);
    rows.reverse();
    rows
}

#[track_caller]
fn leaves(world: &World, answer: Answer, expected: &[&str]) -> Vec<Value> {
    let rows = of(world, &answer);
    let mut told = told(&rows);
    told.sort();
    let mut expected: Vec<_> = expected.to_vec();
    expected.sort_unstable();
    assert_eq!(told, expected, "{rows:#?}");
    rows
}

fn ticket_path(ticket: &Value, step: &str) -> String {
    format!("/tickets/{}{step}", id(ticket))
}

#[test]
fn every_step_of_a_tickets_life_is_one_row() {
    let world = World::with(|launch| launch.setting("NEIGHBOUR_RULE", "same_gender"));
    let route = world.some_route();
    let (agent, owner) = (&world.agent, &world.owner);
    let booked = owner.post("/tickets", &booking(&route, 1));
    let ticket = booked.json();
    let made = leaves(&world, booked, &["BOOKING created", "TICKET booked"]);
    let row = made.iter().find(|row| row["subject"]["type"] == "TICKET").expect("a row");
    let actor = &row["actor"];
    assert_eq!((&actor["type"], &actor["role"]), (&json!("USER"), &json!("CUSTOMER")));
    assert_eq!(actor["id"], owner.get("/auth/me").ok(200)["id"]);
    assert_eq!(row["subject"]["id"], ticket["id"]);
    assert_eq!(row["ticketId"], ticket["id"]);
    assert_eq!((&row["bookingId"], &row["routeId"]), (&ticket["bookingId"], &route["id"]));
    assert_eq!((&row["before"], &row["after"]["price"]), (&Value::Null, &json!(750)));
    assert_eq!(row["at"], ticket["updatedAt"]);

    // Paid by card: the payer is the actor, under the request that paid.
    let paid = pay(owner, id(&ticket), CARD_THAT_PAYS);
    let row = leaves(&world, paid, &["TICKET paid"]).remove(0);
    assert_eq!(row["actor"]["role"], "CUSTOMER");
    assert_eq!(row["before"]["status"], "RESERVED");
    assert_eq!(
        (&row["after"]["status"], &row["after"]["paymentStatus"]),
        (&json!("CONFIRMED"), &json!("PAID"))
    );

    let change = |body: Value| agent.patch(&ticket_path(&ticket, ""), &body);
    let row = leaves(&world, change(json!({"seatNumber": 7})), &["TICKET moved"]).remove(0);
    assert_eq!((&row["before"]["seatNumber"], &row["after"]["seatNumber"]), (&json!(1), &json!(7)));
    assert_eq!(row["actor"]["role"], "AGENT");
    let row = leaves(&world, change(json!({"passengerName": "Zehra Ak"})), &["TICKET changed"]);
    assert_eq!(row[0]["after"], json!({"passengerName": "***"}));
    let phone = json!({"userPhoneNumber": "0533 765 43 21"});
    leaves(&world, change(phone), &["BOOKING changed", "TICKET changed"]);
    for (step, told) in [
        ("/suspend", "TICKET suspended"),
        ("/confirm", "TICKET confirmed"),
        ("/cancel", "TICKET refunded"),
    ] {
        leaves(&world, agent.call("PATCH", &ticket_path(&ticket, step)), &[told]);
    }
    // By cash, and without a payment.
    let other = world.booked(owner, &route, 10);
    let confirmed = agent.call("PATCH", &ticket_path(&other, "/confirm"));
    leaves(&world, confirmed, &["TICKET confirmed"]);
    let refund = agent.call("POST", &format!("/payments/refund/{}", id(&other)));
    leaves(&world, refund, &["TICKET refunded"]);
    let unpaid = world.booked(owner, &route, 13);
    leaves(&world, owner.call("DELETE", &ticket_path(&unpaid, "")), &["TICKET cancelled"]);
    // Staff who insist on a seat are recorded as insisting.
    world.booked(owner, &route, 16);
    let mut beside = booking(&route, 17);
    (beside["gender"], beside["ignoreNeighbourRule"]) = (json!("MALE"), json!(true));
    let insisted = agent.post("/tickets", &beside);
    let rows = leaves(&world, insisted, &["BOOKING created", "TICKET sold"]);
    let row = rows.iter().find(|row| row["subject"]["type"] == "TICKET").expect("a row");
    assert_eq!(row["after"]["ignoreNeighbourRule"], true);

    // All rows of one ticket, each step once.
    let story = self::rows(&world, &format!("&ticketId={}", id(&ticket)));
    let mut story = told(&story);
    story.reverse();
    let steps =
        ["booked", "paid", "moved", "changed", "changed", "suspended", "confirmed", "refunded"];
    assert_eq!(story, steps.map(|step| format!("TICKET {step}")));
}

/// Whoever sees an event finds the request that caused it by what the event says, and with its id
/// the lines of the log.
#[test]
fn the_request_behind_an_event_is_found_by_its_route_and_time() {
    let world = World::new();
    let route = world.some_route();
    let mut events = watch(&world.nobody, id(&route), None);
    events.next();
    let held = json!({"routeId": route["id"], "fromCity": "İstanbul", "toCity": "Ankara",
        "seatNumbers": [2]});
    let booked = world.owner.post("/tickets", &booking(&route, 1));
    let ticket = ticket_path(&booked.json(), "");
    let mut answers = vec![booked, world.nobody.post("/holds", &held)];
    answers.push(world.owner.call("DELETE", &ticket));
    for answer in answers {
        let event = events.seat_update();
        let at = text_at(&event, "timestamp").parse::<Timestamp>().unwrap();
        let (from, to) = (text(at), text(at + SignedDuration::from_millis(1)));
        let query = format!("&routeId={}&from={from}&to={to}", id(&route));
        let found = rows(&world, &query);
        let request = answer.header("x-request-id").unwrap();
        assert!(!found.is_empty() && found.iter().all(|row| row["requestId"] == request));
    }
}

#[test]
fn groups_guests_holds_and_blocks_leave_theirs() {
    let world = World::new();
    let route = world.some_route();
    let on = |body: Value| {
        let mut body = body;
        body["routeId"] = route["id"].clone();
        (body["fromCity"], body["toCity"]) = (json!("İstanbul"), json!("Ankara"));
        body
    };
    let hold = world.nobody.post("/holds", &on(json!({"seatNumbers": [1, 2]})));
    let token = text_at(&hold.json(), "holdToken").to_owned();
    let row = leaves(&world, hold, &["HOLD held"]).remove(0);
    assert_eq!(row["actor"], json!({"type": "GUEST"}));
    assert_eq!((&row["after"]["seatNumbers"], &row["routeId"]), (&json!([1, 2]), &route["id"]));
    let extended = world.nobody.call("POST", &format!("/holds/{token}/extend"));
    leaves(&world, extended, &["HOLD extended"]);
    let person =
        |seat: u16| json!({"seatNumber": seat, "gender": "FEMALE", "passengerName": "Ayşe Yılmaz"});
    let mut journey = on(json!({"passengers": [person(1), person(2)]}));
    journey["holdToken"] = json!(token);
    let form = json!({"journeys": [journey], "contact": {"phone": "0532 123 45 67"}});
    let group = world.owner.post("/bookings", &form);
    let made = group.json();
    let all = ["BOOKING created", "TICKET booked", "TICKET booked", "HOLD booked"];
    leaves(&world, group, &all);
    let cancelled = world.owner.call("PATCH", &format!("/bookings/{}/cancel", id(&made)));
    leaves(&world, cancelled, &["TICKET cancelled", "TICKET cancelled"]);
    let of_booking = rows(&world, &format!("&bookingId={}", id(&made)));
    assert_eq!(of_booking.len(), 5, "{of_booking:#?}");
    let other = world.nobody.post("/holds", &on(json!({"seatNumbers": [3]})));
    let other = text_at(&other.ok(201), "holdToken").to_owned();
    let released = world.nobody.call("DELETE", &format!("/holds/{other}"));
    leaves(&world, released, &["HOLD released"]);
    // A guest has no id, with code and phone or without.
    let ticket = world.booked(&world.owner, &route, 5);
    let pair = json!({"pnrNumber": ticket["pnrNumber"], "phone": "0532 123 45 67"});
    let by_guest = world.nobody.patch(&ticket_path(&ticket, "/cancel"), &pair);
    let row = leaves(&world, by_guest, &["TICKET cancelled"]).remove(0);
    assert_eq!(row["actor"], json!({"type": "GUEST"}));
    let blocks = format!("/routes/{}/blocks", id(&route));
    let block = json!({"seatNumbers": [9], "reason": "For Mrs. Demir"});
    let blocked = world.agent.post(&blocks, &block);
    let lift = format!("{blocks}/{}", id(&blocked.json()));
    let row = leaves(&world, blocked, &["BLOCK blocked"]).remove(0);
    assert_eq!(row["after"]["reason"], "***");
    leaves(&world, world.agent.call("DELETE", &lift), &["BLOCK lifted"]);
}

#[test]
fn the_catalogue_and_accounts_leave_theirs() {
    let world = World::new();
    let admin = &world.admin;
    let sent = |method: &str, path: &str, body: Value| {
        admin.send(method, path, &[], Some(body.to_string().as_bytes()))
    };
    let seats = json!([{"type": "SEAT", "seatNo": 1}, {"type": "DRIVER"}]);
    let layout = json!({"name": "İki", "rowCount": 1, "colCount": 2, "seats": seats});
    let layout = admin.post("/seat-layouts", &layout);
    let layout_path = format!("/seat-layouts/{}", id(&layout.json()));
    let layout_id = layout.json()["id"].clone();
    leaves(&world, layout, &["SEAT_LAYOUT created"]);
    let icon = admin.get("/bus-features/icons").ok(200)[0].clone();
    let icon = icon.as_str().map_or_else(|| icon["iconPath"].clone(), |text| json!(text));
    let feature = admin.post("/bus-features", &json!({"name": "Wi-Fi", "iconPath": icon}));
    let feature_path = format!("/bus-features/{}", id(&feature.json()));
    let feature_id = feature.json()["id"].clone();
    leaves(&world, feature, &["BUS_FEATURE created"]);
    let form = json!({"plate": "34 AUD 1", "model": "Travego", "seatCount": 1, "layoutId": layout_id,
        "features": [feature_id], "owner": "Hasan Usta"});
    let bus = admin.post("/buses", &form);
    let (bus_path, bus_id) = (format!("/buses/{}", id(&bus.json())), id(&bus.json()).to_owned());
    let row = leaves(&world, bus, &["BUS created"]).remove(0);
    assert_eq!(
        (&row["after"]["owner"], &row["after"]["plate"]),
        (&json!("***"), &json!("34 AUD 1"))
    );
    leaves(&world, sent("PATCH", &bus_path, json!({"model": "Tourismo"})), &["BUS changed"]);
    let renamed = json!({"name": "Çift"});
    leaves(&world, sent("PATCH", &layout_path, renamed), &["SEAT_LAYOUT changed", "BUS changed"]);
    let renamed = json!({"name": "Kablosuz"});
    leaves(&world, sent("PATCH", &feature_path, renamed), &["BUS_FEATURE changed", "BUS changed"]);
    let token = admin.call("POST", &format!("{bus_path}/token"));
    leaves(&world, token, &["BUS token_given"]);
    let revoke = || admin.call("DELETE", &format!("{bus_path}/token"));
    leaves(&world, revoke(), &["BUS token_revoked"]);
    leaves(&world, revoke(), &[]);
    let mut form = route_form(&bus_id, on_day(3, 9, 0));
    form["captainName"] = json!("Veli Kaptan");
    let route = world.agent.post("/routes", &form);
    let route_body = route.json();
    let route_path = format!("/routes/{}", id(&route_body));
    let row = leaves(&world, route, &["ROUTE created"]).remove(0);
    assert_eq!(
        (&row["after"]["captainName"], &row["actor"]["role"]),
        (&json!("***"), &json!("AGENT"))
    );
    leaves(&world, sent("PATCH", &route_path, json!({"price": 800})), &["ROUTE changed"]);
    let ticket = world.booked(&world.owner, &route_body, 1);
    let arrival = on_day(3, 9, 0) + minutes(400);
    let delay = sent("PATCH", &route_path, json!({"arrivalTime": text(arrival)}));
    let row = leaves(&world, delay, &["ROUTE delayed"]).remove(0);
    assert!(row["after"]["stops"].to_string().contains(&text(arrival)), "{row}");
    world.owner.call("DELETE", &ticket_path(&ticket, "")).ok(200);
    let unsold = world.some_route();
    leaves(&world, admin.call("DELETE", &format!("/routes/{}", id(&unsold))), &["ROUTE deleted"]);
    leaves(&world, admin.call("DELETE", &feature_path), &["BUS changed", "BUS_FEATURE deleted"]);
    let station = admin.post("/stations", &json!({"name": "Bolu"}));
    let path = format!("/stations/{}", id(&station.json()));
    leaves(&world, station, &["STATION created"]);
    leaves(&world, sent("PATCH", &path, json!({"name": "Bolu Dağı"})), &["STATION changed"]);
    leaves(&world, admin.call("DELETE", &path), &["STATION deleted"]);

    // A new user is the actor of their own registration; an administrator is the actor for others.
    let new = registration("new@test.example", ["Zehra", "Ak"]);
    let registered = world.nobody.post("/auth/register", &new);
    let user = registered.json()["user"]["id"].clone();
    let row = leaves(&world, registered, &["USER created"]).remove(0);
    assert_eq!((&row["actor"]["id"], &row["subject"]["id"]), (&user, &user));
    assert_eq!(
        (&row["after"]["email"], &row["after"]["role"]),
        (&json!("***"), &json!("CUSTOMER"))
    );
    // Beside the running server, by a person who has its files.
    for (args, told) in [
        (["password", "new@test.example"], "USER password_changed"),
        (["disable", "new@test.example"], "USER disabled"),
        (["enable", "new@test.example"], "USER enabled"),
        (["create", "second@test.example"], "USER created"),
    ] {
        let launch = Launch::bare(world.folder.path()).arg("admin").input("a better secret\n");
        let ended = args.iter().fold(launch, |launch, arg| launch.arg(arg)).ended();
        assert_eq!(ended.exit_code, Some(0), "{}", ended.stderr);
        let newest = rows(&world, "").remove(0);
        assert_eq!(self::told(std::slice::from_ref(&newest)), [told]);
        assert_eq!(
            (&newest["actor"], &newest["requestId"]),
            (&json!({"type": "SYSTEM"}), &Value::Null)
        );
    }
    let all = Value::from(rows(&world, "")).to_string();
    for personal in ["Hasan", "Veli", "Zehra", "new@test", "secret", "5321234567", "Ayşe"] {
        assert!(!all.contains(personal), "{personal}");
    }
}

#[test]
fn what_ends_by_its_time_is_the_systems() {
    let world =
        World::with(|launch| launch.setting("HOLD_SECONDS", "1").setting("SEAT_HOLD_SECONDS", "1"));
    let route = world.some_route();
    world.booked(&world.owner, &route, 1);
    let hold = json!({"routeId": route["id"], "fromCity": "İstanbul", "toCity": "Ankara", "seatNumbers": [2]});
    world.nobody.post("/holds", &hold).ok(201);
    let is_free = |seat: u16| {
        let free = world.nobody.get(&format!("/tickets/available-seats/{}", id(&route))).ok(200);
        free.as_array().is_some_and(|free| free.contains(&json!(seat)))
    };
    let start = Instant::now();
    while !(is_free(1) && is_free(2)) {
        assert!(start.elapsed() < PATIENCE, "what was held is free again");
        std::thread::sleep(LOOK);
    }
    let of_route = rows(&world, &format!("&routeId={}", id(&route)));
    let ended: Vec<_> = of_route.iter().filter(|row| row["actor"]["type"] == "SYSTEM").collect();
    let told: Vec<_> = ended.iter().map(|row| told(std::slice::from_ref(*row)).remove(0)).collect();
    assert_eq!(told.len(), 2, "{of_route:#?}");
    assert!(
        told.contains(&"TICKET expired".to_owned()) && told.contains(&"HOLD expired".to_owned())
    );
}

fn keyed(api: &Api, path: &str, key: &str, body: &Value) -> Answer {
    api.send("POST", path, &[("idempotency-key", key)], Some(body.to_string().as_bytes()))
}

#[test]
fn refusals_and_repeats_leave_none() {
    let world = World::new();
    let route = world.some_route();
    let form = booking(&route, 1);
    keyed(&world.owner, "/tickets", "one", &form).ok(201);
    let ticket = keyed(&world.owner, "/tickets", "one", &form).ok(201);
    let charge = payment(id(&ticket), CARD_THAT_PAYS);
    keyed(&world.owner, "/payments", "two", &charge).ok(200);
    let known = rows(&world, "");
    keyed(&world.owner, "/tickets", "one", &form).ok(201);
    keyed(&world.owner, "/payments", "two", &charge).ok(200);
    keyed(&world.stranger, "/tickets", "three", &form).problem(409, "seat_taken");
    assert_eq!(keyed(&world.stranger, "/tickets", "three", &form).status, 409);
    world.stranger.post("/tickets", &form).problem(409, "seat_taken");
    world.stranger.call("DELETE", &ticket_path(&ticket, "")).problem(403, "not_yours");
    let bus = format!("/buses/{}", text_at(&route, "busId"));
    world.admin.call("DELETE", &bus).problem(409, "bus_has_routes");
    keyed(&world.admin, "/stations", "four", &json!({"name": ""}))
        .problem(400, "validation_failed");
    assert_eq!(rows(&world, ""), known);
}
