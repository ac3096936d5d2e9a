//! A viewer as light as it can be: a socket, the handshake of a stock Socket.IO client, and a
//! callback for its packets.
//!
//! It answers pings; its other limits are those of [`websocket`]. An idle viewer owns no buffer:
//! bytes are read into one that all share, and only the beginning of a frame is kept.

use std::cell::RefCell;
use std::pin::Pin;
use std::task::{Poll, ready};
use std::time::{Duration, Instant};

use anyhow::bail;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::{TcpSocket, TcpStream};

use crate::json::number_behind;
use crate::{address, websocket};

const READ_BYTES: usize = 64 << 10;

/// How long a server may take to answer a subscription before the subscription is repeated: a peer
/// that loses one must not hold up a run.
const SUBSCRIBE_TIMEOUT: Duration = Duration::from_secs(5);

const SUBSCRIBE_ATTEMPTS_MAX: usize = 6;

/// What happens to the packets that reach a viewer.
pub(crate) trait Sight {
    /// A Socket.IO packet as text (`42/seats,["seat_update",…`), and when it was read.
    fn packet(&mut self, packet: &[u8], at: Instant);
}

/// A subscribed viewer.
pub(crate) struct Viewer<S> {
    stream: S,
    /// Bytes after the last whole frame.
    pending: Vec<u8>,
    /// The `seq` of the answer to its subscription, where the server gives one.
    pub(crate) seq: Option<u64>,
    /// Subscriptions that were not answered.
    pub(crate) lost: usize,
}

/// Connects from an address that the `index`-th viewer shares with few enough others.
pub(crate) async fn connect(index: usize, port: u16) -> std::io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(address::source(index))?;
    let stream = socket.connect(([127, 0, 0, 1], port).into()).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

const PATH: &str = "/socket.io/?EIO=4&transport=websocket";

impl<S: AsyncRead + AsyncWrite + Unpin> Viewer<S> {
    /// The handshake and the subscription, each step when the one before was answered.
    pub(crate) async fn join(
        mut stream: S,
        route: &str,
        since: Option<u64>,
    ) -> anyhow::Result<Self> {
        let pending = websocket::upgrade(&mut stream, PATH).await?;
        let mut viewer = Self { stream, pending, seq: None, lost: 0 };
        viewer.expect("0{").await?;
        viewer.send("40/seats,").await?;
        viewer.expect("40/seats").await?;
        let since = since.map(|seq| format!(r#","since":{seq}"#)).unwrap_or_default();
        let subscribe = format!(r#"42/seats,["subscribe_route",{{"routeId":"{route}"{since}}}]"#);
        viewer.send(&subscribe).await?;
        let answer = loop {
            let answer = viewer.expect(r#"42/seats,["subscribed""#);
            match tokio::time::timeout(SUBSCRIBE_TIMEOUT, answer).await {
                Ok(answer) => break answer?,
                Err(_) if viewer.lost >= SUBSCRIBE_ATTEMPTS_MAX => bail!("no `subscribed`"),
                Err(_) => {
                    viewer.lost += 1;
                    viewer.send(&subscribe).await?;
                }
            }
        };
        viewer.seq = number_behind(&answer, br#""seq":"#);
        Ok(viewer)
    }

    pub(crate) fn stream(&self) -> &S {
        &self.stream
    }

    async fn more(&mut self) -> anyhow::Result<()> {
        if self.stream.read_buf(&mut self.pending).await? == 0 {
            bail!("the server closed the connection");
        }
        Ok(())
    }

    async fn send(&mut self, text: &str) -> std::io::Result<()> {
        self.stream.write_all(&websocket::masked(websocket::TEXT, text.as_bytes())).await?;
        self.stream.flush().await
    }

    /// Waits for the next frame that is no ping, and fails unless it begins with `start`.
    async fn expect(&mut self, start: &str) -> anyhow::Result<Vec<u8>> {
        loop {
            let packet = self.next().await?;
            if packet == b"2" {
                self.send("3").await?;
            } else if packet.starts_with(start.as_bytes()) {
                return Ok(packet);
            } else {
                bail!("expected {start}, got {}", String::from_utf8_lossy(&packet));
            }
        }
    }

    async fn next(&mut self) -> anyhow::Result<Vec<u8>> {
        let payload = loop {
            if let Some(payload) = websocket::first(&self.pending) {
                break payload;
            }
            self.more().await?;
        };
        let end = payload.end;
        let packet = self.pending.get(payload).unwrap_or_default().to_vec();
        self.pending.drain(..end);
        Ok(packet)
    }

    /// Passes on all packets, until the connection ends.
    pub(crate) async fn watch(mut self, sight: &mut impl Sight) {
        let mut pings = take_frames(&mut self.pending, &[], sight, Instant::now());
        loop {
            for _ in 0..pings {
                if self.send("3").await.is_err() {
                    return;
                }
            }
            match self.read(sight).await {
                Some(heard) => pings = heard,
                None => return,
            }
        }
    }

    /// Returns the pings among the bytes that were read; `None` at the end.
    async fn read(&mut self, sight: &mut impl Sight) -> Option<usize> {
        thread_local! {
            static BUFFER: RefCell<Box<[u8]>> = RefCell::new(vec![0; READ_BYTES].into());
        }
        std::future::poll_fn(|context| {
            BUFFER.with_borrow_mut(|buffer| {
                let mut space = ReadBuf::new(buffer);
                let read = ready!(Pin::new(&mut self.stream).poll_read(context, &mut space));
                if read.is_err() || space.filled().is_empty() {
                    return Poll::Ready(None);
                }
                let now = Instant::now();
                Poll::Ready(Some(take_frames(&mut self.pending, space.filled(), sight, now)))
            })
        })
        .await
    }
}

/// Passes on every whole frame of `pending` and `fresh`, and keeps the rest. Returns the pings.
fn take_frames(pending: &mut Vec<u8>, fresh: &[u8], sight: &mut impl Sight, at: Instant) -> usize {
    let mut bytes = fresh;
    let joined;
    if !pending.is_empty() {
        pending.extend_from_slice(fresh);
        joined = std::mem::take(pending);
        bytes = &joined;
    }
    let mut pings = 0;
    while let Some(payload) = websocket::first(bytes) {
        let end = payload.end;
        let packet = bytes.get(payload).unwrap_or_default();
        match packet.first() {
            Some(b'4') => sight.packet(packet, at),
            Some(b'2') => pings += 1,
            _ => {}
        }
        bytes = bytes.get(end..).unwrap_or_default();
    }
    if !bytes.is_empty() {
        *pending = bytes.to_vec();
    }
    pings
}
