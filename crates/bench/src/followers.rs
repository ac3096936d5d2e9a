//! Viewers who want every event once: each connects again by itself whenever its connection ends,
//! with `since` the last event that it saw, and missed and repeated events are counted.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::ensure;
use tokio::net::TcpStream;

use crate::json::number_behind;
use crate::patience::PATIENCE;
use crate::viewer::{self, Sight, Viewer};

const BACKOFF_FIRST: Duration = Duration::from_millis(100);
const BACKOFF_MAX: Duration = Duration::from_secs(2);

/// A connection with its subscription that takes longer is given up and tried again.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(10);

/// How often all are checked.
const LOOK: Duration = Duration::from_millis(5);

/// All of them: which are connected, and the last event that each has seen. The `index`-th follows
/// `routes[index % n]`.
pub(crate) struct Followers {
    port: u16,
    routes: Vec<String>,
    connected: RefCell<Vec<bool>>,
    last: RefCell<Vec<u64>>,
    pub(crate) missed: Cell<usize>,
    pub(crate) doubled: Cell<usize>,
    pub(crate) snapshots: Cell<usize>,
    pub(crate) attempts: Cell<usize>,
}

impl Followers {
    pub(crate) fn new(port: u16, routes: &[String], viewers: usize) -> Rc<Self> {
        Rc::new(Self {
            port,
            routes: routes.to_vec(),
            connected: RefCell::new(vec![false; viewers]),
            last: RefCell::new(vec![0; viewers]),
            missed: Cell::default(),
            doubled: Cell::default(),
            snapshots: Cell::default(),
            attempts: Cell::default(),
        })
    }

    /// Whether all are connected and have at least these events of their routes.
    pub(crate) fn is_back(&self, heads: &[u64]) -> bool {
        self.connected.borrow().iter().all(|connected| *connected)
            && self.each(heads, |last, head| last >= head)
    }

    pub(crate) fn is_at(&self, heads: &[u64]) -> bool {
        self.each(heads, |last, head| last == head)
    }

    fn each(&self, heads: &[u64], fits: impl Fn(u64, u64) -> bool) -> bool {
        let last = self.last.borrow();
        let mut viewers = last.iter().zip((0..self.routes.len()).cycle());
        viewers.all(|(last, route)| heads.get(route).is_some_and(|head| fits(*last, *head)))
    }

    pub(crate) async fn wait_until(&self, is_so: impl Fn(&Self) -> bool) -> anyhow::Result<()> {
        let start = Instant::now();
        while !is_so(self) {
            let connected = self.connected.borrow().iter().filter(|is| **is).count();
            ensure!(
                start.elapsed() < PATIENCE,
                "only {connected} are connected, or some are behind"
            );
            tokio::time::sleep(LOOK).await;
        }
        Ok(())
    }

    pub(crate) fn route(&self, index: usize) -> &str {
        self.routes.get(index % self.routes.len().max(1)).map_or("", String::as_str)
    }

    /// One of them, for ever.
    pub(crate) async fn come_back(&self, index: usize, sight: &mut impl Sight) {
        let mut backoff = BACKOFF_FIRST;
        loop {
            // Not all at the same moment: from half of the pause to the whole.
            tokio::time::sleep(backoff.mul_f64(0.5 + fastrand::f64() / 2.0)).await;
            self.attempts.set(self.attempts.get() + 1);
            let joining = async {
                let stream = viewer::connect(index, self.port).await?;
                Viewer::join(stream, self.route(index), Some(self.last(index))).await
            };
            let Ok(Ok(viewer)) = tokio::time::timeout(ATTEMPT_TIMEOUT, joining).await else {
                backoff = (backoff * 2).min(BACKOFF_MAX);
                continue;
            };
            backoff = BACKOFF_FIRST;
            self.watch(index, viewer, sight).await;
        }
    }

    /// One of them, until its connection ends.
    pub(crate) async fn watch(
        &self,
        index: usize,
        viewer: Viewer<TcpStream>,
        sight: &mut impl Sight,
    ) {
        self.set_connected(index, true);
        viewer.watch(sight).await;
        self.set_connected(index, false);
    }

    fn set_connected(&self, index: usize, is: bool) {
        if let Some(connected) = self.connected.borrow_mut().get_mut(index) {
            *connected = is;
        }
    }

    pub(crate) fn last(&self, index: usize) -> u64 {
        self.last.borrow().get(index).copied().unwrap_or_default()
    }

    pub(crate) fn set_last(&self, index: usize, seq: u64) {
        if let Some(last) = self.last.borrow_mut().get_mut(index) {
            *last = seq;
        }
    }
}

/// The beginning of a snapshot, which replaces all events up to its `seq`.
pub(crate) const SNAPSHOT: &[u8] = br#"42/seats,["seat_snapshot","#;

/// What one of them sees.
pub(crate) struct Following {
    pub(crate) index: usize,
    pub(crate) followers: Rc<Followers>,
}

impl Sight for Following {
    fn packet(&mut self, packet: &[u8], _: Instant) {
        let Some(seq) = number_behind(packet, br#""seq":"#) else { return };
        let (followers, last) = (&self.followers, self.followers.last(self.index));
        let add = |count: &Cell<usize>, more: u64| {
            count.set(count.get() + usize::try_from(more).unwrap_or(usize::MAX));
        };
        if packet.starts_with(SNAPSHOT) {
            add(&followers.snapshots, 1);
        } else if seq > last {
            add(&followers.missed, seq - last - 1);
        } else {
            add(&followers.doubled, 1);
            return;
        }
        followers.set_last(self.index, seq);
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;
    use std::time::Instant;

    use super::{Followers, Following};
    use crate::viewer::Sight as _;

    fn seen(packets: &[&str]) -> (u64, [usize; 3]) {
        let followers = Followers::new(0, &[], 1);
        let mut following = Following { index: 0, followers: Rc::clone(&followers) };
        for packet in packets {
            following.packet(packet.as_bytes(), Instant::now());
        }
        let Followers { missed, doubled, snapshots, .. } = &*followers;
        (followers.last(0), [missed.get(), doubled.get(), snapshots.get()])
    }

    #[test]
    fn what_is_missed_or_comes_twice_is_counted() {
        let one = r#"42/seats,["seat_update",{"seq":1}]"#;
        let two = r#"42/seats,["seat_update",{"seq":2}]"#;
        let five = r#"42/seats,["seat_update",{"seq":5}]"#;
        let snapshot = r#"42/seats,["seat_snapshot",{"seq":4}]"#;
        assert_eq!(seen(&[one, two]), (2, [0, 0, 0]));
        assert_eq!(seen(&[one, five]), (5, [3, 0, 0]));
        assert_eq!(seen(&[one, two, one]), (2, [0, 1, 0]));
        assert_eq!(seen(&[one, snapshot, five]), (5, [0, 0, 1]));
    }
}
