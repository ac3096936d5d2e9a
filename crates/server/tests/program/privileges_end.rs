//! A socket loses its privileges with its token, its role or its account, while it stays open; for
//! every kind of socket, in production, where booking codes are for staff and owners.

use std::time::{Duration, Instant};

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use crate::support::api::Api;
use crate::support::clock::now;
use crate::support::event_reader::watch;
use crate::support::raw_connection::RawConnection;
use crate::support::websocket_frame::{
    CLOSE, PING, TEXT, goodbye, handshake, next, next_text, opened, text,
};
use crate::support::world::{World, booking, id};

const SECRET: &str = "c81f94e0b7a25d3687f1c2be09a4d653";
/// The promise is one minute.
const PATIENCE: Duration = Duration::from_secs(60);

pub fn production(auth: &str) -> World {
    World::with(|launch| {
        launch
            .setting("MODE", "production")
            .setting("ALLOW_MOCK_PAYMENTS", "true")
            .setting("JWT_SECRET", SECRET)
            .setting("GATEWAY_AUTH", auth)
    })
}

/// A token of this user that is good for this many seconds.
fn token(of: &Api, seconds: i64) -> String {
    let user = of.get("/auth/me").ok(200);
    let now = now().as_second();
    let claims = json!({
        "sub": user["id"], "email": user["email"], "role": user["role"], "iat": now,
        "exp": now + seconds, "jti": "0199c0de-0000-7000-8000-000000000001",
    });
    let key = EncodingKey::from_secret(SECRET.as_bytes());
    jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key).unwrap()
}

/// As another process would change them.
fn change_accounts(world: &World, sql: &str) {
    let database = rusqlite::Connection::open(world.folder.path().join("s.db")).unwrap();
    database.busy_timeout(Duration::from_secs(10)).unwrap();
    assert_eq!(database.execute(sql, []).unwrap(), 1, "{sql}");
}

const DEMOTE: &str = "UPDATE users SET role = 'CUSTOMER' WHERE email = 'agent@test.example'";
const DISABLE: &str = "UPDATE users SET disabled_at = 1 WHERE email = 'agent@test.example'";

