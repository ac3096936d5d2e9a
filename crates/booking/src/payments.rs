//! Taking and giving back money, so that it adds up whatever happens in between.
//!
//! A charge is written before the provider is asked and settled after it has answered. What a crash
//! leaves in between is finished by [`finish_payments`]: asked about, settled, given back.

use domain::command::{BeginPayment, ChargeOutcome, FinishRefund, SettlePayment};
use domain::{Actor, Command, Payment, PaymentId, PaymentState, TicketId};
use jiff::SignedDuration;
use store::{Sender, StoreError, TicketView};
use tokio_util::sync::CancellationToken;

use crate::card::Card;
use crate::desk::Desk;
use crate::error::BookingError;
use crate::provider::{Charge, ProviderError};

/// What came of `POST /payments`.
#[derive(Debug)]
pub enum PaymentResult {
    Paid {
        view: Box<TicketView>,
        payment: Payment,
    },
    /// No money was taken; the hold stays.
    Declined {
        code: String,
    },
    /// The money was taken but the seat had gone meanwhile: it goes back.
    GivenBack {
        view: Box<TicketView>,
    },
}

#[derive(Debug)]
pub struct RefundReceipt {
    pub view: TicketView,
    /// `REFUNDED`, or `REFUNDING` while the provider has not confirmed it yet.
    pub payment: Payment,
}

/// The code of a charge that the provider never heard of.
const ABANDONED: &str = "ABANDONED";

/// A charge without an answer is left alone for this long: its own task is still waiting for it. Then
/// the provider is asked what became of it.
pub const UNANSWERED_SECONDS: u16 = 120;

/// A charge that could not be written down within this time is not sent any more: it might arrive
/// after the provider has been asked about it and did not know it. Together with the time that a
/// charge takes to arrive, less than [`UNANSWERED_SECONDS`].
const SENT_WITHIN_SECONDS: i64 = 30;

/// Unfinished payments read at once, and the time between rounds.
const UNFINISHED_MAX: usize = 256;
const ROUND_SECONDS: u64 = 15;

impl Desk {
    /// Charges the card for a held ticket and confirms it. Runs to its end even when the payer
    /// hangs up.
    pub async fn pay(
        &self,
        sender: impl Into<Sender>,
        ticket_id: TicketId,
        card: Card,
    ) -> Result<PaymentResult, BookingError> {
        let (desk, sender) = (self.clone(), sender.into());
        self.detached(async move { desk.charge_and_settle(sender, ticket_id, &card).await }).await
    }

    async fn charge_and_settle(
        &self,
        sender: Sender,
        ticket_id: TicketId,
        card: &Card,
    ) -> Result<PaymentResult, BookingError> {
        let payment_id: PaymentId = self.source.id()?;
        let provider = self.provider.name();
        let now = self.source.now();
        let begin = BeginPayment { ticket_id, payment_id, provider };
        let begun = self.execute(sender, Command::BeginPayment(begin)).await?;
        let waited = self.source.now().duration_since(now);
        if waited > SignedDuration::from_secs(SENT_WITHIN_SECONDS) {
            tracing::warn!(%payment_id, %ticket_id, "a charge was written down too late to be sent");
            return self.settle(ticket_id, payment_id, abandoned()).await;
        }
        let [payment] = begun.payments.as_slice() else {
            unreachable!("a payment that was begun is written, and it alone")
        };
        let charge = Charge { payment_id, amount: payment.amount, card };
        match self.provider.charge(charge).await {
            Ok(outcome) => self.settle(ticket_id, payment_id, outcome).await,
            Err(error) => {
                // Known not to have arrived, so that the next try need not wait until it is known.
                if matches!(error, ProviderError::Unreachable(_)) {
                    self.settle(ticket_id, payment_id, abandoned()).await?;
                }
                Err(error.into())
            }
        }
    }

    async fn settle(
        &self,
        ticket_id: TicketId,
        payment_id: PaymentId,
        outcome: ChargeOutcome,
    ) -> Result<PaymentResult, BookingError> {
        let settle = SettlePayment { ticket_id, payment_id, outcome: outcome.clone() };
        let settled = self.execute(Actor::System, Command::SettlePayment(settle)).await?;
        let payment = settled.payments.first().cloned();
        let view = Box::new(settled.into_ticket());
        match (outcome, payment) {
            (ChargeOutcome::Declined { code }, _) => Ok(PaymentResult::Declined { code }),
            (_, Some(payment)) if payment.state == PaymentState::Captured => {
                Ok(PaymentResult::Paid { view, payment })
            }
            (_, Some(payment)) => {
                self.give_back(payment).await;
                Ok(PaymentResult::GivenBack { view })
            }
            // Settled before, by the sweep: whatever it decided stands.
            (_, None) => {
                let payments = self.store.ticket_payments(ticket_id).await?;
                let mine = payments.into_iter().find(|payment| payment.id == payment_id);
                match mine {
                    Some(payment) if payment.state == PaymentState::Captured => {
                        Ok(PaymentResult::Paid { view, payment })
                    }
                    _ => Ok(PaymentResult::GivenBack { view }),
                }
            }
        }
    }

    /// Asks the provider for an owed refund and notes that it is done. On any failure the payment
    /// stays owed, and the next round tries again.
    pub(crate) async fn give_back(&self, payment: Payment) -> Payment {
        if payment.state != PaymentState::Refunding {
            return payment;
        }
        let (payment_id, ticket_id) = (payment.id, payment.ticket_id);
        if let Err(error) = self.provider.refund(&payment).await {
            tracing::warn!(%payment_id, %ticket_id, %error, "a refund is owed still");
            return payment;
        }
        let finish = FinishRefund { ticket_id, payment_id };
        match self.execute(Actor::System, Command::FinishRefund(finish)).await {
            Ok(mut answer) => answer.payments.pop().unwrap_or(payment),
            Err(error) => {
                tracing::warn!(%payment_id, %ticket_id, %error, "a refund could not be noted");
                payment
            }
        }
    }

    /// One round over all that a crash or a silent provider left unfinished, a page at a time: what
    /// cannot be finished now, or ever, keeps nothing behind it from its turn.
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
                if payment.state == PaymentState::Refunding {
                    self.give_back(payment).await;
                } else if payment.created_at < unanswered_before {
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
        let (payment_id, ticket_id) = (payment.id, payment.ticket_id);
        let outcome = match self.provider.find(payment_id).await {
            Ok(outcome) => outcome.unwrap_or_else(abandoned),
            Err(error) => {
                tracing::warn!(%payment_id, %ticket_id, %error, "a payment has no answer yet");
                return;
            }
        };
        if let Err(error) = self.settle(ticket_id, payment_id, outcome).await {
            tracing::warn!(%payment_id, %ticket_id, %error, "an answer could not be noted");
        }
    }
}

fn abandoned() -> ChargeOutcome {
    ChargeOutcome::Declined { code: ABANDONED.to_owned() }
}

/// Finishes what was left unfinished: at the start, and every few seconds until told to stop.
pub async fn finish_payments(desk: Desk, stop: CancellationToken) {
    let mut round = tokio::time::interval(std::time::Duration::from_secs(ROUND_SECONDS));
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
