//! A request, its time, and what the ledger knows of it.

use domain::Role;

use crate::books::Books;
use crate::ledger::Ledger;
use crate::request::{About, Anywhere, Asked as Request, Wanted};
use crate::town::{departure, sale_closes};

/// A request.
#[derive(Debug)]
pub(crate) struct Question {
    pub(crate) request: Request,
    /// In which step.
    pub(crate) step: u64,
    /// At what time, in milliseconds since 1970.
    pub(crate) at: i64,
}

impl Question {
    pub(crate) fn sells(&self) -> bool {
        matches!(self.request.what, "book" | "sell" | "hold")
    }

    fn role(&self) -> Role {
        self.request.actor.role()
    }

    /// An administrator wants to change a ticket, and may at any time.
    pub(crate) fn changes_at_any_time(&self) -> bool {
        !self.sells() && self.role() == Role::Admin
    }

    /// A ticket is to be changed or paid, which its caller may do only before its bus leaves.
    pub(crate) fn has_until_departure(&self) -> bool {
        !self.sells() && self.role() != Role::Admin
    }

    /// The tickets that it is about.
    pub(crate) fn tickets(&self, books: &Books) -> Vec<u128> {
        let of_booking = |id: u128| {
            let tickets = books.tickets.iter().filter(move |(_, row)| row.booking == id);
            tickets.map(|(id, _)| *id).collect()
        };
        match (self.request.about, self.request.what) {
            (About::Nothing, _) => Vec::new(),
            // It stands for its booking.
            (About::Ticket(id), "pay") => {
                books.tickets.get(&id).map_or_else(Vec::new, |row| of_booking(row.booking))
            }
            (About::Ticket(id), _) => vec![id],
            (About::Booking(id), _) => of_booking(id),
        }
    }

    /// The routes, and the stops where the segments begin: no change of a ticket moves them.
    pub(crate) fn from(&self, ledger: &Ledger, books: &Books) -> Vec<(usize, usize)> {
        let wanted = self.request.wanted.iter();
        let wanted = wanted.map(|Wanted { route, place }| (*route, place.from));
        let anywhere = self.request.anywhere.iter();
        let anywhere = anywhere.map(|Anywhere { route, from, .. }| (*route, *from));
        let sold = self.tickets(books).into_iter().filter_map(|id| ledger.sold().get(&id));
        wanted.chain(anywhere).chain(sold.map(|sold| (sold.route, sold.place.from))).collect()
    }

    pub(crate) fn closes_at(&self, ledger: &Ledger, books: &Books) -> Vec<i64> {
        let from = self.from(ledger, books).into_iter();
        from.map(|(route, stop)| sale_closes(self.role(), route, stop)).collect()
    }

    pub(crate) fn leaves_at(&self, ledger: &Ledger, books: &Books) -> Vec<i64> {
        let from = self.from(ledger, books).into_iter();
        from.map(|(route, stop)| departure(route, stop)).collect()
    }
}
