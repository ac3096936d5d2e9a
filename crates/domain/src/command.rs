//! Commands, and how each is decided.
//!
//! A store loads the [`Facts`] that a command's [`Scope`] names, inside its transaction, and calls
//! [`Command::decide`]. The decision is a function of who asks, when, and the facts: it may be made
//! again on a retry and always means the same.

mod amend;
mod block;
mod book;
mod booked_hold;
mod booking_form;
mod cancel;
mod confirm;
mod expire;
mod forget;
mod hold;
mod pay;
mod suspend;

use jiff::Timestamp;

use crate::fair_use::{AddressKey, Taking};
use crate::hold::TokenHash;
use crate::{
    Account, Actor, BlockId, BookingFacts, BookingId, Change, EventDraft, EventKind, Facts,
    FairUse, HoldId, NeighbourTerms, Payer, Payment, PaymentState, PaymentStatus, Pnr, Reason,
    Refusal, RouteFacts, RouteId, Ticket, TicketFacts, TicketId, UserId,
};

pub use amend::{Amend, Unchanged};
pub use block::{BlockCommand, BlockSeats, LiftBlock};
pub use book::{Book, Journey, PNR_CANDIDATES, Traveller, seat_number};
pub use booking_form::{BookingForm, JOURNEYS_MAX, JourneyForm, TicketForm, TravellerForm};
pub use cancel::{Cancel, CancelBooking, Refund};
pub use confirm::Confirm;
pub use expire::Expire;
pub use forget::{Forget, Whom};
pub use hold::{ExpireHold, ExtendHold, HoldCommand, ReleaseHold, TakeHold};
pub use pay::{BeginPayment, ChargeOutcome, FinishRefund, SettlePayment};
pub use suspend::Suspend;

#[derive(Clone, Debug)]
pub enum Command {
    Book(Book),
    Amend(Amend),
    Confirm(Confirm),
    Suspend(Suspend),
    Cancel(Cancel),
    CancelBooking(CancelBooking),
    Refund(Refund),
    Expire(Expire),
    BeginPayment(BeginPayment),
    SettlePayment(SettlePayment),
    FinishRefund(FinishRefund),
    Hold(HoldCommand),
    Block(BlockCommand),
    Forget(Forget),
}

/// What a command is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    Ticket(TicketId),
    Booking(BookingId),
}

/// What has to be loaded before a command can be decided. A ticket stands for its booking, a booking
/// for all of its tickets, their routes and its payments, a route for its bus and its seat legs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope<'a> {
    pub routes: Vec<RouteId>,
    pub tickets: Vec<TicketId>,
    /// A hold stands for its route too.
    pub holds: Vec<HoldKey>,
    pub blocks: Vec<BlockId>,
    pub bookings: Vec<BookingId>,
    /// Booking codes of which those in use have to be known.
    pub pnrs: &'a [Pnr],
}

/// By what a hold is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoldKey {
    Id(HoldId),
    Token(TokenHash),
}

/// Who asks, and when.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    pub actor: &'a Actor,
    pub now: Timestamp,
    /// None: nothing is limited.
    pub fair_use: Option<FairUse>,
    pub neighbours: NeighbourTerms,
}

impl Asked<'_> {
    /// The account that asks, for what needs one.
    fn account(self) -> Result<Account, Refusal> {
        self.actor.account().ok_or(Refusal::NotYours)
    }

    /// Who pays by card.
    fn payer(self) -> Result<Payer, Refusal> {
        match self.actor {
            Actor::User(account) => Ok(Payer::Account(account.user_id)),
            Actor::Guest(_) => Ok(Payer::Guest),
            Actor::Anonymous | Actor::System => Err(Refusal::NotYours),
        }
    }

    /// From where unpaid seats are taken; what staff take is not counted.
    fn address(self) -> Option<AddressKey> {
        if self.actor.role().is_staff() { None } else { self.fair_use?.address }
    }

    /// Whether these seats may be taken unpaid as well (contract.md, "Fair use").
    fn must_be_fair(self, on: &RouteFacts, taking: Taking<'_>) -> Result<(), Refusal> {
        match self.fair_use {
            Some(fair) if !self.actor.role().is_staff() => {
                on.claims.allow(taking, (fair, on.route.seat_count), self.now)
            }
            _ => Ok(()),
        }
    }
}

