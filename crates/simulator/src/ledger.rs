//! The auditor's own book of sales, kept from the committed events alone: which ticket is in which
//! state, who holds which leg, and what the map of each route was at every seq.
//!
//! It knows the contract's table of a ticket's life and nothing of the code that keeps it: an event
//! that cannot follow from what the book says is a fault.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::{EventKind, Gender, Reason, Role, TicketStatus};

use crate::books::{EventRow, Row};
use crate::cells::{Cells, Place};
use crate::fault::{Checked, Fault, ensure};
use crate::holders::{is_held, release, take};
use crate::kept::{Kept, is_ticket};
use crate::life::HOLD_SECONDS;
use crate::order::Order;
use crate::town::{LEGS, ROUTES, SEATS, departure, sale_closes};

/// A ticket as the events tell it.
#[derive(Debug)]
pub(crate) struct Sold {
    pub(crate) route: usize,
    /// Where it sits, or sat last as far as anybody was told.
    pub(crate) place: Place,
    pub(crate) gender: Gender,
    pub(crate) status: TicketStatus,
    booked_at: i64,
    /// The step in which it last took a seat after it had held none.
    seated_in: Option<u64>,
    /// Why it was cancelled, while it is.
    ended: Option<Reason>,
}

/// What the very next event of a route has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Anything,
    /// `seat_available` for the place of a ticket that has just ended.
    Freed {
        ticket: u128,
        place: Place,
        reason: Reason,
    },
    /// May be that, of a ticket that held no seat: exactly if nobody sits there.
    FreedIfFree {
        ticket: u128,
        place: Place,
        reason: Reason,
    },
    /// The new seat of a ticket that has just left another.
    Moved {
        ticket: u128,
    },
}

#[derive(Debug)]
struct Sheet {
    order: Order,
    /// The map at every seq, the empty one first.
    maps: Vec<Cells>,
    holders: [Option<u128>; SEATS * LEGS],
    /// The step in which a leg was last taken or seen taken.
    taken_in: [Option<u64>; SEATS * LEGS],
    next: Next,
}

#[derive(Debug)]
pub(crate) struct Ledger {
    sheets: Vec<Sheet>,
    /// Everything, in the order of commits.
    rows: Vec<Row>,
    sold: BTreeMap<u128, Sold>,
    /// In the order in which they were sold.
    order: Vec<u128>,
    /// Only looked up, never walked: its order is nobody's business.
    told: HashMap<(u128, EventKind, Reason), u32>,
    seats_of: BTreeSet<(u128, usize)>,
    /// Tickets that an administrator wants changed, who alone may do so after departure.
    may_change_late: BTreeSet<u128>,
    kept: Kept,
    position: u64,
    step: u64,
}

