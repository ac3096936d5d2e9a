//! A payment: one attempt to take money for one ticket, before and after the provider's answer.
//!
//! At rest the books balance: captured = paid tickets + refunded + refunds in progress.

use jiff::Timestamp;

use crate::{Kurus, PaymentId, TicketId, UserId};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaymentMethod {
    Card,
    Cash,
}

impl PaymentMethod {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Card => "CARD",
            Self::Cash => "CASH",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Card, Self::Cash].into_iter().find(|method| method.as_str() == text)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaymentState {
    /// The provider has been or is about to be asked; its answer is not known.
    Started,
    /// The provider took no money.
    Declined,
    /// The money is ours and belongs to a ticket.
    Captured,
    /// The money is owed back.
    Refunding,
    Refunded,
}

impl PaymentState {
    pub const ALL: [Self; 5] =
        [Self::Started, Self::Declined, Self::Captured, Self::Refunding, Self::Refunded];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Started => "STARTED",
            Self::Declined => "DECLINED",
            Self::Captured => "CAPTURED",
            Self::Refunding => "REFUNDING",
            Self::Refunded => "REFUNDED",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    pub id: PaymentId,
    pub ticket_id: TicketId,
    pub method: PaymentMethod,
    /// Whom the money came through: `cash`, `mock`, `iyzico`.
    pub provider: String,
    pub amount: Kurus,
    pub state: PaymentState,
    /// Who paid: the traveller, or the member of staff who took the money.
    pub paid_by_id: UserId,
    /// The provider's own number for it, once captured.
    pub transaction_id: Option<String>,
    /// Why it was declined, as the provider says it.
    pub decline_code: Option<String>,
    pub created_at: Timestamp,
    pub paid_at: Option<Timestamp>,
    pub refunded_at: Option<Timestamp>,
}

/// Whom cash comes through.
pub const CASH_PROVIDER: &str = "cash";

impl Payment {
    /// Money over the counter: there is nobody to ask, so it is captured as it is written. The member
    /// of staff who took it counts as the payer.
    pub fn cash(
        id: PaymentId,
        ticket_id: TicketId,
        amount: Kurus,
        by: UserId,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            ticket_id,
            method: PaymentMethod::Cash,
            provider: CASH_PROVIDER.to_owned(),
            amount,
            state: PaymentState::Captured,
            paid_by_id: by,
            transaction_id: Some(format!("cash-{id}")),
            decline_code: None,
            created_at: now,
            paid_at: Some(now),
            refunded_at: None,
        }
    }

    /// What happens to captured money when its ticket is cancelled: cash is handed back there and
    /// then, a card's provider has to be asked.
    pub fn give_back(mut self, now: Timestamp) -> Self {
        match self.method {
            PaymentMethod::Cash => {
                self.state = PaymentState::Refunded;
                self.refunded_at = Some(now);
            }
            PaymentMethod::Card => self.state = PaymentState::Refunding,
        }
        self
    }
}
