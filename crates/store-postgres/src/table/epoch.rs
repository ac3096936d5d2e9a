//! `epoch`, with what the server itself knows of it: which history the places of this database belong to.

use store::Epoch;

use crate::column::count;
use crate::db::Db;
use crate::fault::Result;

/// Another system or database, another timeline (a standby has taken over) or another drawn number is
/// another epoch. The timeline stands in the name of the file that is written now: what the control file
/// says of it is only as new as the last checkpoint.
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

/// Another one than this, if it is still this: whoever comes second finds it changed.
pub(crate) async fn leave(db: Db<'_>, Epoch(epoch): Epoch) -> Result<()> {
    let sql = "UPDATE epoch SET number = floor(random() * 4294967296)::bigint \
               FROM pg_control_system() \
               WHERE hashtextextended(concat_ws('/', system_identifier, current_database(), \
               left(pg_walfile_name(pg_current_wal_insert_lsn()), 8), number), 0) \
               & 4294967295 = $1";
    db.execute(sql, &[&i64::from(epoch)]).await.map(drop)
}
