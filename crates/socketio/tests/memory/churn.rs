//! Twenty thousand clients come and go in every way there is, and leave nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rooms::{Limits, Stats};
use socketio::Config;

use crate::counting::live_bytes;
use crate::fixture::{Fixture, ROOM, until};

const CLIENTS: usize = 20_000;
/// Clients before the count: they fill buffers of threads and the lists of the clock.
const WARM_UP: usize = 1_000;
/// Clients at one time.
const AT_ONCE: usize = 100;
/// Less than 16 bytes for each of them: anything kept of a client is more.
const SLACK_BYTES: usize = 256 << 10;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_that_are_gone_cost_nothing() {
    let config = Config {
        // Abandoned sessions must be found within the test, also on a slow machine.
        connect_timeout: Duration::from_secs(2),
        ping_interval: Duration::from_secs(2),
        ping_timeout: Duration::from_secs(2),
        ..Config::default()
    };
    let fixture = Arc::new(Fixture::new(config, Limits::default()));
    come_and_go(&fixture, WARM_UP).await;
    let before = live_bytes();
    come_and_go(&fixture, CLIENTS).await;
    let message = format!("{CLIENTS} clients have left more than {SLACK_BYTES} bytes");
    until(&message, || live_bytes() <= before + SLACK_BYTES).await;
}

async fn come_and_go(fixture: &Arc<Fixture>, clients: usize) {
    let next = Arc::new(AtomicUsize::new(0));
    let crowd: Vec<_> = (0..AT_ONCE)
        .map(|_| {
            let (fixture, next) = (Arc::clone(fixture), Arc::clone(&next));
            tokio::spawn(async move {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= clients {
                        return;
                    }
                    visit(&fixture, number).await;
                }
            })
        })
        .collect();
    for visitor in crowd {
        visitor.await.unwrap();
    }
    let nothing = |stats: Stats| {
        (stats.viewers, stats.rooms, stats.log_bytes, stats.page_bytes) == (0, 0, 0, 0)
    };
    until("all are gone", || fixture.server.sessions() == 0 && nothing(fixture.hub.stats())).await;
}

/// Half of them are websockets that just disappear; the others each end in another way.
async fn visit(fixture: &Fixture, number: usize) {
    match number % 12 {
        0 => {
            let mut client = fixture.in_room().await;
            client.frame(0x88, &1000_u16.to_be_bytes()).await;
            client.rest().await;
        }
        1 => {
            let mut client = fixture.in_room().await;
            fixture.server.broadcast("/", ROOM, ("all", "1"), None);
            client.until(r#"42["all",1]"#).await;
            client.send("4malformed").await;
            client.rest().await;
        }
        2 => {
            let mut client = fixture.in_room().await;
            client.send("41").await;
            client.send("1").await;
            client.rest().await;
        }
        3 => {
            let sid = polling(fixture).await;
            fixture.request("POST", &sid, "40\u{1e}42[\"enter\"]\u{1e}1").await;
        }
        4 => {
            let sid = polling(fixture).await;
            let mut client = fixture.websocket(&sid).await;
            client.send("2probe").await;
            client.until("3probe").await;
            client.send("5").await;
            client.send("40").await;
            client.until("40{").await;
        }
        // Opened and never used, on either transport.
        5 if number.is_multiple_of(5) => drop(polling(fixture).await),
        6 => drop(fixture.websocket("").await),
        7 => drop(fixture.connect()),
        _ => drop(fixture.in_room().await),
    }
}

/// A polling session: its id, as a query has it.
async fn polling(fixture: &Fixture) -> String {
    let answer = fixture.request("GET", "", "").await;
    let (_, sid) = answer.split_once(r#""sid":""#).unwrap();
    format!("&sid={}", &sid[..20])
}
