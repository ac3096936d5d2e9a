//! Where buses are: reported by staff or by the device on the bus, kept for a while, never guessed.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::support::api::{Answer, Api};
use crate::support::clock::{minutes, now, on_day, text, wait_until};
use crate::support::world::{World, id, route_form, text_at};

/// Departures cannot be planned in the past.
const BEFORE: i64 = 240;

/// A machine that is slow each time is none that tests run on.
const TRIES_MAX: usize = 20;

fn positions(route: &Value) -> String {
    format!("/tracking/{}/positions", id(route))
}

fn location(by: &Api, route: &Value) -> Value {
    by.get(&format!("/tracking/location/{}", id(route))).ok(200)
}

const HERE: (f64, f64) = (40.766_66, 29.916_67);

fn report(by: &Api, route: &Value) -> Answer {
    by.post(&positions(route), &json!({"lat": HERE.0, "lng": HERE.1, "speed": 92.5}))
}

/// Who waits at a stop does not ask which seats are sold.
#[test]
fn a_bus_is_found_where_no_seat_is_sold() {
    let world = World::new();
    let mut form = route_form(id(&world.bus("34 S 2")), now() + minutes(60));
    let not_sold =
        |from: &str, to: &str| json!({"fromCity": from, "toCity": to, "price": 1, "isSold": false});
    form["prices"] = json!([not_sold("İstanbul", "Ankara"), not_sold("İzmit", "Bolu")]);
    let route = world.agent.post("/routes", &form).ok(201);
    for query in
        ["", "?from=istanbul", "?to=Ankara", "?from=izmit&to=bolu", "?from=İzmit&to=Ankara"]
    {
        let trips = world.nobody.get(&format!("/tracking/search{query}"));
        assert_eq!(trips.header("x-total-count"), Some("1"), "{query}");
        assert_eq!(trips.ok(200)[0]["id"], route["id"], "{query}");
    }
    assert_eq!(world.nobody.get("/tracking/search?from=bolu&to=izmit").ok(200), json!([]));
}

#[test]
fn trips_on_the_road_are_found_with_a_label() {
    let world = World::new();
    // Everything is planned four hours ahead, and then the server runs four hours later.
    let at = |by: i64| now() + minutes(BEFORE + by);
    let (soon, under_way) = (world.route(at(60)), world.route(at(-100)));
    // Too far in the future, left too long ago, and arrived.
    world.route(at(185));
    let long_ago = world.route(at(-185));
    let mut short = route_form(id(&world.bus("34 S 1")), at(-120));
    for gone in ["stations", "prices"] {
        short.as_object_mut().unwrap().remove(gone);
    }
    short["arrivalTime"] = json!(text(at(-60)));
    world.agent.post("/routes", &short).ok(201);
    let world = world.later(minutes(BEFORE));
    let read = |route: &Value| world.nobody.get(&format!("/routes/{}", id(route))).ok(200);
    let (soon, under_way) = (read(&soon), read(&under_way));

    let english =
        |path: &str| world.nobody.send("GET", path, &[("accept-language", "en")], None).ok(200);
    let trips = english("/tracking/search");
    let found: Vec<_> = trips.as_array().unwrap().iter().map(|trip| &trip["id"]).collect();
    assert_eq!(found, [&under_way["id"], &soon["id"]]);
    let leaves: Timestamp = text_at(&soon, "departureTime").parse().unwrap();
    let local = leaves.to_zoned(TimeZone::get("Europe/Istanbul").unwrap());
    let plate = text_at(&soon["bus"], "plate");
    let label = format!(
        "{} - {plate} ({}) (Not departed yet)",
        local.strftime("%H:%M"),
        local.strftime("%-d %B")
    );
    assert_eq!(
        (&trips[1]["label"], &trips[1]["status"]),
        (&json!(label), &json!("Not departed yet"))
    );
    assert_eq!(trips[0]["status"], "On the way");
    assert_eq!(trips[0]["routeDetails"]["id"], under_way["id"]);
    assert_eq!(trips[0]["routeDetails"]["bus"]["plate"], under_way["bus"]["plate"]);

    let turkish = world.nobody.get("/tracking/search");
    assert_eq!(turkish.header("vary").map(|vary| vary.contains("Accept-Language")), Some(true));
    assert_eq!(turkish.ok(200)[1]["status"], "Hareket bekleniyor");
    assert_eq!(turkish.ok(200)[0]["status"], "Yolda");
    // By the traveller's segment: they leave Bolu in 15, in 100 and in 260 minutes.
    let at_bolu = english("/tracking/search?from=bolu&to=ANKARA");
    let found: Vec<_> = at_bolu.as_array().unwrap().iter().map(|trip| &trip["id"]).collect();
    assert_eq!(found, [&long_ago["id"], &under_way["id"]]);
    assert_eq!(english("/tracking/search?from=Konya"), json!([]));
}

