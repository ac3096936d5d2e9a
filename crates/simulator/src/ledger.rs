//! The auditor's own book of sales, kept from the committed events alone: the state of each ticket,
//! the holder of each leg, and what the map of each route was at every seq.
//!
//! It knows the contract's table of a ticket's life and nothing of the code that keeps it: an event
//! that is impossible by the book is a fault.

mod entering;
mod life;
mod sheet;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::{EventKind, Gender, Reason, TicketStatus};

use crate::cells::{Cells, Place};
use crate::kept::Kept;
use crate::ledger::sheet::Sheet;
use crate::order::Order;
use crate::rows::{EventRow, Row};
use crate::town::{ROUTES, SEATS};

/// A ticket as the events describe it.
#[derive(Debug)]
pub(crate) struct Sold {
    pub(crate) route: usize,
    /// Its seat, or its last one as far as events show.
    pub(crate) place: Place,
    pub(crate) gender: Gender,
    pub(crate) status: TicketStatus,
    booked_at: i64,
    /// The step in which it was sold.
    sold_in: u64,
    /// The step in which it last took a seat after it held none.
    seated_in: Option<u64>,
    /// The step in which it last gave its seat up and held none.
    unseated_in: Option<u64>,
    /// Why it was cancelled, while it is.
    ended: Option<Reason>,
}

#[derive(Debug)]
pub(crate) struct Ledger {
    sheets: Vec<Sheet>,
    /// Everything, in the order of commits.
    rows: Vec<Row>,
    sold: BTreeMap<u128, Sold>,
    /// In the order in which they were sold.
    order: Vec<u128>,
    /// Only looked up, never walked: it has no order that a seed decides.
    told: HashMap<(u128, EventKind, Reason), u32>,
    seats_of: BTreeSet<(u128, usize)>,
    /// Tickets that an administrator wants to change: after departure only an administrator may.
    may_change_late: BTreeSet<u128>,
    /// Tickets that were sold on a seat that was held until then.
    sold_from_holds: BTreeSet<u128>,
    kept: Kept,
    position: u64,
    step: u64,
}

impl Ledger {
    pub(crate) fn new() -> Self {
        Self {
            sheets: (0..ROUTES).map(|_| Sheet::blank()).collect(),
            rows: Vec::new(),
            sold: BTreeMap::new(),
            order: Vec::new(),
            told: HashMap::new(),
            seats_of: BTreeSet::new(),
            may_change_late: BTreeSet::new(),
            sold_from_holds: BTreeSet::new(),
            kept: Kept::default(),
            position: 0,
            step: 0,
        }
    }

    /// The last event's place in the order of commits.
    pub(crate) fn position(&self) -> u64 {
        self.position
    }

    pub(crate) fn sold(&self) -> &BTreeMap<u128, Sold> {
        &self.sold
    }

    /// The tickets, oldest first.
    pub(crate) fn order(&self) -> &[u128] {
        &self.order
    }

    /// The number of a route's newest seat event.
    pub(crate) fn head(&self, route: usize) -> u64 {
        self.sheets[route].order.head()
    }

    /// What happened on a route, in its order.
    pub(crate) fn order_of(&self, route: usize) -> Option<&Order> {
        self.sheets.get(route).map(|sheet| &sheet.order)
    }

    /// The number of a route's newest event of any kind.
    pub(crate) fn end(&self, route: usize) -> u64 {
        self.sheets[route].order.end()
    }

    /// Whether a route was on sale, or was not, at any time since that step.
    pub(crate) fn was_ever(&self, route: usize, is_on_sale: bool, step: u64) -> bool {
        self.sheets[route].order.was_ever(is_on_sale, step)
    }

    /// All events, in the order of commits.
    pub(crate) fn rows(&self) -> &[Row] {
        &self.rows
    }

    pub(crate) fn event(&self, route: usize, seq: u64) -> Option<&EventRow> {
        self.order_of(route)?.seat(seq)
    }

    pub(crate) fn map_at(&self, route: usize, seq: u64) -> Option<&Cells> {
        self.sheets.get(route)?.maps.get(usize::try_from(seq).ok()?)
    }

    /// All held legs: route, seat, leg, ticket, in this order.
    pub(crate) fn legs(&self) -> Vec<(usize, usize, usize, u128)> {
        let sheets = self.sheets.iter().enumerate();
        let of = |(route, sheet): (usize, &'_ Sheet)| {
            sheet
                .holders
                .iter()
                .map(move |(seat, leg, id)| (route, seat, leg, id))
                .collect::<Vec<_>>()
        };
        sheets.flat_map(of).collect()
    }

    /// How often this ticket had such an event.
    pub(crate) fn told(&self, ticket: u128, kind: EventKind, reason: Reason) -> u32 {
        self.told.get(&(ticket, kind, reason)).copied().unwrap_or_default()
    }

    /// Whether any event had this ticket on this seat.
    pub(crate) fn has_sat(&self, ticket: u128, seat: usize) -> bool {
        self.seats_of.contains(&(ticket, seat))
    }

    /// Whether it held no seat at any time since that step: changes at such a time make no event.
    pub(crate) fn was_unseated_since(&self, ticket: u128, step: u64) -> bool {
        self.sold.get(&ticket).is_some_and(|sold| {
            !sold.status.holds_seat() || sold.seated_in.is_some_and(|seated| seated >= step)
        })
    }

    /// Whether it held a seat at any time since that step.
    pub(crate) fn was_seated_since(&self, ticket: u128, step: u64) -> bool {
        self.sold.get(&ticket).is_some_and(|sold| {
            sold.status.holds_seat() || sold.unseated_in.is_some_and(|left| left >= step)
        })
    }

    /// Whether it has held a seat since before that step.
    pub(crate) fn is_seated_since(&self, ticket: u128, step: u64) -> bool {
        self.sold.get(&ticket).is_some_and(|sold| {
            sold.status.holds_seat() && sold.seated_in.unwrap_or(sold.sold_in) < step
        })
    }

    /// Whether a leg of this place was taken at any time since that step.
    pub(crate) fn was_taken_since(&self, route: usize, place: Place, step: u64) -> bool {
        self.sheets[route].holders.was_held_since(place, step)
    }

    /// How many seats of a run of legs were free all the time since that step.
    pub(crate) fn free_since(&self, route: usize, (from, to): (usize, usize), step: u64) -> usize {
        let is_free =
            |seat: &usize| !self.was_taken_since(route, Place { seat: *seat, from, to }, step);
        (1..=SEATS).filter(is_free).count()
    }

    /// Whether this ticket was sold on a seat that was held until then.
    pub(crate) fn was_held_before(&self, ticket: u128) -> bool {
        self.sold_from_holds.contains(&ticket)
    }

    /// Whether seats are held while names are typed.
    pub(crate) fn has_held_seats(&self) -> bool {
        self.kept.has_holds()
    }

    /// An administrator has asked for a change of this ticket.
    pub(crate) fn may_change_late(&mut self, ticket: u128) {
        self.may_change_late.insert(ticket);
    }
}
