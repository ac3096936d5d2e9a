//! `data_keys`: which keys personal values may be encrypted with.

use store::{DataKeys, DataKeysRefused, KnownDataKey};
use tokio_postgres::{Client, Row};

use crate::connection::{Address, Warnings};
use crate::fault::told;

#[derive(Debug, thiserror::Error)]
pub enum TakeError {
    #[error(transparent)]
    Refused(#[from] DataKeysRefused),
    #[error("the data keys of the database cannot be read: {0}")]
    Failed(String),
}

impl From<tokio_postgres::Error> for TakeError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Failed(told(&error))
    }
}

/// Compares the given keys with those that the database knows, and notes the one that encrypts from
/// now on.
pub(crate) async fn take(address: &Address, keys: &DataKeys) -> Result<(), TakeError> {
    let (client, _driver) = address.connect(&Warnings::default()).await?;
    // One start after the other: two starts with different keys must see each other's.
    client.batch_execute("begin; lock table data_keys in exclusive mode").await?;
    if let Some(new) = keys.check(&known(&client).await?)? {
        client.execute("update data_keys set is_current = false", &[]).await?;
        let sql = "insert into data_keys (id, check_value, is_current) values ($1, $2, true) \
             on conflict (id) do update set is_current = true";
        client.execute(sql, &[&new.id, &new.check]).await?;
    }
    client.batch_execute("commit").await?;
    Ok(())
}

pub(crate) async fn known(client: &Client) -> Result<Vec<KnownDataKey>, tokio_postgres::Error> {
    let key = |row: &Row| {
        Ok(KnownDataKey {
            id: row.try_get("id")?,
            check: row.try_get("check_value")?,
            is_current: row.try_get("is_current")?,
        })
    };
    let sql = "select id, check_value, is_current from data_keys";
    client.query(sql, &[]).await?.iter().map(key).collect()
}
