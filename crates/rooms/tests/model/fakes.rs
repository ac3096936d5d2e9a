//! A store that keeps everything, a socket that takes only as much as the test allows, and messages
//! that can be read back.

use std::io;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use async_trait::async_trait;
use rooms::{
    Audience, Encoding, Event, Frame, History, HistoryError, Message, Offset, Place, Stream,
};

/// For viewers that can be recovered.
pub(crate) const RETURNING: Encoding = Encoding::new(1);

/// `E<room>:<ordinal>;`, or for viewers that can be recovered `E<room>:<ordinal>@<offset>;`
struct Text(String);

impl Message for Text {
    fn encode(&self, encoding: Encoding, _: Audience, offset: &Offset) -> Frame {
        let offset = if encoding == RETURNING { format!("@{offset}") } else { String::new() };
        Frame::bare(format!("{}{offset};", self.0))
    }
}

/// Clients count two events of three.
pub(crate) fn place(ordinal: u64) -> Place {
    Place { ordinal, seq: ordinal - ordinal / 3 }
}

pub(crate) fn event(
    room: &str,
    ordinal: u64,
    position: u64,
    owner: Option<u128>,
    message: Arc<dyn Message>,
) -> Event {
    let is_counted = !ordinal.is_multiple_of(3);
    let (room, place) = (room.into(), place(ordinal));
    Event { room, place, is_counted, position, owner, message, known_at: None }
}

#[derive(Default)]
pub(crate) struct Store {
    events: Mutex<Vec<Event>>,
}

impl Store {
    pub(crate) fn commit(&self, room: &str) -> Event {
        let mut events = self.events.lock().unwrap();
        let ordinal = events.iter().filter(|event| &*event.room == room).count() as u64 + 1;
        let position = events.len() as u64 + 1;
        let message = Arc::new(Text(format!("E{room}:{ordinal}")));
        let event = event(room, ordinal, position, None, message);
        events.push(event.clone());
        event
    }

    pub(crate) fn of(&self, room: &str) -> Vec<Event> {
        let events = self.events.lock().unwrap();
        events.iter().filter(|event| &*event.room == room).cloned().collect()
    }

    /// All events with later positions.
    pub(crate) fn behind(&self, position: u64) -> Vec<Event> {
        let events = self.events.lock().unwrap();
        events.iter().filter(|event| event.position > position).cloned().collect()
    }

    pub(crate) fn last(&self, room: &str) -> u64 {
        self.of(room).len() as u64
    }

    /// The place of the last event of all.
    pub(crate) fn end(&self) -> u64 {
        self.events.lock().unwrap().len() as u64
    }

    pub(crate) fn position(&self, room: &str, ordinal: u64) -> Option<u64> {
        self.of(room)
            .iter()
            .find(|event| event.place.ordinal == ordinal)
            .map(|event| event.position)
    }
}

#[async_trait]
impl History for Store {
    async fn head(&self, room: &str) -> Result<Option<Place>, HistoryError> {
        tokio::task::yield_now().await;
        let head = self.last(room);
        tokio::task::yield_now().await;
        Ok(Some(place(head)))
    }

    async fn read(&self, room: &str, after: u64, limit: usize) -> Result<Vec<Event>, HistoryError> {
        tokio::task::yield_now().await;
        let mut events = self.of(room);
        events.retain(|event| event.place.ordinal > after);
        events.truncate(limit);
        tokio::task::yield_now().await;
        Ok(events)
    }

    async fn place_at(&self, room: &str, position: u64) -> Result<Option<Place>, HistoryError> {
        tokio::task::yield_now().await;
        let before = self.of(room).iter().filter(|event| event.position <= position).count();
        Ok(Some(place(before as u64)))
    }

    async fn place(&self, _: &str, ordinal: u64) -> Result<Option<Place>, HistoryError> {
        tokio::task::yield_now().await;
        Ok(Some(place(ordinal)))
    }
}

#[derive(Clone, Default)]
pub(crate) struct Socket(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    room_left: usize,
    written: Vec<u8>,
    waker: Option<Waker>,
}

impl Socket {
    pub(crate) fn drain(&self, bytes: usize) {
        let mut inner = self.0.lock().unwrap();
        inner.room_left = inner.room_left.saturating_add(bytes);
        if let Some(waker) = inner.waker.take() {
            waker.wake();
        }
    }

    pub(crate) fn written(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().written.clone()).unwrap()
    }
}

impl Stream for Socket {
    fn try_read(&self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::ErrorKind::WouldBlock.into())
    }

    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        let mut inner = self.0.lock().unwrap();
        let taken = inner.room_left.min(bytes.len());
        if taken == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        inner.room_left -= taken;
        inner.written.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn poll_read_ready(&self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Pending
    }

    fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut inner = self.0.lock().unwrap();
        if inner.room_left > 0 {
            return Poll::Ready(Ok(()));
        }
        inner.waker = Some(cx.waker().clone());
        Poll::Pending
    }

    fn shutdown_write(&self) {}

    fn shutdown(&self) {}
}
