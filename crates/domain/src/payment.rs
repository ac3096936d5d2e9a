//! A payment: one attempt to take money for tickets of one booking, before and after the provider's
//! answer.
//!
//! It has a share for each ticket that it pays for. A share is given back by itself, once, and with
//! it exactly that ticket's money; so money adds up for each ticket, each booking and each payer.
//! At rest the books balance: captured = paid tickets + refunded + refunds in progress.

use jiff::Timestamp;

use crate::{BookingId, Kurus, PaymentId, Ticket, TicketId, UserId};

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

/// The state of a share, and (from all its shares together) of a payment.
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

    /// The states in which money was taken, also if it went back later.
    pub const TOOK_MONEY: [Self; 3] = [Self::Captured, Self::Refunding, Self::Refunded];

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

/// Who paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Payer {
    /// The traveller's, or that of the member of staff who took the money.
    Account(UserId),
    /// A person without an account, who sent the booking's code and phone number: the booking says
    /// who.
    Guest,
}

impl Payer {
    pub const fn account(self) -> Option<UserId> {
        match self {
            Self::Account(id) => Some(id),
            Self::Guest => None,
        }
    }
}

impl From<Option<UserId>> for Payer {
    fn from(account: Option<UserId>) -> Self {
        account.map_or(Self::Guest, Self::Account)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    pub id: PaymentId,
    pub booking_id: BookingId,
    pub method: PaymentMethod,
    /// Whom the money came through: `cash`, `mock`, `iyzico`.
    pub provider: String,
    pub paid_by: Payer,
    /// The provider's own number for it, once captured.
    pub transaction_id: Option<String>,
    /// Why it was declined, as the provider says it.
    pub decline_code: Option<String>,
    pub created_at: Timestamp,
    pub paid_at: Option<Timestamp>,
    /// One for each ticket that it pays for, at least one; in the order of the tickets' ids. All of
    /// them are started, or declined, or captured and after.
    pub shares: Vec<Share>,
}

/// What of a payment is for one ticket. A refund of it is named by the payment and the ticket: no
/// share is ever given back twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    pub ticket_id: TicketId,
    pub amount: Kurus,
    pub state: PaymentState,
    pub refunded_at: Option<Timestamp>,
}

/// Whom cash comes through.
pub const CASH_PROVIDER: &str = "cash";

impl Payment {
    /// Money over the counter: there is no provider to ask, so it is captured when it is written.
    /// The member of staff who took it counts as the payer.
    pub fn cash<'a>(
        id: PaymentId,
        booking_id: BookingId,
        tickets: impl IntoIterator<Item = &'a Ticket>,
        by: UserId,
        now: Timestamp,
    ) -> Self {
        let by = Payer::Account(by);
        let begun = Self::begun(id, booking_id, CASH_PROVIDER, tickets, by, now);
        Self { method: PaymentMethod::Cash, ..begun }.captured(format!("cash-{id}"), now)
    }

    /// Written before the provider is asked to take the tickets' prices from a card.
    pub fn begun<'a>(
        id: PaymentId,
        booking_id: BookingId,
        provider: &str,
        tickets: impl IntoIterator<Item = &'a Ticket>,
        by: Payer,
        now: Timestamp,
    ) -> Self {
        let share = |ticket: &Ticket| Share {
            ticket_id: ticket.id,
            amount: ticket.price,
            state: PaymentState::Started,
            refunded_at: None,
        };
        let mut shares: Vec<Share> = tickets.into_iter().map(share).collect();
        shares.sort_unstable_by_key(|share| share.ticket_id);
        Self {
            id,
            booking_id,
            method: PaymentMethod::Card,
            provider: provider.to_owned(),
            paid_by: by,
            transaction_id: None,
            decline_code: None,
            created_at: now,
            paid_at: None,
            shares,
        }
    }

    #[must_use]
    pub fn captured(mut self, transaction_id: String, now: Timestamp) -> Self {
        self.shares.iter_mut().for_each(|share| share.state = PaymentState::Captured);
        Self { transaction_id: Some(transaction_id), paid_at: Some(now), ..self }
    }

    #[must_use]
    pub fn declined(mut self, code: String) -> Self {
        self.shares.iter_mut().for_each(|share| share.state = PaymentState::Declined);
        Self { decline_code: Some(code), ..self }
    }

    /// All that it takes, or took.
    pub fn amount(&self) -> Kurus {
        self.shares.iter().map(|share| share.amount).sum()
    }

    /// Its state, from all its shares: some money is owed, some is kept, or all of it went back.
    pub fn state(&self) -> PaymentState {
        use PaymentState::{Captured, Declined, Refunded, Refunding, Started};
        let has = |state| self.shares.iter().any(|share| share.state == state);
        [Started, Declined, Refunding, Captured]
            .into_iter()
            .find(|state| has(*state))
            .unwrap_or(Refunded)
    }

    pub fn share(&self, ticket_id: TicketId) -> Option<&Share> {
        self.shares.iter().find(|share| share.ticket_id == ticket_id)
    }

    /// What happens to the money captured for a ticket when that is cancelled: cash is handed back
    /// at once, for a card the provider has to be asked.
    pub fn give_back(&mut self, ticket_id: TicketId, now: Timestamp) {
        let share = self.shares.iter_mut().find(|share| share.ticket_id == ticket_id);
        let Some(share) = share.filter(|share| share.state == PaymentState::Captured) else {
            unreachable!("only what was captured for a ticket and is still kept is given back")
        };
        match self.method {
            PaymentMethod::Cash => {
                share.state = PaymentState::Refunded;
                share.refunded_at = Some(now);
            }
            PaymentMethod::Card => share.state = PaymentState::Refunding,
        }
    }
}
