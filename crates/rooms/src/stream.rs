//! Sockets as the engine sees them: something that takes bytes if it can, and says when it can.
//!
//! Writing never waits: a pass must be able to try a socket and go on. Readiness is polled only by
//! the one task that owns the connection. A TCP stream is used bare; anything else goes through
//! one boxed adapter.

use std::io;
use std::net::Shutdown;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use crate::adapter::Adapter;

/// A byte stream that can be tried from any thread.
pub trait Stream: Send + Sync + 'static {
    /// Reads what is there; `WouldBlock` if nothing is, 0 at the end.
    fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize>;
    /// Writes what fits; `WouldBlock` if nothing does.
    fn try_write(&self, bytes: &[u8]) -> io::Result<usize>;
    /// Ready when a read is worth a try. Only for the task that owns the connection.
    fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;
    /// Ready when a write is worth a try. Only for the task that owns the connection.
    fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;
    /// Pushes on what was taken but lies in a buffer of the stream itself. Only for the task that
    /// owns the connection.
    fn poll_flush(&self, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
    /// Tells the peer that nothing more will be written.
    fn shutdown_write(&self);
    /// Ends both directions at once.
    fn shutdown(&self);
}

impl Stream for TcpStream {
    fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        Self::try_read(self, buffer)
    }

    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        Self::try_write(self, bytes)
    }

    fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Self::poll_read_ready(self, cx)
    }

    fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Self::poll_write_ready(self, cx)
    }

    // A failing shutdown means that the peer was faster: there is nothing left to end.
    fn shutdown_write(&self) {
        let _ = socket2::SockRef::from(self).shutdown(Shutdown::Write);
    }

    fn shutdown(&self) {
        let _ = socket2::SockRef::from(self).shutdown(Shutdown::Both);
    }
}

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
