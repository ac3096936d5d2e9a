//! Makes a poll-style stream (TLS, an in-memory pipe) one that can be tried from any thread.
//!
//! The wrapped stream is always polled with the adapter's own waker, which remembers that something
//! has changed and wakes the task that owns the connection. So a pass may poll it without stealing
//! that task's wake-up.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use atomic_waker::AtomicWaker;
use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::engine::stream::Stream;

pub(crate) struct Adapter<T> {
    io: Mutex<Io<T>>,
    signal: Arc<Signal>,
    waker: Waker,
}

struct Io<T> {
    stream: T,
    /// Bytes were taken by the stream but may still lie in its own buffer.
    unflushed: bool,
    ending: bool,
}

struct Signal {
    readable: AtomicBool,
    writable: AtomicBool,
    reader: AtomicWaker,
    writer: AtomicWaker,
}

impl Wake for Signal {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    // It is not known which direction has changed (a TLS read may wait for a write), so both are
    // tried.
    fn wake_by_ref(self: &Arc<Self>) {
        self.readable.store(true, Ordering::Release);
        self.writable.store(true, Ordering::Release);
        self.reader.wake();
        self.writer.wake();
    }
}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Adapter<T> {
    pub(crate) fn new(stream: T) -> Self {
        let signal = Arc::new(Signal {
            readable: AtomicBool::new(true),
            writable: AtomicBool::new(true),
            reader: AtomicWaker::new(),
            writer: AtomicWaker::new(),
        });
        let waker = Waker::from(Arc::clone(&signal));
        Self { io: Mutex::new(Io { stream, unflushed: false, ending: false }), signal, waker }
    }

    fn flush(&self, io: &mut Io<T>, cx: &mut Context<'_>) -> io::Result<()> {
        if io.unflushed {
            match Pin::new(&mut io.stream).poll_flush(cx) {
                Poll::Ready(result) => {
                    io.unflushed = false;
                    result?;
                }
                Poll::Pending => return Ok(()),
            }
        }
        if io.ending {
            // Done or under way: `poll_flush` continues it when the waker says so.
            let _ = Pin::new(&mut io.stream).poll_shutdown(cx);
        }
        Ok(())
    }
}

impl<T: AsyncRead + AsyncWrite + Send + Unpin + 'static> Stream for Adapter<T> {
    fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut io = self.io.lock();
        // Cleared before the poll: a wake-up that comes in between must not be lost.
        self.signal.readable.store(false, Ordering::Release);
        let mut buffer = ReadBuf::new(buffer);
        let mut cx = Context::from_waker(&self.waker);
        self.flush(&mut io, &mut cx)?;
        match Pin::new(&mut io.stream).poll_read(&mut cx, &mut buffer) {
            Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
            Poll::Ready(result) => {
                self.signal.readable.store(true, Ordering::Release);
                result.map(|()| buffer.filled().len())
            }
        }
    }

    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        let mut io = self.io.lock();
        self.signal.writable.store(false, Ordering::Release);
        let mut cx = Context::from_waker(&self.waker);
        match Pin::new(&mut io.stream).poll_write(&mut cx, bytes) {
            Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
            Poll::Ready(result) => {
                self.signal.writable.store(true, Ordering::Release);
                let written = result?;
                io.unflushed = true;
                self.flush(&mut io, &mut cx)?;
                Ok(written)
            }
        }
    }

    fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        poll_flag(&self.signal.readable, &self.signal.reader, cx)
    }

    fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        poll_flag(&self.signal.writable, &self.signal.writer, cx)
    }

    fn poll_flush(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.signal.writer.register(cx.waker());
        let mut io = self.io.lock();
        let flushed = self.flush(&mut io, &mut Context::from_waker(&self.waker));
        if io.unflushed && flushed.is_ok() { Poll::Pending } else { Poll::Ready(flushed) }
    }

    fn shutdown_write(&self) {
        let mut io = self.io.lock();
        io.ending = true;
        // A failure shows at the next read, where it ends the connection.
        let _ = self.flush(&mut io, &mut Context::from_waker(&self.waker));
    }

    fn shutdown(&self) {
        self.shutdown_write();
        Wake::wake_by_ref(&self.signal);
    }
}

fn poll_flag(flag: &AtomicBool, task: &AtomicWaker, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
    task.register(cx.waker());
    if flag.load(Ordering::Acquire) { Poll::Ready(Ok(())) } else { Poll::Pending }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    #[tokio::test]
    async fn blocks_when_full_and_wakes_when_drained() {
        let (near, mut far) = duplex(4);
        let adapter = Adapter::new(near);
        assert_eq!(adapter.try_write(b"abcdef").unwrap(), 4);
        assert_eq!(adapter.try_write(b"ef").unwrap_err().kind(), io::ErrorKind::WouldBlock);
        let mut got = [0; 4];
        far.read_exact(&mut got).await.unwrap();
        poll_fn(|cx| adapter.poll_write_ready(cx)).await.unwrap();
        assert_eq!(adapter.try_write(b"ef").unwrap(), 2);
    }

    #[tokio::test]
    async fn a_read_waits_for_the_peer_and_sees_its_end() {
        let (near, mut far) = duplex(64);
        let adapter = Adapter::new(near);
        let mut buffer = [0; 8];
        let blocked = adapter.try_read(&mut buffer).unwrap_err();
        assert_eq!(blocked.kind(), io::ErrorKind::WouldBlock);
        far.write_all(b"hi").await.unwrap();
        poll_fn(|cx| adapter.poll_read_ready(cx)).await.unwrap();
        assert_eq!(adapter.try_read(&mut buffer).unwrap(), 2);
        drop(far);
        let _ = adapter.try_read(&mut buffer);
        poll_fn(|cx| adapter.poll_read_ready(cx)).await.unwrap();
        assert_eq!(adapter.try_read(&mut buffer).unwrap(), 0);
    }
}
