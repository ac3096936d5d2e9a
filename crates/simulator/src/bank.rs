//! The payment provider: it keeps books of its own, survives our crashes, and may answer late, not
//! at all, or both. What it has captured and given back is what the auditor compares our payments
//! with.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use booking::{Charge, PaymentProvider, ProviderError, Refund};
use domain::command::ChargeOutcome;
use domain::{PaymentId, TicketId};
use parking_lot::Mutex;

use crate::mutation::Mutation;
use crate::weather::Weather;

pub(crate) const BANK: &str = "bank";

/// One charge in the bank's books.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) amount: i64,
    pub(crate) is_captured: bool,
    /// What was given back for each ticket: asked again, it does nothing.
    pub(crate) refunds: BTreeMap<TicketId, i64>,
}

#[derive(Clone, Debug)]
pub(crate) struct Bank {
    books: Arc<Mutex<BTreeMap<PaymentId, Entry>>>,
    on_their_way: Arc<AtomicUsize>,
    answers_lost: Arc<AtomicU64>,
    weather: Weather,
    mutation: Option<Mutation>,
}

/// The longest time that a charge is on its way to the bank, and its answer on the way back.
/// `booking` waits for a charge without an answer longer than the way there takes. It must: a
/// charge that arrives after the bank was asked about it would be money that no one knows of.
const WAY_MILLIS_MAX: u64 = 50_000;

/// A charge that has not reached the bank yet; gone with the process that sent it.
struct OnItsWay<'a>(&'a AtomicUsize);

impl Drop for OnItsWay<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Bank {
    pub(crate) fn new(weather: Weather, mutation: Option<Mutation>) -> Self {
        Self {
            books: Arc::default(),
            on_their_way: Arc::default(),
            answers_lost: Arc::default(),
            weather,
            mutation,
        }
    }

    pub(crate) fn books(&self) -> BTreeMap<PaymentId, Entry> {
        self.books.lock().clone()
    }

    /// Charges that have not reached the bank yet.
    pub(crate) fn on_their_way(&self) -> usize {
        self.on_their_way.load(Ordering::Relaxed)
    }

    /// Charges that it has decided on, and whose answer did not arrive.
    pub(crate) fn answers_lost(&self) -> u64 {
        self.answers_lost.load(Ordering::Relaxed)
    }

    async fn takes_its_time(&self, millis_max: u64) {
        if self.weather.strikes(|odds| odds.provider_is_late) {
            let chance = self.weather.chance();
            let far = chance.percent(30);
            let length = chance.millis(1, if far { millis_max } else { 2_000 });
            tokio::time::sleep(length).await;
        } else {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    fn is_mute(&self) -> Result<(), ProviderError> {
        if self.weather.strikes(|odds| odds.provider_is_mute) {
            return Err(ProviderError::NoAnswer("the line is dead".to_owned()));
        }
        Ok(())
    }
}

fn answer(payment_id: PaymentId, entry: &Entry) -> ChargeOutcome {
    if entry.is_captured {
        ChargeOutcome::Captured { transaction_id: format!("tx-{payment_id}") }
    } else {
        ChargeOutcome::Declined { code: "NO_FUNDS".to_owned() }
    }
}

#[async_trait]
impl PaymentProvider for Bank {
    fn name(&self) -> &'static str {
        BANK
    }

    async fn charge(&self, charge: Charge<'_>) -> Result<ChargeOutcome, ProviderError> {
        self.on_their_way.fetch_add(1, Ordering::Relaxed);
        let way = OnItsWay(&self.on_their_way);
        self.takes_its_time(WAY_MILLIS_MAX).await;
        drop(way);
        // It never arrives, and the sender may know it.
        self.is_mute().map_err(|error| {
            let is_known = self.weather.chance().percent(50);
            if is_known { ProviderError::Unreachable("no line".to_owned()) } else { error }
        })?;
        let is_captured = !self.weather.strikes(|odds| odds.card_declined);
        let entry = Entry { amount: charge.amount.get(), is_captured, refunds: BTreeMap::new() };
        self.books.lock().insert(charge.payment_id, entry.clone());
        self.takes_its_time(WAY_MILLIS_MAX).await;
        self.is_mute().inspect_err(|_| {
            self.answers_lost.fetch_add(1, Ordering::Relaxed);
        })?;
        Ok(answer(charge.payment_id, &entry))
    }

    async fn find(&self, payment_id: PaymentId) -> Result<Option<ChargeOutcome>, ProviderError> {
        self.takes_its_time(500).await;
        self.is_mute()?;
        Ok(self.books.lock().get(&payment_id).map(|entry| answer(payment_id, entry)))
    }

    async fn refund(&self, refund: Refund<'_>) -> Result<(), ProviderError> {
        self.takes_its_time(500).await;
        self.is_mute()?;
        if let Some(entry) = self.books.lock().get_mut(&refund.payment.id)
            && self.mutation != Some(Mutation::KeepTheMoney)
        {
            entry.refunds.insert(refund.ticket_id, refund.amount.get());
        }
        self.is_mute()
    }
}
