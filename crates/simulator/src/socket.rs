//! A connection's two ends in memory: the server writes as much as the window takes, the viewer
//! reads the bytes that have arrived.
//!
//! Written bytes are not yet received: they are in flight until the viewer takes them, and a cut
//! may lose them.

use std::io;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use parking_lot::Mutex;
use rooms::Stream;

#[derive(Clone, Debug, Default)]
pub(crate) struct Socket(Arc<Mutex<Line>>);

#[derive(Debug, Default)]
struct Line {
    /// Bytes that will still be taken.
    window: usize,
    flight: Vec<u8>,
    is_cut: bool,
    reading: Option<Waker>,
    writing: Option<Waker>,
}

/// A window that never closes.
pub(crate) const WIDE_OPEN: usize = usize::MAX;

impl Socket {
    /// Takes this many bytes from now on.
    pub(crate) fn set_window(&self, bytes: usize) {
        let mut line = self.0.lock();
        line.window = bytes;
        if bytes > 0
            && let Some(waker) = line.writing.take()
        {
            waker.wake();
        }
    }

    /// The connection is gone, and both ends know.
    pub(crate) fn cut(&self) {
        let mut line = self.0.lock();
        line.is_cut = true;
        let wakers = [line.reading.take(), line.writing.take()];
        drop(line);
        wakers.into_iter().flatten().for_each(Waker::wake);
    }

    pub(crate) fn is_cut(&self) -> bool {
        self.0.lock().is_cut
    }

    /// The next bytes that arrive, `max` at the most.
    pub(crate) fn arrive(&self, max: usize, into: &mut Vec<u8>) {
        let mut line = self.0.lock();
        let count = max.min(line.flight.len());
        into.extend(line.flight.drain(..count));
    }

    /// Bytes in flight after the first `kept` will never arrive.
    pub(crate) fn lose_after(&self, kept: usize) {
        self.0.lock().flight.truncate(kept);
    }

    pub(crate) fn in_flight(&self) -> usize {
        self.0.lock().flight.len()
    }
}

impl Stream for Socket {
    fn try_read(&self, _: &mut [u8]) -> io::Result<usize> {
        if self.is_cut() { Ok(0) } else { Err(io::ErrorKind::WouldBlock.into()) }
    }

    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        let mut line = self.0.lock();
        if line.is_cut {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let taken = line.window.min(bytes.len());
        if taken == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        if line.window != WIDE_OPEN {
            line.window -= taken;
        }
        line.flight.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut line = self.0.lock();
        if line.is_cut {
            return Poll::Ready(Ok(()));
        }
        line.reading = Some(cx.waker().clone());
        Poll::Pending
    }

    fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut line = self.0.lock();
        if line.is_cut || line.window > 0 {
            return Poll::Ready(Ok(()));
        }
        line.writing = Some(cx.waker().clone());
        Poll::Pending
    }

    fn shutdown_write(&self) {}

    fn shutdown(&self) {
        self.cut();
    }
}