impl Ledger {
    pub(crate) fn new() -> Self {
        let sheet = || Sheet {
            order: Order::new(),
            maps: vec![Cells::empty()],
            holders: [None; SEATS * LEGS],
            taken_in: [None; SEATS * LEGS],
            next: Next::Anything,
        };
        Self {
            sheets: (0..ROUTES).map(|_| sheet()).collect(),
            rows: Vec::new(),
            sold: BTreeMap::new(),
            order: Vec::new(),
            told: HashMap::new(),
            seats_of: BTreeSet::new(),
            may_change_late: BTreeSet::new(),
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

    /// Who holds which leg: route, seat, leg, ticket, in this order.
    pub(crate) fn legs(&self) -> Vec<(usize, usize, usize, u128)> {
        let mut legs = Vec::new();
        for (route, sheet) in self.sheets.iter().enumerate() {
            for (cell, holder) in sheet.holders.iter().enumerate() {
                legs.extend(holder.map(|ticket| (route, cell / LEGS + 1, cell % LEGS, ticket)));
            }
        }
        legs
    }

    /// How often such an event was told of this ticket.
    pub(crate) fn told(&self, ticket: u128, kind: EventKind, reason: Reason) -> u32 {
        self.told.get(&(ticket, kind, reason)).copied().unwrap_or_default()
    }

    /// Whether it was ever told that this ticket sits there.
    pub(crate) fn has_sat(&self, ticket: u128, seat: usize) -> bool {
        self.seats_of.contains(&(ticket, seat))
    }

    /// Whether it held no seat at any time since that step: what was changed then, nobody was told.
    pub(crate) fn was_unseated_since(&self, ticket: u128, step: u64) -> bool {
        self.sold.get(&ticket).is_some_and(|sold| {
            !sold.status.holds_seat() || sold.seated_in.is_some_and(|seated| seated >= step)
        })
    }

    /// Whether a leg of this place was taken at any time since that step.
    pub(crate) fn was_taken_since(&self, route: usize, place: Place, step: u64) -> bool {
        let sheet = &self.sheets[route];
        place.cells().any(|cell| {
            sheet.holders[cell].is_some() || sheet.taken_in[cell].is_some_and(|seen| seen >= step)
        })
    }

    /// Whether seats are held for somebody who types names.
    pub(crate) fn has_held_seats(&self) -> bool {
        self.kept.has_holds()
    }

    /// An administrator has asked for a change of this ticket.
    pub(crate) fn may_change_late(&mut self, ticket: u128) {
        self.may_change_late.insert(ticket);
    }

    /// Notes the events of one commit, each of which must be possible.
    pub(crate) fn enter(&mut self, step: u64, events: Vec<Row>) -> Checked {
        self.step = step;
        for event in events {
            let said = format!("{event:?}");
            self.enter_one(event).map_err(|fault| Fault(format!("{fault}: {said}")))?;
        }
        for sheet in &mut self.sheets {
            let settled = match sheet.next {
                Next::Anything => true,
                // The absence was right exactly if somebody sits there.
                Next::FreedIfFree { place, .. } => is_held(&sheet.holders, place),
                Next::Freed { .. } | Next::Moved { .. } => false,
            };
            ensure(settled, || format!("a commit ends before {:?}", sheet.next))?;
            sheet.next = Next::Anything;
        }
        Ok(())
    }

    fn enter_one(&mut self, row: Row) -> Checked {
        ensure(row.position() > self.position, || "positions do not rise".to_owned())?;
        self.position = row.position();
        self.rows.push(row.clone());
        let event = match &row {
            Row::Seat(event) => event.clone(),
            Row::Change(change) => {
                let sheet = &mut self.sheets[change.route];
                let between = match sheet.next {
                    Next::Anything => true,
                    Next::FreedIfFree { place, .. } => is_held(&sheet.holders, place),
                    Next::Freed { .. } | Next::Moved { .. } => false,
                };
                ensure(between, || format!("instead of {:?}", sheet.next))?;
                sheet.next = Next::Anything;
                return sheet.order.push(row, self.step);
            }
        };
        self.sheets[event.route].order.push(row, self.step)?;
        self.check_time(&event)?;
        self.follow(&event)?;
        let sheet = &mut self.sheets[event.route];
        let mut map = sheet.maps.last().cloned().unwrap_or_else(Cells::empty);
        map.apply(event.kind, event.place, event.gender);
        sheet.maps.push(map);
        if matches!(event.kind, EventKind::Reserved | EventKind::Confirmed) {
            self.seats_of.insert((event.ticket, event.place.seat));
        }
        *self.told.entry((event.ticket, event.kind, event.reason)).or_default() += 1;
        Ok(())
    }

    /// No seat is taken when its sale has closed, and after departure only an administrator changes
    /// a ticket. A hold may end at any time, and what was reserved all along may be paid.
    fn check_time(&self, event: &EventRow) -> Checked {
        let (route, stop, at) = (event.route, event.place.from, event.at);
        let before = self.sold.get(&event.ticket).map(|sold| sold.status);
        let closes_at = match (event.reason, before) {
            (Reason::Booked, _) => sale_closes(Role::Customer, route, stop),
            (Reason::Sold, _) | (Reason::Paid, Some(TicketStatus::Cancelled)) => {
                departure(route, stop)
            }
            (Reason::Expired | Reason::Paid, _) => return Ok(()),
            (Reason::Held, _) => sale_closes(Role::Customer, route, stop),
            (Reason::Blocked, _) => departure(route, stop),
            (Reason::Released | Reason::Unblocked, _) => return Ok(()),
            _ if self.may_change_late.contains(&event.ticket) => return Ok(()),
            (
                Reason::Changed
                | Reason::Confirmed
                | Reason::Suspended
                | Reason::Cancelled
                | Reason::Refunded,
                _,
            ) => departure(route, stop),
        };
        ensure(at < closes_at, || format!("at {at}, which was over at {closes_at}"))
    }

    fn follow(&mut self, event: &EventRow) -> Checked {
        use {EventKind as Kind, Reason as Why, TicketStatus as Is};
        let (id, place) = (event.ticket, event.place);
        let sheet = &mut self.sheets[event.route];
        let due = std::mem::replace(&mut sheet.next, Next::Anything);
        if !is_ticket(id) {
            let between = match due {
                Next::Anything => true,
                Next::FreedIfFree { place, .. } => is_held(&sheet.holders, place),
                Next::Freed { .. } | Next::Moved { .. } => false,
            };
            ensure(between, || format!("instead of {due:?}"))?;
            let keep = if self.kept.note(event)? { take } else { release };
            return keep(&mut sheet.holders, &mut sheet.taken_in, place, id, self.step);
        }
        let freed = Next::Freed { ticket: id, place, reason: event.reason };
        let freed_if_free = Next::FreedIfFree { ticket: id, place, reason: event.reason };
        match (due, event.kind) {
            (Next::Anything, _) => {}
            (_, Kind::Available) if due == freed => {
                return release(&mut sheet.holders, &mut sheet.taken_in, place, id, self.step);
            }
            (_, Kind::Available) if due == freed_if_free => {
                let free = !is_held(&sheet.holders, place);
                return ensure(free, || "somebody sits there".to_owned());
            }
            (Next::FreedIfFree { place, .. }, _) if is_held(&sheet.holders, place) => {}
            (Next::Moved { ticket }, Kind::Reserved | Kind::Confirmed)
                if ticket == id && event.reason == Why::Changed => {}
            _ => return Err(Fault(format!("instead of {due:?}"))),
        }
        if matches!(event.reason, Why::Booked | Why::Sold) {
            let status = if event.reason == Why::Booked { Is::Reserved } else { Is::Confirmed };
            let fits = (event.kind == Kind::Reserved) == (status == Is::Reserved);
            ensure(fits && !self.sold.contains_key(&id), || "not a new ticket".to_owned())?;
            self.order.push(id);
            let new = Sold {
                route: event.route,
                place,
                gender: event.gender,
                status,
                booked_at: event.at,
                seated_in: None,
                ended: None,
            };
            self.sold.insert(id, new);
            return take(&mut sheet.holders, &mut sheet.taken_in, place, id, self.step);
        }
        let Some(ticket) = self.sold.get_mut(&id) else {
            return Err(Fault("of a ticket that nobody sold".to_owned()));
        };
        let before = ticket.status;
        let held = before.holds_seat();
        let same_place = ticket.place == place;
        match (event.kind, event.reason) {
            (Kind::Available, Why::Changed) if held && same_place => {
                sheet.next = Next::Moved { ticket: id };
                return release(&mut sheet.holders, &mut sheet.taken_in, place, id, self.step);
            }
            (Kind::Reserved, Why::Changed) if before == Is::Reserved => {}
            (Kind::Confirmed, Why::Changed) if before == Is::Confirmed => {}
            (Kind::Confirmed, Why::Paid) if before == Is::Reserved && same_place => {}
            (Kind::Confirmed, Why::Paid)
                if before == Is::Cancelled && ticket.ended == Some(Why::Expired) && same_place => {}
            (Kind::Confirmed, Why::Confirmed) if before == Is::Reserved && same_place => {}
            // Its seat may have been changed while it held none, which nobody was told.
            (Kind::Confirmed, Why::Confirmed) if before == Is::Suspended => {}
            (Kind::Suspended, Why::Suspended) if held && same_place => {}
            (Kind::Cancelled, Why::Cancelled | Why::Refunded) if held && same_place => {}
            (Kind::Cancelled, Why::Cancelled | Why::Refunded) if before == Is::Suspended => {}
            (Kind::Cancelled, Why::Expired) if before == Is::Reserved && same_place => {
                let due_at = ticket.booked_at + i64::from(HOLD_SECONDS) * 1_000;
                ensure(event.at >= due_at, || format!("expired before {due_at}"))?;
            }
            _ => return Err(Fault(format!("cannot happen to a {} ticket", before.as_str()))),
        }
        if !held && matches!(event.kind, Kind::Reserved | Kind::Confirmed) {
            ticket.seated_in = Some(self.step);
        }
        let moves = !same_place;
        ticket.place = place;
        ticket.gender = event.gender;
        match event.kind {
            Kind::Reserved | Kind::Confirmed => {
                ticket.status =
                    if event.kind == Kind::Reserved { Is::Reserved } else { Is::Confirmed };
                ticket.ended = None;
                if due == (Next::Moved { ticket: id }) || !held {
                    return take(&mut sheet.holders, &mut sheet.taken_in, place, id, self.step);
                }
                ensure(!moves, || "it has not left its old seat".to_owned())
            }
            Kind::Suspended => {
                ticket.status = Is::Suspended;
                release(&mut sheet.holders, &mut sheet.taken_in, place, id, self.step)
            }
            Kind::Cancelled => {
                ticket.status = Is::Cancelled;
                ticket.ended = Some(event.reason);
                sheet.next = if held { freed } else { freed_if_free };
                Ok(())
            }
            Kind::Available => Err(Fault("without a cause".to_owned())),
        }
    }
}
