//! An account, and which of its tokens are good: `users`, `revoked_tokens`.

use domain::{TokenId, UserId};
use store::AccountState;
use tokio_postgres::Row;
use uuid::Uuid;

use super::user;
use crate::column::{generation, get, optional_id};
use crate::db::Db;
use crate::fault::Result;

pub(crate) async fn state(db: Db<'_>, id: UserId) -> Result<Option<AccountState>> {
    Ok(states(db, [id]).await?.pop())
}

/// Those of the accounts that are there.
pub(crate) async fn states(
    db: Db<'_>,
    ids: impl IntoIterator<Item = UserId>,
) -> Result<Vec<AccountState>> {
    let sql = format!(
        "SELECT {}, generation, spared_token, \
         ARRAY(SELECT token_id FROM revoked_tokens WHERE user_id = users.id) AS revoked \
         FROM users WHERE id = ANY($1) AND deleted_at IS NULL",
        user::COLUMNS
    );
    let ids: Vec<Uuid> = ids.into_iter().map(|id| id.0).collect();
    let state = |row: &Row| {
        let revoked: Vec<Uuid> = get(row, "revoked")?;
        Ok(AccountState {
            user: user::of_row(db.keys(), row)?,
            generation: generation(row, "generation")?,
            spared: optional_id::<Uuid>(row, "spared_token")?.map(TokenId),
            revoked: revoked.into_iter().map(TokenId).collect(),
        })
    };
    db.rows(&sql, &[&ids]).await?.iter().map(state).collect()
}
