//! Lists: the entries of a page, and the total.

use serde_json::{Value, json};

use super::shape;
use crate::support::clock::{minutes, now, on_day};
use crate::support::world::{World, id};

fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap()).collect()
}

#[test]
fn bare_lists_tell_their_total_in_a_header() {
    let world = World::new();
    for name in ["Çorum", "Iğdır", "İzmir", "Zonguldak", "Afyon"] {
        world.admin.post("/stations", &json!({"name": name})).ok(201);
    }
    let page = |query: &str, total: &str| {
        let answer = world.nobody.get(&format!("/stations{query}"));
        assert_eq!(answer.header("x-total-count"), Some(total), "{query}");
        answer.ok(200)
    };
    let all = page("", "5");
    assert_eq!(names(&all).len(), 5);
    let firsts = page("?limit=2", "5");
    let seconds = page("?page=2&limit=2", "5");
    let thirds = page("?page=3&limit=2", "5");
    assert_eq!([names(&firsts), names(&seconds), names(&thirds)].concat(), names(&all));
    assert_eq!(page("?page=4&limit=2", "5"), json!([]));
    assert_eq!(names(&page("?q=IGDIR", "1")), ["Iğdır"]);
    assert_eq!(page("?q=%25", "0"), json!([]), "a wildcard of the database is a letter here");
}

/// Lists that are short enough to be read whole: a page is cut from them.
#[test]
fn short_lists_have_pages_too() {
    let world = World::new();
    let route = world.route(now() + minutes(60));
    let block = |seat: u64| json!({"seatNumbers": [seat], "reason": "Broken belt"});
    let blocks = format!("/routes/{}/blocks", id(&route));
    let blocks_made = [1, 2, 3].map(|seat| world.agent.post(&blocks, &block(seat)).ok(201));
    world.route(now() + minutes(90));
    for (by, path, total) in [
        (&world.agent, blocks.as_str(), blocks_made.len()),
        (&world.nobody, "/routes/destinations?fromCity=istanbul", 3),
        (&world.nobody, "/tracking/search?from=istanbul", 2),
        (&world.nobody, "/bus-features/icons", 14),
    ] {
        let asked = |query: String| {
            let joined = if path.contains('?') { "&" } else { "?" };
            let answer = by.get(&format!("{path}{joined}{query}"));
            let counted = answer.header("x-total-count").map(str::to_owned);
            assert_eq!(counted, Some(total.to_string()), "{path} {query}");
            answer.ok(200).as_array().unwrap().clone()
        };
        let all = asked(String::new());
        assert_eq!(all.len(), total, "{path}");
        let pages = (1..=total).flat_map(|page| asked(format!("page={page}&limit=1")));
        assert_eq!(pages.collect::<Vec<_>>(), all, "{path}");
        assert_eq!(asked("page=2&limit=100".to_owned()), [Value::Null; 0], "{path}");
        let none = by.get(&format!("{path}{}page=0", if path.contains('?') { "&" } else { "?" }));
        none.problem(400, "validation_failed");
    }
}

#[test]
fn routes_carry_their_total_in_meta() {
    let world = World::new();
    for hour in [9, 11, 13] {
        world.route(on_day(3, hour, 0));
    }
    let meta = |path: &str| world.nobody.get(path).ok(200)["meta"].clone();
    shape("meta", &meta("/routes"));
    assert_eq!(
        meta("/routes?limit=2"),
        json!({"total": 3, "page": 1, "limit": 2, "totalPages": 2})
    );
    let day = crate::support::clock::day_of(on_day(3, 9, 0));
    let search =
        format!("/routes/search?fromCity=istanbul&toCity=ankara&date={day}&limit=2&page=2");
    assert_eq!(meta(&search), json!({"total": 3, "page": 2, "limit": 2, "totalPages": 2}));
    assert_eq!(world.nobody.get(&search).ok(200)["data"].as_array().unwrap().len(), 1);
    let none = "/routes/search?fromCity=a&toCity=b&date=2030-01-01";
    assert_eq!(meta(none), json!({"total": 0, "page": 1, "limit": 20, "totalPages": 0}));
}

#[test]
fn the_bounds_of_pages_are_told_by_field() {
    let world = World::new();
    for list in [
        "/stations",
        "/buses",
        "/routes",
        "/routes/upcoming",
        "/tickets",
        "/tickets/my-tickets",
        "/payments/history",
        "/routes/search?fromCity=a&toCity=b&date=2030-01-01",
    ] {
        let with = |query: &str| {
            let separator = if list.contains('?') { '&' } else { '?' };
            world.admin.get(&format!("{list}{separator}{query}"))
        };
        for last in ["page=100&limit=100", "page=10000&limit=1", "page=500"] {
            assert_eq!(with(last).status, 200, "{list}");
        }
        for (query, pointers) in [
            ("page=0", vec!["/page"]),
            ("page=-1", vec!["/page"]),
            ("page=x", vec!["/page"]),
            ("page=101&limit=100", vec!["/page"]),
            ("page=10001&limit=1", vec!["/page"]),
            ("page=501", vec!["/page"]),
            ("page=99999999999999999999", vec!["/page"]),
            ("limit=0", vec!["/limit"]),
            ("limit=101", vec!["/limit"]),
            ("limit=1.5", vec!["/limit"]),
            ("page=0&limit=0", vec!["/page", "/limit"]),
        ] {
            let answer = with(query);
            answer.problem(400, "validation_failed");
            assert_eq!(answer.pointers(), pointers, "{list} {query}");
        }
    }
}

#[test]
fn tickets_are_listed_newest_first_and_by_whom_they_concern() {
    let world = World::new();
    let route = world.some_route();
    let ticket = |by, seat| id(&world.booked(by, &route, seat)).to_owned();
    let (first, second) = (ticket(&world.owner, 1), ticket(&world.owner, 2));
    let (sold, other) = (ticket(&world.agent, 3), ticket(&world.stranger, 4));
    let ids = |by: &crate::support::api::Api, path: &str| -> Vec<String> {
        let list = by.get(path).ok(200);
        list.as_array().unwrap().iter().map(|ticket| id(ticket).to_owned()).collect()
    };
    assert_eq!(ids(&world.owner, "/tickets/my-tickets"), [&*second, &*first]);
    assert_eq!(ids(&world.owner, "/tickets/my-tickets?status=CANCELLED"), [""; 0]);
    assert_eq!(ids(&world.agent, "/tickets/my-tickets"), [&*sold]);
    assert_eq!(ids(&world.agent, "/tickets"), [&*sold], "agents see what they issued");
    assert_eq!(ids(&world.admin, "/tickets"), [&*other, &*sold, &*second, &*first]);
    assert_eq!(ids(&world.admin, "/tickets?paymentStatus=PAID"), [&*sold]);
    assert_eq!(ids(&world.admin, "/tickets?status=RESERVED&limit=1&page=2"), [&*second]);
    let owner = world.owner.get("/auth/me").ok(200);
    let by_owner = format!("/tickets?userId={}&routeId={}", id(&owner), id(&route));
    assert_eq!(ids(&world.admin, &by_owner), [&*second, &*first]);
}
