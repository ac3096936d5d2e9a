//! Takes money and gives it back, so that it adds up whatever fails in between.
//!
//! A charge is written before the provider is asked and settled after it has answered.
//! [`finish_payments`] finishes what a crash leaves in between: it asks the provider, settles, and
//! gives money back.

use domain::command::{BeginPayment, ChargeOutcome, FinishRefund, SettlePayment};
use domain::{Actor, BookingId, Command, Payment, PaymentId, PaymentState, Share, Subject};
use std::time::Duration;

use jiff::SignedDuration;
use store::{Sender, StoreError, TicketView, Work};
use tokio_util::sync::CancellationToken;

use crate::card::Card;
use crate::desk::Desk;
use crate::error::BookingError;
use crate::provider::{Charge, ProviderError, Refund};

/// The result of `POST /payments`.
#[derive(Debug)]
pub enum PaymentResult {
    Paid {
        /// The ticket that was named, else the booking's first that was paid for.
        view: Box<TicketView>,
        payment: Payment,
    },
    /// No money was taken; the hold stays.
    Declined { code: String },
    /// The money was taken, but the seats were taken meanwhile: all of it goes back.
    GivenBack,
}

impl PaymentResult {
    /// Of a payment that has ended: paid for the first of these tickets for which its money is
    /// kept.
    pub fn of<'a>(payment: Payment, tickets: impl IntoIterator<Item = &'a TicketView>) -> Self {
        if payment.state() == PaymentState::Declined {
            return Self::Declined { code: payment.decline_code.unwrap_or_default() };
        }
        let is_kept = |view: &&TicketView| {
            let share = payment.share(view.ticket.id);
            share.is_some_and(|share| share.state == PaymentState::Captured)
        };
        match tickets.into_iter().find(is_kept).cloned() {
            Some(view) => Self::Paid { view: Box::new(view), payment },
            None => Self::GivenBack,
        }
    }
}

/// A payment that was begun.
struct Begun {
    /// Whose request it is, and which; `None`: no caller waits for the answer.
    asked: Option<(Actor, Option<String>)>,
    /// What its payer named.
    subject: Subject,
    booking_id: BookingId,
    payment_id: PaymentId,
}

/// The code of a charge that the provider never got.
const ABANDONED: &str = "ABANDONED";

/// A charge without an answer is left alone for this long: its own task is still waiting for it.
/// Then the provider is asked for its result.
pub const UNANSWERED_SECONDS: u16 = 120;

/// A charge that could not be written within this time is not sent any more: it might arrive after
/// the provider was asked about it and did not know it. Together with the time that a charge takes
/// to arrive, it is less than [`UNANSWERED_SECONDS`].
const SENT_WITHIN_SECONDS: i64 = 30;

/// How long the provider may take. A charge ends before anybody asks about it: with
/// [`SENT_WITHIN_SECONDS`] this is less than [`UNANSWERED_SECONDS`].
const CHARGED_SECONDS_MAX: u64 = 60;
const FOUND_SECONDS_MAX: u64 = 20;
const REFUNDED_SECONDS_MAX: u64 = 20;

/// How long one node claims an unfinished payment, to ask the provider. Another one may ask after
/// that; the provider knows its earlier requests.
const CLAIMED: Duration = Duration::from_secs(10);

/// Unfinished payments read at once, and the time between rounds.
const UNFINISHED_MAX: usize = 256;
const ROUND_SECONDS: u64 = 15;

impl Desk {
    /// Charges the card for all of a booking that is held, and confirms it. A ticket stands for its
    /// booking. Runs to its end even when the payer closes the connection.
    pub async fn pay(
        &self,
        sender: impl Into<Sender>,
        subject: Subject,
        card: Card,
    ) -> Result<PaymentResult, BookingError> {
        let (desk, sender) = (self.clone(), sender.into());
        self.detached(async move { desk.charge_and_settle(sender, subject, &card).await }).await
    }

    async fn charge_and_settle(
        &self,
        mut sender: Sender,
        subject: Subject,
        card: &Card,
    ) -> Result<PaymentResult, BookingError> {
        let payment_id: PaymentId = self.source.id()?;
        if let Some(key) = &mut sender.key {
            key.until_settled = Some(payment_id);
        }
        let asked = Some((sender.actor.clone(), sender.request_id.clone()));
        let provider = self.provider.name();
        let now = self.source.now();
        let begin = BeginPayment { subject, payment_id, provider };
        let begun = self.execute(sender, Command::BeginPayment(begin)).await?;
        let [payment] = begun.payments.as_slice() else {
            unreachable!("a payment that was begun is written, and it alone")
        };
        let of = Begun { asked, subject, booking_id: payment.booking_id, payment_id };
        let waited = self.source.now().duration_since(now);
        if waited > SignedDuration::from_secs(SENT_WITHIN_SECONDS) {
            tracing::warn!(%payment_id, "a charge was written down too late to be sent");
            return self.settle(of, abandoned()).await;
        }
        let charge = Charge { payment_id, amount: payment.amount(), card };
        match answered(CHARGED_SECONDS_MAX, self.provider.charge(charge)).await {
            Ok(outcome) => self.settle(of, outcome).await,
            Err(error) => {
                // It certainly did not arrive, so the next try need not wait until the provider was
                // asked. The answer is a failure, which no key keeps: when the payer tries again,
                // the card is charged.
                if matches!(error, ProviderError::Unreachable(_)) {
                    let mut unheard = self.clone();
                    unheard.settled = None;
                    unheard.settle(of, abandoned()).await?;
                }
                Err(error.into())
            }
        }
    }