impl Command {
    pub fn scope(&self) -> Scope<'_> {
        match self {
            Self::Book(book) => return book.scope(),
            Self::Hold(hold) => return hold.scope(),
            Self::Block(block) => return block.scope(),
            _ => {}
        }
        match self.subject() {
            Some(Subject::Ticket(id)) => Scope { tickets: vec![id], ..Scope::default() },
            Some(Subject::Booking(id)) => Scope { bookings: vec![id], ..Scope::default() },
            None => Scope::default(),
        }
    }

    /// The ticket or the booking that it is about, and is answered with, if it is about one.
    pub fn subject(&self) -> Option<Subject> {
        Some(match self {
            Self::Amend(Amend { ticket_id, .. })
            | Self::Confirm(Confirm { ticket_id, .. })
            | Self::Suspend(Suspend { ticket_id })
            | Self::Cancel(Cancel { ticket_id })
            | Self::Refund(Refund { ticket_id })
            | Self::Expire(Expire { ticket_id }) => Subject::Ticket(*ticket_id),
            Self::Book(Book { booking_id, .. })
            | Self::CancelBooking(CancelBooking { booking_id })
            | Self::SettlePayment(SettlePayment { booking_id, .. })
            | Self::FinishRefund(FinishRefund { booking_id, .. })
            | Self::Forget(Forget { booking_id, .. }) => Subject::Booking(*booking_id),
            Self::BeginPayment(begin) => begin.subject,
            Self::Hold(_) | Self::Block(_) => return None,
        })
    }

    pub fn decide(&self, asked: Asked<'_>, facts: &Facts) -> Result<Change, Refusal> {
        let decided = self.decide_alone(asked, facts);
        let change = decided.map_err(|refusal| self.as_told_to(asked.actor, refusal))?;
        if asked.neighbours.are_ignored {
            asked.actor.must_be_staff()?;
        } else {
            facts.keep_neighbour_rule(&change, asked.neighbours.house)?;
        }
        Ok(change)
    }

    /// What is not a guest's is not there: else the answer would say whether it exists.
    fn as_told_to(&self, actor: &Actor, refusal: Refusal) -> Refusal {
        use Refusal::{BookingNotFound, NotYours, TicketNotFound};
        match (actor, refusal, self.subject()) {
            (Actor::Guest(_), NotYours | BookingNotFound, Some(Subject::Ticket(_))) => {
                TicketNotFound
            }
            (Actor::Guest(_), NotYours | TicketNotFound, Some(Subject::Booking(_))) => {
                BookingNotFound
            }
            (_, refusal, _) => refusal,
        }
    }

    /// Whoever sits beside.
    fn decide_alone(&self, asked: Asked<'_>, facts: &Facts) -> Result<Change, Refusal> {
        let on = |id| facts.ticket(id);
        let whole = |id| facts.booking(id);
        let around = |id| whole(on(id)?.ticket.booking_id);
        let change = match self {
            Self::Hold(hold) => hold.decide(asked, facts),
            Self::Block(block) => block.decide(asked, facts),
            Self::Book(book) => book.decide(asked, facts),
            Self::Amend(amend) => {
                amend.decide(asked, on(amend.ticket_id)?, &around(amend.ticket_id)?)
            }
            Self::Confirm(confirm) => confirm.decide(asked, on(confirm.ticket_id)?),
            Self::Suspend(suspend) => suspend.decide(asked, on(suspend.ticket_id)?),
            Self::Cancel(cancel) => cancel.decide(asked, on(cancel.ticket_id)?),
            Self::CancelBooking(cancel) => cancel.decide(asked, &whole(cancel.booking_id)?),
            Self::Refund(refund) => refund.decide(asked, on(refund.ticket_id)?),
            Self::Expire(expire) => Ok(Expire::decide(asked, &around(expire.ticket_id)?)),
            Self::BeginPayment(begin) => begin.decide(
                asked,
                &match begin.subject {
                    Subject::Ticket(id) => around(id)?,
                    Subject::Booking(id) => whole(id)?,
                },
            ),
            Self::SettlePayment(settle) => settle.decide(asked, &whole(settle.booking_id)?),
            Self::FinishRefund(finish) => finish.decide(asked, &whole(finish.booking_id)?),
            Self::Forget(forget) => forget.decide(asked, &whole(forget.booking_id)?),
        };
        change.map(|change| Change { address: asked.address(), ..change })
    }
}

impl TicketFacts<'_> {
    /// The payment that paid for the ticket, if one did.
    fn captured(&self) -> Option<&Payment> {
        let is_kept = |payment: &&Payment| {
            payment.share(self.ticket.id).is_some_and(|share| share.state == PaymentState::Captured)
        };
        self.payments.iter().find(is_kept)
    }

    fn is_paid(&self) -> bool {
        self.ticket.payment_status == PaymentStatus::Paid
    }
}

impl BookingFacts<'_> {
    fn payment(&self, id: crate::PaymentId) -> Result<&Payment, Refusal> {
        self.payments.iter().find(|payment| payment.id == id).ok_or(Refusal::PaymentNotFound)
    }
}

/// The ticket as the command leaves it: touched, and marked with who did it when that was somebody
/// else than its owner (contract.md, "Roles": *recorded with who did it*).
fn touched(ticket: &Ticket, asked: Asked<'_>) -> Ticket {
    let foreign: Option<UserId> = asked.actor.user_id().filter(|_| !asked.actor.owns(ticket));
    Ticket {
        changed_by_id: foreign.or(ticket.changed_by_id),
        updated_at: asked.now,
        ..ticket.clone()
    }
}

/// `seat_cancelled`, and `seat_available` right behind it whenever the ticket's whole segment is free
/// after the commit: always when it held its seat, else only when nobody else took it meanwhile but
/// tickets that end with it.
fn cancellation_events(
    on: TicketFacts<'_>,
    after: &Ticket,
    reason: Reason,
    at: Timestamp,
    ending: &[TicketId],
) -> Vec<EventDraft> {
    let mut events = vec![EventDraft::of(after, EventKind::Cancelled, reason, at)];
    if on.ticket.status.holds_seat() || on.is_free_of_others(ending) {
        events.push(EventDraft::of(after, EventKind::Available, reason, at));
    }
    events
}
