//! A client that does not read costs a bounded number of bytes, and no other client notices.

use rooms::Limits;
use socketio::Config;

use crate::counting::live_bytes;
use crate::fixture::{Fixture, ROOM, until};

const EVENTS: usize = 2_000;
const EVENT_BYTES: usize = 2 << 10;
const SLOW: usize = 50;

/// All that the slow ones may have in common: the room's log; and each for itself: one frame that
/// was begun, a pipe, a task.
const LOG_BYTES_MAX: usize = 1 << 20;
const SLOW_BYTES_MAX: usize = 32 << 10;

#[tokio::test]
async fn who_does_not_read_costs_little_and_delays_nobody() {
    let limits = Limits { log_bytes_max: LOG_BYTES_MAX, ..Limits::default() };
    let fixture = Fixture::new(Config::default(), limits);
    let before = live_bytes();
    let mut slow = Vec::new();
    for _ in 0..SLOW {
        slow.push(fixture.in_room().await);
    }
    let mut reader = fixture.in_room().await;
    let padding = "x".repeat(EVENT_BYTES);
    let mut most = 0;
    for number in 0..EVENTS {
        let data = format!("{number},\"{padding}\"");
        assert!(fixture.server.broadcast("/", ROOM, ("all", &data), None));
        reader.until(&format!("42[\"all\",{number},")).await;
        most = most.max(live_bytes() - before);
    }
    let bound = 2 * LOG_BYTES_MAX + SLOW * SLOW_BYTES_MAX;
    assert!(most < bound, "{most} bytes while {} were sent", EVENTS * EVENT_BYTES);
    assert!(fixture.hub.stats().log_bytes <= LOG_BYTES_MAX + 2 * EVENT_BYTES);
    // They are closed when they read again, too late, or when their pings are not answered.
    drop(slow);
    until("the slow ones are gone", || fixture.server.sessions() == 1).await;
}

#[tokio::test]
async fn packets_that_nobody_reads_end_the_connection() {
    let limits = Limits { outbox_bytes_max: 64 << 10, ..Limits::default() };
    let fixture = Fixture::new(Config::default(), limits);
    let before = live_bytes();
    let mut client = fixture.in_room().await;
    // Acknowledgements that collect, because their client does not read them.
    let padding = "x".repeat(100);
    for number in 0..20_000 {
        client.send(&format!("42{number}[\"{padding}\"]")).await;
        if fixture.server.sessions() == 0 {
            break;
        }
        let used = live_bytes() - before;
        assert!(used < 1 << 20, "{used} bytes after {number} questions");
    }
    until("the connection is given up", || fixture.server.sessions() == 0).await;
}
