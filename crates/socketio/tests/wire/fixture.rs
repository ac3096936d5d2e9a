//! A server on a port of its own, with a namespace that can do everything the tests need.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use rooms::{
    Audience, Encoding, Event, Frame, History, HistoryError, Hub, Limits, Message, Offset, Place,
    Start,
};
use socketio::websocket::CloseCode;
use socketio::{
    Accept, ClientEvent, Config, ConnectError, ConnectRequest, Disconnected, Namespace, Remote,
    Server, Socket, encode,
};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

pub(crate) struct Fixture {
    pub(crate) server: Server,
    pub(crate) hub: Hub,
    pub(crate) log: Arc<Log>,
    pub(crate) port: u16,
    accepting: JoinHandle<()>,
}

/// The calls that the namespaces got.
#[derive(Default)]
pub(crate) struct Log(Mutex<Vec<String>>);

impl Log {
    fn add(&self, line: impl Into<String>) {
        self.0.lock().unwrap().push(line.into());
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    /// Waits until the log has this line.
    pub(crate) async fn has(&self, line: &str) {
        wait_until(|| self.lines().iter().any(|said| said == line)).await;
    }
}

/// Long enough for the slowest machine; reached only when a test fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) async fn wait_until(mut condition: impl FnMut() -> bool) {
    let waiting = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.expect("what was waited for did not come");
}

/// How connections reach the server.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Serve {
    /// Hyper on the TCP stream: the bare stream is taken out after an upgrade.
    Bare,
    /// Axum's own accept loop: everything goes through the boxed adapter.
    Axum,
}

impl Fixture {
    pub(crate) async fn start() -> Self {
        Self::with(Config::default(), Serve::Bare).await
    }

    pub(crate) async fn with(config: Config, serve: Serve) -> Self {
        Self::bounded(config, Limits::default(), serve).await
    }

    pub(crate) async fn bounded(config: Config, limits: Limits, serve: Serve) -> Self {
        let hub = Hub::new(limits, Arc::new(NoHistory), 0);
        let log = Arc::new(Log::default());
        let server = Server::builder()
            .config(config)
            .namespace("/", Arc::new(Echo(Arc::clone(&log))))
            .namespace("/custom", Arc::new(Echo(Arc::clone(&log))))
            .namespace("/text", Arc::new(TextOnly(Echo(Arc::clone(&log)))))
            .build(hub.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let accepting = match serve {
            Serve::Bare => tokio::spawn(accept(listener, server.clone())),
            Serve::Axum => {
                let router = axum::Router::new().route_service("/socket.io/", server.clone());
                tokio::spawn(async move { axum::serve(listener, router).await.unwrap() })
            }
        };
        Self { server, hub, log, port, accepting }
    }

    pub(crate) fn publish(&self, room: &str, seqs: std::ops::RangeInclusive<u64>) {
        let event = |seq| Event {
            room: room.into(),
            place: Place::counted(seq),
            is_counted: true,
            position: seq,
            owner: None,
            message: Arc::new(Update(seq)),
            known_at: None,
        };
        self.hub.publish(seqs.map(event).collect());
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, server: Server) {
    loop {
        let Ok((stream, remote)) = listener.accept().await else { return };
        tokio::spawn(serve(stream, remote, server.clone()));
    }
}

async fn serve(stream: TcpStream, remote: std::net::SocketAddr, server: Server) {
    let service = tower::ServiceExt::map_request(
        server,
        move |mut request: http::Request<hyper::body::Incoming>| {
            request.extensions_mut().insert(Remote(remote));
            request
        },
    );
    let _ = hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service))
        .with_upgrades()
        .await;
}

struct NoHistory;

