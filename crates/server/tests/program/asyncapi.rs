//! `/asyncapi.json` names the server as the caller reached it, and no cache keeps it for another
//! caller.

use serde_json::{Value, json};

use crate::support::world::World;

fn document(world: &World, headers: &[(&str, &str)]) -> Value {
    let answer = world.nobody.send("GET", "/asyncapi.json", headers, None);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    answer.json()
}

#[test]
fn the_server_is_named_as_it_was_reached() {
    let world = World::new();
    let hosts_and_protocols = |document: Value| {
        ["websocket", "http"].map(|name| {
            let server = &document["servers"][name];
            json!([server["host"], server["protocol"]])
        })
    };
    let here = format!("localhost:{}", world.server.port);
    let found = hosts_and_protocols(document(&world, &[]));
    assert_eq!(found, [json!([here, "ws"]), json!([here, "http"])]);

    let behind_proxy = [("host", "seats.example"), ("x-forwarded-proto", "https")];
    let document = document(&world, &behind_proxy);
    assert_eq!(document["info"]["contact"]["url"], "https://seats.example");
    let found = hosts_and_protocols(document);
    assert_eq!(found, [json!(["seats.example", "wss"]), json!(["seats.example", "https"])]);
}
