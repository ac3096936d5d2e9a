//! Which connections may do their TLS handshake: a limited number at one time, at most half of them
//! from one address, and for a limited time.
//!
//! A storm of reconnecting viewers waits for its turns instead of being refused, but not for ever.
//! A client that does not go on with its turn loses it as soon as another one waits.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout, timeout_at};

use crate::network::Network;

/// Turns at one time; further connections wait.
const TURNS_MAX: usize = 512;

/// Turns of one address at one time.
const TURNS_PER_ADDRESS_MAX: usize = TURNS_MAX / 2;

/// How long a connection waits for its turn.
const WAIT_MAX: Duration = Duration::from_secs(10);

/// How long a turn lasts if no other connection waits.
const TURN_MAX: Duration = Duration::from_secs(10);

/// How long a turn lasts in any case: some round trips, one of them lost.
const TURN_MIN: Duration = Duration::from_secs(3);

#[derive(Debug)]
pub(super) struct Turns {
    free: Arc<Semaphore>,
    /// For the addresses that have turns or wait for them.
    addresses: Mutex<HashMap<Network, Arc<Semaphore>>>,
    somebody_waits: Notify,
}

/// A turn that is given back when it is dropped.
#[derive(Debug)]
pub(super) struct Turn {
    turns: Arc<Turns>,
    address: Network,
    /// Both are held until the end; `None` only while the turn is waited for.
    permits: Option<[OwnedSemaphorePermit; 2]>,
}

impl Turns {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            free: Arc::new(Semaphore::new(TURNS_MAX)),
            addresses: Mutex::default(),
            somebody_waits: Notify::new(),
        })
    }

    /// Waits for a turn; an error if none comes in time.
    pub(super) async fn take(self: &Arc<Self>, address: Network) -> io::Result<Turn> {
        let share = Arc::clone(
            self.addresses
                .lock()
                .entry(address)
                .or_insert_with(|| Arc::new(Semaphore::new(TURNS_PER_ADDRESS_MAX))),
        );
        // Made first: if it is dropped while it waits, it removes the address.
        let mut turn = Turn { turns: Arc::clone(self), address, permits: None };
        let both = async {
            let of_address = self.permit(share).await?;
            Ok::<_, io::Error>([of_address, self.permit(Arc::clone(&self.free)).await?])
        };
        turn.permits = Some(timeout(WAIT_MAX, both).await??);
        Ok(turn)
    }

    async fn permit(&self, of: Arc<Semaphore>) -> io::Result<OwnedSemaphorePermit> {
        if let Ok(permit) = Arc::clone(&of).try_acquire_owned() {
            return Ok(permit);
        }
        self.somebody_waits.notify_waiters();
        let waiting = of.acquire_owned();
        tokio::pin!(waiting);
        loop {
            // A turn that becomes old while this waits has to be notified too.
            match timeout(TURN_MIN, waiting.as_mut()).await {
                Ok(permit) => return permit.map_err(io::Error::other),
                Err(_) => self.somebody_waits.notify_waiters(),
            }
        }
    }
}

impl Turn {
    /// Runs the handshake within the turn.
    pub(super) async fn spend<T>(
        self,
        handshake: impl Future<Output = io::Result<T>>,
    ) -> io::Result<T> {
        let begun = Instant::now();
        tokio::pin!(handshake);
        if let Ok(done) = timeout_at(begun + TURN_MIN, handshake.as_mut()).await {
            return done;
        }
        tokio::select! {
            done = timeout_at(begun + TURN_MAX, handshake) => done?,
            () = self.turns.somebody_waits.notified() => Err(io::ErrorKind::TimedOut.into()),
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.permits = None;
        let mut addresses = self.turns.addresses.lock();
        // The map's handle is the last one if no connection of that address has or wants a turn: a
        // connection that wants one clones it under this lock.
        if addresses.get(&self.address).is_some_and(|share| Arc::strong_count(share) == 1) {
            addresses.remove(&self.address);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::pending;

    fn address(last: u8) -> Network {
        Network::of(([192, 0, 2, last], 1).into())
    }

    #[tokio::test(start_paused = true)]
    async fn one_address_has_its_share_and_leaves_the_rest() {
        let turns = Turns::new();
        let mut taken = Vec::new();
        for _ in 0..TURNS_PER_ADDRESS_MAX {
            taken.push(turns.take(address(1)).await.unwrap());
        }
        let begun = Instant::now();
        turns.take(address(1)).await.unwrap_err();
        assert_eq!(begun.elapsed(), WAIT_MAX);
        let other = turns.take(address(2)).await.unwrap();
        assert_eq!(begun.elapsed(), WAIT_MAX, "it did not wait");
        taken.pop();
        turns.take(address(1)).await.unwrap();
        drop((taken, other));
        assert!(turns.addresses.lock().is_empty(), "nobody is remembered for ever");
    }

    #[tokio::test(start_paused = true)]
    async fn a_turn_that_is_not_used_ends_when_somebody_waits() {
        let turns = Turns::new();
        for _ in 0..TURNS_PER_ADDRESS_MAX {
            let turn = turns.take(address(1)).await.unwrap();
            tokio::spawn(turn.spend(pending::<io::Result<()>>()));
        }
        let begun = Instant::now();
        turns.take(address(1)).await.unwrap();
        assert!(begun.elapsed() >= TURN_MIN && begun.elapsed() < WAIT_MAX, "{:?}", begun.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_client_has_its_time_while_nobody_waits() {
        let turns = Turns::new();
        let slowly = |seconds| async move {
            tokio::time::sleep(Duration::from_secs(seconds)).await;
            Ok(())
        };
        turns.take(address(1)).await.unwrap().spend(slowly(9)).await.unwrap();
        turns.take(address(1)).await.unwrap().spend(slowly(11)).await.unwrap_err();
    }
}
