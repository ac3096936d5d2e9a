//! A row of the audit, as JSON and as a line of CSV.

use http::HeaderValue;
use serde::Serialize;
use serde_json::value::RawValue;
use store::{AuditActor, AuditEntry};
use utoipa::ToSchema;
use uuid::Uuid;

use super::scalar::{RoleWord, Time, Word};

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AuditRow)]
pub(crate) struct AuditBody {
    at: Time,
    actor: AuditActorBody,
    /// `booked`, `sold`, `paid`, `confirmed`, `moved`, `suspended`, `cancelled`, `refunded`,
    /// `expired`, `held`, `extended`, `released`, `blocked`, `lifted`, `delayed`, `created`,
    /// `changed`, `deleted`, `disabled`, `enabled`, `password_changed`, `token_given`,
    /// `token_revoked`, `read`.
    action: String,
    subject: AuditSubjectBody,
    #[serde(skip_serializing_if = "Option::is_none")]
    ticket_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    booking_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    route_id: Option<Uuid>,
    /// Null for what the program did by itself.
    request_id: Option<String>,
    /// The fields that have changed, as they were, and `updatedAt`: the version that was changed. A
    /// personal value is `"***"`.
    #[schema(value_type = Option<Object>)]
    before: Option<Box<RawValue>>,
    /// The fields that have changed, as they are now; for something new, all fields.
    #[schema(value_type = Option<Object>)]
    after: Option<Box<RawValue>>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditActor)]
pub(crate) struct AuditActorBody {
    /// `USER`, `GUEST` or `SYSTEM`.
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(inline)]
    role: Option<RoleWord>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditSubject)]
pub(crate) struct AuditSubjectBody {
    /// `TICKET`, `BOOKING`, `HOLD`, `BLOCK`, `ROUTE`, `BUS`, `SEAT_LAYOUT`, `BUS_FEATURE`,
    /// `STATION`, `USER`; `TICKETS` or `USERS` for a list that was read, whose ids are in `after`.
    #[serde(rename = "type")]
    kind: String,
    /// Null for a list.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Uuid>,
}

impl From<AuditEntry> for AuditBody {
    fn from(entry: AuditEntry) -> Self {
        let (kind, id, role) = actor(entry.actor);
        // The store wrote it as JSON; if the file is damaged, the field is empty and the answer
        // does not fail.
        let raw = |json: Option<String>| json.and_then(|json| RawValue::from_string(json).ok());
        Self {
            at: Time(entry.at),
            actor: AuditActorBody { kind, id, role },
            action: entry.action,
            subject: AuditSubjectBody { kind: entry.subject_kind, id: entry.subject_id },
            ticket_id: entry.ticket_id.map(|id| id.0),
            booking_id: entry.booking_id.map(|id| id.0),
            route_id: entry.route_id.map(|id| id.0),
            request_id: entry.request_id,
            before: raw(entry.before),
            after: raw(entry.after),
        }
    }
}

fn actor(actor: AuditActor) -> (&'static str, Option<Uuid>, Option<RoleWord>) {
    match actor {
        AuditActor::User(id, role) => ("USER", Some(id.0), Some(Word(role))),
        AuditActor::Guest => ("GUEST", None, None),
        AuditActor::System => ("SYSTEM", None, None),
    }
}

pub(crate) const TEXT_CSV: HeaderValue = HeaderValue::from_static("text/csv; charset=utf-8");

const COLUMNS: [&str; 13] = [
    "at",
    "actorType",
    "actorId",
    "actorRole",
    "action",
    "subjectType",
    "subjectId",
    "ticketId",
    "bookingId",
    "routeId",
    "requestId",
    "before",
    "after",
];

/// RFC 4180, with a header line.
pub(crate) fn csv(entries: Vec<AuditEntry>) -> Result<Vec<u8>, csv::Error> {
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(vec![]);
    writer.write_record(COLUMNS)?;
    for entry in entries {
        let (kind, actor_id, role) = actor(entry.actor);
        let id = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
        writer.write_record(
            [
                Time(entry.at).to_string(),
                kind.to_owned(),
                id(actor_id),
                role.map(|Word(role)| role.as_str().to_owned()).unwrap_or_default(),
                entry.action,
                entry.subject_kind,
                id(entry.subject_id),
                id(entry.ticket_id.map(|id| id.0)),
                id(entry.booking_id.map(|id| id.0)),
                id(entry.route_id.map(|id| id.0)),
                entry.request_id.unwrap_or_default(),
                entry.before.unwrap_or_default(),
                entry.after.unwrap_or_default(),
            ]
            .map(harmless),
        )?;
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

/// A spreadsheet reads a cell that begins like a formula as one, whoever wrote it: after an
/// apostrophe it is a text.
fn harmless(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) { format!("'{cell}") } else { cell }
}

#[cfg(test)]
mod tests {
    use domain::{Role, UserId};

    use super::*;

    fn entry() -> AuditEntry {
        AuditEntry {
            at: jiff::Timestamp::UNIX_EPOCH,
            actor: AuditActor::User(UserId(Uuid::nil()), Role::Agent),
            action: "sold".to_owned(),
            subject_kind: "STATION".to_owned(),
            subject_id: Some(Uuid::nil()),
            ticket_id: None,
            booking_id: None,
            route_id: None,
            request_id: None,
            before: None,
            after: Some(r#"{"name":"A, \"B\""}"#.to_owned()),
        }
    }

    #[test]
    fn a_line_is_read_as_it_was_written() {
        let text = String::from_utf8(csv(vec![entry(), entry()]).unwrap()).unwrap();
        let lines: Vec<_> = text.split("\r\n").collect();
        assert_eq!(lines.len(), 4, "{text}");
        assert_eq!(lines[0], COLUMNS.join(","));
        let nil = Uuid::nil();
        let line = format!(
            "1970-01-01T00:00:00.000Z,USER,{nil},AGENT,sold,STATION,{nil},,,,,,{}",
            r#""{""name"":""A, \""B\""""}""#
        );
        assert_eq!((lines[1], lines[2], lines[3]), (line.as_str(), line.as_str(), ""));
    }

    #[test]
    fn no_cell_is_a_formula() {
        for cell in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"] {
            let entry = AuditEntry { request_id: Some(cell.to_owned()), ..entry() };
            let text = String::from_utf8(csv(vec![entry]).unwrap()).unwrap();
            assert!(text.contains(&format!("'{cell}")), "{text}");
        }
        assert_eq!(harmless("{\"a\": -1}".to_owned()), "{\"a\": -1}");
    }
}
