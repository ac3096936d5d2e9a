//! **Station**, **Bus**, **Route** and **Search hit**.

use serde_json::{Value, json};

use super::shape;
use crate::support::clock::{day_of, on_day};
use crate::support::world::{World, id, route_form};

#[test]
fn a_station() {
    let world = World::new();
    let station = world.admin.post("/stations", &json!({"name": "Şanlıurfa Otogarı"})).ok(201);
    shape("station", &station);
    let change = json!({"name": "Iğdır", "type": "TERMINAL"});
    let path = format!("/stations/{}", id(&station));
    shape("station_changed", &world.admin.patch(&path, &change).ok(200));
    assert_eq!(world.admin.call("DELETE", &path).status, 204);
    world.admin.call("DELETE", &path).problem(404, "station_not_found");
}

#[test]
fn a_bus_with_a_generated_layout() {
    let world = World::new();
    let bus = json!({"plate": " 34 abc  123", "model": "Travego", "seatCount": 9});
    let bus = world.admin.post("/buses", &bus).ok(201);
    shape("bus_generated_2_1", &bus);
    assert_eq!(world.agent.get(&format!("/buses/{}", id(&bus))).ok(200), bus);
    assert_eq!(world.agent.get("/buses/plate/34%20ABC%20123").ok(200), bus);
}

#[test]
fn a_bus_with_a_grid_of_its_own() {
    let world = World::new();
    let bus = json!({
        "plate": "06 VIP 1",
        "model": "Tourismo",
        "seatCount": 2,
        "layoutType": "LAYOUT_1_2",
        "layout": {"rowCount": 2, "colCount": 3, "seats": [
            {"id": "0-0", "x": 0, "y": 0, "type": "DRIVER"},
            {"x": 0, "y": 1, "type": "CORRIDOR"},
            {"type": "DOOR", "seatNo": 0},
            {"id": "1-0", "x": 1, "y": 0, "type": "SEAT", "seatNo": 2},
            {"x": 1, "y": 1, "type": "EMPTY", "seatNo": null},
            {"seatNo": 1, "x": 1, "y": 2, "type": "SEAT"},
        ]},
        "specs": {
            "brand": "Mercedes-Benz", "year": 2024, "engineType": "OM 470", "fuelType": "Dizel",
            "hasAC": true, "hasWifi": true, "hasToilet": false, "hasTV": true,
            "features": ["İkram", "Priz"],
        },
        "busPhone": "0850 000 00 00",
        "owner": "Seatwire Turizm",
        "taxOffice": "Kadıköy",
        "taxNumber": "1234567890",
    });
    let bus = world.admin.post("/buses", &bus).ok(201);
    shape("bus_custom_grid", &bus);
    let path = format!("/buses/{}", id(&bus));
    let change = json!({"owner": null, "seatCount": 3});
    shape("bus_changed", &world.admin.patch(&path, &change).ok(200));
}

#[test]
fn a_route_and_who_sits_where() {
    let world = World::new();
    let bus = world.bus("34 R 1");
    let mut form = route_form(id(&bus), on_day(3, 9, 0));
    for (field, value) in [
        ("type", json!("VIP")),
        ("restStops", json!(["Bolu Dağı Tesisleri"])),
        ("captainName", json!("Kaptan Kara")),
        ("firstDriverName", json!("Ali")),
        ("secondDriverName", json!("Veli")),
        ("assistantName", json!("Deniz")),
        ("price", json!(750.25)),
    ] {
        form[field] = value;
    }
    let route = world.agent.post("/routes", &form).ok(201);
    shape("route", &route);
    world.booked(&world.owner, &route, 4);
    world.booked(&world.agent, &route, 7);
    let cancelled = world.booked(&world.owner, &route, 9);
    world.owner.call("DELETE", &format!("/tickets/{}", id(&cancelled))).ok(200);
    let path = format!("/routes/{}", id(&route));
    let seen = world.agent.get(&path).ok(200);
    shape("route_tickets", &seen["tickets"]);
    let mut without = seen.as_object().unwrap().clone();
    without.remove("tickets");
    without["seq"] = json!(0);
    assert_eq!(Value::Object(without), route, "the rest is the route");
    let change = json!({"isActive": false, "captainName": null, "price": 10.1});
    let changed = world.agent.patch(&path, &change).ok(200);
    assert_eq!(changed["isActive"], false);
    assert_eq!(changed["captainName"], Value::Null);
    assert_eq!(changed["price"].to_string(), "10.1");
}

