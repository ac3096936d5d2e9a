//! One of the two example servers on a port of its own.

use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::client::{Client, Got};
use crate::http::{Answer, Http};
use crate::{engine_conformance, socketio_conformance};

/// Long enough for the slowest machine; reached only when a test fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Between two pings, and for the answer to one.
pub(crate) type Heartbeat = (Duration, Duration);

/// No ping comes between the packets of a test, and no client is too slow.
const PATIENT: Heartbeat = (PATIENCE, PATIENCE);

/// Pings come, and a slow machine has time to answer them.
pub(crate) const PINGS: Heartbeat = (engine_conformance::PING_INTERVAL, PATIENCE);

pub(crate) struct Fixture {
    pub(crate) port: u16,
    pub(crate) path: &'static str,
    serving: JoinHandle<()>,
}

impl Fixture {
    pub(crate) async fn engine() -> Self {
        Self::engine_with(PATIENT).await
    }

    pub(crate) async fn engine_with((ping_interval, ping_timeout): Heartbeat) -> Self {
        Self::start("/engine.io/", engine_conformance::app(ping_interval, ping_timeout)).await
    }

    pub(crate) async fn socketio() -> Self {
        Self::socketio_with(PATIENT, PATIENCE).await
    }

    pub(crate) async fn socketio_with(
        (ping_interval, ping_timeout): Heartbeat,
        connect_timeout: Duration,
    ) -> Self {
        let app = socketio_conformance::app(ping_interval, ping_timeout, connect_timeout);
        Self::start("/socket.io/", app).await
    }

    async fn start(path: &'static str, app: axum::Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let serving = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { port, path, serving }
    }

    pub(crate) fn http(&self) -> Http {
        Http { port: self.port, path: self.path }
    }

    /// A websocket session, and its open packet.
    pub(crate) async fn websocket(&self) -> (Client, String) {
        let path = format!("{}?EIO=4&transport=websocket", self.path);
        let mut client = Client::open(self.port, &path, "").await;
        let Got::Text(open) = client.next().await else { panic!("no open packet") };
        (client, open)
    }

    /// A websocket that belongs to a session.
    pub(crate) async fn probe(&self, sid: &str) -> Client {
        let path = format!("{}?EIO=4&transport=websocket&sid={sid}", self.path);
        Client::open(self.port, &path, "").await
    }

    /// A poll that has reached the server and waits there.
    pub(crate) async fn poll_that_waits(&self, sid: &str) -> JoinHandle<Answer> {
        let (http, sid) = (self.http(), sid.to_owned());
        let poll = tokio::spawn(async move { http.poll(&sid).await });
        self.has_read_all().await;
        poll
    }

    /// Two exchanges after everything that was begun. Test and server share one thread, on which
    /// tasks and sockets have their turn in the order in which they became ready: during the first
    /// exchange the earlier bytes are sent, and when the second is over the server has handled
    /// them.
    async fn has_read_all(&self) {
        for _ in 0..2 {
            self.http().request("GET", "", "").await;
        }
    }

    /// A websocket that is connected to the main namespace.
    pub(crate) async fn connected(&self) -> Client {
        let (mut client, _) = self.websocket().await;
        client.text("40").await;
        assert!(matches!(client.packet().await, Got::Text(text) if text.starts_with("40{")));
        assert_eq!(client.packet().await, Got::Text("42[\"auth\",{}]".into()));
        client
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        self.serving.abort();
    }
}
