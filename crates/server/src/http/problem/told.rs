//! The one place that maps refusals and failures to codes.

use booking::{BookingError, ProviderError, UNANSWERED_SECONDS};
use domain::{FieldErrors, Refusal, SeatNumber};
use store::{CommandError, StoreError};

use super::Problem;
use crate::error_codes::ErrorCode as C;
use crate::identity::passwords::NotHashed;

/// Seconds after which a request may try again when the payment provider could not be reached.
const PROVIDER_RETRY_AFTER_SECONDS: u16 = 15;

impl From<FieldErrors> for Problem {
    fn from(errors: FieldErrors) -> Self {
        let detail = errors.to_string();
        Self { errors, ..Self::new(C::VALIDATION_FAILED, detail) }
    }
}

impl From<NotHashed> for Problem {
    fn from(why: NotHashed) -> Self {
        match why {
            NotHashed::Busy(busy) => Self::new(C::UNAVAILABLE, busy.to_string())
                .retry_after_seconds(busy.retry_after_seconds),
            NotHashed::Failed(error) => Self::internal(&error),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let detail = refusal.to_string();
        let (code, pointer) = match refusal {
            Refusal::Invalid(errors) => return errors.into(),
            Refusal::RouteNotFound => (C::ROUTE_NOT_FOUND, None),
            Refusal::OnReturn(inner) => {
                let detail = detail.clone();
                return Self { detail, ..Self::from(*inner).within("/journeys/1") };
            }
            Refusal::BookingNotFound => (C::BOOKING_NOT_FOUND, None),
            Refusal::TicketNotFound => (C::TICKET_NOT_FOUND, None),
            Refusal::BusNotFound => (C::BUS_NOT_FOUND, None),
            Refusal::FeatureNotFound => (C::FEATURE_NOT_FOUND, None),
            Refusal::LayoutNotFound => (C::LAYOUT_NOT_FOUND, None),
            Refusal::StationNotFound => (C::STATION_NOT_FOUND, None),
            Refusal::HoldNotFound => (C::HOLD_NOT_FOUND, None),
            Refusal::BlockNotFound => (C::BLOCK_NOT_FOUND, None),
            Refusal::PaymentNotFound => (C::PAYMENT_NOT_FOUND, None),
            Refusal::AccountNotFound => (C::USER_NOT_FOUND, None),
            // Only a token can name a user, so the account of this token is gone.
            Refusal::UserNotFound => (C::UNAUTHORIZED, None),
            Refusal::VersionMoved => (C::PRECONDITION_FAILED, None),
            Refusal::KeyReused => (C::IDEMPOTENCY_KEY_REUSED, None),
            Refusal::KeyInFlight => (C::IDEMPOTENCY_IN_FLIGHT, None),
            Refusal::KeyAnswered => (C::IDEMPOTENCY_KEY_ANSWERED, None),
            Refusal::NotYours => (C::NOT_YOURS, None),
            Refusal::RoleRequired { .. } => (C::ROLE_REQUIRED, None),
            Refusal::RouteInactive => (C::ROUTE_INACTIVE, None),
            Refusal::SeatBeyondBus { .. } => (C::SEAT_BEYOND_BUS, Some("/seatNumber")),
            Refusal::UnknownCity { pointer, .. } => (C::UNKNOWN_CITY, Some(pointer)),
            Refusal::ReversedCities => (C::REVERSED_CITIES, Some("/toCity")),
            Refusal::StopOutOfRange => (C::STOP_OUT_OF_RANGE, None),
            Refusal::SegmentNotSold => (C::SEGMENT_NOT_SOLD, Some("/toCity")),
            Refusal::TooLate => (C::TOO_LATE, None),
            Refusal::ReturnBeforeArrival => (C::RETURN_BEFORE_ARRIVAL, Some("/journeys/1")),
            Refusal::NotEnoughSeats => (C::NOT_ENOUGH_SEATS, None),
            Refusal::SeatTaken => (C::SEAT_TAKEN, None),
            Refusal::NeighbourRule { seats_that_would_do, .. } => {
                let seats = seats_that_would_do.into_iter().map(SeatNumber::get).collect();
                let problem = Self::new(C::NEIGHBOUR_RULE, detail);
                return Self { seats_that_would_do: Some(seats), ..problem };
            }
            Refusal::PassengerAlreadyBooked { .. } => (C::PASSENGER_ALREADY_BOOKED, None),
            Refusal::InvalidTransition { .. } => (C::INVALID_TRANSITION, None),
            Refusal::NotPaid => (C::NOT_PAID, None),
            Refusal::AlreadyPaid => (C::ALREADY_PAID, None),
            Refusal::HoldExpired => (C::HOLD_EXPIRED, None),
            Refusal::HoldExtended => (C::HOLD_EXTENDED, None),
            Refusal::HoldElsewhere => (C::HOLD_ELSEWHERE, Some("/holdToken")),
            Refusal::TooManySeats { retry_after_seconds } => {
                return Self::new(C::TOO_MANY_SEATS, detail)
                    .retry_after_seconds(u16::try_from(retry_after_seconds).unwrap_or(u16::MAX));
            }
            Refusal::PaymentInProgress => (C::PAYMENT_IN_PROGRESS, None),
            Refusal::AfterDeparture => (C::AFTER_DEPARTURE, None),
            Refusal::LastAdministrator => (C::LAST_ADMINISTRATOR, None),
            Refusal::ProviderDecides => (C::PROVIDER_DECIDES, None),
            Refusal::EmailTaken => (C::EMAIL_TAKEN, None),
            Refusal::PlateTaken => (C::PLATE_TAKEN, None),
            Refusal::StationTaken => (C::STATION_TAKEN, None),
            Refusal::FeatureTaken => (C::FEATURE_TAKEN, None),
            Refusal::LayoutTaken => (C::LAYOUT_TAKEN, None),
            Refusal::LayoutInUse => (C::LAYOUT_IN_USE, None),
            Refusal::BusHasRoutes => (C::BUS_HAS_ROUTES, None),
            Refusal::BusSeatsFixed => (C::BUS_SEATS_FIXED, None),
            Refusal::BusBusy { .. } => (C::BUS_BUSY, None),
            Refusal::RouteFixed => (C::ROUTE_FIXED, None),
            Refusal::OnlyLater { .. } => (C::ONLY_LATER, None),
            Refusal::StopIsOver { .. } => (C::STOP_IS_OVER, None),
            Refusal::DelayTooLong { .. } => (C::DELAY_TOO_LONG, None),
            Refusal::RouteHasEvents => (C::ROUTE_HAS_EVENTS, None),
            Refusal::BookingIsOpen => (C::BOOKING_OPEN, None),
            Refusal::PnrsExhausted => (C::UNAVAILABLE, None),
        };
        let mut errors = FieldErrors::default();
        if let Some(pointer) = pointer {
            errors.push(pointer, detail.clone());
        }
        Self { errors, ..Self::new(code, detail) }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy => Self::unavailable("too much is going on; please try again"),
            StoreError::Closed => Self::unavailable("the server is shutting down"),
            // The outage was logged when it came up, once for all requests that run into it.
            StoreError::Unavailable(_) => {
                Self::unavailable("this cannot be done at the moment; please try again later")
            }
            StoreError::Failed(_) => Self::internal(&error),
        }
    }
}

