//! The packets to a viewer: one line of words each. The auditor knows a viewer only by what arrived
//! there.

use std::fmt;
use std::sync::Arc;

use domain::{
    EventKind, Gender, RouteChange, RouteEvent, RoutePlace, RouteUpdate, SeatEvent, SeatSnapshot,
    TicketStatus,
};
use rooms::{Audience, Encoding, Event, Frame, Message, Offset};

use crate::cells::{Cells, Place};
use crate::mutation::Mutation;
use crate::town::{room, route_number};
use crate::verdict::Verdict;

/// One packet, as a viewer understands it.
#[derive(Debug)]
pub(crate) enum Line {
    /// The client is accepted, in this session.
    Connected {
        pid: u64,
        verdict: Verdict,
    },
    /// It cannot be known now where the client was: it must try again.
    ComeAgain,
    /// The next seat event of this route is `seq + 1`. A client knows no ordinals; the auditor
    /// does.
    Subscribed {
        route: usize,
        place: RouteAt,
        how: Subscription,
    },
    Left {
        route: usize,
    },
    /// An event, and its offset for a client that can be recovered.
    Event(Update, Option<String>),
    /// A change of the route, and its offset for a client that can be recovered.
    Change {
        route: usize,
        place: RouteAt,
        change: RouteChange,
        offset: Option<String>,
    },
    /// The seats as they stand at this place, and whether they are on sale.
    Snapshot {
        route: usize,
        place: RouteAt,
        is_on_sale: bool,
        cells: Cells,
    },
    /// A request about this route failed: joining or leaving its room, or a map of it.
    Trouble {
        route: usize,
        about: About,
    },
}

/// A place on a route by both of its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RouteAt {
    pub(crate) ordinal: u64,
    pub(crate) seq: u64,
}

/// How a subscription was confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Subscription {
    /// The stay can be recovered.
    pub(crate) is_kept: bool,
    /// A snapshot follows directly.
    pub(crate) with_snapshot: bool,
}

/// What the failed request was about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum About {
    Room,
    Map,
}

/// For viewers that can be recovered: every event has its offset.
pub(crate) const RETURNING: Encoding = Encoding::new(1);

/// `seat_update`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Update {
    pub(crate) route: usize,
    pub(crate) seq: u64,
    pub(crate) kind: EventKind,
    pub(crate) place: Place,
    pub(crate) gender: Gender,
    /// The ticket, for viewers that may know.
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

pub(crate) fn connected(pid: u64, verdict: Verdict) -> Frame {
    Frame::bare(format!("connected {pid} {}\n", verdict.as_str()))
}

pub(crate) fn come_again() -> Frame {
    Frame::bare("again 0\n")
}

pub(crate) fn subscribed(route: usize, at: rooms::Place, how: Subscription) -> Frame {
    let rooms::Place { ordinal, seq } = at;
    let kept = if how.is_kept { " kept" } else { "" };
    let snapshot = if how.with_snapshot { " snapshot" } else { "" };
    Frame::bare(format!("subscribed {route} {ordinal}/{seq}{kept}{snapshot}\n"))
}

pub(crate) fn left(route: usize) -> Frame {
    Frame::bare(format!("left {route}\n"))
}

pub(crate) fn trouble(route: usize, about: About) -> Frame {
    let about = if about == About::Room { "room" } else { "map" };
    Frame::bare(format!("trouble {route} {about}\n"))
}

pub(crate) fn snapshot(route: usize, snapshot: &SeatSnapshot) -> Frame {
    let RoutePlace { ordinal, seq } = snapshot.route.head();
    let is_on_sale = snapshot.route.is_active;
    let mut line = format!("snapshot {route} {ordinal}/{seq} {is_on_sale}");
    for taken in &snapshot.taken {
        let (seat, from, to) = (taken.seat, taken.segment.from().get(), taken.segment.to().get());
        let (status, gender) = (taken.status.as_str(), gender_word(taken.gender));
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
    fn encode(&self, encoding: Encoding, audience: Audience, offset: &Offset) -> Frame {
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
            gender: draft.gender.unwrap_or(Gender::Other),
            ticket: ticket.map(|(id, _)| id.0.as_u128()),
        };
        let times = match self.mutation {
            Some(Mutation::SkipAnEvent) if self.event.seq.get() % 5 == 3 => 0,
            Some(Mutation::TellTwice) if self.event.seq.get() % 5 == 3 => 2,
            _ => 1,
        };
        let offset = if encoding == RETURNING { format!(" @{offset}") } else { String::new() };
        Frame::bare(format!("{update}{offset}\n").repeat(times))
    }
}

