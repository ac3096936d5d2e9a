//! A stream in the form in which a viewer keeps it: a TCP stream bare, anything else through one
//! boxed adapter.

use std::io;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use crate::engine::adapter::Adapter;
use crate::engine::stream::Stream;

/// A stream in the form in which a viewer keeps it: bare TCP costs no allocation and no dynamic
/// call.
pub enum AnyStream {
    /// A TCP connection.
    Tcp(TcpStream),
    /// Any other stream.
    Boxed(Box<dyn Stream>),
}

impl AnyStream {
    /// Wraps a stream of tokio's kind (TLS, an in-memory pipe).
    pub fn adapt(io: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) -> Self {
        Self::Boxed(Box::new(Adapter::new(io)))
    }

    fn inner(&self) -> &dyn Stream {
        match self {
            Self::Tcp(stream) => stream,
            Self::Boxed(stream) => stream.as_ref(),
        }
    }
}

impl std::fmt::Debug for AnyStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Tcp(_) => "AnyStream::Tcp",
            Self::Boxed(_) => "AnyStream::Boxed",
        })
    }
}

impl From<TcpStream> for AnyStream {
    fn from(stream: TcpStream) -> Self {
        Self::Tcp(stream)
    }
}

impl Stream for AnyStream {
    fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.try_read(buffer),
            Self::Boxed(stream) => stream.try_read(buffer),
        }
    }

    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.try_write(bytes),
            Self::Boxed(stream) => stream.try_write(bytes),
        }
    }

    fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.inner().poll_read_ready(cx)
    }

    fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.inner().poll_write_ready(cx)
    }

    fn poll_flush(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.inner().poll_flush(cx)
    }

    fn shutdown_write(&self) {
        self.inner().shutdown_write();
    }

    fn shutdown(&self) {
        self.inner().shutdown();
    }
}
