//! A caller without an account who sends a booking's code and its contact's phone number.
//!
//! Whether they belong together is decided where the booking is read or changed. Unknown code,
//! wrong phone and the booking of another person get the same answer, and guessing is slowed down
//! by [`crate::limits::wrong_pairs`].

use std::sync::Arc;
use std::time::Instant;

use axum::extract::Request;
use booking::BookingError;
use domain::passenger::Phone;
use domain::{Actor, FieldErrors, Guest, Pnr, Refusal};
use serde::Deserialize;
use socketio::Remote;
use store::BookingView;
use utoipa::{IntoParams, ToSchema};

use super::payload::payload_if_any;
use super::problem::Problem;
use super::to_its_end::to_its_end;
use crate::app::App;
use crate::error_codes::ErrorCode;
use crate::limits::wrong_pairs::Attempt;
use crate::metrics::count_refused;
use crate::network::Network;

const NOTHING_SHOWN: &str = "log in, or send pnrNumber and phone";

/// What a guest sends as proof; a caller with a login sends none.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct GuestPair {
    pnr_number: String,
    /// The contact's phone number, in any usual spelling.
    phone: String,
}

/// The same in the query of a read.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GuestQuery {
    /// With `phone`, in place of a login.
    pnr_number: Option<String>,
    /// The contact's phone number, in any usual spelling.
    phone: Option<String>,
}

impl TryFrom<GuestQuery> for GuestPair {
    type Error = Problem;

    fn try_from(query: GuestQuery) -> Result<Self, Problem> {
        Self::given(query.pnr_number, query.phone)
    }
}

impl GuestPair {
    /// From the body of a request that came without a token.
    pub(crate) async fn of(request: Request) -> Result<Self, Problem> {
        let pair = payload_if_any(request).await?;
        pair.ok_or_else(|| Problem::unauthorized(NOTHING_SHOWN))
    }

    /// From among the other fields of such a request.
    pub(crate) fn given(pnr: Option<String>, phone: Option<String>) -> Result<Self, Problem> {
        match (pnr, phone) {
            (Some(pnr_number), Some(phone)) => Ok(Self { pnr_number, phone }),
            (None, None) => Err(Problem::unauthorized(NOTHING_SHOWN)),
            (Some(_), None) => Err(Problem::field("/phone", "is missing")),
            (None, Some(_)) => Err(Problem::field("/pnrNumber", "is missing")),
        }
    }

    fn phone(&self) -> Result<Phone, FieldErrors> {
        let mut errors = FieldErrors::default();
        errors.check("/phone", Phone::parse(&self.phone)).ok_or(errors)
    }

    /// Acts as this guest, whether or not the guest waits for the answer. `not_found`: the answer
    /// when the booking is not theirs.
    pub(crate) async fn act<T, W>(
        self,
        app: &Arc<App>,
        Remote(remote): Remote,
        not_found: Refusal,
        work: impl FnOnce(Actor) -> W + Send + 'static,
    ) -> Result<T, Problem>
    where
        T: Send + 'static,
        W: Future<Output = Result<T, BookingError>> + Send,
    {
        let phone = self.phone()?;
        let (network, pnr) = (Network::of(remote), Pnr::parse(&self.pnr_number));
        let app = Arc::clone(app);
        let acting = async move {
            let attempt = begin_pair(&app, network, pnr.as_ref())?;
            // A text that cannot be a code belongs to no booking.
            let Some(pnr) = pnr else {
                attempt.was_wrong();
                return Err(not_found.into());
            };
            let outcome = work(Actor::Guest(Guest { pnr, phone })).await;
            match &outcome {
                Err(BookingError::Refused(Refusal::TicketNotFound | Refusal::BookingNotFound)) => {
                    attempt.was_wrong();
                }
                // The pair was not checked: a repeat must not make up for earlier wrong guesses.
                Err(BookingError::Refused(
                    Refusal::KeyAnswered | Refusal::KeyReused | Refusal::KeyInFlight,
                )) => drop(attempt),
                // These refusals come after the booking was found; a provider is asked only about a
                // booking that was found.
                Ok(_) | Err(BookingError::Refused(_) | BookingError::Provider(_)) => {
                    attempt.was_right();
                }
                // The store may have failed before it checked the pair.
                Err(_) => drop(attempt),
            }
            Ok(outcome?)
        };
        // A guess may have had its effect already, so its result has to be counted.
        to_its_end(acting).await?
    }

    /// The booking of this pair, if the two belong together.
    pub(crate) async fn find(
        &self,
        app: &App,
        remote: Remote,
    ) -> Result<Option<BookingView>, Problem> {
        with_pair(app, remote, &self.pnr_number, &self.phone()?).await
    }
}

/// What code and phone show together; nothing if they do not belong together. The more wrong pairs
/// there are, the longer the caller has to wait.
pub(super) async fn with_pair(
    app: &App,
    Remote(remote): Remote,
    pnr: &str,
    phone: &Phone,
) -> Result<Option<BookingView>, Problem> {
    let (network, code) = (Network::of(remote), Pnr::parse(pnr));
    let attempt = begin_pair(app, network, code.as_ref())?;
    let Some(code) = code else {
        attempt.was_wrong();
        return Ok(None);
    };
    let found = app.store.booking_by_pair(&code, phone).await?;
    match found {
        Some(_) => attempt.was_right(),
        None => attempt.was_wrong(),
    }
    Ok(found)
}

/// Begins an attempt at a pair, or says how long to wait.
fn begin_pair<'a>(
    app: &'a App,
    network: Network,
    code: Option<&Pnr>,
) -> Result<Attempt<'a>, Problem> {
    app.wrong_pairs.begin(network, code, Instant::now()).map_err(|early| {
        count_refused("wrong_pair");
        let detail = "too many wrong codes or phone numbers; please try again later";
        Problem::new(ErrorCode::TOO_MANY_WRONG_PAIRS, detail)
            .retry_after_seconds(early.retry_after_seconds)
    })
}
