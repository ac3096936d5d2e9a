//! Errors as `application/problem+json` (RFC 9457), in the one place that gives refusals a status
//! and a code.
//!
//! A handler returns a [`Problem`]; the middleware that knows the request writes the body. What a
//! 5xx was caused by goes to the log and never to the caller.

use axum::response::{IntoResponse, Response};
use booking::{BookingError, ProviderError, UNANSWERED_SECONDS};
use domain::{FieldError, FieldErrors, Refusal, SeatNumber};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use store::{CommandError, StoreError};
use utoipa::ToSchema;

/// Seconds after which a busy or stopping server may be asked again.
const RETRY_AFTER_SECONDS: u16 = 1;

/// The same for a payment provider that cannot be reached.
const PROVIDER_RETRY_AFTER_SECONDS: u16 = 15;

const PROBLEM_JSON: &str = "application/problem+json";
/// A page that says why, for people.
const PAGE: &str = "text/html";

#[derive(Clone, Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: String,
    errors: FieldErrors,
    /// For 429, 502 and 503.
    retry_after_seconds: u16,
    /// Only when a seat was refused for who sits beside it.
    seats_that_would_do: Option<Vec<u16>>,
}

/// The body of every error.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProblemBody<'a> {
    #[serde(rename = "type")]
    kind: String,
    title: &'a str,
    status: u16,
    detail: &'a str,
    instance: &'a str,
    /// Stable, snake_case: what programs compare.
    code: &'a str,
    request_id: &'a str,
    errors: Vec<BadField<'a>>,
    /// As `status`, for existing frontends.
    status_code: u16,
    /// As `detail`, for existing frontends.
    message: &'a str,
    /// A sentence for each of `errors`, for existing frontends.
    messages: Vec<String>,
    /// As `title`, for existing frontends.
    error: &'a str,
    /// Only with `neighbour_rule`: free seats that would do.
    #[serde(skip_serializing_if = "Option::is_none")]
    seats_that_would_do: Option<&'a [u16]>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BadField<'a> {
    /// RFC 6901.
    pointer: &'a str,
    message: &'a str,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        let (detail, errors) = (detail.into(), FieldErrors::default());
        let retry_after_seconds = RETRY_AFTER_SECONDS;
        Self { status, code, detail, errors, retry_after_seconds, seats_that_would_do: None }
    }

    /// When to ask again, for a 429, a 502 or a 503.
    pub(crate) fn retry_after_seconds(self, retry_after_seconds: u16) -> Self {
        Self { retry_after_seconds, ..self }
    }

    /// The same, told of another field.
    pub(crate) fn about(self, pointer: &'static str) -> Self {
        let errors = FieldErrors::one(pointer, self.detail.clone());
        Self { errors, ..self }
    }

    /// The same, told of a field inside another; what is told of a booking's part already stays.
    pub(crate) fn within(self, at: &'static str) -> Self {
        let is_told = |pointer: &str| {
            pointer.is_empty()
                || pointer.starts_with("/journeys")
                || pointer.starts_with("/contact")
        };
        let mut errors = FieldErrors::default();
        for error in self.errors.iter() {
            let pointer = match error.pointer.as_str() {
                told if is_told(told) => told.to_owned(),
                // Which of the passengers named it, its number says.
                "/seatNumber" => format!("{at}/passengers"),
                other => format!("{at}{other}"),
            };
            errors.push(pointer, error.message.clone());
        }
        Self { errors, ..self }
    }

    pub(crate) fn field(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        FieldErrors::one(pointer, message).into()
    }

    pub(crate) fn unauthorized(detail: &'static str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", detail)
    }

    pub(crate) fn forbidden(detail: &'static str) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", detail)
    }

    pub(crate) fn not_found(detail: &'static str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", detail)
    }

    /// What an answer that refuses and does not say why comes to. `None` if it does not refuse, or
    /// says why.
    pub(crate) fn untold(response: &Response) -> Option<Self> {
        let status = response.status();
        let has_told = || {
            let content_type = response.headers().get(header::CONTENT_TYPE);
            content_type.is_some_and(|told| told == PROBLEM_JSON || told == PAGE)
        };
        if !(status.is_client_error() || status.is_server_error()) || has_told() {
            return None;
        }
        Some(match status {
            StatusCode::UNAUTHORIZED => Self::unauthorized("the token is not valid"),
            StatusCode::FORBIDDEN => Self::forbidden("this is not allowed"),
            StatusCode::NOT_FOUND => Self::not_found("there is nothing at this address"),
            StatusCode::UPGRADE_REQUIRED => {
                Self::new(status, "upgrade_required", "this address speaks WebSocket, version 13")
            }
            StatusCode::SERVICE_UNAVAILABLE => {
                Self::unavailable("too much is going on; please try again")
            }
            _ if status.is_server_error() => {
                Self::new(status, "internal_error", "something went wrong on our side")
            }
            _ => Self::new(status, "bad_request", "this request does not fit this address"),
        })
    }

    /// Logs the cause and hides it.
    pub(crate) fn internal(cause: &dyn std::error::Error) -> Self {
        let mut chain = cause.to_string();
        let mut source = cause.source();
        while let Some(error) = source {
            chain.push_str(": ");
            chain.push_str(&error.to_string());
            source = error.source();
        }
        tracing::error!(error = %chain, "a request failed");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal_error",
            "something went wrong on our side",
        )
    }

    fn unavailable(detail: &'static str) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail)
    }

    /// There is nothing at this address that could have been asked.
    pub(crate) fn is_nowhere(&self) -> bool {
        matches!(self.code, "not_found" | "method_not_allowed")
    }

    pub(crate) fn code(&self) -> &'static str {
        self.code
    }

    /// The JSON of it, once request and path are known.
    pub(crate) fn body(&self, instance: &str, request_id: &str) -> Vec<u8> {
        let title = self.status.canonical_reason().unwrap_or("Error");
        let body = ProblemBody {
            kind: format!("urn:seatwire:problem:{}", self.code),
            title,
            status: self.status.as_u16(),
            detail: &self.detail,
            instance,
            code: self.code,
            request_id,
            errors: self
                .errors
                .iter()
                .map(|error| BadField { pointer: &error.pointer, message: &error.message })
                .collect(),
            status_code: self.status.as_u16(),
            message: &self.detail,
            messages: self.errors.iter().map(sentence).collect(),
            error: title,
            seats_that_would_do: self.seats_that_would_do.as_deref(),
        };
        serde_json::to_vec(&body).unwrap_or_default()
    }

    /// The full answer, once request and path are known.
    pub(crate) fn render(&self, instance: &str, request_id: &str) -> Response {
        let body = self.body(instance, request_id);
        let content_type = HeaderValue::from_static(PROBLEM_JSON);
        let mut response =
            (self.status, [(header::CONTENT_TYPE, content_type)], body).into_response();
        let headers = response.headers_mut();
        match self.status {
            StatusCode::UNAUTHORIZED => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::TOO_MANY_REQUESTS => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from(self.retry_after_seconds));
            }
            _ => {}
        }
        response
    }
}

