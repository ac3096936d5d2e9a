//! The server that the official Engine.IO test suite expects: it sends every message back.
//!
//! `PORT=3000 cargo run --example engine_conformance`, then run the suite of
//! <https://github.com/socketio/engine.io-protocol> against it. The path is `/engine.io/`.

#[path = "port/port.rs"]
mod port;

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use rooms::{Hub, Limits, NoHistory};
use socketio::Config;
use socketio::engine::{Client, Engine, Handler, Message};
use tower_http::cors::CorsLayer;

const PAYLOAD_BYTES_MAX: usize = 1_000_000;

/// What the suite expects.
pub(crate) const PING_INTERVAL: Duration = Duration::from_millis(300);
pub(crate) const PING_TIMEOUT: Duration = Duration::from_millis(200);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    port::serve(app(PING_INTERVAL, PING_TIMEOUT)).await
}

/// Everything but the port.
pub(crate) fn app(ping_interval: Duration, ping_timeout: Duration) -> axum::Router {
    let config =
        Config { ping_interval, ping_timeout, max_payload: PAYLOAD_BYTES_MAX, ..Config::default() };
    // A few of the largest messages may wait on their way back.
    let limits = Limits { outbox_bytes_max: 4 * PAYLOAD_BYTES_MAX, ..Limits::default() };
    let hub = Hub::new(limits, Arc::new(NoHistory), 0);
    let engine = Engine::new(hub, config, Arc::new(Echo));
    // The suite may run in a browser, on a page of another origin.
    axum::Router::new().route_service("/engine.io/", engine).layer(CorsLayer::permissive())
}

struct Echo;

#[async_trait]
impl Handler for Echo {
    async fn message(&self, client: &Client, message: Message<'_>) {
        match message {
            Message::Text(text) => client.send_text(text),
            Message::Binary(bytes) => client.send_binary(&bytes),
        };
    }
}
