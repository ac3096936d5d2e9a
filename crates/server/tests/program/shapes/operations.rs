//! Health, figures, and the configuration that the pages get.

use serde_json::json;

use super::shape;
use crate::support::clock::on_day;
use crate::support::event_reader::watch;
use crate::support::running_server::Launch;
use crate::support::world::{CARD_THAT_PAYS, World, id, pay};

#[test]
fn health() {
    let world = World::new();
    shape("health", &world.nobody.get("/health/live").ok(200));
    shape("health", &world.nobody.get("/health/ready").ok(200));
}

#[test]
fn figures() {
    let world = World::new();
    let route = world.some_route();
    world.route(on_day(4, 23, 0));
    world.agent.patch(&format!("/routes/{}", id(&route)), &json!({"type": "LUXURY"})).ok(200);
    let bus = json!({
        "plate": "35 M 1", "model": "Lion", "seatCount": 37, "layoutType": "LAYOUT_1_2",
        "specs": {"brand": "MAN"},
    });
    world.admin.post("/buses", &bus).ok(201);
    let reserved = world.booked(&world.owner, &route, 1);
    world.booked(&world.agent, &route, 2);
    let mut part = crate::support::world::booking(&route, 3);
    part["toCity"] = json!("Bolu");
    let refunded = world.owner.post("/tickets", &part).ok(201);
    pay(&world.owner, id(&refunded), CARD_THAT_PAYS).ok(200);
    let figures = |path: &str| world.agent.get(path).ok(200);
    shape("ticket_stats", &figures("/tickets/stats"));
    world.owner.call("DELETE", &format!("/tickets/{}", id(&refunded))).ok(200);
    world.agent.call("PATCH", &format!("/tickets/{}/suspend", id(&reserved))).ok(200);
    shape("ticket_stats_later", &figures("/tickets/stats"));
    shape("bus_stats", &figures("/buses/stats"));
    shape("route_stats", &figures("/routes/stats"));
}

#[test]
fn who_is_watching() {
    let world = World::new();
    let route = world.some_route();
    shape("websocket_stats_nobody", &world.agent.get("/websocket/stats").ok(200));
    let mut readers =
        [watch(&world.nobody, id(&route), None), watch(&world.owner, id(&route), None)];
    for reader in &mut readers {
        assert_eq!(reader.next().name, "subscribed");
    }
    shape("websocket_stats", &world.agent.get("/websocket/stats").ok(200));
}

#[test]
fn what_the_pages_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let server = Launch::bare(folder.path()).run();
    let api = crate::support::api::Api::new(server.url());
    shape("page_config_demo", &api.get("/page-config.json").ok(200));
    let world = World::new();
    shape("page_config", &world.nobody.get("/page-config.json").ok(200));
}

#[test]
fn who_did_what() {
    let world = World::new();
    let route = world.some_route();
    let path = format!("/routes/{}", id(&route));
    world.admin.patch(&path, &json!({"price": 800.5, "captainName": "Veli"})).ok(200);
    let ticket = world.paid(&route, 1);
    let changes = json!({"seatNumber": 5, "passengerName": "Zehra Ak"});
    world.agent.patch(&format!("/tickets/{}", id(&ticket)), &changes).ok(200);
    world.agent.get(&format!("/tickets/{}", id(&ticket))).ok(200);
    shape("audit", &world.admin.get(&format!("/audit?routeId={}", id(&route))).ok(200));
}
