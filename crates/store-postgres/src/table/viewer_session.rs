//! `viewer_sessions`: what viewers need to come back, as the gateway has written it.

use store::SessionKey;

use crate::column::{get, read};
use crate::db::Db;
use crate::fault::Result;

pub(crate) async fn save(db: Db<'_>, key: &SessionKey, data: &[u8]) -> Result<()> {
    let sql = "INSERT INTO viewer_sessions (key, data) VALUES ($1, $2) \
         ON CONFLICT (key) DO UPDATE SET data = excluded.data";
    db.execute(sql, &[&key.0.as_slice(), &data]).await.map(drop)
}

pub(crate) async fn by_key(db: Db<'_>, key: &SessionKey) -> Result<Option<Vec<u8>>> {
    let sql = "SELECT data FROM viewer_sessions WHERE key = $1";
    let found = db.optional(sql, &[&key.0.as_slice()]).await?;
    found.as_ref().map(|row| get(row, "data")).transpose()
}

pub(crate) async fn keys(db: Db<'_>) -> Result<Vec<SessionKey>> {
    let rows = db.rows("SELECT key FROM viewer_sessions", &[]).await?;
    let key = |bytes: &[u8]| Some(SessionKey(bytes.try_into().ok()?));
    rows.iter().map(|row| read(row, "key", key)).collect()
}

pub(crate) async fn delete(db: Db<'_>, keys: &[SessionKey]) -> Result<()> {
    let keys: Vec<&[u8]> = keys.iter().map(|key| key.0.as_slice()).collect();
    db.execute("DELETE FROM viewer_sessions WHERE key = ANY($1)", &[&keys]).await.map(drop)
}
