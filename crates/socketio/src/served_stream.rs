//! The stream that an HTTP server serves, in the one form from which a websocket takes it over
//! bare.
//!
//! hyper hides a served stream behind its own type and gives it back only to a caller that knows
//! the stream's type. An application that serves bare TCP does not need this file; one that serves
//! something else (TLS, a stream with checks around it) wraps it, and every upgraded connection
//! leaves hyper's buffers, and the wrapper, behind.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use rooms::AnyStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A connection to serve: `hyper_util::rt::TokioIo::new(ServedStream::new(…))`.
#[derive(Debug)]
pub struct ServedStream(Box<dyn Served>);

/// What can be served, and taken over by a websocket.
pub trait Served: AsyncRead + AsyncWrite + Send + Unpin + std::fmt::Debug + 'static {
    /// The stream under it, without the parts that were only for HTTP, and the bytes that were read
    /// from that stream and not yet passed on.
    fn into_bare(self: Box<Self>) -> (AnyStream, Vec<u8>);
}

impl ServedStream {
    /// Serves this.
    pub fn new(served: impl Served) -> Self {
        Self(Box::new(served))
    }

    pub(crate) fn into_bare(self) -> (AnyStream, Vec<u8>) {
        self.0.into_bare()
    }
}

impl AsyncRead for ServedStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(self.0.as_mut()).poll_read(cx, buffer)
    }
}

impl AsyncWrite for ServedStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(self.0.as_mut()).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(self.0.as_mut()).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(self.0.as_mut()).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(self.0.as_mut()).poll_shutdown(cx)
    }
}
