//! What a command is about, and what has to be loaded for it.

use crate::hold::HoldKey;
use crate::identity::Identity;
use crate::{BlockId, BookingId, Pnr, RouteId, TicketId};

/// What a command is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    Ticket(TicketId),
    Booking(BookingId),
}

/// What has to be loaded before a command can be decided. A ticket stands for its booking, a
/// booking for all of its tickets, their routes and its payments, a route for its bus and its seat
/// legs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope<'a> {
    pub routes: Vec<RouteId>,
    pub tickets: Vec<TicketId>,
    /// A hold stands for its route too.
    pub holds: Vec<HoldKey>,
    pub blocks: Vec<BlockId>,
    pub bookings: Vec<BookingId>,
    /// Booking codes: the store looks up which of them are in use.
    pub pnrs: &'a [Pnr],
    /// Documents whose live tickets on a route have to be known.
    pub documents: Vec<(RouteId, &'a Identity)>,
}
