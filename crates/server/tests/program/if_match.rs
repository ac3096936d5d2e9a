//! `ETag` and `If-Match`: two editors do not overwrite each other (contract.md, "Conventions").

use serde_json::{Value, json};

use crate::bad_values::NOWHERE;
use crate::support::api::{Answer, Api};
use crate::support::world::{World, id};

/// Something with a tag, how it is changed, and how the change is visible.
struct Thing<'a> {
    editor: &'a Api,
    path: String,
    change: fn(u32) -> Value,
}

impl Thing<'_> {
    fn tag(&self) -> String {
        tag(&self.editor.get(&self.path))
    }

    fn changed(&self, number: u32, if_match: &str) -> Answer {
        self.sent("PATCH", if_match, Some((self.change)(number).to_string().as_bytes()))
    }

    fn sent(&self, method: &str, if_match: &str, body: Option<&[u8]>) -> Answer {
        self.editor.send(method, &self.path, &[("if-match", if_match)], body)
    }
}

#[track_caller]
fn tag(answer: &Answer) -> String {
    let tag = answer.header("etag").expect("an ETag").to_owned();
    assert!(tag.starts_with('"') && tag.ends_with('"'), "a strong tag: {tag}");
    tag
}

fn things(world: &World) -> Vec<Thing<'_>> {
    let bus = world.bus("34 M 1");
    let route = world.some_route();
    let ticket = world.booked(&world.owner, &route, 7);
    let station = world.admin.post("/stations", &json!({"name": "Bolu"})).ok(201);
    let seats = json!([{"type": "SEAT", "seatNo": 1}, {"type": "DRIVER"}]);
    let layout = json!({"name": "İki", "rowCount": 1, "colCount": 2, "seats": seats});
    let layout = world.admin.post("/seat-layouts", &layout).ok(201);
    let name = |number| json!({"name": format!("N {number}")});
    let thing = |kind: &str, of: &Value, change| Thing {
        editor: &world.admin,
        path: format!("/{kind}/{}", id(of)),
        change,
    };
    vec![
        thing("buses", &bus, |number| json!({"model": format!("M {number}")})),
        thing("routes", &route, |number| json!({"price": number + 1})),
        thing("tickets", &ticket, |number| json!({"passengerName": format!("P {number}")})),
        thing("stations", &station, name),
        thing("seat-layouts", &layout, name),
        thing(
            "users",
            &world.stranger.get("/auth/me").ok(200),
            |number| json!({"role": if number % 2 == 0 { "AGENT" } else { "ADMIN" }}),
        ),
    ]
}

#[test]
fn of_two_editors_the_second_is_told() {
    let world = World::new();
    for thing in things(&world) {
        let path = &thing.path;
        let seen = thing.tag();
        assert_eq!(thing.tag(), seen, "{path}: reading changes nothing");
        let first = thing.changed(1, &seen);
        assert_eq!(first.status, 200, "{path}: {}", first.text());
        assert_ne!(tag(&first), seen, "{path}");
        assert_eq!(thing.tag(), tag(&first), "{path}: the answer has the tag that is read next");
        let before = world.admin.get(path).json();
        thing.changed(2, &seen).problem(412, "precondition_failed");
        // As one of several tags, and on any number of header lines.
        let list = format!("\"dead\", {seen}");
        thing.changed(2, &list).problem(412, "precondition_failed");
        // Strong comparison: a weak tag never matches.
        let weak = format!("W/{}", thing.tag());
        thing.changed(2, &weak).problem(412, "precondition_failed");
        assert_eq!(world.admin.get(path).json(), before, "{path}: nothing was written");
        let list = format!("{seen},{}", thing.tag());
        assert_eq!(thing.changed(3, &list).status, 200, "{path}");
        assert_eq!(thing.changed(4, "*").status, 200, "{path}");
        assert_eq!(thing.editor.patch(path, &(thing.change)(5)).status, 200, "{path}");
    }
}

#[test]
fn two_at_the_same_moment_are_one_after_the_other() {
    let world = World::new();
    for thing in things(&world) {
        let seen = thing.tag();
        let change = |number| thing.changed(number, &seen).status;
        let statuses = std::thread::scope(|scope| {
            let racing: Vec<_> = (0..8).map(|number| scope.spawn(move || change(number))).collect();
            racing.into_iter().map(|one| one.join().expect("answered")).collect::<Vec<_>>()
        });
        let won = statuses.iter().filter(|status| **status == 200).count();
        assert_eq!(won, 1, "{}: {statuses:?}", thing.path);
        assert!(statuses.iter().all(|status| [200, 412].contains(status)), "{statuses:?}");
    }
}

