//! Negative controls: one wrong thing each, put into an otherwise sound house. An auditor that does
//! not see it is no auditor.

use std::sync::{Arc, Weak};

use domain::RouteEvent;
use parking_lot::Mutex;
use rooms::{Encoding, Offset, Progress, Viewer};
use rusqlite::Connection;
use store::{CommittedGroup, GroupId, GroupNumber};

use crate::fault::Checked;
use crate::town::{room, route_number};
use crate::wire;

/// What is done wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutation {
    /// Viewers are told of a group's events before its commit, and even when that fails.
    TellBeforeCommit,
    /// Viewers are told of a route's changes before their commit, and even when that fails.
    TellChangesBeforeCommit,
    /// A route's changes are never written to anybody.
    SkipChanges,
    /// Viewers are told of a route's changes at once, instead of at their place in the stream.
    MisplaceChanges,
    /// Every few events one is never written to anybody.
    SkipAnEvent,
    /// Every few events one is written twice.
    TellTwice,
    /// A crash takes back the last group that was acknowledged.
    ForgetAtCrash,
    /// A snapshot is sent at once instead of at its place in the stream.
    MisplaceSnapshots,
    /// A hold that has expired is a hold again.
    EndHoldsTwice,
    /// The key that forbids to sell a leg twice is gone.
    SellTwice,
    /// The provider says that it gave the money back, and kept it.
    KeepTheMoney,
    /// Seats are sold by a timetable on which every bus leaves an hour later than it does.
    LeaveLate,
    /// A subscription is confirmed to a client that may come back, and then written down.
    ConfirmBeforeWriting,
    /// A client that comes back is taken to have received one event more than it has.
    TakeOffsetsTooFar,
    /// Of a booking there and back the way back is dropped.
    LoseTheReturn,
    /// What stands under a key is not written down.
    ForgetKeys,
    /// What stands under a key is not what was answered.
    KeepOtherAnswers,
    /// The house's neighbour rule is not kept.
    ForgetTheRule,
    /// Of a payment for several tickets one share is written down as more than it is.
    MiscountShares,
    /// A payment for several tickets is noted as another's.
    MixUpPayers,
    /// A group's row bears another id than it was told under.
    BreakTheChain,
}

impl Mutation {
    /// All of them.
    pub const ALL: [Self; 21] = [
        Self::TellBeforeCommit,
        Self::TellChangesBeforeCommit,
        Self::SkipChanges,
        Self::MisplaceChanges,
        Self::SkipAnEvent,
        Self::TellTwice,
        Self::ForgetAtCrash,
        Self::MisplaceSnapshots,
        Self::EndHoldsTwice,
        Self::SellTwice,
        Self::KeepTheMoney,
        Self::LeaveLate,
        Self::ConfirmBeforeWriting,
        Self::TakeOffsetsTooFar,
        Self::LoseTheReturn,
        Self::ForgetKeys,
        Self::KeepOtherAnswers,
        Self::ForgetTheRule,
        Self::MiscountShares,
        Self::MixUpPayers,
        Self::BreakTheChain,
    ];
}

/// Viewers that are told of changes at once: as a request's own task would, past the log.
#[derive(Clone, Default)]
pub(crate) struct Misplaced(Arc<Mutex<Vec<Told>>>);

type Told = (Weak<Viewer>, Encoding);

impl Misplaced {
    pub(crate) fn watch(&self, viewer: &Arc<Viewer>, encoding: Encoding) {
        self.0.lock().push((Arc::downgrade(viewer), encoding));
    }

    pub(crate) fn tell_at_once(&self, events: &[RouteEvent]) {
        let viewers = self.0.lock().clone();
        for event in events {
            let RouteEvent::Update(update) = event else { continue };
            let route = route_number(update.route_id.0.as_u128()).unwrap_or(usize::MAX);
            for (viewer, encoding) in &viewers {
                if let Some(viewer) = viewer.upgrade()
                    && viewer.cursor(&room(route), 0).is_some()
                {
                    let offset = Offset::position(0, update.position);
                    viewer.send(wire::change_frame(update, *encoding, &offset));
                }
            }
        }
    }
}

/// What is wrong with the database from the beginning.
pub(crate) fn prepare(mutation: Option<Mutation>, connection: &Connection) -> Checked {
    let sql = match mutation {
        // The table as it is, but for its key.
        Some(Mutation::SellTwice) => {
            "DROP TABLE seat_legs;
             CREATE TABLE seat_legs (
                 route_id BLOB NOT NULL, seat_number INTEGER NOT NULL,
                 leg INTEGER NOT NULL, holder_id BLOB NOT NULL,
                 holder_kind INTEGER NOT NULL DEFAULT 0
             ) STRICT;"
        }
        Some(Mutation::LeaveLate) => "UPDATE stops SET time = time + 3600000;",
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

/// What is done wrong after each commit.
pub(crate) fn tamper(mutation: Option<Mutation>, connection: &Connection) -> Checked {
    let sql = match mutation {
        // Every reservation that has expired is one again, and due. The facet goes along with the
        // status, or the database would notice by itself.
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

/// What is told of a group that tells these events, whatever it committed.
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
    };
    let group = committed.unwrap_or(uncommitted);
    (!events.is_empty()).then_some(CommittedGroup { events, ..group })
}
