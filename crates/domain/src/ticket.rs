//! A ticket and the states of its life (contract.md, "Ticket life").

use jiff::{SignedDuration, Timestamp};

use crate::passenger::{Passenger, Phone};
use crate::{BookingId, Kurus, Pnr, RouteId, SeatNumber, Segment, TicketId, UserId};

pub use crate::gender::Gender;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TicketStatus {
    Reserved,
    Confirmed,
    Suspended,
    Cancelled,
}

impl TicketStatus {
    pub const ALL: [Self; 4] = [Self::Reserved, Self::Confirmed, Self::Suspended, Self::Cancelled];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reserved => "RESERVED",
            Self::Confirmed => "CONFIRMED",
            Self::Suspended => "SUSPENDED",
            Self::Cancelled => "CANCELLED",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }

    /// A live ticket holds its seat.
    pub const fn holds_seat(self) -> bool {
        matches!(self, Self::Reserved | Self::Confirmed)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PaymentStatus {
    Pending,
    Paid,
    Refunded,
}

impl PaymentStatus {
    pub const ALL: [Self; 3] = [Self::Pending, Self::Paid, Self::Refunded];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Paid => "PAID",
            Self::Refunded => "REFUNDED",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

/// Why a ticket was cancelled: a payment that was under way when the hold ran out may still win the
/// seat back, one that its owner cancelled may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CancelCause {
    Requested,
    Expired,
}

impl CancelCause {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "REQUESTED",
            Self::Expired => "EXPIRED",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Requested, Self::Expired].into_iter().find(|cause| cause.as_str() == text)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    pub id: TicketId,
    pub booking_id: BookingId,
    /// The booking's.
    pub pnr: Pnr,
    pub route_id: RouteId,
    /// The traveller's account; none when it is a guest's, or staff sold it to a person without
    /// one.
    pub user_id: Option<UserId>,
    /// The member of staff who sold it, or the customer who booked it; none when a guest did.
    pub issued_by_id: Option<UserId>,
    /// The stops' own spelling.
    pub from_city: String,
    pub to_city: String,
    pub segment: Segment,
    pub seat: SeatNumber,
    pub passenger: Passenger,
    pub price: Kurus,
    /// The booking's contact's.
    pub phone: Phone,
    pub status: TicketStatus,
    pub payment_status: PaymentStatus,
    /// When the hold ends; only while `RESERVED`.
    pub expires_at: Option<Timestamp>,
    pub suspended_at: Option<Timestamp>,
    pub cancelled_at: Option<Timestamp>,
    pub cancel_cause: Option<CancelCause>,
    /// Who changed it last, when that was not its owner.
    pub changed_by_id: Option<UserId>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// The least time that the first payment of a reservation gets, so that the reservation does not
/// end before the card page; never more than the reservation itself got.
pub const PAYMENT_SECONDS_MAX: i64 = 300;

impl Ticket {
    /// The end of the reservation when its first payment begins now, if that is later than it was.
    pub fn kept_for_payment(&self, now: Timestamp) -> Option<Timestamp> {
        let expires_at = self.expires_at?;
        let given = expires_at.duration_since(self.created_at);
        let later = now + given.min(SignedDuration::from_secs(PAYMENT_SECONDS_MAX));
        (later > expires_at).then_some(later)
    }

    /// Ended as a reservation that was not paid, and not paid by other means since.
    pub fn has_run_out(&self) -> bool {
        self.cancel_cause == Some(CancelCause::Expired)
            && self.payment_status == PaymentStatus::Pending
    }

    /// Whether it holds no seat now, and a confirmation or a late payment could give it its seat
    /// again.
    pub fn may_be_seated_again(&self) -> bool {
        self.status == TicketStatus::Suspended || self.has_run_out()
    }

    /// Every leg that it holds, with its route and seat; none unless it is live.
    pub fn places(&self) -> impl Iterator<Item = (RouteId, SeatNumber, u8)> {
        let legs = if self.status.holds_seat() { self.segment.legs() } else { 0..0 };
        legs.map(|leg| (self.route_id, self.seat, leg))
    }
}
