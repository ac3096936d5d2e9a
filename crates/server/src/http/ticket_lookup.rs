//! Looking a ticket up by its booking code: for its owner and staff, or for anybody who knows the
//! ticket's phone number too.
//!
//! Unknown code, wrong phone and code of somebody else are one answer.

use std::sync::Arc;

use axum::extract::State;
use domain::passenger::Phone;
use domain::{Pnr, Refusal};
use serde::Deserialize;
use store::TicketView;
use utoipa::IntoParams;

use super::caller::MaybeCaller;
use super::payload::{Name, Query};
use super::problem::Problem;
use super::wire::public_ticket::ShownTicket;
use super::wire::ticket::TicketBody;
use crate::app::App;

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
        let own = found.filter(|view| actor.must_own_or_be_staff(&view.ticket).is_ok());
        if let Some(view) = own {
            return Ok(ShownTicket::whole(TicketBody::one(view, actor)));
        }
    }
    let found = match phone {
        Some(phone) => with_pair(&app, &pnr, &phone).await?,
        None => None,
    };
    Ok(found.ok_or(Refusal::TicketNotFound)?)
}

/// What code and phone show together; nothing if they do not belong together.
pub(super) async fn with_pair(
    app: &App,
    pnr: &str,
    phone: &Phone,
) -> Result<Option<ShownTicket>, Problem> {
    let found = with_code(app, pnr).await?.filter(|view| view.ticket.phone == *phone);
    Ok(found.map(ShownTicket::public))
}

async fn with_code(app: &App, pnr: &str) -> Result<Option<TicketView>, Problem> {
    match Pnr::parse(pnr) {
        Some(pnr) => Ok(app.store.ticket_by_pnr(&pnr).await?),
        // What cannot be a code finds nothing.
        None => Ok(None),
    }
}
