//! Bodies that are almost right: `null` where nothing may be empty, a list for an object, `1.0` for
//! 1, a number for digits. And an error names the field that was sent.

use serde_json::{Value, json};

use crate::support::clock::{minutes, on_day, text};
use crate::support::world::{CARD_THAT_PAYS, World, booking, id, payment, route_form};

/// What a `PATCH` may set, field by field, and whether it may be null.
const PATCHES: [(&str, &[(&str, bool)]); 7] = [
    ("/stations/", &[("name", false), ("slug", false), ("type", false)]),
    (
        "/buses/",
        &[
            ("plate", false),
            ("model", false),
            ("seatCount", false),
            ("layoutType", false),
            ("layout", false),
            ("layoutId", true),
            ("features", true),
            ("testLat", true),
            ("testLng", true),
            ("specs", true),
            ("busPhone", true),
            ("owner", true),
            ("taxOffice", true),
            ("taxNumber", true),
        ],
    ),
    ("/bus-features/", &[("name", false), ("description", true), ("iconPath", false)]),
    (
        "/seat-layouts/",
        &[
            ("name", false),
            ("rowCount", false),
            ("colCount", false),
            ("seats", false),
            ("decks", true),
        ],
    ),
    (
        "/routes/",
        &[
            ("fromCity", false),
            ("toCity", false),
            ("departureTime", false),
            ("arrivalTime", false),
            ("price", false),
            ("type", false),
            ("busId", false),
            ("isActive", false),
            ("allowOverlap", false),
            ("neighbourRule", true),
            ("prices", true),
            ("stations", true),
            ("restStops", true),
            ("captainName", true),
            ("firstDriverName", true),
            ("secondDriverName", true),
            ("assistantName", true),
        ],
    ),
    (
        "/tickets/",
        &[
            ("seatNumber", false),
            ("gender", false),
            ("userPhoneNumber", false),
            ("passengerName", false),
            ("fromCity", false),
            ("toCity", false),
            ("status", false),
            ("paymentStatus", false),
            ("ignoreNeighbourRule", false),
        ],
    ),
    ("/users/", &[("role", false), ("disabled", false)]),
];

/// The paths of the document that change one thing, each with the fields of a body.
fn patched(document: &Value) -> Vec<&str> {
    let paths = document["paths"].as_object().unwrap();
    let patched = paths.iter().filter(|(_, methods)| methods["patch"]["requestBody"].is_object());
    patched.filter_map(|(path, _)| path.strip_suffix("{id}")).collect()
}

/// The names of a schema's fields in the document.
fn described(document: &Value, path: &str) -> Vec<String> {
    let body = &document["paths"][format!("{path}{{id}}")]["patch"]["requestBody"];
    let reference = body["content"]["application/json"]["schema"]["$ref"].as_str().unwrap();
    let schema = document.pointer(reference.trim_start_matches('#')).unwrap();
    let mut names: Vec<_> = schema["properties"].as_object().unwrap().keys().cloned().collect();
    names.sort();
    names
}

