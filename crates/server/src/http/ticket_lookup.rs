//! Looking a ticket up by its booking code: for its owner and staff, or for anybody who knows the
//! ticket's phone number too.
//!
//! Unknown code, wrong phone and code of somebody else are one answer. Guessing is slowed down by
//! [`crate::wrong_pairs`].

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use domain::passenger::Phone;
use domain::{Actor, Pnr, Refusal};
use http::StatusCode;
use serde::Deserialize;
use socketio::Remote;
use store::TicketView;
use utoipa::IntoParams;

use super::caller::MaybeCaller;
use super::payload::{Name, Query};
use super::problem::Problem;
use super::wire::public_ticket::ShownTicket;
use super::wire::ticket::TicketBody;
use crate::app::App;
use crate::network::Network;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PnrQuery {
    /// The ticket's phone number; owner and staff need none.
    phone: Option<String>,
}

/// One ticket by its booking code.
///
/// Its owner and staff see all of it; whoever gives its phone number the public part.
#[utoipa::path(get, path = "/tickets/pnr/{pnr}", tag = "tickets",
    params(("pnr" = String, Path), PnrQuery), responses((status = 200, body = ShownTicket)))]
pub(crate) async fn by_pnr(
    State(app): State<Arc<App>>,
    MaybeCaller(caller): MaybeCaller,
    Extension(remote): Extension<Remote>,
    Name(pnr): Name,
    Query(query): Query<PnrQuery>,
) -> Result<ShownTicket, Problem> {
    let phone = query.phone.as_deref().map(Phone::parse).transpose();
    let phone = phone.map_err(|error| Problem::field("/phone", error.to_string()))?;
    if phone.is_none() && caller.is_none() {
        return Err(Problem::unauthorized("give the ticket's phone number or log in"));
    }
    if let Some(actor) = caller {
        let found = with_code(&app, &pnr).await?;
        let own =
            found.filter(|view| Actor::from(actor).must_own_or_be_staff(&view.ticket).is_ok());
        if let Some(view) = own {
            return Ok(ShownTicket::whole(TicketBody::one(view, actor)));
        }
    }
    if let Some(phone) = &phone
        && let Some(found) = with_pair(&app, remote, &pnr, phone).await?
    {
        return Ok(found);
    }
    let misread = misread(&app, &pnr, |view| {
        phone.as_ref() == Some(&view.ticket.phone)
            || caller
                .is_some_and(|actor| Actor::from(actor).must_own_or_be_staff(&view.ticket).is_ok())
    });
    match misread.await? {
        Some(meant) => {
            let detail = format!("{}; did you mean {meant}?", Refusal::TicketNotFound);
            Err(Problem::new(StatusCode::NOT_FOUND, "ticket_not_found", detail))
        }
        None => Err(Refusal::TicketNotFound.into()),
    }
}

/// What code and phone show together; nothing if they do not belong together, and the more often they
/// do not, the later may be asked again.
pub(super) async fn with_pair(
    app: &App,
    Remote(remote): Remote,
    pnr: &str,
    phone: &Phone,
) -> Result<Option<ShownTicket>, Problem> {
    let (network, code) = (Network::of(remote), Pnr::parse(pnr));
    app.wrong_pairs.begin(network, code.as_ref(), app.now()).map_err(|early| {
        let detail = "too many wrong codes or phone numbers; please try again later";
        Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_many_wrong_pairs", detail)
            .retry_after_seconds(early.retry_after_seconds)
    })?;
    let Some(code) = code else { return Ok(None) };
    let found = app.store.ticket_by_pnr(&code).await?;
    let found = found.filter(|view| view.ticket.phone == *phone);
    if found.is_some() {
        app.wrong_pairs.was_right(network, &code);
    }
    Ok(found.map(ShownTicket::public))
}

/// The code that was meant, when O was read as 0 or I as 1: only for somebody who may see its ticket.
async fn misread(
    app: &App,
    pnr: &str,
    may_see: impl Fn(&TicketView) -> bool,
) -> Result<Option<Pnr>, Problem> {
    for other in Pnr::parse(pnr).iter().flat_map(Pnr::mistakable) {
        if app.store.ticket_by_pnr(&other).await?.is_some_and(|view| may_see(&view)) {
            return Ok(Some(other));
        }
    }
    Ok(None)
}

async fn with_code(app: &App, pnr: &str) -> Result<Option<TicketView>, Problem> {
    match Pnr::parse(pnr) {
        Some(pnr) => Ok(app.store.ticket_by_pnr(&pnr).await?),
        // What cannot be a code finds nothing.
        None => Ok(None),
    }
}
