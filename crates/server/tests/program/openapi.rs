//! `/openapi.json`: everything that the contract promises, and nothing without a definition.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::world::World;

/// contract.md, "REST".
const PROMISED: &str = "
    POST /auth/register
    POST /auth/login
    GET /auth/me
    POST /auth/logout
    POST /auth/refresh
    POST /auth/forgot
    POST /auth/reset
    POST /auth/verification
    POST /auth/verify
    POST /auth/totp
    POST /auth/totp/confirm
    DELETE /users/{id}/totp
    PATCH /auth/password
    GET /auth/me/personal-data
    POST /auth/me/erasure
    GET /users
    GET /users/{id}
    PATCH /users/{id}
    DELETE /users/{id}
    GET /personal-data
    POST /personal-data/erasure
    GET /stations
    GET /stations/{id}
    POST /stations
    PATCH /stations/{id}
    DELETE /stations/{id}
    POST /buses
    GET /buses
    GET /buses/stats
    GET /buses/plate/{plate}
    GET /buses/{id}
    PATCH /buses/{id}
    DELETE /buses/{id}
    GET /bus-features
    GET /bus-features/icons
    POST /bus-features
    PATCH /bus-features/{id}
    DELETE /bus-features/{id}
    POST /buses/{id}/token
    DELETE /buses/{id}/token
    GET /tracking/search
    GET /tracking/location/{id}
    POST /tracking/{id}/positions
    POST /seat-layouts
    GET /seat-layouts
    GET /seat-layouts/{id}
    PATCH /seat-layouts/{id}
    DELETE /seat-layouts/{id}
    POST /routes
    GET /routes
    GET /routes/search
    GET /routes/upcoming
    GET /routes/popular
    GET /routes/destinations
    GET /routes/stations
    GET /routes/stats
    GET /routes/{id}
    PATCH /routes/{id}
    DELETE /routes/{id}
    GET /routes/{id}/events
    POST /routes/{id}/blocks
    GET /routes/{id}/blocks
    DELETE /routes/{id}/blocks/{block_id}
    POST /holds
    GET /holds/{token}
    DELETE /holds/{token}
    POST /holds/{token}/extend
    POST /tickets
    GET /tickets
    GET /tickets/my-tickets
    GET /tickets/search
    GET /tickets/stats
    GET /tickets/available-seats/{id}
    GET /tickets/pnr/{pnr}
    GET /tickets/{id}
    PATCH /tickets/{id}
    DELETE /tickets/{id}
    PATCH /tickets/{id}/confirm
    PUT /tickets/{id}/confirm
    PATCH /tickets/{id}/suspend
    PUT /tickets/{id}/suspend
    PATCH /tickets/{id}/cancel
    PUT /tickets/{id}/cancel
    POST /bookings
    GET /bookings/{id}
    GET /bookings/pnr/{pnr}
    PATCH /bookings/{id}/cancel
    POST /payments
    GET /payments/history
    POST /payments/refund/{id}
    GET /audit
    GET /health/live
    GET /health/ready
    GET /metrics
    GET /websocket/stats
    GET /sockets
    POST /sockets/disconnect
    POST /sockets/notice
";

const METHODS: [&str; 5] = ["get", "put", "post", "patch", "delete"];

fn document() -> Value {
    World::new().nobody.get("/openapi.json").ok(200)
}

fn operations(document: &Value) -> Vec<(String, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    let mut operations = Vec::new();
    for (path, item) in paths {
        for (method, operation) in item.as_object().unwrap() {
            if METHODS.contains(&method.as_str()) {
                operations.push((format!("{} {path}", method.to_uppercase()), operation));
            }
        }
    }
    operations
}

#[test]
fn every_promised_operation_is_described_and_no_other() {
    let document = document();
    assert_eq!(document["openapi"].as_str().map(|version| &version[..3]), Some("3.1"));
    let described: BTreeSet<_> = operations(&document).into_iter().map(|(name, _)| name).collect();
    let promised: BTreeSet<_> = PROMISED
        .lines()
        .map(|line| line.trim().to_owned())
        .filter(|line| !line.is_empty())
        .collect();
    assert_eq!(described, promised);
}

/// Arrays that are no lists with pages: the numbers of one bus's seats, and a top list.
const WITHOUT_PAGES: [&str; 2] = ["GET /tickets/available-seats/{id}", "GET /routes/popular"];

