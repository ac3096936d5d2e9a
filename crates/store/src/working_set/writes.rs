//! What has to be written for a group of commands: rows as they are to stand, each once, even if it
//! was changed several times.

use std::collections::BTreeMap;

use domain::fair_use::{AddressKey, Claim};
use domain::{
    Applied, Block, BlockId, Booking, BookingId, Facts, Hold, HoldId, Holder, IsNew, LegChange,
    Payment, PaymentId, RouteId, RoutePlace, SeatEvent, SeatNumber, Ticket, TicketId,
};

use crate::{AuditRow, KeyId, KeyRow};

/// A row, and whether it is to be inserted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row<T> {
    /// As it is to stand.
    pub value: T,
    /// Whether it is to be inserted.
    pub is_new: bool,
}

/// One leg of one seat and its holder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leg {
    /// Of which route.
    pub route_id: RouteId,
    /// Which seat.
    pub seat: SeatNumber,
    /// The leg, counted from the first stop.
    pub leg: u8,
    /// The holder that has it, or had it.
    pub holder: Holder,
}

/// In the order in which a driver writes them: legs are freed before any is taken.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Writes {
    /// Bookings that were made or changed.
    pub bookings: Vec<Row<Booking>>,
    /// Tickets that were made or changed.
    pub tickets: Vec<Row<Ticket>>,
    /// Legs that are free now.
    pub freed: Vec<Leg>,
    /// Legs that are taken now.
    pub taken: Vec<Leg>,
    /// Payments that were made or changed.
    pub payments: Vec<Row<Payment>>,
    /// Holds that were made or changed.
    pub holds: Vec<Row<Hold>>,
    /// A lifted one is to be deleted.
    pub blocks: Vec<Row<Block>>,
    /// Seats that ran out unpaid; `None`: they were paid later.
    pub run_outs: Vec<(RouteId, Holder, Option<Claim>)>,
    /// From where seats were reserved; `None`: they are paid, or their time is over.
    pub reserved_from: Vec<(TicketId, Option<AddressKey>)>,
    /// In the order of their positions.
    pub events: Vec<SeatEvent>,
    /// How far each route is that has new events.
    pub heads: Vec<(RouteId, RoutePlace)>,
    /// In place of what stood under these keys.
    pub keys: Vec<KeyRow>,
    /// In the order in which it was done.
    pub audit: Vec<AuditRow>,
}

/// What has changed since the last write.
#[derive(Debug, Default)]
pub(super) struct Touched {
    bookings: BTreeMap<BookingId, IsNew>,
    tickets: BTreeMap<TicketId, IsNew>,
    payments: BTreeMap<PaymentId, (Payment, IsNew)>,
    holds: BTreeMap<HoldId, (Hold, IsNew)>,
    blocks: BTreeMap<BlockId, (Block, IsNew)>,
    run_outs: BTreeMap<(RouteId, Holder), Option<Claim>>,
    reserved_from: BTreeMap<TicketId, Option<AddressKey>>,
    legs: Vec<LegChange>,
    /// Where the last change of a leg stands in `legs`.
    last_of_leg: BTreeMap<(RouteId, SeatNumber, u8), usize>,
    events: Vec<SeatEvent>,
    keys: BTreeMap<KeyId, KeyRow>,
    audit: Vec<AuditRow>,
}

impl Touched {
    pub(super) fn note_key(&mut self, row: KeyRow) {
        self.keys.insert(row.id, row);
    }

    pub(super) fn note_audit(&mut self, rows: impl Iterator<Item = AuditRow>) {
        self.audit.extend(rows);
    }

    pub(super) fn note(&mut self, applied: Applied) {
        for (id, before) in applied.bookings {
            self.bookings.entry(id).or_insert(IsNew::when(before.is_none()));
        }
        for (id, before) in applied.tickets {
            self.tickets.entry(id).or_insert(IsNew::when(before.is_none()));
        }
        for (payment, is_new) in applied.payments {
            note(&mut self.payments, payment.id, (payment, is_new));
        }
        for (hold, before) in applied.holds {
            note(&mut self.holds, hold.id, (hold, IsNew::when(before.is_none())));
        }
        for (block, before) in applied.blocks {
            note(&mut self.blocks, block.id, (block, IsNew::when(before.is_none())));
        }
        for (route_id, holder, claim) in applied.run_outs {
            self.run_outs.insert((route_id, holder), claim);
        }
        self.reserved_from.extend(applied.reserved_from);
        applied.legs.into_iter().for_each(|change| self.note_leg(change));
        self.events.extend(applied.events);
    }

    /// Changes of a leg that follow each other become one. A change that does not continue the last
    /// one is a row of its own: if two commands of a group took the same leg, the key of the
    /// database must find that out, and it must not be hidden here.
    fn note_leg(&mut self, change: LegChange) {
        let last = self.last_of_leg.get(&change.place()).and_then(|at| self.legs.get_mut(*at));
        match last {
            Some(last) if last.after == change.before => last.after = change.after,
            _ => {
                self.last_of_leg.insert(change.place(), self.legs.len());
                self.legs.push(change);
            }
        }
    }

    pub(super) fn into_writes(self, facts: &Facts) -> Writes {
        let booking = |(id, is_new)| {
            let Ok(booking) = facts.booking_alone(id) else {
                unreachable!("a booking that was changed is among the facts")
            };
            row((booking.clone(), is_new))
        };
        let ticket = |(id, is_new)| {
            let Ok(on) = facts.ticket(id) else {
                unreachable!("a ticket that was changed is among the facts")
            };
            row((on.ticket.clone(), is_new))
        };
        let changed = || self.legs.iter().filter(|change| change.before != change.after);
        let leg = |change: &LegChange, holder| Leg {
            route_id: change.route_id,
            seat: change.seat,
            leg: change.leg,
            holder,
        };
        let freed = changed().filter_map(|change| Some(leg(change, change.before?))).collect();
        let taken = changed().filter_map(|change| Some(leg(change, change.after?))).collect();
        let heads: BTreeMap<_, _> =
            self.events.iter().map(|event| (event.route_id, event.place())).collect();
        Writes {
            bookings: self.bookings.into_iter().map(booking).collect(),
            tickets: self.tickets.into_iter().map(ticket).collect(),
            freed,
            taken,
            payments: rows(self.payments),
            holds: rows(self.holds),
            // Blocked and lifted in one group: nothing is written.
            blocks: rows(self.blocks)
                .into_iter()
                .filter(|row| !row.is_new || !row.value.is_lifted)
                .collect(),
            reserved_from: self.reserved_from.into_iter().collect(),
            run_outs: self
                .run_outs
                .into_iter()
                .map(|((route_id, holder), claim)| (route_id, holder, claim))
                .collect(),
            heads: heads.into_iter().collect(),
            keys: self.keys.into_values().collect(),
            audit: self.audit,
            events: self.events,
        }
    }
}

/// A row that is changed again in its group keeps whether it is new, and has its latest state.
fn note<K: Ord, T>(rows: &mut BTreeMap<K, (T, IsNew)>, id: K, (value, is_new): (T, IsNew)) {
    match rows.get_mut(&id) {
        Some(known) => known.0 = value,
        None => drop(rows.insert(id, (value, is_new))),
    }
}

fn rows<K, T>(rows: BTreeMap<K, (T, IsNew)>) -> Vec<Row<T>> {
    rows.into_values().map(row).collect()
}

fn row<T>((value, is_new): (T, IsNew)) -> Row<T> {
    Row { value, is_new: is_new == IsNew::Yes }
}
