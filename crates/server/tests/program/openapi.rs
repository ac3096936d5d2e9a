//! `/openapi.json`: everything that the contract promises, and nothing that hangs in the air.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::world::World;

/// contract.md, "REST".
const PROMISED: &str = "
    POST /auth/register
    POST /auth/login
    GET /auth/me
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
    GET /websocket/stats
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
