//! Commands, and how each is decided.
//!
//! A store loads the [`Facts`] that a command's [`Scope`] names, inside its transaction, and calls
//! [`Command::decide`]. The decision is a function of who asks, when, and the facts: it may be made
//! again on a retry and always means the same.

mod amend;
mod asked;
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
mod scope;
mod suspend;

use crate::{Actor, Change, Facts, Refusal, RuleCheck};

pub use amend::{Amend, Unchanged};
pub use asked::Asked;
pub use block::{BlockCommand, BlockSeats, LiftBlock};
pub use book::{Book, Journey, PNR_CANDIDATES, Traveller, seat_number};
pub use booking_form::{BookingForm, JOURNEYS_MAX, JourneyForm, TicketForm, TravellerForm};
pub use cancel::{Cancel, CancelBooking, Refund};
pub use confirm::Confirm;
pub use expire::Expire;
pub use forget::{Forget, Whom};
pub use hold::{ExpireHold, ExtendHold, HoldCommand, ReleaseHold, TakeHold};
pub use pay::{BeginPayment, ChargeOutcome, FinishRefund, SettlePayment};
pub use scope::{Scope, Subject};
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

    /// The ticket or the booking that it is about, if it is about one. The answer shows it.
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
        match asked.neighbours.check {
            RuleCheck::OverriddenByStaff => asked.actor.must_be_staff()?,
            RuleCheck::Enforced => facts.keep_neighbour_rule(&change, asked.neighbours.house)?,
        }
        // Money that was captured is never refused: a settlement itself decides which seats it wins
        // back.
        if !matches!(self, Self::SettlePayment(_)) {
            facts.keep_one_seat_each(&change, asked.actor)?;
        }
        Ok(change)
    }

    /// To a guest, another's ticket does not exist: else the answer would say whether it does.
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

    /// Without the neighbour rule.
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
