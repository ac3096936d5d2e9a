//! What the negative controls do to the database and to the groups that are sent.

use domain::RouteEvent;
use rooms::{Offset, Progress};
use rusqlite::Connection;
use store::metrics::KnownAt;
use store::{CommittedGroup, GroupId, GroupNumber};

use crate::fault::Checked;
use crate::mutation::Mutation;

/// What is wrong with the database from the beginning.
pub(crate) fn prepare(mutation: Option<Mutation>, connection: &Connection) -> Checked {
    let sql = match mutation {
        // The table as it is, but without its key.
        Some(Mutation::SellTwice) => {
            "DROP TABLE seat_legs;
             CREATE TABLE seat_legs (
                 route_id BLOB NOT NULL, seat_number INTEGER NOT NULL,
                 leg INTEGER NOT NULL, holder_id BLOB NOT NULL,
                 holder_kind INTEGER NOT NULL DEFAULT 0
             ) STRICT;"
        }
        Some(Mutation::LeaveLate) => "UPDATE stops SET time = time + 3600000;",
        Some(Mutation::SpellPassports) => {
            "CREATE TRIGGER spell AFTER INSERT ON tickets WHEN NEW.passport_number IS NOT NULL
             BEGIN
                 UPDATE tickets SET passport_number = lower(NEW.passport_number) || ' '
                 WHERE id = NEW.id;
             END;"
        }
        Some(Mutation::MiscountShares) => {
            "CREATE TRIGGER miscount AFTER INSERT ON payment_shares WHEN (SELECT count(*) \
                 FROM payment_shares WHERE payment_id = NEW.payment_id) = 2
             BEGIN
                 UPDATE payment_shares SET amount = amount + 1
                 WHERE payment_id = NEW.payment_id AND ticket_id = NEW.ticket_id;
             END;"
        }
        Some(Mutation::MixUpPayers) => {
            "CREATE TRIGGER mix_up AFTER INSERT ON payments WHEN NEW.method = 'CARD'
             BEGIN
                 UPDATE payments SET paid_by_id = (SELECT id FROM users WHERE id <> NEW.paid_by_id)
                 WHERE id = NEW.id;
             END;"
        }
        _ => return Ok(()),
    };
    Ok(connection.execute_batch(sql)?)
}

/// The fault after each commit.
pub(crate) fn tamper(mutation: Option<Mutation>, connection: &Connection) -> Checked {
    let sql = match mutation {
        // Every expired reservation becomes one again, and due. The facet changes with the status,
        // or the database would notice by itself.
        Some(Mutation::EndHoldsTwice) => {
            "UPDATE tickets SET status = 'RESERVED', facet = facet - 27, cancel_cause = NULL, \
             expires_at = created_at WHERE cancel_cause = 'EXPIRED';
             WITH RECURSIVE legs (leg) AS \
             (SELECT 0 UNION ALL SELECT leg + 1 FROM legs WHERE leg < 99) \
             INSERT OR IGNORE INTO seat_legs (route_id, seat_number, leg, holder_id) \
             SELECT route_id, seat_number, leg, id FROM tickets JOIN legs \
             ON leg >= from_stop_index AND leg < to_stop_index WHERE status = 'RESERVED';"
        }
        Some(Mutation::BreakTheChain) => {
            "UPDATE groups SET id = randomblob(16) \
             WHERE number = (SELECT max(number) FROM groups);"
        }
        Some(Mutation::ForgetKeys) => "DELETE FROM idempotency_keys;",
        Some(Mutation::KeepOtherAnswers) => {
            "UPDATE idempotency_keys SET content = x'00' WHERE content IS NOT NULL;"
        }
        _ => return Ok(()),
    };
    Ok(connection.execute_batch(sql)?)
}

/// One event further.
pub(crate) fn too_far(Offset { epoch, progress }: Offset) -> Offset {
    let progress = match progress {
        Progress::Position(position) => Progress::Position(position + 1),
        Progress::Cursors { given, mut cursors } => {
            cursors.iter_mut().for_each(|(_, seq)| *seq += 1);
            Progress::Cursors { given, cursors }
        }
    };
    Offset { epoch, progress }
}

/// The group that is sent for these events, with any commit.
pub(crate) fn untimely(
    committed: Option<CommittedGroup>,
    events: Vec<RouteEvent>,
) -> Option<CommittedGroup> {
    let (number, id) = (GroupNumber::START, GroupId::default());
    let uncommitted = CommittedGroup {
        number,
        id,
        id_before: id,
        place_before: 0,
        last_place: 0,
        events: vec![],
        known_at: KnownAt::default(),
    };
    let group = committed.unwrap_or(uncommitted);
    (!events.is_empty()).then_some(CommittedGroup { events, ..group })
}
