//! Sockets as the engine sees them: something that takes bytes if it can, and signals when it can.
//!
//! Writing never waits: a pass must be able to try a socket and go on. Readiness is polled only by
//! the one task that owns the connection.

use std::io;
use std::net::Shutdown;
use std::task::{Context, Poll};

use tokio::net::TcpStream;

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
    /// Sends on bytes that were taken but are still in the stream's own buffer. Only for the task
    /// that owns the connection.
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

    // A failed shutdown means that the peer has closed already: there is nothing left to end.
    fn shutdown_write(&self) {
        let _ = socket2::SockRef::from(self).shutdown(Shutdown::Write);
    }

    fn shutdown(&self) {
        let _ = socket2::SockRef::from(self).shutdown(Shutdown::Both);
    }
}