/// contract.md, "Conventions".
#[test]
fn every_list_takes_a_page_and_tells_its_length() {
    let document = document();
    let is_list = |(_, operation): &(String, &Value)| {
        operation["responses"]["200"]["content"]["application/json"]["schema"]["type"] == "array"
    };
    let lists: Vec<_> = operations(&document).into_iter().filter(is_list).collect();
    assert!(lists.len() > 15, "{lists:?}");
    for (name, list) in lists.iter().filter(|(name, _)| !WITHOUT_PAGES.contains(&&**name)) {
        for asked in ["page", "limit"] {
            let mut parameters = list["parameters"].as_array().into_iter().flatten();
            let is_there = parameters.any(|known| known["name"] == asked && known["in"] == "query");
            assert!(is_there, "{name} does not take {asked}");
        }
        let headers = &list["responses"]["200"]["headers"];
        assert!(headers["X-Total-Count"].is_object(), "{name} does not tell its length");
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document();
    let mut references = BTreeSet::new();
    collect(&document, &mut references);
    assert!(references.len() > 20, "{references:?}");
    for reference in references {
        let pointer =
            reference.strip_prefix('#').unwrap_or_else(|| panic!("leads out: {reference}"));
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
}

fn collect(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(reference)) = fields.get("$ref") {
                into.insert(reference.clone());
            }
            fields.values().for_each(|field| collect(field, into));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, into)),
        _ => {}
    }
}

#[test]
fn every_operation_can_be_generated_from() {
    let document = document();
    let mut ids = BTreeSet::new();
    for (name, operation) in operations(&document) {
        if let Some(id) = operation["operationId"].as_str() {
            ids.insert((id.to_owned(), name.clone()));
        }
        let parameters: Vec<_> = operation["parameters"].as_array().into_iter().flatten().collect();
        let in_path = name.split('{').skip(1).map(|part| part.split('}').next().unwrap());
        for parameter in in_path {
            let described = |known: &&&Value| known["name"] == parameter && known["in"] == "path";
            let found = parameters.iter().find(described);
            let found = found.unwrap_or_else(|| panic!("{name}: {parameter} is not described"));
            assert_eq!(found["required"], true, "{name}: {parameter}");
        }
        let mut known = BTreeSet::new();
        for parameter in parameters {
            let place = (parameter["in"].to_string(), parameter["name"].to_string());
            assert!(known.insert(place), "{name}: {parameter} stands twice");
        }
        let responses = operation["responses"].as_object().unwrap();
        assert!(responses.keys().any(|status| status.starts_with('2')), "{name}: no success");
        let problem = &responses["default"]["content"]["application/problem+json"]["schema"];
        assert!(problem["$ref"].is_string(), "{name}: no problem");
    }
}

#[test]
fn the_shapes_of_the_answers_are_the_described_ones() {
    let document = document();
    let world = World::new();
    let route = world.some_route();
    let ticket = world.booked(&world.owner, &route, 1);
    for (shape, value) in [
        ("Ticket", &ticket),
        ("Route", &route),
        ("Bus", &route["bus"]),
        ("UserBrief", &ticket["user"]),
    ] {
        let described = document["components"]["schemas"][shape]["properties"].as_object();
        let described: BTreeSet<_> =
            described.unwrap_or_else(|| panic!("{shape}")).keys().collect();
        let sent: BTreeSet<_> = value.as_object().unwrap().keys().collect();
        assert_eq!(sent, described, "{shape}");
    }
}

/// Where a version may be sent: operations that change one thing that has one.
const ON_A_VERSION: &str = "
    PATCH /stations/{id}
    PATCH /users/{id}
    DELETE /users/{id}
    DELETE /stations/{id}
    PATCH /buses/{id}
    DELETE /buses/{id}
    PATCH /seat-layouts/{id}
    DELETE /seat-layouts/{id}
    PATCH /routes/{id}
    DELETE /routes/{id}
    PATCH /tickets/{id}
    DELETE /tickets/{id}
    PATCH /tickets/{id}/confirm
    PUT /tickets/{id}/confirm
    PATCH /tickets/{id}/suspend
    PUT /tickets/{id}/suspend
    PATCH /tickets/{id}/cancel
    PUT /tickets/{id}/cancel
    PATCH /bookings/{id}/cancel
    POST /payments/refund/{id}
";

fn has_header(operation: &Value, name: &str) -> bool {
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    let mut headers = parameters.filter(|known| known["in"] == "header");
    headers.any(|known| known["name"] == name && known["required"] == false)
}

