//! The provider when none is configured: no money moves, the answers are fixed (contract.md, "Mock
//! provider").

use async_trait::async_trait;
use domain::PaymentId;
use domain::command::ChargeOutcome;

use crate::provider::{Charge, PaymentProvider, ProviderError, Refund};

#[derive(Clone, Copy, Debug, Default)]
pub struct MockProvider;

/// A card to try the payment page with.
#[derive(Clone, Copy, Debug)]
pub struct TestCard {
    pub label: &'static str,
    pub number: &'static str,
    /// `None` when it pays.
    pub decline_code: Option<&'static str>,
}

pub const TEST_CARDS: [TestCard; 3] = [
    TestCard { label: "Pays", number: "5528790000000008", decline_code: None },
    TestCard {
        label: "Declined: insufficient funds",
        number: "4111111111111111",
        decline_code: Some("INSUFFICIENT_FUNDS"),
    },
    TestCard {
        label: "Declined: invalid card",
        number: "4000000000002222",
        decline_code: Some("INVALID_CARD"),
    },
];

#[async_trait]
impl PaymentProvider for MockProvider {
    fn name(&self) -> &'static str {
        "mock"
    }

    async fn charge(&self, charge: Charge<'_>) -> Result<ChargeOutcome, ProviderError> {
        let declined = |code: &str| ChargeOutcome::Declined { code: code.to_owned() };
        Ok(match charge.card.number.as_str() {
            number if number.ends_with("1111") => declined("INSUFFICIENT_FUNDS"),
            number if number.ends_with("2222") => declined("INVALID_CARD"),
            _ => ChargeOutcome::Captured { transaction_id: format!("mock-{}", charge.payment_id) },
        })
    }

    /// It answers at once and keeps nothing, so a charge without an answer never happened.
    async fn find(&self, _payment_id: PaymentId) -> Result<Option<ChargeOutcome>, ProviderError> {
        Ok(None)
    }

    async fn refund(&self, _refund: Refund<'_>) -> Result<(), ProviderError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Card;
    use domain::Kurus;

    #[tokio::test]
    async fn the_test_cards_do_what_their_labels_say() {
        for card in TEST_CARDS {
            let number = card.number.to_owned();
            let charged = Card {
                holder_name: "A".into(),
                number,
                expire_month: 1,
                expire_year: 2099,
                cvc: "123".into(),
            };
            let payment_id = PaymentId(uuid::Uuid::nil());
            let amount = Kurus::from_lira(1);
            let outcome =
                MockProvider.charge(Charge { payment_id, amount, card: &charged }).await.unwrap();
            let code = match outcome {
                ChargeOutcome::Declined { code } => Some(code),
                ChargeOutcome::Captured { .. } => None,
            };
            assert_eq!(code.as_deref(), card.decline_code, "{}", card.label);
        }
    }
}
