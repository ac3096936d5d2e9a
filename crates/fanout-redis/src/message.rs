//! A message on the channel: one committed group, or less.
//!
//! ```text
//! "SW" | version u8 | kind u8 | sender 16 bytes | number u64 | rest
//! ```
//! Numbers are big-endian. The head is the same in every version, so a node that gets an unknown
//! version still learns the group's number and reads the group from the store: two versions can run
//! side by side while nodes are restarted one after another.
//!
//! Invariant: a decoded message is exactly the encoded one, or it is refused. A program that can
//! write on the channel can make a node ask the store again, and nothing else: the queue of groups
//! takes a group only if it continues the chain.

mod bus;
mod event;
mod fields;
mod time;

use bytes::Bytes;
use domain::{BusPosition, RouteId};
use store::metrics::KnownAt;
use store::{CommittedGroup, GroupId, GroupNumber};

use fields::{Reader, Unreadable};

/// A longer message is not sent; the others read the group from the store. Redis would keep a copy
/// for every node that reads slowly.
pub(crate) const MESSAGE_BYTES_MAX: usize = 256 * 1024;

const MAGIC: [u8; 2] = *b"SW";
const VERSION: u8 = 1;

const GROUP: u8 = 1;
const HINT: u8 = 2;
const PROOF: u8 = 3;
const POSITION: u8 = 4;

/// Who sent a message: drawn at every start, so that a node knows its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sender(pub(crate) [u8; 16]);

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) sender: Sender,
    pub(crate) content: Content,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Content {
    Group(CommittedGroup),
    /// There is a group with this number. It was too long to send, or this version cannot read it.
    Hint(GroupNumber),
    /// Where a bus is.
    Position(RouteId, BusPosition),
    /// The sender's test of whether its own messages come back.
    Proof,
}

pub(crate) fn group(sender: Sender, group: &CommittedGroup) -> Bytes {
    let mut message = head(sender, GROUP, group.number);
    message.extend_from_slice(&group.id.0);
    message.extend_from_slice(&group.id_before.0);
    message.extend_from_slice(&group.place_before.to_be_bytes());
    message.extend_from_slice(&group.last_place.to_be_bytes());
    for event in &group.events {
        if event::write(&mut message, event).is_err() || message.len() > MESSAGE_BYTES_MAX {
            return hint(sender, group.number);
        }
    }
    message.into()
}

pub(crate) fn hint(sender: Sender, number: GroupNumber) -> Bytes {
    head(sender, HINT, number).into()
}

pub(crate) fn position(sender: Sender, route_id: RouteId, position: &BusPosition) -> Bytes {
    let mut message = head(sender, POSITION, GroupNumber::START);
    bus::write(&mut message, route_id, position);
    message.into()
}

pub(crate) fn proof(sender: Sender) -> Bytes {
    head(sender, PROOF, GroupNumber::START).into()
}

fn head(sender: Sender, kind: u8, number: GroupNumber) -> Vec<u8> {
    let mut message = Vec::with_capacity(256);
    message.extend_from_slice(&MAGIC);
    message.extend_from_slice(&[VERSION, kind]);
    message.extend_from_slice(&sender.0);
    message.extend_from_slice(&number.get().to_be_bytes());
    message
}

/// `Err`: it is not one of our messages.
pub(crate) fn decode(message: &[u8]) -> Result<Message, Unreadable> {
    let mut reader = Reader::of(message);
    if reader.array()? != MAGIC {
        return Err(Unreadable);
    }
    let [version, kind] = reader.array()?;
    let sender = Sender(reader.array()?);
    let number = GroupNumber::new(reader.u64()?);
    let is_known = version == VERSION && message.len() <= MESSAGE_BYTES_MAX;
    let content = match kind {
        GROUP if is_known => Content::Group(read_group(&mut reader, number)?),
        PROOF if is_known => Content::Proof,
        POSITION if is_known => {
            let (route_id, position) = bus::read(&mut reader)?;
            Content::Position(route_id, position)
        }
        HINT if is_known => Content::Hint(number),
        // From a newer version, or longer than this one reads.
        _ => return Ok(Message { sender, content: Content::Hint(number) }),
    };
    if !reader.is_at_end() {
        return Err(Unreadable);
    }
    Ok(Message { sender, content })
}

/// To the end of the message: its length says how many events there are.
fn read_group(reader: &mut Reader<'_>, number: GroupNumber) -> Result<CommittedGroup, Unreadable> {
    let id = GroupId(reader.array()?);
    let id_before = GroupId(reader.array()?);
    let place_before = reader.u64()?;
    let last_place = reader.u64()?;
    let mut events = Vec::new();
    let mut place = place_before;
    while !reader.is_at_end() {
        place = place.checked_add(1).ok_or(Unreadable)?;
        events.push(event::read(reader, place)?);
    }
    if place != last_place || number == GroupNumber::START {
        return Err(Unreadable);
    }
    let known_at = KnownAt::default();
    Ok(CommittedGroup { number, id, id_before, place_before, last_place, events, known_at })
}

#[cfg(test)]
mod tests;
