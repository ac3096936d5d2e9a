//! **PersonalData** and **Erasure**: everything that is stored about one person, and the result of
//! an erasure.

use domain::command::Whom;
use domain::{Payment, Share};
use serde::{Deserialize, Serialize};
use store::Page;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::audit::AuditBody;
use super::booking::ContactBody;
use super::list::{LIMIT_MAX, Paging};
use super::payment::{CURRENCY, status_word};
use super::scalar::{Money, Time};
use super::ticket::TicketBody;
use super::user::AccountBody;
use crate::http::problem::Problem;

/// Which person: exactly one of these.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct PersonQuery {
    /// The phone number with which bookings were made, or that accounts have.
    pub(crate) phone: Option<String>,
    /// The identity number of a passenger.
    pub(crate) tc_kimlik_no: Option<String>,
    /// The id of an account, even of a deleted one.
    pub(crate) user_id: Option<Uuid>,
}

/// The same for an export, and which part of it.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ExportQuery {
    /// The phone number with which bookings were made, or that accounts have.
    phone: Option<String>,
    /// The identity number of a passenger.
    tc_kimlik_no: Option<String>,
    /// The id of an account, even of a deleted one.
    user_id: Option<Uuid>,
    /// As in the export of one's own data.
    page: Option<u64>,
    /// As in the export of one's own data.
    limit: Option<u64>,
}

impl ExportQuery {
    pub(crate) fn parts(self) -> (PersonQuery, PersonalPaging) {
        let Self { phone, tc_kimlik_no, user_id, page, limit } = self;
        (PersonQuery { phone, tc_kimlik_no, user_id }, PersonalPaging { page, limit })
    }
}

/// Which part of an export.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PersonalPaging {
    /// From 1; default 1. Ask for the next one while `limited` or `activityLimited` is true.
    page: Option<u64>,
    /// How many tickets, and how many rows of `activity`: 1 to 100; default 100. A booking is shown
    /// whole; one whose tickets are on two pages is on both.
    limit: Option<u64>,
}

impl PersonalPaging {
    pub(crate) fn page(self) -> Result<Page, Problem> {
        Paging { page: self.page, limit: self.limit.or(Some(LIMIT_MAX)) }.page()
    }
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PersonalData)]
pub(crate) struct PersonalDataBody {
    pub(crate) account: Option<AccountBody>,
    /// Accounts that have the phone number in question. It was never checked whose number it is:
    /// what an account did is shown, and the account is erased, only by its own `userId`.
    pub(crate) accounts_with_phone: Vec<AccountBody>,
    /// Newest first.
    pub(crate) bookings: Vec<PersonalBookingBody>,
    /// The next `page` has more bookings.
    pub(crate) limited: bool,
    /// What the account did, newest first, including seats that it held.
    pub(crate) activity: Vec<AuditBody>,
    /// The next `page` has more activity.
    pub(crate) activity_limited: bool,
}

/// The part of a booking that is about the person.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PersonalBooking)]
pub(crate) struct PersonalBookingBody {
    pub(crate) id: Uuid,
    pub(crate) pnr_number: String,
    /// Who booked; absent if the person only travels.
    pub(crate) contact: Option<ContactBody>,
    /// Documents in full.
    pub(crate) tickets: Vec<TicketBody>,
    /// Money for these tickets, oldest first, including declined and refunded payments.
    pub(crate) payments: Vec<PersonalPaymentBody>,
    /// What was done with it and who read it, newest first.
    pub(crate) history: Vec<AuditBody>,
    /// There is more history than is shown.
    pub(crate) history_limited: bool,
}

/// A payment, with each ticket's share and its state.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PersonalPayment)]
pub(crate) struct PersonalPaymentBody {
    id: Uuid,
    /// `CARD` or `CASH`.
    method: &'static str,
    provider: String,
    /// The provider's number for it; absent if the person only travels.
    transaction_id: Option<String>,
    /// Only for a declined payment.
    error_code: Option<String>,
    currency: &'static str,
    created_at: Time,
    paid_at: Option<Time>,
    shares: Vec<PersonalShareBody>,
}

/// The part of a payment for one ticket.
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
    /// `None`: no part of it was for the person.
    pub(crate) fn of(payment: Payment, whom: &Whom) -> Option<Self> {
        let theirs = payment.shares.iter().filter(|share| whom.is_meant(share.ticket_id));
        let shares: Vec<_> = theirs.map(PersonalShareBody::from).collect();
        // With it the provider finds the payer, who is another person.
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
    /// Bookings that no longer name the person.
    pub(crate) erased: usize,
    /// Codes of bookings that are not over, or for which money is owed: cancel them, or ask again
    /// when they are over.
    pub(crate) open: Vec<String>,
    /// The account has ended, and no longer names the person.
    pub(crate) account_erased: bool,
    /// There are more bookings: ask again.
    pub(crate) limited: bool,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ErasureForm)]
pub(crate) struct ErasureForm {
    /// The account's password.
    pub(crate) password: String,
}

/// The result of an erasure that a person requested for themselves, and what stays all the same.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OwnErasure)]
pub(crate) struct OwnErasureBody {
    #[serde(flatten)]
    erasure: ErasureBody,
    /// What the law requires to be kept: `UPCOMING_TICKETS`, tickets for journeys still to come;
    /// `PAYMENTS`, money that was taken, without a name when the journey is over; `AUDIT`, what was
    /// done, with the names of fields but never their values.
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
