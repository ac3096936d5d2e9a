//! What is counted because it is rare: if it no longer happens, the simulator proves less than it says.

use domain::{EventKind, Reason, Role, RouteEvent, TicketStatus};

use super::Simulation;
use crate::town;

impl Simulation {
    /// Looks at events that have been committed and that the auditor has yet to note.
    pub(super) fn count_rare(&mut self, events: &[RouteEvent]) {
        for event in events {
            let Some(event) = event.seat() else {
                self.trace.count("routes taken off the sale or put on it");
                continue;
            };
            let draft = &event.draft;
            let before =
                draft.ticket_id().and_then(|id| self.auditor.ledger().sold().get(&id.0.as_u128()));
            let route = town::route_number(event.route_id.0.as_u128()).unwrap_or_default();
            let stop = draft.segment.from().as_usize();
            let (at, left) = (draft.at.as_millisecond(), town::departure(route, stop));
            match (draft.kind, draft.reason) {
                (EventKind::Cancelled, Reason::Expired) if at >= left => {
                    self.trace.count("holds that expired after departure");
                }
                (EventKind::Cancelled, _) if at >= left => {
                    self.trace.count("cancelled after departure");
                }
                (EventKind::Confirmed, Reason::Sold)
                    if at >= town::sale_closes(Role::Customer, route, stop) =>
                {
                    self.trace.count("sold by staff alone");
                }
                _ => {}
            }
            match (draft.kind, draft.reason, before.map(|sold| sold.status)) {
                (EventKind::Cancelled, Reason::Expired, _) => {
                    self.trace.count("holds that expired");
                }
                (EventKind::Confirmed, Reason::Paid, Some(TicketStatus::Cancelled)) => {
                    self.trace.count("payments that won their seat back");
                }
                _ => {}
            }
        }
    }

    /// Stops that a bus has left since the beginning.
    pub(super) fn count_departures(&mut self) {
        let now = self.life.now_millis();
        let gone = |(route, stop): &(usize, usize)| {
            (self.dawn..now).contains(&town::departure(*route, *stop))
        };
        let stops =
            (0..town::ROUTES).flat_map(|route| (0..town::LEGS).map(move |leg| (route, leg)));
        self.trace.add("departures", stops.filter(gone).count() as u64);
    }

    /// What a life of the process that is over has counted itself.
    pub(super) fn count_life(&mut self) {
        let watching = &self.life.watching;
        self.trace.add("pages read for the slow", watching.hub.stats().pages);
        for (what, times) in watching.sessions.tally() {
            self.trace.add(what, times);
        }
    }
}
