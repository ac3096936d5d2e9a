//! Which bookings, cancellations and holds of a customer count as loops of taking and freeing seats
//! ([`crate::churn`]).

use std::time::Instant;

use domain::ticket::{PaymentStatus, TicketStatus};
use domain::{Account, Ticket};
use socketio::Remote;
use store::{BookingView, TicketView};

use super::problem::Problem;
use crate::app::App;
use crate::churn::{Begun, Deed};
use crate::error_codes::ErrorCode;
use crate::growing_wait::TooEarly;
use crate::limits::Payer;
use crate::metrics::count_refused;
use crate::network::Network;

/// Whose budget applies; `None` where nothing is limited, and for staff.
fn payer(app: &App, caller: Option<Account>, Remote(remote): Remote) -> Option<Payer> {
    app.limits.as_ref()?;
    match caller {
        None => Some(Payer::Address(Network::of(remote))),
        Some(account) if account.role.is_staff() => None,
        Some(account) => Some(Payer::User(account.user_id)),
    }
}

/// Lets a booking begin, or says how long to wait.
pub(super) fn may_book(app: &App, caller: Option<Account>, remote: Remote) -> Result<(), Problem> {
    let Some(payer) = payer(app, caller, remote) else { return Ok(()) };
    let detail = "too many bookings have been cancelled unpaid; please try again later";
    let is_left = app.churn.is_left(Deed::Cancel, payer, Instant::now());
    is_left.map_err(|early| refused(early, detail))
}

/// Lets a hold of seats begin, or says how long to wait.
pub(super) fn hold(
    app: &App,
    caller: Option<Account>,
    remote: Remote,
) -> Result<Deeds<'_>, Problem> {
    let Some(payer) = payer(app, caller, remote) else { return Ok(Deeds(None)) };
    let detail = "seats have been held too often; please try again later";
    let begun = app.churn.begin_within(Deed::Hold, payer, Instant::now());
    begun.map(Some).map(Deeds).map_err(|early| refused(early, detail))
}

/// Tickets are about to be cancelled.
pub(super) fn cancel(app: &App, caller: Option<Account>, remote: Remote) -> Deeds<'_> {
    let payer = payer(app, caller, remote);
    Deeds(payer.map(|payer| app.churn.begin(Deed::Cancel, payer, Instant::now())))
}

fn refused(early: TooEarly, detail: &'static str) -> Problem {
    count_refused("unpaid");
    Problem::new(ErrorCode::RATE_LIMITED, detail).retry_after_seconds(early.retry_after_seconds)
}

/// What a request does, counted already: a caller who disconnects has it done all the same.
pub(super) struct Deeds<'a>(Option<Begun<'a>>);

impl Deeds<'_> {
    /// Seats that were not held do not count.
    pub(super) fn held<T, E>(self, outcome: Result<T, E>) -> Result<T, E> {
        self.counts_if(outcome.is_ok());
        outcome
    }

    /// These tickets were cancelled together; a paid one was a real sale, and does not count.
    pub(super) fn cancelled<V: Views, E>(self, outcome: Result<V, E>) -> Result<V, E> {
        let is_unpaid = |ticket: &Ticket| {
            ticket.status == TicketStatus::Cancelled
                && ticket.payment_status == PaymentStatus::Pending
        };
        self.counts_if(outcome.as_ref().is_ok_and(|views| views.tickets().any(is_unpaid)));
        outcome
    }

    fn counts_if(self, is_done: bool) {
        if let Some(begun) = self.0.filter(|_| !is_done) {
            begun.take_back();
        }
    }
}

/// What a cancellation answers.
pub(super) trait Views {
    fn tickets(&self) -> impl Iterator<Item = &Ticket>;
}

impl Views for TicketView {
    fn tickets(&self) -> impl Iterator<Item = &Ticket> {
        std::iter::once(&self.ticket)
    }
}

impl Views for BookingView {
    fn tickets(&self) -> impl Iterator<Item = &Ticket> {
        self.tickets.iter().map(|view| &view.ticket)
    }
}
