//! Staff may send ten times as many messages on a realtime connection (contract.md, "Running it"),
//! for as long as the connection is theirs.

use serde_json::json;

use crate::support::raw_connection::RawConnection;
use crate::support::websocket_frame::{next_text, open, text};
use crate::support::world::{World, id};

const SOCKET_IO: &str = "/socket.io/?EIO=4&transport=websocket";
/// More than anybody may send.
const TRIES: usize = 600;

/// A budget of fifty, which does not refill during the test.
fn world() -> World {
    World::with(|launch| launch.setting("LIMIT_MESSAGE", "50/h"))
}

fn agents_token(world: &World) -> &str {
    world.agent.token.as_deref().unwrap()
}

/// The message is sent until it is refused, or this often: how often it was served.
fn served(connection: &mut RawConnection, message: &str, tries: usize) -> usize {
    let is_served = |_: &usize| {
        connection.send(text(message));
        let answer = next_text(connection);
        assert!(answer.contains("subscribed") || answer.contains("rate_limited"), "{answer}");
        !answer.contains("rate_limited")
    };
    (0..tries).take_while(is_served).count()
}

fn plain(event: &str, data: &serde_json::Value) -> String {
    json!({"event": event, "data": data}).to_string()
}

#[test]
fn staff_send_ten_times_as_many_on_a_plain_websocket() {
    let world = world();
    let route = world.some_route();
    let subscribe = plain("subscribe_route", &json!({"routeId": id(&route)}));
    let path = |token: &str| format!("/seats?token={token}");
    let mut staffs = open(world.server.port, &path(agents_token(&world)));
    assert_eq!(served(&mut staffs, &subscribe, TRIES), 500);
    let mut customers = open(world.server.port, &path(world.owner.token.as_deref().unwrap()));
    assert_eq!(served(&mut customers, &subscribe, TRIES), 50);
}

#[test]
fn who_authenticates_as_staff_sends_more_from_then_on_and_no_longer_than_that() {
    let world = world();
    let route = world.some_route();
    let subscribe = plain("subscribe_route", &json!({"routeId": id(&route)}));
    let mut connection = open(world.server.port, "/seats");
    let authenticate = |connection: &mut RawConnection, token: &str| {
        connection.send(text(&plain("authenticate", &json!({"token": token}))));
        let answer = next_text(connection);
        assert!(answer.contains("\"authenticated\""), "{answer}");
    };
    assert_eq!(served(&mut connection, &subscribe, 40), 40);
    // With it 41 of the fifty are spent. A message of staff costs a tenth of one.
    authenticate(&mut connection, agents_token(&world));
    assert_eq!(served(&mut connection, &subscribe, 49), 49);
    // With it 46 are.
    authenticate(&mut connection, world.owner.token.as_deref().unwrap());
    assert_eq!(served(&mut connection, &subscribe, TRIES), 4);
}

#[test]
fn staff_send_ten_times_as_many_over_socket_io_until_they_leave() {
    let world = world();
    let route = world.some_route();
    let subscribe = format!(r#"42/seats,["subscribe_route",{{"routeId":"{}"}}]"#, id(&route));
    let enter = |connection: &mut RawConnection, data: &str| {
        connection.send(text(&format!("40/seats,{data}")));
        let answer = next_text(connection);
        assert!(answer.starts_with("40/seats,{"), "{answer}");
    };
    let session = || {
        let mut connection = open(world.server.port, SOCKET_IO);
        assert!(next_text(&mut connection).starts_with("0{"));
        connection
    };
    let token = json!({"token": agents_token(&world)}).to_string();
    let mut staffs = session();
    // Whose CONNECT it is, is not known before.
    enter(&mut staffs, &token);
    assert_eq!(served(&mut staffs, &subscribe, TRIES), 490);
    let mut left = session();
    enter(&mut left, &token);
    left.send(text("41/seats,"));
    enter(&mut left, "");
    assert_eq!(served(&mut left, &subscribe, TRIES), 48);
}

/// A role that ends takes the messages with it.
#[test]
fn who_is_no_longer_staff_sends_as_many_as_others() {
    let world = world();
    let route = world.some_route();
    let subscribe = plain("subscribe_route", &json!({"routeId": id(&route)}));
    let path = format!("/seats?token={}", agents_token(&world));
    let mut connection = open(world.server.port, &path);
    assert_eq!(served(&mut connection, &subscribe, 100), 100);
    let agent = world.agent.get("/auth/me").ok(200);
    let user = format!("/users/{}", id(&agent));
    world.admin.patch(&user, &json!({"role": "CUSTOMER"})).ok(200);
    // A hundred of staff's are ten of the fifty.
    assert_eq!(served(&mut connection, &subscribe, TRIES), 40);
}
