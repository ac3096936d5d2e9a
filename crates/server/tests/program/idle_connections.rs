//! How long unused and unread connections are kept: idle ones as long as announced, unread answers
//! and event streams for a bounded time; and which ones are closed first when there is no room.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use serde_json::Value;
use socket2::{Domain, Socket, Type};

use crate::support::event_reader::watch;
use crate::support::raw_connection::{RawConnection, is_ended};
use crate::support::waiting::wait_for;
use crate::support::websocket_frame::{PING, PONG, frame, handshake, next, open, text};
use crate::support::world::{World, booking, id};

const LIVE: &str = "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n";

/// One request and its whole answer; the head is returned.
fn asked(connection: &mut RawConnection, request: &str) -> String {
    connection.send(request);
    let head = connection.head();
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    connection.body(&head);
    head
}

/// A client whose system takes almost nothing while it does not read.
fn unread(world: &World, request: impl AsRef<[u8]>) -> TcpStream {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(2_048).unwrap();
    // The other side keeps a number of segments, however large they are.
    socket.set_tcp_mss(536).unwrap();
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, world.server.port));
    socket.connect(&address.into()).unwrap();
    let mut stream = TcpStream::from(socket);
    stream.write_all(request.as_ref()).unwrap();
    stream
}

/// Far more than any system keeps for a connection.
fn many_answers() -> String {
    "GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n".repeat(200)
}

/// A departure with more events than the system keeps for such a client.
fn with_history(world: &World) -> Value {
    let route = world.some_route();
    for _ in 0..150 {
        let ticket = world.booked(&world.agent, &route, 1);
        world.agent.call("DELETE", &format!("/tickets/{}", id(&ticket))).ok(200);
    }
    route
}

#[test]
fn an_idle_connection_is_kept_as_long_as_was_told_and_then_ended_in_good_order() {
    let told = Duration::from_secs(5);
    let world = World::with(|launch| launch.setting("KEEP_ALIVE_SECONDS", "5"));
    let mut connection = RawConnection::open(world.server.port);
    assert!(asked(&mut connection, LIVE).contains("\r\nkeep-alive: timeout=5\r\n"));
    // Not from the answer on: it may be read late.
    let asked_at = Instant::now();
    assert!(asked(&mut connection, LIVE).contains("\r\nkeep-alive: timeout=5\r\n"), "and again");
    assert!(connection.rest().is_empty(), "nothing but the end");
    let open_for = asked_at.elapsed();
    assert!(open_for >= told, "only {open_for:?}");
    // The last answer of a connection does not say that there will be another.
    connection = RawConnection::open(world.server.port);
    connection.send(LIVE.replace("Host", "Connection: close\r\nHost"));
    let last = String::from_utf8(connection.rest()).unwrap();
    assert!(last.starts_with("HTTP/1.1 200 "), "{last}");
    let usual = World::new();
    let answer = usual.nobody.get("/health/live");
    assert_eq!(answer.header("keep-alive"), Some("timeout=75"));
}

#[test]
fn a_client_that_never_reads_its_answers_is_given_up() {
    let world = World::new();
    world.nobody.get("/health/live").ok(200);
    let before = world.server.open_files();
    let streams: Vec<_> = (0..20).map(|_| unread(&world, many_answers())).collect();
    wait_for("they are taken", || world.server.open_files() >= before + 20);
    wait_for("they are given up", || world.server.open_files() <= before);
    drop(streams);
}

#[test]
fn a_watcher_of_an_event_stream_that_never_reads_is_given_up() {
    let world = World::new();
    let route = with_history(&world);
    let mut reader = watch(&world.nobody, id(&route), None);
    assert_eq!(reader.next().name, "subscribed");
    let viewers = || {
        let stats = world.agent.get("/websocket/stats").ok(200);
        stats["routeDetails"][0]["subscriberCount"].as_u64().unwrap()
    };
    let path = format!("/routes/{}/events", id(&route));
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nLast-Event-ID: 0\r\n\r\n");
    let streams: Vec<_> = (0..3).map(|_| unread(&world, &request)).collect();
    wait_for("they watch", || viewers() == 4);
    wait_for("they are given up", || viewers() == 1);
    // A viewer that reads is not closed.
    world.booked(&world.agent, &route, 2);
    assert_eq!(reader.seat_update()["seatNumber"], 2);
    drop(streams);
}

