//! A booking: one code, one payer and one contact for one or more tickets, on one route or on two.
//!
//! Its tickets live their own lives; what is said of the booking as a whole follows from them. It
//! does not know how it is paid for: see [`crate::Payment`].

use jiff::Timestamp;

use crate::passenger::Phone;
use crate::{
    BookingId, FieldErrors, Kurus, Payment, PaymentState, PaymentStatus, Pnr, Ticket, TicketStatus,
    UserId,
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Booking {
    pub id: BookingId,
    pub pnr: Pnr,
    /// The account that booked for itself; none when a guest did, or staff sold to a person without
    /// one.
    pub user_id: Option<UserId>,
    pub contact: Contact,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl Booking {
    /// When it was last changed, or one of its tickets.
    pub fn version<'a>(&self, tickets: impl Iterator<Item = &'a Ticket>) -> Timestamp {
        tickets.map(|ticket| ticket.updated_at).fold(self.updated_at, Timestamp::max)
    }
}

/// How the travellers of a booking are reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    pub name: Option<String>,
    pub phone: Phone,
    pub email: Option<String>,
}

/// The raw words of a contact, as they came.
#[derive(Clone, Debug)]
pub struct ContactForm {
    pub name: Option<String>,
    pub phone: String,
    pub email: Option<String>,
}

impl ContactForm {
    /// `at`: the pointer of the contact.
    pub fn check(&self, at: &str, errors: &mut FieldErrors) -> Option<Contact> {
        let phone = errors.check(&format!("{at}/phone"), Phone::parse(&self.phone));
        let name = self
            .name
            .as_deref()
            .map(|text| errors.check(&format!("{at}/name"), crate::field::name(text)));
        let email = self
            .email
            .as_deref()
            .map(|text| errors.check(&format!("{at}/email"), crate::user::email(text)));
        let all_given = name != Some(None) && email != Some(None);
        all_given.then_some(Contact { name: name.flatten(), phone: phone?, email: email.flatten() })
    }
}

/// The state of a booking's tickets, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BookingStatus {
    Reserved,
    Confirmed,
    Cancelled,
    PartlyCancelled,
}

impl BookingStatus {
    pub const ALL: [Self; 4] =
        [Self::Reserved, Self::Confirmed, Self::Cancelled, Self::PartlyCancelled];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reserved => "RESERVED",
            Self::Confirmed => "CONFIRMED",
            Self::Cancelled => "CANCELLED",
            Self::PartlyCancelled => "PARTLY_CANCELLED",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }

    /// A suspended ticket counts as what it was.
    pub fn of<'a>(tickets: impl Iterator<Item = &'a Ticket> + Clone) -> Self {
        let is_cancelled = |ticket: &Ticket| ticket.status == TicketStatus::Cancelled;
        if tickets.clone().all(is_cancelled) {
            Self::Cancelled
        } else if tickets.clone().any(is_cancelled) {
            Self::PartlyCancelled
        } else if tickets.clone().any(|ticket| ticket.payment_status != PaymentStatus::Paid) {
            Self::Reserved
        } else {
            Self::Confirmed
        }
    }
}

/// A booking's money: what is still to be paid is `total - (paid - refunded)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sums {
    /// Of the tickets that are not cancelled.
    pub total: Kurus,
    /// All that was ever captured.
    pub paid: Kurus,
    /// The part of it that went back or is on its way.
    pub refunded: Kurus,
}

impl Sums {
    pub fn of<'a>(tickets: impl Iterator<Item = &'a Ticket>, payments: &[Payment]) -> Self {
        let standing = tickets.filter(|ticket| ticket.status != TicketStatus::Cancelled);
        let shares = |states: &'static [PaymentState]| {
            let shares = payments.iter().flat_map(|payment| &payment.shares);
            shares.filter(|share| states.contains(&share.state)).map(|share| share.amount).sum()
        };
        Self {
            total: standing.map(|ticket| ticket.price).sum(),
            paid: shares(&PaymentState::TOOK_MONEY),
            refunded: shares(&[PaymentState::Refunding, PaymentState::Refunded]),
        }
    }
}
