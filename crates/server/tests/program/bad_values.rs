//! Bad values of bookings, cards and addresses, one by one: status, code and pointer; nothing is
//! written.

use serde_json::{Value, json};

use crate::support::world::{CARD_THAT_PAYS, World, booking, id, payment};

pub const NOWHERE: &str = "0199c0de-0000-7000-8000-000000000001";

pub fn with(body: &Value, changes: &[(&str, Value)]) -> Value {
    let mut body = body.clone();
    for (pointer, value) in changes {
        *body.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}")) = value.clone();
    }
    body
}

#[test]
fn bookings() {
    let world = World::new();
    let route = world.some_route();
    let good = booking(&route, 1);
    let long = "ş".repeat(300);
    let invalid = |pointer: &'static str, value: Value| (pointer, value, 400, "validation_failed");
    let table = [
        invalid("/seatNumber", json!(0)),
        invalid("/seatNumber", json!(-1)),
        invalid("/seatNumber", json!(101)),
        invalid("/seatNumber", json!(1000)),
        invalid("/seatNumber", json!(65_537)),
        invalid("/seatNumber", json!(i64::MIN)),
        invalid("/seatNumber", json!(u64::MAX)),
        invalid("/seatNumber", json!(1.5)),
        invalid("/seatNumber", json!("1")),
        ("/seatNumber", json!(41), 400, "seat_beyond_bus"),
        invalid("/routeId", json!("")),
        invalid("/routeId", json!("42")),
        invalid("/routeId", json!("0199c0de-0000-7000-8000-00000000000g")),
        invalid("/routeId", json!("' OR '1'='1")),
        invalid("/gender", json!("female")),
        invalid("/gender", json!("")),
        invalid("/userPhoneNumber", json!("")),
        invalid("/userPhoneNumber", json!("532123456")),
        invalid("/userPhoneNumber", json!("+1 532 123 45 67")),
        invalid("/userPhoneNumber", json!("٥٣٢١٢٣٤٥٦٧")),
        invalid("/userPhoneNumber", json!("532123456\u{0}")),
        invalid("/passengerName", json!("")),
        invalid("/passengerName", json!(" \t\n")),
        invalid("/passengerName", json!(long)),
        invalid("/passengerName", json!("Ayşe\u{0}Yılmaz")),
        invalid("/passengerName", json!("Ayşe\u{1b}[31m")),
        invalid("/tcKimlikNo", json!("10000000145")),
        invalid("/tcKimlikNo", json!("1000000014")),
        invalid("/tcKimlikNo", json!("00000000000")),
        invalid("/tcKimlikNo", json!("")),
        ("/fromCity", json!(""), 400, "unknown_city"),
        ("/fromCity", json!("Atlantis"), 400, "unknown_city"),
        ("/fromCity", json!("İstanbul\u{0}"), 400, "validation_failed"),
        ("/fromCity", json!("%"), 400, "unknown_city"),
        ("/toCity", json!("<b>Ankara</b>"), 400, "unknown_city"),
        ("/toCity", json!(long), 400, "unknown_city"),
        ("/toCity", json!("İstanbul"), 400, "reversed_cities"),
    ];
    for (pointer, value, status, code) in table {
        let told = format!("{pointer}: {value}");
        let answer = world.owner.post("/tickets", &with(&good, &[(pointer, value)]));
        assert_eq!(answer.status, status, "{told}: {}", answer.text());
        answer.problem(status, code);
        assert_eq!(answer.pointers(), [pointer], "{told}");
    }
    for (changes, status, code, pointers) in [
        (vec![("/routeId", json!(NOWHERE))], 404, "route_not_found", vec![]),
        (
            vec![("/fromCity", json!("Ankara")), ("/toCity", json!("istanbul"))],
            400,
            "reversed_cities",
            vec!["/toCity"],
        ),
        (
            vec![("/fromCity", json!("izmit")), ("/toCity", json!("bolu"))],
            400,
            "segment_not_sold",
            vec!["/toCity"],
        ),
        (
            vec![
                ("/seatNumber", json!(0)),
                ("/passengerName", json!("")),
                ("/tcKimlikNo", json!("1")),
            ],
            400,
            "validation_failed",
            vec!["/seatNumber", "/passengerName", "/tcKimlikNo"],
        ),
    ] {
        let answer = world.owner.post("/tickets", &with(&good, &changes));
        answer.problem(status, code);
        assert_eq!(answer.pointers(), pointers, "{changes:?}");
    }
    assert_eq!(world.seq(id(&route)), 0);
    assert_eq!(world.admin.get("/tickets").header("x-total-count"), Some("0"));
    world.owner.post("/tickets", &good).ok(201);
}

