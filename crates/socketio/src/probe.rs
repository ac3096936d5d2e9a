//! A websocket that wants to take over a polling session: `2probe`, `3probe`, `5`.
//!
//! Until the client sends `5` the session stays as it is, and a failed probe changes nothing. Then
//! the socket becomes the viewer's: packets that have collected meanwhile are written to it, and
//! nothing is lost or doubled.

use std::future::poll_fn;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use rooms::{AnyStream, Frame, Stream as _};

use crate::decision::Transport;
use crate::encode::{Opcode, frame, text_frame};
use crate::session::Session;
use crate::unbegun::Unbegun;
use crate::websocket::connection::Connection;
use crate::websocket::message::{Assembler, Message, Step};
use crate::websocket::{CloseCode, close_frame};

/// A probe sends a few bytes; more per read is not needed.
const READ_BYTES: usize = 1024;
/// The longest message of a probe is `2probe`; a longer message is none, and is not waited for.
const MESSAGE_BYTES_MAX: usize = 16;

/// Runs a probe. Returns the websocket connection, if it has succeeded.
pub(crate) async fn run(
    session: &Arc<Session>,
    stream: AnyStream,
    input: Vec<u8>,
    timeout: Duration,
) -> Option<Connection<Session>> {
    let mut socket = Socket { stream, assembler: Assembler::default(), input };
    let Some(upgrade) = Upgrading::begin(session) else {
        // Another probe was first. The client gets a websocket close.
        let _ =
            socket.write(&close_frame(CloseCode::Normal, "another websocket has taken over")).await;
        return None;
    };
    let probed = tokio::time::timeout(timeout, probe(&upgrade, &mut socket)).await;
    let failure = match &probed {
        Ok(Ok(())) => None,
        Ok(Err(error)) if error.kind() == io::ErrorKind::InvalidData => Some(Unbegun::Protocol),
        Ok(Err(_)) => Some(Unbegun::Gone),
        Err(_) => Some(Unbegun::Timeout),
    };
    if let Some(failure) = failure {
        session.shared.tell_unbegun(failure);
    }
    if failure.is_some() || !upgrade.complete() {
        let goodbye = close_frame(CloseCode::Normal, "the upgrade was not completed");
        let _ = socket.stream.try_write(goodbye.bytes());
        return None;
    }
    let Socket { stream, assembler, input } = socket;
    session.viewer().attach(stream).then(|| Connection::new(Arc::clone(session), assembler, input))
}

async fn probe(upgrade: &Upgrading, socket: &mut Socket) -> io::Result<()> {
    let refused = || io::Error::from(io::ErrorKind::InvalidData);
    loop {
        match socket.read().await? {
            Message::Text(text) if text == "2probe" => break,
            Message::Ping(payload) => socket.write(&frame(Opcode::Pong, &payload)).await?,
            Message::Pong => {}
            _ => return Err(refused()),
        }
    }
    socket.write(&text_frame("3probe")).await?;
    upgrade.release_poll();
    loop {
        match socket.read().await? {
            Message::Text(text) if text == "5" => return Ok(()),
            Message::Ping(payload) => socket.write(&frame(Opcode::Pong, &payload)).await?,
            Message::Pong => {}
            _ => return Err(refused()),
        }
    }
}

/// The one upgrade that may be under way.
struct Upgrading(Arc<Session>);

impl Upgrading {
    fn begin(session: &Arc<Session>) -> Option<Self> {
        let mut state = session.state.lock();
        if state.upgrading || state.transport != Transport::Polling || state.closed.is_some() {
            return None;
        }
        state.upgrading = true;
        Some(Self(Arc::clone(session)))
    }

    /// Answers a waiting poll with an empty packet, so that the client can go on.
    fn release_poll(&self) {
        self.0.state.lock().noop = true;
        self.0.viewer().wake();
    }

    /// Makes the session a websocket. False if its state does not allow it.
    fn complete(&self) -> bool {
        {
            let mut state = self.0.state.lock();
            // Packets of a body that is still being handled would be overtaken.
            if state.closed.is_some() || state.posting {
                return false;
            }
            state.transport = Transport::Websocket;
        }
        self.0.viewer().wake();
        true
    }
}

impl Drop for Upgrading {
    fn drop(&mut self) {
        self.0.state.lock().upgrading = false;
    }
}

struct Socket {
    stream: AnyStream,
    assembler: Assembler,
    input: Vec<u8>,
}

impl Socket {
    async fn read(&mut self) -> io::Result<Message> {
        loop {
            let step = self.assembler.step(&mut self.input, MESSAGE_BYTES_MAX);
            match step.map_err(|_| io::ErrorKind::InvalidData)? {
                Step::Consumed(len) => drop(self.input.drain(..len)),
                Step::Complete(len, message) => {
                    self.input.drain(..len);
                    return Ok(message);
                }
                Step::Incomplete => self.fill().await?,
            }
        }
    }

    async fn fill(&mut self) -> io::Result<()> {
        let mut buffer = [0; READ_BYTES];
        loop {
            poll_fn(|cx| self.stream.poll_read_ready(cx)).await?;
            match self.stream.try_read(&mut buffer) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(len) => {
                    self.input.extend_from_slice(&buffer[..len]);
                    return Ok(());
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
    }

    async fn write(&self, frame: &Frame) -> io::Result<()> {
        let mut bytes = &frame.bytes()[..];
        while !bytes.is_empty() {
            match self.stream.try_write(bytes) {
                Ok(written) => bytes = &bytes[written..],
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    poll_fn(|cx| self.stream.poll_write_ready(cx)).await?;
                }
                Err(error) => return Err(error),
            }
        }
        poll_fn(|cx| self.stream.poll_flush(cx)).await
    }
}
