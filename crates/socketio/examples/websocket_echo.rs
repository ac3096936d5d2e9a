//! A plain websocket that sends every message back: the server that the Autobahn test suite tests.
//!
//! `PORT=3000 cargo run --example websocket_echo`, then `wstest -m fuzzingclient` with the address
//! `ws://localhost:3000/`. The limits are those of the suite's largest cases, not of a server that
//! serves unknown clients.

#[path = "port/port.rs"]
mod port;

use std::any::Any;
use std::error::Error;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use http::StatusCode;
use rooms::{Hub, Limits, NoHistory};
use socketio::websocket::{Endpoint, Handler, Peer, Settings};
use socketio::{Handshake, Heartbeats};

/// The largest message.
const PAYLOAD_BYTES_MAX: usize = 16 << 20;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    port::serve(app()).await
}

/// Everything but the port.
pub(crate) fn app() -> axum::Router {
    let limits = Limits { outbox_bytes_max: 2 * PAYLOAD_BYTES_MAX, ..Limits::default() };
    let settings = Settings { max_payload: PAYLOAD_BYTES_MAX, ..Settings::default() };
    let hub = Hub::new(limits, Arc::new(NoHistory), 0);
    let endpoint = Endpoint::new(hub, Heartbeats::start(), settings, Arc::new(Echo));
    axum::Router::new().route_service("/", endpoint)
}

struct Echo;

#[async_trait]
impl Handler for Echo {
    async fn open(&self, _: &Handshake) -> Result<Arc<dyn Any + Send + Sync>, StatusCode> {
        Ok(Arc::new(()))
    }

    async fn text(&self, peer: &Arc<Peer>, text: &str) {
        peer.send(text);
    }

    async fn binary(&self, peer: &Arc<Peer>, bytes: Bytes) {
        peer.send_binary(&bytes);
    }
}
