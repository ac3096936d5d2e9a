//! The auditor: after every step it reads the database through its own connection and compares it
//! with the ledger, the bank, and every answer that was given.

use domain::{
    Actor, EventKind, Gender, NeighbourRule, PaymentState, Reason, RouteEvent, RoutePlace,
    TicketStatus,
};
use rusqlite::Connection;
use store::CommittedGroup;

use crate::bank::Bank;
use crate::bookings::{AskedJourney, Bookings};
use crate::books::{self, Books};
use crate::cells::Cells;
use crate::chain::Chain;
use crate::fault::{Checked, Fault, ensure};
use crate::kept;
use crate::keys::Keys;
use crate::ledger::Ledger;
use crate::money;
use crate::neighbours::Neighbours;
use crate::order::Order;
use crate::passengers::Passengers;
use crate::question::Question;
use crate::request::{About, Answered, Wanted};
use crate::rows::Row;
use crate::slip::Body;
use crate::town::ROUTES;

#[derive(Debug)]
pub(crate) struct Auditor {
    ledger: Ledger,
    chain: Chain,
    books: Books,
    bookings: Bookings,
    keys: Keys,
    neighbours: Neighbours,
    passengers: Passengers,
    /// In which step the neighbour rule was last kept on a route.
    ruled_in: [u64; ROUTES],
    /// In which step a route had another neighbour rule of its own, and which.
    rules_before: Vec<(u64, usize, Option<NeighbourRule>)>,
    /// What was answered: these events must always be there, at least this often.
    acknowledged: Vec<(u128, EventKind, Reason, u32)>,
}

impl Auditor {
    /// `house`: the neighbour rule where a route has none of its own.
    pub(crate) fn new(connection: &Connection, house: NeighbourRule) -> Checked<Self> {
        Ok(Self {
            ledger: Ledger::new(),
            chain: Chain::default(),
            books: Books::read(connection)?,
            bookings: Bookings::default(),
            keys: Keys::default(),
            neighbours: Neighbours::new(house),
            passengers: Passengers::default(),
            ruled_in: [0; ROUTES],
            rules_before: Vec::new(),
            acknowledged: Vec::new(),
        })
    }

    pub(crate) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    pub(crate) fn books(&self) -> &Books {
        &self.books
    }

    /// A group has been committed, or has failed as a whole.
    pub(crate) fn group(
        &mut self,
        step: u64,
        connection: &Connection,
        bank: &Bank,
        outcome: Result<Option<&CommittedGroup>, &str>,
    ) -> Checked {
        let events = books::events(connection, self.ledger.position())?;
        let books = Books::read(connection)?;
        self.chain.group(connection, outcome.unwrap_or_default())?;
        match outcome {
            Err(_) => {
                ensure(events.is_empty(), || format!("it failed, and left {events:?}"))?;
                ensure(books == self.books, || "it failed, and left something".to_owned())?;
            }
            Ok(committed) => {
                let names = |row: &Row| (row.position(), row.route(), row.ordinal(), row.seq());
                let stored: Vec<_> = events.iter().map(names).collect();
                let told = committed.iter().flat_map(|group| &group.events);
                let told: Vec<_> = told.map(names_of).collect();
                ensure(stored == told, || format!("stored {stored:?}, told {told:?}"))?;
                self.ledger.enter(step, events.clone())?;
                let before = std::mem::replace(&mut self.books, books);
                self.check_books()?;
                let (before, after) = (&before, &self.books);
                self.bookings.check((before, after), &events, &self.ledger)?;
                self.keys.check(before, after)?;
                self.neighbours.check(before, after)?;
                self.passengers.check(before, after, &events)?;
                let changed = before
                    .rules
                    .iter()
                    .filter(|(route, rule)| after.rules.get(*route) != Some(*rule));
                self.rules_before.extend(changed.map(|(route, rule)| (step, *route, *rule)));
                for (route, ruled_in) in self.ruled_in.iter_mut().enumerate() {
                    let is_kept = |books| self.neighbours.is_kept_on(books, route);
                    if is_kept(before) || is_kept(after) {
                        *ruled_in = step;
                    }
                }
            }
        }
        money::check(&self.books, &bank.books())
    }

