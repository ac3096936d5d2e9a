//! One row of the audit.

use jiff::Timestamp;

use super::action::Action;
use super::difference::Difference;
use super::subject::Subject;
use super::value::Fields;
use crate::{BookingId, RouteId, TicketId};

/// One row, but for who did it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audited {
    /// When, as the thing itself tells it: its rows stand in the order of its versions, whatever the
    /// clocks of the servers said. `None` where nothing is left that has a version.
    pub at: Option<Timestamp>,
    pub action: Action,
    pub subject: Subject,
    pub ticket_id: Option<TicketId>,
    pub booking_id: Option<BookingId>,
    pub route_id: Option<RouteId>,
    /// Of what has changed, how it was; `None` of what is new.
    pub before: Option<Fields>,
    /// How it is; `None` of what is gone.
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
