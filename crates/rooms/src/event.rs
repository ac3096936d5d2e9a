//! What is published: an event of a room, and the message that knows how to encode itself.
//!
//! The engine orders events by two numbers and never looks into a message. Which encodings exist
//! and who belongs to which audience is decided by the application.

use std::fmt;
use std::sync::Arc;

use crate::frame::Frame;
use crate::offset::Offset;

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
    /// Those who may see everything, and the owner of the event.
    Full,
}

/// What an event says. It is encoded when a viewer first needs it, once per encoding and audience,
/// and for itself for a viewer whose offset is not the common one.
pub trait Message: Send + Sync + 'static {
    /// The complete frame for this encoding and audience. It must always be the same. Nothing is
    /// written of an empty one: the event is not for these viewers. An encoding whose viewers can
    /// come back carries the offset, others leave it out.
    fn encode(&self, encoding: Encoding, audience: Audience, offset: &Offset) -> Frame;

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
    /// Numbers the events of this room 1, 2, 3, … with no hole.
    pub seq: u64,
    /// The place of this event in the order of all commits, over all rooms.
    pub position: u64,
    /// Whose own connections get the full frame even in a public audience.
    pub owner: Option<u128>,
    /// What it says.
    pub message: Arc<dyn Message>,
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("room", &self.room)
            .field("seq", &self.seq)
            .field("position", &self.position)
            .finish_non_exhaustive()
    }
}
