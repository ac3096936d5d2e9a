//! The stream that an HTTP server serves, in the one form from which a websocket takes it over bare.
//!
//! hyper hides what it serves behind its own type and gives it back only to somebody who knows what
//! it was. An application that serves TCP as it is needs nothing of this; one that serves something
//! else too (TLS) wraps both, and every upgraded connection leaves hyper's buffers behind.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use rooms::AnyStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// A connection to serve: `hyper_util::rt::TokioIo::new(ServedStream::…)`.
#[derive(Debug)]
pub enum ServedStream {
    /// A TCP connection.
    Tcp(TcpStream),
    /// Any other.
    Other(Box<dyn Other>),
}

/// What can be served beside TCP.
pub trait Other: AsyncRead + AsyncWrite + Send + Unpin + std::fmt::Debug + 'static {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin + std::fmt::Debug + 'static> Other for T {}

impl ServedStream {
    /// Any stream of tokio's kind.
    pub fn other(stream: impl Other) -> Self {
        Self::Other(Box::new(stream))
    }

    fn inner(self: Pin<&mut Self>) -> Pin<&mut dyn Other> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream),
            Self::Other(stream) => Pin::new(stream.as_mut()),
        }
    }
}

impl From<TcpStream> for ServedStream {
    fn from(stream: TcpStream) -> Self {
        Self::Tcp(stream)
    }
}

impl From<ServedStream> for AnyStream {
    fn from(stream: ServedStream) -> Self {
        match stream {
            ServedStream::Tcp(stream) => stream.into(),
            ServedStream::Other(stream) => Self::adapt(stream),
        }
    }
}

impl AsyncRead for ServedStream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.inner().poll_read(cx, buffer)
    }
}

impl AsyncWrite for ServedStream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.inner().poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.inner().poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Tcp(stream) => stream.is_write_vectored(),
            Self::Other(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.inner().poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.inner().poll_shutdown(cx)
    }
}
