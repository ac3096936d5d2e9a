//! `/payments`: paying for reserved tickets, the payments made, and refunds.

use std::sync::Arc;

use axum::extract::State;
use axum::response::IntoResponse as _;
use axum::{Extension, Json};
use booking::{BookingError, CardForm, PaymentResult, ProviderError};
use domain::calendar::local_date;
use domain::{Account, Actor, FieldErrors, PaymentState, Refusal, Subject};
use http::StatusCode;
use metrics::counter;
use socketio::Remote;
use store::{Answers, Done, KeptAnswer};

use super::answered::Answered;
use super::asking::Asking;
use super::caller::{Caller, MaybeCaller};
use super::guest::GuestPair;
use super::payload::{Id, Payload, Query};
use super::problem::Problem;
use super::wire::list::{BareList, Paging};
use super::wire::payment::{HistoryEntry, NewPayment, PaymentAnswer, RefundAnswer};
use crate::app::App;
use crate::error_codes::ErrorCode;
use crate::identity::key_secrets::KeySecrets;
use crate::metrics::PAYMENTS;

/// What a caller shows in order to pay.
enum Payer {
    Account(Account),
    Guest(GuestPair),
}

/// Pay by card for all of a booking that is reserved.
///
/// `ticketId` stands for its booking: one payer, one payment. A declined card is an answer with
/// `success: false`, and the tickets stay reserved. Without a login, `pnrNumber` and `phone` show
/// the booking.
#[utoipa::path(post, path = "/payments", tag = "payments", request_body = NewPayment,
    security((), ("bearer" = [])), responses((status = 200, body = PaymentAnswer)))]
pub(crate) async fn pay(
    State(app): State<Arc<App>>,
    MaybeCaller(caller): MaybeCaller,
    Extension(remote): Extension<Remote>,
    asking: Asking,
    Payload(mut form): Payload<NewPayment>,
) -> Result<Json<PaymentAnswer>, Problem> {
    // A caller with a login needs to show nothing.
    let payer = match caller {
        Some(account) => Payer::Account(account),
        None => Payer::Guest(GuestPair::given(form.pnr_number.take(), form.phone.take())?),
    };
    check_buyer(&form)?;
    let card = CardForm {
        holder_name: &form.card_holder_name,
        number: &form.card_number,
        expire_month: &form.expire_month,
        expire_year: &form.expire_year,
        cvc: &form.cvc,
    };
    let card = card.check(local_date(app.now(), &app.zone))?;
    let subject = match (form.ticket_id, form.booking_id) {
        (Some(id), None) => Subject::Ticket(id.into()),
        (None, Some(id)) => Subject::Booking(id.into()),
        _ => {
            let message = "give either ticketId or bookingId";
            return Err(Problem::field("/ticketId", message));
        }
    };
    // With a key, the end of the payment decides the answer, so the one made here is never sent.
    let desk = app.desk.clone();
    let paying = move |payer: Actor| async move {
        let sender = asking.without_version().answered(payer, |_| StatusCode::ACCEPTED);
        let paid = desk.pay(sender, subject, card).await;
        if let Some(outcome) = outcome(&paid) {
            counter!(PAYMENTS, "outcome" => outcome).increment(1);
        }
        paid
    };
    let paid = match payer {
        Payer::Account(account) => paying(account.into()).await?,
        Payer::Guest(pair) => {
            let not_found = match subject {
                Subject::Ticket(_) => Refusal::TicketNotFound,
                Subject::Booking(_) => Refusal::BookingNotFound,
            };
            pair.act(&app, remote, not_found, paying).await?
        }
    };
    Ok(Json(told(paid)))
}

/// What a payment is counted as; `None`: there was none, because it was refused before the card was
/// charged or the store failed.
fn outcome(paid: &Result<PaymentResult, BookingError>) -> Option<String> {
    let outcome = match paid {
        Ok(PaymentResult::Paid { .. }) => "paid",
        // One of a few codes that providers have.
        Ok(PaymentResult::Declined { code }) => return Some(code.to_string()),
        Ok(PaymentResult::GivenBack) => "SEAT_GONE",
        Err(BookingError::Provider(ProviderError::Unreachable(_))) => {
            ErrorCode::PAYMENT_PROVIDER_UNREACHABLE.name()
        }
        Err(BookingError::Provider(ProviderError::NoAnswer(_))) => {
            ErrorCode::PAYMENT_UNANSWERED.name()
        }
        Err(_) => return None,
    };
    Some(outcome.to_owned())
}

