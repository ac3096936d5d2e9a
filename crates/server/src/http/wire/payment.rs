//! Payments: the requests and their results.

use std::fmt;

use domain::{Payment, PaymentState, Share};
use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use store::{PaidShare, TicketView};
use utoipa::ToSchema;
use uuid::Uuid;

use super::scalar::{Money, PaymentStatusWord, TicketStatusWord, Time, Word, given};

/// All money here is in Turkish lira.
pub(super) const CURRENCY: &str = "TRY";

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewPayment {
    /// Stands for its booking: all reserved tickets of it are paid at once. Either this or
    /// `bookingId`.
    #[serde(default, deserialize_with = "given")]
    pub(crate) ticket_id: Option<Uuid>,
    #[serde(default, deserialize_with = "given")]
    pub(crate) booking_id: Option<Uuid>,
    /// The booking's code: with `phone`, in place of a login.
    pub(crate) pnr_number: Option<String>,
    /// The phone number of the booking's contact, in any usual spelling.
    pub(crate) phone: Option<String>,
    pub(crate) card_holder_name: String,
    pub(crate) card_number: String,
    /// A string or a number, as forms send it.
    #[serde(deserialize_with = "digits")]
    pub(crate) expire_month: String,
    /// Two or four digits; a string or a number.
    #[serde(deserialize_with = "digits")]
    pub(crate) expire_year: String,
    /// A text: a number would lose its leading zeros.
    pub(crate) cvc: String,
    pub(crate) email: Option<String>,
    pub(crate) identity_number: Option<String>,
    pub(crate) billing_address: Option<String>,
    pub(crate) billing_city: Option<String>,
    pub(crate) billing_country: Option<String>,
}

/// `"05"`, `5`, `5.0`: frontends send any of these.
fn digits<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    struct Digits;

    impl Visitor<'_> for Digits {
        type Value = String;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("text or a whole number")
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<String, E> {
            Ok(text.to_owned())
        }

        fn visit_u64<E: Error>(self, number: u64) -> Result<String, E> {
            Ok(number.to_string())
        }

        fn visit_f64<E: Error>(self, number: f64) -> Result<String, E> {
            let whole = number.fract() == 0.0 && (0.0..f64::from(u16::MAX)).contains(&number);
            let unexpected = Unexpected::Float(number);
            if whole { Ok(number.to_string()) } else { Err(E::invalid_value(unexpected, &self)) }
        }
    }

    deserializer.deserialize_any(Digits)
}

/// The result of a payment. A declined card is an answer, not an error: status 200.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum PaymentAnswer {
    Paid(PaidAnswer),
    Declined(DeclinedAnswer),
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PaidAnswer {
    /// Always true.
    success: bool,
    message: String,
    ticket: PaidTicket,
    payment: PaymentBody,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeclinedAnswer {
    /// Always false.
    success: bool,
    message: String,
    /// The provider's code, such as `INSUFFICIENT_FUNDS`; `SEAT_GONE` when the hold ended
    /// while the card was charged, and the money was given back.
    error_code: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PaidTicket {
    id: Uuid,
    pnr_number: String,
    status: TicketStatusWord,
    payment_status: PaymentStatusWord,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Payment)]
pub(crate) struct PaymentBody {
    transaction_id: Option<String>,
    amount: Money,
    currency: &'static str,
    provider: String,
    status: &'static str,
}

impl PaymentAnswer {
    pub(crate) fn paid(view: TicketView, payment: Payment) -> Self {
        let ticket = view.ticket;
        Self::Paid(PaidAnswer {
            success: true,
            message: format!("Payment of {} TRY successful", payment.amount()),
            ticket: PaidTicket {
                id: ticket.id.0,
                pnr_number: ticket.pnr.to_string(),
                status: Word(ticket.status),
                payment_status: Word(ticket.payment_status),
            },
            payment: PaymentBody {
                amount: Money(payment.amount()),
                currency: CURRENCY,
                status: status_word(payment.state()),
                transaction_id: payment.transaction_id,
                provider: payment.provider,
            },
        })
    }

    pub(crate) fn declined(message: String, error_code: String) -> Self {
        Self::Declined(DeclinedAnswer { success: false, message, error_code })
    }
}

/// A payment's state in the words of the contract.
pub(super) fn status_word(state: PaymentState) -> &'static str {
    match state {
        PaymentState::Started => "PENDING",
        PaymentState::Declined => "FAILED",
        PaymentState::Captured => "PAID",
        PaymentState::Refunding => "REFUND_PENDING",
        PaymentState::Refunded => "REFUNDED",
    }
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HistoryEntry {
    ticket_id: Uuid,
    pnr_number: String,
    amount: Money,
    currency: &'static str,
    status: &'static str,
    paid_at: Option<Time>,
    route: HistoryRoute,
    passenger: HistoryPassenger,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HistoryRoute {
    from: String,
    to: String,
    departure_time: Option<Time>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HistoryPassenger {
    name: String,
    phone: String,
}

impl From<PaidShare> for HistoryEntry {
    fn from(PaidShare { share, paid_at, ticket: view }: PaidShare) -> Self {
        let departure_time = view.route.route.departure_of(view.ticket.segment).map(Time);
        let ticket = view.ticket;
        Self {
            ticket_id: ticket.id.0,
            pnr_number: ticket.pnr.to_string(),
            amount: Money(share.amount),
            currency: CURRENCY,
            status: status_word(share.state),
            paid_at: paid_at.map(Time),
            route: HistoryRoute { from: ticket.from_city, to: ticket.to_city, departure_time },
            passenger: HistoryPassenger {
                name: ticket.passenger.name,
                phone: ticket.phone.as_str().to_owned(),
            },
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RefundAnswer {
    success: bool,
    message: String,
    ticket_id: Uuid,
    pnr_number: String,
    refund_amount: Money,
    /// `REFUNDED`, or `REFUND_PENDING` while the provider has not confirmed it.
    refund_status: &'static str,
}

impl RefundAnswer {
    pub(crate) fn new(view: TicketView, share: Share) -> Self {
        Self {
            success: true,
            message: format!("Refund of {} TRY", share.amount),
            ticket_id: view.ticket.id.0,
            pnr_number: view.ticket.pnr.to_string(),
            refund_amount: Money(share.amount),
            refund_status: status_word(share.state),
        }
    }
}
