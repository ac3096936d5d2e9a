//! Somebody without an account who shows a ticket's booking code and phone number.
//!
//! Whether they belong together is decided inside the transaction. Unknown code, wrong phone and
//! somebody else's ticket are one answer, and guessing is slowed down by [`crate::wrong_pairs`].

use axum::extract::Request;
use booking::BookingError;
use domain::passenger::Phone;
use domain::{Actor, Guest, Pnr, Refusal};
use serde::Deserialize;
use socketio::Remote;
use utoipa::ToSchema;

use super::payload::payload_if_any;
use super::problem::Problem;
use super::ticket_lookup::begin_pair;
use crate::app::App;
use crate::network::Network;

/// What a guest shows; whoever is logged in shows nothing.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct GuestPair {
    pnr_number: String,
    /// The ticket's, in any usual spelling.
    phone: String,
}

impl GuestPair {
    /// From the body of a request that came without a token.
    pub(crate) async fn of(request: Request) -> Result<Self, Problem> {
        let pair = payload_if_any(request).await?;
        pair.ok_or_else(|| Problem::unauthorized("log in, or send pnrNumber and phone"))
    }

    /// Does something as this guest.
    pub(crate) async fn act<T>(
        self,
        app: &App,
        Remote(remote): Remote,
        work: impl AsyncFnOnce(Actor) -> Result<T, BookingError>,
    ) -> Result<T, Problem> {
        let phone = Phone::parse(&self.phone);
        let phone = phone.map_err(|error| Problem::field("/phone", error.to_string()))?;
        let (network, pnr) = (Network::of(remote), Pnr::parse(&self.pnr_number));
        begin_pair(app, network, pnr.as_ref())?;
        // What cannot be a code belongs to nothing.
        let Some(pnr) = pnr else { return Err(Refusal::TicketNotFound.into()) };
        let outcome = work(Actor::Guest(Guest { pnr: pnr.clone(), phone })).await;
        match outcome {
            Err(BookingError::Refused(Refusal::NotYours | Refusal::TicketNotFound)) => {
                return Err(Refusal::TicketNotFound.into());
            }
            // A refusal that has seen the ticket.
            Ok(_) | Err(BookingError::Refused(_)) => app.wrong_pairs.was_right(network, &pnr),
            Err(_) => {}
        }
        Ok(outcome?)
    }
}