fn told(result: PaymentResult) -> PaymentAnswer {
    match result {
        PaymentResult::Paid { view, payment } => PaymentAnswer::paid(*view, payment),
        PaymentResult::Declined { code } => {
            // Providers send `INSUFFICIENT_FUNDS`; this text is for people.
            let why = code.to_ascii_lowercase().replace('_', " ");
            PaymentAnswer::declined(format!("The card was declined: {why}."), code)
        }
        PaymentResult::GivenBack => PaymentAnswer::declined(
            "The hold ended while the card was charged and the seat has gone: the money goes back."
                .to_owned(),
            "SEAT_GONE".to_owned(),
        ),
    }
}

/// The answer to a request with a key whose payment has ended, either in the request itself or in
/// the sweep after a crash.
pub(crate) struct SettledPayments(pub(crate) Arc<KeySecrets>);

impl Answers for SettledPayments {
    fn answer(&self, result: Result<&Done, &Refusal>) -> Option<KeptAnswer> {
        let Done::Inventory(answer) = result.ok()? else { return None };
        let payment = answer.payments.first()?.clone();
        if payment.state() == PaymentState::Started {
            return None;
        }
        let result = PaymentResult::of(payment, answer.tickets_named_first());
        Answered::of(Json(told(result)).into_response(), "", "")?.sealed(&self.0)
    }

    fn begun(&self) {}

    fn repeat(&self, _: &KeptAnswer) {}
}

/// What providers require about the buyer, when it is given.
fn check_buyer(form: &NewPayment) -> Result<(), FieldErrors> {
    let mut errors = FieldErrors::default();
    if let Some(address) = &form.email {
        errors.check("/email", domain::user::email(address));
    }
    for (pointer, text) in [
        ("/identityNumber", &form.identity_number),
        ("/billingAddress", &form.billing_address),
        ("/billingCity", &form.billing_city),
        ("/billingCountry", &form.billing_country),
    ] {
        if let Some(text) = text {
            errors.check(pointer, domain::field::name(text));
        }
    }
    errors.into_result()
}

/// What the caller paid, or what others paid for the caller's tickets, newest first.
#[utoipa::path(get, path = "/payments/history", tag = "payments", params(Paging),
    security(("bearer" = [])), responses((status = 200, body = Vec<HistoryEntry>,
        headers(("X-Total-Count" = u64, description = "How many there are in all")))))]
pub(crate) async fn history(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Query(paging): Query<Paging>,
) -> Result<BareList<HistoryEntry>, Problem> {
    let page = paging.page()?;
    let history = app.store.payment_history(actor.user_id, page).await?;
    Ok(BareList(history.map(HistoryEntry::from)))
}

/// Cancel a paid ticket and give the money back.
#[utoipa::path(post, path = "/payments/refund/{id}", tag = "payments",
    params(("id" = Uuid, Path, description = "The ticket")), security(("bearer" = [])),
    responses((status = 200, body = RefundAnswer)))]
pub(crate) async fn refund(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    asking: Asking,
    Id(id): Id,
) -> Result<Json<RefundAnswer>, Problem> {
    // With a key, the transaction of the cancellation makes the answer: the money goes back.
    let sender = asking.answered(actor, |done| {
        let answer = done.answer();
        let share =
            answer.payments.iter().find_map(|payment| payment.share(answer.ticket().ticket.id));
        let share = share.copied().ok_or(StatusCode::INTERNAL_SERVER_ERROR);
        share.map(|share| Json(RefundAnswer::new(answer.into_ticket(), share)))
    });
    let receipt = app.desk.refund(sender, id.into()).await?;
    Ok(Json(RefundAnswer::new(receipt.view, receipt.share)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Who is on call looks here for what is wrong with the provider.
    #[test]
    fn a_provider_that_fails_is_counted_by_how() {
        let fails = |error| outcome(&Err(BookingError::Provider(error)));
        let unreachable = fails(ProviderError::Unreachable("no route".to_owned()));
        assert_eq!(unreachable.as_deref(), Some("payment_provider_unreachable"));
        let unanswered = fails(ProviderError::NoAnswer("time is over".to_owned()));
        assert_eq!(unanswered.as_deref(), Some("payment_unanswered"));
        assert_eq!(outcome(&Err(BookingError::Refused(Refusal::TicketNotFound))), None);
    }
}