#[test]
fn nothing_is_made_up_and_the_newest_report_is_shown() {
    let world = World::new();
    let route = world.route(now() + minutes(BEFORE - 100));
    let world = world.later(minutes(BEFORE));
    let route = world.nobody.get(&format!("/routes/{}", id(&route))).ok(200);
    assert_eq!(location(&world.nobody, &route), Value::Null);
    assert_eq!(report(&world.agent, &route).status, 204);
    let plate = text_at(&route["bus"], "plate");
    let seen = location(&world.nobody, &route);
    assert_eq!(
        seen,
        json!({"lat": HERE.0, "lng": HERE.1, "plate": plate, "speed": 92.5, "status": "Yolda",
            "nextStation": "Bolu", "estimatedArrival": route["arrivalTime"]})
    );
    let bus = world.nobody.get(&format!("/buses/{}", text_at(&route, "busId"))).ok(200);
    assert_eq!((&bus["testLat"], &bus["testLng"]), (&json!(HERE.0), &json!(HERE.1)));
    assert_eq!(bus["updatedAt"], route["bus"]["updatedAt"]);

    // On a busy machine the next one may come a second later, and is accepted too.
    let mut reports = (0..TRIES_MAX).map(|_| report(&world.agent, &route));
    let again = reports.find(|again| again.status != 204).expect("reports have a pace");
    again.problem(429, "rate_limited");
    assert_eq!(again.header("retry-after"), Some("1"));
    let other = world.route(now() + minutes(60));
    assert_eq!(report(&world.agent, &other).status, 204, "each departure has a pace of its own");
    wait_until(now() + jiff::SignedDuration::from_secs(1));
    // A report that comes late is accepted, and is not shown as news.
    let late = json!({"lat": 1, "lng": 2, "at": text(now() - minutes(5))});
    assert_eq!(world.agent.post(&positions(&route), &late).status, 204);
    assert_eq!(location(&world.nobody, &route)["lat"], HERE.0);
    wait_until(now() + jiff::SignedDuration::from_secs(1));
    let newer = json!({"lat": 40.73, "lng": 31.6});
    assert_eq!(world.agent.post(&positions(&route), &newer).status, 204);
    let seen = location(&world.nobody, &route);
    assert_eq!((&seen["lat"], &seen["speed"]), (&json!(40.73), &Value::Null));
}

#[test]
fn a_report_that_cannot_be_is_refused() {
    let world = World::new();
    // Six hours on the road, and three hours after that.
    let (gone, far) =
        (world.route(now() + minutes(1)), world.route(now() + minutes(10 * 60 + 181)));
    let route = world.route(now() + minutes(10 * 60));
    let world = world.later(minutes(9 * 60 + 2));
    let good = json!({"lat": 41, "lng": 29, "speed": 0, "at": text(now())});
    for (field, value) in [
        ("lat", json!(91)),
        ("lat", json!("41")),
        ("lng", json!(-180.1)),
        ("speed", json!(301)),
        ("speed", json!(-1)),
        ("at", json!(text(now() + minutes(2)))),
        ("heading", json!(1)),
    ] {
        let mut body = good.clone();
        body[field] = value;
        let answer = world.agent.post(&positions(&route), &body);
        answer.problem(400, "validation_failed");
        assert_eq!(answer.pointers(), [format!("/{field}")], "{body}");
    }
    for route in [&gone, &far] {
        report(&world.agent, route).problem(409, "not_tracked_now");
    }
    let nowhere = json!({"id": id(&world.bus("34 N 1"))});
    report(&world.agent, &nowhere).problem(404, "route_not_found");
    assert_eq!(world.nobody.get(&format!("/tracking/location/{}", id(&nowhere))).status, 404);
    assert_eq!(location(&world.nobody, &route), Value::Null);
    assert_eq!(world.agent.post(&positions(&route), &good).status, 204);
}

#[test]
fn a_device_speaks_for_its_own_bus_with_a_token_that_is_shown_once() {
    let world = World::new();
    let route = world.route(now() + minutes(30));
    let elsewhere = world.route(now() + minutes(40));
    for (by, status) in [(&world.nobody, 401), (&world.owner, 403)] {
        assert_eq!(report(by, &route).status, status);
    }
    let path = format!("/buses/{}/token", text_at(&route, "busId"));
    let given = |by: &Api| by.call("POST", &path);
    for (by, status) in [(&world.nobody, 401), (&world.owner, 403), (&world.agent, 403)] {
        assert_eq!(given(by).status, status);
        assert_eq!(by.call("DELETE", &path).status, status);
    }
    let device = |answer: &Answer| world.nobody.with_token(text_at(&answer.ok(201), "token"));
    let first = device(&given(&world.admin));
    let second = device(&given(&world.admin));
    report(&first, &route).problem(401, "unauthorized");
    assert_eq!(report(&second, &route).status, 204);
    assert_eq!(location(&world.nobody, &route)["lat"], HERE.0);
    report(&second, &elsewhere).problem(403, "forbidden");
    assert_eq!(location(&world.nobody, &elsewhere), Value::Null);
    // It gives no other access.
    for asked in ["/auth/me", "/tickets", "/buses"] {
        second.get(asked).problem(401, "unauthorized");
    }
    let later = world.agent.post("/routes", &route_form(text_at(&route, "busId"), on_day(3, 9, 0)));
    report(&second, &later.ok(201)).problem(409, "not_tracked_now");
    assert_eq!(world.admin.call("DELETE", &path).status, 204);
    report(&second, &route).problem(401, "unauthorized");
    let nowhere = format!("/buses/{}/token", id(&route));
    world.admin.call("POST", &nowhere).problem(404, "bus_not_found");
    world.admin.call("DELETE", &nowhere).problem(404, "bus_not_found");
}
