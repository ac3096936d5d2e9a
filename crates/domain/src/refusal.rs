//! Refusals: the answers "no" that the rules give. A refusal is a value, not a failure.

use jiff::Timestamp;

use crate::field::FieldErrors;
use crate::route::limits::DELAY_BY_AGENTS_HOURS_MAX;
use crate::{Role, RouteId, SeatNumber, TicketStatus};

/// Each one's text is meant for the caller; its code (what programs compare) and its status are set
/// where responses are written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("{0}")]
    Invalid(FieldErrors),

    #[error("there is no such route")]
    RouteNotFound,
    #[error("there is no such booking")]
    BookingNotFound,
    #[error("there is no such ticket")]
    TicketNotFound,
    #[error("there is no such bus")]
    BusNotFound,
    #[error("there is no such seat layout")]
    LayoutNotFound,
    #[error("there is no such bus feature")]
    FeatureNotFound,
    #[error("there is no such station")]
    StationNotFound,
    /// The account of the token with which the caller asks.
    #[error("there is no such user")]
    UserNotFound,
    /// The account that is asked for.
    #[error("there is no such account")]
    AccountNotFound,
    #[error("there is no such payment")]
    PaymentNotFound,
    #[error("there is no such hold")]
    HoldNotFound,
    #[error("there is no such block on this route")]
    BlockNotFound,

    #[error("it has been changed since: read it again")]
    VersionMoved,
    #[error("this idempotency key was used for another request")]
    KeyReused,
    #[error("the first request with this idempotency key is still running")]
    KeyInFlight,
    /// The caller gets the stored answer another way.
    #[error("this idempotency key has its answer already")]
    KeyAnswered,

    #[error("this ticket belongs to somebody else")]
    NotYours,
    #[error("this needs the role {}", role.as_str())]
    RoleRequired { role: Role },

    #[error(
        "this departure has been taken off sale, so no seat can be taken on it; tickets sold before \
         stay valid, and a reserved one can still be paid or cancelled"
    )]
    RouteInactive,
    #[error("seat {seat} is not on this bus, which has {seat_count} seats")]
    SeatBeyondBus { seat: SeatNumber, seat_count: u16 },
    #[error("{city:?} is not a stop of this route")]
    UnknownCity { pointer: &'static str, city: String },
    #[error("the bus does not go that way: the destination must come after the start")]
    ReversedCities,
    #[error("the route has no such stop")]
    StopOutOfRange,
    #[error("this segment is not sold")]
    SegmentNotSold,
    #[error("it is too late: the sale for this departure is closed")]
    TooLate,

    #[error("the way back must leave after the way out has arrived")]
    ReturnBeforeArrival,
    #[error("on the way back: {0}")]
    OnReturn(Box<Self>),

    #[error("the seat is taken on this segment")]
    SeatTaken,
    #[error(
        "seat {seat} is beside a passenger of another gender who travels on another booking, and this \
         departure keeps strangers of one gender side by side{}",
        would_do(seats_that_would_do)
    )]
    NeighbourRule { seat: SeatNumber, seats_that_would_do: Vec<SeatNumber> },
    #[error(
        "the passenger of seat {seat} has a seat on this departure already, for all or a part of this \
         way: another ticket shows the same identity number or passport"
    )]
    PassengerAlreadyBooked { seat: SeatNumber },
    #[error("there are not enough free seats on this segment")]
    NotEnoughSeats,
    #[error("a {} ticket cannot be {action}", from.as_str())]
    InvalidTransition { from: TicketStatus, action: &'static str },
    #[error("the ticket is not paid, so there is nothing to refund")]
    NotPaid,
    #[error("the ticket is paid already")]
    AlreadyPaid,
    #[error("the hold on this seat has ended")]
    HoldExpired,
    #[error("this hold has been extended already")]
    HoldExtended,
    #[error("this hold is of another departure or segment")]
    HoldElsewhere,
    #[error(
        "too many unpaid seats of this departure have been taken from here; please pay for some of them \
         or try again later"
    )]
    TooManySeats { retry_after_seconds: u32 },
    #[error("a payment for this ticket is being made right now")]
    PaymentInProgress,
    #[error("the bus has left: only an administrator can change this ticket now")]
    AfterDeparture,

    #[error(
        "the last administrator who can log in cannot be disabled, deleted or given another role"
    )]
    LastAdministrator,
    #[error(
        "the identity provider decides how the person of this account logs in and which role it has; \
         here it can be disabled or deleted"
    )]
    ProviderDecides,
    #[error("this e-mail address is registered already")]
    EmailTaken,
    #[error("a bus with this plate exists already")]
    PlateTaken,
    #[error("a station of this name exists already")]
    StationTaken,
    #[error("a bus feature of this name exists already")]
    FeatureTaken,
    #[error("a seat layout of this name exists already")]
    LayoutTaken,
    #[error("the seat layout is in use: give its buses another one first")]
    LayoutInUse,
    #[error("the bus has routes and cannot be deleted")]
    BusHasRoutes,
    #[error("the seats of this bus cannot change: a future route has sold some of them")]
    BusSeatsFixed,
    #[error(
        "the bus is on its way from {from_city} to {to_city} then, which leaves at {departs_at:.3} \
         (route {route_id}); allowOverlap: true puts it on both"
    )]
    BusBusy { route_id: RouteId, from_city: String, to_city: String, departs_at: Timestamp },
    #[error("the bus and the stops of this route are fixed: seats have been sold on it")]
    RouteFixed,
    #[error(
        "seats have been sold by these times, so they can only move later: {city} would be earlier"
    )]
    OnlyLater { city: String },
    #[error("the bus has been at {city}: the time of a stop that is over cannot move")]
    StopIsOver { city: String },
    #[error(
        "an agent can move the times by {DELAY_BY_AGENTS_HOURS_MAX} hours in all, counted from those \
         first sold, and {city} would be later; an administrator can move them further"
    )]
    DelayTooLong { city: String },
    #[error("this route has sold seats and cannot be deleted")]
    RouteHasEvents,
    #[error(
        "somebody has yet to travel with this booking, or money of it is owed: cancel it, or wait until it \
         is over"
    )]
    BookingIsOpen,
    #[error("no free booking code was found; please try again")]
    PnrsExhausted,
}

/// The end of the sentence: where the passenger could sit.
fn would_do(seats: &[SeatNumber]) -> String {
    if seats.is_empty() {
        return "; no free seat would do".to_owned();
    }
    let seats: Vec<_> = seats.iter().map(SeatNumber::to_string).collect();
    format!("; free seats that would do: {}", seats.join(", "))
}