    /// The process has died and started again: everything that was ever committed is there, nothing
    /// else.
    pub(crate) fn restarted(&self, connection: &Connection) -> Checked {
        let stored = books::events(connection, 0)?;
        let known = self.ledger.rows();
        let lost = known.iter().find(|event| !stored.contains(event));
        ensure(lost.is_none(), || format!("a crash has taken back {lost:?}"))?;
        ensure(stored.len() == known.len(), || "a crash has left more than there was".to_owned())?;
        self.chain.restarted(connection)?;
        let books = Books::read(connection)?;
        ensure(books == self.books, || {
            format!("a crash has changed {:?} into {books:?}", self.books)
        })
    }

    /// A booking with this number is asked for.
    pub(crate) fn booking_asked(&mut self, number: u64, journeys: Vec<AskedJourney>) {
        self.bookings.asked(number, journeys);
    }

    /// A request was made.
    pub(crate) fn asked(&mut self, question: &Question) {
        if question.changes_at_any_time() {
            let tickets = question.tickets(&self.books);
            tickets.into_iter().for_each(|ticket| self.ledger.may_change_late(ticket));
        }
        let request = &question.request;
        if let (About::Ticket(ticket), "confirm") = (request.about, request.what)
            && request.actor.role().is_staff()
        {
            self.passengers.staff_confirm(ticket);
        }
        if request.insists {
            request
                .booking
                .into_iter()
                .for_each(|number| self.neighbours.insist_on_booking(number));
            if let About::Ticket(ticket) = request.about {
                self.neighbours.insist(ticket);
            }
        }
    }

    /// Whether the neighbour rule was kept on this route at any time since that step.
    pub(crate) fn was_ruled(&self, route: usize, step: u64) -> bool {
        self.neighbours.is_kept_on(&self.books, route) || self.ruled_in[route] >= step
    }

    /// Whether a route's own neighbour rule was this at any time since that step.
    pub(crate) fn had_rule_since(
        &self,
        route: usize,
        rule: Option<NeighbourRule>,
        step: u64,
    ) -> bool {
        let changed = |(changed, of, before): &(u64, usize, Option<NeighbourRule>)| {
            (*of, *before) == (route, rule) && *changed >= step
        };
        self.books.rules.get(&route) == Some(&rule) || self.rules_before.iter().any(changed)
    }

    /// This was answered under a key; `is_first`: as the first answer.
    pub(crate) fn told_under_key(&mut self, body: Body, content: &[u8], is_first: bool) -> Checked {
        self.keys.told(body, content, is_first, &self.books)
    }

    pub(crate) fn has_begun_payment(&self, key: u64) -> bool {
        self.keys.has_begun_payment(key)
    }

    /// A request of this step was answered as done.
    pub(crate) fn answered(&mut self, answered: &Answered, asked_in: u64) -> Checked {
        let Answered { ticket, kind, reason, seat } = *answered;
        if reason == Reason::Changed {
            // A change that no viewer can see makes no event; a change of the seat does.
            let is_unseen = self.ledger.was_unseated_since(ticket, asked_in);
            return ensure(self.ledger.has_sat(ticket, seat) || is_unseen, || {
                format!("ticket {ticket:032x} never came to seat {seat}")
            });
        }
        let same = |entry: &&mut (u128, EventKind, Reason, u32)| {
            (entry.0, entry.1, entry.2) == (ticket, kind, reason)
        };
        let times = match self.acknowledged.iter_mut().find(same) {
            Some(entry) => {
                entry.3 += 1;
                entry.3
            }
            None => {
                self.acknowledged.push((ticket, kind, reason, 1));
                1
            }
        };
        ensure(self.ledger.told(ticket, kind, reason) >= times, || {
            format!("answered, not there: {} of ticket {ticket:032x}", reason.as_str())
        })
    }