/// What is wrong with one field, as frontends show it: `stations.0.time must be later than …`.
fn sentence(error: &FieldError) -> String {
    let field = error.pointer.trim_start_matches('/').replace('/', ".");
    format!("{field} {}", error.message).trim_start().to_owned()
}

/// An empty answer that carries the problem to the middleware, which writes it.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<FieldErrors> for Problem {
    fn from(errors: FieldErrors) -> Self {
        let detail = errors.to_string();
        Self { errors, ..Self::new(StatusCode::BAD_REQUEST, "validation_failed", detail) }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        use StatusCode as S;
        let detail = refusal.to_string();
        let (status, code, pointer) = match refusal {
            Refusal::Invalid(errors) => return errors.into(),
            Refusal::RouteNotFound => (S::NOT_FOUND, "route_not_found", None),
            Refusal::OnReturn(inner) => {
                let detail = detail.clone();
                return Self { detail, ..Self::from(*inner).within("/journeys/1") };
            }
            Refusal::BookingNotFound => (S::NOT_FOUND, "booking_not_found", None),
            Refusal::TicketNotFound => (S::NOT_FOUND, "ticket_not_found", None),
            Refusal::BusNotFound => (S::NOT_FOUND, "bus_not_found", None),
            Refusal::FeatureNotFound => (S::NOT_FOUND, "feature_not_found", None),
            Refusal::LayoutNotFound => (S::NOT_FOUND, "layout_not_found", None),
            Refusal::StationNotFound => (S::NOT_FOUND, "station_not_found", None),
            Refusal::HoldNotFound => (S::NOT_FOUND, "hold_not_found", None),
            Refusal::BlockNotFound => (S::NOT_FOUND, "block_not_found", None),
            Refusal::PaymentNotFound => (S::NOT_FOUND, "payment_not_found", None),
            // Only a token can name a user: this one's account is gone.
            Refusal::UserNotFound => (S::UNAUTHORIZED, "unauthorized", None),
            Refusal::VersionMoved => (S::PRECONDITION_FAILED, "precondition_failed", None),
            Refusal::KeyReused => (S::UNPROCESSABLE_ENTITY, "idempotency_key_reused", None),
            Refusal::KeyInFlight => (S::CONFLICT, "idempotency_in_flight", None),
            Refusal::KeyAnswered => (S::CONFLICT, "idempotency_key_answered", None),
            Refusal::NotYours => (S::FORBIDDEN, "not_yours", None),
            Refusal::RoleRequired { .. } => (S::FORBIDDEN, "role_required", None),
            Refusal::RouteInactive => (S::CONFLICT, "route_inactive", None),
            Refusal::SeatBeyondBus { .. } => {
                (S::BAD_REQUEST, "seat_beyond_bus", Some("/seatNumber"))
            }
            Refusal::UnknownCity { pointer, .. } => (S::BAD_REQUEST, "unknown_city", Some(pointer)),
            Refusal::ReversedCities => (S::BAD_REQUEST, "reversed_cities", Some("/toCity")),
            Refusal::StopOutOfRange => (S::BAD_REQUEST, "stop_out_of_range", None),
            Refusal::SegmentNotSold => (S::BAD_REQUEST, "segment_not_sold", Some("/toCity")),
            Refusal::TooLate => (S::BAD_REQUEST, "too_late", None),
            Refusal::ReturnBeforeArrival => {
                (S::BAD_REQUEST, "return_before_arrival", Some("/journeys/1"))
            }
            Refusal::NotEnoughSeats => (S::CONFLICT, "not_enough_seats", None),
            Refusal::SeatTaken => (S::CONFLICT, "seat_taken", None),
            Refusal::NeighbourRule { seats_that_would_do, .. } => {
                let seats = seats_that_would_do.into_iter().map(SeatNumber::get).collect();
                let problem = Self::new(S::CONFLICT, "neighbour_rule", detail);
                return Self { seats_that_would_do: Some(seats), ..problem };
            }
            Refusal::InvalidTransition { .. } => (S::CONFLICT, "invalid_transition", None),
            Refusal::NotPaid => (S::CONFLICT, "not_paid", None),
            Refusal::AlreadyPaid => (S::CONFLICT, "already_paid", None),
            Refusal::HoldExpired => (S::CONFLICT, "hold_expired", None),
            Refusal::HoldExtended => (S::CONFLICT, "hold_extended", None),
            Refusal::HoldElsewhere => (S::BAD_REQUEST, "hold_elsewhere", Some("/holdToken")),
            Refusal::TooManySeats { retry_after_seconds } => {
                return Self::new(S::TOO_MANY_REQUESTS, "too_many_seats", detail)
                    .retry_after_seconds(u16::try_from(retry_after_seconds).unwrap_or(u16::MAX));
            }
            Refusal::PaymentInProgress => (S::CONFLICT, "payment_in_progress", None),
            Refusal::AfterDeparture => (S::FORBIDDEN, "after_departure", None),
            Refusal::LastAdministrator => (S::CONFLICT, "last_administrator", None),
            Refusal::EmailTaken => (S::CONFLICT, "email_taken", None),
            Refusal::PlateTaken => (S::CONFLICT, "plate_taken", None),
            Refusal::StationTaken => (S::CONFLICT, "station_taken", None),
            Refusal::FeatureTaken => (S::CONFLICT, "feature_taken", None),
            Refusal::LayoutTaken => (S::CONFLICT, "layout_taken", None),
            Refusal::LayoutInUse => (S::CONFLICT, "layout_in_use", None),
            Refusal::BusHasRoutes => (S::CONFLICT, "bus_has_routes", None),
            Refusal::BusSeatsFixed => (S::CONFLICT, "bus_seats_fixed", None),
            Refusal::BusBusy { .. } => (S::CONFLICT, "bus_busy", None),
            Refusal::RouteFixed => (S::CONFLICT, "route_fixed", None),
            Refusal::OnlyLater { .. } => (S::CONFLICT, "only_later", None),
            Refusal::StopIsOver { .. } => (S::CONFLICT, "stop_is_over", None),
            Refusal::DelayTooLong { .. } => (S::FORBIDDEN, "delay_too_long", None),
            Refusal::RouteHasEvents => (S::CONFLICT, "route_has_events", None),
            Refusal::PnrsExhausted => (S::SERVICE_UNAVAILABLE, "unavailable", None),
        };
        let mut errors = FieldErrors::default();
        if let Some(pointer) = pointer {
            errors.push(pointer, detail.clone());
        }
        Self { errors, ..Self::new(status, code, detail) }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy => Self::unavailable("too much is going on; please try again"),
            StoreError::Closed => Self::unavailable("the server is shutting down"),
            // What is in the way was logged when it came up, once for all who run into it.
            StoreError::Unavailable(_) => {
                Self::unavailable("this cannot be done at the moment; please try again later")
            }
            StoreError::Failed(_) => Self::internal(&error),
        }
    }
}

