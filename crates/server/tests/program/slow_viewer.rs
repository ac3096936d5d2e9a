//! Viewers that stop reading harm only themselves: they cost bounded memory, the others get events
//! as before, and when they read again they get everything, in order.

use std::net::{Ipv4Addr, SocketAddr, TcpStream};

use serde_json::Value;
use socket2::{Domain, Socket, Type};

use crate::support::api::Api;
use crate::support::event_reader::watch;
use crate::support::raw_connection::RawConnection;
use crate::support::websocket_frame::{PING, TEXT, handshake, next, next_text, text};
use crate::support::world::{World, booking, id};

const STALLED: usize = 60;
const BUYERS: u16 = 8;
/// How often each buyer books and cancels its seat: three events each time.
const ROUNDS: u64 = 210;
const EVENTS: u64 = BUYERS as u64 * ROUNDS * 3;
/// If everything that the stalled viewers do not read were kept for each of them, it would be about
/// four times as much.
const GROWTH_KIB_MAX: u64 = 30 * 1024;

/// A viewer whose system takes almost nothing while it does not read.
fn stalled(world: &World, route: &Value) -> RawConnection {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(2_048).unwrap();
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, world.server.port));
    socket.connect(&address.into()).unwrap();
    let mut connection = RawConnection::over(TcpStream::from(socket));
    connection.send(handshake("/seats", ""));
    assert!(connection.head().starts_with("HTTP/1.1 101 "));
    let subscribe =
        format!(r#"{{"event": "subscribe_route", "data": {{"routeId": "{}"}}}}"#, id(route));
    connection.send(text(&subscribe));
    assert!(next_text(&mut connection).starts_with(r#"{"event":"subscribed""#));
    connection
}

/// The next text; a ping of the server may come before it.
fn next_message(connection: &mut RawConnection) -> String {
    loop {
        match next(connection) {
            Some((TEXT, payload)) => return String::from_utf8(payload).unwrap(),
            Some((PING, _)) => {}
            other => panic!("no text but {other:?}"),
        }
    }
}

fn trade(agent: &Api, route: &Value, seat: u16, rounds: u64) {
    for _ in 0..rounds {
        let ticket = agent.post("/tickets", &booking(route, seat)).ok(201);
        agent.call("DELETE", &format!("/tickets/{}", id(&ticket))).ok(200);
    }
}

#[test]
fn stalled_viewers_cost_little_and_miss_nothing() {
    let world = World::new();
    let route = world.some_route();
    let mut slow: Vec<_> = (0..STALLED).map(|_| stalled(&world, &route)).collect();
    let mut quick = watch(&world.nobody, id(&route), None);
    assert_eq!(quick.next().name, "subscribed");
    // What only the first bookings need is not measured.
    trade(&world.agent, &route, 20, 20);
    let warm = 20 * 3;
    let before = world.server.rss_kib();
    std::thread::scope(|scope| {
        for seat in 1..=BUYERS {
            let (agent, route) = (&world.agent, &route);
            scope.spawn(move || trade(agent, route, seat, ROUNDS));
        }
        for seq in 1..=warm + EVENTS {
            assert_eq!(quick.seat_update()["seq"], seq, "the others are told as before");
        }
    });
    let growth = world.server.rss_kib().saturating_sub(before);
    assert!(growth < GROWTH_KIB_MAX, "{STALLED} viewers that do not read cost {growth} KiB");
    for connection in slow.iter_mut().take(5) {
        for seq in 1..=warm + EVENTS {
            let update: Value = serde_json::from_str(&next_message(connection)).unwrap();
            assert_eq!(
                (&update["event"], &update["data"]["seq"]),
                (&"seat_update".into(), &seq.into())
            );
        }
    }
}