#[test]
fn when_files_run_short_idle_connections_go_first_and_viewers_never() {
    const OPEN_FILES_MAX: u32 = 200;
    let world = World::with(|launch| launch.open_files_max(OPEN_FILES_MAX));
    let route = world.some_route();
    let mut streams: Vec<_> = (0..5).map(|_| watch(&world.nobody, id(&route), None)).collect();
    streams.iter_mut().for_each(|stream| assert_eq!(stream.next().name, "subscribed"));
    let mut sockets: Vec<_> = (0..10).map(|_| open(world.server.port, "/seats")).collect();
    let mut idle: Vec<_> = (0..OPEN_FILES_MAX * 2)
        .map(|_| {
            let mut connection = RawConnection::open(world.server.port);
            asked(&mut connection, LIVE);
            connection
        })
        .collect();
    assert!(world.server.log().contains("no connection can be taken"), "there was no room");
    assert!(idle[0].rest().is_empty(), "the one that was idle longest was ended in good order");
    asked(idle.last_mut().unwrap(), LIVE);
    world.agent.post("/tickets", &booking(&route, 1)).ok(201);
    for stream in &mut streams {
        assert_eq!(stream.seat_update()["seatNumber"], 1);
    }
    for socket in &mut sockets {
        socket.send(frame(0x80 | PING, b"there?"));
        assert_eq!(next(socket), Some((PONG, b"there?".to_vec())));
    }
}

#[test]
fn when_files_run_short_those_who_do_not_read_go_too() {
    const OPEN_FILES_MAX: u32 = 200;
    let world = World::with(|launch| launch.open_files_max(OPEN_FILES_MAX));
    let mut waited_for = TcpStream::connect(("localhost", world.server.port)).unwrap();
    waited_for.write_all(b"GET / HTTP/1.1\r\n").unwrap();
    let unread: Vec<_> = (0..OPEN_FILES_MAX).map(|_| unread(&world, many_answers())).collect();
    let mut honest = RawConnection::open(world.server.port);
    asked(&mut honest, LIVE);
    // It did not have to wait until they were given up: the server still waits for a head that was
    // begun before them and has as much time.
    assert!(!is_ended(&waited_for));
    drop(unread);
}

#[test]
fn a_stop_does_not_wait_for_those_who_do_not_read_but_for_requests_under_way() {
    let world = World::new();
    let body = r#"{"email": "owner@test.example", "password": "correct horse"}"#;
    let (first, second) = body.split_at(20);
    let mut honest = RawConnection::open(world.server.port);
    honest.send(format!(
        "POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{first}",
        body.len()
    ));
    let before = world.server.open_files();
    let route = with_history(&world);
    let subscribe = format!(
        r#"{{"event": "subscribe_route", "data": {{"routeId": "{}", "since": 0}}}}"#,
        id(&route)
    );
    let mut socket = handshake("/seats", "").into_bytes();
    socket.extend(text(&subscribe));
    let events = format!("GET /routes/{}/events HTTP/1.1\r\nHost: x\r\n", id(&route));
    let streams: Vec<_> = [
        many_answers().into_bytes(),
        format!("{events}Last-Event-ID: 0\r\n\r\n").into_bytes(),
        socket,
    ]
    .iter()
    .cycle()
    .take(9)
    .map(|said| unread(&world, said))
    .collect();
    wait_for("they are taken", || {
        let stats = world.agent.get("/websocket/stats").ok(200);
        stats["routeDetails"][0]["subscriberCount"] == 6
            && world.server.open_files() >= before + streams.len()
    });
    let World { server, .. } = world;
    let port = server.port;
    let stopping = std::thread::spawn(move || server.terminate());
    wait_for("it takes no more connections", || TcpStream::connect(("127.0.0.1", port)).is_err());
    honest.send(second);
    let answer = String::from_utf8(honest.rest()).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("\"token\""), "{answer}");
    let ended = stopping.join().unwrap();
    assert_eq!(ended.exit_code, Some(0), "{}", ended.stderr);
    for late in ["did not end in time", "was not finished before the stop"] {
        assert!(!ended.stderr.contains(late), "{}", ended.stderr);
    }
    for mut stream in streams {
        let _ = stream.read(&mut [0]);
    }
}
