//! `audit`: rows are added, in the order of the changes.

use domain::audit::{Fields, Subject};
use store::{AuditRow, fields_json};
use uuid::Uuid;

use crate::batch::{Batch, column};
use crate::column::at;

const INSERT: &str = "INSERT INTO audit (at, actor, actor_id, action, subject, subject_id, ticket_id, \
     booking_id, route_id, request_id, before, after) \
     SELECT n.at, n.actor, n.actor_id, n.action, n.subject, n.subject_id, n.ticket_id, n.booking_id, \
     n.route_id, n.request_id, n.before::json, n.after::json \
     FROM unnest($1::timestamptz[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::uuid[], \
     $7::uuid[], $8::uuid[], $9::uuid[], $10::text[], $11::text[], $12::text[]) WITH ORDINALITY \
     AS n (at, actor, actor_id, action, subject, subject_id, ticket_id, booking_id, route_id, \
     request_id, before, after, line) ORDER BY n.line";

pub(super) fn insert<'a>(batch: &mut Batch<'a>, rows: &'a [AuditRow]) {
    if rows.is_empty() {
        return;
    }
    let rows: Vec<&AuditRow> = rows.iter().collect();
    let json = |fields: &Option<Fields>| fields.as_ref().map(fields_json);
    batch.add(
        INSERT,
        vec![
            column(&rows, |row| at(row.at)),
            column(&rows, |row| row.actor.as_str()),
            column(&rows, |row| row.actor.user_id().map(|id| id.0)),
            column(&rows, |row| row.audited.action.as_str()),
            column(&rows, |row| row.audited.subject.kind()),
            column(&rows, subject_id),
            column(&rows, |row| row.audited.ticket_id.map(|id| id.0)),
            column(&rows, |row| row.audited.booking_id.map(|id| id.0)),
            column(&rows, |row| row.audited.route_id.map(|id| id.0)),
            column(&rows, |row| row.request_id.as_deref()),
            column(&rows, |row| json(&row.audited.before)),
            column(&rows, |row| json(&row.audited.after)),
        ],
    );
}

/// `None` where another column has the subject.
fn subject_id(row: &AuditRow) -> Option<Uuid> {
    match row.audited.subject {
        Subject::Ticket(_) | Subject::Booking(_) | Subject::Route(_) => None,
        other => other.id(),
    }
}
