//! Lists for a frontend's menus and tables: all at once up to a bound, and a link to the rest.

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::support::api::Api;
use crate::support::clock::{minutes, on_day};
use crate::support::running_server::Launch;
use crate::support::world::{World, id, route_form};

/// The entries of one answer, its total, and its link to more.
fn read(by: &Api, path: &str) -> (Vec<String>, String, Option<String>) {
    let answer = by.get(path);
    let total = answer.header("x-total-count").expect("a total").to_owned();
    let next = answer.header("link").map(|link| {
        let target = link.strip_prefix('<').and_then(|link| link.strip_suffix(">; rel=\"next\""));
        target.unwrap_or_else(|| panic!("{path}: {link}")).to_owned()
    });
    let list = answer.ok(200);
    let ids = list.as_array().expect("a list").iter().map(|item| id(item).to_owned());
    (ids.collect(), total, next)
}

/// The whole of a list, by its links: the first answer has `at_once` entries.
fn followed(by: &Api, path: &str, at_once: usize, total: usize) -> Vec<String> {
    let (mut all, said, mut next) = read(by, path);
    assert_eq!((all.len(), said), (at_once.min(total), total.to_string()), "{path}");
    assert_eq!(next.is_some(), total > at_once, "{path}");
    while let Some(path) = next.take() {
        let (ids, said, after) = read(by, &path);
        assert!(!ids.is_empty() && ids.len() <= 100, "{path}");
        assert_eq!(said, total.to_string(), "{path}");
        all.extend(ids);
        next = after;
    }
    let mut different = all.clone();
    different.sort();
    different.dedup();
    assert_eq!((all.len(), different.len()), (total, total), "{path}: each once");
    all
}

#[test]
fn stations_and_buses_come_a_thousand_at_once() {
    let World { server, folder, admin, .. } = World::new();
    assert_eq!(server.terminate().exit_code, Some(0));
    let database = Connection::open(folder.path().join("s.db")).unwrap();
    let numbers = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1203)";
    database
        .execute_batch(&format!(
            "{numbers} INSERT INTO stations (id, name, slug, kind, created_at, updated_at, name_key)
             SELECT randomblob(16), 'Durak ' || i, 'durak-' || i, 'CITY', 0, 0, 'durak ' || i FROM n;"
        ))
        .unwrap();
    drop(database);
    let server = Launch::own(folder.path()).run();
    let admin = Api::new(server.url()).with_token(admin.token.unwrap());
    let all = followed(&admin, "/stations", 1_000, 1_203);
    let (found, ..) = read(&admin, "/stations?page=13&limit=100");
    assert_eq!(found, all[1_200..]);
    // For a filtered list, too; the link keeps the filter.
    let (_, total, next) = read(&admin, "/stations?q=durak&limit=7");
    assert_eq!((&*total, &*next.unwrap()), ("1203", "/stations?q=durak&page=2&limit=7"));
    followed(&admin, "/stations?q=durak+1", 1_000, 315);
    let bus = |n: u32| json!({"plate": format!("34 L {n}"), "model": "M", "seatCount": 1});
    let made: Vec<Value> = (1..=25).map(|n| admin.post("/buses", &bus(n)).ok(201)).collect();
    assert_eq!(followed(&admin, "/buses", 1_000, 25).len(), made.len(), "more than a page");
    assert_eq!(read(&admin, "/buses?page=1").0.len(), 20);
}

#[test]
fn departures_and_tickets_come_two_hundred_at_once() {
    let world = World::new();
    let bus = world.bus("34 L 1");
    let mut routes = Vec::new();
    for n in 0..203 {
        let mut form = route_form(id(&bus), on_day(3, 9, 0) + minutes(n));
        form["allowOverlap"] = json!(true);
        routes.push(id(&world.agent.post("/routes", &form).ok(201)).to_owned());
    }
    assert_eq!(followed(&world.nobody, "/routes/upcoming", 200, 203), routes);
    let izmit = "/routes/upcoming?fromCity=%C4%B0zmit&toCity=ankara&days=30";
    assert_eq!(followed(&world.nobody, izmit, 200, 203), routes);
    let mut tickets = Vec::new();
    for n in 0..203 {
        let form = json!({
            "routeId": routes[n / 40], "fromCity": "İstanbul", "toCity": "Ankara",
            "seatNumber": n % 40 + 1, "gender": "OTHER", "userPhoneNumber": "5321234567",
            "passengerName": "Ayşe Yılmaz",
        });
        tickets.push(id(&world.agent.post("/tickets", &form).ok(201)).to_owned());
    }
    tickets.reverse();
    let search = "/tickets/search?userPhoneNumber=0532+123+45+67";
    assert_eq!(followed(&world.agent, search, 200, 203), tickets);
    assert_eq!(read(&world.agent, "/tickets/search?limit=100&page=3").0, tickets[200..]);
    // A script of a page from another origin can read where the rest is.
    let headers = [("origin", "http://localhost:3002")];
    let answer = world.agent.send("GET", search, &headers, None);
    let exposed = answer.header("access-control-expose-headers").unwrap().to_lowercase();
    assert!(exposed.split(',').any(|name| name == "link"), "{exposed}");
}
