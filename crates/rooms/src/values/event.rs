//! What is published: an event of a room, and its message, which can encode itself.
//!
//! The engine orders events by two numbers and never looks into a message. Which encodings exist
//! and who belongs to which audience is decided by the application.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use crate::values::frame::Frame;
use crate::values::offset::Offset;
use crate::values::place::Place;

const ENCODINGS: u8 = 4;

/// How many encodings an application may use.
pub const ENCODINGS_MAX: usize = ENCODINGS as usize;

/// Which of the application's encodings a viewer reads: a small index that it chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Encoding(u8);

impl Encoding {
    /// The encoding with this index; indices at or above [`ENCODINGS_MAX`] wrap around.
    pub const fn new(index: u8) -> Self {
        Self(index % ENCODINGS)
    }

    /// The index it was made from.
    pub const fn index(self) -> u8 {
        self.0
    }
}

/// Who reads a frame: everyone, or those who may see all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Audience {
    /// Anyone.
    Public,
    /// Viewers that may see everything, and the owner of the event.
    Full,
}

/// The content of an event. It is encoded when a viewer first needs it, once per encoding and
/// audience, and once more for a viewer whose offset is not the common one.
pub trait Message: Send + Sync + 'static {
    /// The complete frame for this encoding and audience. It must always be the same. An empty one
    /// is not written: the event is not for these viewers. An encoding for viewers that can be
    /// recovered has the offset, others leave it out.
    fn encode(&self, encoding: Encoding, audience: Audience, offset: &Offset) -> Frame;

    /// For the last event of a room, which ends the room: another packet for a viewer that was
    /// given the event and has left the room. `None` for every other event.
    fn farewell(&self, _encoding: Encoding) -> Option<Frame> {
        None
    }

    /// Bytes that the message itself occupies, for the bound on a log. An estimate is enough.
    fn weight(&self) -> usize {
        0
    }
}

/// One event of one room.
#[derive(Clone)]
pub struct Event {
    /// The room's name.
    pub room: Arc<str>,
    /// The place behind it among the events of this room.
    pub place: Place,
    /// Whether clients count it: then `place.seq` is one more than before it.
    pub is_counted: bool,
    /// The place of this event in the order of all commits, over all rooms.
    pub position: u64,
    /// The owner: its own connections get the full frame even in a public audience.
    pub owner: Option<u128>,
    /// Its content.
    pub message: Arc<dyn Message>,
    /// When this process learned of it: for [`Delays`](crate::Delays) only. `None` for an event
    /// that is read from history: how late it is says nothing.
    pub known_at: Option<Instant>,
}

impl Event {
    /// The place before it.
    pub(crate) fn before(&self) -> Place {
        before(self.place, self.is_counted)
    }
}

/// The place before the event that ends at this one.
pub(crate) fn before(Place { ordinal, seq }: Place, is_counted: bool) -> Place {
    // Numbers come from outside (a history): a wrong one must not end the process.
    Place { ordinal: ordinal.saturating_sub(1), seq: seq.saturating_sub(u64::from(is_counted)) }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("room", &self.room)
            .field("place", &self.place)
            .field("position", &self.position)
            .finish_non_exhaustive()
    }
}