#[test]
fn the_night_is_told_in_words_that_its_reader_knows() {
    let world = World::new();
    let leaves = on_day(3, 2, 59);
    world.route(leaves);
    let (evening, morning) = (day_of(on_day(2, 12, 0)), day_of(leaves));
    let number = |day: &str| day[8..].trim_start_matches('0').to_owned();
    let told = |path: &str, language: &[(&str, &str)]| {
        let answer = world.nobody.send("GET", path, language, None);
        assert!(answer.headers.get_all("vary").iter().any(|by| by == "Accept-Language"), "{path}");
        let list = answer.ok(200);
        let hits = list.get("data").unwrap_or(&list);
        hits[0]["dateInfo"].as_str().unwrap().to_owned()
    };
    for path in [
        format!("/routes/search?fromCity=istanbul&toCity=ankara&date={morning}"),
        "/routes/upcoming".to_owned(),
    ] {
        for turkish in [&[][..], &[("accept-language", "de, tr;q=0.5, en;q=0.4")]] {
            let night = told(&path, turkish);
            assert!(night.starts_with(&format!("{} ", number(&evening))), "{night}");
            assert!(night.contains(&format!(" {} ", number(&morning))), "{night}");
            assert!(night.ends_with(" bağlayan gece"), "{night}");
        }
        let night = told(&path, &[("accept-language", "en-GB, tr;q=0.9")]);
        assert!(night.starts_with(&format!("night from {} ", number(&evening))), "{night}");
        assert!(night.contains(&format!(" to {} ", number(&morning))), "{night}");
    }
    // At three the night is over.
    let later = world.route(on_day(4, 3, 0));
    let hits = search(&world, &later, "istanbul", "ankara");
    assert_eq!(hits["data"][0]["dateInfo"], "");
}

/// A search between two cities on the day on which the route leaves its first stop.
fn search(world: &World, route: &Value, from: &str, to: &str) -> Value {
    let departure = route["departureTime"].as_str().unwrap().parse().unwrap();
    let day = day_of(departure);
    let path = format!("/routes/search?fromCity={from}&toCity={to}&date={day}");
    world.nobody.get(&path).ok(200)
}

#[test]
fn a_search_hit_of_the_whole_route_leaving_in_the_night() {
    let world = World::new();
    let route = world.route(on_day(3, 0, 30));
    world.booked(&world.owner, &route, 1);
    let mut hits = search(&world, &route, "istanbul", "ankara");
    // Its days change from run to run; the_night_is_told_in_words checks their form.
    hits["data"][0]["dateInfo"] = json!("[night]");
    shape("search_hit_night", &hits);
}

#[test]
fn a_search_hit_of_a_segment_with_and_without_a_fare_of_its_own() {
    let world = World::new();
    let route = world.route(on_day(3, 9, 0));
    let hits = search(&world, &route, "istanbul", "bolu");
    shape("search_hit_segment", &hits);
    // The whole route's price, if the segment has none.
    let hit = &search(&world, &route, "izmit", "ankara")["data"][0];
    assert_eq!(hit["price"], 750);
    assert_eq!(hit["duration"], "4h 30m");
    assert_eq!((&hit["fromStopIndex"], &hit["toStopIndex"]), (&json!(1), &json!(3)));
    assert_eq!(hit["mainDepartureTime"], route["departureTime"]);
    assert_eq!(hit["departureTime"], route["stops"][1]["time"]);
    // The route's own fields stay as they are.
    for field in ["fromCity", "toCity", "stations", "routeStations", "stops", "prices"] {
        assert_eq!(hit[field], route[field], "{field}");
    }
    let segment =
        json!({"fromCity": "İzmit", "toCity": "Ankara", "fromStopIndex": 1, "toStopIndex": 3});
    assert_eq!(hit["segment"], segment);
}

#[test]
fn a_segment_that_is_not_sold_is_not_found() {
    let world = World::new();
    let route = world.some_route();
    shape("search_without_hits", &search(&world, &route, "izmit", "bolu"));
}

#[test]
fn upcoming_popular_and_destinations() {
    let world = World::new();
    let route = world.some_route();
    world.booked(&world.owner, &route, 1);
    let mut part = crate::support::world::booking(&route, 2);
    part["toCity"] = json!("bolu");
    world.owner.post("/tickets", &part).ok(201);
    world.booked(&world.agent, &route, 3);
    let upcoming = world.nobody.get("/routes/upcoming");
    assert_eq!(upcoming.header("x-total-count"), Some("1"));
    // In the form of a search.
    let hit = search(&world, &route, "istanbul", "ankara")["data"][0].clone();
    assert_eq!(upcoming.ok(200), json!([hit]));
    assert_eq!((&hit["availableSeats"], &hit["seq"]), (&json!(37), &json!(3)));
    let bolu = world.nobody.get("/routes/upcoming?fromCity=Istanbul&toCity=BOLU").ok(200);
    assert_eq!(bolu, search(&world, &route, "istanbul", "bolu")["data"]);
    shape("popular", &world.nobody.get("/routes/popular").ok(200));
    let one = world.nobody.get("/routes/popular?limit=1").ok(200);
    assert_eq!(one.as_array().unwrap().len(), 1);
    shape("destinations", &world.nobody.get("/routes/destinations?fromCity=IZMIT").ok(200));
}
