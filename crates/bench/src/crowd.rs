//! Many viewers at once: how they connect, and what all of them together have seen.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use tokio::sync::Notify;
use tokio::task::{AbortHandle, JoinSet};

use crate::door::Door;
use crate::patience::PATIENCE;
use crate::viewer::Sight;

/// Handshakes under way at one time, unless another number is given.
pub(crate) const AT_ONCE: usize = 128;

/// How a crowd connected.
pub(crate) struct Joined {
    pub(crate) lasted: Duration,
    /// From a viewer's `connect` to its `subscribed`, sorted.
    pub(crate) each: Vec<Duration>,
    /// Subscriptions that had to be repeated because no answer came.
    pub(crate) lost: usize,
    viewers: Vec<AbortHandle>,
}

impl Joined {
    /// All leave, without a close.
    pub(crate) fn leave(self) {
        self.viewers.iter().for_each(AbortHandle::abort);
    }
}

/// Connects viewers `from..to`, `at_once` of them at one time; each subscribes to `routes[i % n]`
/// and watches from then on in a task of its own.
pub(crate) async fn gather<W: Sight + 'static>(
    door: impl Into<Door>,
    range: std::ops::Range<usize>,
    at_once: usize,
    routes: &[String],
    sight: impl Fn(usize) -> W + 'static,
) -> anyhow::Result<Joined> {
    let start = Instant::now();
    let door = door.into();
    let next = Rc::new(Cell::new(range.start));
    let routes: Rc<[String]> = routes.into();
    let sight = Rc::new(sight);
    let mut joining = JoinSet::new();
    for _ in 0..at_once.min(range.len()) {
        let (next, routes, sight) = (Rc::clone(&next), Rc::clone(&routes), Rc::clone(&sight));
        let door = door.clone();
        joining.spawn_local(async move {
            let mut joined = Vec::new();
            while next.get() < range.end {
                let index = next.replace(next.get() + 1);
                let route = routes.get(index % routes.len().max(1)).map_or("", String::as_str);
                joined.push(door.enter(index, route, sight(index)).await?);
            }
            anyhow::Ok(joined)
        });
    }
    let mut crowd = Joined { lasted: Duration::ZERO, each: Vec::new(), lost: 0, viewers: vec![] };
    while let Some(joined) = joining.join_next().await {
        for (inside, took) in joined?? {
            crowd.each.push(took);
            crowd.lost += inside.lost;
            crowd.viewers.push(inside.watching);
        }
    }
    crowd.lasted = start.elapsed();
    crowd.each.sort_unstable();
    Ok(crowd)
}

/// Counts the awaited events that all viewers together see.
#[derive(Default)]
pub(crate) struct Arrivals {
    times: RefCell<Vec<Instant>>,
    expected: Cell<usize>,
    all: Notify,
}

impl Arrivals {
    /// Forgets the events so far, and sets how many are to come now.
    pub(crate) fn expect(&self, packets: usize) {
        let mut times = self.times.borrow_mut();
        times.clear();
        times.reserve(packets);
        self.expected.set(packets);
    }

    /// How long after `start` each came, sorted, once all have come.
    pub(crate) async fn since(&self, start: Instant) -> anyhow::Result<Vec<Duration>> {
        let all_there = async {
            while self.times.borrow().len() < self.expected.get() {
                self.all.notified().await;
            }
        };
        let in_time = tokio::time::timeout(PATIENCE, all_there).await;
        in_time.with_context(|| {
            format!("{} of {} events came", self.times.borrow().len(), self.expected.get())
        })?;
        let mut times: Vec<Duration> =
            self.times.borrow().iter().map(|at| at.saturating_duration_since(start)).collect();
        times.sort_unstable();
        Ok(times)
    }
}

/// One viewer's part in [`Arrivals`].
pub(crate) struct Counted(pub(crate) Rc<Arrivals>);

impl Sight for Counted {
    fn packet(&mut self, _: &[u8], at: Instant) {
        let count = {
            let mut times = self.0.times.borrow_mut();
            times.push(at);
            times.len()
        };
        if count >= self.0.expected.get() {
            self.0.all.notify_one();
        }
    }
}
