//! Until when a route's seats may be taken and its tickets changed: by whether it is on sale, by
//! the role, and by the departure of the ticket's own segment (never by the route's first
//! departure).
//!
//! These checks run inside the transaction, on the route as it stands there. The ticket's owner,
//! and whether its state allows the change, are checked elsewhere.

use jiff::{SignedDuration, Timestamp};

use super::Route;
use crate::{Refusal, Role, Segment};

/// Customers may book until this long before their segment leaves (contract.md, `POST /tickets`).
pub const BOOKING_CLOSES_MINUTES: i64 = 15;

/// How long before a segment leaves its sale closes for this role.
pub const fn booking_closes(role: Role) -> SignedDuration {
    if role.is_staff() {
        SignedDuration::ZERO
    } else {
        SignedDuration::from_mins(BOOKING_CLOSES_MINUTES)
    }
}

impl Route {
    /// Whether this role may still buy a seat: customers until fifteen minutes before the segment
    /// leaves, staff until it leaves.
    pub fn open_for(&self, role: Role, segment: Segment, now: Timestamp) -> Result<(), Refusal> {
        let margin = booking_closes(role);
        let closed = match self.departure_of(segment) {
            Some(departure) => departure.duration_since(now) <= margin,
            None => true,
        };
        if closed { Err(Refusal::TooLate) } else { Ok(()) }
    }

    pub fn has_departed(&self, segment: Segment, now: Timestamp) -> bool {
        self.departure_of(segment).is_none_or(|departure| departure <= now)
    }

    /// No seat is newly taken on a route that is off sale; what was sold before stays.
    pub fn must_be_active(&self) -> Result<(), Refusal> {
        if self.is_active { Ok(()) } else { Err(Refusal::RouteInactive) }
    }

    /// Whether this role may still change a ticket, or pay for it: once its segment has left, the
    /// passengers on the bus are settled, and only an administrator corrects them.
    pub fn must_allow_change(
        &self,
        role: Role,
        segment: Segment,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        if role == Role::Admin || !self.has_departed(segment, now) {
            Ok(())
        } else {
            Err(Refusal::AfterDeparture)
        }
    }

    /// Whether a ticket that exists may take a seat: another one, or its own again. The rule is
    /// that of a purchase, but an administrator may also correct seats after the departure.
    pub fn must_seat(&self, role: Role, segment: Segment, now: Timestamp) -> Result<(), Refusal> {
        self.must_allow_change(role, segment, now)?;
        self.must_be_active()?;
        if role == Role::Admin { Ok(()) } else { self.open_for(role, segment, now) }
    }
}
