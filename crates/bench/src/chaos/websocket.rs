//! A [WebSocket](crate::websocket) that can be cut like a cable.

use std::io;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::websocket::{CLOSE, PING, PONG, TEXT, first, masked, upgrade};

pub(crate) struct WebSocket {
    stream: TcpStream,
    pending: BytesMut,
}

impl WebSocket {
    pub(crate) async fn open(port: u16, path: &str) -> io::Result<Self> {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.set_nodelay(true)?;
        let pending = BytesMut::from(upgrade(&mut stream, path).await?.as_slice());
        Ok(Self { stream, pending })
    }

    /// The next text. The future may be dropped while it waits: nothing is lost.
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

    /// The other side gets a reset; bytes on the way in either direction are lost.
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
        self.stream.write_all(&masked(opcode, payload)).await
    }
}

/// Ends a connection with a reset.
pub(crate) fn reset(stream: TcpStream) {
    // If that setting fails, the connection is closed anyway.
    let _ = stream.set_zero_linger();
}
