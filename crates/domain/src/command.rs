//! Commands on tickets, and how each is decided.
//!
//! A store loads the [`Facts`] that a command's [`Subject`] names, inside its transaction, and calls
//! [`TicketCommand::decide`]. The decision is a function of the two: it may be run again on a retry
//! and always means the same.

mod amend;
mod book;
mod cancel;
mod confirm;
mod expire;
mod pay;
mod suspend;

use jiff::Timestamp;

use crate::change::SeatSegment;
use crate::{
    Actor, Change, EventDraft, EventKind, Payment, PaymentState, PaymentStatus, Pnr, Reason,
    Refusal, Route, RouteId, Ticket, TicketId,
};

pub use amend::Amend;
pub use book::{Book, PNR_CANDIDATES, PassengerDetails, PassengerForm, seat_number};
pub use cancel::{Cancel, Refund};
pub use confirm::Confirm;
pub use expire::Expire;
pub use pay::{BeginPayment, ChargeOutcome, FinishRefund, SettlePayment};
pub use suspend::Suspend;

#[derive(Clone, Debug)]
pub enum TicketCommand {
    Book(Book),
    Amend(Amend),
    Confirm(Confirm),
    Suspend(Suspend),
    Cancel(Cancel),
    Refund(Refund),
    Expire(Expire),
    BeginPayment(BeginPayment),
    SettlePayment(SettlePayment),
    FinishRefund(FinishRefund),
}

/// What a command is about: what the store has to load before it can be decided.
#[derive(Clone, Debug)]
pub enum Subject<'a> {
    /// A sale: the route, and the first of these codes that no ticket has.
    Route { route_id: RouteId, pnr_candidates: &'a [Pnr] },
    /// A ticket: itself, its route, its payments, and whether its segment is free of others.
    Ticket { ticket_id: TicketId },
}

/// The world as the transaction sees it.
#[derive(Clone, Debug)]
pub struct Facts {
    pub route: Route,
    /// `Some` exactly for [`Subject::Ticket`].
    pub ticket: Option<TicketFacts>,
    /// The first free candidate, for [`Subject::Route`].
    pub free_pnr: Option<Pnr>,
}

#[derive(Clone, Debug)]
pub struct TicketFacts {
    pub ticket: Ticket,
    /// Whether no *other* ticket holds a leg of its seat on its segment.
    pub segment_free_of_others: bool,
    /// Oldest first.
    pub payments: Vec<Payment>,
}

impl TicketCommand {
    pub fn subject(&self) -> Subject<'_> {
        let ticket_id = match self {
            Self::Book(book) => {
                return Subject::Route {
                    route_id: book.route_id,
                    pnr_candidates: &book.pnr_candidates,
                };
            }
            Self::Amend(amend) => amend.ticket_id,
            Self::Confirm(confirm) => confirm.ticket_id,
            Self::Suspend(suspend) => suspend.ticket_id,
            Self::Cancel(cancel) => cancel.ticket_id,
            Self::Refund(refund) => refund.ticket_id,
            Self::Expire(expire) => expire.ticket_id,
            Self::BeginPayment(begin) => begin.ticket_id,
            Self::SettlePayment(settle) => settle.ticket_id,
            Self::FinishRefund(finish) => finish.ticket_id,
        };
        Subject::Ticket { ticket_id }
    }

    pub fn decide(&self, facts: &Facts) -> Result<Change, Refusal> {
        let route = &facts.route;
        let on = || facts.ticket.as_ref().ok_or(Refusal::TicketNotFound);
        match self {
            Self::Book(book) => book.decide(facts),
            Self::Amend(amend) => amend.decide(route, on()?),
            Self::Confirm(confirm) => confirm.decide(route, on()?),
            Self::Suspend(suspend) => suspend.decide(route, on()?),
            Self::Cancel(cancel) => cancel.decide(route, on()?),
            Self::Refund(refund) => refund.decide(route, on()?),
            Self::Expire(expire) => Ok(expire.decide(on()?)),
            Self::BeginPayment(begin) => begin.decide(route, on()?),
            Self::SettlePayment(settle) => settle.decide(route, on()?),
            Self::FinishRefund(finish) => finish.decide(on()?),
        }
    }
}

impl TicketFacts {
    /// The payment that paid for the ticket, if one did.
    fn captured(&self) -> Option<&Payment> {
        self.payments.iter().find(|payment| payment.state == PaymentState::Captured)
    }

    fn payment(&self, id: crate::PaymentId) -> Result<&Payment, Refusal> {
        self.payments.iter().find(|payment| payment.id == id).ok_or(Refusal::PaymentNotFound)
    }

    fn is_paid(&self) -> bool {
        self.ticket.payment_status == PaymentStatus::Paid
    }
}

/// The ticket as the command leaves it: touched, and marked with who did it when that was not its
/// owner (contract.md, "Roles": *recorded with who did it*).
fn touched(ticket: &Ticket, by: Option<Actor>, now: Timestamp) -> Ticket {
    let foreign = by.filter(|actor| !actor.owns(ticket)).map(|actor| actor.user_id);
    Ticket { changed_by_id: foreign.or(ticket.changed_by_id), updated_at: now, ..ticket.clone() }
}

/// `seat_cancelled`, and `seat_available` right behind it whenever the ticket's whole segment is free
/// after the commit: always when it held its seat, else only when nobody else took it meanwhile.
fn cancellation_events(
    on: &TicketFacts,
    after: &Ticket,
    reason: Reason,
    at: Timestamp,
) -> Vec<EventDraft> {
    let mut events = vec![EventDraft::of(after, EventKind::Cancelled, reason, at)];
    if on.ticket.status.holds_seat() || on.segment_free_of_others {
        events.push(EventDraft::of(after, EventKind::Available, reason, at));
    }
    events
}

/// What the ticket gives up when it stops holding its seat.
fn freed(ticket: &Ticket) -> Option<SeatSegment> {
    ticket.status.holds_seat().then(|| SeatSegment::of(ticket))
}
