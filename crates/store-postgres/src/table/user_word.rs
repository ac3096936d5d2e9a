//! `user_words`: the words by whose beginnings an account is found.

use domain::{CityKey, User};

use crate::db::Db;
use crate::fault::Result;

pub(crate) async fn insert(db: Db<'_>, user: &User) -> Result<()> {
    let sql = "INSERT INTO user_words SELECT word, $2::uuid FROM unnest($1::text[]) word \
               ON CONFLICT DO NOTHING";
    db.execute(sql, &[&words(user), &user.id.0]).await.map(drop)
}

pub(crate) async fn delete(db: Db<'_>, user: &User) -> Result<()> {
    let sql = "DELETE FROM user_words WHERE word = ANY($1) AND user_id = $2";
    db.execute(sql, &[&words(user), &user.id.0]).await.map(drop)
}

fn words(user: &User) -> Vec<String> {
    let whole = format!("{} {}", user.first_name, user.last_name);
    let words = [&user.email, &user.first_name, &user.last_name, &whole];
    let words = words.map(|text| CityKey::new(text).as_str().to_owned());
    words.into_iter().filter(|word| !word.is_empty()).collect()
}
