//! Looking up tickets by their booking code: for their owner and staff, and for any caller that
//! also knows the contact's phone number.
//!
//! Unknown code, wrong phone and another person's code get the same answer. Guessing is slowed down
//! by [`crate::limits::wrong_pairs`].

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use domain::audit::Shown;
use domain::passenger::Phone;
use domain::{Account, Actor, Pnr, Refusal};
use serde::Deserialize;
use socketio::Remote;
use store::{BookingView, TicketView};
use utoipa::IntoParams;

use super::caller::MaybeCaller;
use super::guest::with_pair;
use super::payload::{Name, Query};
use super::problem::Problem;
use super::reading::Reading;
use super::wire::public_ticket::ShownTicket;
use super::wire::ticket::TicketBody;
use crate::app::App;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PnrQuery {
    /// The contact's phone number; owner and staff need none.
    phone: Option<String>,
}

/// The first ticket of a booking by its code.
///
/// Its owner and staff see all of it; a caller with its phone number sees the public part.
#[utoipa::path(get, path = "/tickets/pnr/{pnr}", tag = "tickets",
    params(("pnr" = String, Path), PnrQuery), responses((status = 200, body = ShownTicket)))]
pub(crate) async fn by_pnr(
    State(app): State<Arc<App>>,
    MaybeCaller(caller): MaybeCaller,
    Extension(remote): Extension<Remote>,
    reading: Reading,
    Name(pnr): Name,
    Query(query): Query<PnrQuery>,
) -> Result<ShownTicket, Problem> {
    let lookup = Lookup { caller, remote, pnr: &pnr, not_found: Refusal::TicketNotFound };
    let (booking, reader) = lookup.find(&app, &query).await?;
    let first = first_of(booking);
    Ok(match reader {
        Some(reader) => {
            reading.of(&app, reader, Shown::ticket(&first.ticket, reader)).await;
            ShownTicket::whole(TicketBody::one(first, reader))
        }
        None => ShownTicket::public(first),
    })
}

fn first_of(booking: BookingView) -> TicketView {
    let Some(first) = booking.tickets.into_iter().next() else {
        unreachable!("a booking is made with its tickets, which are never forgotten")
    };
    first
}

/// A caller that asks for a booking by its code.
pub(super) struct Lookup<'a> {
    pub(super) caller: Option<Account>,
    pub(super) remote: Remote,
    pub(super) pnr: &'a str,
    /// The answer when there is no booking that the caller may see.
    pub(super) not_found: Refusal,
}

impl Lookup<'_> {
    /// The booking, and the account that may see all of it; without an account, the public part.
    pub(super) async fn find(
        self,
        app: &App,
        query: &PnrQuery,
    ) -> Result<(BookingView, Option<Account>), Problem> {
        let phone = query.phone.as_deref().map(Phone::parse).transpose();
        let phone = phone.map_err(|error| Problem::field("/phone", error.to_string()))?;
        if phone.is_none() && self.caller.is_none() {
            return Err(Problem::unauthorized("give the ticket's phone number or log in"));
        }
        if let Some(actor) = self.caller {
            let found = with_code(app, self.pnr).await?;
            if let Some(view) = found.filter(|view| owns(actor, view)) {
                return Ok((view, Some(actor)));
            }
        }
        if let Some(phone) = &phone
            && let Some(found) = with_pair(app, self.remote, self.pnr, phone).await?
        {
            return Ok((found, None));
        }
        match misread(app, self.pnr, self.caller, phone.as_ref()).await? {
            Some(meant) => {
                let detail = format!("{}; did you mean {meant}?", self.not_found);
                Err(Problem::from(self.not_found).saying(detail))
            }
            None => Err(self.not_found.into()),
        }
    }
}

fn owns(actor: Account, view: &BookingView) -> bool {
    Actor::from(actor).must_own_booking_or_be_staff(&view.booking).is_ok()
}

/// The code that was meant, if O was read as 0 or I as 1: only for a caller who may see its
/// booking.
async fn misread(
    app: &App,
    pnr: &str,
    caller: Option<Account>,
    phone: Option<&Phone>,
) -> Result<Option<Pnr>, Problem> {
    for other in Pnr::parse(pnr).iter().flat_map(Pnr::mistakable) {
        let is_phones = match phone {
            Some(phone) => app.store.booking_by_pair(&other, phone).await?.is_some(),
            None => false,
        };
        let is_callers = match caller {
            Some(actor) if !is_phones => {
                app.store.booking_by_pnr(&other).await?.is_some_and(|view| owns(actor, &view))
            }
            _ => false,
        };
        if is_phones || is_callers {
            return Ok(Some(other));
        }
    }
    Ok(None)
}

async fn with_code(app: &App, pnr: &str) -> Result<Option<BookingView>, Problem> {
    match Pnr::parse(pnr) {
        Some(pnr) => Ok(app.store.booking_by_pnr(&pnr).await?),
        // A text that cannot be a code finds nothing.
        None => Ok(None),
    }
}