impl From<BookingError> for Problem {
    fn from(error: BookingError) -> Self {
        match error {
            BookingError::Refused(refusal) => refusal.into(),
            BookingError::Store(error) => error.into(),
            BookingError::Provider(ProviderError::Unreachable(cause)) => {
                tracing::warn!(%cause, "the payment provider cannot be reached");
                let detail = "the payment provider cannot be reached: no money was taken, and \
                              the seat stays reserved; please try again";
                Self::new(C::PAYMENT_PROVIDER_UNREACHABLE, detail)
                    .retry_after_seconds(PROVIDER_RETRY_AFTER_SECONDS)
            }
            BookingError::Provider(ProviderError::NoAnswer(cause)) => {
                tracing::warn!(%cause, "the payment provider did not answer");
                let detail = "the payment provider has not answered, so it is not known yet whether \
                              money was taken; it will be found out, and what was taken for a seat \
                              that has gone is given back; please look at the ticket again later";
                Self::new(C::PAYMENT_UNANSWERED, detail).retry_after_seconds(UNANSWERED_SECONDS)
            }
            BookingError::Randomness(_) | BookingError::BrokeOff(_) => Self::internal(&error),
        }
    }
}

/// A fault of one of several seats is reported for their list.
pub(crate) fn about_seats(problem: Problem) -> Problem {
    if problem.code == C::SEAT_BEYOND_BUS { problem.about("/seatNumbers") } else { problem }
}

/// A fault of the only journey, or of the way out, is reported for that journey. A fault of the way
/// back has its own pointer already.
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
