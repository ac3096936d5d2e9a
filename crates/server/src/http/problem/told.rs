//! The one place that gives refusals and failures a status and a code.

use booking::{BookingError, ProviderError, UNANSWERED_SECONDS};
use domain::{FieldErrors, Refusal, SeatNumber};
use http::StatusCode;
use store::{CommandError, StoreError};

use super::Problem;

const SEAT_BEYOND_BUS: &str = "seat_beyond_bus";

/// Seconds after which a payment provider that could not be reached may be tried again.
const PROVIDER_RETRY_AFTER_SECONDS: u16 = 15;

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
            Refusal::AccountNotFound => (S::NOT_FOUND, "user_not_found", None),
            // Only a token can name a user: this one's account is gone.
            Refusal::UserNotFound => (S::UNAUTHORIZED, "unauthorized", None),
            Refusal::VersionMoved => (S::PRECONDITION_FAILED, "precondition_failed", None),
            Refusal::KeyReused => (S::UNPROCESSABLE_ENTITY, "idempotency_key_reused", None),
            Refusal::KeyInFlight => (S::CONFLICT, "idempotency_in_flight", None),
            Refusal::KeyAnswered => (S::CONFLICT, "idempotency_key_answered", None),
            Refusal::NotYours => (S::FORBIDDEN, "not_yours", None),
            Refusal::RoleRequired { .. } => (S::FORBIDDEN, "role_required", None),
            Refusal::RouteInactive => (S::CONFLICT, "route_inactive", None),
            Refusal::SeatBeyondBus { .. } => (S::BAD_REQUEST, SEAT_BEYOND_BUS, Some("/seatNumber")),
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
            Refusal::BookingIsOpen => (S::CONFLICT, "booking_open", None),
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
pub(crate) fn about_seats(problem: Problem) -> Problem {
    if problem.code() == SEAT_BEYOND_BUS { problem.about("/seatNumbers") } else { problem }
}

/// What is wrong with the only way, or the way out, is told of that journey. What is wrong with the way
/// back says so itself.
pub(crate) fn about_first_journey(problem: Problem) -> Problem {
    problem.within("/journeys/0")
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
    use http::header;

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
