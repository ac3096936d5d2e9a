//! Look-ups of accounts that wait together become one query.
//!
//! Every request with a token needs the token's account, as the database has it at that moment:
//! another node may have disabled the account just before. A transaction for each look-up would
//! cost a sale more than its own rows do. Invariants: a look-up begins after it was asked for; the
//! queue is bounded; queries that wait for a connection do not hold up look-ups of accounts.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use domain::UserId;
use store::{AccountState, StoreError};
use tokio::sync::{mpsc, oneshot};

use crate::reads::{Reached, for_one_of_many, read};
use crate::table::account_state;

/// Look-ups that may wait; more are refused as busy.
const WAITING_MAX: usize = 8_192;

/// The most look-ups that one query answers.
const TOGETHER_MAX: usize = 256;

type Found = Result<Option<Arc<AccountState>>, StoreError>;

#[derive(Debug)]
struct Look {
    id: UserId,
    reply: oneshot::Sender<Found>,
}

/// The callers' end. The reader ends with the last caller.
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
        self.0.try_send(Look { id, reply })?;
        answer.await.unwrap_or(Err(StoreError::Closed))
    }
}

async fn read(connection: Reached, mut waiting: mpsc::Receiver<Look>) {
    let mut looks = Vec::with_capacity(TOGETHER_MAX);
    // A look-up that comes while a query is under way waits for the next one, which begins later.
    while waiting.recv_many(&mut looks, TOGETHER_MAX).await > 0 {
        // Callers that have stopped waiting are left out.
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
    let found = read!(connection, |db| account_state::states(db, ids.iter().copied()).await)?;
    Ok(found.into_iter().map(|state| (state.user.id, Arc::new(state))).collect())
}
