//! The rows of the audit, read and checked.
//!
//! A row of a ticket has the version before and the version after. So the rows of a ticket are
//! exactly one for each of its changes if they are a chain, from nothing to the version that is
//! stored: a change without a row breaks it, and so does a row without a change.

use domain::{Ticket, TicketId, Version};
use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::contract::everything::EVERYTHING;
use crate::{AuditEntry, AuditFilter, Page, Paged, Store};

pub(crate) async fn read(store: &dyn Store, filter: AuditFilter, page: Page) -> Paged<AuditEntry> {
    store.audit(filter, page).await.unwrap()
}

/// Oldest first.
pub(crate) async fn rows(store: &dyn Store, filter: AuditFilter) -> Vec<AuditEntry> {
    let found = read(store, filter, EVERYTHING).await;
    assert_eq!(found.items.len() as u64, found.total, "the whole trail was read");
    found.items.into_iter().rev().collect()
}

pub(crate) fn of_ticket(id: TicketId) -> AuditFilter {
    AuditFilter { ticket_id: Some(id), ..AuditFilter::default() }
}

pub(crate) fn object(json: Option<&str>) -> Option<Map<String, Value>> {
    json.map(|json| serde_json::from_str(json).unwrap())
}

/// The version that a row begins with.
fn was(before: &Map<String, Value>) -> Version {
    let updated_at: Timestamp = before["updatedAt"].as_str().unwrap().parse().unwrap();
    Version::of(updated_at)
}

/// Panics unless a ticket has one row for each of its changes, and the rows lead to what is stored.
pub async fn must_tell(store: &dyn Store, ticket: &Ticket) {
    let rows = rows(store, of_ticket(ticket.id)).await;
    let told = follow(&rows, ticket, None);
    for (name, stored) in stored(ticket) {
        assert_eq!(told[name], stored, "{name}: {rows:#?}");
    }
}

/// The same where the oldest rows are gone: the rest must be one row for each of its last changes.
pub async fn must_tell_the_end(store: &dyn Store, ticket: &Ticket) {
    let rows = rows(store, of_ticket(ticket.id)).await;
    let Some(first) = rows.iter().find(|row| row.action != "read") else { return };
    let told = follow(&rows, ticket, object(first.before.as_deref()));
    for (name, stored) in stored(ticket) {
        assert!(told.get(name).is_none_or(|told| *told == stored), "{name}: {rows:#?}");
    }
}

fn stored(ticket: &Ticket) -> [(&'static str, Value); 3] {
    [
        ("status", Value::from(ticket.status.as_str())),
        ("paymentStatus", Value::from(ticket.payment_status.as_str())),
        ("seatNumber", Value::from(ticket.seat.get())),
    ]
}

/// From one row to the next, up to what is stored; returns what they say together. `gone`: the
/// ticket before the first of them, if older rows are gone.
fn follow(
    rows: &[AuditEntry],
    ticket: &Ticket,
    gone: Option<Map<String, Value>>,
) -> Map<String, Value> {
    let is_whole = gone.is_none();
    let mut at = gone.as_ref().map(was);
    let mut told = gone.unwrap_or_default();
    for row in rows.iter().filter(|row| row.action != "read") {
        let (before, after) = (object(row.before.as_deref()), object(row.after.as_deref()));
        let after = after.unwrap_or_else(|| panic!("a ticket is never gone: {row:?}"));
        assert_eq!(before.as_ref().map(was), at, "one row follows from another: {rows:#?}");
        for (name, value) in before.iter().flatten().filter(|(name, _)| *name != "updatedAt") {
            let Some(known) = told.get(name).or(is_whole.then_some(&Value::Null)) else { continue };
            assert_eq!(known, value, "{name} was so: {rows:#?}");
        }
        at = Some(Version::of(row.at));
        told.extend(after);
        assert_eq!((row.subject_id, row.booking_id), (Some(ticket.id.0), Some(ticket.booking_id)));
        assert_eq!(row.route_id, Some(ticket.route_id));
    }
    assert_eq!(at, Some(Version::of(ticket.updated_at)), "up to what is stored: {rows:#?}");
    told
}