/// The answers of success that have this header.
fn answers_with(operation: &Value, header: &str) -> bool {
    let responses = operation["responses"].as_object().unwrap();
    let mut successes = responses.iter().filter(|(status, _)| status.starts_with('2'));
    successes.all(|(_, answer)| answer["headers"][header]["schema"]["type"] == "string")
}

fn is_problem(operation: &Value, status: &str) -> bool {
    let content = &operation["responses"][status]["content"]["application/problem+json"];
    content["schema"]["$ref"].is_string()
}

#[test]
fn every_write_says_that_it_takes_a_key_and_the_server_looks_at_it() {
    let world = World::new();
    let document = world.nobody.get("/openapi.json").ok(200);
    let mut keyed = 0;
    for (name, operation) in operations(&document) {
        let (method, path) = name.split_once(' ').unwrap();
        let described = has_header(operation, "Idempotency-Key");
        assert_eq!(answers_with(operation, "Idempotent-Replayed"), described, "{name}");
        assert_eq!(is_problem(operation, "422"), described, "{name}");
        // A text that cannot be a key is refused wherever keys are used, before anything else.
        let nowhere = "01990000-0000-7000-8000-000000000000";
        let path: Vec<_> = path
            .split('/')
            .map(|part| if part.starts_with('{') { nowhere } else { part })
            .collect();
        let key = [("idempotency-key", "two words")];
        if method != "GET" {
            let answer = world.admin.send(method, &path.join("/"), &key, Some(b"{}"));
            let is_looked_at = answer.text().contains("malformed_idempotency_key");
            assert_eq!(is_looked_at, described, "{name}: {}", answer.text());
        }
        keyed += usize::from(described);
    }
    assert!(keyed > 30, "{keyed}");
}

#[test]
fn every_change_of_a_thing_says_that_it_takes_a_version() {
    let document = document();
    let described: BTreeSet<_> = operations(&document)
        .into_iter()
        .filter(|(name, operation)| {
            let takes = has_header(operation, "If-Match");
            assert_eq!(is_problem(operation, "412"), takes, "{name}");
            takes
        })
        .map(|(name, _)| name)
        .collect();
    let promised = ON_A_VERSION.lines().map(|line| line.trim().to_owned());
    assert_eq!(described, promised.filter(|line| !line.is_empty()).collect());
}

#[test]
fn an_answer_has_a_tag_where_it_says_so() {
    let world = World::new();
    let route = world.some_route();
    let ticket = world.booked(&world.owner, &route, 1);
    let station = world.admin.post("/stations", &serde_json::json!({"name": "Bolu"})).ok(201);
    let document = world.nobody.get("/openapi.json").ok(200);
    let text = |of: &Value, field: &str| of[field].as_str().unwrap().to_owned();
    for (path, address) in [
        ("/routes/{id}", format!("/routes/{}", text(&route, "id"))),
        ("/routes", "/routes".to_owned()),
        ("/buses/{id}", format!("/buses/{}", text(&route, "busId"))),
        ("/buses", "/buses".to_owned()),
        ("/stations/{id}", format!("/stations/{}", text(&station, "id"))),
        ("/tickets/{id}", format!("/tickets/{}", text(&ticket, "id"))),
        ("/tickets/pnr/{pnr}", format!("/tickets/pnr/{}", text(&ticket, "pnrNumber"))),
        ("/tickets", "/tickets".to_owned()),
        ("/bookings/{id}", format!("/bookings/{}", text(&ticket, "bookingId"))),
        ("/bookings/pnr/{pnr}", format!("/bookings/pnr/{}", text(&ticket, "pnrNumber"))),
        ("/audit", "/audit".to_owned()),
    ] {
        let answer = world.admin.get(&address);
        assert_eq!(answer.status, 200, "{address}: {}", answer.text());
        let described = answers_with(&document["paths"][path]["get"], "ETag");
        assert_eq!(answer.header("etag").is_some(), described, "{path}");
    }
    let (booked, moved) = ("/tickets", format!("/tickets/{}", text(&ticket, "id")));
    let made = world.owner.post(booked, &crate::support::world::booking(&route, 2));
    let moved = world.owner.patch(&moved, &serde_json::json!({"seatNumber": 5}));
    for (answer, path, method) in [(made, booked, "post"), (moved, "/tickets/{id}", "patch")] {
        assert!(answer.header("etag").is_some(), "{path}: {}", answer.text());
        assert!(answers_with(&document["paths"][path][method], "ETag"), "{path}");
    }
}
