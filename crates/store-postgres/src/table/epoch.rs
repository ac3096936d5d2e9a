//! `epoch`, with what the server itself knows: which history the places of this database belong to.

use std::time::Duration;

use store::{EPOCH_UNSEEN_SECONDS, Epoch, FORMER_EPOCH_SECONDS, FormerEpoch};

use crate::column::{count, milliseconds};
use crate::db::Db;
use crate::fault::Result;

/// Another system or database, another timeline (a standby has taken over) or another drawn number
/// is another epoch. The timeline comes from the name of the file that is written now: the control
/// file's is only as new as the last checkpoint.
pub(crate) async fn get(db: Db<'_>) -> Result<Epoch> {
    let sql = "SELECT hashtextextended(concat_ws('/', system_identifier, current_database(), \
               left(pg_walfile_name(pg_current_wal_insert_lsn()), 8), number), 0) \
               & 4294967295 AS number FROM epoch, pg_control_system()";
    let number = count(&db.one(sql, &[]).await?, "number")?;
    let Ok(number) = u32::try_from(number) else {
        unreachable!("no more than 32 bits are asked for")
    };
    Ok(Epoch(number))
}

/// Replaces this epoch by another, if it is still this one: the second caller finds it changed.
pub(crate) async fn leave(db: Db<'_>, Epoch(epoch): Epoch) -> Result<()> {
    let sql = "UPDATE epoch SET number = floor(random() * 4294967296)::bigint \
               FROM pg_control_system() \
               WHERE hashtextextended(concat_ws('/', system_identifier, current_database(), \
               left(pg_walfile_name(pg_current_wal_insert_lsn()), 8), number), 0) \
               & 4294967295 = $1";
    db.execute(sql, &[&i64::from(epoch)]).await.map(drop)
}

/// Notes it, by the database's clock.
pub(crate) async fn former(db: Db<'_>, Epoch(epoch): Epoch) -> Result<Option<FormerEpoch>> {
    let unseen = milliseconds(Duration::from_secs(EPOCH_UNSEEN_SECONDS));
    let noted = "INSERT INTO known_epochs (epoch, same_up_to, seen_at) \
                 SELECT $1, coalesce((SELECT last_place FROM groups \
                 WHERE at < clock_timestamp() - $2::bigint * interval '1 millisecond' \
                 ORDER BY number DESC LIMIT 1), 0), clock_timestamp() \
                 ON CONFLICT (epoch) DO NOTHING";
    db.execute(noted, &[&i64::from(epoch), &unseen]).await?;
    // A viewer that slept through several of them may come from the first.
    let window = milliseconds(Duration::from_secs(FORMER_EPOCH_SECONDS));
    let found = "SELECT min(each.same_up_to) AS same_up_to, \
                 floor(extract(epoch FROM clock_timestamp() - max(each.seen_at)) * 1000)::bigint \
                 AS known_for FROM known_epochs one \
                 JOIN known_epochs each ON each.seen_at <= one.seen_at WHERE one.epoch = $1 \
                 AND each.seen_at > clock_timestamp() - $2::bigint * interval '1 millisecond' \
                 AND EXISTS (SELECT 1 FROM known_epochs WHERE seen_at < each.seen_at) \
                 GROUP BY one.epoch";
    let Some(row) = db.optional(found, &[&i64::from(epoch), &window]).await? else {
        return Ok(None);
    };
    let known_for = Duration::from_millis(count(&row, "known_for")?);
    Ok(Some(FormerEpoch { same_up_to: count(&row, "same_up_to")?, known_for }))
}
