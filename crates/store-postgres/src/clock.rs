//! The clock: the one lock that every group of writes takes before it reads what it decides on.
//!
//! Invariant: of all processes on this database, only the one that has it decides, until its
//! commit. It is taken in a statement of its own, and the facts are read in later ones: a statement
//! that waited for the lock and then read would see the database as it was before the wait.
//!
//! A process that stalls while it has the clock stops all sales. So every wait inside is bounded,
//! and a process that has waited a second for the clock ends a holder that does nothing.

use jiff::Timestamp;
use uuid::Uuid;

use crate::column::{at, count, get, time};
use crate::db::{Db, SETTINGS};
use crate::fault::Result;

/// The number of the lock. Drawn once, so that other programs on the same database have other
/// numbers.
pub(crate) const LOCK: i64 = 0x5ea7_c10c;

/// Begins a group. All settings are for this transaction alone: with a pooler, the next one may be
/// on another connection.
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED, READ WRITE; \
     SET LOCAL lock_timeout = '1s'; SET LOCAL statement_timeout = '5s'; \
     SET LOCAL idle_in_transaction_session_timeout = '5s'; \
     SET LOCAL client_connection_check_interval = '1s'";

/// Ends a holder that has done nothing for a second, unless it waits for a standby: that is not its
/// fault, and its group would only be tried again. One whose statement runs has as long as a
/// statement may take: on a slow disk two nodes would end each other's groups, and neither sell.
const END_STALLED: &str = "SELECT pg_terminate_backend(a.pid) FROM pg_locks l \
     JOIN pg_stat_activity a ON a.pid = l.pid \
     WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 \
     AND l.classid = ($1::bigint >> 32)::int::oid AND l.objid = ($1::bigint & 4294967295)::oid \
     AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) \
     AND a.pid <> pg_backend_pid() AND a.wait_event IS DISTINCT FROM 'SyncRep' \
     AND greatest(a.state_change, a.query_start) < clock_timestamp() - interval '1 second' \
     AND (a.state <> 'active' OR a.query_start < clock_timestamp() - interval '5 seconds')";

/// The newest group, which the next one continues, and what time it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Head {
    pub(crate) number: u64,
    pub(crate) last_place: u64,
    pub(crate) id: Uuid,
    /// Not before the newest group's time, even if the machine's clock is behind.
    pub(crate) now: Timestamp,
}

/// Begins a transaction and waits for the clock.
pub(crate) async fn take(db: Db<'_>) -> Result<()> {
    db.batch(&format!("{BEGIN}; {SETTINGS}; SELECT pg_advisory_xact_lock({LOCK})")).await
}

/// Read when the clock was taken.
pub(crate) async fn head(db: Db<'_>) -> Result<Head> {
    let row = db
        .one(
            "SELECT number, last_place, id, greatest(at, clock_timestamp()) AS now FROM groups \
             ORDER BY number DESC LIMIT 1",
            &[],
        )
        .await?;
    Ok(Head {
        number: count(&row, "number")?,
        last_place: count(&row, "last_place")?,
        id: get(&row, "id")?,
        // As it is stored: what a group keeps of routes in memory must be what a later one reads.
        now: at(time(&row, "now")?),
    })
}

/// The time by the clock of the database's machine.
pub(crate) async fn machine_time(db: Db<'_>) -> Result<Timestamp> {
    // In small letters: it reads no table, and its plan is not checked.
    time(&db.one("select clock_timestamp() as now", &[]).await?, "now")
}

/// Whether a group with this id was committed. The caller has the clock, so the answer stays true.
pub(crate) async fn is_committed(db: Db<'_>, id: Uuid) -> Result<bool> {
    db.value("SELECT EXISTS (SELECT 1 FROM groups WHERE id = $1)", &[&id]).await
}

/// Commits what means nothing. With synchronous replication that takes until a standby has it, and
/// with it all that was committed before: also a group whose own wait was cut short.
pub(crate) async fn commit_behind_it(db: Db<'_>) -> Result<()> {
    db.batch(
        "SET LOCAL statement_timeout = 0; \
         SELECT pg_logical_emit_message(true, 'seatwire', ''); COMMIT",
    )
    .await
}

/// After a wait without success; returns how many were ended.
pub(crate) async fn end_stalled(db: Db<'_>) -> Result<usize> {
    Ok(db.rows(END_STALLED, &[&LOCK]).await?.len())
}
