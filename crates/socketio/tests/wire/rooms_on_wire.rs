//! Rooms, seen from a client.

use crate::client::{Client, text};
use crate::fixture::{Fixture, Serve, wait_until};
use socketio::Config;

#[tokio::test]
async fn every_event_comes_once_behind_the_confirmation() {
    for serve in [Serve::Bare, Serve::Axum] {
        let fixture = Fixture::with(Config::default(), serve).await;
        let mut clients = Vec::new();
        for _ in 0..100 {
            let mut client = Client::connected(fixture.port).await;
            client.text("42[\"join\",\"r\"]").await;
            clients.push(client);
        }
        for client in &mut clients {
            assert_eq!(client.next().await, text("42[\"joined\",0]"));
        }
        fixture.publish("r", 1..=30);
        fixture.publish("r", 31..=40);
        for client in &mut clients {
            for seq in 1..=40 {
                assert_eq!(client.next().await, text(&format!("42[\"update\",{seq}]")));
            }
        }
    }
}

#[tokio::test]
async fn who_has_left_gets_nothing_more() {
    let fixture = Fixture::start().await;
    let mut client = Client::connected(fixture.port).await;
    for (say, hear) in [
        ("42[\"join\",\"nowhere\"]", "42[\"error\",\"there is no such room\"]"),
        ("42[\"join\",\"r\"]", "42[\"joined\",0]"),
        ("42[\"leave\",\"r\"]", "42[\"left\",true]"),
        ("42[\"leave\",\"r\"]", "42[\"left\",false]"),
    ] {
        client.text(say).await;
        assert_eq!(client.next().await, text(hear));
    }
    fixture.publish("r", 1..=1);
    client.text("42[\"end\"]").await;
    assert_eq!(client.next().await, text("42[\"end\"]"));
    assert_eq!(fixture.hub.stats().rooms, 0);
}

#[tokio::test]
async fn coming_and_going_leaves_nothing_behind() {
    let fixture = Fixture::start().await;
    for round in 0..5 {
        let mut clients = Vec::new();
        for _ in 0..40 {
            let mut client = Client::connected(fixture.port).await;
            client.text("42[\"join\",\"r\"]").await;
            clients.push(client);
        }
        for client in &mut clients {
            assert_eq!(client.next().await, text("42[\"joined\",0]"), "round {round}");
        }
        assert_eq!(fixture.hub.stats().viewers, 40);
        drop(clients);
        wait_until(|| fixture.server.sessions() == 0).await;
        wait_until(|| fixture.hub.stats().rooms == 0).await;
        assert_eq!((fixture.hub.stats().viewers, fixture.hub.stats().log_bytes), (0, 0));
    }
}
