//! Whether a booking is complete or not made at all: each request is kept with its number, and each
//! booking has its request's number as its address.

use std::collections::{BTreeMap, BTreeSet};

use domain::{Gender, Reason};

use crate::books::Books;
use crate::documents::Document;
use crate::fault::{Checked, Fault, ensure};
use crate::ledger::Ledger;
use crate::rows::{EventRow, Row};

/// A journey as it was asked for.
#[derive(Clone, Debug)]
pub(crate) struct AskedJourney {
    pub(crate) route: usize,
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) travellers: Vec<AskedTraveller>,
    /// It may take seats that were held.
    pub(crate) has_hold: bool,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct AskedTraveller {
    pub(crate) gender: Gender,
    pub(crate) document: Option<Document>,
    pub(crate) seat: Option<usize>,
}

/// Every booking of several that was asked for.
#[derive(Debug, Default)]
pub(crate) struct Bookings {
    asked: BTreeMap<u64, Vec<AskedJourney>>,
}

impl Bookings {
    pub(crate) fn asked(&mut self, number: u64, journeys: Vec<AskedJourney>) {
        self.asked.insert(number, journeys);
    }

    /// Checks the tables before and after a commit, and the events that it committed.
    pub(crate) fn check(
        &self,
        (before, after): (&Books, &Books),
        events: &[Row],
        ledger: &Ledger,
    ) -> Checked {
        let (before, now) = (tickets(before), tickets(after));
        for (id, row) in &after.tickets {
            let booking = after.bookings.get(&row.booking);
            let is_its_own = booking.is_some_and(|booking| booking.pnr == row.pnr);
            ensure(is_its_own, || format!("ticket {id:032x} {row:?} of {booking:?}"))?;
        }
        let mut numbers = BTreeSet::new();
        let mut codes = BTreeSet::new();
        for (id, booking) in &after.bookings {
            ensure(codes.insert(&booking.pnr), || format!("two bookings as {}", booking.pnr))?;
            let is_new = booking.number.is_none_or(|number| numbers.insert(number));
            ensure(is_new, || format!("booking {:?} is there twice", booking.number))?;
            let tickets = now.get(id).cloned().unwrap_or_default();
            let right = match before.get(id) {
                Some(known) => ensure(*known == tickets, || "its tickets have changed".to_owned()),
                None => self.check_new(booking.number, &tickets, events, (after, ledger)),
            };
            right.map_err(|Fault(why)| {
                Fault(format!("booking {id:032x} ({:?}) is not all there: {why}", booking.number))
            })?;
        }
        Ok(())
    }

    fn check_new(
        &self,
        number: Option<u64>,
        tickets: &BTreeSet<u128>,
        events: &[Row],
        (books, ledger): (&Books, &Ledger),
    ) -> Checked {
        let is_sale = |event: &&EventRow| {
            tickets.contains(&event.ticket) && matches!(event.reason, Reason::Booked | Reason::Sold)
        };
        let sales: Vec<_> = events.iter().filter_map(Row::seat).filter(is_sale).collect();
        ensure(!sales.is_empty() && sales.len() == tickets.len(), || {
            format!("{} tickets, and sold were {sales:?}", tickets.len())
        })?;
        for pair in sales.windows(2) {
            let is_next = pair[0].route != pair[1].route || pair[0].seq + 1 == pair[1].seq;
            ensure(is_next, || format!("something else is told between {pair:?}"))?;
        }
        let Some(number) = number else {
            return ensure(tickets.len() == 1, || {
                "more than the one that was asked for".to_owned()
            });
        };
        let journeys = self.asked.get(&number).ok_or(Fault("nobody asked for it".to_owned()))?;
        let wanted = journeys.iter().flat_map(|journey| {
            journey.travellers.iter().map(move |traveller| (journey, traveller))
        });
        let mut sales = sales.into_iter();
        // In the order in which they were asked for.
        for (journey, AskedTraveller { gender, document, seat }) in wanted {
            let Some(sale) = sales.next() else {
                return Err(Fault(format!("asked for were {journeys:?}")));
            };
            let AskedJourney { route, from, to, has_hold, .. } = journey;
            let place = sale.place;
            let is_right = (sale.route, place.from, place.to) == (*route, *from, *to)
                && sale.gender == *gender
                && books.tickets[&sale.ticket].document == *document
                && seat.is_none_or(|seat| seat == place.seat);
            ensure(is_right, || format!("asked for was {journey:?}, sold {sale:?}"))?;
            ensure(*has_hold || !ledger.was_held_before(sale.ticket), || {
                format!("it has taken the seat of another's hold: {sale:?}")
            })?;
        }
        ensure(sales.next().is_none(), || "more than were asked for".to_owned())
    }
}

/// The tickets of each booking.
fn tickets(books: &Books) -> BTreeMap<u128, BTreeSet<u128>> {
    let mut of_booking: BTreeMap<u128, BTreeSet<u128>> = BTreeMap::new();
    for (id, row) in &books.tickets {
        of_booking.entry(row.booking).or_default().insert(*id);
    }
    of_booking
}
