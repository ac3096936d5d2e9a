//! Just enough HTTP/1.1 to keep a server busy: requests made beforehand, one connection that stays,
//! answers with a `Content-Length`.
//!
//! A request of the bench's own asks again as a client does while the server says that it is busy.

use std::cell::Cell;
use std::io::ErrorKind::WouldBlock;
use std::net::{Ipv4Addr, SocketAddr};
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

/// The status of a server that is busy for a moment.
const BUSY: u16 = 503;

/// How often a request is sent to a server that answers each time that it is busy.
const ATTEMPTS_MAX: u32 = 10;

/// Before the next attempt: what the server says in `Retry-After`, or this if it says nothing; but
/// not longer than the second.
const PAUSE: Duration = Duration::from_secs(1);
const PAUSE_MAX: Duration = Duration::from_secs(5);

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
        let stream = connect((Ipv4Addr::LOCALHOST, port).into()).await?;
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
        let head = self.converse_in_time(request).await?;
        Ok(self.answer(&head))
    }

    /// The same, sent again as long as the server says that it is busy, so that nothing was done.
    pub(crate) async fn insist(&mut self, request: &[u8]) -> anyhow::Result<Answer<'_>> {
        let mut attempt = 1;
        let head = loop {
            let head = self.converse_in_time(request).await?;
            if head.status != BUSY || attempt == ATTEMPTS_MAX {
                break head;
            }
            attempt += 1;
            tokio::time::sleep(head.pause()).await;
            if self.is_closed() {
                let server = self.stream.peer_addr()?;
                *self = Self::over(connect(server).await?);
            }
        };
        Ok(self.answer(&head))
    }

    /// The same as [`exchange`](Self::exchange) without a time-out: a poll is answered when there
    /// is something to send.
    pub(crate) async fn wait(&mut self, request: &[u8]) -> anyhow::Result<Answer<'_>> {
        let head = self.converse(request).await?;
        Ok(self.answer(&head))
    }

    async fn converse_in_time(&mut self, request: &[u8]) -> anyhow::Result<Head> {
        tokio::time::timeout(ANSWER_TIMEOUT, self.converse(request)).await.context("no answer")?
    }

    /// Returns when the whole answer is in the buffer.
    async fn converse(&mut self, request: &[u8]) -> anyhow::Result<Head> {
        self.buffer.clear();
        self.stream.write_all(request).await?;
        let head = loop {
            self.more().await?;
            if let Some(head) = head(&self.buffer)? {
                break head;
            }
        };
        ensure!(head.body_bytes <= ANSWER_BYTES_MAX, "an answer of {} bytes", head.body_bytes);
        while self.buffer.len() < head.end + head.body_bytes {
            self.more().await?;
        }
        Ok(head)
    }

    fn answer(&self, head: &Head) -> Answer<'_> {
        let body = self.buffer.get(head.end..head.end + head.body_bytes).unwrap_or_default();
        Answer { status: head.status, total: head.total, body }
    }

    async fn more(&mut self) -> anyhow::Result<()> {
        if self.stream.read_buf(&mut self.buffer).await? == 0 {
            bail!("the server closed the connection");
        }
        Ok(())
    }
}

async fn connect(server: SocketAddr) -> anyhow::Result<TcpStream> {
    let stream = TcpStream::connect(server).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

struct Head {
    status: u16,
    total: Option<u64>,
    /// `Retry-After`, in seconds.
    retry_after: Option<u64>,
    /// Where the body begins, and how long it is.
    end: usize,
    body_bytes: usize,
}

impl Head {
    /// Before the same request is sent again.
    fn pause(&self) -> Duration {
        self.retry_after.map_or(PAUSE, Duration::from_secs).min(PAUSE_MAX)
    }
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
    let number = |name: &str| field(name).and_then(|number| number.parse().ok());
    let (total, retry_after) = (number("x-total-count"), number("retry-after"));
    let body_bytes = field("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    Ok(Some(Head { status, total, retry_after, end: end + 4, body_bytes }))
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
    let answer = connection.insist(request).await?;
    let body = answer.good()?;
    Ok(if body.is_empty() { Value::Null } else { serde_json::from_slice(body)? })
}

/// Makes `count` requests over `clients` connections, divided among the ports. Each connection
/// sends its next request when it has its answer. Every answer is passed on with the time that it
/// took, also if the request had to be sent again.
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
                let answer = connection.insist(&bytes).await?;
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
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::{ATTEMPTS_MAX, KeepAlive, Value, ask, head};

    #[test]
    fn a_head_is_read_when_it_is_all_there() {
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Total-Count: 7\r\n\r\n[]";
        assert!(head(&answer[..50]).unwrap().is_none());
        let head = head(answer).unwrap().unwrap();
        assert_eq!((head.status, head.total, head.body_bytes), (200, Some(7), 2));
        assert_eq!(answer[head.end..], *b"[]");
    }

    const BUSY: &str = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 0\r\n\
                        Content-Length: 4\r\n\r\nbusy";
    const READY: &str = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ntrue";

    /// A server that is busy for this many requests; it ends the connection behind every second
    /// answer.
    async fn busy_for(requests: u32) -> (u16, Arc<AtomicU32>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::<AtomicU32>::default();
        let count = Arc::clone(&asked);
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                for _ in 0..2 {
                    if stream.read(&mut [0; 1_024]).await.unwrap() == 0 {
                        break;
                    }
                    let is_busy = count.fetch_add(1, Ordering::Relaxed) < requests;
                    let answer = if is_busy { BUSY } else { READY };
                    stream.write_all(answer.as_bytes()).await.unwrap();
                }
            }
        });
        (port, asked)
    }

    #[tokio::test]
    async fn a_busy_server_is_asked_again_until_it_is_ready() {
        let (port, asked) = busy_for(3).await;
        assert_eq!(ask(port, b"GET").await.unwrap(), Value::Bool(true));
        assert_eq!(asked.load(Ordering::Relaxed), 4);
    }

    #[tokio::test]
    async fn a_server_that_stays_busy_is_given_up_after_some_attempts() {
        let (port, asked) = busy_for(u32::MAX).await;
        assert_eq!(ask(port, b"GET").await.unwrap_err().to_string(), "503: busy");
        assert_eq!(asked.load(Ordering::Relaxed), ATTEMPTS_MAX);
    }

    #[tokio::test]
    async fn what_is_measured_is_sent_once() {
        let (port, _) = busy_for(1).await;
        let mut connection = KeepAlive::connect(port).await.unwrap();
        assert_eq!(connection.exchange(b"GET").await.unwrap().status, 503);
        assert_eq!(connection.exchange(b"GET").await.unwrap().status, 200);
    }
}
