//! A websocket endpoint without Socket.IO.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use http::StatusCode;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use rooms::{CloseReason, Event, History, HistoryError, Hub, Limits, Place};
use socketio::websocket::{CloseCode, Endpoint, Handler, Peer, Settings};
use socketio::{Handshake, Heartbeats};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use crate::client::{Client, Got, frame, text};
use crate::fixture::PATIENCE;
use crate::http_client::request;

struct Echo(mpsc::UnboundedSender<String>);

#[async_trait]
impl Handler for Echo {
    async fn open(&self, handshake: &Handshake) -> Result<Arc<dyn Any + Send + Sync>, StatusCode> {
        match handshake.query("name") {
            Some(name) => Ok(Arc::new(name)),
            None => Err(StatusCode::UNAUTHORIZED),
        }
    }

    async fn opened(&self, peer: &Arc<Peer>) {
        peer.send(&format!("hello {}", peer.state::<String>().unwrap()));
    }

    async fn text(&self, peer: &Arc<Peer>, text: &str) {
        if text == "bye" {
            return peer.close(CloseCode::Policy, "bye");
        }
        tokio::task::yield_now().await;
        peer.send(text);
    }

    async fn closed(&self, _: &Arc<Peer>, reason: CloseReason) {
        let _ = self.0.send(format!("{reason:?}"));
    }
}

struct NoHistory;

#[async_trait]
impl History for NoHistory {
    async fn head(&self, _: &str) -> Result<Option<Place>, HistoryError> {
        Ok(None)
    }

    async fn read(&self, _: &str, _: u64, _: usize) -> Result<Vec<Event>, HistoryError> {
        Ok(Vec::new())
    }

    async fn place_at(&self, _: &str, _: u64) -> Result<Option<Place>, HistoryError> {
        Ok(None)
    }

    async fn place(&self, _: &str, _: u64) -> Result<Option<Place>, HistoryError> {
        Ok(None)
    }
}

async fn start(settings: Settings) -> (Endpoint, u16, mpsc::UnboundedReceiver<String>) {
    let (said, closed) = mpsc::unbounded_channel();
    let hub = Hub::new(Limits::default(), Arc::new(NoHistory), 0);
    let endpoint = Endpoint::new(hub, Heartbeats::start(), settings, Arc::new(Echo(said)));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let service = endpoint.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let service = TowerToHyperService::new(service.clone());
            tokio::spawn(async move {
                let _ = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service)
                    .with_upgrades()
                    .await;
            });
        }
    });
    (endpoint, port, closed)
}

async fn reason(closed: &mut mpsc::UnboundedReceiver<String>) -> String {
    tokio::time::timeout(PATIENCE, closed.recv()).await.unwrap().unwrap()
}

#[tokio::test]
async fn messages_go_both_ways_until_one_side_says_goodbye() {
    let (_endpoint, port, mut closed) = start(Settings::default()).await;
    let mut client = Client::open(port, "/seats?name=ada", "").await;
    assert_eq!(client.next().await, text("hello ada"));
    client.raw(&[frame(0x81, b"one"), frame(0x81, b"two")].concat()).await;
    assert_eq!(client.next().await, text("one"));
    assert_eq!(client.next().await, text("two"));
    client.text("bye").await;
    assert_eq!(client.rest().await, [Got::Close(Some(1008))]);
    assert_eq!(client.reason, "bye");
    drop(client);
    assert_eq!(reason(&mut closed).await, "Application");
}

#[tokio::test]
async fn who_is_not_let_in_is_told_in_http() {
    let (_endpoint, port, _closed) = start(Settings::default()).await;
    let upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\n\
                   Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    for (headers, status) in
        [("Sec-WebSocket-Version: 13\r\n", 401), ("Sec-WebSocket-Version: 7\r\n", 426)]
    {
        let head = format!("GET /seats HTTP/1.1\r\n{upgrade}{headers}");
        assert_eq!(request(port, &head, "").await.status, status);
    }
    assert_eq!(request(port, "GET /seats HTTP/1.1\r\n", "").await.status, 400);
}

#[tokio::test]
async fn pings_find_out_who_is_gone() {
    let settings = Settings {
        ping_interval: Duration::from_millis(50),
        ping_timeout: Duration::from_millis(400),
        ..Settings::default()
    };
    let (_endpoint, port, mut closed) = start(settings).await;
    let mut client = Client::open(port, "/seats?name=ada", "").await;
    client.next().await;
    for _ in 0..10 {
        assert_eq!(client.next().await, Got::Ping(vec![]));
        client.raw(&frame(0x8A, b"")).await;
    }
    assert_eq!(client.next().await, Got::Ping(vec![]));
    assert_eq!(client.rest().await, [Got::Close(Some(1013))]);
    assert_eq!(reason(&mut closed).await, "Timeout");
}

#[tokio::test]
async fn the_end_is_told_to_everyone() {
    let (endpoint, port, mut closed) = start(Settings::default()).await;
    let mut client = Client::open(port, "/seats?name=ada", "").await;
    client.next().await;
    let stopping = tokio::spawn(async move { endpoint.shutdown().await });
    assert_eq!(client.rest().await, [Got::Close(Some(1001))]);
    drop(client);
    stopping.await.unwrap();
    assert_eq!(reason(&mut closed).await, "Shutdown");
}
