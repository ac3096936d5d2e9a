//! Separate threads for hashing, so that it slows down only the requests that wait for it.
//!
//! Invariants: never more hashes at once than threads, never more waiting than [`WAITING_MAX`], and
//! none is done that has waited for longer than [`WAIT_SECONDS_MAX`]. It must not know what a
//! password is.

use std::collections::VecDeque;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};
use tokio::sync::oneshot;

use super::asker::{Account, Asker};
use super::line::{Line as _, Rotation};
use crate::network::Network;

/// At some hundred bytes each.
const WAITING_MAX: usize = 1_024;

/// A login that takes longer is refused with a time to retry: its sender has most probably given up
/// by then.
const WAIT_SECONDS_MAX: u64 = 10;

/// More than this many would only take turns; each needs 19 MiB.
const THREADS_MAX: usize = 4;

/// How far the threads give way when other work needs the core (`nice`).
const NICENESS: i32 = 10;

/// The assumed time of a hash until one was measured.
const HASH_MILLISECONDS_GUESS: u64 = 50;

/// The longest wait that a caller is asked for.
const RETRY_SECONDS_MAX: u64 = 30;

/// There is no room or no time: try again later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many people are logging in; please try again")]
pub(crate) struct Busy {
    pub(crate) retry_after_seconds: u16,
}

/// The handle. When the last one is dropped, the threads finish their current hash and end.
#[derive(Debug)]
pub(super) struct Pool(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    woken: Condvar,
    threads: usize,
}

#[derive(Default)]
struct State {
    waiting: Rotation<Option<Network>, Rotation<Account, VecDeque<Job>>>,
    /// The mean of the last hashes, in which each new one counts an eighth.
    hash_milliseconds: Option<u64>,
    is_over: bool,
}

/// Runs only if its asker still waits; if it is dropped without having run, its asker learns of
/// that.
type Job = Box<dyn FnOnce() -> bool + Send>;

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").field("waiting", &self.waiting.len()).finish_non_exhaustive()
    }
}

impl Pool {
    /// On half of the cores: the other half is left to other work.
    pub(super) fn start() -> io::Result<Self> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self::with_threads((cores / 2).clamp(1, THREADS_MAX))
    }

    fn with_threads(threads: usize) -> io::Result<Self> {
        let shared = Shared { state: Mutex::default(), woken: Condvar::new(), threads };
        // From here on a failure ends the threads that there are.
        let pool = Self(Arc::new(shared));
        for number in 0..threads {
            let shared = Arc::clone(&pool.0);
            let name = format!("passwords-{number}");
            std::thread::Builder::new().name(name).spawn(move || shared.work())?;
        }
        Ok(pool)
    }

    /// Runs the work when it is the asker's turn.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        asker: Asker,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Busy> {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move || {
            let is_wanted = !reply.is_closed();
            if is_wanted {
                drop(reply.send(work()));
            }
            is_wanted
        });
        self.0.enter(asker, job)?;
        let patience = Duration::from_secs(WAIT_SECONDS_MAX);
        match tokio::time::timeout(patience, answer).await {
            Ok(Ok(done)) => Ok(done),
            // Removed for an asker with fewer waiting, or too late.
            Ok(Err(_)) | Err(_) => Err(self.0.busy()),
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.0.state.lock().is_over = true;
        self.0.woken.notify_all();
    }
}

impl Shared {
    fn enter(&self, asker: Asker, job: Job) -> Result<(), Busy> {
        let place = (asker.network, (asker.account, ()));
        let mut state = self.state.lock();
        if state.waiting.len() >= WAITING_MAX {
            let Some(sent_away) = state.waiting.make_room(&place) else {
                return Err(state.busy(self.threads));
            };
            drop(sent_away);
        }
        state.waiting.push(place, job);
        drop(state);
        self.woken.notify_one();
        Ok(())
    }

    fn busy(&self) -> Busy {
        self.state.lock().busy(self.threads)
    }

    fn work(&self) {
        stand_back();
        while let Some(job) = self.next() {
            let start = Instant::now();
            // A panic is logged like any other. The thread lives on, or logins would end one by
            // one.
            let was_wanted = catch_unwind(AssertUnwindSafe(job)).unwrap_or(true);
            if was_wanted {
                self.state.lock().took(start.elapsed());
            }
        }
    }

    fn next(&self) -> Option<Job> {
        let mut state = self.state.lock();
        loop {
            if state.is_over {
                return None;
            }
            if let Some(job) = state.waiting.next() {
                return Some(job);
            }
            self.woken.wait(&mut state);
        }
    }
}

impl State {
    fn took(&mut self, time: Duration) {
        let took = u64::try_from(time.as_millis()).unwrap_or(u64::MAX).max(1);
        let before = self.hash_milliseconds.unwrap_or(took);
        self.hash_milliseconds = Some((before.saturating_mul(7).saturating_add(took)) / 8);
    }

