//! Whether each passenger has one seat: nobody who is known by a document comes to a second seat on
//! a part of the way, unless staff give it to them.
//!
//! The events of a commit are gone through one by one, so that also a second seat is seen that the
//! same commit gives up again.

use std::collections::BTreeSet;

use domain::{EventKind, Reason};

use crate::books::Books;
use crate::fault::{Checked, ensure};
use crate::kept::is_ticket;
use crate::rows::{EventRow, Row, TicketRow};

#[derive(Debug, Default)]
pub(crate) struct Passengers {
    /// Suspended or reserved tickets that staff want to confirm.
    confirmed_by_staff: BTreeSet<u128>,
}

/// Whether two tickets are of one passenger on a part of the way of both.
pub(crate) fn are_of_one(one: &TicketRow, other: &TicketRow) -> bool {
    one.document.is_some()
        && (one.route, one.document) == (other.route, other.document)
        && one.place.from < other.place.to
        && other.place.from < one.place.to
}

impl Passengers {
    /// Staff want to confirm this ticket.
    pub(crate) fn staff_confirm(&mut self, ticket: u128) {
        self.confirmed_by_staff.insert(ticket);
    }

    /// Checks the tables before and after a commit, and the events that it committed.
    pub(crate) fn check(&self, before: &Books, after: &Books, events: &[Row]) -> Checked {
        for (id, row) in &before.tickets {
            let now = after.tickets.get(id).map(|row| row.document);
            ensure(now == Some(row.document), || {
                format!("the document of ticket {id:032x} {row:?} has become {now:?}")
            })?;
        }
        let live = before.tickets.iter().filter(|(_, row)| row.status.holds_seat());
        let mut seated: BTreeSet<u128> = live.map(|(id, _)| *id).collect();
        for event in events.iter().filter_map(Row::seat).filter(|event| is_ticket(event.ticket)) {
            match event.kind {
                EventKind::Reserved | EventKind::Confirmed => {
                    if seated.insert(event.ticket) {
                        self.check_taking(event, &seated, after)?;
                    }
                }
                EventKind::Suspended | EventKind::Cancelled => {
                    seated.remove(&event.ticket);
                }
                // A seat that was left for another, or by a ticket that has ended.
                EventKind::Available => {}
            }
        }
        Ok(())
    }

    /// A ticket takes a seat, and these are `seated` then.
    fn check_taking(&self, event: &EventRow, seated: &BTreeSet<u128>, books: &Books) -> Checked {
        let by_staff = match event.reason {
            Reason::Sold => true,
            Reason::Confirmed => self.confirmed_by_staff.contains(&event.ticket),
            _ => false,
        };
        let Some(row) = books.tickets.get(&event.ticket) else { return Ok(()) };
        let others = seated.iter().filter(|id| **id != event.ticket);
        let mut others = others.filter_map(|id| books.tickets.get(id));
        let second = others.find(|other| are_of_one(row, other));
        ensure(by_staff || second.is_none(), || {
            format!("a passenger has two seats on a part of the way: {row:?} and {second:?}")
        })
    }
}
