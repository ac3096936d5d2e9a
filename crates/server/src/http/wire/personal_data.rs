//! **PersonalData** and **Erasure**: all that is held of one person, and what became of its erasure.

use domain::command::Whom;
use domain::{Payment, Share};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::audit::AuditBody;
use super::booking::ContactBody;
use super::payment::{CURRENCY, status_word};
use super::scalar::{Money, Time};
use super::ticket::TicketBody;
use super::user::AccountBody;

/// Who is meant: exactly one of them.
#[derive(Debug, Default, Deserialize, IntoParams, ToSchema)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct PersonQuery {
    /// Of bookings that were made with it, and of accounts that have it.
    pub(crate) phone: Option<String>,
    /// Of a passenger.
    pub(crate) tc_kimlik_no: Option<String>,
    /// Of an account, also one that was deleted.
    pub(crate) user_id: Option<Uuid>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PersonalData)]
pub(crate) struct PersonalDataBody {
    pub(crate) account: Option<AccountBody>,
    /// Accounts that have the phone number that was asked for. Nobody has checked whose number it is: each is
    /// shown with what it did, and erased, by its own `userId`.
    pub(crate) accounts_with_phone: Vec<AccountBody>,
    /// Newest first.
    pub(crate) bookings: Vec<PersonalBookingBody>,
    /// There are more bookings than are shown.
    pub(crate) limited: bool,
    /// What the account did, newest first: seats that it held, too.
    pub(crate) activity: Vec<AuditBody>,
    /// It did more than is shown.
    pub(crate) activity_limited: bool,
}

/// What of a booking is about the person.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PersonalBooking)]
pub(crate) struct PersonalBookingBody {
    pub(crate) id: Uuid,
    pub(crate) pnr_number: String,
    /// Who booked; absent where the person only travels.
    pub(crate) contact: Option<ContactBody>,
    /// Documents in full.
    pub(crate) tickets: Vec<TicketBody>,
    /// Money for these tickets, oldest first: declined and given back, too.
    pub(crate) payments: Vec<PersonalPaymentBody>,
    /// What was done with it and who has read it, newest first.
    pub(crate) history: Vec<AuditBody>,
    /// There is more history than is shown.
    pub(crate) history_limited: bool,
}

/// A payment, and what became of each ticket's share.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PersonalPayment)]
pub(crate) struct PersonalPaymentBody {
    id: Uuid,
    /// `CARD` or `CASH`.
    method: &'static str,
    provider: String,
    /// The provider's number for it; absent where the person only travels.
    transaction_id: Option<String>,
    /// Of one that was declined.
    error_code: Option<String>,
    currency: &'static str,
    created_at: Time,
    paid_at: Option<Time>,
    shares: Vec<PersonalShareBody>,
}

/// What of a payment is for one ticket.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PersonalShare)]
struct PersonalShareBody {
    ticket_id: Uuid,
    amount: Money,
    status: &'static str,
    refunded_at: Option<Time>,
}

impl PersonalPaymentBody {
    /// `None`: nothing of it was for them.
    pub(crate) fn of(payment: Payment, whom: &Whom) -> Option<Self> {
        let theirs = payment.shares.iter().filter(|share| whom.is_meant(share.ticket_id));
        let shares: Vec<_> = theirs.map(PersonalShareBody::from).collect();
        // By it the provider finds the payer, who is somebody else.
        let transaction_id = payment.transaction_id.filter(|_| *whom == Whom::Everybody);
        (!shares.is_empty()).then_some(Self {
            id: payment.id.0,
            method: payment.method.as_str(),
            provider: payment.provider,
            transaction_id,
            error_code: payment.decline_code,
            currency: CURRENCY,
            created_at: Time(payment.created_at),
            paid_at: payment.paid_at.map(Time),
            shares,
        })
    }
}

impl From<&Share> for PersonalShareBody {
    fn from(share: &Share) -> Self {
        Self {
            ticket_id: share.ticket_id.0,
            amount: Money(share.amount),
            status: status_word(share.state),
            refunded_at: share.refunded_at.map(Time),
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Erasure)]
pub(crate) struct ErasureBody {
    /// Bookings in which the person is named no more.
    pub(crate) erased: usize,
    /// Codes of those that are not over, or of which money is owed: cancel them, or ask again when they are.
    pub(crate) open: Vec<String>,
    /// The account is over, and names nobody.
    pub(crate) account_erased: bool,
    /// There are more bookings: ask again.
    pub(crate) limited: bool,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ErasureForm)]
pub(crate) struct ErasureForm {
    /// Of the account.
    pub(crate) password: String,
}

/// What came of a person's own wish, and what stays all the same.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OwnErasure)]
pub(crate) struct OwnErasureBody {
    #[serde(flatten)]
    erasure: ErasureBody,
    /// What the law asks to be kept: `UPCOMING_TICKETS`, tickets that were not yet travelled on;
    /// `PAYMENTS`, money that was taken, without a name when the journey is over; `AUDIT`, what was done,
    /// which names fields and never their values.
    kept: Vec<&'static str>,
}

impl OwnErasureBody {
    pub(crate) fn new(erasure: ErasureBody, has_paid: bool) -> Self {
        let kept = [
            (!erasure.open.is_empty(), "UPCOMING_TICKETS"),
            (has_paid, "PAYMENTS"),
            (true, "AUDIT"),
        ];
        let kept = kept.into_iter().filter(|(is_kept, _)| *is_kept).map(|(_, word)| word);
        Self { kept: kept.collect(), erasure }
    }
}
