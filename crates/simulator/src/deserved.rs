//! Whether an answer was right: a seat only while its sale is open, a refusal only for a true
//! reason.
//!
//! A decision is made at some moment between the request and the answer. So a fact that held all
//! that time must have been seen, and one that never held must not.

use domain::Refusal;

use crate::auditor::Auditor;
use crate::books::Books;
use crate::fault::{Checked, Fault, ensure};
use crate::ledger::Ledger;
use crate::question::Question;
use crate::request::{Anywhere, Wanted};
use crate::town::departure;

impl Question {
    /// It was done: then it was not too late at the time of the request.
    pub(crate) fn deserved_yes(&self, ledger: &Ledger, books: &Books) -> Checked {
        let is_over = |at: &i64| *at <= self.at;
        ensure(!self.sells() || !self.closes_at(ledger, books).iter().any(is_over), || {
            "sold when the sale had closed".to_owned()
        })?;
        self.deserved_seats(ledger, books)?;
        // Of several tickets, those that have not left yet are changed or paid.
        let leaves_at = self.leaves_at(ledger, books);
        let was_too_late = !leaves_at.is_empty() && leaves_at.iter().all(is_over);
        ensure(!self.has_until_departure() || !was_too_late, || {
            "changed or paid when the bus had left".to_owned()
        })
    }

    /// It was refused, and it is `now`.
    pub(crate) fn deserved_no(&self, refusal: &Refusal, now: i64, auditor: &Auditor) -> Checked {
        let (ledger, books) = (auditor.ledger(), auditor.books());
        let is_due = |at: &i64| *at <= now;
        match refusal {
            Refusal::OnReturn(refusal) => self.deserved_no(refusal, now, auditor),
            Refusal::SeatTaken => self.deserved_taken(ledger, books),
            Refusal::NotEnoughSeats => self.deserved_full(auditor),
            Refusal::NeighbourRule { .. } => {
                let routes = self.from(ledger, books);
                let was_kept = routes.iter().any(|(route, _)| auditor.was_ruled(*route, self.step));
                ensure(was_kept && !self.request.insists, || {
                    "refused beside a stranger where any passenger may sit".to_owned()
                })
            }
            Refusal::PassengerAlreadyBooked { seat } => self.deserved_booked(*seat, ledger, books),
            Refusal::ReturnBeforeArrival => self.deserved_before_arrival(),
            Refusal::RouteInactive => {
                let routes = self.from(ledger, books);
                let was_off =
                    routes.iter().any(|(route, _)| ledger.was_ever(*route, false, self.step));
                ensure(routes.is_empty() || was_off, || {
                    "refused as not on sale while it was".to_owned()
                })
            }
            Refusal::TooLate => {
                let may = self.changes_at_any_time();
                ensure(!may && self.closes_at(ledger, books).iter().any(is_due), || {
                    "refused as too late while the sale was open".to_owned()
                })
            }
            Refusal::AfterDeparture => {
                let may = !self.has_until_departure();
                ensure(!may && self.leaves_at(ledger, books).iter().any(is_due), || {
                    "refused as after a departure that has not been".to_owned()
                })
            }
            Refusal::TicketNotFound | Refusal::BookingNotFound if self.request.shows_wrong_pair => {
                Ok(())
            }
            Refusal::Invalid(errors) => Err(Fault(format!("a good form was refused: {errors}"))),
            Refusal::RouteNotFound
            | Refusal::TicketNotFound
            | Refusal::BookingNotFound
            | Refusal::UserNotFound
            | Refusal::PaymentNotFound
            | Refusal::HoldNotFound
            | Refusal::HoldElsewhere
            | Refusal::BlockNotFound
            | Refusal::TooManySeats { .. }
            | Refusal::PnrsExhausted => Err(Fault(format!("refused: {refusal}"))),
            _ => Ok(()),
        }
    }

    fn deserved_taken(&self, ledger: &Ledger, books: &Books) -> Checked {
        let was_closed = self.closes_at(ledger, books).iter().any(|at| *at <= self.at);
        ensure(!self.sells() || !was_closed, || {
            "refused as taken, and the sale had closed before".to_owned()
        })?;
        let wanted = &self.request.wanted;
        ensure(!self.sells() || !wanted.is_empty(), || {
            "refused as taken, and whatever is free was wanted".to_owned()
        })?;
        let was_taken =
            |wanted: &Wanted| ledger.was_taken_since(wanted.route, wanted.place, self.step);
        ensure(wanted.is_empty() || wanted.iter().any(was_taken), || {
            format!("refused, though {wanted:?} were free all the time")
        })
    }

    /// Where a rule forbids some of the seats, the rule's own tests check how many would do.
    fn deserved_full(&self, auditor: &Auditor) -> Checked {
        let is_full = |anywhere: &Anywhere| {
            let Anywhere { route, from, to, travellers } = *anywhere;
            let wanted = &self.request.wanted;
            let named = wanted.iter().filter(|wanted| wanted.route == route).count();
            let free = auditor.ledger().free_since(route, (from, to), self.step);
            free < travellers + named
                || (auditor.was_ruled(route, self.step) && !self.request.insists)
        };
        ensure(self.request.anywhere.iter().any(is_full), || {
            "refused for want of seats, and there were enough all the time".to_owned()
        })
    }

    fn deserved_before_arrival(&self) -> Checked {
        let request = &self.request;
        let wanted = request.wanted.iter();
        let wanted = wanted.map(|Wanted { route, place }| (*route, place.from, place.to));
        let anywhere = request.anywhere.iter();
        let anywhere = anywhere.map(|Anywhere { route, from, to, .. }| (*route, *from, *to));
        let runs: Vec<_> = wanted.chain(anywhere).collect();
        let is_before = |(route, _, to): &(usize, usize, usize)| {
            let arrival = departure(*route, *to);
            runs.iter().any(|(other, from, _)| departure(*other, *from) <= arrival)
        };
        ensure(runs.iter().any(is_before), || "refused though it leaves later".to_owned())
    }
}