    /// When all who wait now will have had their turn.
    fn busy(&self, threads: usize) -> Busy {
        let waiting = u64::try_from(self.waiting.len()).unwrap_or(u64::MAX);
        let each = self.hash_milliseconds.unwrap_or(HASH_MILLISECONDS_GUESS);
        let threads = u64::try_from(threads).unwrap_or(1).max(1);
        let seconds = waiting.saturating_mul(each) / threads / 1_000;
        let seconds = seconds.saturating_add(1).min(RETRY_SECONDS_MAX);
        Busy { retry_after_seconds: u16::try_from(seconds).unwrap_or(u16::MAX) }
    }
}

/// Lets all other work go first on a busy core. On Linux the call affects the thread that makes it;
/// elsewhere it would affect the whole process.
fn stand_back() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, NICENESS) {
        tracing::warn!(%error, "hashing passwords cannot be given a lower priority");
    }
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::sync::mpsc;
    use std::task::{Context, Waker};

    use super::*;

    fn asker(address: u8, account: &str) -> Asker {
        Asker::of(Some(([127, 0, 0, address], 1).into()), account)
    }

    /// A pool whose one thread is busy until the sender goes.
    async fn busy_pool() -> (Arc<Pool>, mpsc::Sender<()>, tokio::task::JoinHandle<()>) {
        let pool = Arc::new(Pool::with_threads(1).unwrap());
        let (release, released) = mpsc::channel::<()>();
        let (started, is_started) = oneshot::channel();
        let first = Arc::clone(&pool);
        let held = tokio::spawn(async move {
            let held = first.run(asker(9, "held"), move || {
                let _ = started.send(());
                let _ = released.recv();
            });
            let _ = held.await;
        });
        is_started.await.unwrap();
        (pool, release, held)
    }

    type Asked = Pin<Box<dyn Future<Output = Result<(), Busy>> + Send>>;

    /// Asks without waiting for the answer: the request is in the queue when this returns.
    fn ask(pool: &Arc<Pool>, asker: Asker) -> Asked {
        let pool = Arc::clone(pool);
        let mut asked: Asked = Box::pin(async move { pool.run(asker, || ()).await });
        let answer = asked.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(answer.is_pending(), "{answer:?}");
        asked
    }

    #[tokio::test]
    async fn a_crowd_of_one_address_does_not_keep_others_out() {
        let (pool, release, held) = busy_pool().await;
        let mut crowd = Vec::new();
        for _ in 0..WAITING_MAX {
            crowd.push(ask(&pool, asker(1, "crowd")));
        }
        // The next of the crowd is one too many, and is refused with a time to retry.
        let refused = pool.run(asker(1, "crowd"), || ()).await.unwrap_err();
        assert!((2..=RETRY_SECONDS_MAX).contains(&u64::from(refused.retry_after_seconds)));
        // Others are let in: from another address, and from the same one with another account.
        let honest = [ask(&pool, asker(2, "a")), ask(&pool, asker(1, "b"))];
        assert_eq!(pool.0.state.lock().waiting.len(), WAITING_MAX);
        drop(release);
        held.await.unwrap();
        for asked in honest {
            assert_eq!(asked.await, Ok(()));
        }
        let mut sent_away = 0;
        for asked in crowd {
            sent_away += usize::from(asked.await.is_err());
        }
        assert_eq!(sent_away, 2, "two made room, the rest had their turn");
    }

    #[tokio::test]
    async fn nobody_works_for_an_asker_who_has_gone_and_a_panic_ends_no_thread() {
        let (pool, release, held) = busy_pool().await;
        let (told, was_told) = mpsc::channel();
        let asking = Arc::clone(&pool);
        let gone = tokio::spawn(async move {
            asking.run(asker(1, "gone"), move || told.send(())).await.map(drop)
        });
        while pool.0.state.lock().waiting.len() == 0 {
            tokio::task::yield_now().await;
        }
        gone.abort();
        assert!(gone.await.unwrap_err().is_cancelled());
        drop(release);
        held.await.unwrap();
        let panicked = pool.run(asker(1, "x"), || panic!("on purpose")).await;
        assert!(panicked.is_err());
        assert_eq!(pool.run(asker(1, "x"), || 5).await, Ok(5));
        assert!(was_told.recv().is_err(), "it was done for nobody");
    }

    #[tokio::test]
    async fn who_has_waited_too_long_is_told_so() {
        let (pool, release, held) = busy_pool().await;
        // From here on the clock advances as soon as every task waits.
        tokio::time::pause();
        let late = pool.run(asker(1, "late"), || ()).await;
        assert!(late.is_err());
        drop(release);
        drop(held);
    }
}
