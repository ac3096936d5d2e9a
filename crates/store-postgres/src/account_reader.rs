//! Looks at accounts that wait together are one query.
//!
//! Every request with a token asks whose it is, and is answered by what the database says then: another
//! node may have disabled the account a moment ago. A transaction for each would cost a sale more than its
//! own rows do. Invariants: a look begins after it was asked for; what waits is bounded; who stands in line
//! for a connection of the queries does not hold up who only wants to be known.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use domain::UserId;
use store::{AccountState, StoreError};
use tokio::sync::{mpsc, oneshot};

use crate::reads::{Reached, for_one_of_many};
use crate::table::account_state;

/// Looks that may wait; more are told to come back.
const WAITING_MAX: usize = 8_192;

/// Looks that are answered by one query at the most.
const TOGETHER_MAX: usize = 256;

type Found = Result<Option<Arc<AccountState>>, StoreError>;

#[derive(Debug)]
struct Look {
    id: UserId,
    reply: oneshot::Sender<Found>,
}

/// The end of those who ask. The reader ends with the last of them.
#[derive(Clone, Debug)]
pub(crate) struct AccountReader(mpsc::Sender<Look>);

impl AccountReader {
    pub(crate) fn start(connection: Reached) -> Self {
        let (sender, waiting) = mpsc::channel(WAITING_MAX);
        tokio::spawn(read(connection, waiting));
        Self(sender)
    }

    pub(crate) async fn account(&self, id: UserId) -> Found {
        let (reply, answer) = oneshot::channel();
        self.0.try_send(Look { id, reply }).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => StoreError::Busy,
            mpsc::error::TrySendError::Closed(_) => StoreError::Closed,
        })?;
        answer.await.unwrap_or(Err(StoreError::Closed))
    }
}

async fn read(connection: Reached, mut waiting: mpsc::Receiver<Look>) {
    let mut looks = Vec::with_capacity(TOGETHER_MAX);
    // What comes while a query is under way waits for the next one: that begins later than it was asked.
    while waiting.recv_many(&mut looks, TOGETHER_MAX).await > 0 {
        // Whoever has stopped waiting is not looked for.
        looks.retain(|look| !look.reply.is_closed());
        let found = states(&connection, looks.iter().map(|look| look.id).collect()).await;
        for Look { id, reply } in looks.drain(..) {
            let answer = match &found {
                Ok(found) => Ok(found.get(&id).cloned()),
                Err(error) => Err(for_one_of_many(error)),
            };
            drop(reply.send(answer));
        }
    }
}

async fn states(
    connection: &Reached,
    ids: HashSet<UserId>,
) -> Result<HashMap<UserId, Arc<AccountState>>, StoreError> {
    let moment = connection.moment().await?;
    let found = account_state::states(moment.db(), ids).await;
    let found = moment.done(found)?.into_iter();
    Ok(found.map(|state| (state.user.id, Arc::new(state))).collect())
}
