//! A viewer as light as it can be: a socket, the handshake of a stock Socket.IO client, and a count
//! of the frames that have come.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Instant;

use anyhow::{Context as _, bail};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::Notify;

use crate::address;

/// What all viewers together have seen of the event that is being waited for.
#[derive(Debug, Default)]
pub(crate) struct Crowd {
    pub(crate) arrivals: RefCell<Vec<Instant>>,
    expected: Cell<usize>,
    all: Notify,
}

impl Crowd {
    /// Forgets what has come, and says how much is to come now.
    pub(crate) fn expect(&self, events: usize) {
        self.arrivals.borrow_mut().clear();
        self.arrivals.borrow_mut().reserve(events);
        self.expected.set(events);
    }

    pub(crate) async fn all_there(&self) {
        while self.arrivals.borrow().len() < self.expected.get() {
            self.all.notified().await;
        }
    }

    fn arrived(&self) {
        let count = {
            let mut arrivals = self.arrivals.borrow_mut();
            arrivals.push(Instant::now());
            arrivals.len()
        };
        if count >= self.expected.get() {
            self.all.notify_one();
        }
    }
}

const HANDSHAKE: &str = "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: localhost\r\n\
     Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
     Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/// Connects, subscribes, and counts from then on in a task of its own.
pub(crate) async fn join(
    index: usize,
    port: u16,
    route_id: &str,
    crowd: &Rc<Crowd>,
) -> anyhow::Result<()> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(address::source(index))?;
    let mut stream = socket.connect(([127, 0, 0, 1], port).into()).await?;
    stream.set_nodelay(true)?;
    stream.write_all(HANDSHAKE.as_bytes()).await?;
    let mut buffer = Vec::with_capacity(1_024);
    let head_end = loop {
        more(&mut stream, &mut buffer).await?;
        if let Some(end) = buffer.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            break end + 4;
        }
    };
    if !buffer.starts_with(b"HTTP/1.1 101") {
        bail!("refused: {}", String::from_utf8_lossy(&buffer));
    }
    buffer.drain(..head_end);
    expect(&mut stream, &mut buffer, "0{").await?;
    send(&mut stream, "40/seats,").await?;
    expect(&mut stream, &mut buffer, "40/seats").await?;
    let subscribe = format!(r#"42/seats,["subscribe_route",{{"routeId":"{route_id}"}}]"#);
    send(&mut stream, &subscribe).await?;
    expect(&mut stream, &mut buffer, r#"42/seats,["subscribed""#).await?;
    tokio::task::spawn_local(watch(stream, Rc::clone(crowd), buffer));
    Ok(())
}

async fn more(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> anyhow::Result<()> {
    if stream.read_buf(buffer).await? == 0 {
        bail!("the server closed the connection");
    }
    Ok(())
}

/// Waits for the next frame and insists on how it begins.
async fn expect(stream: &mut TcpStream, buffer: &mut Vec<u8>, start: &str) -> anyhow::Result<()> {
    let (from, to) = loop {
        if let Some(frame) = frame(buffer) {
            break frame;
        }
        more(stream, buffer).await?;
    };
    let text = buffer.get(from..to).unwrap_or_default();
    if !text.starts_with(start.as_bytes()) {
        bail!("expected {start}, got {}", String::from_utf8_lossy(text));
    }
    buffer.drain(..to);
    Ok(())
}

/// Where the payload of the first frame begins and ends, if all of it is there.
fn frame(buffer: &[u8]) -> Option<(usize, usize)> {
    let (length, from) = match buffer.get(1)? {
        126 => (usize::from(u16::from_be_bytes([*buffer.get(2)?, *buffer.get(3)?])), 4),
        short => (usize::from(*short), 2),
    };
    (buffer.len() >= from + length).then_some((from, from + length))
}

/// A short masked text frame; the mask may be anything, so it is nothing.
async fn send(stream: &mut TcpStream, text: &str) -> anyhow::Result<()> {
    let length = u8::try_from(text.len()).ok().filter(|length| *length < 126);
    let length = length.context("too long for a short frame")?;
    let mut frame = vec![0x81, 0x80 | length, 0, 0, 0, 0];
    frame.extend_from_slice(text.as_bytes());
    Ok(stream.write_all(&frame).await?)
}

async fn watch(stream: TcpStream, crowd: Rc<Crowd>, mut pending: Vec<u8>) {
    thread_local! {
        static BUFFER: RefCell<Vec<u8>> = RefCell::new(vec![0; 64 << 10]);
    }
    let mut stream = stream;
    loop {
        while let Some((from, to)) = frame(&pending) {
            match pending.get(from) {
                Some(b'4') => crowd.arrived(),
                Some(b'2') if send(&mut stream, "3").await.is_err() => return,
                _ => {}
            }
            pending.drain(..to);
        }
        if pending.is_empty() {
            pending = Vec::new();
        }
        if stream.readable().await.is_err() {
            return;
        }
        let read = BUFFER.with_borrow_mut(|buffer| {
            stream.try_read(buffer).inspect(|read| {
                pending.extend_from_slice(buffer.get(..*read).unwrap_or_default());
            })
        });
        match read {
            Ok(0) => return,
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(_) => return,
        }
    }
}
