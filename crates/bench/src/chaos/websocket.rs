//! A WebSocket as light as a viewer needs it, that can be cut like a cable.
//!
//! Its limits: it looks at no `Sec-WebSocket-Accept`, takes frames to be whole (no fragments), and
//! masks with an empty mask.

use std::io;
use std::ops::Range;

use bytes::{Buf as _, Bytes, BytesMut};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A longer answer to the upgrade is none.
const HEAD_BYTES_MAX: usize = 16 << 10;

const TEXT: u8 = 0x1;
const CLOSE: u8 = 0x8;
const PING: u8 = 0x9;
const PONG: u8 = 0xa;

pub(crate) struct WebSocket {
    stream: TcpStream,
    pending: BytesMut,
}

impl WebSocket {
    pub(crate) async fn open(port: u16, path: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.set_nodelay(true)?;
        let mut socket = Self { stream, pending: BytesMut::new() };
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n\
             Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        socket.stream.write_all(request.as_bytes()).await?;
        let end = loop {
            socket.more().await?;
            let found = socket.pending.windows(4).position(|bytes| bytes == b"\r\n\r\n");
            match found {
                Some(end) => break end + 4,
                None if socket.pending.len() > HEAD_BYTES_MAX => return Err(refused()),
                None => {}
            }
        };
        if !socket.pending.starts_with(b"HTTP/1.1 101") {
            return Err(refused());
        }
        socket.pending.advance(end);
        Ok(socket)
    }

    /// The next text. May be dropped while it waits: nothing is lost.
    pub(crate) async fn next(&mut self) -> io::Result<Bytes> {
        loop {
            while let Some(payload) = first(&self.pending) {
                let opcode = self.pending.first().map_or(CLOSE, |byte| byte & 0xf);
                let mut frame = self.pending.split_to(payload.end);
                let payload = frame.split_off(payload.start).freeze();
                match opcode {
                    TEXT => return Ok(payload),
                    PING => self.write(PONG, &payload).await?,
                    CLOSE => return Err(io::ErrorKind::ConnectionAborted.into()),
                    _ => {}
                }
            }
            self.more().await?;
        }
    }

    pub(crate) async fn send(&mut self, text: &str) -> io::Result<()> {
        self.write(TEXT, text.as_bytes()).await
    }

    /// The other side gets a reset; what was on the way in either direction is lost.
    pub(crate) fn cut(self) {
        reset(self.stream);
    }

    async fn more(&mut self) -> io::Result<()> {
        if self.stream.read_buf(&mut self.pending).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(())
    }

    async fn write(&mut self, opcode: u8, payload: &[u8]) -> io::Result<()> {
        let mut frame = Vec::with_capacity(payload.len() + 8);
        frame.push(0x80 | opcode);
        match u8::try_from(payload.len()) {
            Ok(short) if short < 126 => frame.push(0x80 | short),
            _ => {
                let length = u16::try_from(payload.len()).map_err(io::Error::other)?;
                frame.push(0x80 | 126);
                frame.extend_from_slice(&length.to_be_bytes());
            }
        }
        frame.extend_from_slice(&[0; 4]);
        frame.extend_from_slice(payload);
        self.stream.write_all(&frame).await
    }
}

/// Ends a connection the hard way.
pub(crate) fn reset(stream: TcpStream) {
    // A connection that cannot be told so is closed all the same.
    let _ = stream.set_zero_linger();
}

/// Where the payload of the first frame lies, if all of it is there.
fn first(bytes: &[u8]) -> Option<Range<usize>> {
    let (length, start): (usize, usize) = match bytes.get(1)? & 0x7f {
        126 => (usize::from(u16::from_be_bytes([*bytes.get(2)?, *bytes.get(3)?])), 4),
        127 => {
            let length = bytes.get(2..10)?.try_into().ok()?;
            (usize::try_from(u64::from_be_bytes(length)).ok()?, 10)
        }
        short => (usize::from(short), 2),
    };
    let end = start.checked_add(length)?;
    (bytes.len() >= end).then_some(start..end)
}

fn refused() -> io::Error {
    io::Error::other("the upgrade was refused")
}
