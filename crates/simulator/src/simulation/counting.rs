//! Counts rare events: if they no longer happen, the simulator proves less than it claims.

use std::ops::Range;

use domain::{EventKind, Reason, Role, RouteEvent, TicketStatus};

use crate::ledger::Ledger;
use crate::life::Life;
use crate::town;
use crate::trace::Trace;

/// Looks at committed events that the auditor has not noted yet.
pub(super) fn rare(trace: &mut Trace, ledger: &Ledger, events: &[RouteEvent]) {
    for event in events {
        let Some(event) = event.seat() else {
            trace.count("routes taken off the sale or put on it");
            continue;
        };
        let draft = &event.draft;
        let before = draft.ticket_id().and_then(|id| ledger.sold().get(&id.0.as_u128()));
        let route = town::route_number(event.route_id.0.as_u128()).unwrap_or_default();
        let stop = draft.segment.from().as_usize();
        let (at, left) = (draft.at.as_millisecond(), town::departure(route, stop));
        match (draft.kind, draft.reason) {
            (EventKind::Cancelled, Reason::Expired) if at >= left => {
                trace.count("holds that expired after departure");
            }
            (EventKind::Cancelled, _) if at >= left => {
                trace.count("cancelled after departure");
            }
            (EventKind::Confirmed, Reason::Sold)
                if at >= town::sale_closes(Role::Customer, route, stop) =>
            {
                trace.count("sold by staff alone");
            }
            _ => {}
        }
        match (draft.kind, draft.reason, before.map(|sold| sold.status)) {
            (EventKind::Cancelled, Reason::Expired, _) => {
                trace.count("holds that expired");
            }
            (EventKind::Confirmed, Reason::Paid, Some(TicketStatus::Cancelled)) => {
                trace.count("payments that won their seat back");
            }
            _ => {}
        }
    }
}

/// Stops that a bus has left within a time, which is in milliseconds since 1970.
pub(super) fn departures(trace: &mut Trace, within: Range<i64>) {
    let gone = |(route, stop): &(usize, usize)| within.contains(&town::departure(*route, *stop));
    let stops = (0..town::ROUTES).flat_map(|route| (0..town::LEGS).map(move |leg| (route, leg)));
    trace.add("departures", stops.filter(gone).count() as u64);
}

/// The counts of a life of the process that is over.
pub(super) fn life(trace: &mut Trace, life: &Life) {
    let watching = &life.watching;
    trace.add("pages read for the slow", watching.hub.stats().pages);
    for (what, times) in watching.sessions.tally() {
        trace.add(what, times);
    }
}
