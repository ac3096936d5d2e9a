//! Redis as the fan-out to the other servers of the database.

use std::pin::Pin;
use std::sync::Arc;

use store::{Ears, FanOut, Store};

use super::error::StartError;
use crate::config::{DatabaseUrl, RedisUrl};

/// The task that keeps the connection open; it has to run for as long as it is needed.
pub(super) type Link = Pin<Box<dyn Future<Output = ()> + Send>>;

/// For a fan-out that needs no task.
pub(super) fn no_link() -> Link {
    Box::pin(async {})
}

/// If Redis does not answer, the server starts all the same.
pub(super) async fn open(
    redis: &RedisUrl,
    database: &DatabaseUrl,
    store: &dyn Store,
    ears: Ears,
) -> Result<(Arc<dyn FanOut>, Link), StartError> {
    let DatabaseUrl::Server(database) = database else {
        unreachable!("with a file Redis is refused among the settings")
    };
    let epoch = store.epoch().await.map_err(StartError::other)?;
    let (fan_out, link) = fanout_redis::start(&redis.0, database.database(), epoch, ears)
        .map_err(|error| StartError::other(format!("{redis}: {error}")))?;
    tracing::info!(%redis, "other servers of the database are told through Redis");
    Ok((Arc::new(fan_out), Box::pin(link)))
}
