//! Who may read figures and change the company's own data: every request, tried by every kind of
//! caller.

use serde_json::{Value, json};

use crate::permissions::everybody;
use crate::support::api::{Answer, Api};
use crate::support::clock::on_day;
use crate::support::world::{World, booking, id, registration, route_form};

#[test]
fn figures_and_lists_are_for_those_they_concern() {
    const STAFF: [u16; 5] = [401, 403, 403, 200, 200];
    const LOGGED_IN: [u16; 5] = [401, 200, 200, 200, 200];
    const ANYBODY: [u16; 5] = [200; 5];
    let world = World::new();
    let route = world.some_route();
    let ticket = world.booked(&world.owner, &route, 1);
    let pnr = ticket["pnrNumber"].as_str().unwrap();
    let table = [
        ("/tickets".to_owned(), STAFF),
        ("/tickets/stats".to_owned(), STAFF),
        ("/buses/stats".to_owned(), STAFF),
        ("/routes/stats".to_owned(), STAFF),
        ("/websocket/stats".to_owned(), STAFF),
        (format!("/sockets?routeId={}", id(&route)), [401, 403, 403, 403, 200]),
        ("/tickets/search?status=RESERVED".to_owned(), [403, 403, 403, 200, 200]),
        (format!("/tickets/search?pnrNumber={pnr}"), [403, 403, 403, 200, 200]),
        (format!("/tickets/search?pnrNumber={pnr}&userPhoneNumber=05321234567"), ANYBODY),
        (format!("/tickets/pnr/{pnr}?phone=5321234567"), ANYBODY),
        (format!("/tickets/pnr/{pnr}?phone=5321234568"), [404, 404, 200, 200, 200]),
        ("/tickets/my-tickets".to_owned(), LOGGED_IN),
        ("/payments/history".to_owned(), LOGGED_IN),
        ("/auth/me".to_owned(), LOGGED_IN),
        ("/stations".to_owned(), ANYBODY),
        ("/buses".to_owned(), ANYBODY),
        ("/seat-layouts".to_owned(), ANYBODY),
        ("/bus-features".to_owned(), ANYBODY),
        ("/tracking/search".to_owned(), ANYBODY),
        (format!("/tracking/location/{}", id(&route)), ANYBODY),
        ("/routes".to_owned(), ANYBODY),
        (format!("/routes/{}", id(&route)), ANYBODY),
        (format!("/tickets/available-seats/{}", id(&route)), ANYBODY),
        ("/routes/upcoming".to_owned(), ANYBODY),
        ("/routes/popular".to_owned(), ANYBODY),
        ("/health/live".to_owned(), ANYBODY),
    ];
    for (path, statuses) in table {
        for ((who, by), status) in everybody(&world).into_iter().zip(statuses) {
            let answer = by.get(&path);
            assert_eq!(answer.status, status, "{path} by {who}: {}", answer.text());
        }
    }
}

fn feature(name: String) -> Value {
    json!({"name": name, "iconPath": "/features/wifi.svg"})
}

fn layout(name: String) -> Value {
    let seats = json!([{"type": "SEAT", "seatNo": 1}]);
    json!({"name": name, "rowCount": 1, "colCount": 1, "seats": seats})
}