/// A socket with this token that watches the route; its `seat_update`s come as JSON texts.
pub fn plain(world: &World, route: &Value, token: &str) -> RawConnection {
    let mut connection = RawConnection::open(world.server.port);
    connection.send(handshake(&format!("/seats?token={token}"), ""));
    opened(&mut connection);
    let subscribe = json!({"event": "subscribe_route", "data": {"routeId": route["id"]}});
    connection.send(text(&subscribe.to_string()));
    assert!(next_text(&mut connection).starts_with(r#"{"event":"subscribed""#));
    connection
}

pub fn socket_io(world: &World, route: &Value, token: &str) -> RawConnection {
    let mut connection = RawConnection::open(world.server.port);
    connection.send(handshake("/socket.io/?EIO=4&transport=websocket", ""));
    opened(&mut connection);
    assert!(next_text(&mut connection).starts_with("0{"));
    connection.send(text(&format!(r#"40/seats,{{"token":"{token}"}}"#)));
    assert!(next_text(&mut connection).starts_with("40/seats,{"));
    let subscribe = json!(["subscribe_route", {"routeId": route["id"]}]);
    connection.send(text(&format!("42/seats,{subscribe}")));
    assert!(next_text(&mut connection).starts_with(r#"42/seats,["subscribed""#));
    connection
}

/// Whether the next event shows the booking code.
pub fn shows_code(connection: &mut RawConnection) -> bool {
    loop {
        match next(connection) {
            Some((TEXT, payload)) => {
                let text = String::from_utf8(payload).unwrap();
                match text.as_str() {
                    "2" => connection.send(self::text("3")),
                    update => {
                        assert!(update.contains("seat_update"), "{update}");
                        return update.contains("pnrNumber");
                    }
                }
            }
            Some((PING, _)) => {}
            other => panic!("no event but {other:?}"),
        }
    }
}

/// Sells a seat and cancels it, until no socket shows the code any more.
fn sells_until_hidden(world: &World, route: &Value, mut shows: impl FnMut() -> bool) {
    let start = Instant::now();
    loop {
        let ticket = world.admin.post("/tickets", &booking(route, 1)).ok(201);
        world.admin.call("DELETE", &format!("/tickets/{}", id(&ticket))).ok(200);
        // Sold, cancelled, free; the last event names no ticket.
        let shown = [shows(), shows()];
        shows();
        if shown == [false, false] {
            return;
        }
        assert!(start.elapsed() < PATIENCE, "the code is still shown");
    }
}

#[test]
fn with_the_token() {
    let world = production("optional");
    let route = world.some_route();
    let short = token(&world.agent, 3);
    let mut plain = plain(&world, &route, &short);
    let mut stock = socket_io(&world, &route, &short);
    let mut stream = watch(&world.nobody.with_token(short), id(&route), None);
    assert_eq!(stream.next().name, "subscribed");
    world.booked(&world.owner, &route, 2);
    assert!(shows_code(&mut plain) && shows_code(&mut stock), "as long as it is good");
    assert!(stream.seat_update()["pnrNumber"].is_string());
    sells_until_hidden(&world, &route, || {
        let stream = stream.seat_update()["pnrNumber"].is_string();
        let (plain, stock) = (shows_code(&mut plain), shows_code(&mut stock));
        plain || stock || stream
    });
    // It is the same subscription: no event was lost on the way.
    let seq = world.seq(id(&route));
    world.booked(&world.owner, &route, 3);
    assert_eq!(stream.seat_update()["seq"], seq + 1);
}

#[test]
fn with_the_role_and_with_the_account() {
    for change in [DEMOTE, DISABLE] {
        let world = production("optional");
        let route = world.some_route();
        let token = world.agent.token.clone().unwrap();
        let mut plain = plain(&world, &route, &token);
        let mut stock = socket_io(&world, &route, &token);
        world.booked(&world.owner, &route, 2);
        assert!(shows_code(&mut plain) && shows_code(&mut stock));
        change_accounts(&world, change);
        sells_until_hidden(&world, &route, || {
            let (plain, stock) = (shows_code(&mut plain), shows_code(&mut stock));
            plain || stock
        });
    }
}

#[test]
fn a_token_of_a_disabled_account_is_refused_like_a_bad_one() {
    let world = production("optional");
    let token = world.agent.token.clone().unwrap();
    change_accounts(&world, DISABLE);
    let start = Instant::now();
    while world.agent.get("/auth/me").status != 401 {
        assert!(start.elapsed() < PATIENCE);
    }
    let mut connection = RawConnection::open(world.server.port);
    connection.send(handshake("/socket.io/?EIO=4&transport=websocket", ""));
    opened(&mut connection);
    assert!(next_text(&mut connection).starts_with("0{"));
    connection.send(text(&format!(r#"40/seats,{{"token":"{token}"}}"#)));
    assert_eq!(next_text(&mut connection), r#"44/seats,{"message":"Unauthorized"}"#);
    let mut plain = RawConnection::open(world.server.port);
    plain.send(handshake(&format!("/seats?token={token}"), ""));
    assert!(plain.head().starts_with("HTTP/1.1 401 "));
}

/// A viewer that is no longer known has to reconnect and is identified again.
#[test]
fn where_viewers_must_be_known_the_connection_ends() {
    let world = production("required");
    let route = world.some_route();
    let short = token(&world.agent, 2);
    let mut plain = plain(&world, &route, &short);
    let mut stock = socket_io(&world, &route, &short);
    let mut other = self::plain(&world, &route, world.agent.token.as_deref().unwrap());
    for connection in [&mut plain, &mut stock] {
        let (code, reason) = goodbye(connection);
        assert_eq!(code, 1008);
        assert!(reason.contains("token"), "{reason}");
    }
    let stream = world.nobody.with_token(token(&world.agent, 2));
    let mut stream = watch(&stream, id(&route), None);
    assert_eq!(stream.next().name, "subscribed");
    stream.ends();
    world.booked(&world.owner, &route, 1);
    assert!(shows_code(&mut other), "whose token is good stays");
    change_accounts(&world, DISABLE);
    loop {
        match next(&mut other).expect("a close frame") {
            (CLOSE, payload) => break assert_eq!(payload[..2], 1008_u16.to_be_bytes()),
            (TEXT | PING, _) => {}
            frame => panic!("{frame:?}"),
        }
    }
}

/// A viewer that has authenticated again before its token expired.
#[test]
fn a_token_that_was_renewed_in_time_is_not_missed() {
    let world = production("required");
    let route = world.some_route();
    let short = token(&world.agent, 4);
    let long = world.agent.token.as_deref().unwrap();
    let (mut left, mut renewed) = (plain(&world, &route, &short), plain(&world, &route, &short));
    let (mut left_stock, mut renewed_stock) =
        (socket_io(&world, &route, &short), socket_io(&world, &route, &short));
    let message = json!({"event": "authenticate", "data": {"token": long}});
    renewed.send(text(&message.to_string()));
    assert!(
        next_text(&mut renewed).starts_with(r#"{"event":"authenticated","data":{"expiresAt":"#)
    );
    let message = json!(["authenticate", {"token": long}]);
    renewed_stock.send(text(&format!("42/seats,{message}")));
    assert!(
        next_text(&mut renewed_stock).starts_with(r#"42/seats,["authenticated",{"expiresAt":"#)
    );
    for connection in [&mut left, &mut left_stock] {
        assert_eq!(goodbye(connection).0, 1008, "its time is over");
    }
    world.booked(&world.owner, &route, 1);
    assert!(shows_code(&mut renewed) && shows_code(&mut renewed_stock));
}
