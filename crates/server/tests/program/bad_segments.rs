//! Data that comes one byte at a time costs its length, not its number of pieces: bodies, heads,
//! polls, fragments and records, from many connections at once.

use std::io::Write as _;
use std::net::TcpStream;

use crate::support::api::Api;
use crate::support::raw_connection::RawConnection;
use crate::support::running_server::{Launch, RunningServer};
use crate::support::websocket_frame::{handshake, opened};

const CONNECTIONS: usize = 200;
/// Bytes that each connection sends, one segment each.
const SEGMENTS: usize = 300;
/// What the connections may cost in all: a few buffers for each. When every segment kept the buffer
/// into which it was read, it was five times as much.
const GROWTH_KIB_MAX: u64 = 24 * 1024;

fn connected(port: u16) -> TcpStream {
    let stream = TcpStream::connect(("localhost", port)).unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

/// How much the server's memory grows when all connections have begun with `start` and have then
/// sent `rest` again and again, one byte at a time, up to [`SEGMENTS`] bytes.
fn growth(server: &RunningServer, start: impl Fn() -> String, rest: &[u8]) -> u64 {
    let api = Api::new(server.url());
    // What only the first requests need is not measured.
    api.get("/health/ready").ok(200);
    let before = server.rss_kib();
    let mut streams: Vec<_> = (0..CONNECTIONS).map(|_| connected(server.port)).collect();
    for stream in &mut streams {
        stream.write_all(start().as_bytes()).unwrap();
    }
    for at in 0..SEGMENTS {
        for stream in &mut streams {
            stream.write_all(&[rest[at % rest.len()]]).unwrap();
        }
        // Answered after what was sent before it: so the segments are not collected on their way.
        if at % 30 == 0 {
            api.get("/health/ready").ok(200);
        }
    }
    api.get("/health/ready").ok(200);
    server.rss_kib().saturating_sub(before)
}

fn post(path: &str, length: &str) -> String {
    format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{length}\r\n\r\n")
}

#[test]
fn bodies_and_heads_that_come_byte_by_byte_cost_what_they_are_long() {
    let folder = tempfile::tempdir().unwrap();
    let server = Launch::bare(folder.path()).run();
    let api = Api::new(server.url());
    let poll = || {
        let open = api.get("/socket.io/?EIO=4&transport=polling");
        let open: serde_json::Value = serde_json::from_str(&open.text()[1..]).unwrap();
        let sid = open["sid"].as_str().unwrap();
        post(&format!("/socket.io/?EIO=4&transport=polling&sid={sid}"), "Content-Length: 60000")
    };
    let login = |length| move || post("/auth/login", length);
    for (what, growth) in [
        ("a body", growth(&server, login("Content-Length: 60000"), b"{\"email\": \"")),
        ("chunks", growth(&server, login("Transfer-Encoding: chunked"), b"1\r\nx\r\n")),
        ("a polling body", growth(&server, poll, b"40/seats,")),
        ("a head", growth(&server, || "GET / HTTP/1.1\r\n".into(), b"X: abcdefgh\r\n")),
    ] {
        assert!(growth < GROWTH_KIB_MAX, "{what}: {growth} KiB for {CONNECTIONS} connections");
    }
}

#[test]
fn websocket_frames_and_fragments_that_come_byte_by_byte_cost_what_they_are_long() {
    let folder = tempfile::tempdir().unwrap();
    let server = Launch::bare(folder.path()).run();
    for (what, start, rest) in [
        // A fragment that is not the last, of one byte: six bytes of header, then itself.
        ("fragments", vec![0x01, 0x81, 0, 0, 0, 0, b'{'], vec![0x00, 0x81, 0, 0, 0, 0, b' ']),
        ("a frame", vec![0x81, 0xFE, 0xEA, 0x60, 0, 0, 0, 0], vec![b' ']),
    ] {
        let before = server.rss_kib();
        let mut viewers: Vec<_> = (0..CONNECTIONS)
            .map(|_| {
                let mut viewer = RawConnection::over(connected(server.port));
                viewer.send(handshake("/seats", ""));
                opened(&mut viewer);
                viewer.send(&start);
                viewer
            })
            .collect();
        for at in 0..SEGMENTS {
            for viewer in &mut viewers {
                viewer.send([rest[at % rest.len()]]);
            }
        }
        Api::new(server.url()).get("/health/ready").ok(200);
        let growth = server.rss_kib().saturating_sub(before);
        assert!(growth < GROWTH_KIB_MAX, "{what}: {growth} KiB for {CONNECTIONS} viewers");
    }
}
