//! The same port with a certificate: everything inside is the same, and nothing gets in without
//! TLS.

use std::io::Write as _;
use std::net::TcpStream;
use std::sync::Arc;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::raw_connection::{RawConnection, is_ended};
use crate::support::running_server::{Launch, RunningServer};
use crate::support::websocket_frame::{close_code, handshake, next_text, opened, text};

/// More than the server's handshakes at one time.
const SILENT: usize = 600;

struct Encrypted {
    server: RunningServer,
    trusted: Arc<ClientConfig>,
    _folder: TempDir,
}

/// A certificate of its own for localhost, in files, and what a client needs to trust it.
fn certified(folder: &TempDir) -> (Launch, Arc<ClientConfig>) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(folder.path().join("chain.pem"), cert.pem()).unwrap();
    std::fs::write(folder.path().join("key.pem"), signing_key.serialize_pem()).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(cert.der().clone()).unwrap();
    let trusted = ClientConfig::builder_with_provider(ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let launch =
        Launch::bare(folder.path()).setting("TLS_CERT", "chain.pem").setting("TLS_KEY", "key.pem");
    (launch, trusted.into())
}

impl Encrypted {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (launch, trusted) = certified(&folder);
        Self { server: launch.run(), trusted, _folder: folder }
    }

    fn connect(&self) -> RawConnection {
        RawConnection::encrypted(self.server.port, &self.trusted)
    }

    /// Many clients that send this, and then nothing.
    fn begun(&self, said: &[u8]) -> Vec<TcpStream> {
        let begin = |_| {
            let mut stream = TcpStream::connect(("localhost", self.server.port)).unwrap();
            stream.write_all(said).unwrap();
            stream
        };
        (0..SILENT).map(begin).collect()
    }

    /// A connection that sends every byte in a segment of its own.
    fn connect_slowly(&self) -> RawConnection {
        RawConnection::encrypted_slowly(self.server.port, &self.trusted)
    }

    fn ask(&self, method: &str, path: &str, token: &str, body: &str) -> Value {
        let mut connection = self.connect();
        connection.send(format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: \
             application/json\r\nContent-Length: {}\r\n{token}\r\n{body}",
            body.len()
        ));
        let head = connection.head();
        assert!(head.starts_with("HTTP/1.1 2"), "{head}");
        serde_json::from_slice(&connection.rest()).unwrap()
    }

    /// A departure that is on sale, and a header with which it can be sold.
    fn booth(&self) -> (String, String) {
        let login = r#"{"email": "agent@seatwire.example", "password": "agent-demo-1"}"#;
        let token = self.ask("POST", "/auth/login", "", login)["token"].clone();
        let routes = self.ask("GET", "/routes?isActive=true&limit=100", "", "");
        // The last one leaves in days, so it can be booked.
        let route = routes["data"].as_array().unwrap().last().unwrap()["id"].clone();
        let token = format!("Authorization: Bearer {}\r\n", token.as_str().unwrap());
        (route.as_str().unwrap().to_owned(), token)
    }
}

#[test]
fn rest_and_both_kinds_of_websocket_are_the_same_inside() {
    let house = Encrypted::start();
    assert!(house.server.url().starts_with("https://"));
    let (route, token) = house.booth();

    // All of it at once: what comes right after the handshake is read with it, and must not be
    // lost.
    let mut stock = house.connect();
    let subscribe = json!(["subscribe_route", {"routeId": route}]);
    let mut sent = handshake("/socket.io/?EIO=4&transport=websocket", "").into_bytes();
    sent.extend(text("40/seats,"));
    sent.extend(text(&format!("42/seats,{subscribe}")));
    stock.send(sent);
    opened(&mut stock);
    assert!(next_text(&mut stock).starts_with("0{"));
    assert!(next_text(&mut stock).starts_with("40/seats,{"));
    assert!(next_text(&mut stock).starts_with("42/seats,[\"subscribed\""));

    let mut plain = house.connect();
    plain.send(handshake("/seats", ""));
    opened(&mut plain);
    plain.send(text(&json!({"event": "subscribe_route", "data": {"routeId": route}}).to_string()));
    assert!(next_text(&mut plain).contains("\"subscribed\""));

    let path = format!("/routes/{route}");
    let stops = house.ask("GET", &path, "", "")["stops"].clone();
    let form = json!({"routeId": route, "fromCity": stops[0]["city"], "toCity": stops[1]["city"],
        "seatNumber": 7, "gender": "FEMALE", "userPhoneNumber": "5321234567",
        "passengerName": "Ayşe Yılmaz"});
    let ticket = house.ask("POST", "/tickets", &token, &form.to_string());
    assert_eq!(ticket["status"], "CONFIRMED");
    for viewer in [&mut stock, &mut plain] {
        let event = next_text(viewer);
        assert!(event.contains("\"seat_confirmed\"") && event.contains(&route), "{event}");
    }
    // Long answers are more than one record.
    assert!(house.ask("GET", "/openapi.json", "", "").to_string().len() > 40_000);
}

#[test]
fn whoever_does_not_speak_tls_is_hung_up_on() {
    let house = Encrypted::start();
    for request in ["GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "SSH-2.0-x\r\n", "\0\0\0\0\0\0"] {
        let mut connection = RawConnection::open(house.server.port);
        connection.send(request);
        let answer = String::from_utf8_lossy(&connection.rest()).into_owned();
        assert!(!answer.contains("HTTP/1.1 2"), "{answer}");
    }
    assert_eq!(house.ask("GET", "/health/ready", "", "")["status"], "ok");
}

