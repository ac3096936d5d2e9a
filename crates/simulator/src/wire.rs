//! What travels to a viewer: one line of words per packet. The auditor reads nothing else of a
//! viewer than what arrived there.

use std::fmt;
use std::sync::Arc;

use domain::{EventKind, Gender, SeatEvent, TicketStatus};
use rooms::{Audience, Encoding, Event, Frame, Message, Offset};
use store::SeatSnapshot;

use crate::cells::{Cells, Place};
use crate::mutation::Mutation;
use crate::town::{room, route_number};

/// One packet, as a viewer understands it.
#[derive(Debug)]
pub(crate) enum Line {
    /// The next event of this route is `seq + 1`.
    Subscribed {
        route: usize,
        seq: u64,
    },
    Left {
        route: usize,
    },
    Event(Update),
    /// The seats as they stand at `seq`.
    Snapshot {
        route: usize,
        seq: u64,
        cells: Cells,
    },
    /// What was asked about this route could not be done.
    Trouble {
        route: usize,
    },
}

/// `seat_update`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Update {
    pub(crate) route: usize,
    pub(crate) seq: u64,
    pub(crate) kind: EventKind,
    pub(crate) place: Place,
    pub(crate) gender: Gender,
    /// The ticket, for whoever may know.
    pub(crate) ticket: Option<u128>,
}

impl fmt::Display for Update {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { route, seq, kind, place: Place { seat, from, to }, gender, ticket } = self;
        let (kind, gender) = (kind.as_str(), gender.as_str());
        write!(f, "event {route} {seq} {kind} {seat} {from} {to} {gender}")?;
        match ticket {
            Some(ticket) => write!(f, " {ticket:032x}"),
            None => Ok(()),
        }
    }
}

pub(crate) fn subscribed(route: usize, seq: u64) -> Frame {
    Frame::bare(format!("subscribed {route} {seq}\n"))
}

pub(crate) fn left(route: usize) -> Frame {
    Frame::bare(format!("left {route}\n"))
}

pub(crate) fn trouble(route: usize) -> Frame {
    Frame::bare(format!("trouble {route}\n"))
}

pub(crate) fn snapshot(route: usize, snapshot: &SeatSnapshot) -> Frame {
    let mut line = format!("snapshot {route} {}", snapshot.seq);
    for taken in &snapshot.taken {
        let (seat, from, to) = (taken.seat, taken.segment.from().get(), taken.segment.to().get());
        let (status, gender) = (taken.status.as_str(), taken.gender.as_str());
        line.push_str(&format!(" {seat}:{from}:{to}:{status}:{gender}"));
    }
    line.push('\n');
    Frame::bare(line)
}

struct SeatUpdate {
    event: SeatEvent,
    mutation: Option<Mutation>,
}

impl Message for SeatUpdate {
    fn encode(&self, _: Encoding, audience: Audience, _: &Offset) -> Frame {
        let draft = &self.event.draft;
        let ticket = self.event.ticket().filter(|_| audience == Audience::Full);
        let update = Update {
            route: route_number(self.event.route_id.0.as_u128()).unwrap_or(usize::MAX),
            seq: self.event.seq.get(),
            kind: draft.kind,
            place: Place {
                seat: usize::from(draft.seat.get()),
                from: draft.segment.from().as_usize(),
                to: draft.segment.to().as_usize(),
            },
            gender: draft.gender,
            ticket: ticket.map(|(id, _)| id.0.as_u128()),
        };
        let times = match self.mutation {
            Some(Mutation::SkipAnEvent) if self.event.seq.get() % 5 == 3 => 0,
            Some(Mutation::TellTwice) if self.event.seq.get() % 5 == 3 => 2,
            _ => 1,
        };
        Frame::bare(format!("{update}\n").repeat(times))
    }
}

/// A committed event as the hub takes it.
pub(crate) fn event(event: SeatEvent, mutation: Option<Mutation>) -> Event {
    let route = route_number(event.route_id.0.as_u128());
    Event {
        room: route.map_or_else(String::new, room).into(),
        seq: event.seq.get(),
        position: event.position,
        owner: event.draft.owner_id.map(|id| id.0.as_u128()),
        message: Arc::new(SeatUpdate { event, mutation }),
    }
}

/// Reads a line; `None` if it is not one.
pub(crate) fn read(line: &str) -> Option<Line> {
    let mut words = line.split(' ');
    let word = words.next()?;
    let route = words.next()?.parse().ok()?;
    match word {
        "subscribed" => Some(Line::Subscribed { route, seq: words.next()?.parse().ok()? }),
        "left" => Some(Line::Left { route }),
        "trouble" => Some(Line::Trouble { route }),
        "event" => {
            let seq = words.next()?.parse().ok()?;
            let kind = EventKind::parse(words.next()?)?;
            let mut number = || words.next()?.parse().ok();
            let place = Place { seat: number()?, from: number()?, to: number()? };
            let gender = Gender::parse(words.next()?)?;
            let ticket = match words.next() {
                Some(hex) => Some(u128::from_str_radix(hex, 16).ok()?),
                None => None,
            };
            let update = Update { route, seq, kind, place, gender, ticket };
            (place.exists() && words.next().is_none()).then_some(Line::Event(update))
        }
        "snapshot" => {
            let seq = words.next()?.parse().ok()?;
            let mut cells = Cells::empty();
            for piece in words {
                let mut parts = piece.split(':');
                let mut number = || parts.next()?.parse().ok();
                let place = Place { seat: number()?, from: number()?, to: number()? };
                let status = TicketStatus::parse(parts.next()?)?;
                let gender = Gender::parse(parts.next()?)?;
                if !place.exists() || parts.next().is_some() {
                    return None;
                }
                cells.occupy(place, status, gender);
            }
            Some(Line::Snapshot { route, seq, cells })
        }
        _ => None,
    }
}
