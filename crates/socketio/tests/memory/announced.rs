//! No memory is reserved for bytes that are announced and do not come.

use rooms::Limits;
use socketio::Config;

use crate::counting::live_bytes;
use crate::fixture::Fixture;

const CLIENTS: usize = 100;
const ANNOUNCED_BYTES: u64 = 64 << 20;
/// For a client with everything: far less than it announces.
const CLIENT_BYTES_MAX: usize = 64 << 10;

fn header(first: u8, announced: u64) -> Vec<u8> {
    let mut header = vec![first, 0xFF];
    header.extend(announced.to_be_bytes());
    header.extend([0; 4]);
    header
}

#[tokio::test]
async fn a_length_that_is_only_claimed_costs_nothing() {
    // Even if there is hardly a limit.
    let config = Config { max_payload: usize::MAX, ..Config::default() };
    let fixture = Fixture::new(config, Limits::default());
    let before = live_bytes();
    let mut clients = Vec::new();
    for number in 0..CLIENTS {
        let mut client = fixture.in_room().await;
        let (first, announced) = match number % 4 {
            0 => (0x81, ANNOUNCED_BYTES),
            1 => (0x82, 1 << 62),
            2 => (0x01, ANNOUNCED_BYTES),
            // A packet whose many attachments will never come.
            _ => {
                client.send(r#"4516-["x"]"#).await;
                (0x82, ANNOUNCED_BYTES)
            }
        };
        client.raw(&header(first, announced)).await;
        client.raw(b"only this").await;
        clients.push(client);
    }
    // A later client is served, so the server has handled what was sent before.
    drop(fixture.in_room().await);
    let used = live_bytes() - before;
    assert!(used < CLIENTS * CLIENT_BYTES_MAX, "{used} bytes for {CLIENTS} clients");
    drop(clients);
}
