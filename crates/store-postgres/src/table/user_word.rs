//! `user_words`: the words by which an account is found ([`store::DataKeys::words`]).

use domain::User;

use crate::db::Db;
use crate::fault::Result;

pub(crate) async fn insert(db: Db<'_>, user: &User) -> Result<()> {
    let sql = "INSERT INTO user_words SELECT word, $2::uuid FROM unnest($1::text[]) word \
               ON CONFLICT DO NOTHING";
    db.execute(sql, &[&db.keys().words(user), &user.id.0]).await.map(drop)
}

pub(crate) async fn delete(db: Db<'_>, user: &User) -> Result<()> {
    let sql = "DELETE FROM user_words WHERE word = ANY($1) AND user_id = $2";
    db.execute(sql, &[&db.keys().words_ever(user), &user.id.0]).await.map(drop)
}
