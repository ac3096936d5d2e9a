//! The server that the official Socket.IO test suite expects.
//!
//! `PORT=3000 cargo run --example socketio_conformance`, then run the suite of
//! <https://github.com/socketio/socket.io-protocol> against it. In the namespaces `/` and `/custom`
//! it sends back the payload of the connection (`auth`), answers `message` with `message-back`, and
//! acknowledges `message-with-ack`, each with the arguments that came.

#[path = "port/port.rs"]
mod port;

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use rooms::{Hub, Limits, NoHistory};
use socketio::{
    Accept, ClientEvent, Config, ConnectError, ConnectRequest, Namespace, Server, Socket,
};
use tower_http::cors::CorsLayer;

const PAYLOAD_BYTES_MAX: usize = 1_000_000;

/// What the suite expects.
pub(crate) const PING_INTERVAL: Duration = Duration::from_millis(300);
pub(crate) const PING_TIMEOUT: Duration = Duration::from_millis(200);
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_millis(1_000);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // Clients other than the suite need more time on a busy machine.
    let patience = std::env::var("PATIENCE_SECONDS").ok();
    let patience = patience.map(|seconds| seconds.parse()).transpose()?.map(Duration::from_secs);
    let ping_timeout = patience.unwrap_or(PING_TIMEOUT);
    let connect_timeout = patience.unwrap_or(CONNECT_TIMEOUT);
    port::serve(app(PING_INTERVAL, ping_timeout, connect_timeout)).await
}

/// Everything but the port.
pub(crate) fn app(
    ping_interval: Duration,
    ping_timeout: Duration,
    connect_timeout: Duration,
) -> axum::Router {
    let config = Config {
        ping_interval,
        ping_timeout,
        connect_timeout,
        max_payload: PAYLOAD_BYTES_MAX,
        attachment_bytes_max: PAYLOAD_BYTES_MAX,
        ..Config::default()
    };
    // A few of the largest messages may wait on their way back.
    let limits = Limits { outbox_bytes_max: 4 * PAYLOAD_BYTES_MAX, ..Limits::default() };
    let server = Server::builder()
        .config(config)
        .namespace("/", Arc::new(Echo))
        .namespace("/custom", Arc::new(Echo))
        .build(Hub::new(limits, Arc::new(NoHistory), 0));
    // The suite may run in a browser, on a page of another origin.
    axum::Router::new().route_service("/socket.io/", server).layer(CorsLayer::permissive())
}

struct Echo;

/// The payload that a client has connected with.
struct Auth(String);

#[async_trait]
impl Namespace for Echo {
    async fn connect(&self, request: ConnectRequest<'_>) -> Result<Accept, ConnectError> {
        let auth = request.auth.map_or("{}", |auth| auth.get());
        Ok(Accept::new(Auth(auth.to_owned())))
    }

    async fn connected(&self, socket: &Socket) {
        if let Some(Auth(auth)) = socket.state() {
            socket.emit("auth", auth);
        }
    }

    async fn event(&self, socket: &Socket, event: ClientEvent<'_>) {
        // Placeholders are sent back as they came, so the attachments keep their places.
        let args: Vec<&str> = event.args.iter().map(|arg| arg.get()).collect();
        let args = args.join(",");
        match (event.name, event.ack) {
            ("message", _) => {
                socket.emit_binary("message-back", &args, event.attachments);
            }
            ("message-with-ack", Some(ack)) => {
                socket.ack_binary(ack, &args, event.attachments);
            }
            _ => {}
        }
    }
}
