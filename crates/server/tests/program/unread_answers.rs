//! Answers that nobody reads: what the kernel keeps of them is bounded, too, though no limit of the
//! process counts it.

use std::io::Write as _;
use std::net::TcpStream;
use std::time::Duration;

use crate::support::world::World;

/// What the program asks the kernel for, and as much again for what it counts otherwise.
const KEPT_BYTES_MAX: u64 = 256 * 1024;

/// More than the kernel would keep by itself.
const REQUESTS: usize = 24;

/// Between two looks that must find the same.
const PAUSE: Duration = Duration::from_millis(200);

/// Bytes that the kernel keeps for this client, of all that the server has sent.
fn kept(client: &TcpStream) -> u64 {
    let (here, there) = (client.local_addr().unwrap().port(), client.peer_addr().unwrap().port());
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let port = |address: &str| {
        u16::from_str_radix(address.split_once(':').unwrap().1, 16).unwrap_or_default()
    };
    let of_server = table.lines().skip(1).find_map(|line| {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let is_it = port(columns[1]) == there && port(columns[2]) == here;
        is_it.then(|| columns[4].split_once(':').unwrap().0.to_owned())
    });
    u64::from_str_radix(&of_server.expect("the server's end"), 16).unwrap()
}

#[test]
fn of_answers_that_nobody_reads_little_is_kept() {
    let world = World::new();
    let mut client = TcpStream::connect(("127.0.0.1", world.server.port)).unwrap();
    let request = "GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n";
    client.write_all(request.repeat(REQUESTS).as_bytes()).unwrap();
    let mut before = 0;
    let kept = loop {
        std::thread::sleep(PAUSE);
        let now = kept(&client);
        if now > 0 && now == before {
            break now;
        }
        before = now;
    };
    assert!(kept <= KEPT_BYTES_MAX, "{kept} bytes wait in the kernel");
    world.nobody.get("/stations").ok(200);
}