/// Strange but harmless: stored and returned as it was sent.
#[test]
fn sql_html_and_emoji_are_names_like_any_other() {
    let world = World::new();
    let route = world.some_route();
    let longest = "ş".repeat(120);
    for (seat, name) in (1..).zip([
        "Robert'); DROP TABLE tickets;--",
        "<script>alert(1)</script>",
        "👩‍🚀 Ayşe 🚌",
        "O'Brien \"Bob\" \\ %s {0} ${x}",
        "עברית العربية 中文",
        &longest,
    ]) {
        let mut form = booking(&route, seat);
        form["passengerName"] = json!(name);
        let ticket = world.owner.post("/tickets", &form).ok(201);
        assert_eq!(ticket["passengerName"], name);
        let again = world.owner.get(&format!("/tickets/{}", id(&ticket))).ok(200);
        assert_eq!(again["passengerName"], name);
    }
    assert_eq!(world.admin.get("/tickets").header("x-total-count"), Some("6"));
}

#[test]
fn cards() {
    let world = World::new();
    let route = world.some_route();
    let ticket = world.booked(&world.owner, &route, 1);
    let good = payment(id(&ticket), CARD_THAT_PAYS);
    for (pointer, value) in [
        ("/cardNumber", json!("")),
        ("/cardNumber", json!("5528790000000008000000")),
        ("/cardNumber", json!("552879000000000a")),
        ("/cardHolderName", json!("")),
        ("/cardHolderName", json!("x".repeat(300))),
        ("/expireMonth", json!("13")),
        ("/expireMonth", json!(0)),
        ("/expireMonth", json!(-1)),
        ("/expireYear", json!("2020")),
        ("/expireYear", json!("x")),
        ("/cvc", json!("12")),
        ("/cvc", json!("12a")),
        ("/ticketId", json!("1")),
    ] {
        let told = format!("{pointer}: {value}");
        let answer = world.owner.post("/payments", &with(&good, &[(pointer, value)]));
        assert_eq!(answer.status, 400, "{told}: {}", answer.text());
        answer.problem(400, "validation_failed");
        assert!(
            answer.pointers().contains(&pointer.to_owned()) || pointer.starts_with("/expire"),
            "{told}: {}",
            answer.text()
        );
        assert!(!answer.text().contains("5528790000000008"), "a card number is not repeated");
    }
    let mut other = good.clone();
    other["ticketId"] = json!(NOWHERE);
    world.owner.post("/payments", &other).problem(404, "ticket_not_found");
    assert_eq!(world.owner.get("/payments/history").ok(200), json!([]));
    assert_eq!(world.seq(id(&route)), 1);
    assert_eq!(world.owner.post("/payments", &good).ok(200)["success"], true);
    assert!(!world.server.log().contains("5528790000000008"), "nor logged");
}

#[test]
fn ids_and_names_in_addresses() {
    let world = World::new();
    for (method, path) in [
        ("GET", "/tickets/{}"),
        ("PATCH", "/tickets/{}/cancel"),
        ("DELETE", "/tickets/{}"),
        ("GET", "/routes/{}"),
        ("DELETE", "/routes/{}"),
        ("GET", "/routes/{}/events"),
        ("GET", "/buses/{}"),
        ("DELETE", "/buses/{}"),
        ("DELETE", "/stations/{}"),
        ("POST", "/payments/refund/{}"),
        ("GET", "/tickets/available-seats/{}"),
    ] {
        let ask = |id: &str| world.admin.call(method, &path.replace("{}", id));
        for wrong in [
            "1",
            "x",
            "%00",
            "%FF",
            "%27%20OR%201=1",
            "0199c0de-0000-7000-8000-00000000000",
            "null",
        ] {
            ask(wrong).problem(400, "validation_failed");
        }
        let answer = ask(NOWHERE);
        let code = answer.json()["code"].as_str().unwrap().to_owned();
        assert!(code.ends_with("_not_found"), "{path}: {code}");
        answer.problem(404, &code);
    }
    for (path, status, code) in [
        ("/buses/plate/%FF", 400, "validation_failed"),
        ("/tickets/pnr/%FF?phone=5321234567", 400, "validation_failed"),
        ("/assets/%FF", 400, "validation_failed"),
        ("/buses/plate/%00", 400, "validation_failed"),
        ("/buses/plate/none", 404, "bus_not_found"),
        ("/tickets/pnr/VV00ABCDE?phone=5321234567", 404, "ticket_not_found"),
        ("/tickets/pnr/%27--?phone=5321234567", 404, "ticket_not_found"),
        ("/tickets/pnr/VV00ABCDE?phone=1", 400, "validation_failed"),
        ("/assets/..%2f..%2fCargo.toml", 404, "not_found"),
    ] {
        world.nobody.get(path).problem(status, code);
    }
}
