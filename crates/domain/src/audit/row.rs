//! One row of the audit.

use jiff::Timestamp;

use super::action::Action;
use super::difference::Difference;
use super::subject::Subject;
use super::value::Fields;
use crate::{BookingId, RouteId, TicketId};

/// One row, without its actor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audited {
    /// When, by the thing's own version: its rows stand in the order of its versions, even if the
    /// servers' clocks differ. `None` where nothing with a version is left.
    pub at: Option<Timestamp>,
    pub action: Action,
    pub subject: Subject,
    pub ticket_id: Option<TicketId>,
    pub booking_id: Option<BookingId>,
    pub route_id: Option<RouteId>,
    /// The old values of what has changed; `None` for what is new.
    pub before: Option<Fields>,
    /// The new values; `None` for what is gone.
    pub after: Option<Fields>,
}

impl Audited {
    pub(super) fn about(subject: Subject, difference: Difference) -> Self {
        let Difference { at, action, before, after } = difference;
        let alone = Self {
            at,
            action,
            subject,
            ticket_id: None,
            booking_id: None,
            route_id: None,
            before,
            after,
        };
        match subject {
            Subject::Booking(id) => Self { booking_id: Some(id), ..alone },
            Subject::Route(id) => Self { route_id: Some(id), ..alone },
            Subject::Ticket(id) => Self { ticket_id: Some(id), ..alone },
            _ => alone,
        }
    }
}
