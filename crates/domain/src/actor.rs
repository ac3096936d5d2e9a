//! Who asks for a change, and whether they may (contract.md, "Roles").
//!
//! The questions are asked inside the transaction, against the ticket as it stands there.

use crate::passenger::Phone;
use crate::{Booking, Pnr, Refusal, Role, Ticket, UserId};

/// An account whose token the caller sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account {
    pub user_id: UserId,
    pub role: Role,
}

impl Account {
    pub fn owns(self, ticket: &Ticket) -> bool {
        ticket.user_id == Some(self.user_id)
    }
}

/// What a guest sends: a code and a phone number. Each alone proves nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guest {
    pub pnr: Pnr,
    pub phone: Phone,
}

/// Who asks for a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    User(Account),
    /// A caller without an account that proves nothing.
    Anonymous,
    /// A caller without an account that sends a code and a phone number.
    Guest(Guest),
    /// The program itself: what has become due, and what a payment provider has answered.
    System,
}

impl From<Account> for Actor {
    fn from(account: Account) -> Self {
        Self::User(account)
    }
}

impl Actor {
    pub fn account(&self) -> Option<Account> {
        match self {
            Self::User(account) => Some(*account),
            Self::Anonymous | Self::Guest(_) | Self::System => None,
        }
    }

    pub fn user_id(&self) -> Option<UserId> {
        self.account().map(|account| account.user_id)
    }

    /// What it may do: the system may do what an administrator may.
    pub fn role(&self) -> Role {
        match self {
            Self::User(account) => account.role,
            Self::Anonymous | Self::Guest(_) => Role::Customer,
            Self::System => Role::Admin,
        }
    }

    pub fn owns(&self, ticket: &Ticket) -> bool {
        match self {
            Self::User(account) => account.owns(ticket),
            Self::Guest(guest) => guest.pnr == ticket.pnr && guest.phone == ticket.phone,
            Self::Anonymous | Self::System => false,
        }
    }

    /// Read, change, cancel, refund, pay: one's own ticket, or any ticket for staff.
    pub fn must_own_or_be_staff(&self, ticket: &Ticket) -> Result<(), Refusal> {
        if self.owns(ticket) || self.role().is_staff() { Ok(()) } else { Err(Refusal::NotYours) }
    }

    /// The same for a booking: its tickets have its owner, its code and its contact's phone, unless
    /// they were used before that changed.
    pub fn must_own_booking_or_be_staff(&self, booking: &Booking) -> Result<(), Refusal> {
        let owns = match self {
            Self::User(account) => booking.user_id == Some(account.user_id),
            Self::Guest(guest) => guest.pnr == booking.pnr && guest.phone == booking.contact.phone,
            Self::Anonymous | Self::System => false,
        };
        if owns || self.role().is_staff() { Ok(()) } else { Err(Refusal::NotYours) }
    }

    pub fn must_be_staff(&self) -> Result<(), Refusal> {
        if self.role().is_staff() {
            Ok(())
        } else {
            Err(Refusal::RoleRequired { role: Role::Agent })
        }
    }

    pub fn must_be_admin(&self) -> Result<(), Refusal> {
        match self.role() {
            Role::Admin => Ok(()),
            _ => Err(Refusal::RoleRequired { role: Role::Admin }),
        }
    }
}
