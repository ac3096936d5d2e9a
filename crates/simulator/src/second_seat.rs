//! Whether a request gives a passenger a second seat on a part of the way, as the auditor sees it.

use domain::SeatNumber;

use crate::books::Books;
use crate::fault::{Checked, ensure};
use crate::ledger::Ledger;
use crate::question::Question;
use crate::request::{About, Answered, Shown};

impl Question {
    /// Those who show a document and are to take a seat; with the ticket that they have already.
    fn seated(&self, books: &Books) -> Vec<(Option<u128>, Shown)> {
        match (self.request.about, self.request.what) {
            (About::Nothing, _) => self.request.shown.iter().map(|shown| (None, *shown)).collect(),
            (About::Ticket(id), "confirm") => {
                let row = books.tickets.get(&id);
                let shown = row.and_then(|row| {
                    let (place, document) = (row.place, row.document?);
                    // Its seat may have changed since.
                    let (from, to, seat) = (place.from, place.to, None);
                    Some((Some(id), Shown { route: row.route, from, to, seat, document }))
                });
                shown.into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

    /// Whether one of them has another ticket on a part of the way, of which this is true.
    fn has_another(&self, books: &Books, is_meant: impl Fn(u128) -> bool) -> bool {
        let mut seated = self.seated(books).into_iter();
        seated.any(|(own, shown)| shown.has_another(own, books, &is_meant))
    }

    /// It was done: then no one had another seat all the time.
    pub(crate) fn deserved_seats(&self, ledger: &Ledger, books: &Books) -> Checked {
        let had_one = self.has_another(books, |id| ledger.is_seated_since(id, self.step));
        ensure(!had_one || self.request.actor.role().is_staff(), || {
            "done, and a passenger had another seat all the time".to_owned()
        })
    }

    /// Whether staff have given a passenger a second seat.
    pub(crate) fn gives_second_seats(&self, ledger: &Ledger, books: &Books) -> bool {
        self.has_another(books, |id| ledger.is_seated_since(id, self.step))
    }

    /// A new booking was made: its tickets have the documents that were shown.
    pub(crate) fn deserved_documents(&self, answered: &[Answered], books: &Books) -> Checked {
        if self.request.about != About::Nothing {
            return Ok(());
        }
        let rows = answered.iter().filter_map(|answered| books.tickets.get(&answered.ticket));
        let mut written: Vec<_> = rows.filter_map(|row| row.document).collect();
        let mut shown: Vec<_> = self.request.shown.iter().map(|shown| shown.document).collect();
        written.sort_unstable();
        shown.sort_unstable();
        ensure(written == shown, || format!("shown were {shown:?}, and written {written:?}"))
    }

    /// It was refused because a passenger has a seat already, who wanted this one.
    pub(crate) fn deserved_booked(
        &self,
        seat: SeatNumber,
        ledger: &Ledger,
        books: &Books,
    ) -> Checked {
        let seat = usize::from(seat.get());
        let seated = self.seated(books);
        let was_seated = |id: u128| ledger.was_seated_since(id, self.step);
        let meets_itself = |shown: &Shown| {
            seated.iter().filter(|(_, other)| shown.is_of_one_with(other)).count() > 1
        };
        let is_second = seated.iter().any(|(own, shown)| {
            shown.seat.is_none_or(|wanted| wanted == seat)
                && (meets_itself(shown) || shown.has_another(*own, books, was_seated))
        });
        ensure(is_second && !self.request.actor.role().is_staff(), || {
            format!("refused seat {seat}, and its passenger had no other seat")
        })
    }
}

impl Shown {
    fn is_of_one_with(&self, other: &Self) -> bool {
        (self.route, self.document) == (other.route, other.document)
            && self.from < other.to
            && other.from < self.to
    }

    /// Whether the passenger has another ticket than its `own` on a part of the way, of which this
    /// is true.
    fn has_another(
        &self,
        own: Option<u128>,
        books: &Books,
        is_meant: impl Fn(u128) -> bool,
    ) -> bool {
        books.tickets.iter().any(|(id, row)| {
            let of_row = row.document.map(|document| {
                let (route, place) = (row.route, row.place);
                Self { route, from: place.from, to: place.to, seat: None, document }
            });
            own != Some(*id) && of_row.is_some_and(|it| self.is_of_one_with(&it)) && is_meant(*id)
        })
    }
}
