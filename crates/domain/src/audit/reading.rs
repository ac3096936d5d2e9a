//! Whose personal data staff have read: what the audit records of a read.
//!
//! The seller of a ticket knows its passenger, and so does its owner: such a read makes no row.
//! Travellers see only their own data, so only staff leave rows.

use super::action::Action;
use super::difference::Difference;
use super::row::Audited;
use super::subject::Subject;
use super::value::Value;
use crate::{Account, BookingId, RouteId, Ticket, TicketId, UserId};

/// Tickets or accounts that one row names at the most: no page of a list shows more.
pub const SHOWN_MAX: usize = 200;

/// Which things' personal data a member of staff was shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    Ticket {
        id: TicketId,
        booking_id: BookingId,
        route_id: RouteId,
    },
    Booking(BookingId),
    /// Those of one list, and the route if the list was asked for by route.
    Tickets {
        ids: Vec<TicketId>,
        route_id: Option<RouteId>,
    },
    User(UserId),
    /// Those of one list.
    Users(Vec<UserId>),
}

impl Shown {
    pub fn ticket(ticket: &Ticket, to: Account) -> Option<Self> {
        let Ticket { id, booking_id, route_id, .. } = *ticket;
        is_outside(ticket, to).then_some(Self::Ticket { id, booking_id, route_id })
    }

    pub fn booking<'a>(
        id: BookingId,
        tickets: impl IntoIterator<Item = &'a Ticket>,
        to: Account,
    ) -> Option<Self> {
        tickets.into_iter().any(|ticket| is_outside(ticket, to)).then_some(Self::Booking(id))
    }

    /// Of a list, the tickets outside the reader's own sales. One ticket, or the tickets of one
    /// booking, get a row of their own kind: then the row is found by that ticket or booking, which
    /// is what most look-ups at a counter are about.
    pub fn list<'a>(
        tickets: impl IntoIterator<Item = &'a Ticket>,
        route_id: Option<RouteId>,
        to: Account,
    ) -> Option<Self> {
        let outside = tickets.into_iter().filter(|ticket| is_outside(ticket, to));
        let outside: Vec<&Ticket> = outside.collect();
        match outside.as_slice() {
            [] => None,
            [one] => Self::ticket(one, to),
            [first, rest @ ..] if rest.iter().all(|it| it.booking_id == first.booking_id) => {
                Some(Self::Booking(first.booking_id))
            }
            several => {
                let ids = several.iter().map(|ticket| ticket.id).collect();
                Some(Self::Tickets { ids, route_id })
            }
        }
    }

    /// Accounts, except the reader's own. A single account is the row's subject: then the row is
    /// found by it.
    pub fn users(ids: impl IntoIterator<Item = UserId>, to: Account) -> Option<Self> {
        let others: Vec<UserId> = ids.into_iter().filter(|id| *id != to.user_id).collect();
        match others.as_slice() {
            [] => None,
            [one] => Some(Self::User(*one)),
            _ => Some(Self::Users(others)),
        }
    }
}

fn is_outside(ticket: &Ticket, of: Account) -> bool {
    of.role.is_staff() && ticket.issued_by_id != Some(of.user_id) && !of.owns(ticket)
}

impl Audited {
    /// One row for the tickets or the accounts of a request, however many it shows.
    pub fn shown(shown: &Shown) -> Self {
        let read = |subject| Self::about(subject, Difference::none(Action::Read));
        match shown {
            Shown::Ticket { id, booking_id, route_id } => Self {
                booking_id: Some(*booking_id),
                route_id: Some(*route_id),
                ..read(Subject::Ticket(*id))
            },
            Shown::Booking(id) => read(Subject::Booking(*id)),
            Shown::Tickets { ids, route_id } => {
                debug_assert!(ids.len() <= SHOWN_MAX, "a list has no more: {}", ids.len());
                let ids = ids.iter().take(SHOWN_MAX).map(|id| id.0).collect();
                let after = Some(vec![("tickets", Value::Ids(ids))]);
                Self { after, route_id: *route_id, ..read(Subject::Tickets) }
            }
            Shown::User(id) => read(Subject::User(*id)),
            Shown::Users(ids) => {
                debug_assert!(ids.len() <= SHOWN_MAX, "a list has no more: {}", ids.len());
                let ids = ids.iter().take(SHOWN_MAX).map(|id| id.0).collect();
                let after = Some(vec![("users", Value::Ids(ids))]);
                Self { after, ..read(Subject::Users) }
            }
        }
    }
}