#[test]
fn a_sale_moves_no_routes_tag_and_every_change_of_a_ticket_moves_its_own() {
    let world = World::new();
    let route = world.some_route();
    let path = format!("/routes/{}", id(&route));
    let of_route = tag(&world.nobody.get(&path));
    let ticket = world.booked(&world.owner, &route, 1);
    let ticket_path = format!("/tickets/{}", id(&ticket));
    let mut tags = vec![tag(&world.owner.get(&ticket_path))];
    for step in ["confirm", "suspend", "confirm", "cancel"] {
        let stepped = world.agent.call("PATCH", &format!("{ticket_path}/{step}"));
        assert_eq!(stepped.status, 200, "{step}: {}", stepped.text());
        tags.push(tag(&stepped));
        assert_eq!(tag(&world.owner.get(&ticket_path)), tag(&stepped), "{step}");
    }
    let different: std::collections::BTreeSet<_> = tags.iter().collect();
    assert_eq!(different.len(), tags.len(), "{tags:?}");
    assert_eq!(tag(&world.nobody.get(&path)), of_route);
    // A step based on an older version is refused, whichever step it is.
    let other = world.booked(&world.owner, &route, 2);
    let other_path = format!("/tickets/{}", id(&other));
    let seen = tag(&world.agent.get(&other_path));
    world.agent.patch(&other_path, &json!({"gender": "OTHER"})).ok(200);
    for (method, step) in
        [("PATCH", "/confirm"), ("PUT", "/suspend"), ("PUT", "/cancel"), ("DELETE", "")]
    {
        let stepped = format!("{other_path}{step}");
        let stepped = world.agent.send(method, &stepped, &[("if-match", &seen)], None);
        stepped.problem(412, "precondition_failed");
    }
    assert_eq!(world.agent.get(&other_path).ok(200)["status"], "RESERVED");
}

/// A booking's version is that of its part that was changed last.
#[test]
fn a_booking_is_cancelled_on_the_version_that_was_seen() {
    let world = World::new();
    let route = world.some_route();
    let person =
        |seat: u16| json!({"seatNumber": seat, "gender": "FEMALE", "passengerName": "A B"});
    let journey = json!({"routeId": route["id"], "fromCity": "İstanbul", "toCity": "Ankara",
        "passengers": [person(1), person(2)]});
    let form = json!({"journeys": [journey], "contact": {"phone": "0532 123 45 67"}});
    let made = world.owner.post("/bookings", &form).ok(201);
    let path = format!("/bookings/{}", id(&made));
    let cancel = |tag: &str| {
        world.owner.send("PATCH", &format!("{path}/cancel"), &[("if-match", tag)], None)
    };
    let seen = tag(&world.owner.get(&path));
    // Staff change one of its tickets meanwhile.
    let ticket = format!("/tickets/{}", id(&made["tickets"][1]));
    world.agent.patch(&ticket, &json!({"seatNumber": 4})).ok(200);
    let now = tag(&world.owner.get(&path));
    assert_ne!(now, seen);
    cancel(&seen).problem(412, "precondition_failed");
    assert_eq!(world.owner.get(&path).ok(200)["status"], "RESERVED", "nothing was written");
    let cancelled = cancel(&now);
    assert_eq!(cancelled.ok(200)["status"], "CANCELLED");
    assert_ne!(tag(&cancelled), now);
    assert_eq!(tag(&world.owner.get(&path)), tag(&cancelled));
}

#[test]
fn deleting_what_has_changed_is_refused_too() {
    let world = World::new();
    for thing in things(&world) {
        if thing.path.starts_with("/tickets/") || thing.path.starts_with("/routes/") {
            continue;
        }
        let seen = thing.tag();
        assert_eq!(thing.changed(1, "*").status, 200, "{}", thing.path);
        thing.sent("DELETE", &seen, None).problem(412, "precondition_failed");
        assert_eq!(thing.sent("DELETE", &thing.tag(), None).status, 204, "{}", thing.path);
    }
    let route = world.some_route();
    let path = format!("/routes/{}", id(&route));
    let seen = tag(&world.admin.get(&path));
    world.admin.patch(&path, &json!({"price": 1})).ok(200);
    let deleted = world.admin.send("DELETE", &path, &[("if-match", &seen)], None);
    deleted.problem(412, "precondition_failed");
    assert_eq!(world.admin.send("DELETE", &path, &[("if-match", "*")], None).status, 204);
}

#[test]
fn what_is_not_a_tag_is_named_and_what_is_refused_anyway_is_told_why() {
    let world = World::new();
    let route = world.some_route();
    let path = format!("/routes/{}", id(&route));
    for malformed in ["", "18f2", "\"1", "\"1\" \"2\"", "*, \"1\"", "ü"] {
        let body = br#"{"price": 1}"#;
        let answer = world.admin.send("PATCH", &path, &[("if-match", malformed)], Some(body));
        answer.problem(400, "malformed_if_match");
    }
    let old = [("if-match", "\"1\"")];
    let unknown = format!("/routes/{NOWHERE}");
    let answer = world.admin.send("PATCH", &unknown, &old, Some(br#"{"price": 1}"#));
    answer.problem(404, "route_not_found");
    let answer = world.owner.send("PATCH", &path, &old, Some(br#"{"price": 1}"#));
    answer.problem(403, "role_required");
    let answer = world.admin.send("PATCH", &path, &old, Some(br#"{"price": -1}"#));
    answer.problem(400, "validation_failed");
    assert_eq!(world.admin.get(&path).ok(200)["price"], 750);
    // A page of another host may read the tag.
    let answer = world.nobody.send("GET", &path, &[("origin", "https://shop.example")], None);
    assert!(answer.header("access-control-expose-headers").unwrap().contains("etag"));
}
