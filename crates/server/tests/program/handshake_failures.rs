//! Realtime connections that do not begin are counted by transport and reason, and so are those
//! that do not become TLS.

use std::io::Write as _;
use std::net::TcpStream;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::crypto::ring;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::json;

use crate::last_known::{plain, socket_io};
use crate::support::figures::{figure, operators, value};
use crate::support::raw_connection::exchange;
use crate::support::running_server::Launch;
use crate::support::socket_io::SocketIo;
use crate::support::waiting::wait_for;
use crate::support::websocket_frame::{handshake, next_text, open, text};
use crate::support::world::{World, id};

/// What no test of a server has asked for yet.
const UNKNOWN_ROUTE: &str = "/routes/0199c0de-0000-7000-8000-000000000001/events";
const FORGED: &str = "e30.e30.e30";

pub fn sample(transport: &str, reason: &str) -> String {
    let labels = format!(r#"transport="{transport}",reason="{reason}""#);
    format!("seatwire_handshake_failures_total{{{labels}}}")
}

#[test]
fn each_failed_handshake_has_its_reason() {
    let world = World::with(|launch| {
        launch.setting("CORS_ORIGINS", "https://shop.example").setting("LIMIT_HANDSHAKE", "30/h")
    });
    let (port, route) = (world.server.port, world.some_route());
    let events = format!("/routes/{}/events", id(&route));
    let count = |transport: &str, reason: &str| figure(&world.admin, &sample(transport, reason));
    let status = |request: &str| -> u16 {
        exchange(port, request).split(' ').nth(1).unwrap().parse().unwrap()
    };
    let get = |path: &str, headers: &str| {
        let head = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
        status(&format!("{head}{headers}\r\n"))
    };
    let (polling, evil) =
        ("/socket.io/?EIO=4&transport=polling", "Origin: https://evil.example\r\n");
    let upgrade = |path: &str, headers: &str| {
        status(&handshake(path, &format!("Connection: close\r\n{headers}")))
    };

    assert!(plain(&world, FORGED).starts_with("HTTP/1.1 401 "));
    assert!(socket_io(&world, FORGED).contains("Unauthorized"));
    assert_eq!(get(&format!("{events}?token={FORGED}"), ""), 401);
    assert_eq!((upgrade("/seats", evil), get(polling, evil), get(&events, evil)), (403, 403, 403));
    assert_eq!(get("/seats", ""), 400);
    assert_eq!(get("/socket.io/?EIO=3&transport=polling", ""), 400);
    assert_eq!(get(&format!("{events}?colour=red"), ""), 400);
    assert_eq!(get(UNKNOWN_ROUTE, ""), 404);
    // Later requests of a session, and files, begin nothing.
    assert_eq!(get(&format!("{polling}&sid=unknown"), ""), 400);
    for transport in ["websocket", "socketio", "sse"] {
        for reason in ["bad_token", "origin", "bad_request"] {
            assert_eq!(count(transport, reason), 1.0, "{transport} {reason}");
        }
        assert_eq!(count(transport, "rate_limited"), 0.0);
        assert_eq!(count(transport, "not_found"), f64::from(u8::from(transport == "sse")));
        assert_eq!(count(transport, "unavailable"), 0.0);
    }
    // Those that succeed are not counted, until there are too many.
    while !plain(&world, "").starts_with("HTTP/1.1 429 ") {}
    assert_eq!((get(polling, ""), get(&events, "")), (429, 429));
    for transport in ["websocket", "socketio", "sse"] {
        assert_eq!(count(transport, "rate_limited"), 1.0, "{transport}");
    }
}

/// The requests of these were answered, and then the clients did not go on.
#[test]
fn a_socket_io_client_that_does_not_go_on_is_counted_once() {
    const OVER_WEBSOCKET: &str = "/socket.io/?EIO=4&transport=websocket";
    let world = World::new();
    let port = world.server.port;
    let reasons = ["timeout", "gone", "protocol", "bad_request", "bad_token"];
    let counts = || {
        let told = world.admin.get("/metrics");
        reasons.map(|reason| value(told.text(), &sample("socketio", reason)).unwrap())
    };
    let opened = || {
        let mut connection = open(port, OVER_WEBSOCKET);
        assert!(next_text(&mut connection).starts_with("0{"));
        connection
    };
    assert_eq!(counts(), [0.0; 5]);
    drop(opened());
    wait_for("it has hung up", || counts() == [0.0, 1.0, 0.0, 0.0, 0.0]);
    let mut junk = opened();
    junk.send(text("not a packet"));
    wait_for("it spoke something else", || counts() == [0.0, 1.0, 1.0, 0.0, 0.0]);
    // Counted for the namespace, and not again when it hangs up.
    let mut elsewhere = opened();
    for _ in 0..2 {
        elsewhere.send(text("40/elsewhere,"));
        assert!(next_text(&mut elsewhere).contains("Invalid namespace"));
    }
    assert_eq!(counts(), [0.0, 1.0, 1.0, 1.0, 0.0]);
    drop(elsewhere);
    // Nor is a token that was refused.
    assert!(socket_io(&world, FORGED).contains("Unauthorized"));
    assert_eq!(counts(), [0.0, 1.0, 1.0, 1.0, 1.0]);
    // A client that has begun may leave in any way.
    let begun = SocketIo::connect(&world.nobody, &json!({}));
    let mut socket = opened();
    socket.send(text("40/seats,"));
    assert!(next_text(&mut socket).starts_with("40/seats,"));
    socket.send(text("not a packet"));
    socket.rest();

    // Each is another websocket for the session that polls.
    let probe = || open(port, &begun.path.replace("polling", "websocket"));
    let mut wrong = probe();
    wrong.send(text("2"));
    wait_for("a probe that is none", || counts() == [0.0, 1.0, 2.0, 1.0, 1.0]);
    drop(wrong);
    drop(probe());
    wait_for("a probe that is given up", || counts() == [0.0, 2.0, 2.0, 1.0, 1.0]);
    // They are told so after ten seconds.
    let (silent, probing) = (opened(), probe());
    wait_for("the silent ones", || counts() == [2.0, 2.0, 2.0, 1.0, 1.0]);
    drop((silent, probing));
}

#[test]
fn connections_that_do_not_become_tls_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(folder.path().join("chain.pem"), cert.pem()).unwrap();
    std::fs::write(folder.path().join("key.pem"), signing_key.serialize_pem()).unwrap();
    let launch = Launch::bare(folder.path()).setting("METRICS_LISTEN", "localhost:0");
    let server = launch.setting("TLS_CERT", "chain.pem").setting("TLS_KEY", "key.pem").run();
    let operators = operators(&server);
    let count = |reason: &str| figure(&operators, &sample("tls", reason));
    let connected = || TcpStream::connect(("localhost", server.port)).unwrap();
    assert_eq!((count("protocol"), count("gone"), count("timeout")), (0.0, 0.0, 0.0));
    let silent = connected();

    // HTTP without TLS.
    connected().write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    wait_for("what is not TLS", || count("protocol") == 1.0);
    // A client that does not trust the certificate.
    let config = ClientConfig::builder_with_provider(ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    let client = ClientConnection::new(config.into(), "localhost".try_into().unwrap()).unwrap();
    StreamOwned::new(client, connected()).write_all(b"GET").unwrap_err();
    wait_for("a certificate that is not trusted", || count("protocol") == 2.0);
    assert_eq!((count("gone"), count("timeout")), (0.0, 0.0));
    drop(connected());
    wait_for("a client that hangs up", || count("gone") == 1.0);
    wait_for("a client that says nothing", || count("timeout") == 1.0);
    assert_eq!((count("protocol"), count("gone")), (2.0, 1.0));
    drop(silent);
}
