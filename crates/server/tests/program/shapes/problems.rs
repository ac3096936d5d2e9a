//! Problems: one of every status, and the answer for an unknown address or method.

use serde_json::json;

use super::shape;
use crate::support::world::{World, booking, id};

#[test]
fn one_problem_of_every_status() {
    let world = World::new();
    let route = world.some_route();
    let mut form = booking(&route, 1);
    form["seatNumber"] = json!(0);
    form["userPhoneNumber"] = json!("1");
    let answer = world.owner.post("/tickets", &form);
    shape("problem_400", &answer.problem(400, "validation_failed"));

    let answer = world.nobody.post("/tickets", &booking(&route, 1));
    assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
    shape("problem_401", &answer.problem(401, "unauthorized"));

    let ticket = world.booked(&world.owner, &route, 1);
    let path = format!("/tickets/{}", id(&ticket));
    shape("problem_403", &world.stranger.get(&path).problem(403, "not_yours"));

    let path = "/tickets/0199c0de-0000-7000-8000-000000000001";
    shape("problem_404", &world.owner.get(path).problem(404, "ticket_not_found"));

    let answer = world.owner.call("PUT", "/tickets");
    assert_eq!(answer.header("allow").map(|allow| allow.contains("POST")), Some(true));
    shape("problem_405", &answer.problem(405, "method_not_allowed"));

    let answer = world.stranger.post("/tickets", &booking(&route, 1));
    shape("problem_409", &answer.problem(409, "seat_taken"));

    let body = vec![b' '; 64 * 1024 + 1];
    let answer = world.owner.send("POST", "/tickets", &[], Some(&body));
    shape("problem_413", &answer.problem(413, "payload_too_large"));
}

#[test]
fn an_unknown_address_is_a_problem_for_every_method() {
    let world = World::new();
    for path in ["/nowhere", "/routes/", "/assets/../../Cargo.toml", "/client/test/x", "/seats/x"] {
        for method in ["GET", "POST", "PATCH", "DELETE"] {
            let answer = world.nobody.call(method, path);
            assert!(matches!(answer.status, 404 | 405), "{method} {path}: {}", answer.status);
            let code = if answer.status == 404 { "not_found" } else { "method_not_allowed" };
            answer.problem(answer.status, code);
        }
    }
}

#[test]
fn every_answer_names_its_request_and_forbids_sniffing() {
    let world = World::new();
    let mut ids = std::collections::BTreeSet::new();
    for path in ["/health/live", "/nowhere", "/", "/stations", "/auth/me", "/openapi.json"] {
        let answer = world.nobody.get(path);
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        ids.insert(answer.header("x-request-id").unwrap().to_owned());
    }
    assert_eq!(ids.len(), 6, "each has its own");
    // An id from a caller is not used: it could be any text.
    let headers = [("x-request-id", "made-up")];
    let answer = world.nobody.send("GET", "/health/live", &headers, None);
    assert_ne!(answer.header("x-request-id"), Some("made-up"));
}
