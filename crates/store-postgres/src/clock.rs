//! The clock: the one lock that every group of writes takes before it reads what it decides on.
//!
//! Invariant: whoever has it is alone in deciding, among all processes on this database, until the commit.
//! It is taken in a statement of its own and what is decided on is read in later ones: a statement that
//! waited for the lock and then read would see the database as it was before the wait.
//!
//! Whoever stalls with the clock in hand stops all sales: what may be waited for inside is bounded, and
//! who has waited a second for the clock ends a holder that does nothing.

use jiff::Timestamp;
use uuid::Uuid;

use crate::column::{at, count, get, time};
use crate::db::{Db, SETTINGS};
use crate::fault::Result;

/// The number of the lock. Drawn once, so that other programs of the same database have other ones.
pub(crate) const LOCK: i64 = 0x5ea7_c10c;

/// Begins a group. Everything is set for this transaction alone: behind a pooler the next one may be on
/// another connection.
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED, READ WRITE; \
     SET LOCAL lock_timeout = '1s'; SET LOCAL statement_timeout = '5s'; \
     SET LOCAL idle_in_transaction_session_timeout = '5s'; \
     SET LOCAL client_connection_check_interval = '1s'";

/// Ends a holder that has done nothing for a second, unless it waits for a standby: that is not its own
/// doing, and its group would only be tried again.
const END_STALLED: &str = "SELECT pg_terminate_backend(a.pid) FROM pg_locks l \
     JOIN pg_stat_activity a ON a.pid = l.pid \
     WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 \
     AND l.classid = ($1::bigint >> 32)::int::oid AND l.objid = ($1::bigint & 4294967295)::oid \
     AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) \
     AND a.pid <> pg_backend_pid() AND a.wait_event IS DISTINCT FROM 'SyncRep' \
     AND greatest(a.state_change, a.query_start) < clock_timestamp() - interval '1 second'";

/// The newest group, which the next one continues, and what time it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Head {
    pub(crate) number: u64,
    pub(crate) last_place: u64,
    pub(crate) id: Uuid,
    /// Not before the newest group's own, whatever the machine's clock says.
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

/// What time it is by the clock of the database's machine.
pub(crate) async fn machine_time(db: Db<'_>) -> Result<Timestamp> {
    // In small letters: it reads no table, and is not held to a plan.
    time(&db.one("select clock_timestamp() as now", &[]).await?, "now")
}

/// Whether a group with this id was committed; asked by whoever has the clock, so that the answer stays.
pub(crate) async fn is_committed(db: Db<'_>, id: Uuid) -> Result<bool> {
    db.value("SELECT EXISTS (SELECT 1 FROM groups WHERE id = $1)", &[&id]).await
}

/// After a wait in vain; how many were ended.
pub(crate) async fn end_stalled(db: Db<'_>) -> Result<usize> {
    Ok(db.rows(END_STALLED, &[&LOCK]).await?.len())
}
