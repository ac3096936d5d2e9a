//! Query parameters that an address does not know are refused by name, on every address.

use serde_json::{Value, json};

use crate::support::world::World;

const METHODS: [&str; 5] = ["get", "put", "post", "patch", "delete"];

#[test]
fn every_address_refuses_a_parameter_that_it_does_not_know() {
    let world = World::new();
    let document = world.nobody.get("/openapi.json").ok(200);
    let mut asked = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        let path = path.replace("{id}", "0199c0de-0000-7000-8000-000000000001");
        let path = path.replace(['{', '}'], "");
        for method in METHODS.into_iter().filter(|method| item.get(method).is_some()) {
            let body = matches!(method, "post" | "patch").then_some(&b"{}"[..]);
            for query in ["nope=1", "nope", "nope=&page", "%6eope=x"] {
                let asked = format!("{path}?{query}");
                let answer = world.admin.send(&method.to_uppercase(), &asked, &[], body);
                answer.problem(400, "validation_failed");
                assert!(answer.pointers().contains(&"/nope".to_owned()), "{method} {asked}");
                assert!(answer.text().contains("/nope is not known"), "{}", answer.text());
            }
            asked += 1;
        }
    }
    assert!(asked > 40, "{asked}");
    for path in
        ["/seats?nope=1", "/openapi.json?nope=1", "/asyncapi.json?nope=1", "/seats?token=x&nope=1"]
    {
        world.nobody.get(path).problem(400, "validation_failed");
        assert_eq!(world.nobody.get(path).pointers(), ["/nope"], "{path}");
    }
    assert_eq!(world.nobody.call("HEAD", "/stations?nope=1").status, 400);
}

/// The control: parameters that are described are known.
#[test]
fn every_described_parameter_is_known() {
    let world = World::new();
    let document = world.nobody.get("/openapi.json").ok(200);
    for (path, item) in document["paths"].as_object().unwrap() {
        let parameters = item["get"]["parameters"].as_array().cloned().unwrap_or_default();
        // A stream does not end.
        if path.ends_with("/events") {
            continue;
        }
        let path = path.replace("{id}", "0199c0de-0000-7000-8000-000000000001");
        let path = path.replace(['{', '}'], "");
        for parameter in parameters.iter().filter(|parameter| parameter["in"] == "query") {
            let name = parameter["name"].as_str().unwrap();
            let answer = world.admin.get(&format!("{path}?{name}=1"));
            let told = answer.text();
            assert!(!told.contains("is not known"), "{path}?{name}: {told}");
        }
    }
    // Pages and the Socket.IO protocol have rules of their own.
    assert_eq!(world.nobody.get("/?from=x&utm_source=y").status, 200);
    assert_eq!(world.nobody.get("/socket.io/?EIO=4&transport=polling&t=1&x=y").status, 200);
}

#[test]
fn a_parameter_that_stands_twice_is_refused() {
    let world = World::new();
    let answer = world.nobody.get("/routes/destinations?fromCity=a&fromCity=b");
    answer.problem(400, "validation_failed");
    assert_eq!(answer.pointers(), ["/fromCity"]);
    assert_ne!(answer.json()["errors"], json!([]));
    assert!(matches!(answer.json(), Value::Object(_)));
}
