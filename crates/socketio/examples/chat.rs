//! A chat: names at connecting, rooms, an answer from every newcomer, and an orderly end.
//!
//! `PORT=3000 cargo run --example chat`, then with any Socket.IO client:
//! `io("http://localhost:3000", { auth: { name: "Ada" } })`, `emit("enter", "lobby")`, `emit("say",
//! { room: "lobby", text: "hello" })`. All others in the room get `said` `{room, name, text}`; the
//! sender gets an acknowledgement.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use rooms::{Hub, Limits, NoHistory};
use serde::{Deserialize, Serialize};
use socketio::{
    Accept, ClientEvent, Config, ConnectError, ConnectRequest, Disconnected, Namespace, Server,
    Socket,
};
use tokio::net::TcpListener;
use tower_http::cors::CorsLayer;

const PORT: u16 = 3000;
const NAME_BYTES_MAX: usize = 40;
/// How long a newcomer may take to confirm that it has read the rules.
const RULES_TIMEOUT: Duration = Duration::from_secs(10);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let port = std::env::var("PORT").map_or(Ok(PORT), |port| port.parse())?;
    let server = Server::builder()
        .config(Config::default())
        .namespace("/", Arc::new(Chat))
        .build(Hub::new(Limits::default(), Arc::new(NoHistory), 0));
    // Pages of any origin may use it; the router decides which origins may.
    let router = axum::Router::new()
        .route_service("/socket.io/", server.clone())
        .layer(CorsLayer::permissive());
    let listener = TcpListener::bind((std::net::Ipv6Addr::UNSPECIFIED, port)).await?;
    announce(&listener)?;
    axum::serve(listener, router).with_graceful_shutdown(until_interrupted(server)).await?;
    Ok(())
}

#[expect(clippy::print_stdout, reason = "whoever has started it wants to know where it is")]
fn announce(listener: &TcpListener) -> std::io::Result<()> {
    println!("listening on http://localhost:{}", listener.local_addr()?.port());
    Ok(())
}

/// Clients learn that the server stops before it stops taking requests.
async fn until_interrupted(server: Server) {
    if tokio::signal::ctrl_c().await.is_ok() {
        server.shutdown().await;
    }
}

struct Chat;

/// What is kept for a client.
struct Guest {
    name: String,
}

#[derive(Deserialize)]
struct Say<'a> {
    room: &'a str,
    text: &'a str,
}

#[derive(Serialize)]
struct Said<'a> {
    room: &'a str,
    name: &'a str,
    text: &'a str,
}

#[async_trait]
impl Namespace for Chat {
    /// The place for what other libraries call middleware: no client is in before this returns.
    async fn connect(&self, request: ConnectRequest<'_>) -> Result<Accept, ConnectError> {
        match request.auth_str("name") {
            Ok(Some(name)) if !name.is_empty() && name.len() <= NAME_BYTES_MAX => {
                Ok(Accept::new(Guest { name }))
            }
            _ => Err(ConnectError {
                message: "a name is needed".into(),
                data: Some(format!(r#"{{"maxBytes":{NAME_BYTES_MAX}}}"#)),
            }),
        }
    }

    async fn connected(&self, socket: &Socket) {
        let answer = socket.emit_with_ack("rules", r#""Be kind.""#, &[], RULES_TIMEOUT);
        let socket = socket.clone();
        // Not here: while this runs, nothing is read from the client.
        tokio::spawn(async move {
            if answer.await.is_err() {
                socket.disconnect();
            }
        });
    }

    async fn event(&self, socket: &Socket, event: ClientEvent<'_>) {
        let argument = event.args.first().map_or("null", |argument| argument.get());
        let done = match event.name {
            "enter" => match serde_json::from_str(argument) {
                Ok(room) => socket.enter(room).await.is_ok(),
                Err(_) => false,
            },
            "leave" => match serde_json::from_str(argument) {
                Ok(room) => socket.exit(room).await.unwrap_or(false),
                Err(_) => false,
            },
            "say" => say(socket, argument),
            _ => false,
        };
        if let Some(ack) = event.ack {
            socket.ack(ack, if done { "true" } else { "false" });
        }
    }

    async fn disconnect(&self, _socket: &Socket, _reason: Disconnected) {
        // Its rooms are left already.
    }
}

fn say(socket: &Socket, argument: &str) -> bool {
    let Ok(Say { room, text }) = serde_json::from_str(argument) else { return false };
    let Some(Guest { name }) = socket.state() else { return false };
    let Ok(said) = serde_json::to_string(&Said { room, name, text }) else { return false };
    socket.broadcast(room, "said", &said)
}
