//! Seat events: what viewers are sent, one per change of one seat, numbered per route without a
//! hole. For their order among all events of a route see [`crate::route_event`].

use jiff::Timestamp;

use crate::{
    Gender, Kurus, Ordinal, Pnr, Route, RouteId, RoutePlace, SeatNumber, Segment, Seq, Ticket,
    TicketId, UserId,
};

/// The five event types of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventKind {
    Reserved,
    Confirmed,
    Suspended,
    Cancelled,
    Available,
}

impl EventKind {
    pub const ALL: [Self; 5] =
        [Self::Reserved, Self::Confirmed, Self::Suspended, Self::Cancelled, Self::Available];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reserved => "seat_reserved",
            Self::Confirmed => "seat_confirmed",
            Self::Suspended => "seat_suspended",
            Self::Cancelled => "seat_cancelled",
            Self::Available => "seat_available",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// What caused an event; the `reason` in its metadata.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    Booked,
    Sold,
    Paid,
    Confirmed,
    Suspended,
    Cancelled,
    Refunded,
    Expired,
    Changed,
    /// Seats are held while names are typed.
    Held,
    /// A hold was let go.
    Released,
    Blocked,
    Unblocked,
}

impl Reason {
    pub const ALL: [Self; 13] = [
        Self::Booked,
        Self::Sold,
        Self::Paid,
        Self::Confirmed,
        Self::Suspended,
        Self::Cancelled,
        Self::Refunded,
        Self::Expired,
        Self::Changed,
        Self::Held,
        Self::Released,
        Self::Blocked,
        Self::Unblocked,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Booked => "booked",
            Self::Sold => "sold",
            Self::Paid => "paid",
            Self::Confirmed => "confirmed",
            Self::Suspended => "suspended",
            Self::Cancelled => "cancelled",
            Self::Refunded => "refunded",
            Self::Expired => "expired",
            Self::Changed => "changed",
            Self::Held => "held",
            Self::Released => "released",
            Self::Blocked => "blocked",
            Self::Unblocked => "unblocked",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == text)
    }
}

/// An event before the store has given it its place: everything but `seq`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventDraft {
    pub kind: EventKind,
    pub seat: SeatNumber,
    pub segment: Segment,
    pub from_city: String,
    pub to_city: String,
    pub price: Kurus,
    /// `None` when the event belongs to no ticket.
    pub gender: Option<Gender>,
    pub reason: Reason,
    /// `None` when the seat is held or blocked, or is let go after that.
    pub ticket: Option<EventTicket>,
    pub at: Timestamp,
}

/// The ticket that an event belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventTicket {
    pub id: TicketId,
    pub pnr: Pnr,
    /// Whose ticket it is: their own connections see the ticket's number in production too.
    pub owner_id: Option<UserId>,
}

impl EventDraft {
    /// An event about a ticket as it stands in `ticket`.
    pub fn of(ticket: &Ticket, kind: EventKind, reason: Reason, at: Timestamp) -> Self {
        Self {
            kind,
            seat: ticket.seat,
            segment: ticket.segment,
            from_city: ticket.from_city.clone(),
            to_city: ticket.to_city.clone(),
            price: ticket.price,
            gender: Some(ticket.passenger.gender),
            reason,
            ticket: Some(EventTicket {
                id: ticket.id,
                pnr: ticket.pnr.clone(),
                owner_id: ticket.user_id,
            }),
            at,
        }
    }

    /// An event about a seat that a hold or a block keeps, or has kept.
    pub fn without_ticket(
        route: &Route,
        seat: SeatNumber,
        segment: Segment,
        (kind, reason): (EventKind, Reason),
        at: Timestamp,
    ) -> Self {
        let city = |index| route.stop(index).map(|stop| stop.name.clone()).unwrap_or_default();
        Self {
            kind,
            seat,
            segment,
            from_city: city(segment.from()),
            to_city: city(segment.to()),
            // A blocked segment may be one that is not sold.
            price: route.price_of(segment).unwrap_or(route.price),
            gender: None,
            reason,
            ticket: None,
            at,
        }
    }

    /// The ticket that it belongs to, also where viewers are not sent it.
    pub fn ticket_id(&self) -> Option<TicketId> {
        self.ticket.as_ref().map(|ticket| ticket.id)
    }

    pub fn owner_id(&self) -> Option<UserId> {
        self.ticket.as_ref().and_then(|ticket| ticket.owner_id)
    }
}

/// A committed event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeatEvent {
    pub route_id: RouteId,
    /// Its number among all events of its route.
    pub ordinal: Ordinal,
    /// Its number among the seat events of its route.
    pub seq: Seq,
    /// Its number in the order in which the whole store committed.
    pub position: u64,
    pub draft: EventDraft,
}

impl SeatEvent {
    /// The place behind it.
    pub fn place(&self) -> RoutePlace {
        RoutePlace { ordinal: self.ordinal, seq: self.seq }
    }

    /// The ticket that the event may name: none on `seat_available`, which is about the seat alone.
    pub fn ticket(&self) -> Option<(TicketId, &Pnr)> {
        match self.draft.kind {
            EventKind::Available => None,
            _ => self.draft.ticket.as_ref().map(|ticket| (ticket.id, &ticket.pnr)),
        }
    }
}
