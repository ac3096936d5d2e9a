//! What an operator should know about the database's server, for `seatwire doctor`. Nothing is
//! changed, and no lock is taken.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

use crate::connection::{Address, Warnings};
use crate::fault::told;
use crate::migrate::NEWEST;

#[derive(Debug, thiserror::Error)]
#[error("the database cannot be asked: {0}")]
pub struct InspectionError(String);

impl From<tokio_postgres::Error> for InspectionError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self(told(&error))
    }
}

/// A look at a PostgreSQL server.
#[derive(Clone, Debug)]
pub struct Inspection {
    /// As the server names itself.
    pub server_version: String,
    /// Its clock minus ours; uncertain by half of the round trip.
    pub clock_ahead: SignedDuration,
    pub round_trip: Duration,
    /// Of all its clients.
    pub connections: i64,
    /// `max_connections`.
    pub connections_max: i64,
    pub synchronous_commit: String,
    /// `synchronous_standby_names`.
    pub standby_names: String,
    /// It takes no writes.
    pub is_standby: bool,
    /// The newest migration of the tables; `None`: there are no tables yet.
    pub version: Option<i32>,
    /// The newest one that this program knows.
    pub newest_version: i32,
}

// In small letters: these are about the server, and their plans are not checked as those of tables
// are.
const ASK: &str = "select current_setting('server_version') as server_version, \
    clock_timestamp() as now, \
    (select count(*) from pg_stat_activity where backend_type = 'client backend') as connections, \
    current_setting('max_connections')::bigint as connections_max, \
    current_setting('synchronous_commit') as synchronous_commit, \
    current_setting('synchronous_standby_names') as standby_names, \
    pg_is_in_recovery() as is_standby, \
    to_regclass('schema_migrations') is not null as has_tables";

const ADMINISTRATOR: &str = "select exists(select from users where role = 'ADMIN' and disabled_at is null \
    and deleted_at is null and not is_demo)";

/// Whether there is an administrator's account that is not the demo's. For a database without
/// tables: no.
pub async fn has_administrator(address: &Address) -> Result<bool, InspectionError> {
    let (client, _driver) = address.connect(&Warnings::default()).await?;
    let has_tables = "select to_regclass('users') is not null";
    if !client.query_one(has_tables, &[]).await?.try_get::<_, bool>(0)? {
        return Ok(false);
    }
    Ok(client.query_one(ADMINISTRATOR, &[]).await?.try_get(0)?)
}

/// `now` is read before and after the database's clock.
pub async fn inspect(
    address: &Address,
    now: impl Fn() -> Timestamp,
) -> Result<Inspection, InspectionError> {
    let (client, _driver) = address.connect(&Warnings::default()).await?;
    // The first question of a connection takes longer.
    client.batch_execute("").await?;
    let (before, began) = (now(), Instant::now());
    let row = client.query_one(ASK, &[]).await?;
    let round_trip = began.elapsed();
    let half = SignedDuration::try_from(round_trip / 2).unwrap_or_default();
    let theirs: Timestamp = row.try_get("now")?;
    let version = if row.try_get("has_tables")? {
        let sql = "select max(version) from schema_migrations";
        client.query_one(sql, &[]).await?.try_get(0)?
    } else {
        None
    };
    Ok(Inspection {
        server_version: row.try_get("server_version")?,
        clock_ahead: theirs.duration_since(before) - half,
        round_trip,
        connections: row.try_get("connections")?,
        connections_max: row.try_get("connections_max")?,
        synchronous_commit: row.try_get("synchronous_commit")?,
        standby_names: row.try_get("standby_names")?,
        is_standby: row.try_get("is_standby")?,
        version,
        newest_version: NEWEST,
    })
}