#[test]
fn the_fleet_the_timetable_and_the_stations_are_for_staff() {
    type Write = fn(&World, &Api, usize) -> Answer;
    const ADMIN: [u16; 5] = [401, 403, 403, 403, 200];
    let table: [(&str, Write, [u16; 5]); 17] = [
        (
            "add a station",
            |_, by, n| by.post("/stations", &json!({"name": format!("A{n}")})),
            ADMIN,
        ),
        (
            "change a station",
            |world, by, n| {
                let station =
                    world.admin.post("/stations", &json!({"name": format!("B{n}")})).ok(201);
                by.patch(&format!("/stations/{}", id(&station)), &json!({"type": "TERMINAL"}))
            },
            ADMIN,
        ),
        (
            "delete a station",
            |world, by, n| {
                let station =
                    world.admin.post("/stations", &json!({"name": format!("C{n}")})).ok(201);
                by.call("DELETE", &format!("/stations/{}", id(&station)))
            },
            ADMIN,
        ),
        (
            "add a bus",
            |_, by, n| {
                let bus = json!({"plate": format!("A {n}"), "model": "M", "seatCount": 2});
                by.post("/buses", &bus)
            },
            ADMIN,
        ),
        (
            "change a bus",
            |world, by, n| {
                let bus = world.bus(&format!("B {n}"));
                by.patch(&format!("/buses/{}", id(&bus)), &json!({"model": "N"}))
            },
            ADMIN,
        ),
        (
            "delete a bus",
            |world, by, n| {
                let bus = world.bus(&format!("C {n}"));
                by.call("DELETE", &format!("/buses/{}", id(&bus)))
            },
            ADMIN,
        ),
        (
            "keep a seat layout",
            |_, by, n| by.post("/seat-layouts", &layout(format!("A {n}"))),
            ADMIN,
        ),
        (
            "change a seat layout",
            |world, by, n| {
                let kept = world.admin.post("/seat-layouts", &layout(format!("B {n}"))).ok(201);
                by.patch(&format!("/seat-layouts/{}", id(&kept)), &layout(format!("C {n}")))
            },
            ADMIN,
        ),
        (
            "delete a seat layout",
            |world, by, n| {
                let kept = world.admin.post("/seat-layouts", &layout(format!("D {n}"))).ok(201);
                by.call("DELETE", &format!("/seat-layouts/{}", id(&kept)))
            },
            ADMIN,
        ),
        (
            "add a bus feature",
            |_, by, n| by.post("/bus-features", &feature(format!("A {n}"))),
            ADMIN,
        ),
        (
            "change a bus feature",
            |world, by, n| {
                let kept = world.admin.post("/bus-features", &feature(format!("B {n}"))).ok(201);
                by.patch(&format!("/bus-features/{}", id(&kept)), &feature(format!("C {n}")))
            },
            ADMIN,
        ),
        (
            "delete a bus feature",
            |world, by, n| {
                let kept = world.admin.post("/bus-features", &feature(format!("D {n}"))).ok(201);
                by.call("DELETE", &format!("/bus-features/{}", id(&kept)))
            },
            ADMIN,
        ),
        (
            "add a route",
            |world, by, n| {
                let bus = world.bus(&format!("D {n}"));
                by.post("/routes", &route_form(id(&bus), on_day(3, 9, 0)))
            },
            [401, 403, 403, 200, 200],
        ),
        (
            "change a route",
            |world, by, _| {
                let route = world.some_route();
                by.patch(&format!("/routes/{}", id(&route)), &json!({"price": 1}))
            },
            [401, 403, 403, 200, 200],
        ),
        (
            "delete a route",
            |world, by, _| {
                let route = world.some_route();
                by.call("DELETE", &format!("/routes/{}", id(&route)))
            },
            ADMIN,
        ),
        (
            "give somebody a role",
            |_, by, n| {
                let mut form = registration(&format!("r{n}@test.example"), ["R", "R"]);
                form["role"] = json!("AGENT");
                by.post("/auth/register", &form)
            },
            [403, 403, 403, 403, 200],
        ),
        (
            "book",
            |world, by, _| by.post("/tickets", &booking(&world.some_route(), 1)),
            [401, 200, 200, 200, 200],
        ),
    ];
    let world = World::new();
    for (action, write, statuses) in table {
        for (n, ((who, by), status)) in everybody(&world).into_iter().zip(statuses).enumerate() {
            let answer = write(&world, by, n);
            let told = format!("{action} by {who}: {} {}", answer.status, answer.text());
            match status {
                200 => assert!(matches!(answer.status, 200 | 201 | 204), "{told}"),
                status => assert_eq!(answer.status, status, "{told}"),
            }
        }
    }
}
