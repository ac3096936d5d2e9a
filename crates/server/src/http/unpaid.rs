//! Which bookings, cancellations and holds of a customer count as loops of taking and freeing seats
//! ([`crate::limits::churn`]).

use std::time::Instant;

use booking::BookingError;
use domain::ticket::{PaymentStatus, TicketStatus};
use domain::{Account, Ticket};
use socketio::Remote;
use store::{BookingView, TicketView};

use super::problem::Problem;
use crate::app::App;
use crate::error_codes::ErrorCode;
use crate::limits::CallerKey;
use crate::limits::churn::Deed;
use crate::limits::growing_wait::TooEarly;
use crate::metrics::count_refused;
use crate::network::Network;

/// Whose budget applies; `None` where nothing is limited, and for staff.
fn counted(app: &App, caller: Option<Account>, Remote(remote): Remote) -> Option<CallerKey> {
    app.limits.as_ref()?;
    match caller {
        None => Some(CallerKey::Address(Network::of(remote))),
        Some(account) if account.role.is_staff() => None,
        Some(account) => Some(CallerKey::User(account.user_id)),
    }
}

/// Lets a booking begin, or says how long to wait.
pub(super) fn may_book(app: &App, caller: Option<Account>, remote: Remote) -> Result<(), Problem> {
    let Some(counted) = counted(app, caller, remote) else { return Ok(()) };
    let detail = "too many bookings have been cancelled unpaid; please try again later";
    let is_left = app.churn.is_left(Deed::Cancel, counted, Instant::now());
    is_left.map_err(|early| refused(early, detail))
}

/// Holds seats, or says how long to wait. Seats that were not held do not count. To be polled to
/// its end: see [`to_its_end`](super::to_its_end).
pub(super) async fn hold<H>(
    app: &App,
    caller: Option<Account>,
    remote: Remote,
    work: impl Future<Output = Result<H, BookingError>>,
) -> Result<Result<H, BookingError>, Problem> {
    let Some(counted) = counted(app, caller, remote) else { return Ok(work.await) };
    let detail = "seats have been held too often; please try again later";
    let begun = app.churn.begin_within(Deed::Hold, counted, Instant::now());
    let begun = begun.map_err(|early| refused(early, detail))?;
    let outcome = work.await;
    if outcome.is_err() {
        begun.take_back();
    }
    Ok(outcome)
}

/// Cancels tickets together; a paid one was a real sale, and does not count. To be polled to its
/// end, too.
pub(super) async fn cancel<V: Views>(
    app: &App,
    caller: Option<Account>,
    remote: Remote,
    work: impl Future<Output = Result<V, BookingError>>,
) -> Result<V, BookingError> {
    let Some(counted) = counted(app, caller, remote) else { return work.await };
    let is_unpaid = |ticket: &Ticket| {
        ticket.status == TicketStatus::Cancelled && ticket.payment_status == PaymentStatus::Pending
    };
    let begun = app.churn.begin(Deed::Cancel, counted, Instant::now());
    let outcome = work.await;
    if !outcome.as_ref().is_ok_and(|views| views.tickets().any(is_unpaid)) {
        begun.take_back();
    }
    outcome
}

fn refused(early: TooEarly, detail: &'static str) -> Problem {
    count_refused("unpaid");
    Problem::new(ErrorCode::RATE_LIMITED, detail).retry_after_seconds(early.retry_after_seconds)
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
