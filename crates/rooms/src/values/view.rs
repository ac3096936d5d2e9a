//! How a viewer sees a room: which frames of its events it gets.

use crate::values::event::{Audience, Encoding};

/// How a viewer sees a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    /// Which encoding its frames have.
    pub encoding: Encoding,
    /// Whether it may see everything.
    pub audience: Audience,
    /// Its identity: events of this owner come with the full frame.
    pub identity: Option<u128>,
    /// Keeps the rooms of several users of one connection apart (several namespaces, for example):
    /// the same room may be joined once on each channel.
    pub channel: u8,
}