    /// It was answered that this ticket is cancelled.
    pub(crate) fn ended(&self, ticket: u128) -> Checked {
        let reasons = [Reason::Cancelled, Reason::Refunded, Reason::Expired];
        let told = |reason| self.ledger.told(ticket, EventKind::Cancelled, reason) > 0;
        ensure(reasons.into_iter().any(told), || format!("ticket {ticket:032x} never ended"))
    }

    /// It was answered that seats are kept.
    pub(crate) fn kept(&self, question: &Question) -> Checked {
        for Wanted { route, place } in &question.request.wanted {
            ensure(self.ledger.was_taken_since(*route, *place, question.step), || {
                format!("kept, they were told, and route {route} {place:?} was free all the time")
            })?;
        }
        Ok(())
    }

    /// This payer got the answer that their money was taken and stays taken.
    pub(crate) fn paid(&self, payment: u128, payer: &Actor) -> Checked {
        let shares: Vec<_> = self.books.payments.iter().filter(|row| row.id == payment).collect();
        let is_taken = shares.iter().all(|row| {
            use PaymentState::{Captured, Refunded, Refunding};
            matches!(row.state, Captured | Refunding | Refunded)
                && row.payer == payer.user_id().map(|id| id.0.as_u128())
        });
        ensure(is_taken && !shares.is_empty(), || {
            format!("paid, {payer:?} was told, and it is {shares:?}")
        })
    }

    /// Compares the tables with the ledger.
    fn check_books(&self) -> Checked {
        let sold = self.ledger.sold();
        ensure(self.books.tickets.len() == sold.len(), || "a ticket without an event".to_owned())?;
        let mut maps = vec![Cells::empty(); ROUTES];
        for (id, row) in &self.books.tickets {
            let Some(known) = sold.get(id) else {
                return Err(Fault(format!("ticket {id:032x} was never sold")));
            };
            let same = row.route == known.route && row.status == known.status;
            let seated = !row.status.holds_seat()
                || (row.place == known.place && row.gender == known.gender);
            ensure(same && seated, || format!("ticket {id:032x}: {row:?} is told as {known:?}"))?;
            let is_hold = row.status == TicketStatus::Reserved;
            ensure(row.expires_at.is_some() == is_hold, || format!("{row:?} as a hold"))?;
            if row.status.holds_seat() {
                maps[row.route].occupy(row.place, row.status, row.gender);
            }
        }
        for (route, place, keeper) in &self.books.kept {
            let is_held = *keeper == kept::HELD;
            let status = if is_held { TicketStatus::Reserved } else { TicketStatus::Confirmed };
            maps[*route].occupy(*place, status, Gender::Other);
        }
        let legs = self.ledger.legs();
        ensure(self.books.legs == legs, || {
            format!("seat_legs {:?} should be {legs:?}", self.books.legs)
        })?;
        for (route, map) in maps.iter().enumerate() {
            let (head, end) = (self.ledger.head(route), self.ledger.end(route));
            let is_on_sale = self.ledger.order_of(route).is_some_and(Order::is_on_sale);
            let (stored, known) = (self.books.heads.get(&route), (end, head, is_on_sale));
            ensure(stored == Some(&known), || {
                format!("route {route} says {stored:?}, not {known:?}")
            })?;
            let told = self.ledger.map_at(route, head);
            ensure(told == Some(map), || {
                format!("route {route} at {head}: {map:?} sit there, {told:?} was told")
            })?;
        }
        Ok(())
    }

    /// Whether a seat is held that is not paid.
    pub(crate) fn has_holds(&self) -> bool {
        self.ledger.has_held_seats()
            || self.ledger.sold().values().any(|sold| sold.status == TicketStatus::Reserved)
    }

    /// At rest: no hold is due, no money is on its way.
    pub(crate) fn at_rest(&self, bank: &Bank) -> Checked {
        money::check_settled(&self.books)?;
        money::check(&self.books, &bank.books())
    }
}

fn names_of(event: &RouteEvent) -> (u64, usize, u64, u64) {
    let route = crate::town::route_number(event.route_id().0.as_u128()).unwrap_or(usize::MAX);
    let RoutePlace { ordinal, seq } = event.place();
    (event.position(), route, ordinal.get(), seq.get())
}