    async fn settle(
        &self,
        Begun { asked, subject, booking_id, payment_id }: Begun,
        outcome: ChargeOutcome,
    ) -> Result<PaymentResult, BookingError> {
        let named = match subject {
            Subject::Ticket(id) => Some(id),
            Subject::Booking(_) => None,
        };
        let settle = SettlePayment { booking_id, payment_id, named, outcome };
        let (behalf, request_id) = asked.unzip();
        let request_id = request_id.flatten();
        let settled = self.settled.clone();
        let sender = Sender { behalf, request_id, settled, ..Actor::System.into() };
        let settled = self.execute(sender, Command::SettlePayment(settle)).await?;
        // Also when the sweep settled it before: that decision stands.
        let payment = settled.booking().payments.iter().find(|payment| payment.id == payment_id);
        let Some(payment) = payment.cloned() else {
            unreachable!("a payment that was settled is among those of its booking")
        };
        let payment = self.give_back(payment).await;
        Ok(PaymentResult::of(payment, settled.tickets_named_first()))
    }

    /// Asks the provider for the refunds that a payment owes, and notes each that is done. On any
    /// failure the refund stays owed, and the next round tries again.
    pub(crate) async fn give_back(&self, mut payment: Payment) -> Payment {
        let is_owed = |share: &&Share| share.state == PaymentState::Refunding;
        let owed: Vec<Share> = payment.shares.iter().filter(is_owed).copied().collect();
        for Share { ticket_id, amount, .. } in owed {
            let (payment_id, booking_id) = (payment.id, payment.booking_id);
            let refund = Refund { payment: &payment, ticket_id, amount };
            let refunded = answered(REFUNDED_SECONDS_MAX, self.provider.refund(refund)).await;
            if let Err(error) = refunded {
                tracing::warn!(%payment_id, %ticket_id, %error, "a refund is owed still");
                continue;
            }
            let finish = FinishRefund { booking_id, payment_id, ticket_id };
            match self.execute(Actor::System, Command::FinishRefund(finish)).await {
                // There is no payment in the answer if another node has noted the refund meanwhile.
                Ok(mut answer) => payment = answer.payments.pop().unwrap_or(payment),
                Err(error) => {
                    tracing::warn!(%payment_id, %ticket_id, %error, "a refund could not be noted");
                }
            }
        }
        payment
    }

    /// Whether this node must finish a payment now.
    async fn is_ours(&self, payment: &Payment) -> Result<bool, StoreError> {
        Ok(!self.claim(Work::Payment, vec![payment.id.0], CLAIMED).await?.is_empty())
    }

    /// One round over all that a crash or a silent provider left unfinished, a page at a time: a
    /// payment that cannot be finished now, or ever, does not hold up those after it.
    async fn finish_round(&self, stop: &CancellationToken) -> Result<(), StoreError> {
        let now = self.source.now();
        let unanswered_before = now - SignedDuration::from_secs(i64::from(UNANSWERED_SECONDS));
        let mut after = None;
        loop {
            let page = self.store.unfinished_payments(after, now, UNFINISHED_MAX).await?;
            let is_last = page.len() < UNFINISHED_MAX;
            after = page.last().map(|payment| (payment.created_at, payment.id));
            for payment in page {
                if stop.is_cancelled() {
                    return Ok(());
                }
                let is_owed = payment.state() == PaymentState::Refunding;
                if !is_owed && payment.created_at >= unanswered_before {
                    continue;
                }
                if !self.is_ours(&payment).await? {
                    continue;
                }
                if is_owed {
                    self.give_back(payment).await;
                } else {
                    self.ask_about(payment).await;
                }
            }
            if is_last {
                return Ok(());
            }
        }
    }

    /// On any failure the payment stays without an answer, and the next round asks again.
    async fn ask_about(&self, payment: Payment) {
        let (payment_id, booking_id) = (payment.id, payment.booking_id);
        let outcome = match answered(FOUND_SECONDS_MAX, self.provider.find(payment_id)).await {
            Ok(outcome) => outcome.unwrap_or_else(abandoned),
            Err(error) => {
                tracing::warn!(%payment_id, %booking_id, %error, "a payment has no answer yet");
                return;
            }
        };
        let subject = Subject::Booking(booking_id);
        let of = Begun { asked: None, subject, booking_id, payment_id };
        if let Err(error) = self.settle(of, outcome).await {
            tracing::warn!(%payment_id, %booking_id, %error, "an answer could not be noted");
        }
    }
}

/// A provider that takes longer has not answered.
async fn answered<T>(
    seconds_max: u64,
    asked: impl Future<Output = Result<T, ProviderError>>,
) -> Result<T, ProviderError> {
    let limit = Duration::from_secs(seconds_max);
    let too_late = || ProviderError::NoAnswer(format!("nothing in {seconds_max} s"));
    tokio::time::timeout(limit, asked).await.unwrap_or_else(|_| Err(too_late()))
}

fn abandoned() -> ChargeOutcome {
    ChargeOutcome::Declined { code: ABANDONED.to_owned() }
}

/// Finishes unfinished payments: at the start, and every few seconds until `stop`.
pub async fn finish_payments(desk: Desk, stop: CancellationToken) {
    let mut round = tokio::time::interval(Duration::from_secs(ROUND_SECONDS));
    round.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = round.tick() => {}
        }
        if let Err(error) = desk.finish_round(&stop).await {
            tracing::warn!(%error, "unfinished payments could not be looked at");
        }
    }
}
