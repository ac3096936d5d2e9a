//! Negative controls: one wrong thing each, put into an otherwise sound house. An auditor that does
//! not see it is no auditor.

use std::sync::{Arc, Weak};

use domain::RouteEvent;
use parking_lot::Mutex;
use rooms::{Encoding, Offset, Viewer};
use rusqlite::Connection;

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
}

impl Mutation {
    /// All of them.
    pub const ALL: [Self; 14] = [
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
                    let offset = Offset::Position(update.position);
                    viewer.send(wire::change_frame(update, *encoding, &offset));
                }
            }
        }
    }
}

/// The table as it is, but for its key.
pub(crate) fn forget_the_key(connection: &Connection) -> Checked {
    connection.execute_batch(
        "DROP TABLE seat_legs;
         CREATE TABLE seat_legs (
             route_id BLOB NOT NULL, seat_number INTEGER NOT NULL,
             leg INTEGER NOT NULL, holder_id BLOB NOT NULL,
             holder_kind INTEGER NOT NULL DEFAULT 0
         ) STRICT;",
    )?;
    Ok(())
}

/// Every hold that has expired is one again, and due. The facet goes along with the status, or the
/// database would notice by itself.
pub(crate) fn undo_expiries(connection: &Connection) -> Checked {
    connection.execute_batch(
        "UPDATE tickets SET status = 'RESERVED', facet = facet - 27, cancel_cause = NULL, \
         expires_at = created_at WHERE cancel_cause = 'EXPIRED';
         WITH RECURSIVE legs (leg) AS (SELECT 0 UNION ALL SELECT leg + 1 FROM legs WHERE leg < 99) \
         INSERT OR IGNORE INTO seat_legs (route_id, seat_number, leg, holder_id) \
         SELECT route_id, seat_number, leg, id FROM tickets JOIN legs \
         ON leg >= from_stop_index AND leg < to_stop_index WHERE status = 'RESERVED';",
    )?;
    Ok(())
}

/// Every bus leaves an hour later, says the database.
pub(crate) fn delay_departures(connection: &Connection) -> Checked {
    connection.execute_batch("UPDATE stops SET time = time + 3600000;")?;
    Ok(())
}

/// One event further.
pub(crate) fn too_far(offset: Offset) -> Offset {
    match offset {
        Offset::Position(position) => Offset::Position(position + 1),
        Offset::Cursors { given, mut cursors } => {
            cursors.iter_mut().for_each(|(_, seq)| *seq += 1);
            Offset::Cursors { given, cursors }
        }
    }
}