#[async_trait]
impl History for NoHistory {
    async fn head(&self, room: &str) -> Result<Option<Place>, HistoryError> {
        Ok((room != "nowhere").then_some(Place::START))
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

struct Update(u64);

impl Message for Update {
    fn encode(&self, _: Encoding, _: Audience, _: &Offset) -> Frame {
        encode::text_frame(&encode::event("/", "update", &self.0.to_string()))
    }
}

/// What the default limits allow.
const OUTBOX_BYTES: usize = 256 << 10;

/// Answers the events that it gets; `event` has those that it knows.
struct Echo(Arc<Log>);

#[async_trait]
impl Namespace for Echo {
    async fn connect(&self, request: ConnectRequest<'_>) -> Result<Accept, ConnectError> {
        let auth = request.auth.map(|auth| auth.get().to_owned()).unwrap_or("null".into());
        if request.auth_str("token") == Ok(Some("bad".into())) {
            return Err(ConnectError { message: "no".into(), data: Some("{\"a\":1}".into()) });
        }
        let bearer = request.handshake.bearer().unwrap().map(str::to_owned);
        let token = request.handshake.query("token");
        Ok(Accept::new(format!(
            "{auth} {bearer:?} {token:?} {}",
            request.handshake.remote().is_some()
        )))
    }

    async fn connected(&self, socket: &Socket) {
        let state: &String = socket.state().unwrap();
        self.0.add("connected");
        socket.emit("welcome", &serde_json::to_string(state).unwrap());
    }

    async fn event(&self, socket: &Socket, event: ClientEvent<'_>) {
        let args: Vec<&str> = event.args.iter().map(|arg| arg.get()).collect();
        match event.name {
            "join" => self.join(socket, args[0].trim_matches('"')).await,
            "leave" => {
                let left = socket.leave(args[0].trim_matches('"')).await.unwrap();
                socket.emit("left", &left.to_string());
            }
            "slow" => {
                tokio::time::sleep(Duration::from_millis(30)).await;
                self.0.add("slow done");
                socket.emit("slow", "");
            }
            "ask" => self.ask(socket, args[0].parse().unwrap()),
            "volatile" => {
                socket.emit_volatile("volatile", args[0]);
            }
            "enter" => socket.enter(args[0].trim_matches('"')).await.unwrap(),
            "exit" => {
                let left = socket.exit(args[0].trim_matches('"')).await.unwrap();
                socket.emit("left", &left.to_string());
            }
            "tell" => {
                socket.broadcast(args[0].trim_matches('"'), "told", args[0]);
            }
            "huge" => {
                // One alone is more than an outbox takes; several fit one by one.
                let count: usize = args[0].parse().unwrap();
                let bytes = if count == 1 { OUTBOX_BYTES + 1 } else { OUTBOX_BYTES / 2 };
                let data = format!("\"{}\"", "x".repeat(bytes));
                for _ in 0..count {
                    socket.emit("huge", &data);
                }
            }
            "kick" => socket.disconnect(),
            "close" => socket.close(CloseCode::Normal, "as it was asked to"),
            "panic" => panic!("as the test wants it"),
            name => {
                socket.emit(name, &args.join(","));
            }
        }
        if let Some(ack) = event.ack {
            socket.ack(ack, &args.join(","));
        }
    }

    async fn refused(&self, socket: &Socket, event: ClientEvent<'_>) {
        socket.emit("refused", "");
        if let Some(ack) = event.ack {
            socket.ack(ack, "");
        }
    }

    async fn disconnect(&self, socket: &Socket, reason: Disconnected) {
        assert_eq!(socket.viewer().rooms(), 0);
        self.0.add(format!("{} {reason:?}", socket.namespace()));
    }
}

/// An echo that takes no bytes.
struct TextOnly(Echo);

#[async_trait]
impl Namespace for TextOnly {
    async fn connect(&self, request: ConnectRequest<'_>) -> Result<Accept, ConnectError> {
        self.0.connect(request).await
    }

    async fn connected(&self, socket: &Socket) {
        self.0.connected(socket).await;
    }

    fn takes_bytes(&self) -> bool {
        false
    }

    async fn event(&self, socket: &Socket, event: ClientEvent<'_>) {
        if event.left_out > 0 {
            let name = "left out";
            socket.emit(name, &event.left_out.to_string());
            let args: Vec<&str> = event.args.iter().map(|arg| arg.get()).collect();
            if let Some(ack) = event.ack {
                socket.ack(ack, &args.join(","));
            }
            return;
        }
        self.0.event(socket, event).await;
    }
}

impl Echo {
    fn ask(&self, socket: &Socket, timeout_ms: u64) {
        let answer = socket.emit_with_ack("question", "1", &[], Duration::from_millis(timeout_ms));
        let log = Arc::clone(&self.0);
        tokio::spawn(async move {
            log.add(match answer.await {
                Ok(answer) => {
                    let args: Vec<&str> = answer.args.iter().map(|arg| arg.get()).collect();
                    format!("answer {} {}", args.join(","), answer.bytes(0).map_or(0, |b| b.len()))
                }
                Err(error) => format!("no answer: {error:?}"),
            });
        });
    }

    async fn join(&self, socket: &Socket, room: &str) {
        let view = socket.view(Encoding::new(0), Audience::Public, None);
        let reply = |at: Place| [socket.event_frame("joined", &at.seq.to_string())];
        if let Err(error) = socket.join(room, Start::Head, view, reply).await {
            socket.emit("error", &format!("\"{error}\""));
        }
    }
}
