//! The server that the official Engine.IO test suite expects: it sends every message back.
//!
//! `PORT=3000 cargo run --example engine_conformance`, then run the suite of
//! <https://github.com/socketio/engine.io-protocol> against it. The path is `/engine.io/`.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use rooms::{Hub, Limits, NoHistory};
use socketio::Config;
use socketio::engine::{Client, Engine, Handler, Message};
use tokio::net::TcpListener;
use tower_http::cors::CorsLayer;

const PORT: u16 = 3000;
const PAYLOAD_BYTES_MAX: usize = 1_000_000;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let port = std::env::var("PORT").map_or(Ok(PORT), |port| port.parse())?;
    let listener = TcpListener::bind((std::net::Ipv6Addr::UNSPECIFIED, port)).await?;
    announce(&listener)?;
    axum::serve(listener, app()).await?;
    Ok(())
}

#[expect(clippy::print_stdout, reason = "whoever has started it wants to know where it is")]
fn announce(listener: &TcpListener) -> std::io::Result<()> {
    println!("listening on http://localhost:{}", listener.local_addr()?.port());
    Ok(())
}

/// Everything but the port.
pub(crate) fn app() -> axum::Router {
    let config = Config {
        ping_interval: Duration::from_millis(300),
        ping_timeout: Duration::from_millis(200),
        max_payload: PAYLOAD_BYTES_MAX,
        ..Config::default()
    };
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
