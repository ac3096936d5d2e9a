//! What was read can be sent back: an editor reads a departure, and saves it unchanged or as
//! another.

use serde_json::{Value, json};

use crate::support::clock::{minutes, on_day, text};
use crate::support::world::{World, id, route_form, text_at};

/// What an editor sends after it has read a departure.
fn form_of(route: &Value) -> Value {
    let fields = [
        "fromCity",
        "toCity",
        "departureTime",
        "arrivalTime",
        "price",
        "prices",
        "type",
        "busId",
        "restStops",
        "captainName",
        "firstDriverName",
        "secondDriverName",
        "assistantName",
        "isActive",
    ];
    let mut form: serde_json::Map<_, _> =
        fields.map(|field| (field.to_owned(), route[field].clone())).into_iter().collect();
    form.insert("stations".to_owned(), route["routeStations"].clone());
    Value::Object(form)
}

#[test]
fn a_route_shows_the_stops_between_its_ends_and_all_of_them() {
    let world = World::new();
    let leaves = on_day(3, 9, 0);
    let route = world.route(leaves);
    let at = |by| text(leaves + minutes(by));
    assert_eq!(route["stations"], json!(["İzmit", "Bolu"]));
    let between = json!([
        {"station": "İzmit", "time": at(90), "order": 0},
        {"station": "Bolu", "time": at(200), "order": 1},
    ]);
    assert_eq!(route["routeStations"], between);
    let stops = json!([
        {"index": 0, "city": "İstanbul", "time": at(0)},
        {"index": 1, "city": "İzmit", "time": at(90)},
        {"index": 2, "city": "Bolu", "time": at(200)},
        {"index": 3, "city": "Ankara", "time": at(360)},
    ]);
    assert_eq!(route["stops"], stops);
    // The same wherever a route appears.
    let ticket = world.booked(&world.owner, &route, 1);
    let listed = world.agent.get("/routes").ok(200)["data"][0].clone();
    let shown = world.nobody.get(&format!("/routes/{}", id(&route))).ok(200);
    let hit = world.nobody.get("/routes/upcoming").ok(200)[0].clone();
    for seen in [&ticket["route"], &listed, &shown, &hit] {
        for field in ["stations", "routeStations", "stops"] {
            assert_eq!(seen[field], route[field], "{field}");
        }
    }
    let mut direct = route_form(id(&world.bus("34 D 1")), leaves);
    direct["stations"] = json!([]);
    direct["prices"] = json!([]);
    let direct = world.agent.post("/routes", &direct).ok(201);
    assert_eq!((&direct["stations"], &direct["routeStations"]), (&json!([]), &json!([])));
    assert_eq!(direct["stops"][1]["city"], "Ankara");
}

#[test]
fn a_departure_is_saved_as_it_was_read() {
    let world = World::new();
    let route = world.some_route();
    world.booked(&world.owner, &route, 1);
    let path = format!("/routes/{}", id(&route));
    let mut form = form_of(&route);
    form["captainName"] = json!("Kaptan Kara");
    let saved = world.agent.patch(&path, &form).ok(200);
    assert_eq!(saved["captainName"], "Kaptan Kara");
    assert_eq!(form_of(&saved), form, "and nothing else has changed");
    // The same on another day, as another departure.
    let mut copy = form_of(&route);
    let later = |value: &Value| {
        json!(text(value.as_str().unwrap().parse::<jiff::Timestamp>().unwrap() + minutes(24 * 60)))
    };
    for field in ["departureTime", "arrivalTime"] {
        copy[field] = later(&copy[field]);
    }
    for station in copy["stations"].as_array_mut().unwrap() {
        station["time"] = later(&station["time"]);
    }
    let copied = world.agent.post("/routes", &copy).ok(201);
    assert_eq!(form_of(&copied), copy);
    assert_ne!(id(&copied), id(&route));
}

#[test]
fn a_stop_stands_where_it_says_and_has_a_time_of_its_own() {
    let world = World::new();
    let route = world.some_route();
    let path = format!("/routes/{}", id(&route));
    let mut turned = form_of(&route);
    turned["stations"][0]["order"] = json!(1);
    turned["stations"][1]["order"] = json!(0);
    let mut names = form_of(&route);
    names["stations"] = route["stations"].clone();
    let mut null = form_of(&route);
    null["stations"][0]["order"] = Value::Null;
    for (form, pointers) in [
        (&turned, &["/stations/0/order", "/stations/1/order"][..]),
        (&names, &["/stations/0"]),
        (&null, &["/stations/0/order"]),
    ] {
        for answer in [world.agent.patch(&path, form), world.agent.post("/routes", form)] {
            let problem = answer.problem(400, "validation_failed");
            assert_eq!(answer.pointers(), pointers, "{problem}");
            if std::ptr::eq(form, &names) {
                let told = text_at(&problem, "detail");
                assert!(
                    told.contains(r#"{"station": "Bolu", "time": "#),
                    "how to write it: {told}"
                );
            }
        }
    }
}
