//! What a row is about.

use uuid::Uuid;

use crate::{
    BlockId, BookingId, BusId, FeatureId, HoldId, LayoutId, RouteId, StationId, TicketId, UserId,
};

/// What a row is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    Ticket(TicketId),
    /// Several, which the row names.
    Tickets,
    Booking(BookingId),
    Hold(HoldId),
    Block(BlockId),
    Route(RouteId),
    Bus(BusId),
    SeatLayout(LayoutId),
    BusFeature(FeatureId),
    Station(StationId),
    User(UserId),
    /// Several, which the row names.
    Users,
}

impl Subject {
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Ticket(_) => "TICKET",
            Self::Tickets => "TICKETS",
            Self::Booking(_) => "BOOKING",
            Self::Hold(_) => "HOLD",
            Self::Block(_) => "BLOCK",
            Self::Route(_) => "ROUTE",
            Self::Bus(_) => "BUS",
            Self::SeatLayout(_) => "SEAT_LAYOUT",
            Self::BusFeature(_) => "BUS_FEATURE",
            Self::Station(_) => "STATION",
            Self::User(_) => "USER",
            Self::Users => "USERS",
        }
    }

    pub const fn id(self) -> Option<Uuid> {
        Some(match self {
            Self::Tickets | Self::Users => return None,
            Self::Ticket(id) => id.0,
            Self::Booking(id) => id.0,
            Self::Hold(id) => id.0,
            Self::Block(id) => id.0,
            Self::Route(id) => id.0,
            Self::Bus(id) => id.0,
            Self::SeatLayout(id) => id.0,
            Self::BusFeature(id) => id.0,
            Self::Station(id) => id.0,
            Self::User(id) => id.0,
        })
    }
}
