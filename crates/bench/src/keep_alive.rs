//! Just enough HTTP/1.1 to keep a server busy: requests made beforehand, one connection that stays,
//! answers with a `Content-Length`.

use std::cell::Cell;
use std::io::ErrorKind::WouldBlock;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// The largest answer that is read, in bytes.
const ANSWER_BYTES_MAX: usize = 4 << 20;

/// How long an answer may take before it counts as lost.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(20);

pub(crate) struct KeepAlive {
    stream: TcpStream,
    buffer: Vec<u8>,
}

pub(crate) struct Answer<'a> {
    pub(crate) status: u16,
    /// The `X-Total-Count` of a list.
    pub(crate) total: Option<u64>,
    pub(crate) body: &'a [u8],
}

impl Answer<'_> {
    pub(crate) fn is_good(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body, if the request succeeded.
    pub(crate) fn good(&self) -> anyhow::Result<&[u8]> {
        ensure!(self.is_good(), "{}: {}", self.status, String::from_utf8_lossy(self.body));
        Ok(self.body)
    }
}

impl KeepAlive {
    pub(crate) async fn connect(port: u16) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(16 << 10) })
    }

    /// One that is mostly waiting: its buffer grows as it is needed.
    pub(crate) fn over(stream: TcpStream) -> Self {
        Self { stream, buffer: Vec::new() }
    }

    /// Its own port, by which a proxy knows it.
    pub(crate) fn own_port(&self) -> Option<u16> {
        Some(self.stream.local_addr().ok()?.port())
    }

    /// The server has ended it: a request sent on it now does not arrive.
    pub(crate) fn is_closed(&self) -> bool {
        !matches!(self.stream.try_read(&mut [0]), Err(error) if error.kind() == WouldBlock)
    }

    /// Sends one request as it is and waits for its answer. An error means that it is unknown
    /// whether it was done.
    pub(crate) async fn exchange(&mut self, request: &[u8]) -> anyhow::Result<Answer<'_>> {
        tokio::time::timeout(ANSWER_TIMEOUT, self.converse(request)).await.context("no answer")?
    }

    /// The same without a time-out: a poll is answered when there is something to send.
    pub(crate) async fn wait(&mut self, request: &[u8]) -> anyhow::Result<Answer<'_>> {
        self.converse(request).await
    }

    async fn converse(&mut self, request: &[u8]) -> anyhow::Result<Answer<'_>> {
        self.buffer.clear();
        self.stream.write_all(request).await?;
        let Head { status, total, end, body_bytes } = loop {
            self.more().await?;
            if let Some(head) = head(&self.buffer)? {
                break head;
            }
        };
        ensure!(body_bytes <= ANSWER_BYTES_MAX, "an answer of {body_bytes} bytes");
        while self.buffer.len() < end + body_bytes {
            self.more().await?;
        }
        let body = self.buffer.get(end..end + body_bytes).unwrap_or_default();
        Ok(Answer { status, total, body })
    }

    async fn more(&mut self) -> anyhow::Result<()> {
        if self.stream.read_buf(&mut self.buffer).await? == 0 {
            bail!("the server closed the connection");
        }
        Ok(())
    }
}

struct Head {
    status: u16,
    total: Option<u64>,
    /// Where the body begins, and how long it is.
    end: usize,
    body_bytes: usize,
}

/// `None` while the head is not complete.
fn head(buffer: &[u8]) -> anyhow::Result<Option<Head>> {
    let Some(end) = buffer.windows(4).position(|bytes| bytes == b"\r\n\r\n") else {
        ensure!(buffer.len() < 64 << 10, "an endless head");
        return Ok(None);
    };
    let text = std::str::from_utf8(buffer.get(..end).unwrap_or_default())?;
    let mut lines = text.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok());
    let status = status.with_context(|| format!("not HTTP: {text}"))?;
    let field = |wanted: &str| {
        let mut fields = lines.clone().filter_map(|line| line.split_once(':'));
        fields.find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.trim())
    };
    let total = field("x-total-count").and_then(|total| total.parse().ok());
    let body_bytes = field("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    Ok(Some(Head { status, total, end: end + 4, body_bytes }))
}

/// A request as it goes over the wire.
pub(crate) fn request(
    method: &str,
    path: &str,
    token: Option<&str>,
    body: Option<&Value>,
) -> Vec<u8> {
    request_with(method, path, token, body, &[])
}

/// The same with more fields in its head, those that have a value.
pub(crate) fn request_with(
    method: &str,
    path: &str,
    token: Option<&str>,
    body: Option<&Value>,
    more: &[(&str, Option<String>)],
) -> Vec<u8> {
    let field = |(name, value): &(&str, Option<String>)| {
        value.as_ref().map(|value| format!("{name}: {value}\r\n"))
    };
    let more: String = more.iter().filter_map(field).collect();
    let body = body.map(Value::to_string).unwrap_or_default();
    let authorization =
        token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
    format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\n{authorization}{more}\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// One request on a connection of its own; its answer as JSON.
pub(crate) async fn ask(port: u16, request: &[u8]) -> anyhow::Result<Value> {
    let mut connection = KeepAlive::connect(port).await?;
    let answer = connection.exchange(request).await?;
    let body = answer.good()?;
    Ok(if body.is_empty() { Value::Null } else { serde_json::from_slice(body)? })
}

/// Makes `count` requests over `clients` connections, divided among the ports. Each connection
/// sends its next request when it has its answer. Every answer is passed on with the time that it
/// took.
pub(crate) async fn all(
    ports: &[u16],
    clients: usize,
    count: usize,
    request: impl Fn(usize) -> Vec<u8> + 'static,
    answered: impl Fn(usize, &[u8], Duration) + 'static,
) -> anyhow::Result<()> {
    let next = Rc::new(Cell::new(0));
    let (request, answered) = (Rc::new(request), Rc::new(answered));
    let mut working = tokio::task::JoinSet::new();
    for port in ports.iter().copied().cycle().take(clients.min(count)) {
        let (next, request, answered) =
            (Rc::clone(&next), Rc::clone(&request), Rc::clone(&answered));
        let mut connection = KeepAlive::connect(port).await?;
        working.spawn_local(async move {
            while next.get() < count {
                let index = next.replace(next.get() + 1);
                let bytes = request(index);
                let start = Instant::now();
                let answer = connection.exchange(&bytes).await?;
                answered(index, answer.good()?, start.elapsed());
            }
            anyhow::Ok(())
        });
    }
    while let Some(done) = working.join_next().await {
        done??;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::head;

    #[test]
    fn a_head_is_read_when_it_is_all_there() {
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Total-Count: 7\r\n\r\n[]";
        assert!(head(&answer[..50]).unwrap().is_none());
        let head = head(answer).unwrap().unwrap();
        assert_eq!((head.status, head.total, head.body_bytes), (200, Some(7), 2));
        assert_eq!(answer[head.end..], *b"[]");
    }
}
