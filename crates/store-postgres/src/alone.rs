//! One server for each database: this version tells its viewers only of what it has written itself, so a
//! second server is refused.
//!
//! Invariant: nothing is written while it is not certain that this process is the only one. The claim is a
//! lock that a transaction of its own holds for as long as the process lives; it reads nothing, so it keeps
//! nothing from being cleaned up, and is gone with its connection. When that is lost, the claim is made again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::task::JoinHandle;
use tokio::time::{Duration, Instant, sleep};
use tokio_postgres::Client;

use crate::connection::{Address, Warnings};
use crate::fault::told;

/// The number of the lock. Drawn once, so that other programs of the same database have other ones.
const LOCK: i64 = 0x5ea7_0a1e;

/// How long a start waits for a server that is just ending: the database may notice later than we do.
const WAIT_SECONDS: u64 = 5;

const PAUSE: Duration = Duration::from_millis(100);

#[derive(Debug, thiserror::Error)]
pub enum NotAlone {
    #[error(
        "another server works on this database; this version knows one server for each database"
    )]
    Another,
    #[error("the database cannot be reached: {0}")]
    Unreachable(String),
}

#[derive(Debug)]
pub(crate) struct Alone {
    is_held: Arc<AtomicBool>,
    keeper: JoinHandle<()>,
}

/// The claim, and what drives its connection; that ends when the connection does.
struct Claim {
    _client: Client,
    driver: JoinHandle<()>,
}

impl Alone {
    pub(crate) async fn claim(address: &Address) -> Result<Self, NotAlone> {
        let last_try = Instant::now() + Duration::from_secs(WAIT_SECONDS);
        let claim = loop {
            match claimed(address).await {
                Err(NotAlone::Another) if Instant::now() < last_try => sleep(PAUSE).await,
                other => break other?,
            }
        };
        let is_held = Arc::new(AtomicBool::new(true));
        let keeper = tokio::spawn(keep(address.clone(), claim, Arc::clone(&is_held)));
        Ok(Self { is_held, keeper })
    }

    pub(crate) fn is_certain(&self) -> bool {
        self.is_held.load(Ordering::Acquire)
    }
}

impl Drop for Alone {
    fn drop(&mut self) {
        // The connection goes with the task that has it.
        self.keeper.abort();
    }
}

async fn keep(address: Address, first: Claim, is_held: Arc<AtomicBool>) {
    let mut claim = first;
    loop {
        drop(claim.driver.await);
        is_held.store(false, Ordering::Release);
        claim = loop {
            match claimed(&address).await {
                Ok(claim) => break claim,
                Err(NotAlone::Another) => {
                    tracing::error!("another server works on this database: nothing is written");
                    sleep(Duration::from_secs(1)).await;
                }
                Err(NotAlone::Unreachable(_)) => sleep(PAUSE).await,
            }
        };
        is_held.store(true, Ordering::Release);
    }
}

async fn claimed(address: &Address) -> Result<Claim, NotAlone> {
    let unreachable = |error: tokio_postgres::Error| NotAlone::Unreachable(told(&error));
    let connected = address.connect(&Warnings::default()).await;
    let (client, driver) = connected.map_err(unreachable)?;
    client
        .batch_execute("BEGIN; SET LOCAL idle_in_transaction_session_timeout = 0")
        .await
        .map_err(unreachable)?;
    let sql = "SELECT pg_try_advisory_xact_lock($1)";
    let row = client.query_one(sql, &[&LOCK]).await.map_err(unreachable)?;
    match row.try_get(0) {
        Ok(true) => Ok(Claim { _client: client, driver }),
        Ok(false) => Err(NotAlone::Another),
        Err(error) => Err(unreachable(error)),
    }
}
