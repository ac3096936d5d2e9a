//! The contract's table of a ticket's life, written again: which event may follow which, and until
//! when.

use domain::{EventKind, Reason, Role, TicketStatus};

use super::sheet::Next;
use super::{Ledger, Sold};
use crate::fault::{Checked, Fault, ensure};
use crate::kept::{HELD, is_ticket};
use crate::rows::EventRow;
use crate::town::{HOLD_SECONDS, departure, sale_closes};

impl Ledger {
    /// No seat is taken when its sale has closed, and after departure only an administrator changes
    /// a ticket. A hold may end at any time, and a seat that was reserved all the time may be paid.
    pub(super) fn check_time(&self, event: &EventRow) -> Checked {
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

    pub(super) fn follow(&mut self, event: &EventRow) -> Checked {
        use {EventKind as Kind, Reason as Why, TicketStatus as Is};
        let (id, place, step) = (event.ticket, event.place, self.step);
        let sheet = &mut self.sheets[event.route];
        if !is_ticket(id) {
            sheet.must_be_settled()?;
            let takes = self.kept.note(event)?;
            let holders = &mut sheet.holders;
            return if takes {
                holders.take(place, id, step)
            } else {
                holders.release(place, id, step)
            };
        }
        let due = sheet.take_due();
        let freed = Next::Freed { ticket: id, place, reason: event.reason };
        let freed_if_free = Next::FreedIfFree { ticket: id, place, reason: event.reason };
        match (due, event.kind) {
            (_, Kind::Available) if due == freed => return sheet.holders.release(place, id, step),
            (_, Kind::Available) if due == freed_if_free => {
                let free = !sheet.holders.is_held(place);
                return ensure(free, || "the seat is taken".to_owned());
            }
            (Next::Moved { ticket }, Kind::Reserved | Kind::Confirmed)
                if ticket == id && event.reason == Why::Changed => {}
            _ if sheet.may_leave_out(due) => {}
            _ => return Err(Fault(format!("instead of {due:?}"))),
        }
        if matches!(event.reason, Why::Booked | Why::Sold) {
            return self.sell(event);
        }
        let Some(ticket) = self.sold.get_mut(&id) else {
            return Err(Fault("of a ticket that was never sold".to_owned()));
        };
        let before = ticket.status;
        let held = before.holds_seat();
        let same_place = ticket.place == place;
        match (event.kind, event.reason) {
            (Kind::Available, Why::Changed) if held && same_place => {
                sheet.expect(Next::Moved { ticket: id });
                return sheet.holders.release(place, id, step);
            }
            (Kind::Reserved, Why::Changed) if before == Is::Reserved => {}
            (Kind::Confirmed, Why::Changed) if before == Is::Confirmed => {}
            (Kind::Confirmed, Why::Paid) if before == Is::Reserved && same_place => {}
            (Kind::Confirmed, Why::Paid)
                if before == Is::Cancelled && ticket.ended == Some(Why::Expired) && same_place => {}
            (Kind::Confirmed, Why::Confirmed) if before == Is::Reserved && same_place => {}
            // Its seat may have changed while it held none, without an event.
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
            ticket.seated_in = Some(step);
        }
        if held && matches!(event.kind, Kind::Suspended | Kind::Cancelled) {
            ticket.unseated_in = Some(step);
        }
        ticket.place = place;
        ticket.gender = event.gender;
        match event.kind {
            Kind::Reserved | Kind::Confirmed => {
                ticket.status =
                    if event.kind == Kind::Reserved { Is::Reserved } else { Is::Confirmed };
                ticket.ended = None;
                if due == (Next::Moved { ticket: id }) || !held {
                    return sheet.holders.take(place, id, step);
                }
                ensure(same_place, || "it has not left its old seat".to_owned())
            }
            Kind::Suspended => {
                ticket.status = Is::Suspended;
                sheet.holders.release(place, id, step)
            }
            Kind::Cancelled => {
                ticket.status = Is::Cancelled;
                ticket.ended = Some(event.reason);
                sheet.expect(if held { freed } else { freed_if_free });
                Ok(())
            }
            Kind::Available => Err(Fault("without a cause".to_owned())),
        }
    }

    /// A new ticket, on a free seat or on one that a hold kept for its booking.
    fn sell(&mut self, event: &EventRow) -> Checked {
        let (id, place, step) = (event.ticket, event.place, self.step);
        let status = match event.reason {
            Reason::Booked => TicketStatus::Reserved,
            _ => TicketStatus::Confirmed,
        };
        let fits = (event.kind == EventKind::Reserved) == (status == TicketStatus::Reserved);
        ensure(fits && !self.sold.contains_key(&id), || "not a new ticket".to_owned())?;
        let sheet = &mut self.sheets[event.route];
        if sheet.holders.is_held_by(place, HELD) {
            self.kept.book(event)?;
            sheet.holders.release(place, HELD, step)?;
            self.sold_from_holds.insert(id);
        }
        self.order.push(id);
        let new = Sold {
            route: event.route,
            place,
            gender: event.gender,
            status,
            booked_at: event.at,
            sold_in: step,
            seated_in: None,
            unseated_in: None,
            ended: None,
        };
        self.sold.insert(id, new);
        sheet.holders.take(place, id, step)
    }
}
