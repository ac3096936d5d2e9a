//! Who may do what (contract.md, "Roles").
//!
//! The questions are asked inside the transaction, against the ticket as it stands there.

use crate::{Refusal, Ticket, UserId};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    Customer,
    Agent,
    Admin,
}

impl Role {
    pub const ALL: [Self; 3] = [Self::Customer, Self::Agent, Self::Admin];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Customer => "CUSTOMER",
            Self::Agent => "AGENT",
            Self::Admin => "ADMIN",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }

    /// Agents and admins: those who sell for others.
    pub const fn is_staff(self) -> bool {
        matches!(self, Self::Agent | Self::Admin)
    }
}

/// Whoever asks for a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Actor {
    pub user_id: UserId,
    pub role: Role,
}

impl Actor {
    pub fn owns(self, ticket: &Ticket) -> bool {
        ticket.user_id == Some(self.user_id)
    }

    /// Read, change, cancel, refund, pay: one's own, or any for staff.
    pub fn must_own_or_be_staff(self, ticket: &Ticket) -> Result<(), Refusal> {
        if self.owns(ticket) || self.role.is_staff() { Ok(()) } else { Err(Refusal::NotYours) }
    }

    pub fn must_be_staff(self) -> Result<(), Refusal> {
        if self.role.is_staff() { Ok(()) } else { Err(Refusal::RoleRequired { role: Role::Agent }) }
    }

    pub fn must_be_admin(self) -> Result<(), Refusal> {
        match self.role {
            Role::Admin => Ok(()),
            _ => Err(Refusal::RoleRequired { role: Role::Admin }),
        }
    }
}
