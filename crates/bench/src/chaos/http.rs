//! One HTTP connection that stays open, as a counter's frontend has it.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

/// How long an answer may take before it counts as lost.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(20);

pub(crate) struct Connection {
    sender: SendRequest<Full<Bytes>>,
}

/// An answer that has come as a whole.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) total: Option<u64>,
    pub(crate) body: Value,
}

/// What is asked.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) token: Option<String>,
    pub(crate) body: Option<Value>,
}

impl Ask {
    pub(crate) fn get(path: impl Into<String>, token: Option<&str>) -> Self {
        let token = token.map(str::to_owned);
        Self { method: "GET", path: path.into(), token, body: None }
    }

    fn request(&self) -> anyhow::Result<Request<Full<Bytes>>> {
        let mut request = Request::builder().method(self.method).uri(&self.path);
        request = request.header("host", "localhost");
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if self.body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let body = self.body.as_ref().map(Value::to_string).unwrap_or_default();
        Ok(request.body(Full::from(body))?)
    }
}

impl Connection {
    pub(crate) async fn open(port: u16) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        // It ends with the sender, or with the server.
        tokio::task::spawn_local(connection);
        Ok(Self { sender })
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.sender.is_closed()
    }

    /// An error means that nobody knows whether it was done.
    pub(crate) async fn ask(&mut self, ask: &Ask) -> anyhow::Result<Answer> {
        tokio::time::timeout(ANSWER_TIMEOUT, self.converse(ask)).await.context("no answer")?
    }

    /// The head of an answer that goes on for as long as one listens.
    pub(crate) async fn listen(
        &mut self,
        path: &str,
        last_event_id: u64,
    ) -> anyhow::Result<Response<Incoming>> {
        let mut request = Ask::get(path, None).request()?;
        request.headers_mut().insert("last-event-id", last_event_id.into());
        self.sender.ready().await?;
        Ok(self.sender.send_request(request).await?)
    }

    async fn converse(&mut self, ask: &Ask) -> anyhow::Result<Answer> {
        self.sender.ready().await?;
        let response = self.sender.send_request(ask.request()?).await?;
        let status = response.status().as_u16();
        let total = response.headers().get("x-total-count");
        let total = total.and_then(|total| total.to_str().ok()?.parse().ok());
        let body = response.into_body().collect().await?.to_bytes();
        let body = if body.is_empty() { Value::Null } else { serde_json::from_slice(&body)? };
        Ok(Answer { status, total, body })
    }
}

/// One question on a connection of its own, that has to be answered well.
pub(crate) async fn ask(port: u16, ask: &Ask) -> anyhow::Result<Answer> {
    let answer = Connection::open(port).await?.ask(ask).await?;
    let good = (200..300).contains(&answer.status);
    ensure!(good, "{} {}: {} {}", ask.method, ask.path, answer.status, answer.body);
    Ok(answer)
}