struct RouteUpdateMessage {
    update: RouteUpdate,
    mutation: Option<Mutation>,
}

impl Message for RouteUpdateMessage {
    fn encode(&self, encoding: Encoding, _: Audience, offset: &Offset) -> Frame {
        if matches!(self.mutation, Some(Mutation::SkipChanges | Mutation::MisplaceChanges)) {
            return Frame::bare("");
        }
        change_frame(&self.update, encoding, offset)
    }
}

pub(crate) fn change_frame(update: &RouteUpdate, encoding: Encoding, offset: &Offset) -> Frame {
    let route = route_number(update.route_id.0.as_u128()).unwrap_or(usize::MAX);
    let RoutePlace { ordinal, seq } = update.place;
    let offset = if encoding == RETURNING { format!(" @{offset}") } else { String::new() };
    Frame::bare(format!("change {route} {ordinal}/{seq} {}{offset}\n", update.change.as_str()))
}

/// A committed event as the hub takes it.
pub(crate) fn event(event: RouteEvent, mutation: Option<Mutation>) -> Event {
    let (place, position) = (place(event.place()), event.position());
    let room = route_number(event.route_id().0.as_u128()).map_or_else(String::new, room).into();
    let (is_counted, owner, message): (bool, Option<u128>, Arc<dyn Message>) = match event {
        RouteEvent::Seat(event) => {
            let owner = event.draft.owner_id().map(|id| id.0.as_u128());
            (true, owner, Arc::new(SeatUpdate { event, mutation }))
        }
        RouteEvent::Update(update) => {
            (false, None, Arc::new(RouteUpdateMessage { update, mutation }))
        }
    };
    Event { room, place, is_counted, position, owner, message, known_at: None }
}

/// A place on a route as the hub takes it.
pub(crate) fn place(place: RoutePlace) -> rooms::Place {
    rooms::Place { ordinal: place.ordinal.get(), seq: place.seq.get() }
}

/// A held or a blocked seat shows no person.
fn gender_word(gender: Option<Gender>) -> &'static str {
    gender.unwrap_or(Gender::Other).as_str()
}

/// `ordinal/seq`
fn read_place(word: &str) -> Option<RouteAt> {
    let (ordinal, seq) = word.split_once('/')?;
    Some(RouteAt { ordinal: ordinal.parse().ok()?, seq: seq.parse().ok()? })
}

/// Reads a line; `None` if it is not one.
pub(crate) fn read(line: &str) -> Option<Line> {
    let (line, offset) = match line.split_once(" @") {
        Some((line, offset)) => (line, Some(offset.to_owned())),
        None => (line, None),
    };
    let mut words = line.split(' ');
    let word = words.next()?;
    if word == "connected" {
        let pid = words.next()?.parse().ok()?;
        return Some(Line::Connected { pid, verdict: Verdict::parse(words.next()?)? });
    }
    let route = words.next()?.parse().ok()?;
    match word {
        "again" => Some(Line::ComeAgain),
        "subscribed" => {
            let place = read_place(words.next()?)?;
            let more: Vec<_> = words.collect();
            let (is_kept, with_snapshot) = (more.contains(&"kept"), more.contains(&"snapshot"));
            let how = Subscription { is_kept, with_snapshot };
            Some(Line::Subscribed { route, place, how })
        }
        "left" => Some(Line::Left { route }),
        "trouble" => {
            let about = if words.next()? == "room" { About::Room } else { About::Map };
            Some(Line::Trouble { route, about })
        }
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
            let is_whole = place.exists() && words.next().is_none();
            is_whole.then_some(Line::Event(update, offset))
        }
        "change" => {
            let place = read_place(words.next()?)?;
            let change = RouteChange::parse(words.next()?)?;
            let is_whole = words.next().is_none();
            is_whole.then_some(Line::Change { route, place, change, offset })
        }
        "snapshot" => {
            let place = read_place(words.next()?)?;
            let is_on_sale = words.next()?.parse().ok()?;
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
            Some(Line::Snapshot { route, place, is_on_sale, cells })
        }
        _ => None,
    }
}
