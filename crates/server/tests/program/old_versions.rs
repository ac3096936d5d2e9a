//! Every operation that `/openapi.json` says `If-Match` of looks at it (contract.md,
//! "Conventions"): a write that nothing else speaks against is refused on another version.

use std::cell::Cell;

use serde_json::{Value, json};

use crate::support::world::{World, id, registration};

/// A tag that no version has.
const OTHER_TAG: &str = "\"1\"";

/// Makes the things that are changed; each once, so that no write depends on another.
struct Things {
    world: World,
    route: Value,
    made: Cell<u16>,
}

impl Things {
    fn new() -> Self {
        let world = World::new();
        let route = world.some_route();
        Self { world, route, made: Cell::new(0) }
    }

    /// A thing that the operation can be done with: where it is read, and its id.
    fn of(&self, operation: &str) -> (&'static str, String) {
        let number = self.made.get() + 1;
        self.made.set(number);
        let world = &self.world;
        let (_, path) = operation.split_once(' ').unwrap();
        let kinds = ["/stations", "/buses", "/seat-layouts", "/routes", "/users", "/bookings"];
        let kind = kinds.into_iter().find(|kind| path.starts_with(kind)).unwrap_or("/tickets");
        let id_of = |thing: &Value| id(thing).to_owned();
        let id = match kind {
            "/stations" => {
                let form = json!({"name": format!("Durak {number}")});
                id_of(&world.admin.post(kind, &form).ok(201))
            }
            "/buses" => id_of(&world.bus(&format!("34 V {number}"))),
            "/seat-layouts" => {
                let seats = json!([{"type": "SEAT", "seatNo": 1}, {"type": "DRIVER"}]);
                let name = format!("Düzen {number}");
                let form = json!({"name": name, "rowCount": 1, "colCount": 2, "seats": seats});
                id_of(&world.admin.post(kind, &form).ok(201))
            }
            "/routes" => id_of(&world.some_route()),
            "/users" => {
                let email = format!("v{number}@test.example");
                let form = registration(&email, ["Ali", "Kaya"]);
                id_of(&world.nobody.post("/auth/register", &form).ok(201)["user"])
            }
            "/bookings" => {
                let ticket = world.booked(&world.owner, &self.route, number);
                ticket["bookingId"].as_str().unwrap().to_owned()
            }
            _ if path.starts_with("/payments/refund") => id_of(&world.paid(&self.route, number)),
            _ => id_of(&world.booked(&world.owner, &self.route, number)),
        };
        (kind, id)
    }
}

/// A change of a field that the thing has.
fn change(operation: &str) -> Option<Value> {
    let text = json!("Başka");
    let change = match operation {
        "PATCH /stations/{id}" | "PATCH /seat-layouts/{id}" => json!({"name": text}),
        "PATCH /buses/{id}" => json!({"model": text}),
        "PATCH /routes/{id}" => json!({"price": 900}),
        "PATCH /users/{id}" => json!({"role": "AGENT"}),
        "PATCH /tickets/{id}" => json!({"passengerName": text}),
        _ => return None,
    };
    Some(change)
}

fn promises_412(operation: &Value) -> bool {
    operation["responses"].get("412").is_some()
}

#[test]
fn every_operation_that_takes_a_version_refuses_another_one() {
    let things = Things::new();
    let admin = &things.world.admin;
    let document = admin.get("/openapi.json").ok(200);
    let mut tried = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, described) in item.as_object().unwrap() {
            if !promises_412(described) {
                continue;
            }
            let method = method.to_uppercase();
            let operation = format!("{method} {path}");
            let (kind, id) = things.of(&operation);
            let (read, written) = (format!("{kind}/{id}"), path.replace("{id}", &id));
            let body = change(&operation).map(|change| change.to_string());
            let send = |tag: &str| {
                let body = body.as_ref().map(String::as_bytes);
                admin.send(&method, &written, &[("if-match", tag)], body)
            };
            let before = admin.get(&read);
            let refused = send(OTHER_TAG);
            assert_eq!(refused.status, 412, "{operation}: {}", refused.text());
            refused.problem(412, "precondition_failed");
            let after = admin.get(&read);
            assert_eq!(after.json(), before.json(), "{operation}: nothing was written");
            // It was the version alone that was wrong.
            let done = send(after.header("etag").expect("a tag"));
            assert!(done.status < 300, "{operation}: {}", done.text());
            tried += 1;
        }
    }
    assert!(tried >= 20, "{tried}");
}
