//! Who asks for a command, when, and on which terms.

use jiff::Timestamp;

use crate::fair_use::{AddressKey, Taking};
use crate::{Account, Actor, FairUse, NeighbourTerms, Payer, Refusal, RouteFacts, Ticket, UserId};

/// Who asks, and when.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    pub actor: &'a Actor,
    pub now: Timestamp,
    /// `None`: there is no limit.
    pub fair_use: Option<FairUse>,
    pub neighbours: NeighbourTerms,
}

impl Asked<'_> {
    /// The account that asks, for commands that need one.
    pub(super) fn account(self) -> Result<Account, Refusal> {
        self.actor.account().ok_or(Refusal::NotYours)
    }

    /// Who pays by card.
    pub(super) fn payer(self) -> Result<Payer, Refusal> {
        match self.actor {
            Actor::User(account) => Ok(Payer::Account(account.user_id)),
            Actor::Guest(_) => Ok(Payer::Guest),
            Actor::Anonymous | Actor::System => Err(Refusal::NotYours),
        }
    }

    /// From where unpaid seats are taken; what staff take is not counted.
    pub(super) fn address(self) -> Option<AddressKey> {
        if self.actor.role().is_staff() { None } else { self.fair_use?.address }
    }

    /// Whether these seats may be taken unpaid too (contract.md, "Fair use").
    pub(super) fn must_be_fair(self, on: &RouteFacts, taking: Taking<'_>) -> Result<(), Refusal> {
        match self.fair_use {
            Some(fair) if !self.actor.role().is_staff() => {
                on.claims.allow(taking, (fair, on.route.seat_count), self.now)
            }
            _ => Ok(()),
        }
    }
}

/// The ticket as the command leaves it: touched, and marked with who did it when that was not
/// its owner (contract.md, "Roles": *recorded with who did it*).
pub(super) fn touched(ticket: &Ticket, asked: Asked<'_>) -> Ticket {
    let foreign: Option<UserId> = asked.actor.user_id().filter(|_| !asked.actor.owns(ticket));
    Ticket {
        changed_by_id: foreign.or(ticket.changed_by_id),
        updated_at: asked.now,
        ..ticket.clone()
    }
}
