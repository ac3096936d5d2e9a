//! Which bookings, cancellations and holds of a customer count as loops of taking and freeing seats
//! ([`crate::churn`]).

use domain::ticket::{PaymentStatus, TicketStatus};
use domain::{Account, Ticket};
use socketio::Remote;

use super::problem::Problem;
use crate::app::App;
use crate::churn::Deed;
use crate::error_codes::ErrorCode;
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
    let detail = "too many bookings have been cancelled unpaid; please try again later";
    may(Deed::Cancel, detail, app, caller, remote)
}

/// The same for a hold of seats.
pub(super) fn may_hold(app: &App, caller: Option<Account>, remote: Remote) -> Result<(), Problem> {
    let detail = "seats have been held too often; please try again later";
    may(Deed::Hold, detail, app, caller, remote)
}

fn may(
    deed: Deed,
    detail: &'static str,
    app: &App,
    caller: Option<Account>,
    remote: Remote,
) -> Result<(), Problem> {
    let Some(payer) = payer(app, caller, remote) else { return Ok(()) };
    app.churn.is_left(deed, payer, app.now()).map_err(|early| {
        count_refused("unpaid");
        Problem::new(ErrorCode::RATE_LIMITED, detail).retry_after_seconds(early.retry_after_seconds)
    })
}

/// Seats were held.
pub(super) fn held(app: &App, caller: Option<Account>, remote: Remote) {
    if let Some(payer) = payer(app, caller, remote) {
        app.churn.done(Deed::Hold, payer, app.now());
    }
}

/// These tickets were cancelled together; a paid one was a real sale, and does not count.
pub(super) fn cancelled<'a>(
    app: &App,
    caller: Option<Account>,
    remote: Remote,
    tickets: impl IntoIterator<Item = &'a Ticket>,
) {
    let Some(payer) = payer(app, caller, remote) else { return };
    let is_unpaid = |ticket: &Ticket| {
        ticket.status == TicketStatus::Cancelled && ticket.payment_status == PaymentStatus::Pending
    };
    if tickets.into_iter().any(is_unpaid) {
        app.churn.done(Deed::Cancel, payer, app.now());
    }
}
