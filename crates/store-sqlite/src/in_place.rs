//! Queries of a simulator: answered by the caller's own thread, each with a fate of its own.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use store::StoreError;

use crate::db::Db;
use crate::fault;
use crate::moment::in_one_moment;

/// What happens to one query.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReadFate {
    /// The wait before the database is read.
    pub before: Duration,
    /// The query is answered with an error.
    pub fails: bool,
    /// The wait between the reading and the answer, which is out of date by then.
    pub after: Duration,
}

/// Queries answered by the caller's own thread, each with a fate of its own.
#[derive(Clone)]
pub(crate) struct InPlace(pub(crate) Arc<dyn Fn() -> ReadFate + Send + Sync>);

impl fmt::Debug for InPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InPlace")
    }
}

impl InPlace {
    pub(crate) async fn answer<T>(
        &self,
        idle: &Mutex<Vec<Db>>,
        query: impl FnOnce(&Db) -> fault::Result<T>,
    ) -> Result<T, StoreError> {
        let fate = (self.0)();
        pause(fate.before).await;
        if fate.fails {
            return Err(StoreError::failed("the simulated disk cannot be read"));
        }
        let answer = {
            let connections = idle.lock();
            let connection = connections.last().ok_or(StoreError::Closed)?;
            in_one_moment(connection, query)
        };
        pause(fate.after).await;
        answer
    }
}

async fn pause(length: Duration) {
    if !length.is_zero() {
        tokio::time::sleep(length).await;
    }
}
