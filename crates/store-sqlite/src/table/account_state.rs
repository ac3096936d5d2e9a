//! An account, and which of its tokens are good: `users`, `revoked_tokens`.

use domain::{TokenGeneration, TokenId, UserId};
use rusqlite::OptionalExtension;
use store::AccountState;
use uuid::Uuid;

use super::user;
use crate::column::{bytes, optional_id, read};
use crate::db::Db;
use crate::fault::Result;

pub(crate) fn state(db: &Db, id: UserId) -> Result<Option<AccountState>> {
    let found = db
        .prepare_cached("SELECT * FROM users WHERE id = ? AND deleted_at IS NULL")?
        .query_row([bytes(id.0)], |row| {
            Ok(AccountState {
                user: user::of_row(db.keys(), row)?,
                generation: read(row, "generation", |number| Some(TokenGeneration(number)))?,
                spared: optional_id::<Uuid>(row, "spared_token")?.map(TokenId),
                revoked: Vec::new(),
            })
        })
        .optional()?;
    let Some(found) = found else { return Ok(None) };
    let revoked = db
        .prepare_cached("SELECT token_id FROM revoked_tokens WHERE user_id = ?")?
        .query_map([bytes(id.0)], |row| row.get(0).map(|id| TokenId(Uuid::from_bytes(id))))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(Some(AccountState { revoked, ..found }))
}