#[test]
fn the_silent_keep_nobody_out() {
    let house = Encrypted::start();
    let silent: Vec<_> = (0..SILENT).map(|_| RawConnection::open(house.server.port)).collect();
    assert_eq!(house.ask("GET", "/health/ready", "", "")["status"], "ok");
    drop(silent);
}

/// The first bytes of a handshake, and never the whole.
#[test]
fn those_who_begin_a_handshake_and_stop_keep_nobody_out() {
    let house = Encrypted::start();
    let begun = house.begun(&[22, 3, 1, 2, 0, 1]);
    assert_eq!(house.ask("GET", "/health/ready", "", "")["status"], "ok");
    // It did not wait until they were given up: the server still waits for the first of them.
    assert!(!is_ended(&begun[0]), "nobody had to go for it");
}

/// A whole ClientHello, and then nothing: they hold turns, and lose them.
#[test]
fn those_who_do_not_finish_a_handshake_lose_their_turn() {
    let house = Encrypted::start();
    let name = "localhost".try_into().unwrap();
    let mut client = rustls::ClientConnection::new(Arc::clone(&house.trusted), name).unwrap();
    let mut hello = Vec::new();
    client.write_tls(&mut hello).unwrap();
    let begun = house.begun(&hello);
    assert_eq!(house.ask("GET", "/health/ready", "", "")["status"], "ok");
    // It did not have to wait until all of them were given up.
    assert!(begun.iter().any(|connection| !is_ended(connection)));
}

#[test]
fn a_handshake_that_comes_byte_by_byte_is_finished() {
    let house = Encrypted::start();
    let mut slow = house.connect_slowly();
    slow.send("GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert!(slow.head().starts_with("HTTP/1.1 200 "));
}

/// Every byte is a record of its own, and every byte of a record a segment.
#[test]
fn records_that_come_byte_by_byte_cost_what_they_are_long() {
    const CONNECTIONS: usize = 100;
    const SEGMENTS: usize = 100;
    const GROWTH_KIB_MAX: u64 = 24 * 1024;
    let house = Encrypted::start();
    let head = "POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n";
    let begin = |mut connection: RawConnection| {
        connection.send(head);
        connection
    };
    // What only the first handshakes need is not measured.
    drop(begin(house.connect_slowly()));
    house.ask("GET", "/health/ready", "", "");
    let before = house.server.rss_kib();
    let mut slow: Vec<_> = (0..CONNECTIONS).map(|_| begin(house.connect_slowly())).collect();
    for _ in 0..SEGMENTS {
        slow.iter_mut().for_each(|connection| connection.send("x"));
    }
    house.ask("GET", "/health/ready", "", "");
    let growth = house.server.rss_kib().saturating_sub(before);
    assert!(growth < GROWTH_KIB_MAX, "{growth} KiB for {CONNECTIONS} connections");
}

#[test]
fn a_termination_says_goodbye_through_tls() {
    let house = Encrypted::start();
    let mut viewer = house.connect();
    viewer.send(handshake("/seats", ""));
    opened(&mut viewer);
    let mut undecided = RawConnection::open(house.server.port);
    let Encrypted { server, .. } = house;
    let waiting = std::thread::spawn(move || (close_code(&mut viewer), undecided.rest()));
    let ended = server.terminate();
    assert_eq!(ended.exit_code, Some(0), "{}", ended.stderr);
    assert!(!ended.stderr.contains("did not end in time"), "{}", ended.stderr);
    assert_eq!(waiting.join().unwrap(), (1001, Vec::new()));
}

#[test]
fn files_that_cannot_be_served_with_stop_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let (launch, _) = certified(&folder);
    let other = tempfile::tempdir().unwrap();
    drop(certified(&other));
    std::fs::copy(other.path().join("key.pem"), folder.path().join("key.pem")).unwrap();
    for launch in [launch.clone(), launch.clone().arg("check-config")] {
        let ended = launch.setting("HOLD_SECONDS", "0").ended();
        assert_eq!(ended.exit_code, Some(2));
        let lines: Vec<_> = ended.stderr.lines().collect();
        assert_eq!(lines.len(), 2, "{lines:#?}");
        assert!(lines[0].contains("SEATWIRE_TLS_KEY") && lines[0].contains("is not the key of"));
        assert!(lines[1].contains("SEATWIRE_HOLD_SECONDS"));
    }
    let ended = launch.setting("TLS_CERT", "nowhere.pem").ended();
    assert_eq!(ended.exit_code, Some(2));
    assert!(ended.stderr.contains("\"nowhere.pem\" cannot be read"), "{}", ended.stderr);
}

/// A browser that was here once uses only TLS.
#[test]
fn every_answer_keeps_browsers_on_tls() {
    let encrypted = Encrypted::start();
    for path in ["/", "/stations", "/nowhere", "/socket.io/?EIO=4&transport=polling"] {
        let mut connection = encrypted.connect();
        connection.send(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        let head = connection.head().to_lowercase();
        assert!(head.contains("strict-transport-security: max-age=31536000\r\n"), "{head}");
    }
}