#[test]
fn null_clears_what_may_be_empty_and_is_refused_elsewhere() {
    let world = World::new();
    let document = world.nobody.get("/openapi.json").ok(200);
    let station = world.admin.post("/stations", &json!({"name": "Bolu"})).ok(201);
    let account = world.stranger.get("/auth/me").ok(200);
    let sold = world.some_route();
    let ticket = world.booked(&world.owner, &sold, 1);
    let mut form = route_form(id(&world.bus("34 N 1")), on_day(3, 9, 0));
    form["restStops"] = json!(["Düzce"]);
    form["captainName"] = json!("Kaptan Kara");
    let route = world.agent.post("/routes", &form).ok(201);
    let seats = json!([{"type": "SEAT", "seatNo": 1}]);
    let layout = json!({"name": "L", "rowCount": 1, "colCount": 1, "seats": seats});
    let layout = world.admin.post("/seat-layouts", &layout).ok(201);
    let feature = json!({"name": "F", "iconPath": "/features/wifi.svg"});
    let feature = world.admin.post("/bus-features", &feature).ok(201);
    let bus = json!({
        "plate": "34 N 2", "model": "Travego", "seatCount": 40, "owner": "A.Ş.",
        "specs": {"brand": "MAN", "hasWifi": true},
    });
    let bus = world.admin.post("/buses", &bus).ok(201);
    assert_eq!(patched(&document), {
        let mut known = PATCHES.map(|(path, _)| path);
        known.sort_unstable();
        known
    });
    for (path, fields) in PATCHES {
        let mut names: Vec<_> = fields.iter().map(|(name, _)| (*name).to_owned()).collect();
        names.sort();
        assert_eq!(
            described(&document, path),
            names,
            "{path}: a field that this test does not know"
        );
        let object = match path {
            "/stations/" => &station,
            "/buses/" => &bus,
            "/seat-layouts/" => &layout,
            "/bus-features/" => &feature,
            "/routes/" => &route,
            "/users/" => &account,
            _ => &ticket,
        };
        let address = format!("{path}{}", id(object));
        for (field, may_be_empty) in fields {
            let answer = world.admin.patch(&address, &json!({*field: null}));
            if *may_be_empty {
                answer.ok(200);
            } else {
                answer.problem(400, "validation_failed");
                assert_eq!(answer.pointers(), [format!("/{field}")], "{path}");
            }
        }
    }
    let route = world.agent.get(&format!("/routes/{}", id(&route))).ok(200);
    assert_eq!((&route["restStops"], &route["prices"]), (&json!([]), &json!([])));
    assert_eq!(route["captainName"], Value::Null);
    assert_eq!(route["stops"].as_array().unwrap().len(), 2);
    let bus = world.agent.get(&format!("/buses/{}", id(&bus))).ok(200);
    assert_eq!((&bus["owner"], &bus["specs"]), (&Value::Null, &Value::Null));
}

#[test]
fn a_list_is_no_object_further_in_either() {
    let world = World::new();
    let bus = |field: &str, value: Value| {
        let mut bus = json!({"plate": "34 L 1", "model": "M", "seatCount": 1});
        bus[field] = value;
        world.admin.post("/buses", &bus)
    };
    let specs = json!(["MAN", 2024, null, null, true, true, true, true, []]);
    let answer = bus("specs", specs);
    answer.problem(400, "validation_failed");
    assert_eq!(answer.pointers(), ["/specs"]);
    let cell = json!([1, 0, 0, "seat"]);
    let answer = bus("layout", json!({"rowCount": 1, "colCount": 1, "seats": [cell]}));
    answer.problem(400, "validation_failed");
    assert_eq!(answer.pointers(), ["/layout/seats/0"]);
    let answer = bus("layout", json!([1, 1, []]));
    assert_eq!(answer.pointers(), ["/layout"]);
    assert!(answer.text().contains("/layout must be an object"), "{}", answer.text());
    let departure = on_day(3, 9, 0);
    for (field, pointer, list) in [
        ("stations", "/stations/0", json!([["Bolu", departure.to_string()]])),
        ("prices", "/prices/0", json!([["İstanbul", "Ankara", 5, true]])),
    ] {
        let mut form = route_form("0199c0de-0000-7000-8000-000000000001", departure);
        form[field] = list;
        let answer = world.agent.post("/routes", &form);
        answer.problem(400, "validation_failed");
        assert_eq!(answer.pointers(), [pointer]);
    }
}

