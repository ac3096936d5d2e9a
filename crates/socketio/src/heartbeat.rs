//! The clock of all connections: one task and one wheel look after every heartbeat and deadline.
//!
//! Time here stands still while the process does (a suspended machine, a debugger, a starved CPU):
//! the time that came late is subtracted, so that a stall of our own extends deadlines and does not
//! let all clients expire at once. It holds no connection alive.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

use crate::wheel::{Tick, Wheel};

const TICK_MS: u64 = 10;
/// Longest sleep: a stall is noticed if it is longer than this quarter of a second.
const SLEEP_TICKS_MAX: u64 = 25;
/// Up to this much delay comes from the scheduler and is no stall. With less, on a machine that is
/// only busy, dead clients would again and again get more time than the time-out.
const LATE_MAX: Duration = Duration::from_millis(250);
/// Connections that are handled before other tasks get their turn.
const CHUNK: usize = 64;

/// Something that wants to be called from time to time.
pub(crate) trait Beating: Send + Sync {
    /// Its time has come. Returns the next one, or `None` for never again.
    fn beat(self: Arc<Self>, now: Tick) -> Option<Tick>;
}

/// The clock. Cloning gives another handle; it stops with the last one.
#[derive(Clone)]
pub struct Heartbeats {
    clock: Arc<Clock>,
    _task: Arc<AbortOnDrop>,
}

struct Clock {
    start: Instant,
    stalled_ms: AtomicU64,
    agenda: Mutex<Agenda>,
    /// Something was added that is due before the task's planned look.
    sooner: Notify,
}

struct Agenda {
    wheel: Wheel<Weak<dyn Beating>>,
    /// When the task will look; `None` if it waits for something to be added.
    planned: Option<Tick>,
}

struct AbortOnDrop(JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Heartbeats {
    /// Starts the clock's task.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub fn start() -> Self {
        let clock = Arc::new(Clock {
            start: Instant::now(),
            stalled_ms: AtomicU64::new(0),
            agenda: Mutex::new(Agenda { wheel: Wheel::new(), planned: None }),
            sooner: Notify::new(),
        });
        let task = tokio::spawn(run(Arc::clone(&clock)));
        Self { clock, _task: Arc::new(AbortOnDrop(task)) }
    }

    pub(crate) fn now(&self) -> Tick {
        self.clock.now()
    }

    /// Time since the start, in microseconds.
    pub(crate) fn now_us(&self) -> u64 {
        u64::try_from(self.clock.start.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    pub(crate) fn add(&self, at: Tick, who: Weak<dyn Beating>) {
        let sooner = {
            let mut agenda = self.clock.agenda.lock();
            agenda.wheel.add(at, who);
            agenda.planned.is_none_or(|planned| at < planned)
        };
        if sooner {
            self.clock.sooner.notify_one();
        }
    }
}

impl fmt::Debug for Heartbeats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Heartbeats").finish_non_exhaustive()
    }
}

/// A duration in ticks, at least one tick.
pub(crate) fn ticks(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX).div_ceil(TICK_MS).max(1)
}

impl Clock {
    fn now(&self) -> Tick {
        let elapsed = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX);
        Tick(elapsed.saturating_sub(self.stalled_ms.load(Ordering::Relaxed)) / TICK_MS)
    }

    /// When to look next, if there is anything to look at.
    fn plan(&self) -> Option<Instant> {
        let latest = self.now().after(SLEEP_TICKS_MAX);
        let mut agenda = self.agenda.lock();
        agenda.planned = agenda.wheel.next().map(|next| next.min(latest));
        let stalled = self.stalled_ms.load(Ordering::Relaxed);
        let ms = agenda.planned?.0.saturating_mul(TICK_MS).saturating_add(stalled);
        Some(self.start + Duration::from_millis(ms))
    }

    /// Subtracts the time in which the process stood still.
    fn woke(&self, planned: Instant) {
        let late = Instant::now().saturating_duration_since(planned);
        if late > LATE_MAX {
            let late = u64::try_from(late.as_millis()).unwrap_or(u64::MAX);
            self.stalled_ms.fetch_add(late, Ordering::Relaxed);
        }
    }
}

async fn run(clock: Arc<Clock>) {
    let mut due = Vec::new();
    loop {
        let Some(planned) = clock.plan() else {
            clock.sooner.notified().await;
            continue;
        };
        if timeout_at(planned, clock.sooner.notified()).await.is_ok() {
            // An item that is due sooner changes the plan. A stall shows after the next full sleep.
            continue;
        }
        clock.woke(planned);
        let now = clock.now();
        clock.agenda.lock().wheel.advance(now, &mut due);
        beat(&clock, now, &mut due).await;
        due.shrink_to(CHUNK);
    }
}

async fn beat(clock: &Clock, now: Tick, due: &mut Vec<Weak<dyn Beating>>) {
    for (index, weak) in due.drain(..).enumerate() {
        if let Some(next) = weak.upgrade().and_then(|who| who.beat(now)) {
            clock.agenda.lock().wheel.add(next, weak);
        }
        if index % CHUNK == CHUNK - 1 {
            tokio::task::yield_now().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::mpsc;

    struct Probe(mpsc::UnboundedSender<Tick>, u64);

    impl Beating for Probe {
        fn beat(self: Arc<Self>, now: Tick) -> Option<Tick> {
            self.0.send(now).ok().map(|()| now.after(self.1))
        }
    }

    #[tokio::test(start_paused = true)]
    async fn beats_come_again_until_their_owner_is_gone() {
        let clock = Heartbeats::start();
        let (sender, mut beats) = mpsc::unbounded_channel();
        let probe: Arc<dyn Beating> = Arc::new(Probe(sender, 7));
        clock.add(Tick(3), Arc::downgrade(&probe));
        assert_eq!(beats.recv().await, Some(Tick(3)));
        assert_eq!(beats.recv().await, Some(Tick(10)));
        assert_eq!(beats.recv().await, Some(Tick(17)));
        drop(probe);
        assert_eq!(beats.recv().await, None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_stall_extends_deadlines() {
        let clock = Heartbeats::start();
        let (sender, mut beats) = mpsc::unbounded_channel();
        let probe: Arc<dyn Beating> = Arc::new(Probe(sender, 1_000_000));
        clock.add(Tick(2_000), Arc::downgrade(&probe));
        tokio::time::sleep(Duration::from_secs(1)).await;
        let before = clock.now();
        // The whole process stands still for a minute: time passes, nothing runs.
        tokio::time::advance(Duration::from_secs(60)).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert!(beats.try_recv().is_err());
        assert!(clock.now().0 - before.0 < 100);
        assert_eq!(beats.recv().await, Some(Tick(2_000)));
    }
}
