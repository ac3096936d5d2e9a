//! When the store cannot look up accounts, its last answer counts, for HTTP, SSE, Socket.IO and
//! plain WebSocket alike, and no caller with a good token gets "Unauthorized".

use std::time::{Duration, Instant};

use jiff::SignedDuration;

use crate::support::api::Api;
use crate::support::event_reader::watch;
use crate::support::raw_connection::RawConnection;
use crate::support::websocket_frame::{handshake, next_text, opened, text};
use crate::support::world::{World, booking, id};

const PATIENCE: Duration = Duration::from_secs(60);
const SOCKET_IO: &str = "/socket.io/?EIO=4&transport=websocket";

/// Makes accounts unreadable in the store, though all else can be read; cached accounts are dropped
/// first.
pub fn accounts_cannot_be_read(world: &World) {
    let database = rusqlite::Connection::open(world.folder.path().join("s.db")).unwrap();
    database.busy_timeout(Duration::from_secs(10)).unwrap();
    database
        .execute_batch(
            "BEGIN; UPDATE account_changes SET number = number + 1;
             ALTER TABLE users RENAME TO users_aside; COMMIT;",
        )
        .unwrap();
    // This request reads the account itself, and says so when it cannot.
    let start = Instant::now();
    while world.stranger.get("/auth/me").status == 200 {
        assert!(start.elapsed() < PATIENCE, "accounts are still remembered");
    }
}

pub fn accounts_can_be_read(world: &World) {
    let database = rusqlite::Connection::open(world.folder.path().join("s.db")).unwrap();
    database.busy_timeout(Duration::from_secs(10)).unwrap();
    database.execute_batch("ALTER TABLE users_aside RENAME TO users").unwrap();
}

fn token(of: &Api) -> &str {
    of.token.as_deref().unwrap()
}

/// The answer to CONNECT.
pub fn socket_io(world: &World, token: &str) -> String {
    let mut connection = RawConnection::open(world.server.port);
    connection.send(handshake(SOCKET_IO, ""));
    opened(&mut connection);
    assert!(next_text(&mut connection).starts_with("0{"));
    connection.send(text(&format!(r#"40/seats,{{"token":"{token}"}}"#)));
    next_text(&mut connection)
}

/// The head of the answer to a handshake.
pub fn plain_head(world: &World, token: &str) -> String {
    let mut connection = RawConnection::open(world.server.port);
    connection.send(handshake(&format!("/seats?token={token}"), ""));
    connection.head()
}

/// Its first line.
pub fn plain(world: &World, token: &str) -> String {
    plain_head(world, token).lines().next().unwrap_or_default().to_owned()
}

#[test]
fn counts_for_every_way_in() {
    let world = World::new();
    let route = world.some_route();
    // Both were looked up a moment ago. The stranger is known to be disabled.
    world.agent.get("/buses/stats").ok(200);
    let database = rusqlite::Connection::open(world.folder.path().join("s.db")).unwrap();
    database.busy_timeout(Duration::from_secs(10)).unwrap();
    let disable = "UPDATE users SET disabled_at = 1 WHERE email = 'owner@test.example'";
    database.execute_batch(disable).unwrap();
    drop(database);
    let start = Instant::now();
    while world.owner.get("/payments/history").status != 401 {
        assert!(start.elapsed() < PATIENCE, "the account is not disabled");
    }
    accounts_cannot_be_read(&world);

    world.agent.get("/buses/stats").ok(200);
    assert!(socket_io(&world, token(&world.agent)).starts_with("40/seats,{\"sid\""));
    assert!(plain(&world, token(&world.agent)).starts_with("HTTP/1.1 101 "));
    let mut stream = watch(&world.agent, id(&route), None);
    assert_eq!(stream.next().name, "subscribed");

    // A refused token stays refused.
    world.owner.get("/payments/history").problem(401, "unauthorized");
    let refused = r#"44/seats,{"message":"Unauthorized"}"#;
    assert_eq!(socket_io(&world, token(&world.owner)), refused);
    assert!(plain(&world, token(&world.owner)).starts_with("HTTP/1.1 401 "));
    let events = format!("/routes/{}/events", id(&route));
    world.owner.get(&events).problem(401, "unauthorized");
    drop(stream);
    accounts_can_be_read(&world);
}

/// An account that the store was never asked about is unknown: a request that needs it gets an
/// answer to try again; a viewer sees what every viewer may see until the account is known.
#[test]
fn nobody_is_told_that_a_good_token_is_bad() {
    let world = World::new();
    let route = world.some_route();
    // A new process has looked up no account yet.
    let world = world.later(SignedDuration::ZERO);
    accounts_cannot_be_read(&world);

    world.agent.get("/buses/stats").problem(503, "unavailable");
    assert!(socket_io(&world, token(&world.agent)).starts_with("40/seats,{\"sid\""));
    assert!(plain(&world, token(&world.agent)).starts_with("HTTP/1.1 101 "));
    let mut stream = watch(&world.agent, id(&route), None);
    assert_eq!(stream.next().name, "subscribed");
    // A forged token is refused as always, and a client without one is served.
    let forged = "e30.e30.e30";
    world.nobody.with_token(forged).get("/buses/stats").problem(401, "unauthorized");
    assert_eq!(socket_io(&world, forged), r#"44/seats,{"message":"Unauthorized"}"#);
    world.nobody.get(&format!("/routes/{}", id(&route))).ok(200);
    accounts_can_be_read(&world);
    world.agent.post("/tickets", &booking(&route, 1)).ok(201);
    assert_eq!(stream.seat_update()["seatNumber"], 1);
}