#[test]
fn one_point_zero_is_one() {
    let world = World::new();
    let bus = br#"{"plate": "34 O 1", "model": "M", "seatCount": 2.0,
        "specs": {"year": 2024.0}, "layout": {"rowCount": 1.0, "colCount": 2e0, "seats": [
            {"seatNo": 1.0, "x": 0.0, "y": 0, "type": "SEAT"},
            {"seatNo": 2, "x": 0.0, "y": 1.0, "type": "SEAT"}]}}"#;
    let bus = world.admin.send("POST", "/buses", &[], Some(bus)).ok(201);
    assert_eq!((&bus["seatCount"], &bus["specs"]["year"]), (&json!(2), &json!(2024)));
    assert_eq!(bus["layout"]["seats"][1]["y"], 1);
    let route = world.agent.post("/routes", &route_form(id(&bus), on_day(3, 9, 0))).ok(201);
    let booking = booking(&route, 1).to_string().replace("\"seatNumber\":1", "\"seatNumber\":1.0");
    assert!(booking.contains("1.0"), "{booking}");
    let ticket = world.owner.send("POST", "/tickets", &[], Some(booking.as_bytes())).ok(201);
    assert_eq!(ticket["seatNumber"], 1);
    let path = format!("/tickets/{}", id(&ticket));
    let moved = world.owner.send("PATCH", &path, &[], Some(br#"{"seatNumber": 2.0}"#)).ok(200);
    assert_eq!(moved["seatNumber"], 2);
    for wrong in ["1.5", "1e40", "\"1\"", "true"] {
        let body = format!("{{\"seatNumber\": {wrong}}}");
        let answer = world.owner.send("PATCH", &path, &[], Some(body.as_bytes()));
        answer.problem(400, "validation_failed");
        assert_eq!(answer.pointers(), ["/seatNumber"], "{wrong}");
    }
}

#[test]
fn the_digits_of_a_card_are_text() {
    let world = World::new();
    let ticket = world.booked(&world.owner, &world.some_route(), 1);
    let pay = |field: &str, value: Value| {
        let mut form = payment(id(&ticket), CARD_THAT_PAYS);
        form[field] = value;
        world.owner.post("/payments", &form)
    };
    for (field, value) in [("cvc", json!(12)), ("cvc", json!(123)), ("cardNumber", json!(4e15))] {
        let answer = pay(field, value);
        answer.problem(400, "validation_failed");
        assert_eq!(answer.pointers(), [format!("/{field}")]);
        assert!(answer.text().contains("must be text"), "{}", answer.text());
    }
    for (field, value) in [("expireMonth", json!(5.5)), ("expireYear", json!([2099]))] {
        assert_eq!(pay(field, value).pointers(), [format!("/{field}")]);
    }
    assert_eq!(pay("expireMonth", json!(5.0)).ok(200)["success"], true);
}

#[test]
fn an_error_names_a_field_that_was_sent() {
    let world = World::new();
    let route = world.some_route();
    let path = format!("/routes/{}", id(&route));
    let departure: jiff::Timestamp = route["departureTime"].as_str().unwrap().parse().unwrap();
    let late = text(departure + minutes(100));
    for (field, value) in [
        // After the first stop, and before the last but one.
        ("departureTime", json!(late)),
        ("arrivalTime", json!(late)),
        ("departureTime", json!(text(departure - minutes(60 * 24 * 30)))),
        // A stop already, and named by fares that stay.
        ("fromCity", json!("Bolu")),
        ("toCity", json!("İzmit")),
        ("fromCity", json!("Edirne")),
        ("stations", json!([{"station": "Ankara", "time": late}])),
    ] {
        let answer = world.agent.patch(&path, &json!({field: value}));
        answer.problem(400, "validation_failed");
        for pointer in answer.pointers() {
            assert!(pointer.starts_with(&format!("/{field}")), "{field}: {}", answer.text());
        }
    }
    let seats = format!("/tickets/available-seats/{}", id(&route));
    for (query, pointer) in [
        ("fromCity=ankara", "/fromCity"),
        ("toCity=istanbul", "/toCity"),
        ("fromCity=bolu&toCity=izmit", "/toCity"),
    ] {
        let answer = world.nobody.get(&format!("{seats}?{query}"));
        answer.problem(400, "reversed_cities");
        assert_eq!(answer.pointers(), [pointer], "{query}");
    }
}
