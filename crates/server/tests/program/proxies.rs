//! Behind a trusted proxy, the caller is the one that the proxy names; no other request is believed
//! about where it comes from.

use std::net::Ipv4Addr;

use crate::support::raw_connection::RawConnection;
use crate::support::waiting::wait_for;
use crate::support::websocket_frame::handshake;
use crate::support::world::{World, id};

/// The status for a request that comes from this proxy with this header.
fn status(world: &World, proxy: u8, said: &str) -> u16 {
    let mut connection =
        RawConnection::open_from(Ipv4Addr::new(127, 0, 0, proxy), world.server.port);
    connection
        .send(format!("GET /stations HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{said}\r\n"));
    connection.head().split(' ').nth(1).unwrap().parse().unwrap()
}

fn x_forwarded_for(hops: &str) -> String {
    format!("X-Forwarded-For: {hops}\r\n")
}

#[test]
fn each_caller_has_a_budget_of_their_own() {
    let world = World::with(|launch| {
        launch.setting("LIMIT_READ", "1/h").setting("TRUSTED_PROXIES", "127.0.0.40/30,10.0.0.0/8")
    });
    let proxy = |hops: &str| status(&world, 40, &x_forwarded_for(hops));
    assert_eq!(proxy("192.0.2.1"), 200);
    assert_eq!(proxy("192.0.2.1"), 429);
    assert_eq!(status(&world, 41, &x_forwarded_for("192.0.2.1")), 429, "by another proxy");
    assert_eq!(proxy("192.0.2.2"), 200, "another caller");
    // Made up by the caller, to the left of what our proxies wrote.
    assert_eq!(proxy("192.0.2.99, 192.0.2.1"), 429);
    assert_eq!(proxy("192.0.2.99, 192.0.2.1, 10.1.2.3"), 429, "over two proxies");
    assert_eq!(status(&world, 40, "Forwarded: for=192.0.2.1;proto=https\r\n"), 429);
    assert_eq!(status(&world, 40, "Forwarded: for=\"[2001:db8:1:2::7]:4711\"\r\n"), 200);
    assert_eq!(proxy("2001:db8:1:2:ffff::1"), 429, "a customer's whole network");
    // A hidden caller is counted for its proxy, which has one budget.
    assert_eq!(proxy("unknown"), 200);
    assert_eq!(proxy("_hidden"), 429);
    assert_eq!(status(&world, 40, ""), 429, "the proxy itself");
}

#[test]
fn nobody_else_is_believed() {
    for trusted in ["", "127.0.0.50"] {
        let world = World::with(|launch| {
            launch.setting("LIMIT_READ", "1/h").setting("TRUSTED_PROXIES", trusted)
        });
        assert_eq!(status(&world, 51, &x_forwarded_for("192.0.2.1")), 200);
        assert_eq!(status(&world, 51, &x_forwarded_for("192.0.2.2")), 429, "trusted: {trusted:?}");
        assert_eq!(status(&world, 51, "Forwarded: for=192.0.2.3\r\n"), 429);
    }
}

/// Not only budgets: everything that depends on the address.
#[test]
fn guesses_at_booking_codes_are_counted_by_caller() {
    let world = World::with(|launch| launch.setting("TRUSTED_PROXIES", "127.0.0.60"));
    let guess = |caller: &str, code: u32| {
        let mut connection =
            RawConnection::open_from(Ipv4Addr::new(127, 0, 0, 60), world.server.port);
        connection.send(format!(
            "GET /tickets/pnr/VV00{code:05}?phone=5321234567 HTTP/1.1\r\nHost: x\r\n\
             X-Forwarded-For: {caller}\r\nConnection: close\r\n\r\n"
        ));
        connection.head().split(' ').nth(1).unwrap().parse::<u16>().unwrap()
    };
    let mut code = 0;
    while guess("192.0.2.1", code) == 404 {
        code += 1;
        assert!(code < 15, "guessing costs nothing");
    }
    assert_eq!(guess("192.0.2.1", 99), 429);
    assert_eq!(guess("192.0.2.2", 100), 404, "another caller behind the same proxy");
}

/// All callers behind it share one address then: the operator should not have to guess why.
#[test]
fn a_proxy_that_is_not_named_is_told_of_in_the_log_once() {
    let world = World::with(|launch| launch.setting("LIMIT_READ", "1/h"));
    for _ in 0..3 {
        status(&world, 70, &x_forwarded_for("192.0.2.1"));
    }
    let log = world.server.terminate().stderr;
    assert_eq!(log.matches("SEATWIRE_TRUSTED_PROXIES").count(), 1, "{log}");
}

/// The proxy has as many connections as it needs; each of its callers has as many viewers as one that
/// comes by itself.
#[test]
fn each_caller_has_so_many_viewers_at_a_time() {
    let world = World::with(|launch| {
        launch.setting("CONNECTIONS_PER_ADDRESS", "3").setting("TRUSTED_PROXIES", "127.0.0.80")
    });
    let events = format!("/routes/{}/events", id(&world.some_route()));
    let ask = |request: String| {
        let proxy = Ipv4Addr::new(127, 0, 0, 80);
        let mut connection = RawConnection::open_from(proxy, world.server.port);
        connection.send(request);
        let status: u16 = connection.head().split(' ').nth(1).unwrap().parse().unwrap();
        (status, connection)
    };
    let socket = |caller: &str| ask(handshake("/seats", &x_forwarded_for(caller)));
    let stream = |caller: &str| {
        let said = x_forwarded_for(caller);
        ask(format!("GET {events} HTTP/1.1\r\nHost: localhost\r\n{said}\r\n"))
    };
    let mut open: Vec<_> = (0..3).map(|_| socket("192.0.2.1")).collect();
    assert_eq!(open.iter().map(|(status, _)| *status).collect::<Vec<_>>(), [101; 3]);
    assert_eq!((socket("192.0.2.1").0, stream("192.0.2.1").0), (429, 429));
    let others = [stream("192.0.2.2"), socket("192.0.2.2"), stream("192.0.2.2")];
    assert_eq!(others.each_ref().map(|(status, _)| *status), [200, 101, 200], "another caller");
    assert_eq!((stream("192.0.2.2").0, socket("192.0.2.2").0), (429, 429));
    open.pop();
    wait_for("its place is free again", || {
        let (status, connection) = socket("192.0.2.1");
        open.extend((status == 101).then_some((status, connection)));
        status == 101
    });
    drop(others);
    wait_for("so are those of the other", || stream("192.0.2.2").0 == 200);
}
