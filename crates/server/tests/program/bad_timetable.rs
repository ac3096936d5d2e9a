//! Impossible departures and buses: every bad field is named, and nothing is written.

use serde_json::json;

use crate::bad_values::{NOWHERE, with};
use crate::support::clock::{minutes, now, on_day, text};
use crate::support::world::{World, id, route_form};

#[test]
fn routes() {
    let world = World::new();
    let bus = world.bus("34 R 1");
    let leaves = on_day(3, 9, 0);
    let good = route_form(id(&bus), leaves);
    let later = |by| json!(text(leaves + minutes(by)));
    let invalid = "validation_failed";
    let table = [
        ("/departureTime", json!(text(now() - minutes(1))), vec!["/departureTime"]),
        ("/departureTime", later(90), vec!["/stations/0/time"]),
        ("/departureTime", json!("2026-13-01T00:00:00Z"), vec!["/departureTime"]),
        ("/departureTime", json!("tomorrow"), vec!["/departureTime"]),
        ("/departureTime", json!("9999-12-31T23:59:59Z"), vec!["/departureTime"]),
        ("/departureTime", json!(1_795_000_000), vec!["/departureTime"]),
        ("/stations/0/time", later(200), vec!["/stations/1/time"]),
        ("/stations/1/time", later(80), vec!["/stations/1/time"]),
        ("/arrivalTime", later(200), vec!["/arrivalTime"]),
        ("/arrivalTime", later(-10), vec!["/arrivalTime"]),
        ("/stations/0/station", json!("ISTANBUL"), vec!["/stations/0/station"]),
        ("/stations/0/station", json!(""), vec!["/stations/0/station"]),
        ("/toCity", json!("x".repeat(300)), vec!["/toCity"]),
        ("/toCity", json!("An\u{0}kara"), vec!["/toCity"]),
        ("/price", json!(-1), vec!["/price"]),
        ("/price", json!(1.005), vec!["/price"]),
        ("/price", json!("750"), vec!["/price"]),
        ("/price", json!(10_000_000.01), vec!["/price"]),
        ("/prices/0/price", json!(-0.01), vec!["/prices/0/price"]),
        ("/prices/0/toCity", json!("Konya"), vec!["/prices/0/toCity"]),
        ("/prices/0/fromCity", json!("Ankara"), vec!["/prices/0/toCity"]),
        (
            "/prices/0",
            json!({"fromCity": "a", "toCity": "b", "price": 1, "x": 1}),
            vec!["/prices/0/x"],
        ),
        ("/prices/1", good["prices"][0].clone(), vec!["/prices/1"]),
        ("/busId", json!("34 R 1"), vec!["/busId"]),
    ];
    for (pointer, value, pointers) in table {
        let told = format!("{pointer}: {value}");
        let answer = world.agent.post("/routes", &with(&good, &[(pointer, value)]));
        assert_eq!(answer.status, 400, "{told}: {}", answer.text());
        answer.problem(400, invalid);
        assert_eq!(&answer.pointers()[..pointers.len()], pointers, "{told}");
    }
    let unknown_bus = with(&good, &[("/busId", json!(NOWHERE))]);
    world.agent.post("/routes", &unknown_bus).problem(404, "bus_not_found");
    for (field, value) in [
        ("restStops", json!(["x", ""])),
        ("restStops", json!(vec!["x"; 33])),
        ("captainName", json!("\u{0}")),
        ("type", json!("FAST")),
        ("isActive", json!("yes")),
        ("stations", json!(vec![json!({"station": "A", "time": later(1)}); 300])),
    ] {
        let mut body = good.clone();
        body[field] = value;
        let answer = world.agent.post("/routes", &body);
        answer.problem(400, invalid);
        assert!(answer.pointers()[0].starts_with(&format!("/{field}")), "{}", answer.text());
    }
    assert_eq!(world.admin.get("/routes").ok(200)["meta"]["total"], 0);
    world.agent.post("/routes", &good).ok(201);
}

#[test]
fn buses() {
    let world = World::new();
    let good = json!({"plate": "34 B 1", "model": "M", "seatCount": 2, "specs": {}, "layout": {
        "rowCount": 1, "colCount": 2, "seats": [
            {"id": "0-0", "seatNo": 1, "x": 0, "y": 0, "type": "SEAT"},
            {"seatNo": 2, "x": 0, "y": 1, "type": "SEAT"},
        ],
    }});
    let table = [
        ("/plate", json!(""), vec!["/plate"]),
        ("/plate", json!("34'; DROP--"), vec!["/plate"]),
        ("/plate", json!("9".repeat(300)), vec!["/plate"]),
        ("/model", json!("\u{7}"), vec!["/model"]),
        ("/seatCount", json!(0), vec!["/seatCount"]),
        ("/seatCount", json!(101), vec!["/seatCount"]),
        ("/seatCount", json!(-1), vec!["/seatCount"]),
        ("/seatCount", json!(100_000), vec!["/seatCount"]),
        ("/seatCount", json!(3), vec!["/layout/seats"]),
        ("/seatCount", json!(1), vec!["/layout/seats"]),
        ("/layout/rowCount", json!(0), vec!["/layout/rowCount"]),
        ("/layout/rowCount", json!(300), vec!["/layout/rowCount"]),
        ("/layout/seats/0/x", json!(2), vec!["/layout/seats/0/x"]),
        ("/layout/seats/0/y", json!(1), vec!["/layout/seats/0/y"]),
        ("/layout/seats/0/id", json!("1-0"), vec!["/layout/seats/0/id"]),
        ("/layout/seats/0/seatNo", json!(0), vec!["/layout/seats"]),
        ("/layout/seats/0/seatNo", json!(2), vec!["/layout/seats/1/seatNo"]),
        ("/layout/seats/0/type", json!("window"), vec!["/layout/seats/0/type"]),
        ("/layout/seats", json!([]), vec!["/layout/seats"]),
        ("/specs", json!({"year": 1066}), vec!["/specs/year"]),
        ("/specs", json!({"hasWC": true}), vec!["/specs/hasWC"]),
        ("/specs", json!({"features": [""]}), vec!["/specs/features/0"]),
    ];
    for (pointer, value, pointers) in table {
        let told = format!("{pointer}: {value}");
        let answer = world.admin.post("/buses", &with(&good, &[(pointer, value)]));
        assert_eq!(answer.status, 400, "{told}: {}", answer.text());
        answer.problem(400, "validation_failed");
        assert_eq!(&answer.pointers()[..pointers.len()], pointers, "{told}");
    }
    assert_eq!(world.admin.get("/buses").header("x-total-count"), Some("0"));
    world.admin.post("/buses", &good).ok(201);
    world
        .admin
        .post("/buses", &with(&good, &[("/plate", json!(" 34  b 1"))]))
        .problem(409, "plate_taken");
}
