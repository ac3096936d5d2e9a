//! An answer that stays open: a viewer's event stream, or a poll that waits.
//!
//! hyper keeps two buffers of 8 KiB for a connection as long as an answer is not over, and these
//! would be most of the memory of such a reader. So the connection is taken out of hyper
//! ([`super::connection`]), and this file writes the rest: the head as hyper would, when the first
//! bytes of the body are known, and the body with its length if that was all of it, otherwise in
//! chunks. Afterwards hyper serves the connection again.
//!
//! The timeouts for the peer are those of the stream below ([`super::watched_stream`]).

use std::collections::VecDeque;
use std::io::{self, IoSlice, Write as _};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::response::Parts;
use http::{Response, header};
use http_body::Body as _;
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use socketio::ServedStream;
use tokio::io::{AsyncRead as _, AsyncWrite as _, ReadBuf};

use super::answering::AnswerBody;

/// A chunk between its length and its end, with the head before it.
const SLICES_MAX: usize = 4;

/// How much of what the peer sends meanwhile is read at a time; it waits until the answer is over.
const AHEAD_BYTES: usize = 512;

pub(super) struct OpenAnswer {
    stream: ServedStream,
    /// Present until the first bytes of the body are known.
    head: Option<Box<Parts>>,
    /// Present until all of it was taken.
    body: Option<AnswerBody>,
    unwritten: VecDeque<Bytes>,
    is_flushed: bool,
}

impl OpenAnswer {
    pub(super) fn new(stream: ServedStream, answer: Response<AnswerBody>) -> Self {
        let (head, body) = answer.into_parts();
        let (head, body) = (Some(Box::new(head)), Some(body));
        Self { stream, head, body, unwritten: VecDeque::new(), is_flushed: true }
    }

    /// Writes until the end of the answer.
    pub(super) async fn write(mut self) -> io::Result<ServedStream> {
        std::future::poll_fn(|cx| self.poll_write(cx)).await?;
        Ok(self.stream)
    }

    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            ready!(self.poll_unwritten(cx))?;
            let Some(body) = &mut self.body else { return Poll::Ready(Ok(())) };
            match Pin::new(body).poll_frame(cx) {
                Poll::Ready(Some(Ok(frame))) => {
                    // The only other kind of frame are trailers, and no answer has any.
                    let data = frame.into_data().unwrap_or_default();
                    self.say(data);
                }
                Poll::Ready(None) => self.end(),
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Err(io::Error::other(error))),
                Poll::Pending => return self.poll_hung_up(cx),
            }
        }
    }

    fn say(&mut self, data: Bytes) {
        let is_all = self.body.as_ref().is_none_or(http_body::Body::is_end_stream);
        if let Some(head) = self.head.take() {
            let length = is_all.then_some(data.len());
            self.unwritten.push_back(head_bytes(&head, length));
            if is_all {
                self.unwritten.push_back(data);
                self.body = None;
                return;
            }
        }
        // An empty chunk would end the body.
        if !data.is_empty() {
            self.unwritten.push_back(format!("{:x}\r\n", data.len()).into());
            self.unwritten.push_back(data);
            self.unwritten.push_back(Bytes::from_static(b"\r\n"));
        }
        if is_all {
            self.end();
        }
    }

    fn end(&mut self) {
        let last = match self.head.take() {
            Some(head) => head_bytes(&head, Some(0)),
            None => Bytes::from_static(b"0\r\n\r\n"),
        };
        self.unwritten.push_back(last);
        self.body = None;
    }

    /// A peer that waits for an answer and has disconnected is an error, as in hyper.
    fn poll_hung_up(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut bytes = [0; AHEAD_BYTES];
        let mut buffer = ReadBuf::new(&mut bytes);
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut buffer))?;
        debug_assert!(buffer.filled().is_empty(), "what is ahead is held back");
        Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into()))
    }

    fn poll_unwritten(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.unwritten.is_empty() {
            self.is_flushed = false;
            let mut slices = [IoSlice::new(&[]); SLICES_MAX];
            for (slice, bytes) in slices.iter_mut().zip(&self.unwritten) {
                *slice = IoSlice::new(bytes);
            }
            let stream = Pin::new(&mut self.stream);
            let written = ready!(stream.poll_write_vectored(cx, &slices))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.drop_written(written);
        }
        if !self.is_flushed {
            ready!(Pin::new(&mut self.stream).poll_flush(cx))?;
            self.is_flushed = true;
        }
        Poll::Ready(Ok(()))
    }

    fn drop_written(&mut self, mut written: usize) {
        while let Some(first) = self.unwritten.front_mut() {
            if written < first.len() {
                drop(first.split_to(written));
                return;
            }
            written -= first.len();
            self.unwritten.pop_front();
        }
        // Most of the time nothing happens: a waiting connection keeps no memory for what was sent.
        self.unwritten = VecDeque::new();
    }
}

/// `length`: the length of the body, if all of it is known.
#[expect(
    clippy::disallowed_methods,
    reason = "hyper's answers tell the system's time; nothing is decided by it"
)]
fn head_bytes(head: &Parts, length: Option<usize>) -> Bytes {
    let mut bytes = Vec::with_capacity(512);
    // Writing to a vector does not fail.
    let _ = write!(bytes, "HTTP/1.1 {}\r\n", head.status);
    for (name, value) in &head.headers {
        bytes.extend_from_slice(name.as_str().as_bytes());
        bytes.extend_from_slice(b": ");
        bytes.extend_from_slice(value.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    let _ = match length {
        Some(length) => write!(bytes, "{}: {length}\r\n", header::CONTENT_LENGTH),
        None => write!(bytes, "{}: chunked\r\n", header::TRANSFER_ENCODING),
    };
    if let Ok(date) = DateTimePrinter::new().timestamp_to_rfc9110_string(&Timestamp::now()) {
        let _ = write!(bytes, "{}: {date}\r\n", header::DATE);
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.into()
}
