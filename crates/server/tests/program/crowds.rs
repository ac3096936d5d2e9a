//! More connections at once than there is room for: they wait, and none that waits is forgotten.

use std::time::{Duration, Instant};

use crate::support::api::Api;
use crate::support::raw_connection::RawConnection;
use crate::support::running_server::Launch;

/// Few enough to be used up, and enough to start with.
const OPEN_FILES_MAX: u32 = 128;

#[test]
fn a_server_without_a_free_file_goes_on_when_there_is_one_again() {
    let folder = tempfile::tempdir().unwrap();
    let server = Launch::own(folder.path()).open_files_max(OPEN_FILES_MAX).run();
    let crowd: Vec<_> = (0..2 * OPEN_FILES_MAX).map(|_| RawConnection::open(server.port)).collect();
    let mut late = RawConnection::open(server.port);
    late.send("GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    let start = Instant::now();
    while !server.log().contains("no connection can be taken") {
        assert!(start.elapsed() < Duration::from_secs(60), "{}", server.log());
        std::thread::sleep(Duration::from_millis(5));
    }
    // Connections that have sent nothing make room for it.
    assert!(late.head().starts_with("HTTP/1.1 200 "));
    drop(crowd);
    // Logged once for the whole time, not at every try.
    let said = server.log().matches("no connection can be taken").count();
    assert!(said < 10, "{said} times: {}", server.log());
    Api::new(server.url()).get("/health/ready").ok(200);
}
