//! A server without a port, and clients at the other end of pipes.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use rooms::{Hub, Limits, NoHistory};
use socketio::{
    Accept, ClientEvent, Config, ConnectError, ConnectRequest, Namespace, Server, Socket,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

/// Long enough for the slowest machine; reached only when a test fails.
const PATIENCE: Duration = Duration::from_secs(60);
/// What a pipe holds in each direction.
const PIPE_BYTES: usize = 4 << 10;

/// The room of the event `enter`.
pub(crate) const ROOM: &str = "r";

pub(crate) struct Fixture {
    pub(crate) server: Server,
    pub(crate) hub: Hub,
}

impl Fixture {
    pub(crate) fn new(config: Config, limits: Limits) -> Self {
        let hub = Hub::new(limits, Arc::new(NoHistory), 0);
        let builder = Server::builder().config(config);
        let server = builder.namespace("/", Arc::new(Door)).build(hub.clone());
        Self { server, hub }
    }

    /// A connection to the server.
    pub(crate) fn connect(&self) -> Client {
        let (near, far) = tokio::io::duplex(PIPE_BYTES);
        let service = TowerToHyperService::new(self.server.clone());
        tokio::spawn(async move {
            // However it ends, the client has seen it.
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(far), service)
                .with_upgrades()
                .await;
        });
        Client { stream: near, read: Vec::new() }
    }

    /// A websocket, in the namespace and in the room.
    pub(crate) async fn in_room(&self) -> Client {
        let mut client = self.websocket("").await;
        client.send("40").await;
        client.until("40{").await;
        client.send(r#"420["enter"]"#).await;
        client.until("430[]").await;
        client
    }

    /// A websocket of a new session, or of the one whose id is given.
    pub(crate) async fn websocket(&self, sid: &str) -> Client {
        let mut client = self.connect();
        client
            .write(&format!(
                "GET /?EIO=4&transport=websocket{sid} HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\n\
                 Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                 Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
            ))
            .await;
        client.until("HTTP/1.1 101").await;
        client.until("\r\n\r\n").await;
        client
    }

    /// The answer to a request of HTTP.
    pub(crate) async fn request(&self, method: &str, query: &str, body: &str) -> String {
        let mut client = self.connect();
        let len = body.len();
        client
            .write(&format!(
                "{method} /?EIO=4&transport=polling{query} HTTP/1.1\r\nHost: test\r\n\
                 Connection: close\r\nContent-Length: {len}\r\n\r\n{body}"
            ))
            .await;
        client.rest().await
    }
}

/// Waits until this is so.
pub(crate) async fn until(what: &str, mut is: impl FnMut() -> bool) {
    let waiting = async {
        while !is() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let waited = tokio::time::timeout(PATIENCE, waiting).await;
    assert!(waited.is_ok(), "{what}: not in {PATIENCE:?}");
}

pub(crate) struct Client {
    stream: DuplexStream,
    read: Vec<u8>,
}

impl Client {
    pub(crate) async fn write(&mut self, text: &str) {
        self.raw(text.as_bytes()).await;
    }

    /// Bytes as they are; a server that has closed the pipe need not take them.
    pub(crate) async fn raw(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes).await;
    }

    /// A text message.
    pub(crate) async fn send(&mut self, text: &str) {
        self.frame(0x81, text.as_bytes()).await;
    }

    /// A short frame, with a mask that changes nothing.
    pub(crate) async fn frame(&mut self, first: u8, payload: &[u8]) {
        let len = u8::try_from(payload.len()).unwrap();
        assert!(len < 126);
        self.raw(&[&[first, 0x80 | len, 0, 0, 0, 0], payload].concat()).await;
    }

    /// Reads until this has come, and throws away everything up to there.
    pub(crate) async fn until(&mut self, text: &str) {
        let found = async {
            let mut buffer = [0; 1024];
            loop {
                let mut windows = self.read.windows(text.len());
                if let Some(at) = windows.position(|window| window == text.as_bytes()) {
                    self.read.drain(..at + text.len());
                    return;
                }
                let len = self.stream.read(&mut buffer).await.unwrap();
                let so_far = String::from_utf8_lossy(&self.read);
                assert!(len > 0, "the end, before {text:?}; but {so_far}");
                self.read.extend_from_slice(&buffer[..len]);
            }
        };
        let found = tokio::time::timeout(PATIENCE, found).await;
        assert!(found.is_ok(), "{text:?} does not come");
    }

    /// Reads until the end.
    pub(crate) async fn rest(&mut self) -> String {
        let rest = self.stream.read_to_end(&mut self.read);
        tokio::time::timeout(PATIENCE, rest).await.expect("an end").unwrap();
        String::from_utf8_lossy(&self.read).into_owned()
    }
}

struct Door;

#[async_trait]
impl Namespace for Door {
    async fn connect(&self, _: ConnectRequest<'_>) -> Result<Accept, ConnectError> {
        Ok(Accept::new(()))
    }

    async fn event(&self, socket: &Socket, event: ClientEvent<'_>) {
        if event.name == "enter" {
            socket.enter(ROOM).await.unwrap();
        }
        if let Some(ack) = event.ack {
            socket.ack(ack, "");
        }
    }
}