impl From<BookingError> for Problem {
    fn from(error: BookingError) -> Self {
        use StatusCode as S;
        match error {
            BookingError::Refused(refusal) => refusal.into(),
            BookingError::Store(error) => error.into(),
            BookingError::Provider(ProviderError::Unreachable(cause)) => {
                tracing::warn!(%cause, "the payment provider cannot be reached");
                let detail = "the payment provider cannot be reached: no money was taken, and \
                              the seat stays reserved; please try again";
                Self::new(S::SERVICE_UNAVAILABLE, "payment_provider_unreachable", detail)
                    .retry_after_seconds(PROVIDER_RETRY_AFTER_SECONDS)
            }
            BookingError::Provider(ProviderError::NoAnswer(cause)) => {
                tracing::warn!(%cause, "the payment provider did not answer");
                let detail = "the payment provider has not answered, so it is not known yet whether \
                              money was taken; it will be found out, and what was taken for a seat \
                              that has gone is given back; please look at the ticket again later";
                Self::new(S::BAD_GATEWAY, "payment_unanswered", detail)
                    .retry_after_seconds(UNANSWERED_SECONDS)
            }
            BookingError::Randomness(_) | BookingError::BrokeOff(_) => Self::internal(&error),
        }
    }
}

/// What is wrong with one of several seats is told of their list.
pub(crate) fn about_seats(error: BookingError) -> Problem {
    let is_beyond = matches!(&error, BookingError::Refused(Refusal::SeatBeyondBus { .. }));
    let problem = Problem::from(error);
    if is_beyond { problem.about("/seatNumbers") } else { problem }
}

impl From<CommandError> for Problem {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::Refused(refusal) => refusal.into(),
            CommandError::Store(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_of_the_provider_is_told_apart_from_one_of_the_database() {
        let cause = || "10.0.0.7:443 refused".to_owned();
        for (error, status, code, retry_after) in [
            (ProviderError::Unreachable(cause()), 503, "payment_provider_unreachable", "15"),
            (ProviderError::NoAnswer(cause()), 502, "payment_unanswered", "120"),
        ] {
            let problem = Problem::from(BookingError::from(error));
            let answer = problem.render("/payments", "r1");
            assert_eq!(answer.status(), status, "{code}");
            assert_eq!(answer.headers()[header::RETRY_AFTER], retry_after, "{code}");
            let body = String::from_utf8(problem.body("/payments", "r1")).unwrap_or_default();
            assert!(body.contains(code), "{body}");
            assert!(!body.contains("10.0.0.7"), "a cause is for the log: {body}");
        }
    }
}
